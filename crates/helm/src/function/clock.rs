//! Go's `time.Time` and `time.Duration` as values, with their methods.

use std::any::Any;
use std::rc::Rc;

use trimtab_template::{
    Arguments, Error, Function, NamedType, Native, Object, Run, Signature, Text, Type, Value,
};

mod civil;
mod span;

pub(super) use civil::{Civil, MONTHS, Moment, WEEKDAYS, Zone};
pub(super) use span::{parse_duration, rounded, shown_duration, truncated};

use super::layout;

/// A `time.Time`.
pub(super) struct Time(pub(super) Moment);

/// A `time.Duration`: nanoseconds.
struct Duration;

const DURATION: &str = "time.Duration";

/// A number that has a word: `time.Month`, `time.Weekday`.
#[derive(Clone, Copy)]
enum Word {
    Month,
    Weekday,
}

impl Word {
    /// The word, or what Go writes where the number has none.
    fn text(self, number: i64) -> String {
        let (words, first, name): (&[&str], _, _) = match self {
            Self::Month => (&MONTHS, 1, "Month"),
            Self::Weekday => (&WEEKDAYS, 0, "Weekday"),
        };
        let place = usize::try_from(number.wrapping_sub(first)).ok();
        let word = place.and_then(|place| words.get(place));
        // Go writes the bits of the number.
        let bits = number.cast_unsigned();
        word.map_or_else(|| format!("%!{name}({bits})"), |word| (*word).to_owned())
    }
}

/// A time as a value.
pub(super) fn time(moment: Moment) -> Value {
    Value::object(Time(moment))
}

/// A duration as a value.
pub(super) fn duration(nanoseconds: i64) -> Value {
    Value::named(Duration, Value::int64(nanoseconds))
}

/// The time that a value is.
pub(super) fn moment_of(value: &Value) -> Option<&Moment> {
    match value {
        Value::Object(object) => object.as_any().downcast_ref::<Time>().map(|time| &time.0),
        _ => None,
    }
}

/// The nanoseconds of the duration that a value is.
pub(super) fn nanoseconds_of(value: &Value) -> Option<i64> {
    match value {
        Value::Named(named) if named.type_name() == DURATION => Some(number(named.base())),
        _ => None,
    }
}

/// What JSON has for a time.
pub(super) fn json(object: &dyn Object) -> Option<String> {
    let time = object.as_any().downcast_ref::<Time>()?;
    Some(layout::format(&time.0, b"2006-01-02T15:04:05.999999999Z07:00"))
}

type Body = Box<dyn Fn(&mut Run<'_>, Arguments<'_>) -> Result<Value, Error>>;

fn native(parameters: Vec<Type>, result: Type, body: Body) -> Rc<dyn Function> {
    Rc::new(Native::new(Signature::new(parameters, result), body))
}

/// A method without parameters.
fn constant(result: Type, value: impl Fn() -> Value + 'static) -> Rc<dyn Function> {
    native(vec![], result, Box::new(move |_, _| Ok(value())))
}

fn time_type() -> Type {
    Type::named("time.Time")
}

fn duration_type() -> Type {
    Type::named("time.Duration")
}

