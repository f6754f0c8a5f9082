//! Regular expressions of Go's syntax (RE2), on the `regex` crate.
//!
//! Known difference: a byte that is no UTF-8 is matched by nothing, where Go takes it for U+FFFD.

use std::rc::Rc;

use trimtab_template::{
    Arguments, Error, Functions, Run, Signature, Sink, Text, Type, Value, quoted,
};

use super::of_texts;
use crate::context;

mod class;
mod pattern;
mod syntax;

pub(crate) use pattern::Patterns;
use pattern::{Captures, Compiled, Pattern};
pub(crate) use syntax::translated;

pub(super) fn add(functions: &mut Functions) {
    let question = || Signature::new([Type::String, Type::String], Type::Bool);
    functions.add_native("regexMatch", question(), |run, a| {
        let pattern = compiled(run, a.text(0)?)?;
        let Ok(pattern) = &pattern.result else { return Ok(Value::Bool(false)) };
        Ok(Value::Bool(pattern.find(run, a.text(1)?)?.is_some()))
    });
    functions.add_native("mustRegexMatch", question(), |run, a| {
        let pattern = compiled(run, a.text(0)?)?;
        let found = usable(&pattern, a, Refusal::Error)?.find(run, a.text(1)?)?;
        Ok(Value::Bool(found.is_some()))
    });
    functions.add_native("regexQuoteMeta", of_texts(1), |run, a| {
        let mut out = run.sink();
        for byte in a.text(0)?.iter() {
            let is_sign = b"\\.+*?()|[]{}^$".contains(byte);
            out.push(if is_sign { b"\\" } else { b"" })?;
            out.push(&[*byte])?;
        }
        out.finish().map(Value::String)
    });
    for (prefix, refusal) in [("regex", Refusal::Panic), ("mustRegex", Refusal::Error)] {
        add_both(functions, prefix, refusal);
    }
}

/// How a pattern that is none is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// Go's `regexp.MustCompile`.
    Panic,
    /// Go's `regexp.Compile`.
    Error,
}

fn add_both(functions: &mut Functions, prefix: &str, refusal: Refusal) {
    let texts = || Type::list_of(Type::String);
    functions.add_native(&format!("{prefix}Find"), of_texts(2), move |run, a| {
        let pattern = compiled(run, a.text(0)?)?;
        let text = a.text(1)?;
        let found = usable(&pattern, a, refusal)?.find(run, text)?;
        Ok(Value::String(Text::from(found.map_or(&b""[..], |found| &text[found]))))
    });
    let counted = || Signature::new([Type::String, Type::String, Type::INT], texts());
    functions.add_native(&format!("{prefix}FindAll"), counted(), move |run, a| {
        let pattern = compiled(run, a.text(0)?)?;
        let text = a.text(1)?;
        let found = usable(&pattern, a, refusal)?.find_all(run, text);
        let found = found.take(most(a.int(2)?)).map(|found| run.heap().text(&text[found?]));
        let found = found.collect::<Result<Vec<Value>, Error>>()?;
        if found.is_empty() {
            return Ok(Value::NilOf(Type::list_of(Type::String)));
        }
        run.heap().list_of(Type::String, found)
    });
    functions.add_native(&format!("{prefix}Split"), counted(), move |run, a| {
        let pattern = compiled(run, a.text(0)?)?;
        match split(run, usable(&pattern, a, refusal)?, a)? {
            Some(parts) => run.heap().list_of(Type::String, parts),
            None => Ok(Value::NilOf(Type::list_of(Type::String))),
        }
    });
    functions.add_native(&format!("{prefix}ReplaceAll"), of_texts(3), move |run, a| {
        let pattern = compiled(run, a.text(0)?)?;
        let pattern = usable(&pattern, a, refusal)?;
        let template = a.text(2)?;
        replaced(run, pattern, a, |captures, out| expand(template, pattern, captures, out))
    });
    functions.add_native(&format!("{prefix}ReplaceAllLiteral"), of_texts(3), move |run, a| {
        let pattern = compiled(run, a.text(0)?)?;
        let text = a.text(2)?;
        replaced(run, usable(&pattern, a, refusal)?, a, |_, out| out.push(text))
    });
}

