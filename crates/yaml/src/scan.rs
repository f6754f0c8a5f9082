//! From characters to tokens: libyaml's scanner. Indentation and implicit keys become tokens here,
//! so that the parser behind needs no columns. Source: go-yaml v2 `scannerc.go`.

mod block;
mod cursor;
mod plain;
mod property;
mod quoted;
mod token;

pub(crate) use token::Token;

use crate::limits::Limit;
use crate::text::Fault;
use cursor::{Cursor, Mark};
use std::collections::VecDeque;

/// The longest implicit key, in characters. Source: YAML 1.1, and libyaml.
const KEY_CHARACTERS_MAX: usize = 1024;

/// A token that may turn out to be a key, once a `:` follows it.
#[derive(Clone, Copy, Default)]
struct Key {
    possible: bool,
    /// Nothing but a key can stand here, so a missing `:` is a fault.
    required: bool,
    number: usize,
    mark: Mark,
}

/// Yields the tokens of one document's text.
pub(crate) struct Scanner<'t> {
    cursor: Cursor<'t>,
    queue: VecDeque<(usize, Token<'t>)>,
    /// How many tokens were taken from the queue.
    taken: usize,
    ready: bool,
    indent: isize,
    indents: Vec<isize>,
    flow: usize,
    depth_max: usize,
    /// One possible key for each level of flow collections.
    keys: Vec<Key>,
    /// Token numbers of possible keys with their level. It is a list of its own, and forgets what
    /// libyaml's table forgets: that decides which malformed texts go through.
    numbered: Vec<(usize, usize)>,
    key_allowed: bool,
}

impl<'t> Scanner<'t> {
    pub(crate) fn new(text: &'t str, depth_max: usize) -> Self {
        Self {
            cursor: Cursor::new(text),
            queue: VecDeque::new(),
            taken: 0,
            ready: false,
            indent: -1,
            indents: Vec::new(),
            flow: 0,
            depth_max,
            keys: vec![Key::default()],
            numbered: Vec::new(),
            key_allowed: true,
        }
    }

    /// The next token with its byte offset, left in place.
    pub(crate) fn peek(&mut self) -> Result<(usize, &Token<'t>), Fault> {
        if !self.ready {
            self.fetch_more()?;
        }
        let (at, token) = self.queue.front().expect("fetch_more leaves at least one token");
        Ok((*at, token))
    }

    /// Takes the next token.
    pub(crate) fn next(&mut self) -> Result<(usize, Token<'t>), Fault> {
        self.peek()?;
        self.ready = false;
        self.taken += 1;
        Ok(self.queue.pop_front().expect("peek left a token at the front"))
    }

    /// Fetches until the first token cannot become a key any more.
    fn fetch_more(&mut self) -> Result<(), Fault> {
        loop {
            if !self.queue.is_empty() {
                let taken = self.taken;
                let level = self.numbered.iter().rev().find(|(number, _)| *number == taken);
                let Some((_, level)) = level.copied() else { break };
                if !self.key_is_valid(level)? {
                    break;
                }
            }
            self.fetch()?;
        }
        self.ready = true;
        Ok(())
    }

