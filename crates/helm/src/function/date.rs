//! Dates.

use jiff::tz::TimeZoneDatabase;
use trimtab_template::{Arguments, Error, Functions, Run, Signature, Text, Type, Value};

use super::clock::{Moment, Zone, moment_of, parse_duration, rounded, shown_duration, time};
use super::{layout, of_any};
use crate::context::{self, Context};

pub(super) fn add(functions: &mut Functions) {
    functions.add_native("now", Signature::new([], Type::named("time.Time")), |run, _| {
        let context = context::of(run)?;
        context.note("now");
        Ok(time(now(context)))
    });
    add_writers(functions);
    add_readers(functions);
    functions.add_native("ago", of_any(1, Type::String), |run, a| {
        let context = context::of(run)?;
        context.note("ago");
        let now = now(context);
        let then = moment_or_seconds(context, a.at(0)).unwrap_or_else(|| now.clone());
        Ok(Value::from(shown_duration(rounded(now.since(&then), 1_000_000_000))))
    });
    functions.add_native("duration", of_any(1, Type::String), |_, a| {
        let seconds = match a.at(0) {
            Value::Int(seconds, trimtab_template::IntType::Int64) => *seconds,
            Value::String(text) => text.as_str().parse().unwrap_or(0),
            _ => 0,
        };
        Ok(Value::from(shown_duration(seconds.wrapping_mul(1_000_000_000))))
    });
    functions.add_native("durationRound", of_any(1, Type::String), duration_round);
}

fn add_writers(functions: &mut Functions) {
    const HTML: &[u8] = b"2006-01-02";
    let with_layout = || Signature::new([Type::String, Type::Any], Type::String);
    functions
        .add_native("date", with_layout(), |run, a| in_zone(run, a.text(0)?, a.at(1), b"Local"));
    functions.add_native("htmlDate", of_any(1, Type::String), |run, a| {
        in_zone(run, HTML, a.at(0), b"Local")
    });
    let with_zone = Signature::new([Type::Any, Type::String], Type::String);
    functions
        .add_native("htmlDateInZone", with_zone, |run, a| in_zone(run, HTML, a.at(0), a.text(1)?));
    for name in ["dateInZone", "date_in_zone"] {
        let signature = Signature::new([Type::String, Type::Any, Type::String], Type::String);
        functions
            .add_native(name, signature, |run, a| in_zone(run, a.text(0)?, a.at(1), a.text(2)?));
    }
    functions.add_native(
        "unixEpoch",
        Signature::new([Type::named("time.Time")], Type::String),
        |_, a| Ok(Value::from(moment(a, 0).seconds.to_string())),
    );
}

fn add_readers(functions: &mut Functions) {
    let read = || Signature::new([Type::String, Type::String], Type::named("time.Time"));
    functions.add_native("toDate", read(), |run, a| {
        let local = Zone::local(context::of(run)?.zone.clone());
        let read = layout::parse(a.text(0)?, a.text(1)?, &local);
        Ok(time(read.unwrap_or_else(|_| Moment::zero())))
    });
    functions.add_native("mustToDate", read(), |run, a| {
        let local = Zone::local(context::of(run)?.zone.clone());
        layout::parse(a.text(0)?, a.text(1)?, &local).map(time).map_err(Error::message)
    });
    let modify =
        || Signature::new([Type::String, Type::named("time.Time")], Type::named("time.Time"));
    for name in ["dateModify", "date_modify"] {
        functions.add_native(name, modify(), |_, a| {
            let moment = moment(a, 1);
            Ok(time(
                parse_duration(a.text(0)?)
                    .map_or_else(|_| moment.clone(), |span| moment.plus(span)),
            ))
        });
    }
    for name in ["mustDateModify", "must_date_modify"] {
        functions.add_native(name, modify(), |_, a| {
            let moment = moment(a, 1);
            parse_duration(a.text(0)?).map(|span| time(moment.plus(span))).map_err(Error::message)
        });
    }
}

fn moment(a: Arguments<'_>, index: usize) -> Moment {
    moment_of(a.at(index)).cloned().unwrap_or_else(Moment::zero)
}

fn now(context: &Context) -> Moment {
    let nanoseconds = context.now.as_nanosecond();
    let seconds = i64::try_from(nanoseconds.div_euclid(1_000_000_000)).unwrap_or(0);
    let rest = u32::try_from(nanoseconds.rem_euclid(1_000_000_000)).unwrap_or(0);
    Moment { seconds, nanoseconds: rest, zone: Zone::local(context.zone.clone()) }
}

/// A time, or integers as seconds since 1970.
fn moment_or_seconds(context: &Context, value: &Value) -> Option<Moment> {
    use trimtab_template::IntType::{Int, Int32, Int64};
    match value {
        Value::Int(seconds, Int | Int32 | Int64) => {
            let zone = Zone::local(context.zone.clone());
            Some(Moment { seconds: *seconds, nanoseconds: 0, zone })
        }
        other => moment_of(other).cloned(),
    }
}

/// A date in a layout and a zone. What is no date is the time of the render; a zone that is not known
/// is UTC.
fn in_zone(run: &Run<'_>, format: &[u8], date: &Value, zone: &[u8]) -> Result<Value, Error> {
    let context = context::of(run)?;
    let moment = moment_or_seconds(context, date).unwrap_or_else(|| {
        context.note("date");
        now(context)
    });
    let zone = match zone {
        b"" | b"UTC" => Zone::Utc,
        b"Local" => Zone::local(context.zone.clone()),
        name => named(name).unwrap_or(Zone::Utc),
    };
    Ok(Value::String(Text::from(layout::format(&moment.at(zone), format))))
}

/// A zone of the tz database, whose names are case-sensitive to Go.
fn named(name: &[u8]) -> Option<Zone> {
    let name = std::str::from_utf8(name).ok()?;
    let zone = TimeZoneDatabase::bundled().get(name).ok()?;
    (zone.iana_name() == Some(name)).then_some(Zone::Rules(zone))
}

const HOUR: u64 = 3_600_000_000_000;

/// The largest unit of a duration, in whole ones.
fn duration_round(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let span = match a.at(0) {
        Value::String(text) => parse_duration(text).unwrap_or(0),
        Value::Int(number, trimtab_template::IntType::Int64) => *number,
        other => match moment_of(other) {
            Some(moment) => {
                let context = context::of(run)?;
                context.note("durationRound");
                now(context).since(moment)
            }
            None => 0,
        },
    };
    let size = span.unsigned_abs();
    let units = [
        (HOUR * 24 * 365, "y"),
        (HOUR * 24 * 30, "mo"),
        (HOUR * 24, "d"),
        (HOUR, "h"),
        (HOUR / 60, "m"),
        (HOUR / 3_600, "s"),
    ];
    let found = units.iter().find(|(unit, _)| size > *unit);
    Ok(Value::from(
        found.map_or_else(|| "0s".to_owned(), |(unit, name)| format!("{}{name}", size / unit)),
    ))
}

/// Refuses what is no time as JSON has it, in Go's words. Source: Go `time` (`Time.UnmarshalJSON`).
pub(crate) fn check_rfc3339(text: &str) -> Result<(), String> {
    let layout = b"2006-01-02T15:04:05Z07:00";
    layout::parse(layout, text.as_bytes(), &Zone::Utc).map(|_| ())
}
