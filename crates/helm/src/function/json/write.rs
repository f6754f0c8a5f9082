//! Values as JSON. Source: Go `encoding/json` (`encode.go`, `indent.go`).

use trimtab_template::{
    Depth, Digits, Error, FloatType, Object, Run, Sink, Text, Type, Value, format_float,
};

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
pub(crate) fn write(run: &Run<'_>, value: &Value, escaping: Escaping) -> Result<Text, Error> {
    let mut writer = Writer { run, escaping, out: run.sink() };
    writer.value(value, Depth::of(run))?;
    writer.out.finish()
}

/// What an object is written as, in JSON and in what is made of it.
pub(crate) enum Shape {
    /// A text of its own: times and versions have one.
    Text(Text),
    /// A struct's exported fields, in its own order.
    Fields(Vec<(&'static str, Value)>),
}

/// What an object is written as.
pub(crate) fn shape(object: &dyn Object) -> Shape {
    if let Some(text) = crate::function::clock::json(object) {
        return Shape::Text(text.into());
    }
    if let Some(text) = object.text() {
        return Shape::Text(text);
    }
    Shape::Fields(object.json_fields())
}

struct Writer<'r> {
    run: &'r Run<'r>,
    escaping: Escaping,
    out: Sink<'r>,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, depth: Depth<'_>) -> Result<(), Error> {
        match value {
            Value::NilOf(Type::Function(name)) => Err(unsupported(name)),
            Value::Nil | Value::NilOf(_) => self.out.push(b"null"),
            Value::Bool(true) => self.out.push(b"true"),
            Value::Bool(false) => self.out.push(b"false"),
            Value::Int(number, _) => self.out.push(number.to_string().as_bytes()),
            Value::Uint(number, _) => self.out.push(number.to_string().as_bytes()),
            Value::Float(number, kind) => self.float(*number, *kind),
            Value::String(text) => self.text(text),
            Value::Bytes(bytes) => {
                self.run.heap().check(bytes.len().saturating_mul(2))?;
                self.text(data_encoding::BASE64.encode(bytes).as_bytes())
            }
            Value::List(list) => self.list(list.items(), depth),
            Value::Map(map) => {
                let entries = map.entries();
                let depth = depth.enter(entries.len())?;
                self.entries(entries.iter().map(|(key, value)| (&**key, value)), depth)
            }
            Value::Named(named) => self.value(named.base(), depth),
            Value::Object(object) => self.object(&**object, depth),
            Value::Complex(..) | Value::Function(_) => Err(unsupported(&value.type_name())),
        }
    }

    fn list(&mut self, items: &[Value], depth: Depth<'_>) -> Result<(), Error> {
        let depth = depth.enter(items.len())?;
        self.out.push(b"[")?;
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(b",")?;
            }
            self.value(item, depth)?;
        }
        self.out.push(b"]")
    }

    fn entries<'v>(
        &mut self,
        entries: impl Iterator<Item = (&'v [u8], &'v Value)>,
        depth: Depth<'_>,
    ) -> Result<(), Error> {
        self.out.push(b"{")?;
        for (index, (key, value)) in entries.enumerate() {
            if index > 0 {
                self.out.push(b",")?;
            }
            self.text(key)?;
            self.out.push(b":")?;
            self.value(value, depth)?;
        }
        self.out.push(b"}")
    }

    fn object(&mut self, object: &dyn Object, depth: Depth<'_>) -> Result<(), Error> {
        let fields = match shape(object) {
            Shape::Text(text) => return self.text(&text),
            Shape::Fields(fields) => fields,
        };
        let depth = depth.enter(fields.len())?;
        self.entries(fields.iter().map(|(name, value)| (name.as_bytes(), value)), depth)
    }

    fn text(&mut self, text: &[u8]) -> Result<(), Error> {
        self.out.push(b"\"")?;
        push_escaped(&mut self.out, text, self.escaping)?;
        self.out.push(b"\"")
    }

    /// As ECMAScript writes numbers: with an exponent below 1e-6 and from 1e21 on.
    fn float(&mut self, number: f64, kind: FloatType) -> Result<(), Error> {
        if !number.is_finite() {
            let shown = format_float(number, kind, 'g', Digits::Shortest);
            return Err(Error::message(format!("json: unsupported value: {shown}")));
        }
        self.out.push(float_text(number, kind).as_bytes())
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

/// Writes a text with what JSON escapes. Bytes that are no UTF-8 become U+FFFD.
fn push_escaped(out: &mut Sink<'_>, text: &[u8], escaping: Escaping) -> Result<(), Error> {
    let is_plain = |byte: &u8| {
        matches!(byte, b' '..=b'~')
            && !matches!(byte, b'"' | b'\\')
            && (escaping == Escaping::Plain || !matches!(byte, b'<' | b'>' | b'&'))
    };
    if text.iter().all(is_plain) {
        return out.push(text);
    }
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => out.push(&[b'\\', c as u8]),
                '\u{8}' => out.push(b"\\b"),
                '\u{C}' => out.push(b"\\f"),
                '\n' => out.push(b"\\n"),
                '\r' => out.push(b"\\r"),
                '\t' => out.push(b"\\t"),
                '<' | '>' | '&' if escaping == Escaping::Html => push_number(out, c),
                '\0'..'\u{20}' | '\u{2028}' | '\u{2029}' => push_number(out, c),
                _ => out.push_char(c),
            }?;
        }
        for _ in chunk.invalid() {
            out.push("\u{FFFD}".as_bytes())?;
        }
    }
    Ok(())
}

fn push_number(out: &mut Sink<'_>, c: char) -> Result<(), Error> {
    out.push(format!("\\u{:04x}", u32::from(c)).as_bytes())
}

/// Writes JSON without blanks with two blanks a level and one entry a line.
pub(super) fn indent(json: &[u8], out: &mut Sink<'_>) -> Result<(), Error> {
    let (mut levels, mut is_text, mut is_escaped) = (0, false, false);
    let mut before = 0;
    for byte in json {
        if is_text {
            out.push(&[*byte])?;
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
            out.push(b"\n")?;
            out.fill(2 * levels, b' ')?;
        }
        out.push(&[*byte])?;
        match byte {
            b'[' | b'{' => levels += 1,
            b':' => out.push(b" ")?,
            b'"' => is_text = true,
            _ => {}
        }
        before = *byte;
    }
    Ok(())
}