    fn fetch(&mut self) -> Result<(), Fault> {
        self.skip_to_token();
        self.unroll(self.cursor.mark.column.cast_signed());
        let c = &self.cursor;
        let starts_line = c.mark.column == 0;
        match c.byte(0) {
            0 => self.fetch_end(),
            b'%' if starts_line => self.fetch_directive(),
            b'-' if starts_line && c.is_document("---") => {
                self.fetch_document(Token::DocumentStart)
            }
            b'.' if starts_line && c.is_document("...") => self.fetch_document(Token::DocumentEnd),
            b'[' => self.fetch_flow_start(Token::FlowSequenceStart),
            b'{' => self.fetch_flow_start(Token::FlowMappingStart),
            b']' => self.fetch_flow_end(Token::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(Token::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if c.is_blank_or_end(1) => self.fetch_block_entry(),
            b'?' if self.flow > 0 || c.is_blank_or_end(1) => self.fetch_key(),
            b':' if self.flow > 0 || c.is_blank_or_end(1) => self.fetch_value(),
            b'*' => self.fetch_property(Self::scan_alias),
            b'&' => self.fetch_property(Self::scan_anchor),
            b'!' => self.fetch_property(Self::scan_tag),
            b'|' if self.flow == 0 => self.fetch_block_scalar(true),
            b'>' if self.flow == 0 => self.fetch_block_scalar(false),
            b'\'' => self.fetch_property(Self::scan_single_quoted),
            b'"' => self.fetch_property(Self::scan_double_quoted),
            _ if self.starts_plain() => self.fetch_property(Self::scan_plain),
            _ => Err(self.fault("found character that cannot start any token")),
        }
    }

    fn starts_plain(&self) -> bool {
        let c = &self.cursor;
        match c.byte(0) {
            b'-' => !matches!(c.byte(1), b' ' | b'\t'),
            b'?' | b':' => self.flow == 0 && !c.is_blank_or_end(1),
            b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
            | b'"' | b'%' | b'@' | b'`' => false,
            _ => !c.is_blank_or_end(0),
        }
    }

    /// Skips blanks, comments and line ends. A tab is no indentation: it is skipped only where no
    /// key may begin.
    fn skip_to_token(&mut self) {
        loop {
            loop {
                match self.cursor.byte(0) {
                    b' ' => self.cursor.skip(),
                    b'\t' if self.flow > 0 || !self.key_allowed => self.cursor.skip(),
                    _ => break,
                }
            }
            self.cursor.skip_comment();
            if !self.cursor.is_break(0) {
                return;
            }
            self.cursor.skip_line();
            self.key_allowed |= self.flow == 0;
        }
    }

    fn push(&mut self, at: usize, token: Token<'t>) {
        self.queue.push_back((at, token));
    }

    /// Puts a token before the one with that number; at the end if that one is gone.
    fn insert(&mut self, number: usize, at: usize, token: Token<'t>) {
        match number.checked_sub(self.taken).filter(|index| *index <= self.queue.len()) {
            Some(index) => self.queue.insert(index, (at, token)),
            None => self.push(at, token),
        }
    }

    /// Takes an indicator of one character and makes it a token.
    fn push_indicator(&mut self, token: Token<'t>) {
        let at = self.cursor.mark.at;
        self.cursor.skip();
        self.push(at, token);
    }

    fn fault(&self, message: &'static str) -> Fault {
        Fault::new(self.cursor.mark.at, message)
    }
}

/// Implicit keys.
impl Scanner<'_> {
    fn key_is_valid(&mut self, level: usize) -> Result<bool, Fault> {
        let mark = self.cursor.mark;
        let Some(key) = self.keys.get_mut(level).filter(|key| key.possible) else {
            return Ok(false);
        };
        if key.mark.line >= mark.line && key.mark.index + KEY_CHARACTERS_MAX >= mark.index {
            return Ok(true);
        }
        if key.required {
            return Err(missing_colon(key).seen_at(self.cursor.mark.at));
        }
        key.possible = false;
        Ok(false)
    }

    fn save_key(&mut self) -> Result<(), Fault> {
        if !self.key_allowed {
            return Ok(());
        }
        let mark = self.cursor.mark;
        let required = self.flow == 0 && self.indent == mark.column.cast_signed();
        let number = self.taken + self.queue.len();
        self.remove_key()?;
        let (level, taken) = (self.keys.len() - 1, self.taken);
        self.keys[level] = Key { possible: true, required, number, mark };
        // Only a token that is still in the queue can become a key.
        self.numbered.retain(|(number, _)| *number >= taken);
        self.numbered.push((number, level));
        Ok(())
    }

    fn remove_key(&mut self) -> Result<(), Fault> {
        let key = self.keys.last_mut().expect("the outermost level is never left");
        if !key.possible {
            return Ok(());
        }
        if key.required {
            return Err(missing_colon(key).seen_at(self.cursor.mark.at));
        }
        key.possible = false;
        let number = key.number;
        self.forget(number);
        Ok(())
    }

    fn forget(&mut self, number: usize) {
        self.numbered.retain(|(other, _)| *other != number);
    }
}

fn missing_colon(key: &Key) -> Fault {
    Fault::new(key.mark.at, "could not find expected ':'")
}

/// Indentation.
impl<'t> Scanner<'t> {
    /// Begins a block collection if the column is deeper than what is open. The token goes before
    /// the one with that number, or to the end.
    fn roll(&mut self, mark: Mark, number: Option<usize>, token: Token<'t>) -> Result<(), Fault> {
        let column = mark.column.cast_signed();
        if self.flow > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        self.check_depth()?;
        match number {
            Some(number) => self.insert(number, mark.at, token),
            None => self.push(mark.at, token),
        }
        Ok(())
    }

