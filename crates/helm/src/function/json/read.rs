//! JSON as values. Source: Go `encoding/json` (`scanner.go`, `decode.go`), whose error texts charts
//! print.

use trimtab_template::{Depth, Error, Run, Value};

/// A text's one JSON value. Numbers are `float64`.
///
/// # Errors
/// The text is no JSON, in Go's words; or a bound was reached.
pub(crate) fn read(run: &Run<'_>, text: &[u8]) -> Result<Value, Error> {
    let mut reader = Reader { run, text, at: 0 };
    reader.skip_space();
    let value = reader.value(Depth::of(run))?;
    reader.skip_space();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.wrong("after top-level value")),
    }
}

struct Reader<'r, 's, 't> {
    run: &'r Run<'s>,
    text: &'t [u8],
    at: usize,
}

impl Reader<'_, '_, '_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// The character here does not belong here.
    fn wrong(&self, context: &str) -> Error {
        match self.peek() {
            None => Error::message("unexpected end of JSON input"),
            Some(byte) => {
                let rest = &self.text[self.at..];
                let character = super::super::letters::pieces(rest).next();
                let shown = character.map_or(1, |(range, _)| range.end);
                let shown = if byte == b'\'' { "'\\''".to_owned() } else { quoted(&rest[..shown]) };
                Error::message(format!("invalid character {shown} {context}"))
            }
        }
    }

    fn value(&mut self, depth: Depth<'_>) -> Result<Value, Error> {
        match self.peek() {
            Some(b'{') => self.nested(depth, Self::object),
            Some(b'[') => self.nested(depth, Self::array),
            Some(b'"') => {
                let text = self.string()?;
                self.run.heap().text(text)
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Nil),
            _ => Err(self.wrong("looking for beginning of value")),
        }
    }

    fn nested<'d>(
        &mut self,
        depth: Depth<'d>,
        read: impl FnOnce(&mut Self, Depth<'d>) -> Result<Value, Error>,
    ) -> Result<Value, Error> {
        // Go reads 10,000 levels.
        let depth = depth.enter(0)?;
        self.at += 1;
        self.skip_space();
        read(self, depth)
    }

    fn object(&mut self, depth: Depth<'_>) -> Result<Value, Error> {
        let mut entries = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return self.run.heap().map(entries);
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.wrong("looking for beginning of object key string"));
            }
            let key = self.string()?;
            self.run.work(1)?;
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.wrong("after object key"));
            }
            self.at += 1;
            self.skip_space();
            let Value::String(key) = self.run.heap().text(key)? else { continue };
            entries.push((key, self.value(depth)?));
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.wrong("after object key:value pair")),
            }
            self.skip_space();
        }
        self.at += 1;
        self.run.heap().map(entries)
    }

    fn array(&mut self, depth: Depth<'_>) -> Result<Value, Error> {
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return self.run.heap().list(items);
        }
        loop {
            self.run.work(1)?;
            items.push(self.value(depth)?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.wrong("after array element")),
            }
            self.skip_space();
        }
        self.at += 1;
        self.run.heap().list(items)
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Error> {
        for letter in word.chars() {
            if self.peek().map(char::from) != Some(letter) {
                return Err(self.wrong(&format!("in literal {word} (expecting '{letter}')")));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, Error> {
        let begin = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.wrong("in numeric literal")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                return Err(self.wrong("in numeric literal"));
            }
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                return Err(self.wrong("in numeric literal"));
            }
            self.digits();
        }
        let text = String::from_utf8_lossy(&self.text[begin..self.at]);
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::float(number)),
            _ => Err(Error::message(format!(
                "json: cannot unmarshal number {text} into Go value of type float64"
            ))),
        }
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Result<Vec<u8>, Error> {
        self.at += 1;
        let mut out = Vec::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1F));
            let end = plain.unwrap_or(rest.len());
            // Bytes that are no UTF-8 are read as U+FFFD, one for each.
            for chunk in rest[..end].utf8_chunks() {
                out.extend_from_slice(chunk.valid().as_bytes());
                for _ in chunk.invalid() {
                    out.extend_from_slice("\u{FFFD}".as_bytes());
                }
            }
            self.at += end;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => self.escape(&mut out)?,
                _ => return Err(self.wrong("in string")),
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.at += 1;
        let byte = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0C,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                let c = self.unicode()?;
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            Some(_) => return Err(self.wrong_escape(2)),
            None => return Err(self.wrong("in string")),
        };
        self.at += 1;
        out.push(byte);
        Ok(())
    }

    /// The character of `\uXXXX`, or of two of them; U+FFFD for one half of a pair.
    fn unicode(&mut self) -> Result<char, Error> {
        let first = self.four_digits()?;
        if let Some(c) = char::from_u32(first) {
            return Ok(c);
        }
        let before = self.at;
        if first < 0xDC00 && self.text[self.at..].starts_with(b"\\u") {
            self.at += 1;
            let second = self.four_digits()?;
            if (0xDC00..0xE000).contains(&second) {
                let both = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return Ok(char::from_u32(both).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    /// Behind the backslash of `\uXXXX`.
    fn four_digits(&mut self) -> Result<u32, Error> {
        let digits = &self.text[self.at + 1..self.text.len().min(self.at + 5)];
        let value =
            |number: Option<u32>, byte: &u8| Some(number? * 16 + char::from(*byte).to_digit(16)?);
        let number = digits.iter().fold(Some(0), value).ok_or_else(|| self.wrong_escape(6))?;
        if digits.len() < 4 {
            return Err(Error::message("unexpected end of JSON input"));
        }
        self.at += 5;
        Ok(number)
    }

    /// An escape of so many bytes that means nothing; its backslash stands before this place.
    fn wrong_escape(&self, bytes: usize) -> Error {
        let begin = self.at - 1;
        let end = (begin + bytes).min(self.text.len());
        let shown = String::from_utf8_lossy(&self.text[begin..end]);
        Error::message(format!("invalid escape sequence `{shown}` in string"))
    }
}

/// A character in single quotes, as Go shows it in its errors.
fn quoted(text: &[u8]) -> String {
    let shown = trimtab_template::quoted(text);
    let inside =
        shown.strip_prefix('"').and_then(|shown| shown.strip_suffix('"')).unwrap_or(&shown);
    format!("'{}'", if inside == "\\\"" { "\"" } else { inside })
}
