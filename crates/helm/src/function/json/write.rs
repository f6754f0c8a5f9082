//! Values as JSON. Source: Go `encoding/json` (`encode.go`, `indent.go`).

use trimtab_template::{Digits, Error, FloatType, Object, Run, Text, Type, Value, format_float};

use super::super::{check_room, deeper};

/// Which characters of texts are escaped beside those that must be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escaping {
    /// `<`, `>` and `&` as well.
    Html,
    /// No others.
    Plain,
}

/// A value as JSON without blanks, keys sorted.
///
/// # Errors
/// The value has no JSON, in Go's words; or a bound was reached.
pub(crate) fn write(run: &Run<'_>, value: &Value, escaping: Escaping) -> Result<Vec<u8>, Error> {
    let mut writer = Writer { run, escaping, out: Vec::new() };
    writer.value(value, 0)?;
    Ok(writer.out)
}

/// What an object is written as, in JSON and in what is made of it.
pub(crate) enum Shape<'o> {
    /// A text of its own: times and versions have one.
    Text(Text),
    /// The value under a name.
    Value(&'o Value),
    /// A struct's exported fields, in its own order.
    Fields(Vec<(&'static str, Value)>),
}

/// What an object is written as.
pub(crate) fn shape(object: &dyn Object) -> Shape<'_> {
    if let Some(text) = crate::function::clock::json(object) {
        return Shape::Text(text.into());
    }
    if let Some(base) = object.base() {
        return Shape::Value(base);
    }
    if let Some(text) = object.text() {
        return Shape::Text(text);
    }
    let mut fields = object.fields();
    fields.retain(|(name, _)| name.starts_with(|c: char| c.is_ascii_uppercase()));
    Shape::Fields(fields)
}

struct Writer<'r, 's> {
    run: &'r Run<'s>,
    escaping: Escaping,
    out: Vec<u8>,
}

impl Writer<'_, '_> {
    fn value(&mut self, value: &Value, levels: u32) -> Result<(), Error> {
        match value {
            Value::NilOf(Type::Function(name)) => return Err(unsupported(name)),
            Value::Nil | Value::NilOf(_) => self.out.extend_from_slice(b"null"),
            Value::Bool(true) => self.out.extend_from_slice(b"true"),
            Value::Bool(false) => self.out.extend_from_slice(b"false"),
            Value::Int(number, _) => self.out.extend_from_slice(number.to_string().as_bytes()),
            Value::Uint(number, _) => self.out.extend_from_slice(number.to_string().as_bytes()),
            Value::Float(number, kind) => self.float(*number, *kind)?,
            Value::String(text) => self.text(text)?,
            Value::Bytes(bytes) => {
                check_room(self.run, self.out.len() + bytes.len() * 2)?;
                let text = data_encoding::BASE64.encode(bytes);
                self.text(text.as_bytes())?;
            }
            Value::List(list) => self.list(list.items(), levels)?,
            Value::Map(map) => self.map(map, levels)?,
            Value::Object(object) => self.object(&**object, levels)?,
            Value::Complex(..) | Value::Function(_) => return Err(unsupported(&value.type_name())),
        }
        Ok(())
    }

    fn list(&mut self, items: &[Value], levels: u32) -> Result<(), Error> {
        let levels = deeper(levels)?;
        self.out.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.value(item, levels)?;
        }
        self.out.push(b']');
        Ok(())
    }

    fn map(&mut self, map: &trimtab_template::Map, levels: u32) -> Result<(), Error> {
        let levels = deeper(levels)?;
        self.out.push(b'{');
        for (index, (key, value)) in map.entries().iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.text(key)?;
            self.out.push(b':');
            self.value(value, levels)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn object(&mut self, object: &dyn Object, levels: u32) -> Result<(), Error> {
        let fields = match shape(object) {
            Shape::Text(text) => return self.text(&text),
            Shape::Value(value) => return self.value(value, levels),
            Shape::Fields(fields) => fields,
        };
        let levels = deeper(levels)?;
        self.out.push(b'{');
        for (index, (name, value)) in fields.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.text(name.as_bytes())?;
            self.out.push(b':');
            self.value(value, levels)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn text(&mut self, text: &[u8]) -> Result<(), Error> {
        check_room(self.run, self.out.len() + text.len())?;
        self.out.push(b'"');
        push_escaped(&mut self.out, text, self.escaping);
        self.out.push(b'"');
        Ok(())
    }

    /// As ECMAScript writes numbers: with an exponent below 1e-6 and from 1e21 on.
    fn float(&mut self, number: f64, kind: FloatType) -> Result<(), Error> {
        if !number.is_finite() {
            let shown = format_float(number, kind, 'g', Digits::Shortest);
            return Err(Error::message(format!("json: unsupported value: {shown}")));
        }
        self.out.extend_from_slice(float_text(number, kind).as_bytes());
        Ok(())
    }
}

/// A finite float as JSON.
pub(crate) fn float_text(number: f64, kind: FloatType) -> String {
    let size = number.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return format_float(number, kind, 'f', Digits::Shortest);
    }
    let text = format_float(number, kind, 'e', Digits::Shortest);
    // One digit of a negative exponent is enough.
    match text.split_once("e-0") {
        Some((digits, exponent)) => format!("{digits}e-{exponent}"),
        None => text,
    }
}

fn unsupported(type_name: &str) -> Error {
    Error::message(format!("json: unsupported type: {type_name}"))
}

/// Appends a text with what JSON escapes. Bytes that are no UTF-8 become U+FFFD.
fn push_escaped(out: &mut Vec<u8>, text: &[u8], escaping: Escaping) {
    let is_plain = |byte: &u8| {
        matches!(byte, b' '..=b'~')
            && !matches!(byte, b'"' | b'\\')
            && (escaping == Escaping::Plain || !matches!(byte, b'<' | b'>' | b'&'))
    };
    if text.iter().all(is_plain) {
        return out.extend_from_slice(text);
    }
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => out.extend_from_slice(&[b'\\', c as u8]),
                '\u{8}' => out.extend_from_slice(b"\\b"),
                '\u{C}' => out.extend_from_slice(b"\\f"),
                '\n' => out.extend_from_slice(b"\\n"),
                '\r' => out.extend_from_slice(b"\\r"),
                '\t' => out.extend_from_slice(b"\\t"),
                '<' | '>' | '&' if escaping == Escaping::Html => push_number(out, c),
                '\0'..'\u{20}' | '\u{2028}' | '\u{2029}' => push_number(out, c),
                _ => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        for _ in chunk.invalid() {
            out.extend_from_slice("\u{FFFD}".as_bytes());
        }
    }
}

fn push_number(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(format!("\\u{:04x}", u32::from(c)).as_bytes());
}

/// JSON without blanks with two blanks a level and one entry a line.
pub(super) fn indented(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len() * 2);
    let (mut levels, mut is_text, mut is_escaped) = (0, false, false);
    let mut before = 0;
    for byte in json {
        if is_text {
            out.push(*byte);
            is_text = is_escaped || *byte != b'"';
            is_escaped = !is_escaped && *byte == b'\\';
            before = *byte;
            continue;
        }
        let is_end = matches!(byte, b']' | b'}');
        if is_end {
            levels -= 1;
        }
        let is_begun = matches!(before, b'[' | b'{');
        if (is_end != is_begun && (is_end || is_begun)) || before == b',' {
            out.push(b'\n');
            out.extend(std::iter::repeat_n(b' ', 2 * levels));
        }
        out.push(*byte);
        match byte {
            b'[' | b'{' => levels += 1,
            b':' => out.push(b' '),
            b'"' => is_text = true,
            _ => {}
        }
        before = *byte;
    }
    out
}
