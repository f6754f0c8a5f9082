//! Quoted texts, as Go's `strconv` writes and reads them.

use crate::error::Error;
use crate::sink::Sink;
use crate::unicode::{REPLACEMENT, RUNE_MAX, first_rune, is_printable, push_rune};

const LOWER_DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Which characters stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Those that print.
    Printable,
    /// Those that print and are ASCII.
    Ascii,
}

/// A text in double quotes (`%q`).
pub fn quoted(text: &[u8]) -> String {
    let mut out = Vec::with_capacity(text.len() + 2);
    out.push(b'"');
    let mut rest = text;
    while !rest.is_empty() {
        rest = push_piece(&mut out, rest, Keep::Printable);
    }
    out.push(b'"');
    String::from_utf8_lossy(&out).into_owned()
}

/// Writes a text in double quotes.
///
/// # Errors
/// What the sink refuses.
pub(crate) fn push_quoted(sink: &mut Sink<'_>, text: &[u8], keep: Keep) -> Result<(), Error> {
    sink.push(b"\"")?;
    let mut piece = Vec::with_capacity(PIECE_BYTES + 16);
    let mut rest = text;
    while !rest.is_empty() {
        rest = push_piece(&mut piece, rest, keep);
        sink.push(&piece)?;
        piece.clear();
    }
    sink.push(b"\"")
}

/// Appends what stands between the quotes for the beginning of a text. Returns the rest of it.
fn push_piece<'t>(out: &mut Vec<u8>, text: &'t [u8], keep: Keep) -> &'t [u8] {
    let end = out.len() + PIECE_BYTES;
    let mut rest = text;
    while let Some(&byte) = rest.first().filter(|_| out.len() < end) {
        let (rune, width) = first_rune(rest);
        if width == 1 && rune == REPLACEMENT {
            out.extend_from_slice(b"\\x");
            push_hex(out, u32::from(byte), 2);
        } else {
            push_escaped(out, rune, b'"', keep);
        }
        rest = &rest[width..];
    }
    rest
}

/// About how long the pieces are that a text is written in, in bytes.
const PIECE_BYTES: usize = 1 << 10;

/// Appends a code point in single quotes.
pub(crate) fn push_quoted_rune(out: &mut Vec<u8>, rune: u32, keep: Keep) {
    let rune = char::from_u32(rune).map_or(REPLACEMENT, u32::from);
    out.push(b'\'');
    push_escaped(out, rune, b'\'', keep);
    out.push(b'\'');
}

fn push_escaped(out: &mut Vec<u8>, rune: u32, quote: u8, keep: Keep) {
    if rune == u32::from(quote) || rune == u32::from(b'\\') {
        out.push(b'\\');
        return push_rune(out, rune);
    }
    if is_printable(rune) && (keep == Keep::Printable || rune < 0x80) {
        return push_rune(out, rune);
    }
    let short = match rune {
        0x07 => b'a',
        0x08 => b'b',
        0x0C => b'f',
        0x0A => b'n',
        0x0D => b'r',
        0x09 => b't',
        0x0B => b'v',
        _ => return push_escaped_number(out, rune),
    };
    out.extend_from_slice(&[b'\\', short]);
}

fn push_escaped_number(out: &mut Vec<u8>, rune: u32) {
    let (letter, digits) = match rune {
        0..0x20 | 0x7F => (b'x', 2),
        0..0x1_0000 => (b'u', 4),
        _ => (b'U', 8),
    };
    out.extend_from_slice(&[b'\\', letter]);
    push_hex(out, rune, digits);
}

fn push_hex(out: &mut Vec<u8>, number: u32, digits: u32) {
    for digit in (0..digits).rev() {
        out.push(LOWER_DIGITS[(number >> (4 * digit) & 0xF) as usize]);
    }
}

/// Whether a text can stand between backquotes as it is (`strconv.CanBackquote`).
pub(crate) fn can_backquote(text: &[u8]) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let (rune, width) = first_rune(rest);
        rest = &rest[width..];
        let is_refused = match rune {
            0x09 => false,
            0..0x20 | 0x60 | 0x7F => true,
            REPLACEMENT => width == 1,
            0xFEFF => true,
            _ => false,
        };
        if is_refused {
            return false;
        }
    }
    true
}

/// The text of a constant in double quotes or backquotes; `None` if it is none.
pub(crate) fn unquoted(constant: &[u8]) -> Option<Vec<u8>> {
    let [quote, inside @ .., end] = constant else {
        return None;
    };
    match (quote, quote == end) {
        (b'`', true) => Some(inside.iter().copied().filter(|byte| *byte != b'\r').collect()),
        (b'"', true) => unescaped(inside),
        _ => None,
    }
}

fn unescaped(inside: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(&byte) = rest.first() {
        if byte == b'\n' {
            return None;
        }
        let (unit, width) = first_unit(rest, b'"')?;
        match unit {
            Unit::Byte(byte) => text.push(byte),
            Unit::Rune(rune) => push_rune(&mut text, rune),
        }
        rest = &rest[width..];
    }
    Some(text)
}

/// What one escape, or one character, stands for.
enum Unit {
    Byte(u8),
    Rune(u32),
}

/// The code point of a character constant without its first quote: the number and what follows.
pub(crate) fn first_character(text: &[u8]) -> Option<(u32, &[u8])> {
    let (unit, width) = first_unit(text, b'\'')?;
    let number = match unit {
        Unit::Byte(byte) => u32::from(byte),
        Unit::Rune(rune) => rune,
    };
    Some((number, &text[width..]))
}

fn first_unit(text: &[u8], quote: u8) -> Option<(Unit, usize)> {
    match text {
        [] | [b'\\'] => None,
        [first, ..] if *first == quote => None,
        [b'\\', escape, rest @ ..] => escaped_unit(*escape, rest, quote),
        [first, ..] if *first < 0x80 => Some((Unit::Byte(*first), 1)),
        _ => {
            let (rune, width) = first_rune(text);
            Some((Unit::Rune(rune), width))
        }
    }
}

fn escaped_unit(escape: u8, rest: &[u8], quote: u8) -> Option<(Unit, usize)> {
    let simple = |byte| Some((Unit::Byte(byte), 2));
    match escape {
        b'a' => simple(0x07),
        b'b' => simple(0x08),
        b'f' => simple(0x0C),
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        b'v' => simple(0x0B),
        b'\\' => simple(b'\\'),
        b'\'' | b'"' if escape == quote => simple(quote),
        b'x' => Some((Unit::Byte(u8::try_from(digits(rest, 2, 16)?).ok()?), 4)),
        b'u' => Some((Unit::Rune(valid(digits(rest, 4, 16)?)?), 6)),
        b'U' => Some((Unit::Rune(valid(digits(rest, 8, 16)?)?), 10)),
        b'0'..=b'7' => {
            let high = u32::from(escape - b'0') * 64;
            Some((Unit::Byte(u8::try_from(high + digits(rest, 2, 8)?).ok()?), 4))
        }
        _ => None,
    }
}

fn digits(text: &[u8], count: usize, base: u32) -> Option<u32> {
    let digits = text.get(..count)?;
    digits.iter().try_fold(0_u32, |number, byte| {
        Some(number.wrapping_mul(base).wrapping_add(char::from(*byte).to_digit(base)?))
    })
}

fn valid(rune: u32) -> Option<u32> {
    (rune <= RUNE_MAX).then(|| char::from_u32(rune).map(u32::from)).flatten()
}
