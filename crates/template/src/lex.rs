//! Text to tokens.

use crate::quote::quoted;
use crate::unicode::{is_alphanumeric, is_printable, runes};

mod cursor;

use cursor::Cursor;

/// The sort of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// The token's message says what is wrong with the text.
    Error,
    End,
    Text,
    LeftDelimiter,
    RightDelimiter,
    LeftParenthesis,
    RightParenthesis,
    Space,
    Pipe,
    Assign,
    Declare,
    /// Any other printable ASCII character.
    Character,
    Boolean,
    CharacterConstant,
    Complex,
    Number,
    String,
    RawString,
    Identifier,
    Field,
    Variable,
    Keyword(Keyword),
}

/// What has a meaning of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Dot,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl Keyword {
    fn of(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"." => Self::Dot,
            b"block" => Self::Block,
            b"break" => Self::Break,
            b"continue" => Self::Continue,
            b"define" => Self::Define,
            b"else" => Self::Else,
            b"end" => Self::End,
            b"if" => Self::If,
            b"nil" => Self::Nil,
            b"range" => Self::Range,
            b"template" => Self::Template,
            b"with" => Self::With,
            _ => return None,
        })
    }
}

/// A piece of the text.
#[derive(Clone, Debug)]
pub(crate) struct Token<'t> {
    pub(crate) sort: Sort,
    /// Where it begins, in bytes.
    pub(crate) at: usize,
    /// What it is made of.
    pub(crate) text: &'t [u8],
    /// The line in which it begins, from 1.
    pub(crate) line: u32,
    /// What is wrong, for errors.
    pub(crate) message: String,
}

impl Token<'_> {
    /// The token as error texts name it.
    pub(crate) fn shown(&self) -> String {
        match self.sort {
            Sort::End => "EOF".to_owned(),
            Sort::Error => self.message.clone(),
            Sort::Keyword(_) => format!("<{}>", String::from_utf8_lossy(self.text)),
            _ if self.text.len() > 10 => {
                let end = runes(self.text).nth(10).map_or(self.text.len(), |(at, _)| at);
                format!("{}...", quoted(&self.text[..end]))
            }
            _ => quoted(self.text),
        }
    }
}

/// Which keywords are names of functions instead.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Names {
    pub(crate) break_is_function: bool,
    pub(crate) continue_is_function: bool,
}

/// Reads tokens one by one. After an error there are no more.
pub(crate) struct Lexer<'t> {
    cursor: Cursor<'t>,
    names: Names,
    is_inside: bool,
    parentheses: u32,
    has_failed: bool,
}

const LEFT: &[u8; 2] = b"{{";
const RIGHT: &[u8; 2] = b"}}";

