//! Integers and code points.

use super::Printer;
use crate::quote::{Keep, push_quoted_rune};
use crate::unicode::{REPLACEMENT, RUNE_MAX, is_printable, push_rune};

impl Printer<'_> {
    /// Writes a signed integer; `None` if it has no such verb.
    pub(super) fn signed(&mut self, number: i64, verb: char) -> Option<()> {
        self.integer(number.unsigned_abs(), number < 0, number.cast_unsigned(), verb)
    }

    /// Writes an unsigned integer; `None` if it has no such verb.
    pub(super) fn unsigned(&mut self, number: u64, verb: char) -> Option<()> {
        if verb == 'v' && self.flags.sharp_v {
            self.hexadecimal(number);
            return Some(());
        }
        self.integer(number, false, number, verb)
    }

    /// Writes `0x` and hexadecimal digits.
    pub(super) fn hexadecimal(&mut self, number: u64) {
        let sharp = std::mem::replace(&mut self.flags.sharp, true);
        self.digits(number, false, 16, 'v');
        self.flags.sharp = sharp;
    }

    fn integer(&mut self, size: u64, is_negative: bool, bits: u64, verb: char) -> Option<()> {
        match verb {
            'v' | 'd' => self.digits(size, is_negative, 10, verb),
            'b' => self.digits(size, is_negative, 2, verb),
            'o' | 'O' => self.digits(size, is_negative, 8, verb),
            'x' | 'X' => self.digits(size, is_negative, 16, verb),
            'c' => self.character(bits),
            'q' => self.quoted_character(bits),
            'U' => self.unicode(bits),
            _ => return None,
        }
        Some(())
    }

    fn digits(&mut self, size: u64, is_negative: bool, base: u64, verb: char) {
        if self.flags.precision == Some(0) && size == 0 {
            return self.push_padding(self.flags.width.unwrap_or(0), false);
        }
        let has_sign = is_negative || self.flags.plus || self.flags.space;
        let least = match (self.flags.precision, self.flags.width) {
            (Some(precision), _) => precision,
            (None, Some(width)) if self.flags.zero && !self.flags.minus => {
                width - usize::from(has_sign && width > 0)
            }
            (None, _) => 0,
        };
        let mut reversed = reversed_digits(size, base, verb == 'X');
        let last = reversed.len().max(least);
        reversed.resize(last, b'0');
        if self.flags.sharp {
            match base {
                2 => reversed.extend_from_slice(b"b0"),
                8 if reversed.last() != Some(&b'0') => reversed.push(b'0'),
                16 if verb == 'X' => reversed.extend_from_slice(b"X0"),
                16 => reversed.extend_from_slice(b"x0"),
                _ => {}
            }
        }
        if verb == 'O' {
            reversed.extend_from_slice(b"o0");
        }
        match (is_negative, self.flags.plus, self.flags.space) {
            (true, ..) => reversed.push(b'-'),
            (false, true, _) => reversed.push(b'+'),
            (false, false, true) => reversed.push(b' '),
            (false, false, false) => {}
        }
        reversed.reverse();
        self.pad_with_blanks(&reversed);
    }

    fn character(&mut self, bits: u64) {
        let mut text = Vec::with_capacity(4);
        push_rune(&mut text, rune(bits));
        self.pad(&text);
    }

    fn quoted_character(&mut self, bits: u64) {
        let mut text = Vec::with_capacity(8);
        let keep = if self.flags.plus { Keep::Ascii } else { Keep::Printable };
        push_quoted_rune(&mut text, rune(bits), keep);
        self.pad(&text);
    }

    fn unicode(&mut self, bits: u64) {
        let least = self.flags.precision.unwrap_or(0).max(4);
        let mut reversed = reversed_digits(bits, 16, true);
        let last = reversed.len().max(least);
        reversed.resize(last, b'0');
        reversed.extend_from_slice(b"+U");
        reversed.reverse();
        let shown = u32::try_from(bits).ok().filter(|rune| is_printable(*rune));
        if let Some(rune) = shown.filter(|_| self.flags.sharp) {
            reversed.extend_from_slice(b" '");
            push_rune(&mut reversed, rune);
            reversed.push(b'\'');
        }
        self.pad_with_blanks(&reversed);
    }
}

fn rune(bits: u64) -> u32 {
    u32::try_from(bits).ok().filter(|rune| *rune <= RUNE_MAX).unwrap_or(REPLACEMENT)
}

/// The digits of a number, the last one first; at least one.
fn reversed_digits(mut number: u64, base: u64, is_upper: bool) -> Vec<u8> {
    let digits: &[u8; 16] = if is_upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    let mut reversed = Vec::with_capacity(24);
    loop {
        let digit = usize::try_from(number % base).unwrap_or(0);
        reversed.push(digits[digit]);
        number /= base;
        if number == 0 {
            return reversed;
        }
    }
}
