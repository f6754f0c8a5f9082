//! Colour on a terminal, and none in a pipe.

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
    pub fn text(self, colour: Colour, text: &str) -> String {
        let code = match colour {
            Colour::Good => "32",
            Colour::Attention => "33",
            Colour::Bad => "31",
            Colour::Dim => "2",
        };
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// A status word in the colour that fits it.
    pub fn status(self, word: &str) -> String {
        match word {
            "Synced" | "Healthy" | "Succeeded" | "Pruned" => self.text(Colour::Good, word),
            "OutOfSync" | "Progressing" | "Running" | "Suspended" | "Missing" | "Terminating" => {
                self.text(Colour::Attention, word)
            }
            "Degraded" | "Failed" | "Error" | "SyncFailed" => self.text(Colour::Bad, word),
            _ => word.to_owned(),
        }
    }
}

/// A text from outside, fit for a terminal: control characters, which could move the cursor or change
/// what stands already, are shown as `�`.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}
