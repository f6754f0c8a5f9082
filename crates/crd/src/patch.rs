//! The smallest JSON merge patch between two objects.

use serde_json::{Map, Value};

/// The merge patch (RFC 7386) that makes `from` equal to `to`; `None` where they are equal. A list
/// is replaced as a whole. `to` holds no `null`: a merge patch could not say it.
pub fn merge_patch(from: &Value, to: &Value) -> Option<Value> {
    if from == to {
        return None;
    }
    let Value::Object(wanted) = to else { return Some(to.clone()) };
    let empty = Map::new();
    let present = from.as_object().unwrap_or(&empty);
    let mut patch = Map::new();
    for (key, value) in wanted {
        match present.get(key) {
            None => patch.insert(key.clone(), value.clone()),
            Some(old) => merge_patch(old, value).and_then(|value| patch.insert(key.clone(), value)),
        };
    }
    for key in present.keys().filter(|key| !wanted.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    Some(Value::Object(patch))
}

/// Applies a merge patch as the server does.
pub fn apply(target: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    for (key, value) in fields {
        if value.is_null() {
            if let Some(target) = target.as_object_mut() {
                target.remove(key);
            }
        } else {
            apply(&mut target[key], value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{apply, merge_patch};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            (0..3_i64).prop_map(Value::from),
            "[ab]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[abc]", inner, 0..3)
                    .prop_map(|fields| fields.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_patch_leads_where_it_was_made_for(from in value(), to in value()) {
            let mut target = from.clone();
            match merge_patch(&from, &to) {
                None => prop_assert_eq!(&from, &to),
                Some(patch) => apply(&mut target, &patch),
            }
            prop_assert_eq!(target, to);
        }
    }

    #[test]
    fn only_what_differs_is_sent() {
        let from = json!({"a": {"b": 1, "c": 2}, "d": [1]});
        let to = json!({"a": {"b": 1}, "d": [1, 2]});
        assert_eq!(merge_patch(&from, &to), Some(json!({"a": {"c": null}, "d": [1, 2]})));
    }
}
