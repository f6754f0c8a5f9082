//! JSON values as YAML, byte for byte as `kubectl -o yaml` writes them: keys sorted, lists not
//! indented, lines folded behind column 80. Source: sigs.k8s.io/yaml, and go-yaml v2 `emitterc.go`.
//!
//! Three differences, where kubectl does not read back what it writes: the key `<<` is quoted, and so
//! is a text of several lines with U+2028 or U+2029; U+0085 is kept.

mod emitter;
mod order;
mod scalar;
mod writer;

pub use emitter::Emitter;
pub use order::sorted;
pub use scalar::{escaped, is_break, is_plain_text, is_printable};

use serde_json::Value;

/// Writes a value as one YAML document that ends with a line end.
pub fn emit(value: &Value) -> String {
    let mut emitter = Emitter::readable();
    node(&mut emitter, value);
    emitter.finish()
}

/// As [`emit`], for people: a text with characters that nobody sees, or that a terminal obeys, stands in
/// double quotes, with these escaped.
pub fn emit_visible(value: &Value) -> String {
    let mut emitter = Emitter::visible();
    node(&mut emitter, value);
    emitter.finish()
}

fn node(emitter: &mut Emitter, value: &Value) {
    match value {
        Value::Null => emitter.word("null"),
        Value::Bool(bool) => emitter.word(if *bool { "true" } else { "false" }),
        Value::Number(number) => emitter.word(&crate::number::to_yaml(number)),
        Value::String(text) => emitter.text(text),
        Value::Array(items) => {
            let outer = emitter.begin_list(items.len());
            for item in items {
                emitter.item();
                node(emitter, item);
            }
            emitter.end(outer);
        }
        Value::Object(map) => {
            let outer = emitter.begin_map(map.len());
            for (key, value) in sorted(map.iter().collect(), |(key, _)| key) {
                emitter.key(key);
                node(emitter, value);
            }
            emitter.end(outer);
        }
    }
}
