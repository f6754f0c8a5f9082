//! Integers and code points.

use super::Printer;
use crate::quote::{Keep, push_quoted_rune};
use crate::unicode::{REPLACEMENT, RUNE_MAX, is_printable, push_rune, rune_count};

impl Printer<'_, '_> {
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
        let mut digits = reversed_digits(size, base, verb == 'X');
        digits.reverse();
        let zeros = least.saturating_sub(digits.len());
        let mut before = Vec::with_capacity(4);
        match (is_negative, self.flags.plus, self.flags.space) {
            (true, ..) => before.push(b'-'),
            (false, true, _) => before.push(b'+'),
            (false, false, true) => before.push(b' '),
            (false, false, false) => {}
        }
        if verb == 'O' {
            before.extend_from_slice(b"0o");
        }
        if self.flags.sharp {
            match base {
                2 => before.extend_from_slice(b"0b"),
                8 if zeros == 0 && digits.first() != Some(&b'0') => before.push(b'0'),
                16 if verb == 'X' => before.extend_from_slice(b"0X"),
                16 => before.extend_from_slice(b"0x"),
                _ => {}
            }
        }
        self.number(&before, zeros, &digits);
    }

    /// Writes a number with zeros before its digits, which may be many, in the width that is asked for.
    fn number(&mut self, before: &[u8], zeros: usize, digits: &[u8]) {
        let length = before.len() + zeros + rune_count(digits);
        let missing = self.flags.width.unwrap_or(0).saturating_sub(length);
        if !self.flags.minus {
            self.push_padding(missing, false);
        }
        self.push(before);
        self.push_padding(zeros, true);
        self.push(digits);
        if self.flags.minus {
            self.push_padding(missing, false);
        }
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
        let mut digits = reversed_digits(bits, 16, true);
        digits.reverse();
        let zeros = least.saturating_sub(digits.len());
        let shown = u32::try_from(bits).ok().filter(|rune| is_printable(*rune));
        if let Some(rune) = shown.filter(|_| self.flags.sharp) {
            digits.extend_from_slice(b" '");
            push_rune(&mut digits, rune);
            digits.push(b'\'');
        }
        self.number(b"U+", zeros, &digits);
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
