//! Go's `fmt`: what `print` and `printf` write.

use crate::error::{Bound, Error};
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

/// Writes values as Go's `fmt` does, up to a bound.
pub struct Printer<'o> {
    out: &'o mut Vec<u8>,
    /// How many bytes `out` may have, and the bound that this follows from.
    bytes_max: usize,
    bound_max: u64,
    flags: Flags,
    /// Levels of the value that is being written.
    depth: u32,
    /// Whether of a pointer only what it points to is written.
    is_pointee: bool,
    /// Whether a value is shown as what a verb does not take, so that methods are not asked.
    is_wrong_verb: bool,
    exceeded: Option<Bound>,
}

/// How deep a value may nest that is written.
const VALUE_DEPTH_MAX: u32 = 1_000;

impl<'o> Printer<'o> {
    /// Appends to `out`, at most so many bytes.
    pub fn new(out: &'o mut Vec<u8>, bytes_max: u64) -> Self {
        let room = usize::try_from(bytes_max).unwrap_or(usize::MAX);
        Self {
            bytes_max: out.len().saturating_add(room),
            bound_max: bytes_max,
            out,
            flags: Flags::default(),
            depth: 0,
            is_pointee: false,
            is_wrong_verb: false,
            exceeded: None,
        }
    }

    /// Ends the writing.
    ///
    /// # Errors
    /// There was more to write than the bound allows, or a value nests too deep.
    pub fn finish(self) -> Result<(), Error> {
        match self.exceeded {
            None => Ok(()),
            Some(Bound::ValueDepth) => {
                Err(Error::bound(Bound::ValueDepth, u64::from(VALUE_DEPTH_MAX)))
            }
            Some(bound) => Err(Error::bound(bound, self.bound_max)),
        }
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
        if bytes.len() > self.bytes_max.saturating_sub(self.out.len()) {
            self.exceeded.get_or_insert(Bound::MemoryBytes);
            return;
        }
        if self.exceeded.is_none() {
            self.out.extend_from_slice(bytes);
        }
    }

    fn push_padding(&mut self, count: usize, zero: bool) {
        if count > self.bytes_max.saturating_sub(self.out.len()) {
            self.exceeded.get_or_insert(Bound::MemoryBytes);
            return;
        }
        if self.exceeded.is_none() {
            let filled = self.out.len() + count;
            self.out.resize(filled, if zero { b'0' } else { b' ' });
        }
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
