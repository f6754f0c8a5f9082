//! Numbers as Go's source code writes them.

use crate::quote::{first_character, quoted};

/// A numeric constant. It has no type until it is used: `3` serves as an integer and as a float.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Number {
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
}

impl Number {
    /// A character constant with its quotes.
    pub(crate) fn of_character(text: &[u8]) -> Result<Self, String> {
        let inside = text.get(1..).unwrap_or_default();
        let (rune, tail) = first_character(inside).ok_or("invalid syntax")?;
        if tail != b"'" {
            return Err(format!("malformed character constant: {}", String::from_utf8_lossy(text)));
        }
        Ok(Self {
            int: Some(i64::from(rune)),
            uint: Some(u64::from(rune)),
            float: Some(f64::from(rune)),
            complex: None,
        })
    }

    /// A complex constant with two parts: `1+2i`.
    pub(crate) fn of_complex(text: &[u8]) -> Result<Self, String> {
        let wrong = || "syntax error scanning complex number".to_owned();
        let body = text.strip_suffix(b"i").ok_or_else(wrong)?;
        let is_exponent = |at: usize| matches!(body[at - 1], b'e' | b'E' | b'p' | b'P');
        let is_sign = |at: &usize| matches!(body[*at], b'+' | b'-') && !is_exponent(*at);
        let at = (1..body.len()).rfind(is_sign).ok_or_else(wrong)?;
        let real = scanned_float(&body[..at])?;
        let imaginary = scanned_float(&body[at..])?;
        Ok(Self::complex(real, imaginary))
    }

    fn complex(real: f64, imaginary: f64) -> Self {
        let complex = Some((real, imaginary));
        if imaginary != 0.0 {
            return Self { complex, ..Self::default() };
        }
        Self { int: as_int(real), uint: as_uint(real), float: Some(real), complex }
    }

    /// Any other number.
    pub(crate) fn of(text: &[u8]) -> Result<Self, String> {
        if let Some(imaginary) = text.strip_suffix(b"i").and_then(float) {
            return Ok(Self::complex(0.0, imaginary));
        }
        let mut number = Self { int: int(text), uint: uint(text), ..Self::default() };
        if number.int == Some(0) {
            // `-0` is an unsigned integer as well.
            number.uint = Some(0);
        }
        number.float = match (number.int, number.uint) {
            (Some(int), _) => Some(int_to_float(int)),
            (None, Some(uint)) => Some(uint_to_float(uint)),
            (None, None) => number.read_float(text)?,
        };
        match number.float {
            Some(_) => Ok(number),
            None => Err(format!("illegal number syntax: {}", quoted(text))),
        }
    }

    fn read_float(&mut self, text: &[u8]) -> Result<Option<f64>, String> {
        let Some(float) = float(text) else {
            return Ok(None);
        };
        if !text.iter().any(|byte| b".eEpP".contains(byte)) {
            return Err(format!("integer overflow: {}", quoted(text)));
        }
        self.int = as_int(float);
        self.uint = as_uint(float);
        Ok(Some(float))
    }
}

/// A part of a complex constant.
fn scanned_float(text: &[u8]) -> Result<f64, String> {
    float(text).ok_or_else(|| {
        let infinite = std::str::from_utf8(text).is_ok_and(|text| text.parse::<f64>().is_ok());
        let reason = if infinite { "value out of range" } else { "invalid syntax" };
        format!("strconv.ParseFloat: parsing {}: {reason}", quoted(text))
    })
}

#[expect(clippy::cast_precision_loss, reason = "Go's conversion rounds, too")]
fn int_to_float(int: i64) -> f64 {
    int as f64
}

#[expect(clippy::cast_precision_loss, reason = "Go's conversion rounds, too")]
fn uint_to_float(uint: u64) -> f64 {
    uint as f64
}

/// The integer that a float is, if it is one. 2^63 itself is none: Go's conversion of it on amd64 is
/// the least integer, which is not equal to it.
#[expect(clippy::cast_possible_truncation, reason = "checked by converting back")]
#[expect(clippy::float_cmp, reason = "the question is whether it is exact")]
fn as_int(float: f64) -> Option<i64> {
    let int = float as i64;
    (int_to_float(int) == float && int != i64::MAX).then_some(int)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked by converting back"
)]
#[expect(clippy::float_cmp, reason = "the question is whether it is exact")]
fn as_uint(float: f64) -> Option<u64> {
    let uint = float as u64;
    (uint_to_float(uint) == float && uint != u64::MAX).then_some(uint)
}

