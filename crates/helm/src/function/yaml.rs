//! YAML, as helm reads and writes it.

use std::borrow::Cow;

use trimtab_template::{
    Bound, Depth, Error, FloatType, Functions, Object, Run, Signature, Sink, Text, Type, Value,
};
use trimtab_yaml::{Emitter, Limit, Limits};

use super::json::{
    Numbers, Shape, converted, empty_on_refusal, failed_list, failed_map, float_text, shape,
};
use super::of_any;

mod pretty;

pub(super) fn add(functions: &mut Functions) {
    let to = || of_any(1, Type::String);
    functions.add_native("toYaml", to(), |run, a| empty_on_refusal(write(run, a.at(0))));
    functions.add_native("mustToYaml", to(), |run, a| write(run, a.at(0)).map(Value::String));
    functions
        .add_native("toYamlPretty", to(), |run, a| empty_on_refusal(pretty::write(run, a.at(0))));
    let from = |result| Signature::new([Type::String], result);
    functions.add_native("fromYaml", from(Type::map()), |run, a| match read(run, a.text(0)?)? {
        Ok(value @ Value::Map(_)) => Ok(value),
        Ok(Value::Nil) => run.heap().map([]),
        Ok(other) => failed_map(run, &wrong_type(&other, "map[string]interface {}")),
        Err(reason) => failed_map(run, &reason),
    });
    functions.add_native("fromYamlArray", from(Type::list()), |run, a| {
        match read(run, a.text(0)?)? {
            Ok(value @ Value::List(_)) => Ok(value),
            Ok(Value::Nil) => run.heap().list(Vec::new()),
            Ok(other) => failed_list(run, &wrong_type(&other, "[]interface {}")),
            Err(reason) => failed_list(run, &reason),
        }
    });
}

fn wrong_type(value: &Value, wanted: &str) -> String {
    let reason = super::json::wrong_type(value, wanted);
    format!("error unmarshaling JSON: while decoding JSON: {reason}")
}

/// The first document of a text, or why there is none. All numbers are `float64`.
fn read(run: &Run<'_>, text: &[u8]) -> Result<Result<Value, String>, Error> {
    // About what the reader's own tree takes.
    let _room = run.heap().reserve(READ_FACTOR * text.len() as u64)?;
    run.work(text.len() as u64 / BYTES_A_STEP)?;
    match trimtab_yaml::first(text, Limits::default()) {
        Ok(value) => converted(run, value, Numbers::Floats, Depth::of(run)).map(Ok),
        Err(trimtab_yaml::Error::Syntax(reason)) => {
            Ok(Err(format!("error converting YAML to JSON: {reason}")))
        }
        Err(trimtab_yaml::Error::Limit(limit)) => Err(exceeded(limit)),
    }
}

const READ_FACTOR: u64 = 8;

/// How many bytes are read for a step.
const BYTES_A_STEP: u64 = 16;

/// What is more than we read is not what a chart may see as an `Error` of the text.
fn exceeded(limit: Limit) -> Error {
    match limit {
        Limit::Bytes(max) => Error::bound(Bound::DocumentBytes, max),
        Limit::Depth(max) => Error::bound(Bound::ValueDepth, max),
        Limit::Nodes(max) => Error::bound(Bound::DocumentNodes, max),
        Limit::Copies(max) => Error::bound(Bound::AliasBytes, max),
    }
}

/// A value as YAML, without the line end of the last line. Source: sigs.k8s.io/yaml, which writes it as
/// JSON, reads that as YAML, and writes what it has read.
pub(crate) fn write(run: &Run<'_>, value: &Value) -> Result<Text, Error> {
    let mut writer = Writer { run, emitter: Emitter::exact(run.sink()) };
    writer.value(value, Depth::of(run))?;
    without_line_end(writer.emitter.finish())
}

fn without_line_end(mut yaml: Sink<'_>) -> Result<Text, Error> {
    if let Some(rest) = yaml.written().strip_suffix(b"\n") {
        yaml.truncate(rest.len());
    }
    yaml.finish()
}

