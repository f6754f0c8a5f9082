//! `printf`'s format: flags, widths, precisions, indexes and verbs.

use super::{Flags, Printer};
use crate::unicode::{first_rune, push_rune};
use crate::value::Value;

/// Widths, precisions and indexes beyond this count as absent.
const NUMBER_MAX: usize = 1_000_000;

/// Where a format stands.
struct Reader<'f> {
    format: &'f [u8],
    at: usize,
    /// Which value is next.
    next: usize,
    /// Whether the format names values by their numbers.
    is_reordered: bool,
    /// Whether all numbers of the directive name a value.
    is_good: bool,
    /// Whether an index stands right before.
    after_index: bool,
}

impl Reader<'_> {
    fn byte(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    /// Digits as a number; `None` if there are none, or the number is far too large.
    fn number(&mut self) -> Option<usize> {
        let (number, at) = number(self.format, self.at);
        self.at = at;
        number
    }

    /// `[3]`: which value is next.
    fn index(&mut self, count: usize) {
        self.after_index = false;
        if self.byte() != Some(b'[') {
            return;
        }
        self.is_reordered = true;
        let rest = &self.format[self.at..];
        let Some(end) = rest.iter().position(|byte| *byte == b']').filter(|_| rest.len() >= 3)
        else {
            self.at += 1;
            self.is_good = false;
            return;
        };
        self.at += end + 1;
        let (number, stop) = number(&rest[..end], 1);
        // A number that can be read counts as an index, even where it names no value.
        self.after_index = number.is_some() && stop == end;
        match number.filter(|number| stop == end && (1..=count).contains(number)) {
            Some(number) => self.next = number - 1,
            None => self.is_good = false,
        }
    }
}

fn number(text: &[u8], from: usize) -> (Option<usize>, usize) {
    let mut number = None;
    let mut at = from;
    while let Some(digit) = text.get(at).filter(|byte| byte.is_ascii_digit()) {
        if number.unwrap_or(0) > NUMBER_MAX {
            return (None, text.len());
        }
        number = Some(number.unwrap_or(0) * 10 + usize::from(digit - b'0'));
        at += 1;
    }
    (number, at)
}

impl Printer<'_, '_> {
    /// Writes values as a format says (`printf`).
    pub fn format(&mut self, format: &[u8], values: &[Value]) {
        let mut reader = Reader {
            format,
            at: 0,
            next: 0,
            is_reordered: false,
            is_good: true,
            after_index: false,
        };
        while reader.at < format.len() && !self.sink.is_full() {
            let rest = &format[reader.at..];
            let plain = rest.iter().position(|byte| *byte == b'%').unwrap_or(rest.len());
            self.push(&rest[..plain]);
            reader.at += plain;
            if reader.at < format.len() {
                reader.at += 1;
                self.directive(&mut reader, values);
            }
        }
        if !reader.is_reordered && reader.next < values.len() {
            self.extra(&values[reader.next..]);
        }
    }

    fn directive(&mut self, reader: &mut Reader<'_>, values: &[Value]) {
        self.flags = Flags::default();
        reader.is_good = true;
        reader.after_index = false;
        while let Some(byte) = reader.byte() {
            match byte {
                b'#' => self.flags.sharp = true,
                b'0' => self.flags.zero = true,
                b'+' => self.flags.plus = true,
                b'-' => self.flags.minus = true,
                b' ' => self.flags.space = true,
                _ => break,
            }
            reader.at += 1;
        }
        reader.index(values.len());
        self.width(reader, values);
        self.precision(reader, values);
        if !reader.after_index {
            reader.index(values.len());
        }
        let (rune, width) = first_rune(&reader.format[reader.at..]);
        if width == 0 {
            return self.push(b"%!(NOVERB)");
        }
        reader.at += width;
        self.verb(reader, values, rune);
    }

    fn width(&mut self, reader: &mut Reader<'_>, values: &[Value]) {
        if reader.byte() != Some(b'*') {
            self.flags.width = reader.number();
            if reader.after_index && self.flags.width.is_some() {
                reader.is_good = false;
            }
            return;
        }
        reader.at += 1;
        let width = star(reader, values);
        if width.is_none() {
            self.push(b"%!(BADWIDTH)");
        }
        if width.is_some_and(|width| width < 0) {
            self.flags.minus = true;
            // No zeros go after a number.
            self.flags.zero = false;
        }
        self.flags.width = width.map(|width| usize::try_from(width.unsigned_abs()).unwrap_or(0));
        reader.after_index = false;
    }

    fn precision(&mut self, reader: &mut Reader<'_>, values: &[Value]) {
        // A dot at the very end is no precision but a verb.
        if reader.byte() != Some(b'.') || reader.at + 1 >= reader.format.len() {
            return;
        }
        reader.at += 1;
        if reader.after_index {
            reader.is_good = false;
        }
        reader.index(values.len());
        if reader.byte() != Some(b'*') {
            self.flags.precision = Some(reader.number().unwrap_or(0));
            return;
        }
        reader.at += 1;
        let precision = star(reader, values);
        self.flags.precision = precision.and_then(|precision| usize::try_from(precision).ok());
        if self.flags.precision.is_none() {
            self.push(b"%!(BADPREC)");
        }
        reader.after_index = false;
    }

    fn verb(&mut self, reader: &mut Reader<'_>, values: &[Value], rune: u32) {
        if rune == u32::from(b'%') {
            return self.push(b"%");
        }
        if !reader.is_good {
            return self.bad(rune, b"(BADINDEX)");
        }
        let Some(value) = values.get(reader.next) else {
            return self.bad(rune, b"(MISSING)");
        };
        let verb = char::from_u32(rune).unwrap_or(char::REPLACEMENT_CHARACTER);
        if matches!(verb, 'v' | 'w') {
            self.flags.sharp_v = std::mem::take(&mut self.flags.sharp);
            self.flags.plus_v = std::mem::take(&mut self.flags.plus);
        }
        self.argument(value, verb);
        reader.next += 1;
    }

    fn bad(&mut self, rune: u32, what: &[u8]) {
        let mut text = b"%!".to_vec();
        push_rune(&mut text, rune);
        text.extend_from_slice(what);
        self.push(&text);
    }

    fn extra(&mut self, values: &[Value]) {
        self.flags = Flags::default();
        self.push(b"%!(EXTRA ");
        for (index, value) in values.iter().enumerate() {
            self.push(if index > 0 { b", " } else { b"" });
            if value.is_nil() {
                self.push(b"<nil>");
            } else {
                self.push(value.type_name().as_bytes());
                self.push(b"=");
                self.argument(value, 'v');
            }
        }
        self.push(b")");
    }
}

/// The value for a `*`, if it is an integer of a sensible size.
fn star(reader: &mut Reader<'_>, values: &[Value]) -> Option<i64> {
    let value = values.get(reader.next)?;
    reader.next += 1;
    let number = match value.base() {
        Value::Int(number, _) => *number,
        Value::Uint(number, _) => i64::try_from(*number).ok()?,
        _ => return None,
    };
    (number.unsigned_abs() <= NUMBER_MAX as u64).then_some(number)
}
