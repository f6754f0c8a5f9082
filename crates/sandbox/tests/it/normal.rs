//! Answers without what differs from run to run: times, uids, versions and the namespace's name.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Gives names to what differs, in the order in which it is seen.
pub struct Normal {
    namespace: String,
    uids: BTreeMap<String, usize>,
    versions: BTreeMap<String, usize>,
}

impl Normal {
    pub fn new(namespace: &str) -> Self {
        Self { namespace: namespace.into(), uids: BTreeMap::new(), versions: BTreeMap::new() }
    }

    pub fn value(&mut self, value: &Value) -> Value {
        self.at("", value)
    }

    fn at(&mut self, name: &str, value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                let members: Map<String, Value> = members
                    .iter()
                    .map(|(name, member)| (name.clone(), self.at(name, member)))
                    .collect();
                Value::Object(members)
            }
            Value::Array(items) => items.iter().map(|item| self.at(name, item)).collect(),
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
