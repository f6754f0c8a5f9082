//! Texts: which style they need, and how each is written.

use std::fmt::Write;

use super::writer::{Manner, Writer};
use crate::resolve::{Dialect, Resolved, plain};
use trimtab_model::is_hidden;

/// The column behind which a line is folded at the next space.
const WIDTH: usize = 80;
/// The longest implicit key, in bytes.
const SIMPLE_KEY_BYTES_MAX: usize = 128;

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Root,
    Item,
    SimpleKey,
    Value,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

/// What stands for a character in double quotes that cannot stand there itself. Source: libyaml's
/// emitter, which go-yaml v2 and v3 have alike.
pub fn escaped(c: char) -> String {
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{B}' => 'v',
        '\u{C}' => 'f',
        '\r' => 'r',
        '\u{1B}' => 'e',
        '"' | '\\' => c,
        '\u{85}' => 'N',
        '\u{A0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            return match u32::from(c) {
                code @ ..=0xFF => format!("\\x{code:02X}"),
                code @ 0x100..=0xFFFF => format!("\\u{code:04X}"),
                code => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{short}")
}

/// Whether a key can stand before its `:` without `?`.
pub(super) fn is_simple_key(key: &str) -> bool {
    key.len() <= SIMPLE_KEY_BYTES_MAX && !key.contains(is_break)
}

impl<W: Write> Writer<W> {
    /// Writes a text in the style that it needs.
    pub(super) fn scalar(&mut self, text: &str, place: Place) {
        match self.style(text, place) {
            Style::Plain => self.plain(text, place),
            Style::SingleQuoted => self.in_lines(|writer| writer.single_quoted(text, place)),
            Style::DoubleQuoted => self.in_lines(|writer| writer.double_quoted(text, place)),
            Style::Literal => self.in_lines(|writer| writer.literal(text)),
        }
    }

    fn style(&self, text: &str, place: Place) -> Style {
        if self.manner == Manner::Visible && text.chars().any(|c| c != '\n' && is_hidden(c)) {
            return Style::DoubleQuoted;
        }
        style(text, place, self.manner == Manner::Exact)
    }

    fn in_lines(&mut self, write: impl FnOnce(&mut Self)) {
        let outer = self.deepen_scalar();
        write(self);
        self.set_indent(outer);
    }

    /// Writes a text as it is, folded if it is long.
    pub(super) fn plain(&mut self, text: &str, place: Place) {
        let outer = self.deepen_scalar();
        self.space_before_word();
        let mut after_space = false;
        for (at, c) in text.char_indices() {
            if c == ' ' {
                let folds = place != Place::SimpleKey && !after_space && self.column > WIDTH;
                if folds && !text[at + 1..].starts_with(' ') {
                    self.new_line();
                } else {
                    self.put(c);
                }
            } else {
                self.put_letter(c);
            }
            after_space = c == ' ';
        }
        self.after_word();
        self.set_indent(outer);
    }

    fn single_quoted(&mut self, text: &str, place: Place) {
        self.indicator("'", true, false);
        let (mut after_space, mut after_break) = (false, false);
        for (at, c) in text.char_indices() {
            if c == ' ' {
                let inside = at > 0 && at + 1 < text.len() && !text[at + 1..].starts_with(' ');
                let folds = place != Place::SimpleKey && !after_space && self.column > WIDTH;
                if folds && inside {
                    self.new_line();
                } else {
                    self.put(c);
                }
                after_space = true;
            } else if is_break(c) {
                if !after_break && c == '\n' {
                    self.line_end();
                }
                self.put_break(c);
                after_break = true;
            } else {
                if after_break {
                    self.new_line();
                }
                if c == '\'' {
                    self.put(c);
                }
                self.put_letter(c);
                (after_space, after_break) = (false, false);
            }
        }
        self.indicator("'", false, false);
        self.after_word();
    }

