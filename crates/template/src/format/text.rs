//! Strings and bytes.

use super::Printer;
use crate::quote::{Keep, can_backquote, push_quoted};

impl Printer<'_, '_> {
    /// Writes a string; `None` if it has no such verb.
    pub(super) fn string(&mut self, text: &[u8], verb: char) -> Option<()> {
        match verb {
            'v' if self.flags.sharp_v => self.quoted(text),
            'v' | 's' => {
                let text = self.cut(text);
                self.pad(text);
            }
            'x' => self.hexadecimals(text, b"0123456789abcdefx"),
            'X' => self.hexadecimals(text, b"0123456789ABCDEFX"),
            'q' => self.quoted(text),
            _ => return None,
        }
        Some(())
    }

    /// Writes bytes; `None` if they have no such verb of their own and are a list of numbers.
    pub(super) fn bytes(&mut self, bytes: &[u8], verb: char, type_name: &str) -> Option<()> {
        match verb {
            'v' | 'd' if self.flags.sharp_v => {
                self.push(type_name.as_bytes());
                self.push(b"{");
                for (index, byte) in bytes.iter().enumerate() {
                    if self.sink.is_full() {
                        break;
                    }
                    self.push(if index > 0 { b", " } else { b"" });
                    self.hexadecimal(u64::from(*byte));
                }
                self.push(b"}");
            }
            'v' | 'd' => {
                self.push(b"[");
                for (index, byte) in bytes.iter().enumerate() {
                    if self.sink.is_full() {
                        break;
                    }
                    self.push(if index > 0 { b" " } else { b"" });
                    self.unsigned(u64::from(*byte), verb)?;
                }
                self.push(b"]");
            }
            's' | 'x' | 'X' | 'q' => return self.string(bytes, verb),
            _ => return None,
        }
        Some(())
    }

    pub(super) fn quoted(&mut self, text: &[u8]) {
        let text = self.cut(text);
        let begin = self.sink.written().len();
        if self.flags.sharp && can_backquote(text) {
            self.push(b"`");
            self.push(text);
            self.push(b"`");
        } else {
            let keep = if self.flags.plus { Keep::Ascii } else { Keep::Printable };
            let _told_by_the_sink = push_quoted(self.sink, text, keep);
        }
        self.pad_written(begin);
    }

    /// Two digits a byte. The sixteenth digit is the letter of the prefix.
    fn hexadecimals(&mut self, text: &[u8], digits: &[u8; 17]) {
        let count = self.flags.precision.map_or(text.len(), |precision| precision.min(text.len()));
        if count == 0 {
            return self.push_padding(self.flags.width.unwrap_or(0), self.zeros());
        }
        let begin = self.sink.written().len();
        for (index, byte) in text[..count].iter().enumerate() {
            if self.sink.is_full() {
                return;
            }
            if self.flags.space && index > 0 {
                self.push(b" ");
            }
            if self.flags.sharp && (self.flags.space || index == 0) {
                self.push(&[b'0', digits[16]]);
            }
            self.push(&[digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]);
        }
        self.pad_written(begin);
    }

    /// Whether padding is of zeros.
    fn zeros(&self) -> bool {
        self.flags.zero && !self.flags.minus
    }
}
