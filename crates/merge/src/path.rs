//! Where in an object a field is.

use crate::{Error, order};
use serde_json::Value;
use std::cmp::Ordering;
use std::fmt::{self, Write as _};
use std::sync::Arc;

/// One step into an object. Source: structured-merge-diff v6, `fieldpath/element.go`.
#[derive(Clone, Debug)]
pub enum PathElement {
    /// A field of a map or struct.
    Field(Arc<str>),
    /// The element of a list whose key fields have these values, sorted by name.
    Key(Arc<[KeyField]>),
    /// The element of a set that has this value.
    Value(Arc<Value>),
    /// The element at a position.
    Index(i64),
}

/// One field of a list element's key.
#[derive(Clone, Debug)]
pub struct KeyField {
    /// The field's name.
    pub name: Arc<str>,
    /// The field's value.
    pub value: Value,
}

impl PathElement {
    /// A step to a field.
    pub fn field(name: &str) -> Self {
        Self::Field(name.into())
    }

    /// A step to the list element with one key field.
    pub fn key(name: &str, value: impl Into<Value>) -> Self {
        Self::keys(vec![KeyField { name: name.into(), value: value.into() }])
    }

    /// A step to the list element with these key fields.
    pub fn keys(mut fields: Vec<KeyField>) -> Self {
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        Self::Key(fields.into())
    }

    /// Reads a step as `managedFields` writes it: `f:name`, `k:{…}`, `v:…`, `i:0`. `None` for a kind
    /// of step that is not known, which is skipped as the server skips it.
    pub(crate) fn read(text: &str) -> Result<Option<Self>, Error> {
        let bad = || Error::BadPathElement { text: text.into() };
        let (kind, rest) = text.split_once(':').ok_or_else(bad)?;
        Ok(Some(match kind {
            "f" => Self::Field(rest.into()),
            "v" => Self::Value(Arc::new(serde_json::from_str(rest).map_err(|_| bad())?)),
            "i" => Self::Index(rest.parse().map_err(|_| bad())?),
            "k" => {
                let fields: serde_json::Map<String, Value> =
                    serde_json::from_str(rest).map_err(|_| bad())?;
                let field = |(name, value): (String, Value)| KeyField { name: name.into(), value };
                Self::keys(fields.into_iter().map(field).collect())
            }
            _ => return Ok(None),
        }))
    }

    /// Writes the step as `managedFields` does.
    pub(crate) fn write(&self, out: &mut String) {
        match self {
            Self::Field(name) => {
                out.push_str("f:");
                out.push_str(name);
            }
            Self::Key(fields) => {
                out.push_str("k:{");
                for (index, field) in fields.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_json(&Value::from(&*field.name), out);
                    out.push(':');
                    write_json(&field.value, out);
                }
                out.push('}');
            }
            Self::Value(value) => {
                out.push_str("v:");
                write_json(value, out);
            }
            // Writing into a text cannot fail.
            Self::Index(index) => drop(write!(out, "i:{index}")),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Field(_) => 0,
            Self::Key(_) => 1,
            Self::Value(_) => 2,
            Self::Index(_) => 3,
        }
    }
}

/// Writes JSON as Go's encoder does, which also escapes what HTML could misread.
fn write_json(value: &Value, out: &mut String) {
    for char in value.to_string().chars() {
        match char {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            other => out.push(other),
        }
    }
}

impl Ord for PathElement {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Field(left), Self::Field(right)) => left.cmp(right),
            (Self::Key(left), Self::Key(right)) => keys(left, right),
            (Self::Value(left), Self::Value(right)) => order::compare(left, right),
            (Self::Index(left), Self::Index(right)) => left.cmp(right),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

fn keys(left: &[KeyField], right: &[KeyField]) -> Ordering {
    let field = |(l, r): (&KeyField, &KeyField)| {
        l.name.cmp(&r.name).then_with(|| order::compare(&l.value, &r.value))
    };
    let differing = left.iter().zip(right).map(field).find(|o| o.is_ne());
    differing.unwrap_or_else(|| left.len().cmp(&right.len()))
}

impl PartialOrd for PathElement {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for PathElement {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for PathElement {}

/// Displays as the server's messages do: `.name`, `[name="app"]`, `[="value"]`, `[0]`.
impl fmt::Display for PathElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, ".{name}"),
            Self::Key(fields) => {
                f.write_str("[")?;
                for (index, field) in fields.iter().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    write!(f, "{comma}{}={}", field.name, Shown(&field.value))?;
                }
                f.write_str("]")
            }
            Self::Value(value) => write!(f, "[={}]", Shown(value)),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// A value inside a path, as the server's messages write it.
struct Shown<'a>(&'a Value);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| Shown(item).to_string()).collect();
                write!(f, "[{}]", items.join(","))
            }
            Value::Object(map) => map.iter().try_for_each(|(k, v)| write!(f, "{k}={}", Shown(v))),
            scalar => write!(f, "{scalar}"),
        }
    }
}

/// The way to a field from the root of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldPath(pub Vec<PathElement>);

impl FieldPath {
    /// A path of plain fields.
    pub fn fields<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().map(PathElement::field).collect())
    }
}

/// Displays as `.spec.template.spec.containers[name="app"].image`.
impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|element| write!(f, "{element}"))
    }
}

impl From<&[PathElement]> for FieldPath {
    fn from(elements: &[PathElement]) -> Self {
        Self(elements.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::{FieldPath, KeyField, PathElement};
    use serde_json::json;

    #[test]
    fn a_path_is_shown_as_the_server_shows_it() {
        let path = FieldPath(vec![
            PathElement::field("spec"),
            PathElement::field("containers"),
            PathElement::key("name", "app"),
            PathElement::field("ports"),
            PathElement::keys(vec![
                KeyField { name: "protocol".into(), value: json!("TCP") },
                KeyField { name: "containerPort".into(), value: json!(80) },
            ]),
        ]);
        let shown = ".spec.containers[name=\"app\"].ports[containerPort=80,protocol=\"TCP\"]";
        assert_eq!(path.to_string(), shown);
    }

    #[test]
    fn steps_are_read_and_written_back() {
        let steps =
            ["f:a:b", "k:{\"containerPort\":80,\"protocol\":\"TCP\"}", "v:\"x\"", "v:3", "i:4"];
        for text in steps {
            let step = PathElement::read(text).unwrap().unwrap();
            let mut written = String::new();
            step.write(&mut written);
            assert_eq!(written, text);
        }
        assert!(PathElement::read("z:new").unwrap().is_none());
        assert!(PathElement::read("nothing").is_err());
    }
}
