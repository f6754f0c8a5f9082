//! Scalars without quotes.

use super::{Scanner, Token};
use crate::text::Fault;
use std::borrow::Cow;

impl<'t> Scanner<'t> {
    pub(super) fn scan_plain(&mut self) -> Result<Token<'t>, Fault> {
        let start = self.cursor.mark.at;
        let indent = self.indent + 1;
        let mut text = Lines { whole: self.cursor.text, folded: None, line: start..start };
        let mut breaks = Breaks::default();
        loop {
            if self.cursor.is_any_document() || self.cursor.byte(0) == b'#' {
                break;
            }
            self.take_words(&mut text, &mut breaks);
            if !self.cursor.is_blank() && !self.cursor.is_break(0) {
                break;
            }
            self.take_gap(indent, start, &mut breaks)?;
            if self.flow == 0 && self.cursor.mark.column.cast_signed() < indent {
                break;
            }
        }
        // A line break behind the scalar begins a line on which a key may stand.
        self.key_allowed |= breaks.any;
        Ok(Token::Scalar { text: text.finish(), plain: true })
    }

    /// Takes characters up to a blank or to what ends a plain scalar.
    fn take_words(&mut self, text: &mut Lines<'t>, breaks: &mut Breaks) {
        let from = self.cursor.mark.at;
        while !self.cursor.is_blank_or_end(0) && !self.ends_plain() {
            let length = self.ordinary();
            if length == 0 {
                self.cursor.skip();
            } else {
                self.cursor.skip_bytes(length);
            }
        }
        if self.cursor.mark.at > from {
            text.extend(from, self.cursor.mark.at, breaks);
        }
    }

    fn ends_plain(&self) -> bool {
        match self.cursor.byte(0) {
            b':' => self.cursor.is_blank_or_end(1),
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => self.flow > 0,
            _ => false,
        }
    }

    /// How many of the next bytes cannot end a plain scalar.
    fn ordinary(&self) -> usize {
        let special = |byte: &u8| {
            matches!(
                byte,
                b' ' | b'\t'
                    | b'\n'
                    | b'\r'
                    | 0xC2
                    | 0xE2
                    | b':'
                    | b','
                    | b'?'
                    | b'['
                    | b']'
                    | b'{'
                    | b'}'
            )
        };
        let rest = self.cursor.rest();
        rest.iter().position(special).unwrap_or(rest.len())
    }

    /// Takes blanks and line breaks between words.
    fn take_gap(&mut self, indent: isize, start: usize, breaks: &mut Breaks) -> Result<(), Fault> {
        loop {
            if self.cursor.is_blank() {
                let shallow = self.cursor.mark.column.cast_signed() < indent;
                if breaks.any && shallow && self.cursor.byte(0) == b'\t' {
                    let message = "found a tab character that violates indentation";
                    return Err(Fault::new(self.cursor.mark.at.max(start), message));
                }
                self.cursor.skip();
            } else if self.cursor.is_break(0) {
                let into = if breaks.any { &mut breaks.more } else { &mut breaks.first };
                self.cursor.take_line(into);
                breaks.any = true;
            } else {
                return Ok(());
            }
        }
    }
}

/// Line breaks that stand between two words and are folded if another word follows.
#[derive(Default)]
pub(super) struct Breaks {
    pub(super) any: bool,
    pub(super) first: String,
    pub(super) more: String,
}

impl Breaks {
    /// Adds the breaks as folding makes them: one LF is a space, further ones stay.
    pub(super) fn fold_into(&mut self, text: &mut String) {
        if !self.first.starts_with('\n') {
            text.push_str(&self.first);
        } else if self.more.is_empty() {
            text.push(' ');
        }
        text.push_str(&self.more);
        *self = Self::default();
    }
}

/// The lines of a plain scalar. One line is borrowed from the text.
struct Lines<'t> {
    whole: &'t str,
    folded: Option<String>,
    line: std::ops::Range<usize>,
}

impl<'t> Lines<'t> {
    /// Adds words: to the same line with the blanks before them, or behind folded breaks.
    fn extend(&mut self, from: usize, to: usize, breaks: &mut Breaks) {
        if breaks.any {
            let folded = self.folded.get_or_insert_default();
            folded.push_str(&self.whole[self.line.clone()]);
            breaks.fold_into(folded);
            self.line.start = from;
        }
        self.line.end = to;
    }

    fn finish(self) -> Cow<'t, str> {
        let line = &self.whole[self.line];
        match self.folded {
            Some(folded) => Cow::Owned(folded + line),
            None => Cow::Borrowed(line),
        }
    }
}