impl Object for Time {
    fn go_type(&self) -> &'static str {
        "time.Time"
    }

    fn text(&self) -> Option<Text> {
        Some(Text::from(layout::format(&self.0, b"2006-01-02 15:04:05.999999999 -0700 MST")))
    }

    fn equals(&self, other: &Value) -> Option<bool> {
        moment_of(other).map(|other| self.0.is_same(other))
    }

    fn method(&self, name: &[u8]) -> Option<Rc<dyn Function>> {
        let moment = self.0.clone();
        let civil = moment.civil();
        let int = |number: i64| constant(Type::INT, move || Value::int(number));
        let int64 = |number: i64| constant(Type::INT64, move || Value::int64(number));
        Some(match name {
            b"Year" => int(civil.year),
            b"Day" => int(civil.day),
            b"Hour" => int(civil.hour),
            b"Minute" => int(civil.minute),
            b"Second" => int(civil.second),
            b"Nanosecond" => int(i64::from(moment.nanoseconds)),
            b"YearDay" => int(civil.day_of_year()),
            b"Month" => word(Word::Month, civil.month),
            b"Weekday" => word(Word::Weekday, civil.weekday()),
            b"Unix" => int64(moment.seconds),
            b"UnixMilli" => int64(moment.unix(1_000)),
            b"UnixMicro" => int64(moment.unix(1_000_000)),
            b"UnixNano" => int64(moment.unix(1_000_000_000)),
            b"String" => {
                let text = self.text().unwrap_or_default();
                constant(Type::String, move || Value::String(text.clone()))
            }
            b"IsZero" => {
                let is_zero = moment.is_zero();
                constant(Type::Bool, move || Value::Bool(is_zero))
            }
            b"UTC" => constant(time_type(), move || time(moment.at(Zone::Utc))),
            b"Local" => {
                let local = move |run: &mut Run<'_>, _: Arguments<'_>| {
                    let zone = crate::context::of(run)?.zone.clone();
                    Ok(time(moment.at(Zone::local(zone))))
                };
                native(vec![], time_type(), Box::new(local))
            }
            b"Format" => {
                let format = move |_: &mut Run<'_>, a: Arguments<'_>| {
                    Ok(Value::from(layout::format(&moment, a.text(0)?)))
                };
                native(vec![Type::String], Type::String, Box::new(format))
            }
            _ => return arithmetic(moment, name),
        })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Methods that take another time, or a duration.
fn arithmetic(moment: Moment, name: &[u8]) -> Option<Rc<dyn Function>> {
    let other = |a: Arguments<'_>| moment_of(a.at(0)).cloned().ok_or_else(super::nil_dereference);
    let compared = |holds: fn(std::cmp::Ordering) -> bool, moment: Moment| {
        let body = move |_: &mut Run<'_>, a: Arguments<'_>| {
            Ok(Value::Bool(holds(moment.order(&other(a)?))))
        };
        native(vec![time_type()], Type::Bool, Box::new(body))
    };
    Some(match name {
        b"Before" => compared(std::cmp::Ordering::is_lt, moment),
        b"After" => compared(std::cmp::Ordering::is_gt, moment),
        b"Equal" => compared(std::cmp::Ordering::is_eq, moment),
        b"Sub" => {
            let body =
                move |_: &mut Run<'_>, a: Arguments<'_>| Ok(duration(moment.since(&other(a)?)));
            native(vec![time_type()], duration_type(), Box::new(body))
        }
        b"Add" => {
            let body = move |_: &mut Run<'_>, a: Arguments<'_>| {
                let nanoseconds = nanoseconds_of(a.at(0)).ok_or_else(super::nil_dereference)?;
                Ok(time(moment.plus(nanoseconds)))
            };
            native(vec![duration_type()], time_type(), Box::new(body))
        }
        b"AddDate" => {
            let body = move |_: &mut Run<'_>, a: Arguments<'_>| {
                Ok(time(moment.plus_date(a.int(0)?, a.int(1)?, a.int(2)?)))
            };
            native(vec![Type::INT; 3], time_type(), Box::new(body))
        }
        _ => return None,
    })
}

fn word(word: Word, number: i64) -> Rc<dyn Function> {
    constant(Type::named(word.name()), move || Value::named(word, Value::int(number)))
}

impl NamedType for Word {
    fn name(&self) -> &str {
        match self {
            Self::Month => "time.Month",
            Self::Weekday => "time.Weekday",
        }
    }

    fn text(&self, base: &Value) -> Option<Text> {
        Some(Text::from(Self::text(*self, number(base))))
    }

    fn method(&self, base: &Value, name: &[u8]) -> Option<Rc<dyn Function>> {
        let text = Self::text(*self, number(base));
        (name == b"String").then(|| constant(Type::String, move || Value::from(text.clone())))
    }
}

fn number(value: &Value) -> i64 {
    match value {
        Value::Int(number, _) => *number,
        _ => 0,
    }
}

impl NamedType for Duration {
    fn name(&self) -> &str {
        DURATION
    }

    fn text(&self, base: &Value) -> Option<Text> {
        Some(Text::from(shown_duration(number(base))))
    }

    fn method(&self, base: &Value, name: &[u8]) -> Option<Rc<dyn Function>> {
        let own = number(base);
        let float =
            |unit: i64| constant(Type::FLOAT64, move || Value::float(span::in_units(own, unit)));
        let int64 = |number: i64| constant(Type::INT64, move || Value::int64(number));
        let with = |step: fn(i64, i64) -> i64| {
            let body = move |_: &mut Run<'_>, a: Arguments<'_>| {
                let multiple = nanoseconds_of(a.at(0)).ok_or_else(super::nil_dereference)?;
                Ok(duration(step(own, multiple)))
            };
            native(vec![duration_type()], duration_type(), Box::new(body))
        };
        Some(match name {
            b"Hours" => float(span::HOUR),
            b"Minutes" => float(span::MINUTE),
            b"Seconds" => float(span::SECOND),
            b"Milliseconds" => int64(own / 1_000_000),
            b"Microseconds" => int64(own / 1_000),
            b"Nanoseconds" => int64(own),
            b"Round" => with(rounded),
            b"Truncate" => with(truncated),
            b"Abs" => constant(duration_type(), move || duration(own.saturating_abs())),
            b"String" => constant(Type::String, move || Value::from(shown_duration(own))),
            _ => return None,
        })
    }
}

/// A duration in hours, minutes or seconds, as Go divides it.
pub(super) fn in_hours(nanoseconds: i64) -> f64 {
    span::in_units(nanoseconds, span::HOUR)
}

/// The same in minutes.
pub(super) fn in_minutes(nanoseconds: i64) -> f64 {
    span::in_units(nanoseconds, span::MINUTE)
}

/// The same in seconds.
pub(super) fn in_seconds(nanoseconds: i64) -> f64 {
    span::in_units(nanoseconds, span::SECOND)
}
