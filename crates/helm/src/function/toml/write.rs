//! Values as TOML. Source: BurntSushi/toml `encode.go`.

use std::fmt::Write;

use trimtab_template::{Digits, Error, FloatType, Kind, Run, Type, Value, format_float};

use super::super::{check_room, clock, deeper, no_type};

/// Why a value has no TOML.
pub(super) struct Refused {
    pub(super) error: Error,
    /// Whether it is the encoder's own error, which `toToml` returns as its text.
    pub(super) is_encoders: bool,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { error, is_encoders: false }
    }
}

fn refused(message: &str) -> Refused {
    Refused { error: Error::message(message), is_encoders: true }
}

/// A value as TOML: a table by its lines, anything else as what stands behind a `=`.
pub(super) fn write(run: &Run<'_>, value: &Value) -> Result<String, Refused> {
    if value.is_nil() {
        return Err(no_type().into());
    }
    let mut writer = Writer { run, out: String::new() };
    writer.node(&[], value, 0)?;
    Ok(writer.out)
}

struct Writer<'r, 's> {
    run: &'r Run<'s>,
    out: String,
}

/// The entries of a map, or the exported fields of a struct.
fn entries_of(value: &Value) -> Option<Vec<(String, Value)>> {
    if let Some(map) = value.as_map() {
        return Some(
            map.snapshot().into_iter().map(|(key, value)| (key.to_string(), value)).collect(),
        );
    }
    match value {
        Value::Object(object) if clock::json(&**object).is_none() && object.text().is_none() => {
            let fields = object.fields().into_iter();
            let exported =
                fields.filter(|(name, _)| name.starts_with(|c: char| c.is_ascii_uppercase()));
            Some(exported.map(|(name, value)| (name.to_owned(), value)).collect())
        }
        _ => None,
    }
}

fn is_nil(value: &Value) -> bool {
    matches!(value, Value::Nil | Value::NilOf(_))
}

/// Whether a value is written as a table of its own: a map, or a list of nothing but maps.
fn is_table(value: &Value) -> Result<bool, Refused> {
    Ok(entries_of(value).is_some() || is_list_of_tables(value)?)
}

fn is_list_of_tables(value: &Value) -> Result<bool, Refused> {
    let Some(items) = value.as_items().filter(|items| !items.is_empty()) else {
        return Ok(false);
    };
    if items.iter().any(is_nil) {
        return Err(refused("toml: cannot encode array with nil element"));
    }
    for item in items {
        is_list_of_tables(item)?;
    }
    Ok(items.iter().all(|item| entries_of(item).is_some()))
}

impl Writer<'_, '_> {
    fn node(&mut self, key: &[String], value: &Value, levels: u32) -> Result<(), Refused> {
        let levels = deeper(levels)?;
        check_room(self.run, self.out.len())?;
        if is_nil(value) {
            return Ok(());
        }
        if let Some(entries) = entries_of(value) {
            if key.len() == 1 {
                self.new_line();
            }
            if !key.is_empty() {
                self.indent(key);
                let _infallible = write!(self.out, "[{}]", path(key));
                self.new_line();
            }
            return self.entries(key, &entries, levels);
        }
        if !is_list_of_tables(value)? {
            return self.key_and_value(key, value, levels);
        }
        if key.is_empty() {
            return Err(refused("toml: top-level values must be Go maps or structs"));
        }
        for item in value.as_items().unwrap_or_default() {
            self.new_line();
            self.indent(key);
            let _infallible = write!(self.out, "[[{}]]", path(key));
            self.new_line();
            self.entries(key, &entries_of(item).unwrap_or_default(), levels)?;
        }
        Ok(())
    }

    fn entries(
        &mut self,
        key: &[String],
        entries: &[(String, Value)],
        levels: u32,
    ) -> Result<(), Refused> {
        for wants_tables in [false, true] {
            for (name, value) in entries {
                if is_nil(value) || is_table(value)? != wants_tables {
                    continue;
                }
                let mut inner = key.to_vec();
                inner.push(name.clone());
                self.node(&inner, value, levels)?;
            }
        }
        Ok(())
    }

