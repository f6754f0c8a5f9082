//! Whose an object is, taken out of it.

use serde_json::Value;
use trimtab_model::Mark;

/// Takes a mark out of an object, and out of what its managers own.
pub fn forget(mark: &Mark, body: &mut Value) {
    let (field, names) = match mark {
        Mark::Annotation { name, installation, .. } => ("annotations", vec![name, installation]),
        Mark::Labels { name, namespace } => ("labels", vec![name, namespace]),
    };
    let Some(metadata) = body.get_mut("metadata") else { return };
    for name in names {
        remove(metadata, &[field, &**name]);
        let entries = metadata.get_mut("managedFields").and_then(Value::as_array_mut);
        for entry in entries.into_iter().flatten() {
            let (owned, member) = (format!("f:{field}"), format!("f:{name}"));
            remove(entry, &["fieldsV1", "f:metadata", &owned, &member]);
        }
    }
}

/// Removes what lies at a path, and what is empty without it.
fn remove(value: &mut Value, path: &[&str]) {
    let ([first, rest @ ..], Some(fields)) = (path, value.as_object_mut()) else { return };
    let Some(next) = fields.get_mut(*first) else { return };
    remove(next, rest);
    if rest.is_empty() || next.as_object().is_some_and(serde_json::Map::is_empty) {
        fields.remove(*first);
    }
}

#[cfg(test)]
mod tests {
    use super::forget;
    use serde_json::json;
    use trimtab_model::Mark;

    #[test]
    fn a_mark_goes_with_its_ownership_and_nothing_else_does() {
        let mut body = json!({"metadata": {
            "name": "web",
            "annotations": {"owner": "shop", "note": "n"},
            "managedFields": [
                {"manager": "a", "fieldsV1": {"f:metadata": {"f:annotations": {"f:owner": {}}},
                                              "f:data": {}}},
                {"manager": "b", "fieldsV1": {"f:metadata": {"f:annotations": {"f:note": {}}}}},
            ],
        }});
        let installation = "installation".into();
        forget(
            &Mark::Annotation { name: "owner".into(), installation, unmarked: Vec::new() },
            &mut body,
        );
        let rest = json!({"metadata": {
            "name": "web",
            "annotations": {"note": "n"},
            "managedFields": [
                {"manager": "a", "fieldsV1": {"f:data": {}}},
                {"manager": "b", "fieldsV1": {"f:metadata": {"f:annotations": {"f:note": {}}}}},
            ],
        }});
        assert_eq!(body, rest);
        forget(&Mark::Labels { name: "n".into(), namespace: "ns".into() }, &mut body);
        assert_eq!(body, rest);
    }
}
