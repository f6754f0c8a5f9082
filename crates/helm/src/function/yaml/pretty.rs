//! YAML as go-yaml v3 writes it: lists are indented, lines are not folded, and no JSON stands between.

use std::cmp::Ordering;

use trimtab_template::{Depth, Digits, Error, Object, Run, Sink, Text, Type, Value, format_float};

use super::without_line_end;
use trimtab_yaml::{escaped, is_break, is_printable};

/// A value as YAML, without the line end of the last line.
pub(super) fn write(run: &Run<'_>, value: &Value) -> Result<Text, Error> {
    let mut writer = Writer { run, out: run.sink() };
    writer.node(value, Place::Root, Depth::of(run))?;
    without_line_end(writer.out)
}

/// Where a node stands.
#[derive(Clone, Copy)]
enum Place {
    Root,
    /// Behind the `-` of an item, in that column.
    Item(usize),
    /// Behind the `:` of a key in that column.
    Entry(usize),
}

impl Place {
    /// The column of what is under it.
    fn indent(self) -> usize {
        match self {
            Self::Root => 0,
            Self::Item(column) | Self::Entry(column) => column + INDENT,
        }
    }

    /// The column of the lines of a text, which are indented at the root as well.
    fn indent_of_lines(self) -> usize {
        self.indent().max(INDENT)
    }

    fn is_entry(self) -> bool {
        matches!(self, Self::Entry(_))
    }
}

const INDENT: usize = 2;

struct Writer<'r> {
    run: &'r Run<'r>,
    out: Sink<'r>,
}

/// The longest key before whose `:` no `?` is needed, in bytes.
const SIMPLE_KEY_BYTES_MAX: usize = 128;

impl Writer<'_> {
    fn node(&mut self, value: &Value, place: Place, depth: Depth<'_>) -> Result<(), Error> {
        match value {
            Value::List(list) => self.list(list.items(), place, depth),
            Value::Bytes(_) => {
                let items = crate::function::list::elements(self.run, value)?;
                self.list(&items.unwrap_or_default(), place, depth)
            }
            Value::NilOf(Type::List(_) | Type::Bytes) => self.list(&[], place, depth),
            Value::NilOf(Type::Map(_)) => self.word("{}", place),
            Value::Map(map) => {
                let entries = map.entries();
                let mut entries: Vec<(&Text, &Value)> = entries.iter().collect();
                entries.sort_by(|a, b| order(&a.0.as_str(), &b.0.as_str()));
                self.map(&entries, place, depth)
            }
            Value::Named(named) => match named.text() {
                Some(text) => self.text(&text.as_str(), place),
                None => self.node(named.base(), place, depth),
            },
            Value::Object(object) => self.object(&**object, place, depth),
            Value::String(text) => {
                if let Ok(text) = std::str::from_utf8(text) {
                    return self.text(text, place);
                }
                self.run.heap().check(text.len().saturating_mul(3))?;
                let encoded = data_encoding::BASE64.encode(text);
                self.word(&format!("!!binary {encoded}"), place)
            }
            Value::Nil | Value::NilOf(_) => self.word("null", place),
            Value::Bool(truth) => self.word(if *truth { "true" } else { "false" }, place),
            Value::Int(number, _) => self.word(&number.to_string(), place),
            Value::Uint(number, _) => self.word(&number.to_string(), place),
            Value::Float(number, kind) => {
                let text = match format_float(*number, *kind, 'g', Digits::Shortest) {
                    text if text == "+Inf" => ".inf".to_owned(),
                    text if text == "-Inf" => "-.inf".to_owned(),
                    text if text == "NaN" => ".nan".to_owned(),
                    text => text,
                };
                self.word(&text, place)
            }
            Value::Complex(..) | Value::Function(_) => {
                Err(Error::message(format!("cannot marshal type: {}", value.type_name())))
            }
        }
    }

    fn word(&mut self, word: &str, place: Place) -> Result<(), Error> {
        self.out.push(if place.is_entry() { b" " } else { b"" })?;
        self.out.push(word.as_bytes())?;
        self.out.push(b"\n")
    }

    fn list(&mut self, items: &[Value], place: Place, depth: Depth<'_>) -> Result<(), Error> {
        if items.is_empty() {
            return self.word("[]", place);
        }
        let depth = depth.enter(items.len())?;
        let indent = place.indent();
        self.out.push(if place.is_entry() { b"\n" } else { b"" })?;
        for (index, item) in items.iter().enumerate() {
            if index > 0 || place.is_entry() {
                self.out.fill(indent, b' ')?;
            }
            self.out.push(b"- ")?;
            self.node(item, Place::Item(indent), depth)?;
        }
        Ok(())
    }

    fn map(
        &mut self,
        entries: &[(&Text, &Value)],
        place: Place,
        depth: Depth<'_>,
    ) -> Result<(), Error> {
        if entries.is_empty() {
            return self.word("{}", place);
        }
        let depth = depth.enter(entries.len())?;
        let indent = place.indent();
        self.out.push(if place.is_entry() { b"\n" } else { b"" })?;
        for (index, (key, value)) in entries.iter().enumerate() {
            if index > 0 || place.is_entry() {
                self.out.fill(indent, b' ')?;
            }
            let key = key.as_str();
            if key.len() <= SIMPLE_KEY_BYTES_MAX && !key.contains(is_break) {
                inline(&key, &mut self.out)?;
                self.out.push(b":")?;
                self.node(value, Place::Entry(indent), depth)?;
            } else {
                self.out.push(b"? ")?;
                self.text(&key, Place::Item(indent))?;
                self.out.fill(indent, b' ')?;
                self.out.push(b": ")?;
                self.node(value, Place::Item(indent), depth)?;
            }
        }
        Ok(())
    }

    fn object(&mut self, object: &dyn Object, place: Place, depth: Depth<'_>) -> Result<(), Error> {
        if let Some(word) = crate::function::clock::json(object) {
            return self.word(&word, place);
        }
        if let Some(text) = object.text() {
            return self.text(&text.as_str(), place);
        }
        let fields = object.fields();
        let exported =
            fields.iter().filter(|(name, _)| name.starts_with(|c: char| c.is_ascii_uppercase()));
        let entries: Vec<(Text, &Value)> =
            exported.map(|(name, value)| (Text::from(name.to_lowercase()), value)).collect();
        let entries: Vec<(&Text, &Value)> =
            entries.iter().map(|(name, value)| (name, *value)).collect();
        self.map(&entries, place, depth)
    }

    fn text(&mut self, text: &str, place: Place) -> Result<(), Error> {
        self.out.push(if place.is_entry() { b" " } else { b"" })?;
        if !(text.contains('\n') && is_literal(text)) {
            inline(text, &mut self.out)?;
            return self.out.push(b"\n");
        }
        self.out.push(b"|")?;
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.out.push(b"2")?;
        }
        let mut from_end = text.chars().rev();
        match (from_end.next().is_some_and(is_break), from_end.next().is_none_or(is_break)) {
            (false, _) => self.out.push(b"-")?,
            (true, true) => self.out.push(b"+")?,
            (true, false) => {}
        }
        self.out.push(b"\n")?;
        let mut is_begin = true;
        for c in text.chars() {
            if is_begin && !is_break(c) {
                self.out.fill(place.indent_of_lines(), b' ')?;
            }
            is_begin = is_break(c);
            self.out.push_char(c)?;
        }
        self.out.push(if is_begin { b"" } else { b"\n" })
    }
}

