//! The types of a kind's fields, as far as merging and comparing need them.

mod decode;
mod openapi;
mod table;

pub(crate) use table::{known_name, name_of};

use crate::{Error, FieldSet, PathElement};
use serde_json::{Value, json};
use std::sync::Arc;
use trimtab_model::GroupVersionKind;

/// The schema of one kind at one version.
#[derive(Clone, Debug)]
pub struct Schema {
    pub(crate) root: TypeRef,
    origin: Origin,
    status: bool,
}

/// Where a schema comes from, and so how much it can decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The table of built-in kinds.
    BuiltIn,
    /// A `CustomResourceDefinition` with a structural schema.
    CustomResource,
    /// Nobody told: every map is granular, every list atomic, no default is known.
    Deduced,
}

impl Schema {
    /// The schema of a kind that every API server has; `None` for any other.
    pub fn built_in(kind: &GroupVersionKind) -> Option<Self> {
        let (root, status) = table::kind(kind)?;
        Some(Self { root, origin: Origin::BuiltIn, status })
    }

    /// The schema of a kind nobody told about.
    pub fn deduced() -> Self {
        Self { root: TypeRef::named(table::DEDUCED), origin: Origin::Deduced, status: false }
    }

    /// The schema of a custom resource at one of its versions, read from the whole
    /// `CustomResourceDefinition`. A version without a schema, or with
    /// `x-kubernetes-preserve-unknown-fields` at its root alone, is merged as the server does: all
    /// that is not declared is deduced.
    pub fn from_crd(crd: &Value, version: &str) -> Result<Self, Error> {
        let found = openapi::version(crd, version).ok_or_else(|| Error::NoSuchVersion {
            crd: openapi::text(crd, &["metadata", "name"]).into(),
            version: version.into(),
        })?;
        let root = decode::reference(&openapi::custom_resource(crd, found));
        Ok(Self { root, origin: Origin::CustomResource, status: openapi::has_status(found) })
    }

    /// Where the schema comes from.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Whether `status` is written through its own subresource only.
    pub fn has_status_subresource(&self) -> bool {
        self.status
    }

    /// The fields that a write through a subresource (none: the object itself) does not change, and
    /// that it therefore never owns. Source: `GetResetFields` of the server's strategies, without
    /// the few metadata fields that single kinds add.
    pub fn reset_fields(&self, subresource: &str) -> FieldSet {
        let names: &[&str] = match (subresource, self.origin) {
            ("", _) if self.status => &["status"],
            ("status", Origin::CustomResource) => &["metadata", "spec"],
            ("status", _) => &["spec"],
            _ => &[],
        };
        let mut set = FieldSet::default();
        for name in names {
            set.insert(&[PathElement::field(name)]);
        }
        set
    }

    /// What an object of the kind is before anything is said about it: the server's Go types always
    /// have their structs, and some of their lists and scalars.
    pub(crate) fn empty(&self) -> Value {
        match self.origin {
            Origin::BuiltIn => empty_of(&self.root).unwrap_or_else(|| json!({})),
            Origin::CustomResource | Origin::Deduced => json!({}),
        }
    }

    /// Writes the table of built-in kinds from an API server's `/openapi/v3` documents and the facts
    /// of its Go types. Run by the `schemas` example; see `schemas/README.md`.
    pub fn write_table(server: &str, documents: &[Value], facts: &str) -> String {
        table::write(server, documents, facts)
    }
}

fn empty_of(of: &TypeRef) -> Option<Value> {
    let Some(Shape::Map { of, .. }) = of.resolve().map() else { return None };
    let member = |field: &Field| {
        let value = match (&field.default, &field.filled) {
            _ if field.zero_omitted => return None,
            (Some(Value::Object(_)), _) => empty_of(&field.of)?,
            (Some(zero), _) => zero.clone(),
            (None, Some(Value::Null)) => Value::Null,
            (None, _) => return None,
        };
        Some((field.name.to_string(), value))
    };
    Some(of.fields.iter().filter_map(member).collect())
}

/// A type: what a value may be. More than one only where the schema says nothing.
#[derive(Debug, Default)]
pub(crate) struct Type {
    pub scalar: Option<Scalar>,
    pub list: Option<ListType>,
    pub map: Option<MapType>,
}

/// What is known of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scalar {
    Text,
    /// Base64 text.
    Bytes,
    Number,
    Boolean,
    /// Any scalar.
    Untyped,
    /// A Kubernetes quantity: `1000m` is `1`.
    Quantity,
    /// An RFC 3339 time.
    Time,
}

#[derive(Debug)]
pub(crate) struct ListType {
    pub relation: ListRelation,
    pub element: TypeRef,
}

