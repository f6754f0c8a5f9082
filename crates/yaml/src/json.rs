//! JSON as Kubernetes' decoder reads it. Source: Go's `encoding/json` and sigs.k8s.io/json.

use crate::decode::Decoded;
use crate::limits::Budget;
use crate::number;
use crate::text::Fault;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Whether a text is tried as JSON: its first character that is no space is `{`.
pub(crate) fn is_stream(bytes: &[u8]) -> bool {
    bytes.get(skip_unicode_space(bytes)) == Some(&b'{')
}

/// Where the next character stands that is no space to JSON.
pub(crate) fn skip_space(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    from + rest.iter().take_while(|byte| space(byte)).count()
}

/// Skips space up to and including the first line end, as the decoder does before it turns to YAML.
pub(crate) fn skip_line_of_space(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let space = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    match rest[..space].iter().position(|byte| *byte == b'\n') {
        Some(line_end) => from + line_end + 1,
        None => from + space,
    }
}

fn skip_unicode_space(bytes: &[u8]) -> usize {
    // Only ASCII space can stand before `{` in a text that JSON accepts; others lead to YAML,
    // which refuses them as well.
    bytes.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == 0x0B).count()
}

/// Reads one value that begins at an offset. Returns it with the offset behind it.
pub(crate) fn value(
    bytes: &[u8],
    at: usize,
    budget: &mut Budget,
) -> Result<(Decoded, usize), Fault> {
    let mut parser = Parser { bytes, at, budget, duplicates: BTreeMap::new() };
    let value = parser.value(0)?;
    Ok((Decoded { value, duplicates: parser.duplicates }, parser.at))
}

struct Parser<'b, 't> {
    bytes: &'t [u8],
    at: usize,
    budget: &'b mut Budget,
    duplicates: BTreeMap<usize, String>,
}

impl Parser<'_, '_> {
    fn value(&mut self, depth: usize) -> Result<Value, Fault> {
        self.budget.enter(depth, self.at)?;
        self.budget.node(self.at)?;
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Value::String),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.unexpected("looking for the beginning of a value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, Fault> {
        let mut map = Map::new();
        self.at += 1;
        if self.next_is(b'}') {
            return Ok(Value::Object(map));
        }
        loop {
            self.skip();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("looking for the beginning of an object key"));
            }
            let at = self.at;
            let key = self.string()?;
            if !self.next_is(b':') {
                return Err(self.unexpected("after an object key"));
            }
            self.skip();
            let value = self.value(depth + 1)?;
            if map.insert(key.clone(), value).is_some() {
                self.duplicates.insert(at, key);
            }
            if self.next_is(b'}') {
                return Ok(Value::Object(map));
            }
            if !self.next_is(b',') {
                return Err(self.unexpected("after a value of an object"));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, Fault> {
        let mut items = Vec::new();
        self.at += 1;
        if self.next_is(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            self.skip();
            items.push(self.value(depth + 1)?);
            if self.next_is(b']') {
                return Ok(Value::Array(items));
            }
            if !self.next_is(b',') {
                return Err(self.unexpected("after an element of an array"));
            }
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Fault> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.unexpected("looking for the beginning of a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, Fault> {
        let from = self.at;
        let length = number_length(&self.bytes[from..]);
        let length = length.ok_or_else(|| Fault::new(from, "invalid number"))?;
        self.at += length;
        let text = str::from_utf8(&self.bytes[from..self.at]).unwrap_or_default();
        number::from_json(text).ok_or_else(|| Fault::new(from, "the number is too large"))
    }

    fn string(&mut self) -> Result<String, Fault> {
        let (mut text, start) = (String::new(), self.at);
        self.at += 1;
        loop {
            let rest = &self.bytes[self.at..];
            let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1F));
            let end = end.ok_or_else(|| Fault::new(start, "the string does not end"))?;
            let part = str::from_utf8(&rest[..end])
                .map_err(|error| Fault::new(self.at + error.valid_up_to(), "not valid UTF-8"))?;
            text.push_str(part);
            self.at += end;
            match rest[end] {
                b'"' => {
                    self.at += 1;
                    return Ok(text);
                }
                b'\\' => text.push(self.escape()?),
                _ => return Err(self.unexpected("in a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let letter = self.bytes.get(self.at + 1).copied();
        let c = match letter {
            Some(b'u') => return self.unicode(),
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{C}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.unexpected("in a string's escape")),
        };
        self.at += 2;
        Ok(c)
    }

    /// A character by its number; half of a pair without the other is the replacement character.
    fn unicode(&mut self) -> Result<char, Fault> {
        let Some(first) = self.code_unit(self.at) else {
            return Err(self.unexpected("in a string's escape"));
        };
        self.at += 6;
        if let Some(c) = char::from_u32(u32::from(first)) {
            return Ok(c);
        }
        let second = self.code_unit(self.at);
        let pair = second.and_then(|second| char::decode_utf16([first, second]).next()?.ok());
        let Some(c) = pair else { return Ok(char::REPLACEMENT_CHARACTER) };
        self.at += 6;
        Ok(c)
    }

    fn code_unit(&self, at: usize) -> Option<u16> {
        let code = self.bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        let digits = code.iter().all(u8::is_ascii_hexdigit);
        digits.then(|| u16::from_str_radix(str::from_utf8(code).ok()?, 16).ok())?
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip(&mut self) {
        self.at = skip_space(self.bytes, self.at);
    }

    /// Takes a character behind any space, if it is the next.
    fn next_is(&mut self, byte: u8) -> bool {
        self.skip();
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    fn unexpected(&self, context: &str) -> Fault {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let found = String::from_utf8_lossy(&rest[..rest.len().min(4)]).chars().next();
        let message = match found {
            Some(c) => format!("invalid character {c:?} {context}"),
            None => format!("unexpected end {context}"),
        };
        Fault::new(self.at.min(self.bytes.len()), message)
    }
}

/// How long the number is that begins here: `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?`. `None`
/// if one begins and does not end.
fn number_length(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        Some(rest.iter().take_while(|byte| byte.is_ascii_digit()).count())
            .filter(|count| *count > 0)
    };
    let is = |at: usize, any: &[u8]| bytes.get(at).is_some_and(|byte| any.contains(byte));
    let mut end = usize::from(is(0, b"-"));
    end += if is(end, b"0") { 1 } else { digits(end)? };
    if is(end, b".") {
        end += 1 + digits(end + 1)?;
    }
    if is(end, b"eE") {
        let signed = usize::from(is(end + 1, b"+-"));
        end += 1 + signed + digits(end + 1 + signed)?;
    }
    Some(end)
}
