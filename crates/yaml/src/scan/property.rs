//! Anchors, aliases, tags and directives.

use super::{Scanner, Token};
use crate::text::Fault;

impl<'t> Scanner<'t> {
    pub(super) fn scan_alias(&mut self) -> Result<Token<'t>, Fault> {
        Ok(Token::Alias(self.take_name()?))
    }

    pub(super) fn scan_anchor(&mut self) -> Result<Token<'t>, Fault> {
        Ok(Token::Anchor(self.take_name()?))
    }

    fn take_name(&mut self) -> Result<&'t str, Fault> {
        self.cursor.skip();
        let name = self.cursor.take_word();
        let ends =
            matches!(self.cursor.byte(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !(ends || self.cursor.is_blank_or_end(0)) {
            return Err(self.fault("did not find expected alphabetic or numeric character"));
        }
        Ok(name)
    }

    pub(super) fn scan_tag(&mut self) -> Result<Token<'t>, Fault> {
        let token = if self.cursor.byte(1) == b'<' {
            self.cursor.skip_bytes(2);
            let suffix = self.take_uri("", true)?;
            if self.cursor.byte(0) != b'>' {
                return Err(self.fault("did not find the expected '>'"));
            }
            self.cursor.skip();
            Token::Tag { handle: "", suffix }
        } else {
            self.take_short_tag()?
        };
        if !self.cursor.is_blank_or_end(0) {
            return Err(self.fault("did not find expected whitespace or line break"));
        }
        Ok(token)
    }

    /// Takes `!handle!suffix` or `!suffix`, whose handle is `!`; a lone `!` is a suffix.
    fn take_short_tag(&mut self) -> Result<Token<'t>, Fault> {
        let head = self.take_handle();
        if head.len() > 1 && head.ends_with('!') {
            return Ok(Token::Tag { handle: head, suffix: self.take_uri("", true)? });
        }
        let suffix = self.take_uri(&head[1..], false)?;
        if suffix.is_empty() {
            return Ok(Token::Tag { handle: "", suffix: head.to_owned() });
        }
        Ok(Token::Tag { handle: "!", suffix })
    }

    /// Takes `!`, a word, and the `!` that may end it.
    fn take_handle(&mut self) -> &'t str {
        let from = self.cursor.mark.at;
        self.cursor.skip();
        self.cursor.take_word();
        if self.cursor.byte(0) == b'!' {
            self.cursor.skip();
        }
        &self.cursor.text[from..self.cursor.mark.at]
    }

    /// Takes the characters of a tag, unescaping `%41`.
    fn take_uri(&mut self, head: &str, required: bool) -> Result<String, Fault> {
        let mut uri = head.as_bytes().to_vec();
        let from = self.cursor.mark.at;
        loop {
            match self.cursor.byte(0) {
                b'%' => self.take_uri_escapes(&mut uri)?,
                b if b.is_ascii_alphanumeric() || b"_-;/?:@&=+$,.!~*'()[]".contains(&b) => {
                    uri.push(b);
                    self.cursor.skip();
                }
                _ => break,
            }
        }
        if required && self.cursor.mark.at == from {
            return Err(self.fault("did not find expected tag URI"));
        }
        String::from_utf8(uri).map_err(|_| Fault::new(from, "found an incorrect UTF-8 octet"))
    }

    fn take_uri_escapes(&mut self, uri: &mut Vec<u8>) -> Result<(), Fault> {
        let code = self.cursor.rest().get(1..3).and_then(|code| str::from_utf8(code).ok());
        let code = code.filter(|code| code.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let octet = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        uri.push(octet.ok_or_else(|| self.fault("did not find URI escaped octet"))?);
        self.cursor.skip_bytes(3);
        Ok(())
    }

    pub(super) fn scan_directive(&mut self) -> Result<Token<'t>, Fault> {
        self.cursor.skip();
        let name = self.cursor.take_word();
        if name.is_empty() {
            return Err(self.fault("could not find expected directive name"));
        }
        if !self.cursor.is_blank_or_end(0) {
            return Err(self.fault("found unexpected non-alphabetical character"));
        }
        let token = match name {
            "YAML" => self.take_version()?,
            "TAG" => self.take_tag_handle()?,
            _ => return Err(self.fault("found unknown directive name")),
        };
        self.cursor.skip_blanks();
        self.cursor.skip_comment();
        if !self.cursor.is_break_or_end(0) {
            return Err(self.fault("did not find expected comment or line break"));
        }
        if self.cursor.is_break(0) {
            self.cursor.skip_line();
        }
        Ok(token)
    }

    fn take_version(&mut self) -> Result<Token<'t>, Fault> {
        self.cursor.skip_blanks();
        let major = self.take_version_number()?;
        if self.cursor.byte(0) != b'.' {
            return Err(self.fault("did not find expected digit or '.' character"));
        }
        self.cursor.skip();
        Ok(Token::Version { major, minor: self.take_version_number()? })
    }

    /// Takes one or two digits.
    fn take_version_number(&mut self) -> Result<u8, Fault> {
        let rest = self.cursor.rest();
        let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length > 2 {
            return Err(self.fault("found extremely long version number"));
        }
        let digits = str::from_utf8(&rest[..length]).ok().and_then(|digits| digits.parse().ok());
        let number = digits.ok_or_else(|| self.fault("did not find expected version number"))?;
        self.cursor.skip_bytes(length);
        Ok(number)
    }

    fn take_tag_handle(&mut self) -> Result<Token<'t>, Fault> {
        self.cursor.skip_blanks();
        if self.cursor.byte(0) != b'!' {
            return Err(self.fault("did not find expected '!'"));
        }
        let handle = self.take_handle();
        if handle != "!" && !handle.ends_with('!') {
            return Err(self.fault("did not find expected '!'"));
        }
        if !self.cursor.is_blank() {
            return Err(self.fault("did not find expected whitespace"));
        }
        self.cursor.skip_blanks();
        let prefix = self.take_uri("", true)?;
        if !self.cursor.is_blank_or_end(0) {
            return Err(self.fault("did not find expected whitespace or line break"));
        }
        Ok(Token::TagHandle { handle, prefix })
    }
}
