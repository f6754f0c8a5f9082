//! Durations as both families write them: Go's, `1h2m3.5s`.

use std::fmt::Write as _;
use std::time::Duration;

const UNITS: [(&str, f64); 7] = [
    ("ns", 1e-9),
    ("us", 1e-6),
    ("µs", 1e-6),
    ("ms", 1e-3),
    ("h", 3600.0),
    ("m", 60.0),
    ("s", 1.0),
];

/// Reads a duration: numbers with units, one after the other. `None` for anything else, for a
/// negative one, and for one that has no bounds.
pub fn parse(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut seconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let (unit, factor) = UNITS.iter().find(|(unit, _)| rest.starts_with(unit))?;
        seconds += number * factor;
        rest = &rest[unit.len()..];
    }
    Duration::try_from_secs_f64(seconds).ok()
}

/// Writes a duration as Go does: `1h2m3s`, `49.405549ms`, `0s`.
/// Source: go `time/time.go`, `Duration.String`.
pub fn format(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        return match duration.as_nanos() {
            0 => "0s".to_owned(),
            nanos @ 1..1_000 => format!("{nanos}ns"),
            nanos @ 1_000..1_000_000 => format!("{}µs", decimal(nanos, 3)),
            nanos => format!("{}ms", decimal(nanos, 6)),
        };
    }
    let whole = duration.as_secs();
    let (hours, minutes) = (whole / 3600, whole % 3600 / 60);
    let seconds = u128::from(whole % 60) * 1_000_000_000 + u128::from(duration.subsec_nanos());
    let mut text = String::new();
    // Writing into a `String` cannot fail.
    if hours > 0 {
        let _ = write!(text, "{hours}h");
    }
    if hours > 0 || minutes > 0 {
        let _ = write!(text, "{minutes}m");
    }
    let _ = write!(text, "{}s", decimal(seconds, 9));
    text
}

/// A number with its point moved left by `places`, without zeros at its end.
fn decimal(number: u128, places: u32) -> String {
    let unit = 10_u128.pow(places);
    let fraction = format!("{:0width$}", number % unit, width = places as usize);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() {
        (number / unit).to_string()
    } else {
        format!("{}.{fraction}", number / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::{format, parse};
    use proptest::prelude::*;
    use std::time::Duration;

    #[test]
    fn durations_are_written_as_go_writes_them() {
        let cases = [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1µs"),
            (49_405_549, "49.405549ms"),
            (1_000_000_000, "1s"),
            (2_200_000_000, "2.2s"),
            (60_000_000_000, "1m0s"),
            (3_600_000_000_000, "1h0m0s"),
            (3_723_500_000_000, "1h2m3.5s"),
        ];
        for (nanos, text) in cases {
            assert_eq!(format(Duration::from_nanos(nanos)), text);
        }
    }

    #[test]
    fn what_is_no_duration_is_not_read() {
        for text in ["", "5", "s", "5x", "-5s", "5s5", "1.2.3s", "1e400h"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("1h30m"), Some(Duration::from_mins(90)));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(millis in 0_u64..10_000_000_000) {
            let duration = Duration::from_millis(millis);
            let read = parse(&format(duration)).unwrap();
            prop_assert!(read.abs_diff(duration) < Duration::from_micros(1));
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in ".*") {
            let _ = parse(&text);
        }
    }
}
