//! Values as TOML. Source: BurntSushi/toml `encode.go`.

use trimtab_template::{
    Depth, Digits, Error, FloatType, Kind, Run, Sink, Text, Type, Value, format_float,
};

use super::super::{clock, list, no_type};

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
pub(super) fn write(run: &Run<'_>, value: &Value) -> Result<Text, Refused> {
    if value.is_nil() {
        return Err(no_type().into());
    }
    let mut writer = Writer { run, out: run.sink() };
    writer.node(&[], value, Depth::of(run))?;
    Ok(writer.out.finish()?)
}

struct Writer<'r> {
    run: &'r Run<'r>,
    out: Sink<'r>,
}

/// Names and values of a table.
type Entries = Vec<(Text, Value)>;

/// Whether a value is a map or a struct.
fn has_entries(value: &Value) -> bool {
    match value {
        Value::Object(object) => clock::json(&**object).is_none() && object.text().is_none(),
        _ => value.as_map().is_some(),
    }
}

/// The entries of a map, or the exported fields of a struct.
fn entries_of(value: &Value) -> Option<Entries> {
    if let Some(map) = value.as_map() {
        return Some(map.snapshot());
    }
    match value {
        Value::Object(object) if has_entries(value) => {
            let fields = object.fields().into_iter();
            let exported =
                fields.filter(|(name, _)| name.starts_with(|c: char| c.is_ascii_uppercase()));
            Some(exported.map(|(name, value)| (Text::from(name), value)).collect())
        }
        _ => None,
    }
}

fn is_nil(value: &Value) -> bool {
    matches!(value, Value::Nil | Value::NilOf(_))
}

/// Whether a value is written as a table of its own: a map, or a list of nothing but maps.
fn is_table(value: &Value) -> Result<bool, Refused> {
    Ok(has_entries(value) || is_list_of_tables(value)?)
}

/// Go looks for nils in the lists of the list as well; the writer finds those.
fn is_list_of_tables(value: &Value) -> Result<bool, Refused> {
    let Some(items) = value.as_items().filter(|items| !items.is_empty()) else {
        return Ok(false);
    };
    if items.iter().any(is_nil) {
        return Err(refused("toml: cannot encode array with nil element"));
    }
    Ok(items.iter().all(has_entries))
}

