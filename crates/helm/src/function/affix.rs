//! What texts begin and end with, what they contain, and parts of them by place.

use std::collections::BTreeSet;

use trimtab_template::{Arguments, Error, Functions, Run, Signature, Text, Type, Value};

use super::letters::{characters, pieces};
use super::of_texts;

pub(super) fn add(functions: &mut Functions) {
    let question = || Signature::new([Type::String, Type::String], Type::Bool);
    functions.add_native("trim", of_texts(1), |_, a| Ok(part(a.text(0)?, trimmed(a.text(0)?))));
    functions.add_native("trimAll", of_texts(2), trim_all);
    functions.add_native("trimall", of_texts(2), trim_all);
    functions.add_native("trimSuffix", of_texts(2), |_, a| {
        let text = a.text(1)?;
        Ok(part(text, text.strip_suffix(a.text(0)?.as_bytes()).unwrap_or(text)))
    });
    functions.add_native("trimPrefix", of_texts(2), |_, a| {
        let text = a.text(1)?;
        Ok(part(text, text.strip_prefix(a.text(0)?.as_bytes()).unwrap_or(text)))
    });
    functions.add_native("contains", question(), |_, a| {
        Ok(Value::Bool(find(a.text(1)?, a.text(0)?).is_some()))
    });
    functions.add_native("hasPrefix", question(), |_, a| {
        Ok(Value::Bool(a.text(1)?.starts_with(a.text(0)?)))
    });
    functions.add_native("hasSuffix", question(), |_, a| {
        Ok(Value::Bool(a.text(1)?.ends_with(a.text(0)?)))
    });
    functions.add_native("replace", of_texts(3), replace);
    let counted = || Signature::new([Type::INT, Type::String], Type::String);
    functions.add_native("repeat", counted(), repeat);
    functions.add_native("trunc", counted(), trunc);
    functions.add_native("indent", counted(), |run, a| indented(run, a, ""));
    functions.add_native("nindent", counted(), |run, a| indented(run, a, "\n"));
    functions.add_native("abbrev", counted(), |_, a| {
        let (width, text) = (a.int(0)?, a.text(1)?);
        if width < 4 { Ok(a.at(1).clone()) } else { Ok(Value::from(abbreviated(text, 0, width))) }
    });
    let places = || Signature::new([Type::INT, Type::INT, Type::String], Type::String);
    functions.add_native("abbrevboth", places(), |_, a| {
        let (left, right, text) = (a.int(0)?, a.int(1)?, a.text(2)?);
        if right < 4 || left > 0 && right < 7 {
            return Ok(a.at(2).clone());
        }
        Ok(Value::from(abbreviated(text, left, right)))
    });
    functions.add_native("substr", places(), substr);
    let plural = Signature::new([Type::String, Type::String, Type::INT], Type::String);
    functions.add_native("plural", plural, |_, a| Ok(a.at(usize::from(a.int(2)? != 1)).clone()));
}

/// A part of a text: the text itself where it is all of it.
fn part(text: &Text, part: &[u8]) -> Value {
    Value::String(if part.len() == text.len() { text.clone() } else { Text::from(part) })
}

/// A text without the white space around it (Go's `strings.TrimSpace`).
pub(super) fn trimmed(text: &[u8]) -> &[u8] {
    let is_plain = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_graphic);
    if is_plain(text.first()) && is_plain(text.last()) {
        return text;
    }
    trimmed_of(text, char::is_whitespace)
}

/// A text without those characters around it that are asked for.
pub(super) fn trimmed_of(text: &[u8], is_cut: impl Fn(char) -> bool) -> &[u8] {
    let mut kept = None;
    for (range, character) in pieces(text) {
        if !is_cut(character) {
            let from = kept.map_or(range.start, |(from, _)| from);
            kept = Some((from, range.end));
        }
    }
    kept.map_or(&[], |(from, to)| &text[from..to])
}

fn trim_all(_: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let (cut, text) = (a.text(0)?, a.text(1)?);
    let cut: BTreeSet<char> = characters(cut).map(|(_, character)| character).collect();
    Ok(part(text, trimmed_of(text, |character| cut.contains(&character))))
}

/// Where a text contains another, found in as many steps as both have bytes.
pub(super) fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, wanted)
}

