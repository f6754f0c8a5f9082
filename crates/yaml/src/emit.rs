//! JSON values as YAML, byte for byte as `kubectl -o yaml` writes them: keys sorted, lists not
//! indented, lines folded behind column 80. Source: sigs.k8s.io/yaml, and go-yaml v2 `emitterc.go`.
//!
//! Three differences, where kubectl does not read back what it writes: the key `<<` is quoted, and so
//! is a text of several lines with U+2028 or U+2029; U+0085 is kept.

mod order;
mod scalar;
mod writer;

use scalar::Place;
use serde_json::{Map, Value};
use writer::Writer;

/// Writes a value as one YAML document that ends with a line end.
pub fn emit(value: &Value) -> String {
    let mut writer = Writer::default();
    writer.node(value, Place::Root);
    writer.finish()
}

impl Writer {
    fn node(&mut self, value: &Value, place: Place) {
        match value {
            Value::Null => self.plain("null", place),
            Value::Bool(bool) => self.plain(if *bool { "true" } else { "false" }, place),
            Value::Number(number) => self.plain(&crate::number::to_yaml(number), place),
            Value::String(text) => self.scalar(text, place),
            Value::Array(items) if items.is_empty() => self.empty("[", "]"),
            Value::Array(items) => self.sequence(items, place),
            Value::Object(map) if map.is_empty() => self.empty("{", "}"),
            Value::Object(map) => self.mapping(map),
        }
    }

    fn empty(&mut self, open: &str, close: &str) {
        self.indicator(open, true, false);
        self.after_open();
        self.indicator(close, false, false);
    }

    fn sequence(&mut self, items: &[Value], place: Place) {
        let indentless = place == Place::Value && !self.is_indentation();
        let outer = self.deepen(indentless);
        for item in items {
            self.new_line();
            self.indicator("-", true, true);
            self.node(item, Place::Item);
        }
        self.set_indent(outer);
    }

    fn mapping(&mut self, map: &Map<String, Value>) {
        let outer = self.deepen(false);
        for (key, value) in order::sorted(map) {
            self.new_line();
            if scalar::is_simple_key(key) {
                self.scalar(key, Place::SimpleKey);
                self.indicator(":", false, false);
            } else {
                self.indicator("?", true, true);
                self.scalar(key, Place::Value);
                self.new_line();
                self.indicator(":", true, true);
            }
            self.node(value, Place::Value);
        }
        self.set_indent(outer);
    }
}
