//! Regular expressions of Go's syntax (RE2), on the `regex` crate.
//!
//! Known difference: a byte that is no UTF-8 is matched by nothing, where Go takes it for U+FFFD.

use std::rc::Rc;

use ::regex::bytes::{Captures, Regex, RegexBuilder};
use trimtab_template::{Arguments, Error, Functions, Run, Signature, Text, Type, Value, quoted};

use super::split::list_of_texts;
use super::{check_room, of_texts};
use crate::context;

mod class;
mod syntax;

/// A pattern that was compiled, or why it is none, in Go's words.
pub(crate) type Pattern = Result<Regex, String>;

/// The most memory of one compiled pattern, in bytes; about what Go allows.
const PATTERN_BYTES_MAX: usize = 16 << 20;

pub(super) fn add(functions: &mut Functions) {
    let question = || Signature::new([Type::String, Type::String], Type::Bool);
    functions.add_native("regexMatch", question(), |run, a| {
        let pattern = compiled(run, a.text(0)?)?;
        let text = a.text(1)?;
        Ok(Value::Bool((*pattern).as_ref().is_ok_and(|pattern| pattern.is_match(text))))
    });
    functions.add_native("mustRegexMatch", question(), |run, a| {
        let pattern = compiled(run, a.text(0)?)?;
        Ok(Value::Bool(usable(&pattern, a, Refusal::Error)?.is_match(a.text(1)?)))
    });
    functions.add_native("regexQuoteMeta", of_texts(1), |_, a| {
        let mut out = Vec::new();
        for byte in a.text(0)?.iter() {
            if b"\\.+*?()|[]{}^$".contains(byte) {
                out.push(b'\\');
            }
            out.push(*byte);
        }
        Ok(Value::String(Text::from(out)))
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
        let found = usable(&pattern, a, refusal)?.find(a.text(1)?);
        Ok(Value::String(Text::from(found.map_or(&b""[..], |found| found.as_bytes()))))
    });
    let counted = || Signature::new([Type::String, Type::String, Type::INT], texts());
    functions.add_native(&format!("{prefix}FindAll"), counted(), move |run, a| {
        let pattern = compiled(run, a.text(0)?)?;
        let found: Vec<Text> = usable(&pattern, a, refusal)?
            .find_iter(a.text(1)?)
            .take(most(a.int(2)?))
            .map(|found| Text::from(found.as_bytes()))
            .collect();
        if found.is_empty() {
            return Ok(Value::NilOf(Type::list_of(Type::String)));
        }
        list_of_texts(run, found)
    });
    functions.add_native(&format!("{prefix}Split"), counted(), move |run, a| {
        let pattern = compiled(run, a.text(0)?)?;
        match split(usable(&pattern, a, refusal)?, a)? {
            Some(parts) => list_of_texts(run, parts),
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
        replaced(run, usable(&pattern, a, refusal)?, a, |_, out| out.extend_from_slice(text))
    });
}

/// How many a count of Go's stands for: all for a negative one.
fn most(count: i64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// The pattern of a text, compiled once in a run.
fn compiled(run: &Run<'_>, text: &Text) -> Result<Rc<Pattern>, Error> {
    let patterns = &context::of(run)?.patterns;
    if let Some(pattern) = patterns.borrow().get(text) {
        return Ok(Rc::clone(pattern));
    }
    // About what a small program takes; large ones are bounded by themselves.
    run.heap().charge(4_096 + 64 * text.len() as u64)?;
    let pattern = syntax::translated(text).and_then(|translated| {
        let mut builder = RegexBuilder::new(&translated);
        builder
            .size_limit(PATTERN_BYTES_MAX)
            .build()
            .map_err(|_| format!("error parsing regexp: expression too large: `{text}`"))
    });
    let pattern = Rc::new(pattern);
    patterns.borrow_mut().insert(text.clone(), Rc::clone(&pattern));
    Ok(pattern)
}

fn usable<'p>(
    pattern: &'p Pattern,
    a: Arguments<'_>,
    refusal: Refusal,
) -> Result<&'p Regex, Error> {
    pattern.as_ref().map_err(|reason| match refusal {
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

fn split(pattern: &Regex, a: Arguments<'_>) -> Result<Option<Vec<Text>>, Error> {
    let (text, count) = (a.text(1)?, a.int(2)?);
    if count == 0 {
        return Ok(None);
    }
    if text.is_empty() && !a.text(0)?.is_empty() {
        return Ok(Some(vec![Text::default()]));
    }
    let mut parts = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for found in pattern.find_iter(text).take(most(count)) {
        if count > 0 && parts.len() + 1 == most(count) {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            parts.push(Text::from(&text[begin..end]));
        }
        begin = found.end();
    }
    if end != text.len() {
        parts.push(Text::from(&text[begin..]));
    }
    Ok(Some(parts))
}

fn replaced(
    run: &Run<'_>,
    pattern: &Regex,
    a: Arguments<'_>,
    write: impl Fn(&Captures<'_>, &mut Vec<u8>),
) -> Result<Value, Error> {
    let text = a.text(1)?;
    let mut out = Vec::with_capacity(text.len());
    let mut begin = 0;
    for captures in pattern.captures_iter(text) {
        let Some(whole) = captures.get(0) else {
            continue;
        };
        out.extend_from_slice(&text[begin..whole.start()]);
        write(&captures, &mut out);
        begin = whole.end();
        check_room(run, out.len())?;
    }
    out.extend_from_slice(&text[begin..]);
    Ok(Value::String(Text::from(out)))
}

/// Writes a replacement with `$1`, `${1}`, `$name` and `$$`. A name is as long as it can be, so that
/// `$1x` is the group `1x`. Source: Go `Regexp.expand`.
fn expand(template: &[u8], pattern: &Regex, captures: &Captures<'_>, out: &mut Vec<u8>) {
    let mut rest = template;
    while let Some(at) = rest.iter().position(|byte| *byte == b'$') {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with(b"$$") {
            out.push(b'$');
            rest = &rest[2..];
        } else if let Some((name, after)) = group_name(rest) {
            if let Some(group) = group(&name, pattern, captures) {
                out.extend_from_slice(group);
            }
            rest = after;
        } else {
            out.push(b'$');
            rest = &rest[1..];
        }
    }
    out.extend_from_slice(rest);
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

fn group<'t>(name: &str, pattern: &Regex, captures: &Captures<'t>) -> Option<&'t [u8]> {
    let is_number =
        name.bytes().all(|byte| byte.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
    let found = match name.parse::<usize>() {
        Ok(number) if is_number => captures.get(number),
        _ if pattern.capture_names().flatten().any(|known| known == name) => captures.name(name),
        _ => None,
    };
    found.map(|found| found.as_bytes())
}
