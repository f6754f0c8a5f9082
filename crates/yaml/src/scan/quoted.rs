//! Scalars in single and double quotes.

use super::plain::Breaks;
use super::{Scanner, Token};
use crate::text::Fault;
use std::borrow::Cow;

impl<'t> Scanner<'t> {
    pub(super) fn scan_single_quoted(&mut self) -> Result<Token<'t>, Fault> {
        self.scan_quoted(true)
    }

    pub(super) fn scan_double_quoted(&mut self) -> Result<Token<'t>, Fault> {
        self.scan_quoted(false)
    }

    fn scan_quoted(&mut self, single: bool) -> Result<Token<'t>, Fault> {
        let start = self.cursor.mark.at;
        self.cursor.skip();
        if let Some(text) = self.take_simple(single) {
            return Ok(Token::Scalar { text: Cow::Borrowed(text), plain: false });
        }
        let quote = if single { b'\'' } else { b'"' };
        let mut text = String::new();
        loop {
            if self.cursor.is_any_document() {
                return Err(Fault::new(start, "found unexpected document indicator")
                    .seen_at(self.cursor.mark.at));
            }
            if self.cursor.byte(0) == 0 {
                return Err(Fault::new(start, "found unexpected end of stream")
                    .seen_at(self.cursor.mark.at));
            }
            let escaped_break = self.take_letters(single, &mut text)?;
            if !self.cursor.is_blank_or_end(0) && self.cursor.byte(0) == quote {
                break;
            }
            self.take_spaces(escaped_break, &mut text);
        }
        self.cursor.skip();
        Ok(Token::Scalar { text: Cow::Owned(text), plain: false })
    }

    /// Takes the whole scalar if it is on one line and has nothing to unescape.
    fn take_simple(&mut self, single: bool) -> Option<&'t str> {
        let rest = self.cursor.rest();
        let quote = if single { b'\'' } else { b'"' };
        let special = |b: &u8| *b == quote || matches!(b, b'\n' | b'\r' | b'\\' | 0xC2 | 0xE2);
        let end = rest.iter().position(special)?;
        let doubled = single && rest.get(end + 1) == Some(&quote);
        if rest[end] != quote || doubled {
            return None;
        }
        let from = self.cursor.mark.at;
        self.cursor.skip_bytes(end + 1);
        Some(&self.cursor.text[from..from + end])
    }

    /// Takes characters up to a blank, a break or the closing quote. True if it ended with an
    /// escaped line break.
    fn take_letters(&mut self, single: bool, text: &mut String) -> Result<bool, Fault> {
        while !self.cursor.is_blank_or_end(0) {
            match self.cursor.byte(0) {
                b'\'' if single && self.cursor.byte(1) == b'\'' => {
                    text.push('\'');
                    self.cursor.skip_bytes(2);
                }
                b'\'' if single => break,
                b'"' if !single => break,
                b'\\' if !single && self.cursor.is_break(1) => {
                    self.cursor.skip();
                    self.cursor.skip_line();
                    return Ok(true);
                }
                b'\\' if !single => self.take_escape(text)?,
                _ => {
                    let from = self.cursor.mark.at;
                    self.cursor.skip();
                    text.push_str(&self.cursor.text[from..self.cursor.mark.at]);
                }
            }
        }
        Ok(false)
    }

    /// Takes blanks and breaks inside the quotes, folding breaks.
    fn take_spaces(&mut self, escaped_break: bool, text: &mut String) {
        let mut breaks = Breaks { any: escaped_break, ..Breaks::default() };
        let (mut broken, from) = (escaped_break, self.cursor.mark.at);
        let mut blanks = from..from;
        loop {
            if self.cursor.is_blank() {
                self.cursor.skip();
                if !broken {
                    blanks.end = self.cursor.mark.at;
                }
            } else if self.cursor.is_break(0) {
                let into = if broken { &mut breaks.more } else { &mut breaks.first };
                self.cursor.take_line(into);
                broken = true;
            } else {
                break;
            }
        }
        if broken {
            breaks.fold_into(text);
        } else {
            text.push_str(&self.cursor.text[blanks]);
        }
    }

    fn take_escape(&mut self, text: &mut String) -> Result<(), Fault> {
        let digits = match self.cursor.byte(1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            letter => {
                let c =
                    escaped(letter).ok_or_else(|| self.fault("found unknown escape character"))?;
                text.push(c);
                0
            }
        };
        if digits > 0 {
            text.push(self.code_point(digits)?);
        }
        self.cursor.skip_bytes(2 + digits);
        Ok(())
    }

    fn code_point(&self, digits: usize) -> Result<char, Fault> {
        let code = self.cursor.rest().get(2..2 + digits).and_then(|code| str::from_utf8(code).ok());
        let code = code.filter(|code| code.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let code = code.and_then(|code| u32::from_str_radix(code, 16).ok());
        let code = code.ok_or_else(|| self.fault("did not find expected hexdecimal number"))?;
        char::from_u32(code)
            .ok_or_else(|| self.fault("found invalid Unicode character escape code"))
    }
}

/// What a letter behind a backslash stands for.
fn escaped(letter: u8) -> Option<char> {
    Some(match letter {
        b'0' => '\0',
        b'a' => '\u{7}',
        b'b' => '\u{8}',
        b't' | b'\t' => '\t',
        b'n' => '\n',
        b'v' => '\u{B}',
        b'f' => '\u{C}',
        b'r' => '\r',
        b'e' => '\u{1B}',
        b' ' => ' ',
        b'"' => '"',
        b'\'' => '\'',
        b'\\' => '\\',
        b'N' => '\u{85}',
        b'_' => '\u{A0}',
        b'L' => '\u{2028}',
        b'P' => '\u{2029}',
        _ => return None,
    })
}
