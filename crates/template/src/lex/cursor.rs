//! Where the lexer stands.

use super::{Sort, Token};
use crate::unicode::first_rune;

/// A place in a text, and the beginning of the token that is being read.
pub(super) struct Cursor<'t> {
    text: &'t [u8],
    at: usize,
    start: usize,
    line: u32,
    start_line: u32,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self { text, at: 0, start: 0, line: 1, start_line: 1 }
    }

    pub(super) fn rest(&self) -> &'t [u8] {
        &self.text[self.at..]
    }

    /// What has been read of the token.
    pub(super) fn taken(&self) -> &'t [u8] {
        &self.text[self.start..self.at]
    }

    pub(super) fn peek_byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn byte_after(&self) -> Option<u8> {
        self.text.get(self.at + 1).copied()
    }

    pub(super) fn peek_rune(&self) -> Option<u32> {
        let (rune, width) = first_rune(self.rest());
        (width > 0).then_some(rune)
    }

    pub(super) fn next_rune(&mut self) -> Option<u32> {
        let (rune, width) = first_rune(self.rest());
        self.advance(width);
        (width > 0).then_some(rune)
    }

    /// Goes forward by bytes.
    pub(super) fn advance(&mut self, bytes: usize) {
        let passed = &self.rest()[..bytes];
        self.line += passed.iter().map(|byte| u32::from(*byte == b'\n')).sum::<u32>();
        self.at += bytes;
    }

    pub(super) fn accept(&mut self, valid: &[u8]) -> bool {
        let is_valid = self.peek_byte().is_some_and(|byte| valid.contains(&byte));
        self.at += usize::from(is_valid);
        is_valid
    }

    pub(super) fn accept_run(&mut self, valid: &[u8]) {
        while self.accept(valid) {}
    }

    /// Ends the token here, and begins the next.
    pub(super) fn take(&mut self, sort: Sort) -> Token<'t> {
        let token = Token {
            sort,
            at: self.start,
            text: self.taken(),
            line: self.start_line,
            message: String::new(),
        };
        self.ignore();
        token
    }

    /// Forgets what has been read of the token.
    pub(super) fn ignore(&mut self) {
        self.start = self.at;
        self.start_line = self.line;
    }
}
