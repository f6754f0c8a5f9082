//! The text of a set in `managedFields`: `FieldsV1`.

use super::{FieldSet, Node};
use crate::{Error, PathElement};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;

impl FieldSet {
    /// Reads the text of a `fieldsV1`.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(Error::BadFields)
    }

    /// Reads a parsed `fieldsV1`.
    pub fn from_value(value: &Value) -> Result<Self, Error> {
        Self::deserialize(value).map_err(Error::BadFields)
    }

    /// Writes the set as the server does.
    pub fn to_json(&self) -> String {
        let mut out = String::with_capacity(self.nodes.len() * 32);
        let mut scratch = String::new();
        self.write(false, &mut scratch, &mut out);
        out
    }

    /// The set as the value of a `fieldsV1`.
    pub fn to_value(&self) -> Value {
        self.value(false)
    }

    fn write(&self, member: bool, scratch: &mut String, out: &mut String) {
        out.push('{');
        let mut comma = "";
        if member && !self.nodes.is_empty() {
            out.push_str("\".\":{}");
            comma = ",";
        }
        for node in &self.nodes {
            out.push_str(comma);
            comma = ",";
            scratch.clear();
            node.element.write(scratch);
            out.push_str(&Value::from(scratch.as_str()).to_string());
            out.push(':');
            node.children.write(node.member, scratch, out);
        }
        out.push('}');
    }

    fn value(&self, member: bool) -> Value {
        let mut map = serde_json::Map::new();
        if member && !self.nodes.is_empty() {
            map.insert(".".into(), Value::Object(serde_json::Map::new()));
        }
        for node in &self.nodes {
            let mut step = String::new();
            node.element.write(&mut step);
            map.insert(step, node.children.value(node.member));
        }
        Value::Object(map)
    }
}

/// A subtree as it is read: its set, and whether its root is a member.
struct Subtree {
    set: FieldSet,
    member: bool,
}

impl<'de> Deserialize<'de> for FieldSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Subtree::deserialize(deserializer).map(|subtree| subtree.set)
    }
}

impl<'de> Deserialize<'de> for Subtree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Subtree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a set of fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Subtree, A::Error> {
        let (mut set, mut member) = (FieldSet::default(), false);
        while let Some(step) = map.next_key()? {
            match step {
                Step::Element(element) => {
                    let child: Subtree = map.next_value()?;
                    insert(&mut set, Node { element, member: child.member, children: child.set });
                }
                Step::Itself => {
                    member = true;
                    map.next_value::<IgnoredAny>()?;
                }
                Step::Unknown => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        // Nothing below means that the step itself is meant.
        member |= set.is_empty();
        Ok(Subtree { set, member })
    }
}

/// A key of the text.
enum Step {
    Element(PathElement),
    /// The field itself is a member.
    Itself,
    /// A kind of step that only later servers know.
    Unknown,
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(StepReader)
    }
}

struct StepReader;

impl Visitor<'_> for StepReader {
    type Value = Step;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a step of a field's path")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Step, E> {
        if text == "." {
            return Ok(Step::Itself);
        }
        let element = PathElement::read(text).map_err(E::custom)?;
        Ok(element.map_or(Step::Unknown, Step::Element))
    }
}

fn insert(set: &mut FieldSet, node: Node) {
    match set.find(&node.element) {
        Ok(index) => set.nodes[index] = node,
        Err(index) => set.nodes.insert(index, node),
    }
}