struct Writer<'r> {
    run: &'r Run<'r>,
    emitter: Emitter<Sink<'r>>,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, depth: Depth<'_>) -> Result<(), Error> {
        self.emitter.text_so_far().check()?;
        match value {
            Value::Nil | Value::NilOf(_) => self.emitter.word("null"),
            Value::Bool(truth) => self.emitter.word(if *truth { "true" } else { "false" }),
            Value::Int(number, _) => self.emitter.word(&number.to_string()),
            Value::Uint(number, _) => self.emitter.word(&number.to_string()),
            Value::Float(number, kind) => self.float(*number, *kind)?,
            Value::String(text) => self.text(text)?,
            Value::Bytes(bytes) => {
                self.run.heap().check(bytes.len().saturating_mul(2))?;
                let text = data_encoding::BASE64.encode(bytes);
                self.text(text.as_bytes())?;
            }
            Value::List(list) => {
                let depth = depth.enter(list.items().len())?;
                let outer = self.emitter.begin_list(list.items().len());
                for item in list.items() {
                    self.emitter.item();
                    self.value(item, depth)?;
                }
                self.emitter.end(outer);
            }
            Value::Map(map) => {
                let entries = map.entries();
                let depth = depth.enter(entries.len())?;
                let keys: Vec<(Cow<'_, str>, &Value)> = entries
                    .iter()
                    .map(|(key, value)| Ok((key_as_read(key)?, value)))
                    .collect::<Result<_, Error>>()?;
                self.map(keys, depth)?;
            }
            Value::Named(named) => self.value(named.base(), depth)?,
            Value::Object(object) => self.object(&**object, depth)?,
            Value::Complex(..) | Value::Function(_) => {
                let message = format!("json: unsupported type: {}", value.type_name());
                return Err(Error::message(message).because("error marshaling into JSON"));
            }
        }
        Ok(())
    }

    fn map(&mut self, entries: Vec<(Cow<'_, str>, &Value)>, depth: Depth<'_>) -> Result<(), Error> {
        let outer = self.emitter.begin_map(entries.len());
        for (key, value) in trimtab_yaml::sorted(entries, |(key, _)| key) {
            self.emitter.key(&key);
            self.value(value, depth)?;
        }
        self.emitter.end(outer);
        Ok(())
    }

    fn object(&mut self, object: &dyn Object, depth: Depth<'_>) -> Result<(), Error> {
        let fields = match shape(object) {
            Shape::Text(text) => return self.text(&text),
            Shape::Fields(fields) => fields,
        };
        let depth = depth.enter(fields.len())?;
        let entries = fields.iter().map(|(name, value)| (Cow::Borrowed(*name), value));
        let mut entries: Vec<(Cow<'_, str>, &Value)> = entries.collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        self.map(entries, depth)
    }

    fn float(&mut self, number: f64, kind: FloatType) -> Result<(), Error> {
        if !number.is_finite() {
            let shown = trimtab_template::format_float(
                number,
                kind,
                'g',
                trimtab_template::Digits::Shortest,
            );
            let message = format!("json: unsupported value: {shown}");
            return Err(Error::message(message).because("error marshaling into JSON"));
        }
        // A float of 32 bits is read back with 64.
        let number = match kind {
            FloatType::Float32 => float_text(number, kind).parse().unwrap_or(number),
            FloatType::Float64 => number,
        };
        self.emitter.word(&trimtab_yaml::float_to_yaml(number));
        Ok(())
    }

    fn text(&mut self, text: &[u8]) -> Result<(), Error> {
        self.emitter.text(&as_read(text)?);
        Ok(())
    }
}

/// A text as it comes out of JSON that is read as YAML: what YAML forbids there is an error, and a
/// NEL ends a line of the quoted text, which makes it a blank.
fn as_read(text: &[u8]) -> Result<Cow<'_, str>, Error> {
    let text = String::from_utf8_lossy(text);
    let is_forbidden =
        |c: char| matches!(c, '\u{7F}'..='\u{84}' | '\u{86}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}');
    if text.is_ascii() && !text.contains('\u{7F}') {
        return Ok(text);
    }
    if text.contains(is_forbidden) {
        return Err(Error::message("yaml: control characters are not allowed"));
    }
    if !text.contains('\u{85}') {
        return Ok(text);
    }
    Ok(Cow::Owned(folded(&text)))
}

/// The longest key of a map that YAML reads, in characters with quotes and escapes.
const KEY_CHARACTERS_MAX: usize = 1_024;

/// The key of a map as it comes out of JSON that is read as YAML, which takes no long ones.
fn key_as_read(key: &[u8]) -> Result<Cow<'_, str>, Error> {
    if key.len() > KEY_CHARACTERS_MAX / 6 {
        let text = String::from_utf8_lossy(key);
        let width = |c: char| match c {
            '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{C}' => 2,
            '<' | '>' | '&' | '\0'..'\u{20}' | '\u{2028}' | '\u{2029}' => 6,
            _ => 1,
        };
        if 2 + text.chars().map(width).sum::<usize>() > KEY_CHARACTERS_MAX {
            return Err(Error::message("yaml: did not find expected ',' or '}'"));
        }
    }
    as_read(key)
}

/// Lines that end with NEL, joined as YAML joins the lines of a quoted text.
fn folded(text: &str) -> String {
    let lines: Vec<&str> = text.split('\u{85}').collect();
    let mut out = String::with_capacity(text.len());
    let mut ends = 0;
    for (index, line) in lines.iter().enumerate() {
        let (is_first, is_last) = (index == 0, index + 1 == lines.len());
        let line = if is_first { line } else { line.trim_start_matches([' ', '\t']) };
        let line = if is_last { line } else { line.trim_end_matches([' ', '\t']) };
        if !line.is_empty() || is_first || is_last {
            match ends {
                0 => {}
                1 => out.push(' '),
                more => out.extend(std::iter::repeat_n('\n', more - 1)),
            }
            out.push_str(line);
            ends = 0;
        }
        ends += 1;
    }
    out
}
