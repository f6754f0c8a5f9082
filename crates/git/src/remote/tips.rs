//! The commits of a remote that are in use.

use trimtab_model::limit;
use trimtab_ports::git::Id;

/// The commits of a remote that are in use: offered to its server as known, and fetched again when the
/// store is. The one that was wanted last is at the end.
#[derive(Default)]
pub(super) struct Tips(Vec<Id>);

impl Tips {
    /// A commit is in use, in place of another where it came after it.
    pub(super) fn advance(&mut self, replaces: Option<Id>, commit: Id) {
        self.0.retain(|known| *known != commit && Some(*known) != replaces);
        self.0.push(commit);
        if self.0.len() as u64 > limit::GIT_TIPS_MAX {
            self.0.remove(0);
        }
    }

    /// What was in use before a restart comes before what is now.
    pub(super) fn restore(&mut self, before: &[Id]) {
        let now = std::mem::take(&mut self.0);
        before.iter().chain(&now).for_each(|id| self.advance(None, *id));
    }

    /// All of them, the one that was wanted last at the end.
    pub(super) fn all(&self) -> Vec<Id> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> Id {
        let mut bytes = [0; 20];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        Id::from_bytes(bytes)
    }

    #[test]
    fn a_commit_takes_the_place_of_the_one_before_it() {
        let mut tips = Tips::default();
        tips.advance(None, id(1));
        tips.advance(None, id(2));
        tips.advance(Some(id(1)), id(3));
        tips.advance(None, id(2));
        assert_eq!(tips.all(), [id(3), id(2)]);
        tips.restore(&[id(7), id(3)]);
        assert_eq!(tips.all(), [id(7), id(3), id(2)]);
    }

    #[test]
    fn the_longest_unused_is_dropped_at_the_bound() {
        let mut tips = Tips::default();
        (0..1_100).for_each(|number| tips.advance(None, id(number)));
        assert_eq!(tips.all().len() as u64, limit::GIT_TIPS_MAX);
        assert_eq!(tips.all().last(), Some(&id(1_099)));
    }
}
