//! An object's JSON, read once: `managedFields`, often half of its bytes, stays as text.

use super::DecodeError;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::fmt;
use trimtab_model::GroupVersionKind;

/// An object without its `managedFields`, and these as they are written.
pub struct Parsed<'a> {
    /// The object. A field that is nested too deeply to be read is left out.
    pub object: Value,
    /// The entries of `managedFields`.
    pub managed: Vec<&'a RawValue>,
}

impl<'a> Parsed<'a> {
    /// Reads an object that has metadata.
    pub fn read(json: &'a str) -> Result<Self, DecodeError> {
        let Fields { fields, metadata } = serde_json::from_str(json)?;
        let Some(Metadata { fields: metadata, managed }) = metadata else {
            return Err(DecodeError::Missing("metadata"));
        };
        let mut object = fields;
        object.insert("metadata".to_owned(), Value::Object(metadata));
        Ok(Self { object: Value::Object(object), managed })
    }

    /// Fills in `apiVersion` and `kind`, which items of a list lack.
    pub fn name_kind(&mut self, kind: &GroupVersionKind) {
        if let Value::Object(fields) = &mut self.object {
            fields.entry("apiVersion").or_insert_with(|| kind.api_version().into());
            fields.entry("kind").or_insert_with(|| kind.kind.as_str().into());
        }
    }

    /// The object's metadata.
    pub fn metadata(&self) -> &Value {
        &self.object["metadata"]
    }
}

struct Fields<'a> {
    fields: Map<String, Value>,
    metadata: Option<Metadata<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut fields, mut metadata) = (Map::new(), None);
        while let Some(name) = map.next_key::<String>()? {
            if name == "metadata" {
                metadata = map.next_value()?;
            } else if let Some(value) = read_or_leave_out(map.next_value()?) {
                fields.insert(name, value);
            }
        }
        Ok(Fields { fields, metadata })
    }
}

/// The text is valid JSON already, so what cannot be read is nested too deeply for the reader. One
/// such object must not stop the watch of its neighbours.
fn read_or_leave_out(raw: &RawValue) -> Option<Value> {
    serde_json::from_str(raw.get()).ok()
}

struct Metadata<'a> {
    fields: Map<String, Value>,
    managed: Vec<&'a RawValue>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Metadata<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MetadataVisitor)
    }
}

struct MetadataVisitor;

impl<'de> Visitor<'de> for MetadataVisitor {
    type Value = Metadata<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("metadata")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut fields, mut managed) = (Map::new(), Vec::new());
        while let Some(name) = map.next_key::<String>()? {
            if name == "managedFields" {
                managed = map.next_value::<Option<Vec<&RawValue>>>()?.unwrap_or_default();
            } else {
                fields.insert(name, map.next_value()?);
            }
        }
        Ok(Metadata { fields, managed })
    }
}
