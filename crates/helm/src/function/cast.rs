//! Values as numbers, as Sprig's functions take them. Source: spf13/cast 1.7.0, which gives 0 for what
//! is no number.

use trimtab_template::{Value, literal};

/// Go's `int`, which has 64 bits as well.
pub(super) fn to_int(value: &Value) -> i64 {
    to_int64(value)
}

/// The value as an integer. Numbers of named types, as durations are, are no numbers here.
pub(super) fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Int(number, _) => *number,
        Value::Uint(number, _) => number.cast_signed(),
        Value::Float(number, _) => truncated(*number),
        Value::Bool(truth) => i64::from(*truth),
        Value::String(text) => literal::int(without_zero_fraction(text)).unwrap_or(0),
        _ => 0,
    }
}

/// The value as a float.
#[expect(clippy::cast_precision_loss, reason = "Go's conversion rounds, too")]
pub(super) fn to_float64(value: &Value) -> f64 {
    match value {
        Value::Int(number, _) => *number as f64,
        Value::Uint(number, _) => *number as f64,
        Value::Float(number, _) => *number,
        Value::Bool(truth) => f64::from(*truth),
        Value::String(text) => parsed_float(text).unwrap_or(0.0),
        _ => 0.0,
    }
}

/// A float without its fraction; the least integer for what no integer holds, as on amd64.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
pub(super) fn truncated(number: f64) -> i64 {
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    if (-BOUND..BOUND).contains(&number) { number as i64 } else { i64::MIN }
}

/// Go's `strconv.ParseFloat`, without numbers that are too large.
pub(super) fn parsed_float(text: &[u8]) -> Option<f64> {
    if let Some(number) = literal::float(text) {
        return Some(number);
    }
    let (sign, unsigned) = match text {
        [b'-', rest @ ..] => (-1.0, rest),
        [b'+', rest @ ..] => (1.0, rest),
        _ => (1.0, text),
    };
    if unsigned.eq_ignore_ascii_case(b"inf") || unsigned.eq_ignore_ascii_case(b"infinity") {
        return Some(sign * f64::INFINITY);
    }
    text.eq_ignore_ascii_case(b"nan").then_some(f64::NAN)
}

/// `1.00` as `1`.
fn without_zero_fraction(text: &[u8]) -> &[u8] {
    let zeros = text.iter().rev().take_while(|byte| **byte == b'0').count();
    match text[..text.len() - zeros].split_last() {
        Some((b'.', whole)) if zeros > 0 => whole,
        _ => text,
    }
}
