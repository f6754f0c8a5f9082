//! Scripts of requests, and what comes of them.

use crate::normal::{Detail, Normal};
use crate::subject::Subject;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub const MERGE: &str = "application/merge-patch+json";
pub const JSON_PATCH: &str = "application/json-patch+json";
pub const APPLY: &str = "application/apply-patch+yaml";
const JSON: &str = "application/json";

/// One request. `{ns}` stands for the test's namespace, `{uid NAME}` and `{rv NAME}` for what was last
/// told of the object of that name, `{continue}` for what the last list may go on with.
#[derive(Clone, Debug)]
pub struct Step {
    pub method: &'static str,
    pub path: String,
    pub content_type: &'static str,
    pub accept: &'static str,
    pub body: Option<Value>,
    /// It is repeated until it has this answer, because controllers take their time.
    pub until: Option<u16>,
    /// The controllers get time before it.
    pub waits: bool,
}

/// How often the controllers get time before a request that waits.
const WAITS: usize = 15;

/// How often such a request is repeated at most.
const REPEATS_MAX: usize = 100;

impl Step {
    pub fn new(method: &'static str, path: &str) -> Self {
        let path = path.to_owned();
        Self {
            method,
            path,
            content_type: JSON,
            accept: JSON,
            body: None,
            until: None,
            waits: false,
        }
    }

    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub fn delete(path: &str) -> Self {
        Self::new("DELETE", path)
    }

    pub fn post(path: &str, body: Value) -> Self {
        Self::new("POST", path).body(body)
    }

    pub fn put(path: &str, body: Value) -> Self {
        Self::new("PUT", path).body(body)
    }

    pub fn apply(path: &str, body: Value) -> Self {
        Self { content_type: APPLY, ..Self::new("PATCH", path).body(body) }
    }

    pub fn merge(path: &str, body: Value) -> Self {
        Self { content_type: MERGE, ..Self::new("PATCH", path).body(body) }
    }

    pub fn json_patch(path: &str, body: Value) -> Self {
        Self { content_type: JSON_PATCH, ..Self::new("PATCH", path).body(body) }
    }

    pub fn body(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    pub fn accept(self, accept: &'static str) -> Self {
        Self { accept, ..self }
    }

    pub fn content(self, content_type: &'static str) -> Self {
        Self { content_type, ..self }
    }

    pub fn until(self, code: u16) -> Self {
        Self { until: Some(code), ..self }
    }

    pub fn waits(self) -> Self {
        Self { waits: true, ..self }
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Told {
    pub code: u16,
    pub warnings: Vec<String>,
    pub body: Value,
}

/// Runs a script, and tells what came of it: one value a step, with nothing in it that differs from
/// run to run.
pub async fn run(subject: &Subject, script: &[Step], detail: Detail) -> Vec<Value> {
    let mut known = BTreeMap::new();
    let mut normal = Normal::new(&subject.namespace, detail);
    let mut transcript = Vec::new();
    for step in script {
        let told = asked(subject, &filled(step, &known)).await;
        remember(&mut known, &told.body);
        let body = shortened(&normal.value(&told.body));
        let mut line = json!({"request": step.name(), "code": told.code, "body": body});
        if let Some(body) = &step.body {
            line["sent"] = shortened(body);
        }
        if !told.warnings.is_empty() {
            line["warnings"] = json!(told.warnings);
        }
        transcript.push(line);
    }
    transcript
}

/// The longest text of a request that a golden file repeats.
const TEXT_BYTES_MAX: usize = 1_000;

fn shortened(value: &Value) -> Value {
    match value {
        Value::String(text) if text.len() > TEXT_BYTES_MAX => {
            format!("<{} bytes>", text.len()).into()
        }
        Value::Array(items) => items.iter().map(shortened).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(n, value)| (n.clone(), shortened(value))).collect())
        }
        other => other.clone(),
    }
}

async fn asked(subject: &Subject, step: &Step) -> Told {
    let waits = if step.waits { WAITS } else { 0 };
    for _ in 0..waits {
        subject.settle().await;
    }
    let mut told = subject.ask(step).await;
    for _ in 0..REPEATS_MAX {
        if step.until.is_none_or(|code| told.code == code) {
            break;
        }
        subject.settle().await;
        told = subject.ask(step).await;
    }
    told
}

fn filled(step: &Step, known: &BTreeMap<String, String>) -> Step {
    let fill = |text: &str| {
        known.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    };
    let body =
        step.body.as_ref().map(|body| serde_json::from_str(&fill(&body.to_string())).unwrap());
    Step { path: fill(&step.path), body, ..step.clone() }
}

fn remember(known: &mut BTreeMap<String, String>, body: &Value) {
    let metadata = &body["metadata"];
    if let Some(version) = metadata["resourceVersion"].as_str() {
        known.insert("{rv}".into(), version.into());
    }
    if let Some(token) = metadata["continue"].as_str() {
        known.insert("{continue}".into(), token.into());
    }
    let Some(name) = metadata["name"].as_str() else { return };
    for (word, field) in [("uid", "uid"), ("rv", "resourceVersion")] {
        if let Some(value) = metadata[field].as_str() {
            known.insert(format!("{{{word} {name}}}"), value.into());
        }
    }
}

/// Where two transcripts differ, in words.
pub fn differences(what: &str, ours: &[Value], server: &[Value]) -> Vec<String> {
    let mut found = Vec::new();
    for (ours, server) in ours.iter().zip(server) {
        if ours != server {
            found.push(format!("{what}: {}", ours["request"]));
            differ("", ours, server, &mut found);
        }
    }
    if ours.len() != server.len() {
        found.push(format!("{what}: {} answers, not {}", ours.len(), server.len()));
    }
    found
}

fn differ(path: &str, ours: &Value, server: &Value, out: &mut Vec<String>) {
    match (ours, server) {
        (Value::Object(left), Value::Object(right)) => {
            let names: std::collections::BTreeSet<&String> =
                left.keys().chain(right.keys()).collect();
            for name in names {
                let of = |map: &serde_json::Map<String, Value>| {
                    map.get(name).cloned().unwrap_or_default()
                };
                differ(&format!("{path}.{name}"), &of(left), &of(right), out);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                differ(&format!("{path}[{index}]"), left, right, out);
            }
        }
        _ if ours != server => {
            out.push(format!("  {path}\n    sandbox {ours}\n    server  {server}"));
        }
        _ => {}
    }
}
