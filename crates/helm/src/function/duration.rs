//! Helm's own functions of durations.

use trimtab_template::{Error, Functions, Type, Value, quoted};

use super::affix::trimmed;
use super::cast::{parsed_float, truncated as whole};
use super::clock::{
    duration, in_hours, in_minutes, in_seconds, nanoseconds_of, parse_duration, rounded, truncated,
};
use super::of_any;

pub(super) fn add(functions: &mut Functions) {
    let span = || Type::named("time.Duration");
    functions.add_native("mustToDuration", of_any(1, span()), |_, a| {
        read(a.at(0)).map(duration).map_err(Error::message)
    });
    let floats: [(&str, ToFloat); 5] = [
        ("durationSeconds", in_seconds),
        ("durationMinutes", in_minutes),
        ("durationHours", in_hours),
        ("durationDays", |span| in_hours(span) / 24.0),
        ("durationWeeks", |span| in_hours(span) / 24.0 / 7.0),
    ];
    for (name, convert) in floats {
        functions.add_native(name, of_any(1, Type::FLOAT64), move |_, a| {
            Ok(Value::float(read(a.at(0)).map_or(0.0, convert)))
        });
    }
    let integers = [
        ("durationMilliseconds", 1_000_000),
        ("durationMicroseconds", 1_000),
        ("durationNanoseconds", 1),
    ];
    for (name, unit) in integers {
        functions.add_native(name, of_any(1, Type::INT64), move |_, a| {
            Ok(Value::int64(read(a.at(0)).map_or(0, |span| span / unit)))
        });
    }
    let steps: [(&str, Step); 2] =
        [("durationRoundTo", rounded), ("durationTruncateTo", truncated)];
    for (name, step) in steps {
        functions.add_native(name, of_any(2, span()), move |_, a| {
            let Ok(own) = read(a.at(0)) else {
                return Ok(duration(0));
            };
            Ok(duration(read(a.at(1)).map_or(own, |multiple| step(own, multiple))))
        });
    }
}

/// Nanoseconds in a unit.
type ToFloat = fn(i64) -> f64;

/// Nanoseconds brought to a multiple.
type Step = fn(i64, i64) -> i64;

const SECOND: i64 = 1_000_000_000;

/// No duration is longer, in nanoseconds.
const BOUND: f64 = 9_223_372_036_854_775_807.0;

/// A duration of any form: `1h2m`, seconds as a number or a text. Source: helm `asDuration`.
fn read(value: &Value) -> Result<i64, String> {
    if let Some(nanoseconds) = nanoseconds_of(value) {
        return Ok(nanoseconds);
    }
    match value {
        Value::String(text) => {
            let trimmed = trimmed(text);
            if trimmed.is_empty() {
                return Err("empty duration".to_owned());
            }
            if let Ok(nanoseconds) = parse_duration(trimmed) {
                return Ok(nanoseconds);
            }
            match parsed_float(trimmed) {
                Some(seconds) => of_seconds(seconds),
                None => Err(format!("could not parse duration {}", quoted(text))),
            }
        }
        Value::Nil => Err("invalid duration".to_owned()),
        other => match other.base() {
            Value::Int(seconds, _) => of_whole_seconds(i128::from(*seconds)),
            Value::Uint(seconds, _) => of_whole_seconds(i128::from(*seconds)),
            Value::Float(seconds, _) => of_seconds(*seconds),
            _ => Err(format!("unsupported duration type {}", other.type_name())),
        },
    }
}

fn of_whole_seconds(seconds: i128) -> Result<i64, String> {
    let most = i128::from(i64::MAX / SECOND);
    if seconds.abs() > most {
        return Err(format!("duration seconds overflow: {seconds}"));
    }
    Ok(i64::try_from(seconds).unwrap_or(0) * SECOND)
}

fn of_seconds(seconds: f64) -> Result<i64, String> {
    use trimtab_template::{Digits, FloatType, format_float};
    let shown = |number| format_float(number, FloatType::Float64, 'g', Digits::Shortest);
    if !seconds.is_finite() {
        return Err(format!("invalid duration seconds: {}", shown(seconds)));
    }
    if seconds.abs() > BOUND / 1e9 {
        return Err(format!("duration seconds overflow: {}", shown(seconds)));
    }
    Ok(whole(seconds * 1e9))
}
