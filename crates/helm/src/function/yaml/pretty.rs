//! YAML as go-yaml v3 writes it: lists are indented, lines are not folded, and no JSON stands between.

use std::cmp::Ordering;
use std::fmt::Write;

use trimtab_template::{Digits, Error, Object, Run, Type, Value, format_float};

use super::super::{check_room, deeper};
use trimtab_yaml::{is_break, is_printable};

/// A value as YAML, without the line end of the last line.
pub(super) fn write(run: &Run<'_>, value: &Value) -> Result<String, Error> {
    let mut writer = Writer { run, out: String::new() };
    writer.node(value, Place::Root, 0)?;
    if writer.out.ends_with('\n') {
        writer.out.pop();
    }
    Ok(writer.out)
}

/// Where a node stands, and how far what is under it is indented.
#[derive(Clone, Copy)]
enum Place {
    Root,
    /// Behind the `-` of an item, in that column.
    Item(usize),
    /// Behind the `:` of a key in that column.
    Entry(usize),
}

impl Place {
    fn indent(self) -> usize {
        match self {
            Self::Root => 0,
            Self::Item(column) | Self::Entry(column) => column + 2,
        }
    }

    fn is_entry(self) -> bool {
        matches!(self, Self::Entry(_))
    }
}

struct Writer<'r, 's> {
    run: &'r Run<'s>,
    out: String,
}

/// The longest key before whose `:` no `?` is needed, in bytes.
const SIMPLE_KEY_BYTES_MAX: usize = 128;

