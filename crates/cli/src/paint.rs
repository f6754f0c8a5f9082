//! Colour on a terminal, and none in a pipe.

use trimtab_model::is_hidden;

/// Whether to paint. The binary asks the terminal and `NO_COLOR` once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint(pub bool);

/// What a colour means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// As it should be.
    Good,
    /// On its way, or different.
    Attention,
    /// Wrong.
    Bad,
    /// Less important.
    Dim,
}

impl Paint {
    /// The text in a colour.
    pub(crate) fn text(self, colour: Colour, text: &str) -> Cell {
        let text = printable(text);
        let code = match colour {
            Colour::Good => "32",
            Colour::Attention => "33",
            Colour::Bad => "31",
            Colour::Dim => "2",
        };
        Cell(if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text })
    }

    /// A status word in the colour that fits it.
    pub(crate) fn status(self, word: &str) -> Cell {
        match word {
            "Synced" | "Healthy" | "Succeeded" | "Pruned" => self.text(Colour::Good, word),
            "OutOfSync" | "Progressing" | "Running" | "Suspended" | "Missing" | "Terminating" => {
                self.text(Colour::Attention, word)
            }
            "Degraded" | "Failed" | "Error" | "SyncFailed" => self.text(Colour::Bad, word),
            _ => word.into(),
        }
    }
}

/// A text that may be printed: its own control characters are masked, and only our colour is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell(String);

impl Cell {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self(printable(text))
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self(printable(text))
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self(printable(&text))
    }
}

/// A text from outside as one line that is fit for a terminal: lines are told apart by a semicolon, where
/// the one before does not end with a mark of its own, and what could move the cursor, change what stands
/// already or turn the direction of writing is shown as `�`.
pub fn printable(text: &str) -> String {
    let fit = |c: char| if is_hidden(c) { char::REPLACEMENT_CHARACTER } else { c };
    let mut whole = String::with_capacity(text.len());
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 && !line.is_empty() && !whole.is_empty() {
            let ends = whole.trim_end().ends_with([':', ';', ',', '.']);
            whole.push_str(if ends { " " } else { "; " });
        }
        whole.extend(line.chars().map(fit));
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn lines_become_one_in_which_each_is_told_from_the_next() {
        for (text, shown) in [
            ("a\nb\n", "a; b"),
            ("a:\nb", "a: b"),
            ("a.\n\nb", "a. b"),
            ("\na", "a"),
            (" a ", " a "),
            ("a\r\nb\u{1b}[2J", "a\u{fffd}; b\u{fffd}[2J"),
        ] {
            assert_eq!(printable(text), shown, "{text:?}");
        }
    }
}