/// A signed integer with any base prefix.
pub fn int(text: &[u8]) -> Option<i64> {
    let (is_negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let size = i128::from(uint(digits)?);
    i64::try_from(if is_negative { -size } else { size }).ok()
}

/// An unsigned integer with any base prefix: `0x`, `0o`, `0b`, and `0` for octal.
pub fn uint(text: &[u8]) -> Option<u64> {
    let (base, digits) = match text {
        [b'0', b'b' | b'B', rest @ ..] if !rest.is_empty() => (2, rest),
        [b'0', b'o' | b'O', rest @ ..] if !rest.is_empty() => (8, rest),
        [b'0', b'x' | b'X', rest @ ..] if !rest.is_empty() => (16, rest),
        [b'0', rest @ ..] => (8, rest),
        [] => return None,
        _ => (10, text),
    };
    let mut number = 0_u64;
    for byte in digits.iter().filter(|byte| **byte != b'_') {
        let digit = u64::from(char::from(*byte).to_digit(base)?);
        number = number.checked_mul(u64::from(base))?.checked_add(digit)?;
    }
    (!digits.contains(&b'_') || underscores_are_right(text)).then_some(number)
}

/// A floating-point number, decimal or hexadecimal; `None` also where it is too large.
pub fn float(text: &[u8]) -> Option<f64> {
    if text.contains(&b'_') && !underscores_are_right(text) {
        return None;
    }
    let plain: String =
        text.iter().filter(|byte| **byte != b'_').map(|byte| char::from(*byte)).collect();
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    if let Some(digits) = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X")) {
        let number = hexadecimal(digits)?;
        return Some(if plain.starts_with('-') { -number } else { number });
    }
    if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    plain.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// Mantissa and exponent of a hexadecimal number, without the prefix: `1.8p-3`.
fn hexadecimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let digits_of_exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if digits_of_exponent.is_empty()
        || !digits_of_exponent.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let exponent =
        exponent.parse::<i32>().unwrap_or(if exponent.starts_with('-') { -10_000 } else { 10_000 });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut bits = 0_u64;
    let mut power = exponent.clamp(-10_000, 10_000) - 4 * i32::try_from(fraction.len()).ok()?;
    for digit in whole.chars().chain(fraction.chars()) {
        let digit = u64::from(digit.to_digit(16)?);
        if bits >> 60 == 0 {
            bits = bits << 4 | digit;
        } else {
            // What no longer fits only decides how to round.
            bits |= u64::from(digit != 0);
            power += 4;
        }
    }
    scaled(bits, power).filter(|number| number.is_finite())
}

/// bits × 2^power, rounded once, half to even.
fn scaled(bits: u64, power: i32) -> Option<f64> {
    if bits == 0 {
        return Some(0.0);
    }
    let top = 63 - i32::try_from(bits.leading_zeros()).ok()?;
    // The weight of the last bit that a double of this size keeps.
    let last = (top + power - 52).max(-1074);
    let cut = last - power;
    let kept = match cut {
        ..=0 => bits,
        1..=63 => {
            let (half, rest) = (1_u64 << (cut - 1), bits & ((1 << cut) - 1));
            let kept = bits >> cut;
            kept + u64::from(rest > half || (rest == half && kept & 1 == 1))
        }
        _ => u64::from(cut == 64 && bits > 1 << 63),
    };
    let power = if cut > 0 { last } else { power };
    // Two steps, as 2^power alone may be outside the range of a double.
    let half = power / 2;
    Some(uint_to_float(kept) * f64::powi(2.0, half) * f64::powi(2.0, power - half))
}

/// Whether every underscore stands between digits, or between a base prefix and a digit.
fn underscores_are_right(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    let is_prefixed = matches!(text, [b'0', b'b' | b'B' | b'o' | b'O' | b'x' | b'X', ..]);
    let is_hex = matches!(text, [b'0', b'x' | b'X', ..]);
    let is_digit = |byte: u8| byte.is_ascii_digit() || (is_hex && byte.is_ascii_hexdigit());
    let mut before = if is_prefixed { b'0' } else { b'^' };
    for &byte in text.iter().skip(if is_prefixed { 2 } else { 0 }) {
        let sort = match byte {
            byte if is_digit(byte) => b'0',
            b'_' if before != b'0' => return false,
            b'_' => b'_',
            _ if before == b'_' => return false,
            _ => b'!',
        };
        before = sort;
    }
    before != b'_'
}
