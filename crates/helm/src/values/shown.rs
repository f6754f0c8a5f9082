//! Values as Go's `fmt` writes them, for errors and warnings.

use serde_json::Value;
use trimtab_template::{Digits, FloatType, format_float};

use super::table::{Node, Tables};

/// How much of a value is written, in bytes.
const SHOWN_BYTES_MAX: usize = 1_024;

impl Tables {
    /// A value as a verb writes it: `v`, or `t`, which is for truths alone.
    pub(crate) fn shown(&self, node: &Node, verb: char) -> String {
        let mut out = String::new();
        self.show(node, verb, &mut out);
        cut(out)
    }

    fn show(&self, node: &Node, verb: char, out: &mut String) {
        match node {
            Node::Null if verb == 't' => out.push_str("%!t(<nil>)"),
            Node::Null => show(&Value::Null, verb, out),
            Node::Leaf(leaf) => show(&leaf.value, verb, out),
            Node::Table(id) => {
                out.push_str("map[");
                for (index, (key, node)) in self.entries(*id).iter().enumerate() {
                    if out.len() > SHOWN_BYTES_MAX {
                        return;
                    }
                    push_key(key, index, verb, out);
                    self.show(node, verb, out);
                }
                out.push(']');
            }
        }
    }
}

/// A value as `%v` writes it.
pub(crate) fn shown(value: &Value) -> String {
    let mut out = String::new();
    show(value, 'v', &mut out);
    cut(out)
}

fn cut(mut out: String) -> String {
    if out.len() > SHOWN_BYTES_MAX {
        out.truncate(out.floor_char_boundary(SHOWN_BYTES_MAX));
        out.push_str("...");
    }
    out
}

fn push_key(key: &str, index: usize, verb: char, out: &mut String) {
    if index > 0 {
        out.push(' ');
    }
    match verb {
        't' => out.extend(["%!t(string=", key, ")"]),
        _ => out.push_str(key),
    }
    out.push(':');
}

fn show(value: &Value, verb: char, out: &mut String) {
    if out.len() > SHOWN_BYTES_MAX {
        return;
    }
    match value {
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { " " } else { "" });
                show(item, verb, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push_str("map[");
            for (index, (key, item)) in map.iter().enumerate() {
                push_key(key, index, verb, out);
                show(item, verb, out);
            }
            out.push(']');
        }
        Value::Null => out.push_str("<nil>"),
        Value::Number(_) | Value::String(_) if verb == 'v' => out.push_str(&scalar(value)),
        Value::Number(_) | Value::String(_) => {
            out.extend(["%!t(", super::go_type(value), "=", &scalar(value), ")"]);
        }
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => {
            let float = number.as_f64().unwrap_or_default();
            format_float(float, FloatType::Float64, 'g', Digits::Shortest)
        }
        other => other.to_string(),
    }
}
