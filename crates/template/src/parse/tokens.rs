//! Tokens, with a look ahead of three.

use crate::lex::{Lexer, Token};

/// Tokens that can be put back.
pub(super) struct Tokens<'t> {
    lexer: Lexer<'t>,
    /// The last token that was read is the first; put back are the first `waiting`.
    buffer: [Option<Token<'t>>; 3],
    waiting: usize,
    line: u32,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(lexer: Lexer<'t>) -> Self {
        Self { lexer, buffer: [const { None }; 3], waiting: 0, line: 0 }
    }

    /// The line of the token that was read last, put back or not.
    pub(super) fn line(&self) -> u32 {
        self.line
    }

    pub(super) fn next(&mut self) -> Token<'t> {
        if self.waiting == 0 {
            self.read();
        } else {
            self.waiting -= 1;
        }
        self.at(self.waiting)
    }

    pub(super) fn peek(&mut self) -> Token<'t> {
        if self.waiting == 0 {
            self.read();
            self.waiting = 1;
        }
        self.at(self.waiting - 1)
    }

    /// Puts the last token back.
    pub(super) fn backup(&mut self) {
        self.waiting += 1;
    }

    /// Puts the last token back, and one before it.
    pub(super) fn backup_two(&mut self, before: Token<'t>) {
        self.buffer[1] = Some(before);
        self.waiting = 2;
    }

    /// Puts the last token back, and two before it.
    pub(super) fn backup_three(&mut self, first: Token<'t>, second: Token<'t>) {
        self.buffer[1] = Some(second);
        self.buffer[2] = Some(first);
        self.waiting = 3;
    }

    fn read(&mut self) {
        let token = self.lexer.next_token();
        self.line = token.line;
        self.buffer[0] = Some(token);
    }

    fn at(&self, index: usize) -> Token<'t> {
        self.buffer[index].clone().expect("a token is read before it is returned or put back")
    }
}
