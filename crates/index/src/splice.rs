//! Writing a document with one more field in its metadata, without a copy of the document.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// A document as it is written with `metadata.<name>` set to a value. A document without a metadata
/// object is written as it is.
pub struct Spliced<'a, T> {
    /// The document.
    pub document: &'a Value,
    /// The field's name.
    pub name: &'a str,
    /// What it is set to.
    pub value: T,
}

impl<T: Serialize> Serialize for Spliced<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Value::Object(fields) = self.document else {
            return self.document.serialize(serializer);
        };
        let mut map = serializer.serialize_map(Some(fields.len()))?;
        for (name, value) in fields {
            match value {
                Value::Object(metadata) if name == "metadata" => {
                    map.serialize_entry(name, &Metadata { metadata, with: self })?;
                }
                value => map.serialize_entry(name, value)?,
            }
        }
        map.end()
    }
}

struct Metadata<'a, T> {
    metadata: &'a serde_json::Map<String, Value>,
    with: &'a Spliced<'a, T>,
}

impl<T: Serialize> Serialize for Metadata<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.metadata.iter().filter(|(name, _)| *name != self.with.name) {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry(self.with.name, &self.with.value)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::Spliced;
    use serde_json::{Value, json};

    #[test]
    fn the_field_replaces_its_namesake_and_nothing_else() {
        let document = json!({"kind": "X", "metadata": {"name": "a", "uid": "old"}, "uid": 1});
        let spliced = Spliced { document: &document, name: "uid", value: "new" };
        let written: Value = serde_json::to_value(&spliced).expect("a document has text keys");
        assert_eq!(
            written,
            json!({"kind": "X", "metadata": {"name": "a", "uid": "new"}, "uid": 1})
        );
    }
}