/// How many a count of Go's stands for: all for a negative one.
fn most(count: i64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// The pattern of a text, compiled once as long as it is remembered.
fn compiled(run: &Run<'_>, text: &Text) -> Result<Rc<Compiled>, Error> {
    context::of(run)?.patterns.borrow_mut().compiled(run, text)
}

fn usable<'p>(
    pattern: &'p Compiled,
    a: Arguments<'_>,
    refusal: Refusal,
) -> Result<&'p Pattern, Error> {
    pattern.result.as_ref().map_err(|reason| match refusal {
        Refusal::Error => Error::message(reason.clone()),
        Refusal::Panic => {
            let text = a.text(0).cloned().unwrap_or_default();
            let shown = if text.iter().any(|byte| *byte == b'`' || (*byte < b' ' && *byte != b'\t'))
            {
                quoted(&text)
            } else {
                format!("`{text}`")
            };
            Error::message(format!("regexp: Compile({shown}): {reason}"))
        }
    })
}

fn split(run: &Run<'_>, pattern: &Pattern, a: Arguments<'_>) -> Result<Option<Vec<Value>>, Error> {
    let (text, count) = (a.text(1)?, a.int(2)?);
    if count == 0 {
        return Ok(None);
    }
    if text.is_empty() && !a.text(0)?.is_empty() {
        return Ok(Some(vec![Value::from("")]));
    }
    let mut parts = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for found in pattern.find_all(run, text).take(most(count)) {
        let found = found?;
        if count > 0 && parts.len() + 1 == most(count) {
            break;
        }
        end = found.start;
        if found.end != 0 {
            parts.push(run.heap().text(&text[begin..end])?);
        }
        begin = found.end;
    }
    if end != text.len() {
        parts.push(run.heap().text(&text[begin..])?);
    }
    Ok(Some(parts))
}

/// How many bytes of a replacement are read for a step.
const REPLACEMENT_BYTES_A_STEP: u64 = 256;

fn replaced(
    run: &Run<'_>,
    pattern: &Pattern,
    a: Arguments<'_>,
    write: impl Fn(&Captures<'_>, &mut Sink<'_>) -> Result<(), Error>,
) -> Result<Value, Error> {
    let text = a.text(1)?;
    let mut out = run.sink();
    let mut begin = 0;
    let replacement_steps = a.text(2)?.len() as u64 / REPLACEMENT_BYTES_A_STEP;
    for captures in pattern.captures_all(run, text) {
        let captures = captures?;
        run.work(replacement_steps)?;
        let Some(whole) = captures.get(0) else {
            continue;
        };
        out.push(&text[begin..whole.start()])?;
        write(&captures, &mut out)?;
        begin = whole.end();
    }
    out.push(&text[begin..])?;
    out.finish().map(Value::String)
}

/// Writes a replacement with `$1`, `${1}`, `$name` and `$$`. A name is as long as it can be, so that
/// `$1x` is the group `1x`. Source: Go `Regexp.expand`.
fn expand(
    template: &[u8],
    pattern: &Pattern,
    captures: &Captures<'_>,
    out: &mut Sink<'_>,
) -> Result<(), Error> {
    let mut rest = template;
    while let Some(at) = rest.iter().position(|byte| *byte == b'$') {
        out.push(&rest[..at])?;
        rest = &rest[at..];
        if rest.starts_with(b"$$") {
            out.push(b"$")?;
            rest = &rest[2..];
        } else if let Some((name, after)) = group_name(rest) {
            if let Some(group) = group(&name, pattern, captures) {
                out.push(group)?;
            }
            rest = after;
        } else {
            out.push(b"$")?;
            rest = &rest[1..];
        }
    }
    out.push(rest)
}

/// The name at the beginning of `$name` or `${name}`, and what follows.
fn group_name(text: &[u8]) -> Option<(String, &[u8])> {
    let inside = text.get(1..)?;
    let (inside, is_braced) = match inside.strip_prefix(b"{") {
        Some(inside) => (inside, true),
        None => (inside, false),
    };
    let letters = super::letters::pieces(inside);
    let length = letters
        .take_while(|(_, c)| c.is_alphanumeric() || *c == '_')
        .last()
        .map(|(range, _)| range.end)?;
    let name = String::from_utf8_lossy(&inside[..length]).into_owned();
    let rest = &inside[length..];
    Some((name, if is_braced { rest.strip_prefix(b"}")? } else { rest }))
}

fn group<'t>(name: &str, pattern: &Pattern, captures: &Captures<'t>) -> Option<&'t [u8]> {
    let is_number =
        name.bytes().all(|byte| byte.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
    let found = match name.parse::<usize>() {
        Ok(number) if is_number => captures.get(number),
        _ if pattern.has_group(name) => captures.name(name),
        _ => None,
    };
    found.map(|found| found.as_bytes())
}
