//! Durations as Go writes them: `1h30m`, `1.5h`, `-10s`.

/// Reads a duration as Go's `time.ParseDuration` does, in nanoseconds; the error is Go's own text.
pub fn nanoseconds(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    let mut total = 0_i128;
    loop {
        let (number, after) = split(rest, |c| c.is_ascii_digit() || c == '.');
        let (whole, fraction) = parts(number).ok_or_else(invalid)?;
        // A second point begins a number of its own, and the first is left without a unit.
        let (unit, after) = match fraction.split_once('.') {
            Some(_) => ("", after),
            None => split(after, |c| !c.is_ascii_digit() && c != '.'),
        };
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {text:?}"));
        }
        let unit = unit_nanoseconds(unit)
            .ok_or_else(|| format!("time: unknown unit {unit:?} in duration {text:?}"))?;
        let whole: i64 = whole.parse().map_err(|_| invalid())?;
        total += i128::from(whole) * unit + fraction_of(fraction, unit);
        if total > -i128::from(i64::MIN) {
            return Err(invalid());
        }
        if after.is_empty() {
            break;
        }
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).map_err(|_| invalid())
}

/// The text up to the first character that is not accepted, and what follows.
fn split(text: &str, accepts: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !accepts(c)).unwrap_or(text.len()))
}

/// The digits before and after the point; one of the two must have some.
fn parts(number: &str) -> Option<(&str, &str)> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    match (digits(whole), digits(fraction)) {
        (true, _) => Some((whole, fraction)),
        (false, true) => Some(("0", fraction)),
        (false, false) => None,
    }
}

/// So much of a unit as the digits after the point say; more than 18 of them add nothing.
fn fraction_of(digits: &str, unit: i128) -> i128 {
    let (mut value, mut scale) = (0_i128, 1_i128);
    for digit in digits.bytes().take(18) {
        value = value * 10 + i128::from(digit - b'0');
        scale *= 10;
    }
    value * unit / scale
}

fn unit_nanoseconds(unit: &str) -> Option<i128> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}
