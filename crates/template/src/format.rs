//! Go's `fmt`: what `print` and `printf` write.

use crate::sink::Sink;
use crate::unicode::{first_rune, rune_count};
use crate::value::Value;

mod directive;
mod float;
mod integer;
mod text;
mod value;

pub use float::{Digits, format_float};

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of Go's")]
struct Flags {
    width: Option<usize>,
    precision: Option<usize>,
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    /// `%+v` and `%#v` mean something else than `+` and `#` of other verbs.
    plus_v: bool,
    sharp_v: bool,
}

/// Writes values as Go's `fmt` does. What its sink refuses, the sink tells ([`Sink::check`]).
pub struct Printer<'o, 's> {
    sink: &'o mut Sink<'s>,
    flags: Flags,
    /// Levels of the value that is being written.
    depth: u64,
    /// Whether of a pointer only what it points to is written.
    is_pointee: bool,
    /// Whether a value is shown as what a verb does not take, so that methods are not asked.
    is_wrong_verb: bool,
}

impl<'o, 's> Printer<'o, 's> {
    /// Writes into a sink.
    pub fn new(sink: &'o mut Sink<'s>) -> Self {
        Self { sink, flags: Flags::default(), depth: 0, is_pointee: false, is_wrong_verb: false }
    }

    /// Writes a value as `%v` does.
    pub fn print(&mut self, value: &Value) {
        self.flags = Flags::default();
        self.argument(value, 'v');
    }

    /// Writes a value as an action does: what it points to, if it is a pointer to a struct.
    pub(crate) fn print_pointee(&mut self, value: &Value) {
        self.is_pointee = true;
        self.print(value);
        self.is_pointee = false;
    }

    /// The same for all, with blanks as [`Printer::print_all`].
    pub(crate) fn print_pointees(&mut self, values: &[Value]) {
        self.is_pointee = true;
        self.print_all(values);
        self.is_pointee = false;
    }

    /// Writes values with a blank between two that are no strings (`print`).
    pub fn print_all(&mut self, values: &[Value]) {
        let mut was_string = true;
        for value in values {
            if self.sink.is_full() {
                return;
            }
            let is_string = value.as_text().is_some();
            if !is_string && !was_string {
                self.push(b" ");
            }
            self.print(value);
            was_string = is_string;
        }
    }

    /// Writes values with blanks between and a newline after them (`println`).
    pub fn print_line(&mut self, values: &[Value]) {
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.push(b" ");
            }
            self.print(value);
        }
        self.push(b"\n");
    }

    /// Writes a value as an error text of text/template does.
    pub(crate) fn print_reflected(&mut self, value: &Value, verb: char) {
        self.flags = Flags::default();
        if value.is_nil() {
            return self.push(b"<nil>");
        }
        self.argument(value, verb);
    }

    fn push(&mut self, bytes: &[u8]) {
        let _told_by_the_sink = self.sink.push(bytes);
    }

    fn push_padding(&mut self, count: usize, zero: bool) {
        let _told_by_the_sink = self.sink.fill(count, if zero { b'0' } else { b' ' });
    }

    /// Writes bytes in the width that is asked for; zeros only go before them.
    fn pad(&mut self, bytes: &[u8]) {
        let missing = self.flags.width.unwrap_or(0).saturating_sub(rune_count(bytes));
        if missing == 0 {
            return self.push(bytes);
        }
        if self.flags.minus {
            self.push(bytes);
            self.push_padding(missing, false);
        } else {
            self.push_padding(missing, self.flags.zero);
            self.push(bytes);
        }
    }

    /// The same for what is written already, from a place on.
    fn pad_written(&mut self, begin: usize) {
        let width = self.flags.width.unwrap_or(0);
        let written = &self.sink.written()[begin..];
        let missing = if width == 0 { 0 } else { width.saturating_sub(rune_count(written)) };
        if missing == 0 {
            return;
        }
        self.push_padding(missing, self.flags.zero && !self.flags.minus);
        if !self.flags.minus && !self.sink.is_full() {
            self.sink.turn(begin, missing);
        }
    }

    /// The same with blanks, whatever the flags say.
    fn pad_with_blanks(&mut self, bytes: &[u8]) {
        let zero = std::mem::replace(&mut self.flags.zero, false);
        self.pad(bytes);
        self.flags.zero = zero;
    }

    /// Cuts a text to the precision, in characters.
    fn cut<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        let Some(precision) = self.flags.precision else {
            return text;
        };
        let mut end = 0;
        for _ in 0..precision {
            end += match first_rune(&text[end..]) {
                (_, 0) => return text,
                (_, width) => width,
            };
        }
        &text[..end]
    }
}