    fn double_quoted(&mut self, text: &str, place: Place) {
        self.indicator("\"", true, false);
        let mut after_space = false;
        // libyaml looks for a byte order mark at the start of the text only, but at every character.
        let marked = text.starts_with('\u{FEFF}');
        for (at, c) in text.char_indices() {
            let is_unseen = self.manner == Manner::Visible && is_hidden(c);
            if marked || is_unseen || !is_printable(c) || is_break(c) || matches!(c, '"' | '\\') {
                self.escaped(c);
            } else if c == ' ' {
                let inside = at > 0 && at + 1 < text.len();
                let folds = place != Place::SimpleKey && !after_space && self.column > WIDTH;
                if folds && inside {
                    self.new_line();
                    if text[at + 1..].starts_with(' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
            } else {
                self.put(c);
            }
            after_space = c == ' ';
        }
        self.indicator("\"", false, false);
        self.after_word();
    }

    fn escaped(&mut self, c: char) {
        escaped(c).chars().for_each(|c| self.put(c));
    }

    fn literal(&mut self, text: &str) {
        self.indicator("|", true, false);
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.indicator("2", false, false);
        }
        let mut from_end = text.chars().rev();
        match (from_end.next().is_some_and(is_break), from_end.next().is_none_or(is_break)) {
            (false, _) => self.indicator("-", false, false),
            (true, true) => self.indicator("+", false, false),
            (true, false) => {}
        }
        self.begin_block();
        let mut after_break = true;
        for c in text.chars() {
            after_break = if is_break(c) {
                self.put_break(c);
                true
            } else {
                if after_break {
                    self.new_line();
                }
                self.put_letter(c);
                false
            };
        }
    }
}

/// What a text has that some style cannot hold. Source: libyaml `yaml_emitter_analyze_scalar`.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one independent finding")]
struct Traits {
    indicators: bool,
    special: bool,
    breaks: bool,
    edges: bool,
    trailing_space: bool,
    break_space: bool,
    space_break: bool,
}

/// Whether a text that stands there as it is, is read as a text: not as a number, a boolean, a time or
/// null.
pub fn is_plain_text(text: &str) -> bool {
    matches!(plain(text, true, Dialect::Kubectl), Resolved::Text(_)) && !is_base_60(text)
}

fn style(text: &str, place: Place, is_exact: bool) -> Style {
    let traits = traits(text);
    let key = place == Place::SimpleKey;
    let plain_allowed = is_plain_text(text) && (is_exact || !(text == "<<" && key));
    let unquotable = traits.space_break || traits.special;
    let quoted =
        if traits.break_space || unquotable { Style::DoubleQuoted } else { Style::SingleQuoted };
    if text.contains('\n') {
        // libyaml writes these two into blocks as well, but does not always read them back.
        let separators = !is_exact && text.contains(['\u{2028}', '\u{2029}']);
        let literal = !traits.trailing_space && !unquotable && !key && !separators;
        return if literal { Style::Literal } else { Style::DoubleQuoted };
    }
    if !plain_allowed || (key && traits.breaks) {
        return Style::DoubleQuoted;
    }
    let needs_quotes = traits.edges || traits.breaks || traits.indicators;
    if needs_quotes || unquotable || traits.break_space { quoted } else { Style::Plain }
}

fn traits(text: &str) -> Traits {
    let mut traits = Traits {
        indicators: text.starts_with("---") || text.starts_with("..."),
        ..Traits::default()
    };
    let (mut after_blank, mut after_space, mut after_break) = (true, false, false);
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        let before_blank = rest.is_empty() || rest.starts_with([' ', '\t']);
        traits.indicators |= match c {
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
            | '@' | '`'
                if at == 0 =>
            {
                true
            }
            '?' | '-' if at == 0 => before_blank,
            ':' => before_blank,
            '#' => after_blank,
            _ => false,
        };
        traits.special |= !is_printable(c);
        let edge = at == 0 || rest.is_empty();
        if c == ' ' {
            traits.edges |= edge;
            traits.trailing_space |= rest.is_empty();
            traits.break_space |= after_break;
        } else if is_break(c) {
            traits.breaks = true;
            traits.edges |= edge;
            traits.space_break |= after_space;
        }
        (after_space, after_break) = (c == ' ', is_break(c));
        after_blank = matches!(c, ' ' | '\t' | '\0') || is_break(c);
    }
    traits
}

/// Whether a character ends a line, as YAML 1.1 has it.
pub fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether a character may stand unescaped. Source: libyaml `is_printable`, which leaves out what
/// lies beyond 16 bits.
pub fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}')
        && c != '\u{FEFF}'
}

/// Whether YAML 1.1 would read a number to the base 60: `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`.
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let of_number = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let sixtieth = |part: &str| match part.as_bytes() {
        [ones] => ones.is_ascii_digit(),
        [tens, ones] => (b'0'..=b'5').contains(tens) && ones.is_ascii_digit(),
        _ => false,
    };
    let begins = first.starts_with(|c: char| c.is_ascii_digit()) && of_number(first);
    begins && whole.contains(':') && parts.all(sixtieth) && of_number(fraction)
}
