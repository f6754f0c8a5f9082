//! A document, written node by node.

use std::fmt::Write;

use super::scalar::{self, Place};
use super::writer::{Manner, Writer};

/// Writes one document as go-yaml v2 does. The caller says what comes next, keys in their order
/// ([`super::sorted`]), and where the document goes to; what that refuses, it tells by itself.
pub struct Emitter<W = String> {
    writer: Writer<W>,
    /// Where the next node stands.
    place: Place,
}

/// What was open before a list or a map began.
#[must_use]
#[derive(Clone, Copy)]
pub struct Outer(Kind);

#[derive(Clone, Copy)]
enum Kind {
    /// It was empty, so that nothing began.
    Empty,
    /// The indent outside.
    Begun(Option<usize>),
}

impl Emitter {
    /// An emitter of what kubectl reads back.
    pub fn readable() -> Self {
        Self::new(String::new(), Manner::Readable)
    }

    /// As [`Emitter::readable`], with characters that nobody sees escaped.
    pub fn visible() -> Self {
        Self::new(String::new(), Manner::Visible)
    }
}

impl<W: Write> Emitter<W> {
    /// An emitter of go-yaml's own bytes, also where it does not read them back.
    pub fn exact(text: W) -> Self {
        Self::new(text, Manner::Exact)
    }

    fn new(text: W, manner: Manner) -> Self {
        Self { writer: Writer::new(text, manner), place: Place::Root }
    }

    /// Where the document goes to.
    pub fn text_so_far(&self) -> &W {
        self.writer.text()
    }

    /// A number, a boolean or `null`, as it is.
    pub fn word(&mut self, word: &str) {
        self.writer.plain(word, self.place);
    }

    /// A text, in the style that it needs.
    pub fn text(&mut self, text: &str) {
        self.writer.scalar(text, self.place);
    }

    /// Begins a list of so many items.
    pub fn begin_list(&mut self, count: usize) -> Outer {
        if count == 0 {
            self.empty("[", "]");
            return Outer(Kind::Empty);
        }
        let indentless = self.place == Place::Value && !self.writer.is_indentation();
        Outer(Kind::Begun(self.writer.deepen(indentless)))
    }

    /// Begins an item.
    pub fn item(&mut self) {
        self.writer.new_line();
        self.writer.indicator("-", true, true);
        self.place = Place::Item;
    }

    /// Begins a map of so many entries.
    pub fn begin_map(&mut self, count: usize) -> Outer {
        if count == 0 {
            self.empty("{", "}");
            return Outer(Kind::Empty);
        }
        Outer(Kind::Begun(self.writer.deepen(false)))
    }

    /// Begins an entry.
    pub fn key(&mut self, key: &str) {
        self.writer.new_line();
        if scalar::is_simple_key(key) {
            self.writer.scalar(key, Place::SimpleKey);
            self.writer.indicator(":", false, false);
        } else {
            self.writer.indicator("?", true, true);
            self.writer.scalar(key, Place::Value);
            self.writer.new_line();
            self.writer.indicator(":", true, true);
        }
        self.place = Place::Value;
    }

    /// Ends a list or a map.
    pub fn end(&mut self, outer: Outer) {
        if let Kind::Begun(indent) = outer.0 {
            self.writer.set_indent(indent);
        }
    }

    /// The document, with a line end.
    pub fn finish(self) -> W {
        self.writer.finish()
    }

    fn empty(&mut self, open: &str, close: &str) {
        self.writer.indicator(open, true, false);
        self.writer.after_open();
        self.writer.indicator(close, false, false);
    }
}
