//! Block scalars: `|` keeps lines, `>` folds them.

use super::{Scanner, Token};
use crate::text::Fault;
use std::borrow::Cow;

/// What happens to line breaks at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

impl<'t> Scanner<'t> {
    pub(super) fn scan_block_scalar(&mut self, literal: bool) -> Result<Token<'t>, Fault> {
        let start = self.cursor.mark.at;
        self.cursor.skip();
        let (chomping, increment) = self.take_header(start)?;
        let mut indent = increment.map(|more| self.indent.max(0).cast_unsigned() + more);
        let (mut text, mut line_end, mut breaks) = (String::new(), String::new(), String::new());
        let mut after_blank = false;
        let indent = self.take_breaks(&mut indent, &mut breaks)?;
        while self.cursor.mark.column == indent && self.cursor.byte(0) != 0 {
            let blank = self.cursor.is_blank();
            let folds = !literal && !after_blank && !blank && line_end.starts_with('\n');
            if !folds {
                text.push_str(&line_end);
            } else if breaks.is_empty() {
                text.push(' ');
            }
            text.push_str(&breaks);
            line_end.clear();
            breaks.clear();
            after_blank = blank;
            self.take_rest_of_line(&mut text);
            if self.cursor.is_break(0) {
                self.cursor.take_line(&mut line_end);
            }
            self.take_breaks(&mut Some(indent), &mut breaks)?;
        }
        if chomping != Chomping::Strip {
            text.push_str(&line_end);
        }
        if chomping == Chomping::Keep {
            text.push_str(&breaks);
        }
        Ok(Token::Scalar { text: Cow::Owned(text), plain: false })
    }

    /// Takes what stands behind `|` or `>` on its line: chomping and indentation, in any order.
    fn take_header(&mut self, start: usize) -> Result<(Chomping, Option<usize>), Fault> {
        let mut chomping = self.take_chomping();
        let increment = self.take_increment(start)?;
        if chomping.is_none() && increment.is_some() {
            chomping = self.take_chomping();
        }
        self.cursor.skip_blanks();
        self.cursor.skip_comment();
        if !self.cursor.is_break_or_end(0) {
            return Err(self.fault("did not find expected comment or line break"));
        }
        if self.cursor.is_break(0) {
            self.cursor.skip_line();
        }
        Ok((chomping.unwrap_or(Chomping::Clip), increment))
    }

    fn take_chomping(&mut self) -> Option<Chomping> {
        let chomping = match self.cursor.byte(0) {
            b'+' => Chomping::Keep,
            b'-' => Chomping::Strip,
            _ => return None,
        };
        self.cursor.skip();
        Some(chomping)
    }

    fn take_increment(&mut self, start: usize) -> Result<Option<usize>, Fault> {
        let digit = self.cursor.byte(0);
        if !digit.is_ascii_digit() {
            return Ok(None);
        }
        if digit == b'0' {
            return Err(Fault::new(start, "found an indentation indicator equal to 0")
                .seen_at(self.cursor.mark.at));
        }
        self.cursor.skip();
        Ok(Some(usize::from(digit - b'0')))
    }

    fn take_rest_of_line(&mut self, text: &mut String) {
        let from = self.cursor.mark.at;
        while !self.cursor.is_break_or_end(0) {
            let rest = self.cursor.rest();
            let special = |byte: &u8| matches!(byte, b'\n' | b'\r' | 0xC2 | 0xE2);
            match rest.iter().position(special).unwrap_or(rest.len()) {
                0 => self.cursor.skip(),
                length => self.cursor.skip_bytes(length),
            }
        }
        text.push_str(&self.cursor.text[from..self.cursor.mark.at]);
    }

    /// Takes indentation and empty lines, and finds out the indentation if it is not known: that of
    /// the deepest of these lines and the next.
    fn take_breaks(
        &mut self,
        indent: &mut Option<usize>,
        breaks: &mut String,
    ) -> Result<usize, Fault> {
        let mut deepest = 0;
        loop {
            while self.is_shallow(*indent) && self.cursor.byte(0) == b' ' {
                self.cursor.skip();
            }
            deepest = deepest.max(self.cursor.mark.column);
            if self.is_shallow(*indent) && self.cursor.byte(0) == b'\t' {
                let message = "found a tab character where an indentation space is expected";
                return Err(self.fault(message));
            }
            if !self.cursor.is_break(0) {
                break;
            }
            self.cursor.take_line(breaks);
        }
        let least = (self.indent + 1).max(1).cast_unsigned();
        Ok(*indent.get_or_insert(deepest.max(least)))
    }

    fn is_shallow(&self, indent: Option<usize>) -> bool {
        indent.is_none_or(|indent| self.cursor.mark.column < indent)
    }
}
