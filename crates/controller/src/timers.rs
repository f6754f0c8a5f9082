//! What is to happen at a time: at most one time for each key.

use std::collections::{BTreeMap, BTreeSet};
use trimtab_model::Timestamp;

/// Times, by key and in order.
#[derive(Debug)]
pub struct Timers<K> {
    by_time: BTreeSet<(Timestamp, K)>,
    by_key: BTreeMap<K, Timestamp>,
}

impl<K> Default for Timers<K> {
    fn default() -> Self {
        Self { by_time: BTreeSet::new(), by_key: BTreeMap::new() }
    }
}

impl<K: Clone + Ord> Timers<K> {
    /// Makes this the key's time, whatever it was.
    pub fn set(&mut self, key: &K, time: Option<Timestamp>) {
        if self.by_key.get(key).copied() == time {
            return;
        }
        if let Some(old) = self.by_key.remove(key) {
            self.by_time.remove(&(old, key.clone()));
        }
        if let Some(time) = time {
            self.by_key.insert(key.clone(), time);
            self.by_time.insert((time, key.clone()));
        }
    }

    /// Makes this the key's time unless it has an earlier one.
    pub fn set_earlier(&mut self, key: &K, time: Timestamp) {
        if self.by_key.get(key).is_none_or(|known| *known > time) {
            self.set(key, Some(time));
        }
    }

    /// Takes out one key whose time has come, the earliest first.
    pub fn pop(&mut self, now: Timestamp) -> Option<K> {
        let (time, key) = self.by_time.first()?.clone();
        if time > now {
            return None;
        }
        self.set(&key, None);
        Some(key)
    }

    /// The earliest time.
    pub fn next(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(time, _)| *time)
    }
}

#[cfg(test)]
mod tests {
    use super::Timers;
    use trimtab_model::Timestamp;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a small number")
    }

    #[test]
    fn keys_come_out_in_order_of_their_last_time() {
        let mut timers = Timers::default();
        timers.set(&"a", Some(at(1)));
        timers.set(&"b", Some(at(2)));
        timers.set(&"a", Some(at(3)));
        assert_eq!(timers.next(), Some(at(2)));
        assert_eq!(timers.pop(at(1)), None);
        assert_eq!(
            [timers.pop(at(9)), timers.pop(at(9)), timers.pop(at(9))],
            [Some("b"), Some("a"), None]
        );
    }
}