/// What a step of the lexer leads to: a token, or another step.
enum Step<'t> {
    Token(Token<'t>),
    Again,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t [u8], names: Names) -> Self {
        Self {
            cursor: Cursor::new(text),
            names,
            is_inside: false,
            parentheses: 0,
            has_failed: false,
        }
    }

    pub(crate) fn next_token(&mut self) -> Token<'t> {
        if self.has_failed {
            return self.cursor.take(Sort::End);
        }
        loop {
            let step = if self.is_inside { self.inside() } else { self.outside() };
            if let Step::Token(token) = step {
                self.has_failed = token.sort == Sort::Error;
                return token;
            }
        }
    }

    fn emit(&mut self, sort: Sort) -> Step<'t> {
        Step::Token(self.cursor.take(sort))
    }

    fn fail(&mut self, message: impl Into<String>) -> Step<'t> {
        Step::Token(Token { message: message.into(), ..self.cursor.take(Sort::Error) })
    }

    fn outside(&mut self) -> Step<'t> {
        let rest = self.cursor.rest();
        let Some(found) = find(rest, *LEFT) else {
            if rest.is_empty() {
                return self.emit(Sort::End);
            }
            self.cursor.advance(rest.len());
            return self.emit(Sort::Text);
        };
        if found == 0 {
            return self.left_delimiter();
        }
        let before = &rest[..found];
        let trims = begins_with_trim(&rest[found + LEFT.len()..]);
        let kept = if trims { without_blanks_at_end(before).len() } else { found };
        self.cursor.advance(kept);
        let token = self.cursor.take(Sort::Text);
        self.cursor.advance(found - kept);
        self.cursor.ignore();
        if token.text.is_empty() { Step::Again } else { Step::Token(token) }
    }

    fn left_delimiter(&mut self) -> Step<'t> {
        self.cursor.advance(LEFT.len());
        let marker = if begins_with_trim(self.cursor.rest()) { 2 } else { 0 };
        if self.cursor.rest()[marker..].starts_with(b"/*") {
            self.cursor.advance(marker);
            self.cursor.ignore();
            return self.comment();
        }
        let token = self.cursor.take(Sort::LeftDelimiter);
        self.is_inside = true;
        self.parentheses = 0;
        self.cursor.advance(marker);
        self.cursor.ignore();
        Step::Token(token)
    }

    fn comment(&mut self) -> Step<'t> {
        self.cursor.advance(2);
        let Some(length) = find(self.cursor.rest(), *b"*/") else {
            return self.fail("unclosed comment");
        };
        self.cursor.advance(length + 2);
        if !self.is_at_right_delimiter() {
            return self.fail("comment ends before closing delimiter");
        }
        self.cursor.ignore();
        self.pass_right_delimiter();
        self.cursor.ignore();
        Step::Again
    }

    fn is_at_right_delimiter(&self) -> bool {
        self.cursor.rest().starts_with(RIGHT) || ends_with_trim(self.cursor.rest())
    }

    /// Goes beyond the delimiter, and beyond the blanks after it if it trims. Returns the token of the
    /// delimiter.
    fn pass_right_delimiter(&mut self) -> Token<'t> {
        let trims = ends_with_trim(self.cursor.rest());
        if trims {
            self.cursor.advance(2);
            self.cursor.ignore();
        }
        self.cursor.advance(RIGHT.len());
        let token = self.cursor.take(Sort::RightDelimiter);
        if trims {
            let blanks = self.cursor.rest().iter().take_while(|byte| is_space(**byte)).count();
            self.cursor.advance(blanks);
            self.cursor.ignore();
        }
        token
    }

    fn inside(&mut self) -> Step<'t> {
        if self.is_at_right_delimiter() {
            if self.parentheses > 0 {
                return self.fail("unclosed left paren");
            }
            self.is_inside = false;
            return Step::Token(self.pass_right_delimiter());
        }
        let Some(first) = self.cursor.peek_byte() else {
            return self.fail("unclosed action");
        };
        match first {
            byte if is_space(byte) => self.space(),
            b'=' => self.single(Sort::Assign),
            b':' => self.declare(),
            b'|' => self.single(Sort::Pipe),
            b'"' => self.quoted(b'"', Sort::String, "unterminated quoted string"),
            b'\'' => self.quoted(b'\'', Sort::CharacterConstant, "unterminated character constant"),
            b'`' => self.raw_string(),
            b'$' => self.name(Sort::Variable),
            b'.' if self.cursor.byte_after().is_some_and(|byte| !byte.is_ascii_digit()) => {
                self.name(Sort::Field)
            }
            b'.' | b'+' | b'-' | b'0'..=b'9' => self.number(),
            b'(' => {
                self.parentheses += 1;
                self.single(Sort::LeftParenthesis)
            }
            b')' => self.right_parenthesis(),
            _ => self.word_or_character(),
        }
    }

    fn single(&mut self, sort: Sort) -> Step<'t> {
        self.cursor.advance(1);
        self.emit(sort)
    }

    fn declare(&mut self) -> Step<'t> {
        self.cursor.advance(1);
        let token_begin = self.cursor.peek_byte();
        self.cursor.next_rune();
        if token_begin == Some(b'=') { self.emit(Sort::Declare) } else { self.fail("expected :=") }
    }

    fn right_parenthesis(&mut self) -> Step<'t> {
        self.cursor.advance(1);
        match self.parentheses.checked_sub(1) {
            Some(left) => {
                self.parentheses = left;
                self.emit(Sort::RightParenthesis)
            }
            None => self.fail("unexpected right paren"),
        }
    }

    /// Blanks. The last one belongs to the delimiter if that trims.
    fn space(&mut self) -> Step<'t> {
        let count = self.cursor.rest().iter().take_while(|byte| is_space(**byte)).count();
        match ends_with_trim(&self.cursor.rest()[count - 1..]) {
            true if count == 1 => Step::Again,
            true => {
                self.cursor.advance(count - 1);
                self.emit(Sort::Space)
            }
            false => {
                self.cursor.advance(count);
                self.emit(Sort::Space)
            }
        }
    }

    fn quoted(&mut self, quote: u8, sort: Sort, unterminated: &str) -> Step<'t> {
        self.cursor.advance(1);
        loop {
            match self.cursor.next_rune() {
                Some(0x5C) => {
                    if matches!(self.cursor.next_rune(), None | Some(0x0A)) {
                        return self.fail(unterminated);
                    }
                }
                None | Some(0x0A) => return self.fail(unterminated),
                Some(rune) if rune == u32::from(quote) => return self.emit(sort),
                Some(_) => {}
            }
        }
    }

    fn raw_string(&mut self) -> Step<'t> {
        self.cursor.advance(1);
        match self.cursor.rest().iter().position(|byte| *byte == b'`') {
            Some(length) => {
                self.cursor.advance(length + 1);
                self.emit(Sort::RawString)
            }
            None => self.fail("unterminated raw quoted string"),
        }
    }

    /// A field or variable; the first character is its mark.
    fn name(&mut self, sort: Sort) -> Step<'t> {
        self.cursor.advance(1);
        let is_bare = self.is_at_terminator();
        if !is_bare {
            self.pass_word();
        }
        if !self.is_at_terminator() {
            return self.bad_character();
        }
        match sort {
            Sort::Field if is_bare => self.emit(Sort::Keyword(Keyword::Dot)),
            other => self.emit(other),
        }
    }

    fn pass_word(&mut self) {
        while self.cursor.peek_rune().is_some_and(is_alphanumeric) {
            self.cursor.next_rune();
        }
    }

    fn is_at_terminator(&self) -> bool {
        match self.cursor.peek_byte() {
            None | Some(b'.' | b',' | b'|' | b':' | b')' | b'(') => true,
            Some(byte) => is_space(byte) || self.cursor.rest().starts_with(RIGHT),
        }
    }

    fn bad_character(&mut self) -> Step<'t> {
        let rune = self.cursor.peek_rune().unwrap_or_default();
        self.fail(format!("bad character {}", shown_rune(rune)))
    }

    fn word_or_character(&mut self) -> Step<'t> {
        let rune = self.cursor.peek_rune().unwrap_or_default();
        if is_alphanumeric(rune) {
            return self.word();
        }
        self.cursor.next_rune();
        if rune < 0x80 && is_printable(rune) {
            return self.emit(Sort::Character);
        }
        self.fail(format!("unrecognized character in action: {}", shown_rune(rune)))
    }

    fn word(&mut self) -> Step<'t> {
        self.pass_word();
        if !self.is_at_terminator() {
            return self.bad_character();
        }
        let word = self.cursor.taken();
        let sort = match Keyword::of(word) {
            Some(Keyword::Break) if self.names.break_is_function => Sort::Identifier,
            Some(Keyword::Continue) if self.names.continue_is_function => Sort::Identifier,
            Some(keyword) => Sort::Keyword(keyword),
            None if word == b"true" || word == b"false" => Sort::Boolean,
            None => Sort::Identifier,
        };
        self.emit(sort)
    }

    fn number(&mut self) -> Step<'t> {
        if !self.scan_number() {
            return self.bad_number();
        }
        if !matches!(self.cursor.peek_byte(), Some(b'+' | b'-')) {
            return self.emit(Sort::Number);
        }
        if self.scan_number() && self.cursor.taken().ends_with(b"i") {
            return self.emit(Sort::Complex);
        }
        self.bad_number()
    }

    fn bad_number(&mut self) -> Step<'t> {
        let message = format!("bad number syntax: {}", quoted(self.cursor.taken()));
        self.fail(message)
    }

    /// Goes over what may be a number; whether it is one is seen later.
    fn scan_number(&mut self) -> bool {
        self.cursor.accept(b"+-");
        let mut digits: &[u8] = b"0123456789_";
        let mut exponent: &[u8] = b"eE";
        if self.cursor.accept(b"0") {
            if self.cursor.accept(b"xX") {
                (digits, exponent) = (b"0123456789abcdefABCDEF_", b"pP");
            } else if self.cursor.accept(b"oO") {
                (digits, exponent) = (b"01234567_", b"");
            } else if self.cursor.accept(b"bB") {
                (digits, exponent) = (b"01_", b"");
            }
        }
        self.cursor.accept_run(digits);
        if self.cursor.accept(b".") {
            self.cursor.accept_run(digits);
        }
        if self.cursor.accept(exponent) {
            self.cursor.accept(b"+-");
            self.cursor.accept_run(b"0123456789_");
        }
        self.cursor.accept(b"i");
        let ends = !self.cursor.peek_rune().is_some_and(is_alphanumeric);
        if !ends {
            self.cursor.next_rune();
        }
        ends
    }
}

/// A code point as `%#U` prints it.
fn shown_rune(rune: u32) -> String {
    match char::from_u32(rune).filter(|_| is_printable(rune)) {
        Some(character) => format!("U+{rune:04X} '{character}'"),
        None => format!("U+{rune:04X}"),
    }
}

fn find(text: &[u8], wanted: [u8; 2]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = text[from..].iter().position(|byte| *byte == wanted[0]) {
        if text.get(from + at + 1) == Some(&wanted[1]) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Whether the text after a left delimiter says that blanks before it go.
fn begins_with_trim(text: &[u8]) -> bool {
    matches!(text, [b'-', space, ..] if is_space(*space))
}

/// Whether the text is a right delimiter that takes the blanks after it.
fn ends_with_trim(text: &[u8]) -> bool {
    matches!(text, [space, b'-', b'}', b'}', ..] if is_space(*space))
}

fn without_blanks_at_end(text: &[u8]) -> &[u8] {
    let blanks = text.iter().rev().take_while(|byte| is_space(**byte)).count();
    &text[..text.len() - blanks]
}
