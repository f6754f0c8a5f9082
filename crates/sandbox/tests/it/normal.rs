//! Answers without what differs from run to run: times, uids, versions and the namespace's name.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How much of the answers is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Everything.
    All,
    /// Not what controllers write meanwhile: versions and statuses.
    Settled,
}

/// Gives names to what differs, in the order in which it is seen.
pub struct Normal {
    namespace: String,
    detail: Detail,
    uids: BTreeMap<String, usize>,
    versions: BTreeMap<String, usize>,
    /// Names that the server chose.
    names: Vec<String>,
}

impl Normal {
    pub fn new(namespace: &str, detail: Detail) -> Self {
        let (uids, versions) = (BTreeMap::new(), BTreeMap::new());
        Self { namespace: namespace.into(), detail, uids, versions, names: Vec::new() }
    }

    pub fn value(&mut self, value: &Value) -> Value {
        self.note_names(value);
        let mut value = self.at("", value);
        if self.detail == Detail::Settled {
            settle(&mut value);
        }
        value
    }

    fn note_names(&mut self, value: &Value) {
        let metadata = &value["metadata"];
        let (base, name) = (metadata["generateName"].as_str(), metadata["name"].as_str());
        if let (Some(base), Some(name)) = (base, name)
            && name.len() > base.len()
            && name.starts_with(base)
            && !self.names.iter().any(|known| known == name)
        {
            self.names.push(name.to_owned());
        }
    }

    fn at(&mut self, name: &str, value: &Value) -> Value {
        match value {
            // What a kind makes of an object that is not there, and which version it is, differs.
            Value::Object(members) if members.get("type") == Some(&"BOOKMARK".into()) => {
                let object = &members["object"];
                json!({"type": "BOOKMARK", "kind": object["kind"],
                    "annotations": object["metadata"]["annotations"]})
            }
            Value::Object(members) => {
                let is_list = members.contains_key("items") && members.contains_key("kind");
                let mut out = Map::new();
                for (name, member) in members {
                    let member = if is_list && name == "metadata" {
                        self.list_metadata(member)
                    } else {
                        self.at(name, member)
                    };
                    // A digest of the kind's name.
                    if name != "storageVersionHash" {
                        out.insert(self.without_uids(name), member);
                    }
                }
                Value::Object(out)
            }
            Value::Array(items) if name == "managedFields" => {
                // What the controllers write comes when it comes.
                let own = |item: &&Value| item["manager"] != "kube-controller-manager";
                let mut own: Vec<&Value> = items.iter().filter(own).collect();
                // The server orders them by seconds first, and a script may cross one.
                own.sort_by_key(|item| {
                    ["operation", "manager", "subresource", "apiVersion"]
                        .map(|name| item[name].as_str().unwrap_or("").to_owned())
                });
                own.into_iter().map(|item| self.at(name, item)).collect()
            }
            Value::Array(items) if name == "causes" => {
                // How often the server says a thing is of no use to anybody.
                let mut causes: Vec<Value> = Vec::new();
                for cause in items.iter().map(|item| self.at("", item)) {
                    if !causes.contains(&cause) {
                        causes.push(cause);
                    }
                }
                causes.into()
            }
            Value::Array(items) => items.iter().map(|item| self.at("", item)).collect(),
            Value::String(text) => self.text(name, text).into(),
            other => other.clone(),
        }
    }

    /// Whatever else goes on is counted in the version of a list.
    fn list_metadata(&mut self, metadata: &Value) -> Value {
        let mut metadata = metadata.clone();
        if let Some(fields) = metadata.as_object_mut() {
            fields.remove("resourceVersion");
        }
        let mut metadata = self.at("", &metadata);
        metadata["resourceVersion"] = "<now>".into();
        metadata
    }

    fn text(&mut self, name: &str, text: &str) -> String {
        if name == "resourceVersion" {
            return format!("<version {}>", number(&mut self.versions, text));
        }
        if name == "continue" && !text.is_empty() {
            return "<continue>".into();
        }
        let is_time = text.len() >= 20 && text.as_bytes()[10] == b'T' && text.ends_with('Z');
        if is_time {
            return "<time>".into();
        }
        if text.starts_with("-----BEGIN CERTIFICATE") {
            return "<certificate>".into();
        }
        let mut text = text.replace(&self.namespace, "{ns}");
        for (number, name) in self.names.iter().enumerate() {
            text = text.replace(name, &format!("<name {number}>"));
        }
        let text = self.without_uids(&text);
        self.without_versions(&text)
    }

    fn without_uids(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = uid_at(rest) {
            let (before, from) = rest.split_at(at);
            let (uid, after) = from.split_at(36);
            out.push_str(before);
            write!(out, "<uid {}>", number(&mut self.uids, uid)).unwrap();
            rest = after;
        }
        out + rest
    }

    fn without_versions(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (version, number) in &self.versions {
            let found = format!("in record ({version})");
            text = text.replace(&found, &format!("in record (<version {number}>)"));
        }
        if let Some((before, after)) = text.split_once("current: ") {
            let rest = after.trim_start_matches(|letter: char| letter.is_ascii_digit());
            text = format!("{before}current: <now>{rest}");
        }
        text
    }
}

/// Drops what controllers write meanwhile.
fn settle(object: &mut Value) {
    let Some(fields) = object.as_object_mut() else { return };
    if fields.get("kind").is_some_and(|kind| kind != "Status") {
        fields.remove("status");
    }
    let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    metadata.remove("resourceVersion");
    if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.remove("deployment.kubernetes.io/revision");
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
    }
}

fn number(known: &mut BTreeMap<String, usize>, text: &str) -> usize {
    let next = known.len();
    *known.entry(text.to_owned()).or_insert(next)
}

fn uid_at(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (0..bytes.len().saturating_sub(35)).find(|at| {
        let part = &bytes[*at..at + 36];
        part.iter().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase(),
        })
    })
}
