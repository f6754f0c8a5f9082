//! Classes of characters, and single characters that are written with a backslash.

use super::syntax::{Reader, refused};

/// `\d`, `\w`, `\s`, their opposites, and `\pN`: what a class of the `regex` crate has for them.
pub(super) fn escaped(reader: &mut Reader<'_>) -> Result<Option<String>, String> {
    let rest = reader.rest();
    let perl = match rest.as_bytes().get(1) {
        Some(b'd') => "[0-9]",
        Some(b'D') => "[^0-9]",
        Some(b's') => "[\\t\\n\\f\\r\\x20]",
        Some(b'S') => "[^\\t\\n\\f\\r\\x20]",
        Some(b'w') => "[0-9A-Za-z_]",
        Some(b'W') => "[^0-9A-Za-z_]",
        Some(b'p' | b'P') => return unicode(reader).map(Some),
        _ => return Ok(None),
    };
    reader.at += 2;
    Ok(Some(perl.to_owned()))
}

fn unicode(reader: &mut Reader<'_>) -> Result<String, String> {
    let begin = reader.at;
    let is_negative = reader.rest().starts_with("\\P");
    reader.at += 2;
    let name = match reader.take() {
        None => return Err(refused("invalid character class range", reader.since(begin))),
        Some('{') => {
            let rest = reader.rest();
            let end = rest
                .find('}')
                .ok_or_else(|| refused("invalid character class range", &reader.text[begin..]))?;
            reader.at += end + 1;
            &rest[..end]
        }
        Some(c) => &reader.since(begin)[reader.since(begin).len() - c.len_utf8()..],
    };
    let (name, is_opposite) = match name.strip_prefix('^') {
        Some(name) => (name, true),
        None => (name, false),
    };
    if name == "Any" {
        let all = if is_negative == is_opposite {
            "[\\x{0}-\\x{10FFFF}]"
        } else {
            "[^\\x{0}-\\x{10FFFF}]"
        };
        return Ok(all.to_owned());
    }
    let is_capitalised = name.starts_with(|c: char| c.is_ascii_uppercase());
    let written = format!("\\{}{{{name}}}", if is_negative == is_opposite { 'p' } else { 'P' });
    if !is_capitalised || ::regex::Regex::new(&written).is_err() {
        return Err(refused("invalid character class range", reader.since(begin)));
    }
    Ok(written)
}

/// A character that is written with a backslash.
pub(super) fn character(reader: &mut Reader<'_>) -> Result<char, String> {
    let begin = reader.at;
    reader.at += 1;
    let Some(c) = reader.take() else {
        return Err("error parsing regexp: trailing backslash at end of expression: ``".to_owned());
    };
    let wrong = |reader: &Reader<'_>| refused("invalid escape sequence", reader.since(begin));
    Ok(match c {
        '1'..='7' if !reader.rest().starts_with(|c| matches!(c, '0'..='7')) => {
            return Err(wrong(reader));
        }
        '0'..='7' => {
            let mut code = c.to_digit(8).unwrap_or(0);
            for _ in 0..2 {
                let Some(digit) = reader.rest().chars().next().and_then(|c| c.to_digit(8)) else {
                    break;
                };
                reader.at += 1;
                code = code * 8 + digit;
            }
            char::from_u32(code).ok_or_else(|| wrong(reader))?
        }
        'x' => hexadecimal(reader).ok_or_else(|| wrong(reader))?,
        'a' => '\u{7}',
        'f' => '\u{C}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{B}',
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => c,
        _ => return Err(wrong(reader)),
    })
}

/// Behind `\x`: two digits, or any number of them in braces.
fn hexadecimal(reader: &mut Reader<'_>) -> Option<char> {
    if reader.rest().starts_with('{') {
        reader.at += 1;
        let mut code = None;
        loop {
            let c = reader.take()?;
            if c == '}' {
                return char::from_u32(code?);
            }
            let next = code.unwrap_or(0_u32) * 16 + c.to_digit(16)?;
            code = Some(next).filter(|code| *code <= 0x10_FFFF);
            code?;
        }
    }
    let high = reader.take()?.to_digit(16)?;
    let low = reader.take()?.to_digit(16)?;
    char::from_u32(high * 16 + low)
}

/// A class in brackets.
pub(super) fn bracketed(reader: &mut Reader<'_>) -> Result<(), String> {
    let begin = reader.at;
    reader.at += 1;
    reader.out.push('[');
    if reader.rest().starts_with('^') {
        reader.at += 1;
        reader.out.push('^');
    }
    let mut is_first = true;
    loop {
        let rest = reader.rest();
        if rest.is_empty() {
            return Err(refused("missing closing ]", &reader.text[begin..]));
        }
        if rest.starts_with(']') && !is_first {
            break;
        }
        is_first = false;
        item(reader)?;
    }
    reader.at += 1;
    reader.out.push(']');
    Ok(())
}

/// The classes of ASCII characters with names.
const NAMES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

fn item(reader: &mut Reader<'_>) -> Result<(), String> {
    let rest = reader.rest();
    if rest.starts_with("[:") && rest.contains(":]") {
        let end = rest.find(":]").unwrap_or(0) + 2;
        let name = &rest[..end];
        let plain = name.trim_matches(['[', ']', ':']).trim_start_matches('^');
        if !NAMES.contains(&plain) {
            return Err(refused("invalid character class range", name));
        }
        reader.out.push_str(name);
        reader.at += end;
        return Ok(());
    }
    if rest.starts_with('\\')
        && let Some(written) = escaped(reader)?
    {
        reader.out.push_str(&written);
        return Ok(());
    }
    let begin = reader.at;
    let low = single(reader)?;
    let mut high = low;
    let rest = reader.rest();
    if rest.starts_with('-') && rest.len() > 1 && !rest.starts_with("-]") {
        reader.at += 1;
        high = single(reader)?;
        if high < low {
            return Err(refused("invalid character class range", reader.since(begin)));
        }
    }
    reader.literal(low);
    if high != low {
        reader.out.push('-');
        reader.literal(high);
    }
    Ok(())
}

fn single(reader: &mut Reader<'_>) -> Result<char, String> {
    if reader.rest().starts_with('\\') {
        return character(reader);
    }
    reader.take().ok_or_else(|| refused("missing closing ]", reader.text))
}
