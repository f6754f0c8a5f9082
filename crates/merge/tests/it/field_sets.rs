//! Sets of fields: reading, writing, algebra.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;
use trimtab_merge::{CompactFieldSet, FieldPath, FieldSet, KeyField, PathElement};

fn element() -> impl Strategy<Value = PathElement> {
    prop_oneof![
        "[a-c]|image|my/label:x".prop_map(|name| PathElement::field(&name)),
        ("[ab<]", 0..3i64).prop_map(|(name, port)| {
            PathElement::keys(vec![
                KeyField { name: "name".into(), value: json!(name) },
                KeyField { name: "port".into(), value: json!(port) },
            ])
        }),
        (0..3i64).prop_map(|value| PathElement::Value(json!(value).into())),
        "[ab]".prop_map(|value| PathElement::Value(json!(value).into())),
        (0..3i64).prop_map(PathElement::Index),
    ]
}

fn set() -> impl Strategy<Value = FieldSet> {
    vec(vec(element(), 1..4).prop_map(FieldPath), 0..12)
        .prop_map(|paths| paths.iter().collect::<FieldSet>())
}

proptest! {
    #[test]
    fn a_set_is_read_and_written_back(set in set()) {
        let text = set.to_json();
        prop_assert_eq!(&FieldSet::from_json(&text).unwrap(), &set);
        prop_assert_eq!(&FieldSet::from_value(&set.to_value()).unwrap(), &set);
        prop_assert_eq!(FieldSet::from_json(&text).unwrap().to_json(), text);
        prop_assert_eq!(&CompactFieldSet::pack(&set).unpack().unwrap(), &set);
    }

    #[test]
    fn a_set_has_its_paths_and_no_other(set in set(), path in vec(element(), 1..4)) {
        let paths = set.paths();
        prop_assert_eq!(paths.len(), set.len());
        prop_assert!(paths.is_sorted());
        prop_assert_eq!(set.contains(&path), paths.contains(&FieldPath(path)));
        prop_assert_eq!(&paths.iter().collect::<FieldSet>(), &set);
    }

    #[test]
    fn algebra_is_that_of_sets_of_paths(a in set(), b in set()) {
        for path in a.union(&b).paths().iter().chain(&a.paths()).chain(&b.paths()) {
            let (in_a, in_b) = (a.contains(&path.0), b.contains(&path.0));
            prop_assert_eq!(a.union(&b).contains(&path.0), in_a || in_b);
            prop_assert_eq!(a.intersection(&b).contains(&path.0), in_a && in_b);
            prop_assert_eq!(a.difference(&b).contains(&path.0), in_a && !in_b);
            let above = (1..=path.0.len()).any(|end| b.contains(&path.0[..end]));
            prop_assert_eq!(a.recursive_difference(&b).contains(&path.0), in_a && !above);
        }
        prop_assert_eq!(a.union(&b), b.union(&a));
        prop_assert_eq!(a.intersection(&b), b.intersection(&a));
        prop_assert_eq!(a.difference(&b).union(&a.intersection(&b)), a.clone());
        prop_assert!(a.difference(&a).is_empty());
    }

    #[test]
    fn leaves_have_nothing_below_them(set in set()) {
        for path in set.leaves().paths() {
            let longer = |other: &FieldPath| other.0.len() > path.0.len() && other.0.starts_with(&path.0);
            prop_assert!(!set.paths().iter().any(longer));
        }
    }

    #[test]
    fn equal_sets_have_equal_digests(a in set(), b in set()) {
        prop_assert_eq!(a.digest() == b.digest(), a == b);
    }
}

#[test]
fn what_the_server_wrote_is_read_and_written_byte_for_byte() {
    let text = r#"{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:port":{}}},"f:tags":{"v:\"x\"":{}}}}"#;
    assert_eq!(FieldSet::from_json(text).unwrap().to_json(), text);
}

#[test]
fn a_kind_of_step_from_the_future_is_skipped() {
    let set = FieldSet::from_json(r#"{"f:a":{},"z:b":{"f:c":{}}}"#).unwrap();
    assert_eq!(set.to_json(), r#"{"f:a":{}}"#);
}

#[test]
fn what_is_no_set_is_refused() {
    for text in ["[]", "{\"nothing\":{}}", "{\"k:{\":{}}", "{\"f:a\":3}"] {
        assert!(FieldSet::from_json(text).is_err(), "{text}");
    }
}