fn replace(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let (old, new, text) = (a.text(0)?, a.text(1)?, a.text(2)?);
    if old == new || (!old.is_empty() && find(text, old).is_none()) {
        return Ok(a.at(2).clone());
    }
    let mut out = run.sink();
    if old.is_empty() {
        // An empty text stands before every character and at the end.
        for (range, _) in pieces(text) {
            out.push(new)?;
            out.push(&text[range])?;
        }
        out.push(new)?;
    } else {
        let mut rest: &[u8] = text;
        while let Some(at) = find(rest, old) {
            out.push(&rest[..at])?;
            out.push(new)?;
            rest = &rest[at + old.len()..];
        }
        out.push(rest)?;
    }
    out.finish().map(Value::String)
}

fn count(number: i64) -> Result<usize, Error> {
    usize::try_from(number).map_err(|_| Error::message("strings: negative Repeat count"))
}

fn repeat(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let (times, text) = (count(a.int(0)?)?, a.text(1)?);
    if text.is_empty() {
        return Ok(Value::from(""));
    }
    let overflow = || Error::message("strings: Repeat output length overflow");
    let bytes = times.checked_mul(text.len()).filter(|bytes| i64::try_from(*bytes).is_ok());
    run.heap().check(bytes.ok_or_else(overflow)?)?;
    let mut out = run.sink();
    if let [byte] = &**text {
        out.fill(times, *byte)?;
    } else {
        for _ in 0..times {
            out.push(text)?;
        }
    }
    out.finish().map(Value::String)
}

fn indented(run: &mut Run<'_>, a: Arguments<'_>, before: &str) -> Result<Value, Error> {
    let (width, text) = (count(a.int(0)?)?, a.text(1)?);
    let mut out = run.sink();
    out.push(before.as_bytes())?;
    for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
        if index > 0 {
            out.push(b"\n")?;
        }
        out.fill(width, b' ')?;
        out.push(line)?;
    }
    out.finish().map(Value::String)
}

fn trunc(_: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let (width, text) = (a.int(0)?, a.text(1)?);
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let at = |place: i64| usize::try_from(place).unwrap_or(0);
    if width < 0 && length + width > 0 {
        return Ok(part(text, &text[at(length + width)..]));
    }
    if width >= 0 && length > width {
        return Ok(part(text, &text[..at(width)]));
    }
    Ok(a.at(1).clone())
}

/// The bytes from a place to another; a negative start stands for the beginning, a negative or too
/// large end for the end.
fn substr(_: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let (start, end, text) = (a.int(0)?, a.int(1)?, a.text(2)?);
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let at = |place: i64| usize::try_from(place).unwrap_or(0);
    let outside = |bounds: String| {
        Err(Error::message(format!("runtime error: slice bounds out of range {bounds}")))
    };
    if start < 0 {
        return match end {
            ..0 => outside(format!("[:{end}]")),
            _ if end > length => outside(format!("[:{end}] with length {length}")),
            _ => Ok(part(text, &text[..at(end)])),
        };
    }
    let stop = if end < 0 || end > length { length } else { end };
    if start > stop {
        return outside(format!("[{start}:{stop}]"));
    }
    Ok(part(text, &text[at(start)..at(stop)]))
}

/// Source: goutils `AbbreviateFull`.
fn abbreviated(text: &[u8], offset: i64, width: i64) -> Text {
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    if length <= width {
        return Text::from(text);
    }
    let at = |place: i64| usize::try_from(place).unwrap_or(0);
    let kept = width - 3;
    let mut offset = offset.min(length);
    if length - offset < kept {
        offset = length - kept;
    }
    let with_mark = |begin: bool, part: &[u8]| {
        let mut out = Vec::with_capacity(part.len() + 3);
        out.extend_from_slice(if begin { b"..." } else { b"" });
        out.extend_from_slice(part);
        out.extend_from_slice(if begin { b"" } else { b"..." });
        Text::from(out)
    };
    if offset <= 4 {
        return with_mark(false, &text[..at(kept)]);
    }
    if offset + kept < length {
        return with_mark(true, &abbreviated(&text[at(offset)..], 0, kept));
    }
    with_mark(true, &text[at(length - kept)..])
}
