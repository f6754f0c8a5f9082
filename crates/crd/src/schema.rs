//! The shape of a value on the wire, as a `CustomResourceDefinition` says it.

use serde_json::{Map, Value, json};

/// A structural schema: which fields there are, and of which types.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema(Map<String, Value>);

/// One field of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    name: &'static str,
    schema: Schema,
    required: bool,
}

/// A field that may be absent.
pub fn optional(name: &'static str, schema: Schema) -> Field {
    Field { name, schema, required: false }
}

/// A field that the server asks for.
pub fn required(name: &'static str, schema: Schema) -> Field {
    Field { name, schema, required: true }
}

/// A text.
pub fn text() -> Schema {
    Schema::of("string")
}

/// A time as RFC 3339 writes it.
pub fn time() -> Schema {
    text().with("format", "date-time")
}

/// A whole number of 64 bits.
pub fn integer() -> Schema {
    Schema::of("integer").with("format", "int64")
}

/// A whole number, or a text that holds one.
pub fn integer_or_text() -> Schema {
    Schema(Map::new())
        .with("anyOf", json!([{"type": "integer"}, {"type": "string"}]))
        .with("x-kubernetes-int-or-string", true)
}

/// True or false.
pub fn boolean() -> Schema {
    Schema::of("boolean")
}

/// A list of equal shapes.
pub fn list(items: Schema) -> Schema {
    Schema::of("array").with("items", items.into_value())
}

/// A map from any key to equal shapes.
pub fn map(values: Schema) -> Schema {
    Schema::of("object").with("additionalProperties", values.into_value())
}

/// A map from any key to a text, as labels and annotations are.
pub fn texts() -> Schema {
    map(text())
}

/// An object that the server keeps as it is.
pub fn anything() -> Schema {
    Schema::of("object").with("x-kubernetes-preserve-unknown-fields", true)
}

/// An object whose fields the server does not list here (`metadata`).
pub fn opaque() -> Schema {
    Schema::of("object")
}

/// An object with exactly these fields; the server prunes others.
pub fn object(fields: impl IntoIterator<Item = Field>) -> Schema {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in fields {
        if field.required {
            required.push(field.name);
        }
        properties.insert(field.name.to_owned(), field.schema.into_value());
    }
    required.sort_unstable();
    let schema = Schema::of("object").with("properties", properties);
    if required.is_empty() { schema } else { schema.with("required", required) }
}

impl Schema {
    fn of(kind: &str) -> Self {
        Self(Map::new()).with("type", kind)
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    /// Only texts that match.
    #[must_use]
    pub fn matching(self, pattern: &str) -> Self {
        self.with("pattern", pattern)
    }

    /// Only these values.
    #[must_use]
    pub fn one_of<const N: usize>(self, values: [&str; N]) -> Self {
        self.with("enum", values.to_vec())
    }

    /// The value that the server puts where there is none.
    #[must_use]
    pub fn by_default(self, value: impl Into<Value>) -> Self {
        self.with("default", value)
    }

    /// At least this many characters.
    #[must_use]
    pub fn at_least(self, characters: u32) -> Self {
        self.with("minLength", characters)
    }

    /// At most this many characters.
    #[must_use]
    pub fn at_most(self, characters: u32) -> Self {
        self.with("maxLength", characters)
    }

    /// No number below.
    #[must_use]
    pub fn from(self, minimum: i64) -> Self {
        self.with("minimum", minimum)
    }

    /// Only values for which each rule (in CEL) holds; its sentence says why.
    #[must_use]
    pub fn where_all<const N: usize>(self, rules: [(&str, &str); N]) -> Self {
        let rules = rules.map(|(message, rule)| json!({"message": message, "rule": rule}));
        self.with("x-kubernetes-validations", rules.to_vec())
    }

    /// The schema as a definition writes it.
    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}