    fn key_and_value(&mut self, key: &[String], value: &Value, levels: u32) -> Result<(), Refused> {
        if key.is_empty() {
            return self.element(value, levels);
        }
        self.indent(key);
        self.out.push_str(&name(key.last().map_or("", String::as_str)));
        self.out.push_str(" = ");
        self.element(value, levels)?;
        self.new_line();
        Ok(())
    }

    /// What stands behind a `=`.
    fn element(&mut self, value: &Value, levels: u32) -> Result<(), Refused> {
        let levels = deeper(levels)?;
        match value {
            Value::Object(object) => {
                if let Some(time) = clock::json(&**object) {
                    self.out.push_str(&time);
                    return Ok(());
                }
                if let Some(text) = object.text() {
                    self.quoted(&text.as_str());
                    return Ok(());
                }
                if let Some(base) = object.base().filter(|base| base.kind() != Kind::Map) {
                    return self.element(base, levels);
                }
            }
            Value::String(text) => self.quoted(&text.as_str()),
            Value::Bool(truth) => self.out.push_str(if *truth { "true" } else { "false" }),
            Value::Int(number, _) => self.out.push_str(&number.to_string()),
            Value::Uint(number, _) => self.out.push_str(&number.to_string()),
            Value::Float(number, kind) => self.out.push_str(&float_text(*number, *kind)),
            Value::NilOf(Type::List(_) | Type::Bytes) => self.out.push_str("[]"),
            Value::Complex(..) | Value::Function(_) => {
                return Err(refused(&format!("unsupported type: {}", value.kind_name())));
            }
            _ => {}
        }
        if let Some(items) = crate::function::list::elements(value) {
            if items.iter().any(is_nil) {
                return Err(refused("toml: cannot encode array with nil element"));
            }
            self.out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    self.out.push_str(", ");
                }
                self.element(item, levels)?;
            }
            self.out.push(']');
        } else if let Some(entries) = entries_of(value) {
            self.inline(&entries, levels)?;
        }
        check_room(self.run, self.out.len())?;
        Ok(())
    }

    /// A table in one line. A comma behind the last entry is that of the library, where it is nil.
    fn inline(&mut self, entries: &[(String, Value)], levels: u32) -> Result<(), Refused> {
        let mut parts: [Vec<&(String, Value)>; 2] = Default::default();
        for entry in entries {
            parts[usize::from(!is_nil(&entry.1) && is_table(&entry.1)?)].push(entry);
        }
        let has_tables = !parts[1].is_empty();
        self.out.push('{');
        for (part, is_first) in parts.iter().zip([true, false]) {
            for (index, (key, value)) in part.iter().enumerate() {
                if is_nil(value) {
                    continue;
                }
                self.out.push_str(&name(key));
                self.out.push_str(" = ");
                self.element(value, levels)?;
                if is_first && has_tables || index + 1 < part.len() {
                    self.out.push_str(", ");
                }
            }
        }
        self.out.push('}');
        Ok(())
    }

    fn quoted(&mut self, text: &str) {
        self.out.push_str(&quoted(text));
    }

    /// A line end, but not at the beginning.
    fn new_line(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn indent(&mut self, key: &[String]) {
        self.out.extend(std::iter::repeat_n("  ", key.len().saturating_sub(1)));
    }
}

fn float_text(number: f64, kind: FloatType) -> String {
    if !number.is_finite() {
        let sign = if number < 0.0 { "-" } else { "" };
        return format!("{sign}{}", if number.is_nan() { "nan" } else { "inf" });
    }
    let text = format_float(number, kind, 'g', Digits::Shortest);
    if text.contains(['e', '.']) { text } else { text + ".0" }
}

fn path(key: &[String]) -> String {
    let names: Vec<String> = key.iter().map(|key| name(key)).collect();
    names.join(".")
}

fn name(key: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !key.is_empty() && key.chars().all(is_bare) { key.to_owned() } else { quoted(key) }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{C}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..'\u{20}' | '\u{7F}' => {
                let _infallible = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}
