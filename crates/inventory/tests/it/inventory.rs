//! What was applied, and the names of sets.

use crate::{entries, entry, key};
use proptest::prelude::*;
use std::collections::BTreeSet;
use trimtab_inventory::{Error, Inventory, digest};

fn unknown() -> Inventory {
    Inventory::Unknown(Error::Unreadable { reason: "the server does not answer".to_owned() })
}

#[test]
fn what_is_unknown_is_not_empty_and_has_nothing() {
    assert!(unknown().is_unknown() && !unknown().is_empty());
    assert_eq!(unknown().len(), 0);
    assert!(!unknown().contains(&key(1)));
    assert!(unknown().orphans(|_| false).is_err());
}

#[test]
fn a_union_with_what_is_unknown_is_unknown() {
    let known = Inventory::Known(entries(0..3));
    assert!(known.union(&unknown()).is_unknown() && unknown().union(&known).is_unknown());
}

#[test]
fn of_two_entries_of_an_object_the_newer_counts() {
    let old = Inventory::Known([(key(1), entry("v1beta1"))].into());
    let new = Inventory::Known([(key(1), entry("v1"))].into());
    assert_eq!(old.union(&new).get(&key(1)), Some(&entry("v1")));
}

fn numbers() -> impl Strategy<Value = BTreeSet<usize>> {
    proptest::collection::btree_set(0_usize..40, 0..30)
}

proptest! {
    #[test]
    fn a_union_never_loses(old in numbers(), new in numbers()) {
        let known = |numbers: &BTreeSet<usize>| Inventory::Known(entries(numbers.iter().copied()));
        let union = known(&old).union(&known(&new));
        let both: BTreeSet<usize> = old.union(&new).copied().collect();
        prop_assert_eq!(union, known(&both));
    }

    #[test]
    fn orphans_are_what_is_no_longer_desired(old in numbers(), desired in numbers()) {
        let desired: BTreeSet<_> = desired.into_iter().map(key).collect();
        let inventory = Inventory::Known(entries(old.iter().copied()));
        let orphans = inventory.orphans(|key| desired.contains(key)).expect("it is known");
        let expected: BTreeSet<_> = old.into_iter().map(key).filter(|key| !desired.contains(key)).collect();
        prop_assert_eq!(orphans.into_iter().cloned().collect::<BTreeSet<_>>(), expected);
    }

    #[test]
    fn the_name_of_a_set_is_free_of_order_and_unlike_any_others(one in numbers(), other in numbers()) {
        let keys: Vec<_> = one.iter().copied().map(key).collect();
        let twice = keys.iter().rev().chain(&keys);
        prop_assert_eq!(digest(&keys), digest(twice));
        let others: Vec<_> = other.iter().copied().map(key).collect();
        prop_assert_eq!(digest(&keys) == digest(&others), one == other);
        prop_assert_eq!(digest(&keys).short().len(), 12);
    }
}
