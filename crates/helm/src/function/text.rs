//! Values as texts.

use trimtab_template::{
    Arguments, Error, Functions, Printer, Run, Signature, Text, Type, Value, quoted,
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
    let mut out = Vec::new();
    print(run, value, &mut out)?;
    Ok(Text::from(out))
}

/// Appends what `%v` prints.
pub(super) fn print(run: &Run<'_>, value: &Value, out: &mut Vec<u8>) -> Result<(), Error> {
    let left = run.heap().left().saturating_sub(out.len() as u64);
    let mut printer = Printer::new(out, left);
    printer.print(value);
    printer.finish()
}

/// The texts of a list's elements, without those that are nil; of anything else, its text alone.
/// Source: Sprig `strslice`.
pub(super) fn texts_of(run: &Run<'_>, value: &Value) -> Result<Vec<Text>, Error> {
    match super::list::elements(value) {
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
    arguments: Arguments<'_>,
    mut write: impl FnMut(&Value, &mut Vec<u8>) -> Result<(), Error>,
) -> Result<Value, Error> {
    let mut out = Vec::new();
    for value in arguments.0.iter().filter(|value| !value.is_nil()) {
        if !out.is_empty() {
            out.push(b' ');
        }
        write(value, &mut out)?;
    }
    Ok(Value::String(Text::from(out)))
}

fn quote(run: &mut Run<'_>, arguments: Arguments<'_>) -> Result<Value, Error> {
    each(arguments, |value, out| {
        let text = text_of(run, value)?;
        if text.iter().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) {
            out.push(b'"');
            out.extend_from_slice(&text);
            out.push(b'"');
        } else {
            out.extend_from_slice(quoted(&text).as_bytes());
        }
        Ok(())
    })
}

fn squote(run: &mut Run<'_>, arguments: Arguments<'_>) -> Result<Value, Error> {
    each(arguments, |value, out| {
        out.push(b'\'');
        print(run, value, out)?;
        out.push(b'\'');
        Ok(())
    })
}

fn cat(run: &mut Run<'_>, arguments: Arguments<'_>) -> Result<Value, Error> {
    let mut out = Vec::new();
    for (index, value) in arguments.0.iter().filter(|value| !value.is_nil()).enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        print(run, value, &mut out)?;
    }
    Ok(Value::String(Text::from(out)))
}
