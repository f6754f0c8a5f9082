//! Answers without what differs from run to run: times, uids, versions and the namespace's name.

use serde_json::{Map, Value};
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
}

impl Normal {
    pub fn new(namespace: &str, detail: Detail) -> Self {
        let (uids, versions) = (BTreeMap::new(), BTreeMap::new());
        Self { namespace: namespace.into(), detail, uids, versions }
    }

    pub fn value(&mut self, value: &Value) -> Value {
        let mut value = self.at("", value);
        if self.detail == Detail::Settled {
            settle(&mut value);
        }
        value
    }

    fn at(&mut self, name: &str, value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                let is_list = members.contains_key("items") && members.contains_key("kind");
                let mut out = Map::new();
                for (name, member) in members {
                    let mut member = self.at(if is_list { "" } else { name }, member);
                    if is_list && name == "metadata" {
                        // Whatever else goes on is counted here.
                        member["resourceVersion"] = "<now>".into();
                    }
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
            Value::Array(items) => items.iter().map(|item| self.at("", item)).collect(),
            Value::String(text) => self.text(name, text).into(),
            other => other.clone(),
        }
    }

    fn text(&mut self, name: &str, text: &str) -> String {
        if name == "resourceVersion" {
            return format!("<version {}>", number(&mut self.versions, text));
        }
        let is_time = text.len() >= 20 && text.as_bytes()[10] == b'T' && text.ends_with('Z');
        if is_time {
            return "<time>".into();
        }
        if text.starts_with("-----BEGIN CERTIFICATE") {
            return "<certificate>".into();
        }
        let text = text.replace(&self.namespace, "{ns}");
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
            for (before, after) in [("in record (", ")"), ("current: ", "")] {
                let found = format!("{before}{version}{after}");
                text = text.replace(&found, &format!("{before}<version {number}>{after}"));
            }
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
