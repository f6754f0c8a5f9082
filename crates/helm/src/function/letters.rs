//! Characters, and their upper and lower case.

use std::ops::Range;

use trimtab_template::{Functions, Text, Value};

use super::of_texts;

pub(super) fn add(functions: &mut Functions) {
    functions.add_native("upper", of_texts(1), |_, a| {
        Ok(mapped(a.text(0)?, u8::to_ascii_uppercase, upper))
    });
    functions.add_native("lower", of_texts(1), |_, a| {
        Ok(mapped(a.text(0)?, u8::to_ascii_lowercase, lower))
    });
    functions.add_native("title", of_texts(1), |_, a| Ok(Value::from(titled(a.text(0)?))));
    functions.add_native("untitle", of_texts(1), |_, a| Ok(Value::from(untitled(a.text(0)?))));
    functions.add_native("swapcase", of_texts(1), |_, a| Ok(Value::from(swapped(a.text(0)?))));
    functions.add_native("nospace", of_texts(1), |_, a| Ok(nospace(a.text(0)?)));
    functions.add_native("initials", of_texts(1), |_, a| Ok(Value::from(initials(a.text(0)?))));
}

/// The characters of a text and where each begins. A byte that is no UTF-8 is one U+FFFD.
pub(super) fn characters(text: &[u8]) -> impl Iterator<Item = (usize, char)> + '_ {
    pieces(text).map(|(range, character)| (range.start, character))
}

/// The characters of a text and where each stands.
pub(super) fn pieces(text: &[u8]) -> impl Iterator<Item = (Range<usize>, char)> + '_ {
    let mut at = 0;
    text.utf8_chunks().flat_map(move |chunk| {
        let begin = at;
        let invalid = begin + chunk.valid().len();
        at = invalid + chunk.invalid().len();
        let valid = chunk.valid().char_indices();
        let valid = valid.map(move |(index, c)| (begin + index..begin + index + c.len_utf8(), c));
        valid.chain((invalid..at).map(|at| (at..at + 1, char::REPLACEMENT_CHARACTER)))
    })
}

/// Every character mapped; by the quicker way where all are ASCII.
fn mapped(text: &Text, byte: impl Fn(&u8) -> u8, character: impl Fn(char) -> char) -> Value {
    if text.is_ascii() {
        if text.iter().all(|old| byte(old) == *old) {
            return Value::String(text.clone());
        }
        return Value::String(Text::from(text.iter().map(byte).collect::<Vec<u8>>()));
    }
    Value::from(characters(text).map(|(_, c)| character(c)).collect::<String>())
}

/// The one upper-case letter of a character; the character itself where Unicode has none or several.
pub(super) fn upper(c: char) -> char {
    // What stands upper-case for these is two letters, or one that is written differently in titles.
    match c {
        '\u{1F80}'..='\u{1F87}' | '\u{1F90}'..='\u{1F97}' | '\u{1FA0}'..='\u{1FA7}' => {
            char::from_u32(u32::from(c) + 8).unwrap_or(c)
        }
        '\u{1FB3}' | '\u{1FC3}' | '\u{1FF3}' => char::from_u32(u32::from(c) + 9).unwrap_or(c),
        _ => only(c.to_uppercase()).unwrap_or(c),
    }
}

/// The one lower-case letter of a character.
pub(super) fn lower(c: char) -> char {
    match c {
        '\u{130}' => 'i',
        _ => only(c.to_lowercase()).unwrap_or(c),
    }
}

/// The letter as it begins a title: the upper-case one, but for letters that are two.
fn title(c: char) -> char {
    match c {
        '\u{1C4}'..='\u{1C6}' => '\u{1C5}',
        '\u{1C7}'..='\u{1C9}' => '\u{1C8}',
        '\u{1CA}'..='\u{1CC}' => '\u{1CB}',
        '\u{1F1}'..='\u{1F3}' => '\u{1F2}',
        _ => upper(c),
    }
}

fn only(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let first = letters.next()?;
    letters.next().is_none().then_some(first)
}

/// Whether Unicode calls it an upper-case letter (Lu); letters in circles and Roman numbers are none.
pub(super) fn is_upper(c: char) -> bool {
    c.is_uppercase()
        && !matches!(c, '\u{2160}'..='\u{216F}' | '\u{24B6}'..='\u{24CF}' | '\u{1F130}'..='\u{1F189}')
}

/// Whether Unicode calls it a lower-case letter (Ll).
fn is_lower(c: char) -> bool {
    c.is_lowercase()
        && !matches!(c, 'ª' | 'º' | '\u{2B0}'..='\u{2E4}' | '\u{345}' | '\u{37A}' | '\u{1D2C}'..='\u{1D6A}'
            | '\u{1D78}' | '\u{1D9B}'..='\u{1DBF}' | '\u{2071}' | '\u{207F}' | '\u{2090}'..='\u{209C}'
            | '\u{2170}'..='\u{217F}' | '\u{24D0}'..='\u{24E9}' | '\u{2C7C}'..='\u{2C7D}')
}

fn is_title(c: char) -> bool {
    matches!(c, '\u{1C5}' | '\u{1C8}' | '\u{1CB}' | '\u{1F2}' | '\u{1F88}'..='\u{1F8F}'
        | '\u{1F98}'..='\u{1F9F}' | '\u{1FA8}'..='\u{1FAF}' | '\u{1FBC}' | '\u{1FCC}' | '\u{1FFC}')
}

/// Whether a word ends at a character (Go's `strings.Title`).
fn is_separator(c: char) -> bool {
    if c.is_ascii() {
        return !(c.is_ascii_alphanumeric() || c == '_');
    }
    !c.is_alphanumeric() && c.is_whitespace()
}

fn titled(text: &[u8]) -> String {
    let mut before = ' ';
    let letter = |(_, c)| {
        let begins = is_separator(std::mem::replace(&mut before, c));
        if begins { title(c) } else { c }
    };
    characters(text).map(letter).collect()
}

fn untitled(text: &[u8]) -> String {
    let mut begins = true;
    let letter = |(_, c): (usize, char)| {
        if c.is_whitespace() {
            begins = true;
            c
        } else if std::mem::replace(&mut begins, false) {
            lower(c)
        } else {
            c
        }
    };
    characters(text).map(letter).collect()
}

/// Source: goutils `SwapCase`.
fn swapped(text: &[u8]) -> String {
    let mut after_space = true;
    let letter = |(_, c): (usize, char)| {
        if is_upper(c) || is_title(c) {
            after_space = false;
            lower(c)
        } else if is_lower(c) {
            if std::mem::replace(&mut after_space, false) { title(c) } else { upper(c) }
        } else {
            after_space = c.is_whitespace();
            c
        }
    };
    characters(text).map(letter).collect()
}

/// Goutils takes every byte for a character of its own.
fn nospace(text: &Text) -> Value {
    let kept: String =
        text.iter().map(|byte| char::from(*byte)).filter(|c| !c.is_whitespace()).collect();
    if kept.chars().count() == text.len() {
        return Value::String(text.clone());
    }
    Value::from(kept)
}

fn initials(text: &[u8]) -> String {
    let mut after_space = true;
    let bytes = text.iter().map(|byte| char::from(*byte));
    bytes
        .filter(|c| {
            let is_space = c.is_whitespace();
            std::mem::replace(&mut after_space, is_space) && !is_space
        })
        .collect()
}
