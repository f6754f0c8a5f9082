//! The objects that worlds deploy, as a person would write them.

use serde_json::{Value, json};

/// The sorts of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// A `ConfigMap`.
    ConfigMap,
    /// A Secret, whose value must be seen nowhere else (P17).
    Secret,
    /// A Service.
    Service,
    /// A Deployment: it becomes healthy after a while.
    Deployment,
    /// The definition of a kind.
    Definition,
    /// An object of the kind that a definition defines.
    Widget,
}

/// What a Secret's value begins with.
pub const SECRET_MARKER: &str = "hush-hush-";

/// One object of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its sort.
    pub sort: Sort,
    /// Its name.
    pub name: String,
    /// What changes with commits.
    pub data: u64,
    /// Its wave.
    pub wave: i32,
    /// Whether it asks not to be pruned.
    pub kept: bool,
    /// Whether it has a finalizer that a person has to take off.
    pub finalizer: bool,
}

/// The finalizer of objects that do not go by themselves.
pub const FINALIZER: &str = "sim.example/hold";

/// The group of the kind that worlds define.
pub const GROUP: &str = "sim.example";

impl Item {
    /// The object, as its file says it.
    pub fn document(&self) -> Value {
        let mut document = self.body();
        let annotations = &mut document["metadata"]["annotations"];
        if self.wave != 0 {
            annotations["argocd.argoproj.io/sync-wave"] = self.wave.to_string().into();
        }
        if self.kept {
            annotations["argocd.argoproj.io/sync-options"] = "Prune=false".into();
            annotations["kustomize.toolkit.fluxcd.io/prune"] = "disabled".into();
        }
        if annotations.is_null() {
            document["metadata"].as_object_mut().map(|metadata| metadata.remove("annotations"));
        }
        if self.finalizer {
            document["metadata"]["finalizers"] = json!([FINALIZER]);
        }
        document
    }

    fn body(&self) -> Value {
        let (name, data) = (&self.name, self.data.to_string());
        match self.sort {
            Sort::ConfigMap => json!({
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
                "data": {"value": data, "fixed": "yes"},
            }),
            Sort::Secret => json!({
                "apiVersion": "v1", "kind": "Secret", "metadata": {"name": name},
                "stringData": {"password": format!("{SECRET_MARKER}{data}")},
            }),
            Sort::Service => json!({
                "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
                "spec": {"selector": {"app": name}, "ports": [{"port": 80 + self.data % 100}]},
            }),
            Sort::Deployment => json!({
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
                "spec": {
                    "replicas": 1 + self.data % 3,
                    "selector": {"matchLabels": {"app": name}},
                    "template": {
                        "metadata": {"labels": {"app": name}},
                        "spec": {"containers": [
                            {"name": "main", "image": format!("registry.example/app:{data}")},
                        ]},
                    },
                },
            }),
            Sort::Definition => definition(name),
            Sort::Widget => json!({
                "apiVersion": format!("{GROUP}/v1"), "kind": kind_of(name),
                "metadata": {"name": name},
                "spec": {"size": self.data % 1000},
            }),
        }
    }

    /// Whether the object belongs to the whole cluster.
    pub fn is_of_cluster(&self) -> bool {
        self.sort == Sort::Definition
    }
}

/// A definition's name is `<plural>.<group>`; a widget's begins with its kind's plural.
fn definition(name: &str) -> Value {
    let plural = name.split('.').next().unwrap_or_default();
    let singular = plural.trim_end_matches('s');
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": name},
        "spec": {
            "group": GROUP, "scope": "Namespaced",
            "names": {
                "plural": plural, "singular": singular, "kind": capital(singular),
                "listKind": format!("{}List", capital(singular)),
            },
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "spec": {"type": "object", "properties": {"size": {"type": "integer"}}},
                }}},
            }],
        },
    })
}

fn kind_of(widget: &str) -> String {
    let plural = widget.split('-').next().unwrap_or_default();
    capital(plural.trim_end_matches('s'))
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// The path of a live object, given as a document with its namespace filled in.
pub fn path(document: &Value) -> String {
    let text =
        |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (version, kind, name) = (text("/apiVersion"), text("/kind"), text("/metadata/name"));
    let root = if version.contains('/') { "/apis" } else { "/api" };
    let plural = format!("{}s", kind.to_lowercase());
    let namespace = document["metadata"]["namespace"].as_str();
    let namespace = namespace.map(|n| format!("/namespaces/{n}")).unwrap_or_default();
    format!("{root}/{version}{namespace}/{plural}/{name}")
}

/// Whether everything that a document says is so in a live object, or what differs.
pub fn difference(document: &Value, live: &Value, at: &str) -> Option<String> {
    match (document, live) {
        (Value::Object(wanted), Value::Object(there)) => wanted.iter().find_map(|(name, value)| {
            if at.is_empty() && name == "stringData" {
                return None;
            }
            let at = format!("{at}/{name}");
            match there.get(name) {
                None => Some(format!("{at} is absent")),
                Some(live) => difference(value, live, &at),
            }
        }),
        (Value::Array(wanted), Value::Array(there)) if wanted.len() == there.len() => {
            wanted.iter().zip(there).enumerate().find_map(|(index, (value, live))| {
                difference(value, live, &format!("{at}/{index}"))
            })
        }
        _ if document == live => None,
        _ => Some(format!("{at} is {live} and should be {document}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Item, Sort, difference, path};
    use serde_json::json;

    fn item(sort: Sort, name: &str) -> Item {
        Item { sort, name: name.to_owned(), data: 7, wave: 1, kept: true, finalizer: false }
    }

    #[test]
    fn a_widget_is_of_the_kind_that_its_definition_defines() {
        let definition = item(Sort::Definition, "gears.sim.example").document();
        let widget = item(Sort::Widget, "gears-one").document();
        assert_eq!(definition["spec"]["names"]["kind"], widget["kind"]);
        assert_eq!(path(&widget), "/apis/sim.example/v1/gears/gears-one");
    }

    #[test]
    fn what_a_document_does_not_say_is_no_difference() {
        let live = json!({"a": {"b": 1, "c": 2}, "d": [1]});
        assert_eq!(difference(&json!({"a": {"b": 1}}), &live, ""), None);
        assert!(difference(&json!({"a": {"b": 2}}), &live, "").is_some());
        assert!(difference(&json!({"d": [1, 2]}), &live, "").is_some());
    }
}