/// Whether a text of several lines can be written as a block.
fn is_literal(text: &str) -> bool {
    let mut after_space = false;
    for c in text.chars() {
        if (c != '\t' && !is_printable(c)) || (after_space && is_break(c)) {
            return false;
        }
        after_space = c == ' ';
    }
    !text.ends_with(' ')
}

/// Writes a text in one line, in the quotes that it needs.
fn inline(text: &str, out: &mut Sink<'_>) -> Result<(), Error> {
    let is_plain = trimtab_yaml::is_plain_text(text)
        && !text.chars().any(|c| c == '\t' || is_break(c) || !is_printable(c));
    if !is_plain {
        return double_quoted(text, out);
    }
    if !(text.starts_with(' ') || text.ends_with(' ') || has_indicators(text)) {
        return out.push(text.as_bytes());
    }
    out.push(b"'")?;
    for (index, part) in text.split('\'').enumerate() {
        out.push(if index > 0 { b"''" } else { b"" })?;
        out.push(part.as_bytes())?;
    }
    out.push(b"'")
}

/// Whether a text has a character that means something where it stands.
fn has_indicators(text: &str) -> bool {
    if text.starts_with("---") || text.starts_with("...") {
        return true;
    }
    let mut after_blank = true;
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        let before_blank = rest.is_empty() || rest.starts_with([' ', '\t']);
        let found = match c {
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
            | '@' | '`'
                if at == 0 =>
            {
                true
            }
            '?' | '-' if at == 0 => before_blank,
            ':' => before_blank,
            '#' => after_blank,
            _ => false,
        };
        if found {
            return true;
        }
        after_blank = matches!(c, ' ' | '\t');
    }
    false
}

fn double_quoted(text: &str, out: &mut Sink<'_>) -> Result<(), Error> {
    out.push(b"\"")?;
    // libyaml looks for a byte order mark at the start of the text only, but at every character.
    let is_marked = text.starts_with('\u{FEFF}');
    for c in text.chars() {
        if !is_marked && is_printable(c) && !is_break(c) && !matches!(c, '"' | '\\') {
            out.push_char(c)?;
            continue;
        }
        out.push(escaped(c).as_bytes())?;
    }
    out.push(b"\"")
}

/// The order of keys. Source: go-yaml v3 `sorter.go`, which unlike that of v2 goes in no circles.
fn order(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    if less(a, b) { Ordering::Less } else { Ordering::Greater }
}

fn less(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else {
        return a.len() < b.len();
    };
    let (first, second) = (a[at], b[at]);
    let in_digits = at > 0 && a[at - 1].is_ascii_digit();
    match (first.is_alphabetic(), second.is_alphabetic()) {
        (true, true) => return first < second,
        (true, false) => return in_digits,
        (false, true) => return !in_digits,
        (false, false) => {}
    }
    let begins = a[..at].iter().rev().take_while(|c| c.is_ascii_digit()).any(|c| *c != '0');
    let start = i64::from((first == '0' || second == '0') && begins);
    let ((a_number, a_end), (b_number, b_end)) = (digits(&a[at..], start), digits(&b[at..], start));
    (a_number, a_end, first) < (b_number, b_end, second)
}

/// The number that digits make, and how many they are.
fn digits(text: &[char], start: i64) -> (i64, usize) {
    let digits = text.iter().map_while(|c| c.to_digit(10));
    digits.fold((start, 0), |(number, count), digit| {
        (number.wrapping_mul(10).wrapping_add(i64::from(digit)), count + 1)
    })
}
