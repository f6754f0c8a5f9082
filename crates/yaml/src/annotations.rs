//! Kustomize reads the values of an object's annotations as texts, as they were written: `true` and
//! `014` need no quotes there. Measured against Kustomize 5.8.1.

use crate::node::{Content, Graph, NodeId};
use serde_json::Value;

/// Makes texts of the scalars under `metadata.annotations` of a document.
pub(crate) fn as_texts(graph: &Graph<'_>, root: NodeId, value: &mut Value) {
    let Some(Value::Object(annotations)) = value.pointer_mut("/metadata/annotations") else {
        return;
    };
    let written = entry(graph, root, "metadata");
    let written = written.and_then(|metadata| entry(graph, metadata, "annotations"));
    let Some(Content::Mapping(entries)) = written.map(|id| content(graph, id)) else { return };
    for (key, value) in entries {
        if let (Content::Scalar(key), Content::Scalar(text)) =
            (content(graph, *key), content(graph, *value))
            && let Some(annotation) = annotations.get_mut(&*key.text)
        {
            *annotation = Value::String(text.text.to_string());
        }
    }
}

/// The value of a mapping's entry.
fn entry(graph: &Graph<'_>, mapping: NodeId, name: &str) -> Option<NodeId> {
    let Content::Mapping(entries) = content(graph, mapping) else { return None };
    let named =
        |id: NodeId| matches!(content(graph, id), Content::Scalar(scalar) if scalar.text == name);
    entries.iter().rev().find(|(key, _)| named(*key)).map(|(_, value)| *value)
}

/// A node's content, or that of the node that an alias stands for, which is no alias itself.
fn content<'g, 't>(graph: &'g Graph<'t>, id: NodeId) -> &'g Content<'t> {
    match &graph.get(id).content {
        Content::Alias { target } => &graph.get(*target).content,
        content => content,
    }
}
