//! The scanner's place in the text.

use crate::text::is_continuation;

/// A place in the text, as indentation and implicit keys need it. Lines and columns count from 0,
/// columns and indexes in characters.
#[derive(Clone, Copy, Default)]
pub(super) struct Mark {
    /// The byte offset.
    pub(super) at: usize,
    pub(super) index: usize,
    pub(super) line: usize,
    pub(super) column: usize,
}

/// Reads forward through the text.
pub(super) struct Cursor<'t> {
    pub(super) text: &'t str,
    bytes: &'t [u8],
    pub(super) mark: Mark,
}

impl<'t> Cursor<'t> {
    /// Begins behind a byte order mark, if there is one.
    pub(super) fn new(text: &'t str) -> Self {
        let at = text.len() - text.trim_start_matches('\u{FEFF}').len();
        Self { text, bytes: text.as_bytes(), mark: Mark { at: at.min(3), ..Mark::default() } }
    }

    /// The byte that stands so many bytes ahead; 0 behind the end.
    pub(super) fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.mark.at + ahead).copied().unwrap_or(0)
    }

    /// The rest of the text, as bytes.
    pub(super) fn rest(&self) -> &'t [u8] {
        self.bytes.get(self.mark.at..).unwrap_or_default()
    }

    /// Whether a line break begins so many bytes ahead: LF, CR, NEL, LS or PS.
    pub(super) fn is_break(&self, ahead: usize) -> bool {
        match self.byte(ahead) {
            b'\n' | b'\r' => true,
            0xC2 => self.byte(ahead + 1) == 0x85,
            0xE2 => self.byte(ahead + 1) == 0x80 && matches!(self.byte(ahead + 2), 0xA8 | 0xA9),
            _ => false,
        }
    }

    /// Whether a line break or the end is so many bytes ahead.
    pub(super) fn is_break_or_end(&self, ahead: usize) -> bool {
        self.byte(ahead) == 0 || self.is_break(ahead)
    }

    /// Whether a space or a tab is there.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.byte(0), b' ' | b'\t')
    }

    /// Whether a blank, a line break or the end is so many bytes ahead.
    pub(super) fn is_blank_or_end(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t' | 0) || self.is_break(ahead)
    }

    /// Whether the line begins with a document mark.
    pub(super) fn is_document(&self, mark: &str) -> bool {
        self.mark.column == 0
            && self.rest().starts_with(mark.as_bytes())
            && self.is_blank_or_end(mark.len())
    }

    /// Whether the line begins with either document mark.
    pub(super) fn is_any_document(&self) -> bool {
        self.is_document("---") || self.is_document("...")
    }

    /// Goes over one character that is no line break.
    pub(super) fn skip(&mut self) {
        let width = match self.byte(0) {
            0 => 0,
            0x01..=0x7F => 1,
            0x80..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xFF => 4,
        };
        self.mark.at += width;
        self.mark.index += 1;
        self.mark.column += 1;
    }

    /// Goes over so many bytes without a line break.
    pub(super) fn skip_bytes(&mut self, length: usize) {
        let run = self.rest().get(..length).unwrap_or_default();
        let characters = run.iter().filter(|byte| !is_continuation(**byte)).count();
        self.mark.at += run.len();
        self.mark.index += characters;
        self.mark.column += characters;
    }

    /// Goes over the line break that is there, CR LF being one.
    pub(super) fn skip_line(&mut self) {
        let (width, characters) = match (self.byte(0), self.byte(1)) {
            (b'\r', b'\n') => (2, 2),
            (b'\r' | b'\n', _) => (1, 1),
            (0xC2, _) => (2, 1),
            _ => (3, 1),
        };
        self.mark.at += width;
        self.mark.index += characters;
        self.mark.column = 0;
        self.mark.line += 1;
    }

    /// Goes over the line break that is there and adds it to a text as it counts: LS and PS stay
    /// themselves, every other is LF.
    pub(super) fn take_line(&mut self, into: &mut String) {
        let from = self.mark.at;
        let kept = self.byte(0) == 0xE2;
        self.skip_line();
        into.push_str(if kept { &self.text[from..self.mark.at] } else { "\n" });
    }

    /// Goes to the end of the line if a comment begins here.
    pub(super) fn skip_comment(&mut self) {
        if self.byte(0) == b'#' {
            while !self.is_break_or_end(0) {
                self.skip();
            }
        }
    }

    /// Goes over blanks.
    pub(super) fn skip_blanks(&mut self) {
        while self.is_blank() {
            self.skip();
        }
    }

    /// Takes letters, digits, `_` and `-`.
    pub(super) fn take_word(&mut self) -> &'t str {
        let from = self.mark.at;
        while self.byte(0).is_ascii_alphanumeric() || matches!(self.byte(0), b'_' | b'-') {
            self.skip();
        }
        &self.text[from..self.mark.at]
    }

    /// Counts the end of the text as a line of its own.
    pub(super) fn force_new_line(&mut self) {
        if self.mark.column != 0 {
            self.mark.column = 0;
            self.mark.line += 1;
        }
    }
}
