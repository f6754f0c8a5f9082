//! Floating-point numbers, as `strconv.FormatFloat` writes them.

use std::fmt::Write;

use super::Printer;
use crate::types::FloatType;

/// How many digits a number gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// As few as tell it from its neighbours.
    Shortest,
    /// So many after the point; for `%g`, so many in all.
    Exactly(usize),
}

/// No double has more digits after the point than 1,074, nor more significant ones than 767.
const DIGITS_MAX: usize = 1_100;

/// A number in one of the formats `e`, `E`, `f`, `g`, `G`, `b`, `x` and `X`.
pub fn format_float(number: f64, kind: FloatType, verb: char, digits: Digits) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number < 0.0 { "-Inf".to_owned() } else { "+Inf".to_owned() };
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let size = number.abs();
    let unsigned = match verb {
        'b' => mantissa_and_power(size, kind),
        'x' | 'X' => hexadecimal(size, kind, verb, digits),
        'f' => fixed(size, kind, digits),
        'e' | 'E' => scientific(size, kind, verb, digits),
        _ => general(size, kind, verb, digits),
    };
    format!("{sign}{unsigned}")
}

/// The decimal digits of a number without its point, and the power of ten of the first.
struct Decimal {
    digits: String,
    power: i32,
}

/// The shortest digits, or so many.
fn decimal(size: f64, kind: FloatType, digits: Option<usize>) -> Decimal {
    let text = match (digits, kind) {
        (Some(digits), _) => format!("{size:.*e}", digits.clamp(1, DIGITS_MAX) - 1),
        (None, FloatType::Float64) => format!("{size:e}"),
        (None, FloatType::Float32) => format!("{:e}", to_single(size)),
    };
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    Decimal {
        digits: mantissa.chars().filter(char::is_ascii_digit).collect(),
        power: power.parse().unwrap_or(0),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the number is of that type")]
fn to_single(number: f64) -> f32 {
    number as f32
}

fn scientific(size: f64, kind: FloatType, verb: char, digits: Digits) -> String {
    match digits {
        Digits::Shortest => {
            let decimal = decimal(size, kind, None);
            let count = decimal.digits.len();
            in_powers(&decimal, count, verb)
        }
        Digits::Exactly(count) => in_powers(&decimal(size, kind, Some(count + 1)), count + 1, verb),
    }
}

/// `1.5e+06`, with so many digits in all; zeros are added where there are fewer.
fn in_powers(decimal: &Decimal, count: usize, verb: char) -> String {
    let mut text = String::with_capacity(count + 8);
    let (first, rest) = decimal.digits.split_at(1);
    text.push_str(first);
    if count > 1 {
        text.push('.');
        text.push_str(rest);
        text.extend(std::iter::repeat_n('0', (count - 1).saturating_sub(rest.len())));
    }
    let sign = if decimal.power < 0 { '-' } else { '+' };
    text.push(verb);
    text.push(sign);
    let _infallible = write!(text, "{:02}", decimal.power.unsigned_abs());
    text
}

fn fixed(size: f64, kind: FloatType, digits: Digits) -> String {
    let Digits::Exactly(count) = digits else {
        let decimal = decimal(size, kind, None);
        return in_places(&decimal.digits, decimal.power);
    };
    let mut text = format!("{size:.*}", count.min(DIGITS_MAX));
    text.extend(std::iter::repeat_n('0', count.saturating_sub(DIGITS_MAX)));
    text
}

/// Digits with the point where the power puts it.
fn in_places(digits: &str, power: i32) -> String {
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    match usize::try_from(power + 1) {
        Err(_) | Ok(0) => format!("0.{}{digits}", zeros(-power - 1)),
        Ok(point) if point < digits.len() => {
            format!("{}.{}", &digits[..point], &digits[point..])
        }
        Ok(_) => format!("{digits}{}", zeros(power + 1 - count)),
    }
}

fn general(size: f64, kind: FloatType, verb: char, digits: Digits) -> String {
    let wanted = match digits {
        Digits::Shortest => None,
        Digits::Exactly(count) => Some(count.max(1)),
    };
    let mut decimal = decimal(size, kind, wanted);
    let kept = decimal.digits.trim_end_matches('0').len().max(1);
    decimal.digits.truncate(kept);
    let significant = i64::try_from(kept).unwrap_or(i64::MAX);
    let power = i64::from(decimal.power);
    // Zero has no significant digits, and its point stands before them.
    let is_zero = decimal.digits == "0";
    let limit = match wanted {
        None => 6,
        Some(_) if is_zero => 1,
        Some(count) => {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            if count > significant && significant > power { significant } else { count }
        }
    };
    if !is_zero && (power < -4 || power >= limit) {
        let verb = if verb == 'G' { 'E' } else { 'e' };
        return in_powers(&decimal, kept, verb);
    }
    in_places(&decimal.digits, decimal.power)
}

/// The bits of the mantissa as an integer, and the power of two that it is multiplied by.
fn parts(size: f64, kind: FloatType) -> (u64, i32) {
    let (bits, mantissa_bits, bias) = match kind {
        FloatType::Float64 => (size.to_bits(), 52, 1075),
        FloatType::Float32 => (u64::from(to_single(size).to_bits()), 23, 150),
    };
    let fraction = bits & ((1 << mantissa_bits) - 1);
    let power = i32::try_from(bits >> mantissa_bits & 0x7FF).unwrap_or(0);
    match power {
        0 => (fraction, 1 - bias),
        _ => (fraction | 1 << mantissa_bits, power - bias),
    }
}

fn mantissa_and_power(size: f64, kind: FloatType) -> String {
    let (mantissa, power) = parts(size, kind);
    format!("{mantissa}p{power:+}")
}

fn hexadecimal(size: f64, kind: FloatType, verb: char, digits: Digits) -> String {
    let (mut mantissa, mut power) = parts(size, kind);
    if mantissa == 0 {
        power = 0;
    } else {
        // The first bit stands alone before the point, 60 bits after it.
        let shift = mantissa.leading_zeros().saturating_sub(3);
        mantissa <<= shift;
        power += 60 - i32::try_from(shift).unwrap_or(0);
    }
    let mut places = 15;
    if let Digits::Exactly(count) = digits {
        places = count;
        if count < 15 {
            let cut = 4 * (15 - u32::try_from(count).unwrap_or(0));
            let (rest, half) = (mantissa & ((1 << cut) - 1), 1_u64 << (cut - 1));
            mantissa >>= cut;
            mantissa += u64::from(rest > half || (rest == half && mantissa & 1 == 1));
            mantissa <<= cut;
            if mantissa >> 61 != 0 {
                mantissa >>= 1;
                power += 1;
            }
        }
    }
    let mut fraction = format!("{:015x}", mantissa & ((1 << 60) - 1));
    match digits {
        Digits::Shortest => fraction.truncate(fraction.trim_end_matches('0').len()),
        Digits::Exactly(_) => fraction.extend(std::iter::repeat_n('0', places.saturating_sub(15))),
    }
    fraction.truncate(places);
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = if power < 0 { '-' } else { '+' };
    let text = format!("0x{}{point}{fraction}p{sign}{:02}", mantissa >> 60, power.unsigned_abs());
    if verb == 'X' { text.to_uppercase() } else { text }
}

impl Printer<'_, '_> {
    /// Writes a floating-point number; `None` if it has no such verb.
    pub(super) fn float(&mut self, number: f64, kind: FloatType, verb: char) -> Option<()> {
        match verb {
            'v' => self.float_as(number, kind, 'g', Digits::Shortest),
            'b' | 'g' | 'G' | 'x' | 'X' => self.float_as(number, kind, verb, Digits::Shortest),
            'e' | 'E' | 'f' => self.float_as(number, kind, verb, Digits::Exactly(6)),
            'F' => self.float_as(number, kind, 'f', Digits::Exactly(6)),
            _ => return None,
        }
        Some(())
    }

    /// Writes a complex number; `None` if it has no such verb.
    pub(super) fn complex(&mut self, real: f64, imaginary: f64, verb: char) -> Option<()> {
        if !matches!(verb, 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E') {
            return None;
        }
        let plus = self.flags.plus;
        self.push(b"(");
        self.float(real, FloatType::Float64, verb)?;
        self.flags.plus = true;
        self.float(imaginary, FloatType::Float64, verb)?;
        self.push(b"i)");
        self.flags.plus = plus;
        Some(())
    }

    fn float_as(&mut self, number: f64, kind: FloatType, verb: char, digits: Digits) {
        let digits = self.flags.precision.map_or(digits, Digits::Exactly);
        let mut text = format_float(number, kind, verb, digits);
        if !text.starts_with(['-', '+']) {
            text.insert(0, '+');
        }
        if self.flags.space && text.starts_with('+') && !self.flags.plus {
            text.replace_range(..1, " ");
        }
        if !number.is_finite() {
            // Neither is padded with zeros.
            let is_bare = number.is_nan() && !self.flags.space && !self.flags.plus;
            let hidden = usize::from(is_bare);
            return self.pad_with_blanks(&text.as_bytes()[hidden..]);
        }
        if self.flags.sharp && verb != 'b' {
            text = with_point(&text, verb, digits);
        }
        if !self.flags.plus && text.starts_with('+') {
            return self.pad(&text.as_bytes()[1..]);
        }
        let width = self.flags.width.unwrap_or(0);
        if self.flags.zero && !self.flags.minus && width > text.len() {
            let (sign, rest) = text.split_at(1);
            self.push(sign.as_bytes());
            self.push_padding(width - text.len(), true);
            return self.push(rest.as_bytes());
        }
        self.pad(text.as_bytes());
    }
}

/// `#`: always a point, and for `%g` the zeros that were cut.
fn with_point(text: &str, verb: char, digits: Digits) -> String {
    let mut missing = match (verb, digits) {
        ('g' | 'G' | 'x', Digits::Exactly(count)) => count,
        ('g' | 'G' | 'x', Digits::Shortest) => 6,
        _ => 0,
    };
    let is_hexadecimal = matches!(verb, 'x' | 'X');
    let is_tail = |letter: char| match letter {
        'p' | 'P' => true,
        'e' | 'E' => !is_hexadecimal,
        _ => false,
    };
    let end = text.find(is_tail).unwrap_or(text.len());
    let (number, tail) = text.split_at(end);
    let digits_seen = number[1..].chars().filter(|letter| *letter != '.');
    let significant = digits_seen.skip_while(|letter| *letter == '0').count();
    missing = missing.saturating_sub(significant);
    let mut out = number.to_owned();
    if !number.contains('.') {
        // A lone zero counts as a digit.
        if number.len() == 2 && number.ends_with('0') {
            missing = missing.saturating_sub(1);
        }
        out.push('.');
    }
    out.extend(std::iter::repeat_n('0', missing));
    out.push_str(tail);
    out
}