/// How the elements of a list relate.
#[derive(Debug)]
pub(crate) enum ListRelation {
    /// The list is one value.
    Atomic,
    /// Each element is its own identity.
    Set,
    /// The values of these fields are an element's identity.
    Keyed(Box<[Arc<str>]>),
}

#[derive(Debug)]
pub(crate) struct MapType {
    /// The declared fields, sorted by name.
    pub fields: Box<[Field]>,
    /// The type of members that are not declared; `None` refuses them.
    pub others: Option<TypeRef>,
    pub atomic: bool,
}

/// A declared field.
#[derive(Debug)]
pub(crate) struct Field {
    pub name: Arc<str>,
    pub of: TypeRef,
    /// The default in the schema.
    pub default: Option<Value>,
    /// What the server's own code fills in where nothing is said.
    pub filled: Option<Value>,
    /// The server leaves the field out of its answers when it is zero.
    pub zero_omitted: bool,
    /// The server stores null where null is written.
    pub null_kept: bool,
}

/// A mention of a type.
#[derive(Clone, Debug)]
pub(crate) enum TypeRef {
    /// A type of the table, perhaps with another relation between its members.
    Named { index: usize, atomic: Option<bool> },
    /// A type that stands where it is mentioned.
    Inline(Arc<Type>),
}

impl TypeRef {
    pub fn named(index: usize) -> Self {
        Self::Named { index, atomic: None }
    }

    pub fn resolve(&self) -> Atom<'_> {
        match self {
            Self::Named { index, atomic } => Atom { of: table::at(*index), atomic: *atomic },
            Self::Inline(of) => Atom { of, atomic: None },
        }
    }
}

impl MapType {
    pub fn field(&self, name: &str) -> Option<&Field> {
        let index = self.fields.binary_search_by(|field| (*field.name).cmp(name)).ok()?;
        Some(&self.fields[index])
    }

    /// The type of a member, declared or not.
    pub fn member(&self, name: &str) -> Option<&TypeRef> {
        self.field(name).map(|field| &field.of).or(self.others.as_ref())
    }

    /// Whether the map is one of which nothing was declared. Source: `isUntypedDeducedMap`.
    pub fn is_deduced(&self) -> bool {
        let deduced = match &self.others {
            Some(TypeRef::Named { index, .. }) => *index == table::DEDUCED,
            Some(TypeRef::Inline(of)) => of.scalar == Some(Scalar::Untyped),
            None => false,
        };
        deduced && self.fields.is_empty()
    }
}

/// A resolved type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Atom<'a> {
    pub of: &'a Type,
    atomic: Option<bool>,
}

/// What a type is for one value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape<'a> {
    Scalar(Scalar),
    List {
        of: &'a ListType,
        atomic: bool,
    },
    Map {
        of: &'a MapType,
        atomic: bool,
    },
    /// The type says nothing at all; only a broken schema has one.
    Nothing,
}

impl<'a> Atom<'a> {
    /// What the type is for a value: the part that fits it, or the first there is. Source:
    /// `deduceAtom` and `handleAtom` of structured-merge-diff.
    pub fn shape(self, value: Option<&Value>) -> Shape<'a> {
        let fits = match value {
            Some(Value::Object(_)) => self.map(),
            Some(Value::Array(_)) => self.list(),
            Some(Value::Null) | None => None,
            Some(_) => self.scalar(),
        };
        fits.or(self.map()).or(self.scalar()).or(self.list()).unwrap_or(Shape::Nothing)
    }

    /// Which parts of the type a value leaves possible.
    pub fn narrowed(self, value: Option<&Value>) -> (bool, bool, bool) {
        let of = self.of;
        match value {
            Some(Value::Object(_)) if of.map.is_some() => (false, false, true),
            Some(Value::Array(_)) if of.list.is_some() => (false, true, false),
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) if of.scalar.is_some() => {
                (true, false, false)
            }
            _ => (of.scalar.is_some(), of.list.is_some(), of.map.is_some()),
        }
    }

    pub fn map(self) -> Option<Shape<'a>> {
        let of = self.of.map.as_ref()?;
        Some(Shape::Map { of, atomic: self.atomic.unwrap_or(of.atomic) })
    }

    fn list(self) -> Option<Shape<'a>> {
        let of = self.of.list.as_ref()?;
        // An override names a relation of maps; where the type is a list, atomic means atomic.
        let overridden = self.of.map.is_none().then_some(self.atomic).flatten();
        let own = matches!(of.relation, ListRelation::Atomic);
        Some(Shape::List { of, atomic: overridden.unwrap_or(own) })
    }

    fn scalar(self) -> Option<Shape<'a>> {
        self.of.scalar.map(Shape::Scalar)
    }
}
