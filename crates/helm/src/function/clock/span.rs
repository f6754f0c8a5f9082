//! Durations: nanoseconds, and how Go reads and writes them. Source: Go `time` (`time.go`,
//! `format.go`).

pub(super) const SECOND: i64 = 1_000_000_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;

/// A duration in units, as Go divides it: the whole units, and the rest as a fraction.
#[expect(clippy::cast_precision_loss, reason = "Go converts as well")]
pub(super) fn in_units(nanoseconds: i64, unit: i64) -> f64 {
    (nanoseconds / unit) as f64 + (nanoseconds % unit) as f64 / unit as f64
}

/// Toward zero to a multiple.
pub(crate) fn truncated(nanoseconds: i64, multiple: i64) -> i64 {
    if multiple <= 0 { nanoseconds } else { nanoseconds - nanoseconds % multiple }
}

/// To the nearest multiple, halves away from zero.
pub(crate) fn rounded(nanoseconds: i64, multiple: i64) -> i64 {
    if multiple <= 0 {
        return nanoseconds;
    }
    let rest = nanoseconds % multiple;
    let is_down = i128::from(rest.unsigned_abs()) * 2 < i128::from(multiple);
    let step = match (is_down, nanoseconds < 0) {
        (true, _) => return nanoseconds - rest,
        (false, true) => -multiple,
        (false, false) => multiple,
    };
    let end = if step < 0 { i64::MIN } else { i64::MAX };
    (nanoseconds - rest).checked_add(step).unwrap_or(end)
}

/// `1h2m3.5s`, `1.5ms`, `0s`.
pub(crate) fn shown_duration(nanoseconds: i64) -> String {
    let size = nanoseconds.unsigned_abs();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    if size == 0 {
        return "0s".to_owned();
    }
    let text = match size {
        ..1_000 => format!("{size}ns"),
        1_000..1_000_000 => format!("{}µs", with_fraction(size, 1_000, 3)),
        1_000_000..1_000_000_000 => format!("{}ms", with_fraction(size, 1_000_000, 6)),
        _ => {
            let (seconds, rest) = (size / 1_000_000_000, size % 1_000_000_000);
            let shown = with_fraction(seconds % 60 * 1_000_000_000 + rest, 1_000_000_000, 9);
            match (seconds / 3_600, seconds / 60 % 60) {
                (0, 0) => format!("{shown}s"),
                (0, minutes) => format!("{minutes}m{shown}s"),
                (hours, minutes) => format!("{hours}h{minutes}m{shown}s"),
            }
        }
    };
    format!("{sign}{text}")
}

fn with_fraction(size: u64, unit: u64, digits: usize) -> String {
    let text = format!("{}.{:0digits$}", size / unit, size % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Reads `1h2m3.5s`.
///
/// # Errors
/// It is none, in Go's words.
pub(crate) fn parse_duration(text: &[u8]) -> Result<i64, String> {
    let shown = trimtab_template::quoted(text);
    let wrong = || format!("time: invalid duration {shown}");
    let (is_negative, mut rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if rest == b"0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut total = 0_u64;
    while !rest.is_empty() {
        let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let whole = digits(rest);
        let (whole_digits, after) = rest.split_at(whole);
        let (fraction, after) = match after.strip_prefix(b".") {
            Some(after) => after.split_at(digits(after)),
            None => (&after[..0], after),
        };
        if whole + fraction.len() == 0 {
            return Err(wrong());
        }
        let name = after.iter().take_while(|byte| **byte != b'.' && !byte.is_ascii_digit()).count();
        if name == 0 {
            return Err(format!("time: missing unit in duration {shown}"));
        }
        let unit = unit(&after[..name]).ok_or_else(|| {
            let name = trimtab_template::quoted(&after[..name]);
            format!("time: unknown unit {name} in duration {shown}")
        })?;
        let value =
            number(whole_digits).filter(|value| *value <= (1 << 63) / unit).ok_or_else(wrong)?;
        total = total
            .checked_add(value * unit + part(fraction, unit))
            .filter(|total| *total <= 1 << 63)
            .ok_or_else(wrong)?;
        rest = &after[name..];
    }
    match (is_negative, i64::try_from(total)) {
        (false, Ok(total)) => Ok(total),
        (true, Ok(total)) => Ok(-total),
        (true, Err(_)) => Ok(i64::MIN),
        (false, Err(_)) => Err(wrong()),
    }
}

fn unit(name: &[u8]) -> Option<u64> {
    Some(match name {
        b"ns" => 1,
        b"us" | [0xC2, 0xB5, b's'] | [0xCE, 0xBC, b's'] => 1_000,
        b"ms" => 1_000_000,
        b"s" => SECOND.unsigned_abs(),
        b"m" => MINUTE.unsigned_abs(),
        b"h" => HOUR.unsigned_abs(),
        _ => return None,
    })
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, digit| {
        let next = number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
        (next <= 1 << 63).then_some(next)
    })
}

/// A fraction of a unit; digits that no longer fit are dropped, as in Go.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "Go computes it in floats as well"
)]
fn part(digits: &[u8], unit: u64) -> u64 {
    let (mut value, mut scale) = (0_u64, 1.0_f64);
    for digit in digits {
        let next =
            value.checked_mul(10).and_then(|value| value.checked_add(u64::from(digit - b'0')));
        match next.filter(|next| *next < 1 << 63) {
            Some(next) => value = next,
            None => break,
        }
        scale *= 10.0;
    }
    (value as f64 * (unit as f64 / scale)) as u64
}