    /// Ends the block collections that are deeper than the column.
    fn unroll(&mut self, column: isize) {
        while self.flow == 0 && self.indent > column {
            self.push(self.cursor.mark.at, Token::BlockEnd);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn check_depth(&self) -> Result<(), Fault> {
        if self.indents.len() + self.flow <= self.depth_max {
            return Ok(());
        }
        Err(Fault::of_limit(self.cursor.mark.at, Limit::Depth(self.depth_max as u64)))
    }
}

/// One function for each sort of token.
impl<'t> Scanner<'t> {
    fn fetch_end(&mut self) -> Result<(), Fault> {
        self.cursor.force_new_line();
        self.leave_content()?;
        self.push(self.cursor.mark.at, Token::End);
        Ok(())
    }

    /// Ends all block collections, as directives and document marks do.
    fn leave_content(&mut self) -> Result<(), Fault> {
        self.unroll(-1);
        self.remove_key()?;
        self.key_allowed = false;
        Ok(())
    }

    fn fetch_directive(&mut self) -> Result<(), Fault> {
        self.leave_content()?;
        let at = self.cursor.mark.at;
        let token = self.scan_directive()?;
        self.push(at, token);
        Ok(())
    }

    fn fetch_document(&mut self, token: Token<'t>) -> Result<(), Fault> {
        self.leave_content()?;
        let at = self.cursor.mark.at;
        (0..3).for_each(|_| self.cursor.skip());
        self.push(at, token);
        Ok(())
    }

    fn fetch_flow_start(&mut self, token: Token<'t>) -> Result<(), Fault> {
        self.save_key()?;
        // The new level's key takes the number that the bracket will have; forgetting the level
        // later may forget the bracket itself. libyaml does so in go-yaml, and `{}: x` shows it.
        let number = self.taken + self.queue.len();
        self.keys.push(Key { number, mark: self.cursor.mark, ..Key::default() });
        self.flow += 1;
        self.check_depth()?;
        self.key_allowed = true;
        self.push_indicator(token);
        Ok(())
    }

    fn fetch_flow_end(&mut self, token: Token<'t>) -> Result<(), Fault> {
        self.remove_key()?;
        if self.flow > 0 {
            self.flow -= 1;
            if let Some(key) = self.keys.pop() {
                self.forget(key.number);
            }
        }
        self.key_allowed = false;
        self.push_indicator(token);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), Fault> {
        self.remove_key()?;
        self.key_allowed = true;
        self.push_indicator(Token::FlowEntry);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), Fault> {
        if self.flow == 0 {
            if !self.key_allowed {
                return Err(self.fault("block sequence entries are not allowed in this context"));
            }
            self.roll(self.cursor.mark, None, Token::BlockSequenceStart)?;
        }
        self.remove_key()?;
        self.key_allowed = true;
        self.push_indicator(Token::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), Fault> {
        if self.flow == 0 {
            if !self.key_allowed {
                return Err(self.fault("mapping keys are not allowed in this context"));
            }
            self.roll(self.cursor.mark, None, Token::BlockMappingStart)?;
        }
        self.remove_key()?;
        self.key_allowed = self.flow == 0;
        self.push_indicator(Token::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Fault> {
        let level = self.keys.len() - 1;
        if self.key_is_valid(level)? {
            let key = self.keys[level];
            self.insert(key.number, key.mark.at, Token::Key);
            self.roll(key.mark, Some(key.number), Token::BlockMappingStart)?;
            self.keys[level].possible = false;
            self.forget(key.number);
            self.key_allowed = false;
        } else {
            if self.flow == 0 {
                if !self.key_allowed {
                    return Err(self.fault("mapping values are not allowed in this context"));
                }
                self.roll(self.cursor.mark, None, Token::BlockMappingStart)?;
            }
            self.key_allowed = self.flow == 0;
        }
        self.push_indicator(Token::Value);
        Ok(())
    }

    /// Fetches what may be a key itself and cannot be followed by another: anchors, aliases, tags,
    /// quoted and plain scalars.
    fn fetch_property(
        &mut self,
        scan: fn(&mut Self) -> Result<Token<'t>, Fault>,
    ) -> Result<(), Fault> {
        self.save_key()?;
        self.key_allowed = false;
        let at = self.cursor.mark.at;
        let token = scan(self)?;
        self.push(at, token);
        Ok(())
    }

    fn fetch_block_scalar(&mut self, literal: bool) -> Result<(), Fault> {
        self.remove_key()?;
        self.key_allowed = true;
        let at = self.cursor.mark.at;
        let token = self.scan_block_scalar(literal)?;
        self.push(at, token);
        Ok(())
    }
}
