//! JSON, as Go's `encoding/json` reads and writes it.

use trimtab_template::{Depth, Error, Functions, Run, Signature, Text, Type, Value};

use super::of_any;

mod read;
mod write;

pub(super) use read::read;
pub(super) use write::{Escaping, Shape, float_text, shape, write};

pub(super) fn add(functions: &mut Functions) {
    add_writers(functions);
    let from = |result| Signature::new([Type::String], result);
    functions.add_native("fromJson", from(Type::map()), |run, a| match read(run, a.text(0)?) {
        Ok(value @ (Value::Map(_) | Value::NilOf(_))) => Ok(value),
        Ok(Value::Nil) => Ok(Value::NilOf(Type::map())),
        Ok(other) => failed_map(run, &wrong_type(&other, "map[string]interface {}")),
        Err(error) => failed_map(run, &refused(error)?),
    });
    functions.add_native("fromJsonArray", from(Type::list()), |run, a| {
        match read(run, a.text(0)?) {
            Ok(value @ Value::List(_)) => Ok(value),
            Ok(Value::Nil) => Ok(Value::NilOf(Type::list())),
            Ok(other) => failed_list(run, &wrong_type(&other, "[]interface {}")),
            Err(error) => failed_list(run, &refused(error)?),
        }
    });
    functions.add_native("mustFromJson", from(Type::Any), |run, a| read(run, a.text(0)?));
}

fn add_writers(functions: &mut Functions) {
    let to = || of_any(1, Type::String);
    functions
        .add_native("toJson", to(), |run, a| empty_on_refusal(write(run, a.at(0), Escaping::Html)));
    functions.add_native("mustToJson", to(), |run, a| {
        write(run, a.at(0), Escaping::Html).map(Value::String)
    });
    functions.add_native("toRawJson", to(), |run, a| {
        write(run, a.at(0), Escaping::Plain).map(Value::String)
    });
    functions.add_native("mustToRawJson", to(), |run, a| {
        write(run, a.at(0), Escaping::Plain).map(Value::String)
    });
    functions.add_native("toPrettyJson", to(), |run, a| empty_on_refusal(indented(run, a.at(0))));
    functions
        .add_native("mustToPrettyJson", to(), |run, a| indented(run, a.at(0)).map(Value::String));
}

fn indented(run: &Run<'_>, value: &Value) -> Result<Text, Error> {
    let json = write(run, value, Escaping::Html)?;
    let mut out = run.sink();
    write::indent(&json, &mut out)?;
    out.finish()
}

/// An empty text where the value has no JSON. A bound is still an error.
pub(crate) fn empty_on_refusal(json: Result<Text, Error>) -> Result<Value, Error> {
    match json {
        Err(error) => refused(error).map(|_| Value::from("")),
        Ok(json) => Ok(Value::String(json)),
    }
}

/// What is wrong with a text, for those who put it into their result. A bound stays an error.
pub(super) fn refused(error: Error) -> Result<String, Error> {
    if error.exceeded().is_some() { Err(error) } else { Ok(error.text()) }
}

/// A map with the reason why there is none.
pub(super) fn failed_map(run: &Run<'_>, reason: &str) -> Result<Value, Error> {
    run.heap().map([(Text::from("Error"), run.heap().text(reason)?)])
}

/// A list of the reason why there is none.
pub(super) fn failed_list(run: &Run<'_>, reason: &str) -> Result<Value, Error> {
    run.heap().list(vec![run.heap().text(reason)?])
}

/// What Go says where JSON is of another type than is wanted.
pub(super) fn wrong_type(value: &Value, wanted: &str) -> String {
    let given = match value {
        Value::Bool(_) => "bool",
        Value::String(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
        _ => "number",
    };
    format!("json: cannot unmarshal {given} into Go value of type {wanted}")
}

/// An object of a cluster: its whole numbers are `int64`.
pub(super) fn from_object(run: &Run<'_>, object: serde_json::Value) -> Result<Value, Error> {
    converted(run, object, Numbers::Integers, Depth::of(run))
}

/// What whole numbers become.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// `int64`, as apimachinery reads objects.
    Integers,
    /// `float64`, as Go reads JSON into any value.
    Floats,
    /// `float64` if it is one, else `int64`, as the values of charts are.
    AsTheyAre,
}

/// A JSON value as Go holds it.
pub(crate) fn converted(
    run: &Run<'_>,
    json: serde_json::Value,
    numbers: Numbers,
    depth: Depth<'_>,
) -> Result<Value, Error> {
    Ok(match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(truth) => Value::Bool(truth),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(int) if numbers != Numbers::Floats => Value::int64(int),
            _ => Value::float(number.as_f64().unwrap_or(0.0)),
        },
        serde_json::Value::String(text) => run.heap().text(text)?,
        serde_json::Value::Array(items) => {
            let depth = depth.enter(items.len())?;
            let items = items.into_iter().map(|item| converted(run, item, numbers, depth));
            run.heap().list(items.collect::<Result<_, _>>()?)?
        }
        serde_json::Value::Object(entries) => {
            let depth = depth.enter(entries.len())?;
            let entry = |(key, value): (String, _)| {
                Ok((Text::from(key), converted(run, value, numbers, depth)?))
            };
            let entries = entries.into_iter().map(entry).collect::<Result<Vec<_>, Error>>()?;
            run.heap().map(entries)?
        }
    })
}
