//! One `CustomResourceDefinition`.

use crate::schema::{Field, Schema, object, opaque, optional, required, text};
use serde_json::{Value, json};

/// A kind of ours, or one that we serve in the place of another controller.
pub struct Definition {
    /// The API group.
    pub group: &'static str,
    /// The one version that is served and stored.
    pub version: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// The plural, as paths say it.
    pub plural: &'static str,
    /// What kubectl takes instead.
    pub short_names: &'static [&'static str],
    /// Groups of kinds that kubectl lists together.
    pub categories: &'static [&'static str],
    /// Whether the status is a resource of its own.
    pub status: Subresource,
    /// The columns of `kubectl get`.
    pub columns: &'static [Column],
    /// The fields beside `apiVersion`, `kind` and `metadata`.
    pub fields: fn() -> Vec<Field>,
    /// Whether `metadata` is asked for, as one family's generator writes it.
    pub metadata: Presence,
}

/// Whether the status is a resource of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subresource {
    /// `/status` is served: a write to it changes nothing else, and the generation stays.
    Status,
    /// Only an empty list of subresources is given: the status is a field like others, every write
    /// of it moves the generation.
    Empty,
    /// Nothing is said.
    Unsaid,
}

/// Whether a definition asks for a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It must be there.
    Required,
    /// It may be absent.
    Optional,
}

/// One column of `kubectl get`.
pub struct Column {
    /// The heading.
    pub name: &'static str,
    /// The field.
    pub path: &'static str,
    /// Its type.
    pub kind: &'static str,
    /// Above 0 it is shown by `-o wide` only.
    pub priority: i32,
}

/// A column that is always shown.
pub const fn column(name: &'static str, kind: &'static str, path: &'static str) -> Column {
    Column { name, path, kind, priority: 0 }
}

/// A column that `-o wide` shows.
pub const fn wide_column(name: &'static str, kind: &'static str, path: &'static str) -> Column {
    Column { name, path, kind, priority: 10 }
}

impl Definition {
    /// The definition's own name, `<plural>.<group>`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.plural, self.group)
    }

    /// The shape of the whole object.
    pub fn schema(&self) -> Schema {
        let metadata = match self.metadata {
            Presence::Required => required("metadata", opaque()),
            Presence::Optional => optional("metadata", opaque()),
        };
        let common = [optional("apiVersion", text()), optional("kind", text()), metadata];
        object(common.into_iter().chain((self.fields)()))
    }

    /// The object that a cluster takes.
    pub fn to_object(&self) -> Value {
        json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {
                "name": self.name(),
                "labels": {
                    "app.kubernetes.io/name": self.name(),
                    "app.kubernetes.io/part-of": "trimtab",
                },
            },
            "spec": {
                "group": self.group,
                "names": self.names(),
                "scope": "Namespaced",
                "versions": [self.served()],
            },
        })
    }

    fn names(&self) -> Value {
        let mut names = json!({
            "kind": self.kind,
            "listKind": format!("{}List", self.kind),
            "plural": self.plural,
            "singular": self.kind.to_lowercase(),
        });
        if !self.short_names.is_empty() {
            names["shortNames"] = self.short_names.into();
        }
        if !self.categories.is_empty() {
            names["categories"] = self.categories.into();
        }
        names
    }

    fn served(&self) -> Value {
        let mut version = json!({
            "name": self.version,
            "served": true,
            "storage": true,
            "schema": {"openAPIV3Schema": self.schema().into_value()},
        });
        match self.status {
            Subresource::Status => version["subresources"] = json!({"status": {}}),
            Subresource::Empty => version["subresources"] = json!({}),
            Subresource::Unsaid => {}
        }
        if !self.columns.is_empty() {
            version["additionalPrinterColumns"] =
                self.columns.iter().map(Column::to_value).collect::<Vec<_>>().into();
        }
        version
    }
}

impl Column {
    fn to_value(&self) -> Value {
        let mut column = json!({"name": self.name, "type": self.kind, "jsonPath": self.path});
        if self.priority > 0 {
            column["priority"] = self.priority.into();
        }
        column
    }
}
