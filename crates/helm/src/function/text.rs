//! Values as texts.

use trimtab_template::{
    Arguments, Error, Functions, Printer, Run, Signature, Sink, Text, Type, Value,
};

use super::of_any;

pub(super) fn add(functions: &mut Functions) {
    let any = |result| Signature::new([], result).and_any_number_of(Type::Any);
    functions.add_native("toString", of_any(1, Type::String), |run, a| {
        text_of(run, a.at(0)).map(Value::String)
    });
    functions.add_native("quote", any(Type::String), quote);
    functions.add_native("squote", any(Type::String), squote);
    functions.add_native("cat", any(Type::String), cat);
    functions
        .add_native("hello", Signature::new([], Type::String), |_, _| Ok(Value::from("Hello!")));
}

/// A value as a text (Sprig's `strval`): a text is itself, anything else what `%v` prints.
pub(crate) fn text_of(run: &Run<'_>, value: &Value) -> Result<Text, Error> {
    match value {
        Value::String(text) | Value::Bytes(text) => Ok(text.clone()),
        other => printed(run, other),
    }
}

/// What `%v` prints.
pub(super) fn printed(run: &Run<'_>, value: &Value) -> Result<Text, Error> {
    if let Value::String(text) = value {
        return Ok(text.clone());
    }
    let mut out = run.sink();
    print(value, &mut out)?;
    out.finish()
}

/// Writes what `%v` prints.
fn print(value: &Value, out: &mut Sink<'_>) -> Result<(), Error> {
    Printer::new(out).print(value);
    out.check()
}

/// The texts of a list's elements, without those that are nil; of anything else, its text alone.
/// Source: Sprig `strslice`.
pub(super) fn texts_of(run: &Run<'_>, value: &Value) -> Result<Vec<Text>, Error> {
    match super::list::elements(run, value)? {
        Some(items) => {
            let items = items.iter().filter(|item| !item.is_nil());
            items.map(|item| text_of(run, item)).collect()
        }
        None if value.is_nil() => Ok(Vec::new()),
        None => Ok(vec![text_of(run, value)?]),
    }
}

/// Writes each value that is not nil, with blanks between them.
fn each(
    run: &Run<'_>,
    arguments: Arguments<'_>,
    mut write: impl FnMut(&Value, &mut Sink<'_>) -> Result<(), Error>,
) -> Result<Value, Error> {
    let mut out = run.sink();
    for (index, value) in arguments.0.iter().filter(|value| !value.is_nil()).enumerate() {
        if index > 0 {
            out.push(b" ")?;
        }
        write(value, &mut out)?;
    }
    out.finish().map(Value::String)
}

fn quote(run: &mut Run<'_>, arguments: Arguments<'_>) -> Result<Value, Error> {
    each(run, arguments, |value, out| out.push_quoted(&text_of(run, value)?))
}

fn squote(run: &mut Run<'_>, arguments: Arguments<'_>) -> Result<Value, Error> {
    each(run, arguments, |value, out| {
        out.push(b"'")?;
        print(value, out)?;
        out.push(b"'")
    })
}

fn cat(run: &mut Run<'_>, arguments: Arguments<'_>) -> Result<Value, Error> {
    each(run, arguments, print)
}
