//! Templates in templates, defaults, and what makes a render fail.

use trimtab_template::{Arguments, Error, Functions, Run, Signature, Text, Type, Value};

use super::affix::find;
use super::of_any;
use crate::context;
use crate::failure::{MESSAGE_END, MESSAGE_START};
use crate::inputs::{Answer, Lookup};

pub(super) fn add(functions: &mut Functions) {
    add_templates(functions);
    add_defaults(functions);
    functions.add_native(
        "required",
        Signature::new([Type::String, Type::Any], Type::Any),
        |_, a| match a.at(1) {
            Value::Nil => Err(marked(a.text(0)?)),
            Value::String(text) if text.is_empty() => Err(marked(a.text(0)?)),
            value => Ok(value.clone()),
        },
    );
    functions.add_native("fail", Signature::new([Type::String], Type::String), |_, a| {
        Err(marked(a.text(0)?))
    });
    let four = Signature::new(std::iter::repeat_n(Type::String, 4), Type::map());
    functions.add_native("lookup", four, lookup);
    // Without its flag, helm asks no name server.
    functions.add_native("getHostByName", Signature::new([Type::String], Type::String), |_, _| {
        Ok(Value::from(""))
    });
}

/// The message of `fail` and `required`, marked so that it is shown alone.
fn marked(message: &Text) -> Error {
    Error::message(format!("{MESSAGE_START}{message}{MESSAGE_END}"))
}

fn add_templates(functions: &mut Functions) {
    let signature = || Signature::new([Type::String, Type::Any], Type::String);
    functions.add_native("include", signature(), include);
    functions.add_native("tpl", signature(), tpl);
}

/// How often a template may be included in itself. Source: helm `recursionMaxNums`.
const INCLUDED_MAX: u32 = 1_000;

fn include(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let name = a.text(0)?;
    let included = &context::of(run)?.included;
    {
        let mut included = included.borrow_mut();
        let count = included.entry(name.clone()).or_default();
        if *count > INCLUDED_MAX {
            let message = format!("rendering template has a nested reference name: {name}");
            return Err(Error::message("unable to execute template").because(message));
        }
        *count += 1;
    }
    let result = run.execute(name, a.at(1).clone());
    if let Some(count) = included.borrow_mut().get_mut(name) {
        *count -= 1;
    }
    result.map(Value::String)
}

const NO_VALUE: &[u8] = b"<no value>";

fn tpl(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let text = a.text(0)?;
    if find(text, b"{{").is_none() {
        return without_no_value(run, text).map(Value::String);
    }
    let result = run.execute_text(&Text::from("gotpl"), text, a.at(1).clone());
    match result {
        Ok(output) => without_no_value(run, &output).map(Value::String),
        Err(error) if error.exceeded().is_some() => Err(error),
        Err(error @ Error::Parse(_)) => Err(error.because_of("cannot parse template ", text)),
        Err(error) => Err(error.because_of("error during tpl function execution for ", text)),
    }
}

/// What Go writes where there is no value is nothing in helm.
pub(crate) fn without_no_value(run: &Run<'_>, text: &Text) -> Result<Text, Error> {
    let Some(first) = find(text, NO_VALUE) else {
        return Ok(text.clone());
    };
    let mut out = run.sink();
    let (mut rest, mut next) = (&**text, Some(first));
    while let Some(at) = next {
        out.push(&rest[..at])?;
        rest = &rest[at + NO_VALUE.len()..];
        next = find(rest, NO_VALUE);
    }
    out.push(rest)?;
    out.finish()
}

fn add_defaults(functions: &mut Functions) {
    let more = |result| Signature::new([], result).and_any_number_of(Type::Any);
    functions.add_native("default", of_any(1, Type::Any).and_any_number_of(Type::Any), |_, a| {
        Ok(a.at(usize::from(a.at(1).truth())).clone())
    });
    functions.add_native("empty", of_any(1, Type::Bool), |_, a| Ok(Value::Bool(!a.at(0).truth())));
    functions.add_native("coalesce", more(Type::Any), |_, a| {
        Ok(a.0.iter().find(|value| value.truth()).cloned().unwrap_or_default())
    });
    functions
        .add_native("all", more(Type::Bool), |_, a| Ok(Value::Bool(a.0.iter().all(Value::truth))));
    functions
        .add_native("any", more(Type::Bool), |_, a| Ok(Value::Bool(a.0.iter().any(Value::truth))));
    let ternary = Signature::new([Type::Any, Type::Any, Type::Bool], Type::Any);
    functions.add_native("ternary", ternary, |_, a| Ok(a.at(usize::from(!a.truth(2)?)).clone()));
}

fn lookup(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let text = |index| a.text(index).map(|text| text.as_str().into_owned());
    let lookup =
        Lookup { api_version: text(0)?, kind: text(1)?, namespace: text(2)?, name: text(3)? };
    match context::of(run)?.lookup(lookup) {
        Answer::Found(object) => super::json::from_object(run, object),
        Answer::Absent | Answer::Unanswered => run.heap().map([]),
        Answer::Refused(message) => Err(Error::message(message)),
    }
}
