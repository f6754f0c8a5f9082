//! Texts that many rows have in common, kept once.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// How many texts are kept before the unused ones are looked for the first time.
const SWEEP_AT_FIRST: usize = 4_096;

/// A set of shared texts. It keeps what somebody uses: when it has doubled since the last sweep,
/// texts that nobody else holds are forgotten.
#[derive(Debug)]
pub struct Names(Mutex<Known>);

#[derive(Debug)]
struct Known {
    texts: BTreeSet<Arc<str>>,
    sweep_at: usize,
}

impl Default for Names {
    fn default() -> Self {
        Self(Mutex::new(Known { texts: BTreeSet::new(), sweep_at: SWEEP_AT_FIRST }))
    }
}

impl Names {
    /// The one copy of a text.
    pub fn share(&self, text: &str) -> Arc<str> {
        // A set is whole after a panic elsewhere: inserting is the only change of it.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = known.texts.get(text) {
            return shared.clone();
        }
        if known.texts.len() >= known.sweep_at {
            known.texts.retain(|text| Arc::strong_count(text) > 1);
            known.sweep_at = SWEEP_AT_FIRST.max(known.texts.len() * 2);
        }
        let shared: Arc<str> = text.into();
        known.texts.insert(shared.clone());
        shared
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, SWEEP_AT_FIRST};
    use std::sync::Arc;

    #[test]
    fn equal_texts_are_one() {
        let names = Names::default();
        assert!(Arc::ptr_eq(&names.share("shop"), &names.share("shop")));
    }

    #[test]
    fn texts_that_nobody_uses_are_forgotten() {
        let names = Names::default();
        let used = names.share("used");
        for number in 0..=SWEEP_AT_FIRST {
            names.share(&number.to_string());
        }
        let known = names.0.lock().expect("no thread has panicked");
        assert!(known.texts.len() < 10 && known.texts.contains(&used));
    }
}