impl Writer<'_, '_> {
    fn node(&mut self, value: &Value, place: Place, levels: u32) -> Result<(), Error> {
        check_room(self.run, self.out.len())?;
        match value {
            Value::List(list) => self.list(list.items(), place, levels),
            Value::Bytes(_) => {
                let items = crate::function::list::elements(value).unwrap_or_default();
                self.list(&items, place, levels)
            }
            Value::NilOf(Type::List(_) | Type::Bytes) => self.list(&[], place, levels),
            Value::NilOf(Type::Map(_)) => self.word("{}", place),
            Value::Map(map) => {
                let entries = map.entries();
                let mut entries: Vec<(String, &Value)> =
                    entries.iter().map(|(key, value)| (key.to_string(), value)).collect();
                entries.sort_by(|a, b| order(&a.0, &b.0));
                self.map(&entries, place, levels)
            }
            Value::Object(object) => self.object(&**object, place, levels),
            Value::String(text) => {
                if let Ok(text) = std::str::from_utf8(text) {
                    return self.text(text, place);
                }
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
        if place.is_entry() {
            self.out.push(' ');
        }
        self.out.push_str(word);
        self.out.push('\n');
        check_room(self.run, self.out.len())
    }

    fn list(&mut self, items: &[Value], place: Place, levels: u32) -> Result<(), Error> {
        if items.is_empty() {
            return self.word("[]", place);
        }
        let levels = deeper(levels)?;
        let indent = place.indent();
        if place.is_entry() {
            self.out.push('\n');
        }
        for (index, item) in items.iter().enumerate() {
            if index > 0 || place.is_entry() {
                self.indent(indent);
            }
            self.out.push_str("- ");
            self.node(item, Place::Item(indent), levels)?;
        }
        Ok(())
    }

    fn map(
        &mut self,
        entries: &[(String, &Value)],
        place: Place,
        levels: u32,
    ) -> Result<(), Error> {
        if entries.is_empty() {
            return self.word("{}", place);
        }
        let levels = deeper(levels)?;
        let indent = place.indent();
        if place.is_entry() {
            self.out.push('\n');
        }
        for (index, (key, value)) in entries.iter().enumerate() {
            if index > 0 || place.is_entry() {
                self.indent(indent);
            }
            if key.len() <= SIMPLE_KEY_BYTES_MAX && !key.contains(is_break) {
                self.out.push_str(&inline(key));
                self.out.push(':');
                self.node(value, Place::Entry(indent), levels)?;
            } else {
                self.out.push_str("? ");
                self.text(key, Place::Item(indent))?;
                self.indent(indent);
                self.out.push_str(": ");
                self.node(value, Place::Item(indent), levels)?;
            }
        }
        Ok(())
    }

    fn object(&mut self, object: &dyn Object, place: Place, levels: u32) -> Result<(), Error> {
        if let Some(word) = crate::function::clock::json(object) {
            return self.word(&word, place);
        }
        if let Some(text) = object.text() {
            return self.text(&text.as_str(), place);
        }
        if let Some(base) = object.base() {
            return self.node(base, place, levels);
        }
        let fields = object.fields();
        let exported =
            fields.iter().filter(|(name, _)| name.starts_with(|c: char| c.is_ascii_uppercase()));
        let entries: Vec<(String, &Value)> =
            exported.map(|(name, value)| (name.to_lowercase(), value)).collect();
        self.map(&entries, place, levels)
    }

    fn text(&mut self, text: &str, place: Place) -> Result<(), Error> {
        if !(text.contains('\n') && is_literal(text)) {
            return self.word(&inline(text), place);
        }
        if place.is_entry() {
            self.out.push(' ');
        }
        self.out.push('|');
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.out.push('2');
        }
        let mut from_end = text.chars().rev();
        match (from_end.next().is_some_and(is_break), from_end.next().is_none_or(is_break)) {
            (false, _) => self.out.push('-'),
            (true, true) => self.out.push('+'),
            (true, false) => {}
        }
        self.out.push('\n');
        let mut is_begin = true;
        for c in text.chars() {
            if is_begin && !is_break(c) {
                self.indent(place.indent());
            }
            is_begin = is_break(c);
            self.out.push(c);
        }
        if !is_begin {
            self.out.push('\n');
        }
        check_room(self.run, self.out.len())
    }

    fn indent(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
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

/// A text in one line, in the quotes that it needs.
fn inline(text: &str) -> String {
    if text.contains('\n') || !trimtab_yaml::is_plain_text(text) {
        return double_quoted(text);
    }
    let has_special = text.chars().any(|c| c == '\t' || !is_printable(c));
    let breaks = text.contains(is_break);
    let space_by_break = {
        let letters: Vec<char> = text.chars().collect();
        letters.windows(2).any(|pair| {
            (pair[0] == ' ' && is_break(pair[1])) || (is_break(pair[0]) && pair[1] == ' ')
        })
    };
    if has_special || space_by_break || breaks {
        return double_quoted(text);
    }
    if text.starts_with(' ') || text.ends_with(' ') || has_indicators(text) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    text.to_owned()
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

fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    // libyaml looks for a byte order mark at the start of the text only, but at every character.
    let is_marked = text.starts_with('\u{FEFF}');
    for c in text.chars() {
        if !is_marked && is_printable(c) && !is_break(c) && !matches!(c, '"' | '\\') {
            out.push(c);
            continue;
        }
        out.push('\\');
        match c {
            '\0' => out.push('0'),
            '\u{7}' => out.push('a'),
            '\u{8}' => out.push('b'),
            '\t' => out.push('t'),
            '\n' => out.push('n'),
            '\u{B}' => out.push('v'),
            '\u{C}' => out.push('f'),
            '\r' => out.push('r'),
            '\u{1B}' => out.push('e'),
            '"' | '\\' => out.push(c),
            '\u{85}' => out.push('N'),
            '\u{A0}' => out.push('_'),
            '\u{2028}' => out.push('L'),
            '\u{2029}' => out.push('P'),
            _ => {
                let _infallible = match u32::from(c) {
                    code @ ..=0xFF => write!(out, "x{code:02X}"),
                    code @ 0x100..=0xFFFF => write!(out, "u{code:04X}"),
                    code => write!(out, "U{code:08X}"),
                };
            }
        }
    }
    out.push('"');
    out
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
