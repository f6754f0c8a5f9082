//! Lines that are broken at a width. Source: goutils `WrapCustom`.

use trimtab_template::{Error, Functions, Run, Signature, Type, Value};

use super::affix::find;

pub(super) fn add(functions: &mut Functions) {
    let wrap = Signature::new([Type::INT, Type::String], Type::String);
    functions.add_native("wrap", wrap, |run, a| {
        let width = Width { bytes: a.int(0)?, end: b"", breaks_words: false };
        wrapped(run, a.text(1)?, &width)
    });
    let with = Signature::new([Type::INT, Type::String, Type::String], Type::String);
    functions.add_native("wrapWith", with, |run, a| {
        let width = Width { bytes: a.int(0)?, end: a.text(1)?, breaks_words: true };
        wrapped(run, a.text(2)?, &width)
    });
}

/// How lines are broken.
struct Width<'t> {
    bytes: i64,
    /// What stands between two lines; empty for a newline.
    end: &'t [u8],
    /// Whether words that are longer than a line are broken.
    breaks_words: bool,
}

fn wrapped(run: &Run<'_>, text: &[u8], width: &Width<'_>) -> Result<Value, Error> {
    let bytes = usize::try_from(width.bytes.max(1)).unwrap_or(usize::MAX);
    let end = if width.end.is_empty() { b"\n" } else { width.end };
    let mut out = run.sink();
    let mut rest = text;
    while rest.len() > bytes {
        if rest[0] == b' ' {
            rest = &rest[1..];
            continue;
        }
        let space = match rest[..=bytes].iter().rposition(|byte| *byte == b' ') {
            Some(at) => Some(at),
            None if width.breaks_words => {
                out.push(&rest[..bytes])?;
                out.push(end)?;
                rest = &rest[bytes..];
                continue;
            }
            None => find(&rest[bytes..], b" ").map(|at| bytes + at),
        };
        let Some(at) = space else {
            break;
        };
        out.push(&rest[..at])?;
        out.push(end)?;
        rest = &rest[at + 1..];
    }
    out.push(rest)?;
    out.finish().map(Value::String)
}
