//! Lists are their items.

use serde_json::Value;

/// The objects that a document stands for: itself, or the items of a list. A list is what has an array
/// `items`, whatever its kind is called, and lists may hold lists; one with `items: null` is empty.
/// Sources: apimachinery `unstructured.IsList`, argo-cd `repository.go` (`isNullList`), fluxcd/pkg
/// `ssa/utils` (`ReadObjects`).
pub(super) fn items(mut document: Value) -> Vec<Value> {
    let is_object = document.get("spec").or(document.get("status")).is_some();
    match document.get_mut("items") {
        // The depth is bounded, because a document's is.
        Some(Value::Array(list)) => std::mem::take(list).into_iter().flat_map(items).collect(),
        Some(Value::Null) if !is_object => Vec::new(),
        _ => vec![document],
    }
}
