//! The text that is being written, with what libyaml's emitter remembers of it.

use std::fmt::Write;

/// Writes the text. Columns count characters, indents are in columns. Where the text goes to may refuse
/// it, and tells that by itself.
pub(super) struct Writer<W> {
    text: W,
    pub(super) column: usize,
    /// `None` outside of everything.
    indent: Option<usize>,
    /// Whether the last character written separates words.
    whitespace: bool,
    /// Whether the line has only indentation and indicators of collections so far.
    indentation: bool,
    pub(super) manner: Manner,
}

/// For whom a text is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// For kubectl, which reads it back.
    Readable,
    /// For who compares bytes: go-yaml's, even where they are not read back.
    Exact,
    /// For people: characters that nobody sees are escaped.
    Visible,
}

const INDENT: usize = 2;

impl<W: Write> Writer<W> {
    pub(super) fn new(text: W, manner: Manner) -> Self {
        Self { text, column: 0, indent: None, whitespace: true, indentation: true, manner }
    }

    pub(super) fn text(&self) -> &W {
        &self.text
    }

    pub(super) fn finish(mut self) -> W {
        self.indent = None;
        self.new_line();
        self.text
    }

    pub(super) fn is_indentation(&self) -> bool {
        self.indentation
    }

    /// Makes the indent one level deeper for a block collection. Returns the outer one.
    pub(super) fn deepen(&mut self, indentless: bool) -> Option<usize> {
        let outer = self.indent;
        self.indent = Some(match outer {
            None => 0,
            Some(indent) if indentless => indent,
            Some(indent) => indent + INDENT,
        });
        outer
    }

    /// Makes the indent one level deeper for the lines of a scalar. Returns the outer one.
    pub(super) fn deepen_scalar(&mut self) -> Option<usize> {
        let outer = self.indent;
        self.indent = Some(outer.map_or(INDENT, |indent| indent + INDENT));
        outer
    }

    pub(super) fn set_indent(&mut self, indent: Option<usize>) {
        self.indent = indent;
    }

    /// Begins a line at the indent, unless the line is there already.
    pub(super) fn new_line(&mut self) {
        let indent = self.indent.unwrap_or(0);
        let beyond = self.column > indent || (self.column == indent && !self.whitespace);
        if !self.indentation || beyond {
            self.line_end();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indentation = true;
    }

    /// Writes an indicator, behind a space if it needs one.
    pub(super) fn indicator(&mut self, indicator: &str, spaced: bool, indentation: bool) {
        if spaced && !self.whitespace {
            self.put(' ');
        }
        indicator.chars().for_each(|c| self.put(c));
        self.whitespace = false;
        self.indentation &= indentation;
    }

    /// What follows an opening bracket needs no space.
    pub(super) fn after_open(&mut self) {
        self.whitespace = true;
    }

    pub(super) fn space_before_word(&mut self) {
        if !self.whitespace {
            self.put(' ');
        }
    }

    pub(super) fn after_word(&mut self) {
        self.whitespace = false;
        self.indentation = false;
    }

    fn write(&mut self, c: char) {
        let _told_by_the_text = self.text.write_char(c);
    }

    pub(super) fn put(&mut self, c: char) {
        self.write(c);
        self.column += 1;
    }

    /// Writes a character of a scalar.
    pub(super) fn put_letter(&mut self, c: char) {
        self.put(c);
        self.indentation = false;
    }

    pub(super) fn line_end(&mut self) {
        self.write('\n');
        self.column = 0;
    }

    /// Writes a line break of a scalar as it is.
    pub(super) fn put_break(&mut self, c: char) {
        self.write(c);
        self.column = 0;
        self.indentation = true;
    }

    /// The state behind the first line of a block scalar.
    pub(super) fn begin_block(&mut self) {
        self.line_end();
        self.indentation = true;
        self.whitespace = true;
    }
}
