//! Masks.

use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use trimtab_diff::{Pair, mask, mask_annotations};

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn masked(desired: Value, live: Value) -> (Value, Value) {
    let pair = mask(Pair { desired: Some(desired), live: Some(live) });
    (pair.desired.expect("it was there"), pair.live.expect("it was there"))
}

#[test]
fn equal_values_have_equal_masks_and_others_longer_ones() {
    let (desired, live) = masked(
        json!({"data": {"same": "YQ==", "other": "Yg==", "new": "Yw=="}}),
        json!({"data": {"same": "YQ==", "other": "eHl6", "old": "ZA=="}}),
    );
    assert_eq!(
        desired,
        json!({"data": {"same": "++++++++", "other": "++++++++", "new": "++++++++"}})
    );
    assert_eq!(
        live,
        json!({"data": {"same": "++++++++", "other": "++++++++++++", "old": "++++++++"}})
    );
}

#[test]
fn plain_text_is_the_same_value_as_its_encoding() {
    let (desired, live) = masked(
        json!({"stringData": {"password": "hunter2"}, "data": {"password": "YQ=="}}),
        json!({"data": {"password": "aHVudGVyMg=="}}),
    );
    assert_eq!(desired, json!({"data": {"password": "++++++++"}}));
    assert_eq!(desired, live);
}

#[test]
fn what_kubectl_remembers_is_masked_too() {
    let remembered = json!({"stringData": {"password": "old"}}).to_string();
    let (_, live) = masked(
        json!({"data": {"password": "bmV3"}}),
        json!({"metadata": {"annotations": {LAST_APPLIED: remembered}}, "data": {"password": "bmV3"}}),
    );
    let text = live["metadata"]["annotations"][LAST_APPLIED].as_str().expect("a text");
    assert_eq!(text, json!({"data": {"password": "++++++++++++"}}).to_string());
}

#[test]
fn what_kubectl_remembers_and_nobody_can_read_is_masked_whole() {
    let (_, live) = masked(
        json!({}),
        json!({"metadata": {"annotations": {LAST_APPLIED: "{\"data\": {\"password\": \"aHVudGVy"}}}),
    );
    assert_eq!(live["metadata"]["annotations"][LAST_APPLIED], "++++++++");
}

#[test]
fn an_absent_side_stays_absent_and_null_stays_null() {
    let pair = mask(Pair { desired: None, live: Some(json!({"data": {"a": "YQ==", "b": null}})) });
    assert_eq!(pair.desired, None);
    assert_eq!(pair.live, Some(json!({"data": {"a": "++++++++", "b": null}})));
}

#[test]
fn chosen_annotations_of_any_object_are_masked() {
    let names = BTreeSet::from(["token".to_owned()]);
    let pair = Pair {
        desired: Some(
            json!({"data": "kept", "metadata": {"annotations": {"token": "a", "note": "b"}}}),
        ),
        live: Some(json!({"metadata": {"annotations": {"token": "c", "note": "b"}}})),
    };
    let pair = mask_annotations(pair, &names);
    let annotations =
        |object: Option<Value>| object.expect("it was there")["metadata"]["annotations"].clone();
    assert_eq!(annotations(pair.desired), json!({"token": "++++++++", "note": "b"}));
    assert_eq!(annotations(pair.live), json!({"token": "++++++++++++", "note": "b"}));
}

/// Values that are found in no mask and no name.
fn data() -> impl Strategy<Value = BTreeMap<String, String>> {
    proptest::collection::btree_map("[a-d]", "[A-Z]{4,12}", 0..4)
}

proptest! {
    #[test]
    fn no_value_is_ever_seen(
        one in data(), two in data(), plain in data(), remembered in data(), odd in any::<bool>(),
    ) {
        let annotation = json!({"data": &remembered, "stringData": &plain}).to_string();
        let annotation = if odd { annotation[1..].to_owned() } else { annotation };
        let desired = json!({"data": &one, "stringData": &plain});
        let live = json!({"metadata": {"annotations": {LAST_APPLIED: annotation}}, "data": &two});
        let (desired, live) = masked(desired, live);
        let text = format!("{desired}{live}");
        for value in one.values().chain(two.values()).chain(plain.values()).chain(remembered.values()) {
            prop_assert!(!text.contains(value.as_str()), "{value} is in {text}");
        }
    }

    #[test]
    fn masks_are_equal_exactly_where_values_are(one in data(), two in data()) {
        let (desired, live) = masked(json!({"data": &one}), json!({"data": &two}));
        for (name, value) in &one {
            if let Some(other) = two.get(name) {
                prop_assert_eq!(desired["data"][name] == live["data"][name], value == other);
            }
        }
        prop_assert_eq!(desired["data"].as_object().map(serde_json::Map::len), Some(one.len()));
    }

    #[test]
    fn the_length_of_a_value_is_not_seen(one in "[A-Z]{1,3}", two in "[A-Z]{4,40}") {
        let short = masked(json!({"data": {"a": &one}}), json!({"data": {"a": &one}}));
        let long = masked(json!({"data": {"a": &two}}), json!({"data": {"a": &two}}));
        prop_assert_eq!(short, long);
    }

    #[test]
    fn no_object_is_too_odd(data in "null|1|\"x\"|\\[1\\]|\\{\"a\":[1]\\}", plain in "null|1|\"SECRET\"|\\{\"a\":1\\}") {
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        let (desired, _) = masked(
            json!({"data": read(&data), "stringData": read(&plain)}), json!([1]),
        );
        prop_assert!(!desired.to_string().contains("SECRET"));
    }
}
