//! TOML, written byte for byte as BurntSushi/toml 1.6.0 does, and read by the `toml` crate.
//!
//! Known difference: where a text is no TOML, the reason is told in other words.

use trimtab_template::{Error, Functions, Run, Signature, Text, Type, Value};

use super::clock::{Civil, Moment, Zone, time};
use super::json::failed_map;
use super::of_any;

mod write;

pub(super) fn add(functions: &mut Functions) {
    functions.add_native("toToml", of_any(1, Type::String), |run, a| {
        match write::write(run, a.at(0)) {
            Err(error) if error.is_encoders => Ok(Value::from(super::json::refused(error.error)?)),
            Err(error) => Err(error.error),
            Ok(toml) => Ok(Value::String(toml)),
        }
    });
    functions.add_native("mustToToml", of_any(1, Type::String), |run, a| {
        write::write(run, a.at(0)).map(Value::String).map_err(|error| error.error)
    });
    functions.add_native("fromToml", Signature::new([Type::String], Type::map()), |run, a| {
        let text = a.text(0)?.as_str();
        // About what the parser's own tree takes.
        let _room = run.heap().reserve(8 * text.len() as u64)?;
        match text.parse::<::toml::Table>() {
            Ok(table) => table_of(run, table),
            Err(error) => failed_map(run, &format!("toml: {}", error.message())),
        }
    });
}

fn table_of(run: &Run<'_>, table: ::toml::Table) -> Result<Value, Error> {
    let entries =
        table.into_iter().map(|(key, value)| Ok((Text::from(key), value_of(run, value)?)));
    run.heap().map(entries.collect::<Result<Vec<_>, Error>>()?)
}

fn value_of(run: &Run<'_>, value: ::toml::Value) -> Result<Value, Error> {
    Ok(match value {
        ::toml::Value::String(text) => run.heap().text(text)?,
        ::toml::Value::Integer(number) => Value::int64(number),
        ::toml::Value::Float(number) => Value::float(number),
        ::toml::Value::Boolean(truth) => Value::Bool(truth),
        ::toml::Value::Datetime(datetime) => time(moment(datetime)),
        ::toml::Value::Table(table) => table_of(run, table)?,
        ::toml::Value::Array(items) => array(run, items)?,
    })
}

/// A list of tables alone is a `[]map[string]interface {}`.
fn array(run: &Run<'_>, items: Vec<::toml::Value>) -> Result<Value, Error> {
    let is_of_tables = !items.is_empty() && items.iter().all(::toml::Value::is_table);
    let items = items.into_iter().map(|item| value_of(run, item));
    let items = items.collect::<Result<Vec<Value>, Error>>()?;
    let element = if is_of_tables { Type::map() } else { Type::Any };
    run.heap().list_of(element, items)
}

fn moment(datetime: ::toml::value::Datetime) -> Moment {
    let date = datetime.date;
    let clock = datetime.time;
    let civil = Civil {
        year: date.map_or(0, |date| i64::from(date.year)),
        month: date.map_or(1, |date| i64::from(date.month)),
        day: date.map_or(1, |date| i64::from(date.day)),
        hour: clock.map_or(0, |time| i64::from(time.hour)),
        minute: clock.map_or(0, |time| i64::from(time.minute)),
        second: clock.map_or(0, |time| i64::from(time.second.unwrap_or(0))),
    };
    let name = match (datetime.offset, date, clock) {
        (Some(::toml::value::Offset::Z), ..) => {
            let nanoseconds = clock.and_then(|time| time.nanosecond).unwrap_or(0);
            return Moment::of_civil(civil, nanoseconds, Zone::Utc);
        }
        (Some(_), ..) => "",
        (None, Some(_), Some(_)) => "datetime-local",
        (None, Some(_), None) => "date-local",
        (None, None, _) => "time-local",
    };
    let offset = match datetime.offset {
        Some(::toml::value::Offset::Custom { minutes }) => i64::from(minutes) * 60,
        _ => 0,
    };
    let zone = Zone::Fixed { name: name.to_owned(), offset };
    Moment::of_civil(civil, clock.and_then(|time| time.nanosecond).unwrap_or(0), zone)
}
