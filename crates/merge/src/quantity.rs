//! Kubernetes quantities: `1000m` is `1`, `1024Mi` is `1Gi`. Source: apimachinery,
//! `pkg/api/resource/quantity.go`.

use serde_json::Value;

/// One, in billionths.
const UNIT: i128 = 1_000_000_000;

/// The amount in billionths, rounded up as the server does; `None` for what is no quantity or too
/// large to count so.
pub(crate) fn amount(value: &Value) -> Option<i128> {
    match value {
        Value::String(text) => parse(text.trim()),
        Value::Number(number) => parse(&number.to_string()),
        _ => None,
    }
}

/// The server's own spelling of an amount, in the family of suffixes in which it was written; `None`
/// for what is no quantity.
pub(crate) fn canonical(value: &Value) -> Option<String> {
    let amount = amount(value)?;
    let text = match value {
        Value::String(text) => text.trim(),
        _ => "",
    };
    let suffix = text.trim_start_matches(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let whole = amount % UNIT == 0;
    if suffix.ends_with('i') && whole && (amount == 0 || amount.abs() >= 1024 * UNIT) {
        return Some(stepped(amount / UNIT, 1024, &["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]));
    }
    if suffix.starts_with(['e', 'E']) && suffix.len() > 1 {
        let exponents = ["e-9", "e-6", "e-3", "", "e3", "e6", "e9", "e12", "e15", "e18"];
        return Some(stepped(amount, 1000, &exponents));
    }
    Some(stepped(amount, 1000, &["n", "u", "m", "", "k", "M", "G", "T", "P", "E"]))
}

/// With the largest suffix that leaves a whole number.
fn stepped(mut amount: i128, step: i128, suffixes: &[&str]) -> String {
    if amount == 0 {
        return "0".into();
    }
    let mut place = 0;
    while amount % step == 0 && place + 1 < suffixes.len() {
        amount /= step;
        place += 1;
    }
    format!("{amount}{}", suffixes[place])
}

fn parse(text: &str) -> Option<i128> {
    let (negative, text) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if number.is_empty() || fraction.contains('.') {
        return None;
    }
    let digits: i128 = match format!("{whole}{fraction}").as_str() {
        "" => 0,
        digits => digits.parse().ok()?,
    };
    let places = i32::try_from(fraction.len()).ok()?;
    let (factor, exponent) = scale(suffix)?;
    let amount = shift(digits.checked_mul(factor)?, exponent - places + 9)?;
    Some(if negative { -amount } else { amount })
}

/// The factor and the power of ten of a suffix.
fn scale(suffix: &str) -> Option<(i128, i32)> {
    let binary = |power: u32| (1i128 << power, 0);
    Some(match suffix {
        "n" => (1, -9),
        "u" => (1, -6),
        "m" => (1, -3),
        "" => (1, 0),
        "k" => (1, 3),
        "M" => (1, 6),
        "G" => (1, 9),
        "T" => (1, 12),
        "P" => (1, 15),
        "E" => (1, 18),
        "Ki" => binary(10),
        "Mi" => binary(20),
        "Gi" => binary(30),
        "Ti" => binary(40),
        "Pi" => binary(50),
        "Ei" => binary(60),
        _ => (1, suffix.strip_prefix(['e', 'E'])?.parse().ok()?),
    })
}

/// Multiplies by a power of ten; what is lost rounds up.
fn shift(value: i128, power: i32) -> Option<i128> {
    let ten = 10i128.checked_pow(power.unsigned_abs());
    if power >= 0 {
        return value.checked_mul(ten?);
    }
    match ten {
        Some(ten) => Some(value / ten + i128::from(value % ten != 0)),
        None => Some(i128::from(value != 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::{amount, canonical};
    use serde_json::json;

    #[test]
    fn spellings_of_one_amount_are_equal() {
        for (left, right) in [
            (json!("1000m"), json!("1")),
            (json!("1024Mi"), json!("1Gi")),
            (json!("0.5"), json!("500m")),
            (json!(0.5), json!("500m")),
            (json!(2), json!("2")),
            (json!("1e3"), json!("1k")),
            (json!("1.5Gi"), json!("1536Mi")),
            (json!("+1"), json!("1")),
            (json!("0.0000000001"), json!("1n")),
            (json!("-1000m"), json!("-1")),
            (json!("0"), json!("0Mi")),
        ] {
            assert_eq!(amount(&left), amount(&right), "{left} {right}");
            assert!(amount(&left).is_some(), "{left}");
        }
    }

    #[test]
    fn an_amount_has_one_spelling_in_its_family() {
        for (written, stored) in [
            ("1000m", "1"),
            ("1024Mi", "1Gi"),
            ("1500m", "1500m"),
            ("0.5", "500m"),
            ("0.5Gi", "512Mi"),
            ("1e3", "1e3"),
            ("1000", "1k"),
            ("0Mi", "0"),
            ("1500Mi", "1500Mi"),
        ] {
            assert_eq!(canonical(&json!(written)).as_deref(), Some(stored), "{written}");
        }
    }

    #[test]
    fn other_amounts_and_other_texts_are_not() {
        assert_ne!(amount(&json!("1M")), amount(&json!("1Mi")));
        for text in ["", "m", "1x", "1.2.3", "1e", "--1"] {
            assert_eq!(amount(&json!(text)), None, "{text}");
        }
    }
}
