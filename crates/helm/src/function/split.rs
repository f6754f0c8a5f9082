//! Texts that are split, joined and sorted.

use trimtab_template::{Arguments, Error, Functions, Run, Signature, Text, Type, Value};

use super::affix::find;
use super::letters::characters;
use super::text::{text_of, texts_of};
use super::{list, of_any};

pub(super) fn add(functions: &mut Functions) {
    let texts = || Type::list_of(Type::String);
    let map = || Type::map_of(Type::String);
    functions.add_native("split", Signature::new([Type::String, Type::String], map()), |run, a| {
        let parts = parts(run, a.text(1)?, a.text(0)?, -1)?;
        numbered(run, parts)
    });
    let splitn = Signature::new([Type::String, Type::INT, Type::String], map());
    functions.add_native("splitn", splitn, |run, a| {
        let parts = parts(run, a.text(2)?, a.text(0)?, a.int(1)?)?;
        numbered(run, parts)
    });
    let split_list = Signature::new([Type::String, Type::String], texts());
    functions.add_native("splitList", split_list, |run, a| {
        let parts = parts(run, a.text(1)?, a.text(0)?, -1)?;
        run.heap().list_of(Type::String, parts)
    });
    functions.add_native("toStrings", of_any(1, texts()), |run, a| {
        let texts = texts_of(run, a.at(0))?;
        list_of_texts(run, texts)
    });
    functions.add_native("join", Signature::new([Type::String, Type::Any], Type::String), join);
    functions.add_native("sortAlpha", of_any(1, texts()), sort_alpha);
}

/// A `[]string`.
pub(super) fn list_of_texts(run: &Run<'_>, texts: Vec<Text>) -> Result<Value, Error> {
    run.heap().list_of(Type::String, texts.into_iter().map(Value::String).collect())
}

/// The parts of a text between separators, at most so many; all of them for a negative number, and
/// none for 0. An empty separator stands between any two characters.
pub(crate) fn parts(
    run: &Run<'_>,
    text: &[u8],
    separator: &[u8],
    most: i64,
) -> Result<Vec<Value>, Error> {
    if most == 0 {
        return Ok(Vec::new());
    }
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut parts = Vec::new();
    let mut begin = 0;
    let mut take = |part: &[u8]| {
        run.work(1)?;
        parts.push(run.heap().text(part)?);
        Ok::<usize, Error>(parts.len())
    };
    if separator.is_empty() {
        for (at, _) in characters(text).skip(1).take(most - 1) {
            take(&text[begin..at])?;
            begin = at;
        }
        if begin < text.len() {
            take(&text[begin..])?;
        }
        return Ok(parts);
    }
    let mut count = 0;
    while count + 1 < most {
        let Some(at) = find(&text[begin..], separator) else {
            break;
        };
        count = take(&text[begin..begin + at])?;
        begin += at + separator.len();
    }
    take(&text[begin..])?;
    Ok(parts)
}

/// A `map[string]string` with keys `_0`, `_1` and so on.
fn numbered(run: &Run<'_>, parts: Vec<Value>) -> Result<Value, Error> {
    let entry = |(index, part)| (Text::from(format!("_{index}")), part);
    run.heap().map_of(Type::String, parts.into_iter().enumerate().map(entry))
}

fn join(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let separator = a.text(0)?;
    let texts = texts_of(run, a.at(1))?;
    let mut out = run.sink();
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            out.push(separator)?;
        }
        out.push(text)?;
    }
    out.finish().map(Value::String)
}

/// How many bytes are compared for a step.
const BYTES_A_STEP: u64 = 1_024;

fn sort_alpha(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let mut texts = match list::elements(run, a.at(0))? {
        Some(_) => texts_of(run, a.at(0))?,
        None => vec![text_of(run, a.at(0))?],
    };
    // Texts may be shared, so that they are far longer in all than what they take.
    let longest = texts.iter().map(|text| text.len()).max().unwrap_or(0) as u64;
    let comparisons = texts.len() as u64 * u64::from(texts.len().max(1).ilog2() + 1);
    run.work(comparisons.saturating_mul(1 + longest / BYTES_A_STEP))?;
    texts.sort();
    list_of_texts(run, texts)
}