impl Writer<'_> {
    fn node(&mut self, key: &[Text], value: &Value, depth: Depth<'_>) -> Result<(), Refused> {
        if is_nil(value) {
            return Ok(());
        }
        if let Some(entries) = entries_of(value) {
            let depth = depth.enter(entries.len())?;
            if key.len() == 1 {
                self.new_line()?;
            }
            if !key.is_empty() {
                self.header(key, [b"[", b"]"])?;
            }
            return self.entries(key, &entries, depth);
        }
        if !is_list_of_tables(value)? {
            return self.key_and_value(key, value, depth);
        }
        if key.is_empty() {
            return Err(refused("toml: top-level values must be Go maps or structs"));
        }
        let items = value.as_items().unwrap_or_default();
        let depth = depth.enter(items.len())?;
        for item in items {
            self.new_line()?;
            self.header(key, [b"[[", b"]]"])?;
            let entries = entries_of(item).unwrap_or_default();
            self.entries(key, &entries, depth.enter(entries.len())?)?;
        }
        Ok(())
    }

    /// The line that begins a table.
    fn header(&mut self, key: &[Text], brackets: [&[u8]; 2]) -> Result<(), Error> {
        self.indent(key)?;
        self.out.push(brackets[0])?;
        for (index, part) in key.iter().enumerate() {
            self.out.push(if index > 0 { b"." } else { b"" })?;
            name(part, &mut self.out)?;
        }
        self.out.push(brackets[1])?;
        self.new_line()
    }

    fn entries(
        &mut self,
        key: &[Text],
        entries: &[(Text, Value)],
        depth: Depth<'_>,
    ) -> Result<(), Refused> {
        for wants_tables in [false, true] {
            for (name, value) in entries {
                if is_nil(value) || is_table(value)? != wants_tables {
                    continue;
                }
                let mut inner = key.to_vec();
                inner.push(name.clone());
                self.node(&inner, value, depth)?;
            }
        }
        Ok(())
    }

    fn key_and_value(
        &mut self,
        key: &[Text],
        value: &Value,
        depth: Depth<'_>,
    ) -> Result<(), Refused> {
        let Some(last) = key.last() else {
            return self.element(value, depth);
        };
        self.indent(key)?;
        name(last, &mut self.out)?;
        self.out.push(b" = ")?;
        self.element(value, depth)?;
        Ok(self.new_line()?)
    }

    /// What stands behind a `=`.
    fn element(&mut self, value: &Value, depth: Depth<'_>) -> Result<(), Refused> {
        match value {
            Value::Object(object) => {
                if let Some(time) = clock::json(&**object) {
                    return Ok(self.out.push(time.as_bytes())?);
                }
                if let Some(text) = object.text() {
                    return Ok(quoted(&text, &mut self.out)?);
                }
            }
            Value::Named(named) => {
                if let Some(text) = named.text() {
                    return Ok(quoted(&text, &mut self.out)?);
                }
                if named.base().kind() != Kind::Map {
                    return self.element(named.base(), depth);
                }
            }
            Value::String(text) => quoted(text, &mut self.out)?,
            Value::Bool(truth) => self.out.push(if *truth { b"true" } else { b"false" })?,
            Value::Int(number, _) => self.out.push(number.to_string().as_bytes())?,
            Value::Uint(number, _) => self.out.push(number.to_string().as_bytes())?,
            Value::Float(number, kind) => self.out.push(float_text(*number, *kind).as_bytes())?,
            Value::NilOf(Type::List(_) | Type::Bytes) => self.out.push(b"[]")?,
            Value::Complex(..) | Value::Function(_) => {
                return Err(refused(&format!("unsupported type: {}", value.kind_name())));
            }
            _ => {}
        }
        if let (false, Some(items)) = (is_nil(value), list::elements(self.run, value)?) {
            self.array(&items, depth.enter(items.len())?)?;
        } else if let Some(entries) = entries_of(value) {
            self.inline(&entries, depth.enter(entries.len())?)?;
        }
        Ok(())
    }

    fn array(&mut self, items: &[Value], depth: Depth<'_>) -> Result<(), Refused> {
        if items.iter().any(is_nil) {
            return Err(refused("toml: cannot encode array with nil element"));
        }
        self.out.push(b"[")?;
        for (index, item) in items.iter().enumerate() {
            self.out.push(if index > 0 { b", " } else { b"" })?;
            self.element(item, depth)?;
        }
        Ok(self.out.push(b"]")?)
    }

    /// A table in one line. A comma behind the last entry is that of the library, where it is nil.
    fn inline(&mut self, entries: &[(Text, Value)], depth: Depth<'_>) -> Result<(), Refused> {
        let mut parts: [Vec<&(Text, Value)>; 2] = Default::default();
        for entry in entries {
            parts[usize::from(!is_nil(&entry.1) && is_table(&entry.1)?)].push(entry);
        }
        let has_tables = !parts[1].is_empty();
        self.out.push(b"{")?;
        for (part, is_first) in parts.iter().zip([true, false]) {
            for (index, (key, value)) in part.iter().enumerate() {
                if is_nil(value) {
                    continue;
                }
                name(key, &mut self.out)?;
                self.out.push(b" = ")?;
                self.element(value, depth)?;
                if is_first && has_tables || index + 1 < part.len() {
                    self.out.push(b", ")?;
                }
            }
        }
        Ok(self.out.push(b"}")?)
    }

    /// A line end, but not at the beginning.
    fn new_line(&mut self) -> Result<(), Error> {
        self.out.push(if self.out.written().is_empty() { b"" } else { b"\n" })
    }

    fn indent(&mut self, key: &[Text]) -> Result<(), Error> {
        self.out.fill(2 * key.len().saturating_sub(1), b' ')
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

/// Writes a key, in quotes where it needs them.
fn name(key: &[u8], out: &mut Sink<'_>) -> Result<(), Error> {
    let is_bare = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !key.is_empty() && key.iter().all(is_bare) { out.push(key) } else { quoted(key, out) }
}

fn quoted(text: &[u8], out: &mut Sink<'_>) -> Result<(), Error> {
    out.push(b"\"")?;
    for c in String::from_utf8_lossy(text).chars() {
        match c {
            '"' => out.push(b"\\\""),
            '\\' => out.push(b"\\\\"),
            '\u{8}' => out.push(b"\\b"),
            '\t' => out.push(b"\\t"),
            '\n' => out.push(b"\\n"),
            '\u{C}' => out.push(b"\\f"),
            '\r' => out.push(b"\\r"),
            '\0'..'\u{20}' | '\u{7F}' => out.push(format!("\\u{:04x}", u32::from(c)).as_bytes()),
            _ => out.push_char(c),
        }?;
    }
    out.push(b"\"")
}
