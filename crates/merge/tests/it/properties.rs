//! What holds for any manifest.

use crate::generate::{KINDS, Seeded, manifest};
use crate::{at, schema_of};
use proptest::prelude::*;
use serde_json::Value;
use trimtab_merge::{
    Apply, Compare, Comparison, Force, ManagedFields, apply, compare, ownership, prepare, set_of,
    unknown_fields, values_digest,
};
use trimtab_model::FieldManager;

fn applied(live: Option<&Value>, desired: &Value, manager: &str, second: i64) -> Value {
    let request = Apply {
        schema: &schema_of(desired),
        live,
        desired,
        manager: &FieldManager::from(manager),
        subresource: "",
        force: Force::Take,
        now: at(second),
    };
    apply(&request).expect("a forced apply of a valid manifest").object
}

fn compared(live: &Value, desired: &Value, manager: &str) -> Comparison {
    let manager = FieldManager::from(manager);
    let managed = ManagedFields::of(live).expect("it is read");
    compare(&Compare {
        schema: &schema_of(desired),
        desired,
        live,
        owned: Some(&managed.fields_of(|entry| entry.is_apply_of(&manager))),
        others: &managed.fields_of(|entry| !entry.is_apply_of(&manager)),
        last_applied: None,
    })
}

fn two(kind: usize, seed: u64) -> (Value, Value) {
    let mut seeded = Seeded(seed);
    let kind = KINDS[kind];
    (prepare(manifest(kind, &mut seeded)), prepare(manifest(kind, &mut seeded)))
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, member)| !member.is_null());
            kept.map(|(name, member)| (name, without_nulls(member))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        scalar => scalar,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_same_apply_again_changes_nothing(kind in 0..KINDS.len(), seed: u64) {
        let (manifest, _) = two(kind, seed);
        let once = applied(None, &manifest, "a", 0);
        // Who sets nothing has no entry, and what nobody owns is older than the first apply.
        prop_assume!(once["metadata"].get("managedFields").is_some());
        prop_assert_eq!(applied(Some(&once), &manifest, "a", 60), once);
    }

    #[test]
    fn an_entry_is_the_set_of_its_manifest(kind in 0..KINDS.len(), seed: u64) {
        let (first, second) = two(kind, seed);
        let live = applied(Some(&applied(None, &first, "a", 0)), &second, "b", 60);
        let managed = &live["metadata"]["managedFields"];
        // Who sets nothing has no entry.
        let owned = ownership(managed, &"b".into()).unwrap().unwrap_or_default();
        prop_assert_eq!(owned, set_of(&schema_of(&second), &second));
    }

    #[test]
    fn after_an_apply_there_is_no_difference(kind in 0..KINDS.len(), seed: u64) {
        let (first, second) = two(kind, seed);
        let live = applied(Some(&applied(None, &first, "a", 0)), &second, "b", 60);
        prop_assert_eq!(compared(&live, &second, "b"), Comparison::Same);
    }

    #[test]
    fn a_difference_is_an_apply_that_changes_something(kind in 0..KINDS.len(), seed: u64) {
        let (first, second) = two(kind, seed);
        let live = applied(None, &first, "a", 0);
        let after = applied(Some(&live), &second, "a", 0);
        // That `Same` is no change is for the server to say: it knows spellings, zeros and defaults.
        if let Comparison::Different(found) = compared(&live, &second, "a") {
            prop_assert!(!found.is_empty());
            prop_assert_ne!(after, live);
        }
    }

    #[test]
    fn a_digest_moves_with_what_is_owned(kind in 0..KINDS.len(), seed: u64) {
        let (first, second) = two(kind, seed);
        // A null is stored by no server: it drops the field.
        let first = without_nulls(first);
        let schema = schema_of(&first);
        let set = set_of(&schema, &first);
        let live = applied(None, &first, "a", 0);
        let digest = values_digest(&live, &set, Some(&schema));
        // Another manager that adds its own fields, and takes none of these, moves nothing.
        let after = applied(Some(&live), &second, "b", 60);
        let kept = ownership(&after["metadata"]["managedFields"], &"a".into()).unwrap();
        if kept.as_ref() == Some(&set) {
            prop_assert_eq!(values_digest(&after, &set, Some(&schema)), digest);
        }
    }

    #[test]
    fn a_valid_manifest_has_no_unknown_field(kind in 0..KINDS.len(), seed: u64) {
        let (manifest, _) = two(kind, seed);
        prop_assert!(unknown_fields(&schema_of(&manifest), &manifest).is_empty());
    }
}
