//! What happens to a manifest before it is applied.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// Makes a manifest fit for an apply: `stringData` of a Secret becomes `data`, and what only the
/// server sets is dropped: `status` and the metadata fields that identify one incarnation.
///
/// `stringData` is write-only: the server fills `data` from it and records that `stringData` was
/// applied, so that a key removed from it would stay in `data` for ever.
#[must_use]
pub fn prepare(mut desired: Value) -> Value {
    let secret = is_secret(&desired);
    let Some(fields) = desired.as_object_mut() else { return desired };
    fields.remove("status");
    if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
        for name in [
            "uid",
            "resourceVersion",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "generation",
            "managedFields",
            "selfLink",
        ] {
            metadata.remove(name);
        }
    }
    if secret {
        encode_string_data(fields);
    }
    desired
}

fn is_secret(object: &Value) -> bool {
    let is = |name: &str, text: &str| object.get(name).and_then(Value::as_str) == Some(text);
    is("apiVersion", "v1") && is("kind", "Secret")
}

/// A key in both counts as `stringData` has it. Values that are no texts stay where they are, for
/// the server to refuse.
fn encode_string_data(fields: &mut Map<String, Value>) {
    let Some(Value::Object(texts)) = fields.get("stringData") else {
        if fields.get("stringData").is_some_and(Value::is_null) {
            fields.remove("stringData");
        }
        return;
    };
    if texts.values().any(|text| !text.is_string()) {
        return;
    }
    let encode = |(name, text): (&String, &Value)| {
        (name.clone(), Value::String(STANDARD.encode(text.as_str().unwrap_or(""))))
    };
    let encoded: Map<String, Value> = texts.iter().map(encode).collect();
    fields.remove("stringData");
    let data = fields.entry("data").or_insert(Value::Null);
    if data.is_null() {
        *data = Value::Object(Map::new());
    }
    if let Some(data) = data.as_object_mut() {
        data.extend(encoded);
    }
}

#[cfg(test)]
mod tests {
    use super::prepare;
    use serde_json::json;

    #[test]
    fn string_data_becomes_data_and_wins() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"},
            "data": {"a": "b2xk", "b": "Yg=="}, "stringData": {"a": "new"}});
        let expected = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"},
            "data": {"a": "bmV3", "b": "Yg=="}});
        assert_eq!(prepare(secret), expected);
    }

    #[test]
    fn what_only_the_server_sets_is_dropped() {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "status": {"phase": "Running"},
            "metadata": {"name": "p", "uid": "1", "resourceVersion": "2", "generation": 3,
                "creationTimestamp": null, "managedFields": [], "selfLink": "x"}});
        let expected = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}});
        assert_eq!(prepare(pod), expected);
    }
}
