//! What is printed, and to whom.

use anyhow::Context;
use std::io::{IsTerminal, Write};
use trimtab_cli::Paint;

/// Prints an answer. A reader that has gone away (`| head`) is no error.
pub fn print(text: &str) -> anyhow::Result<()> {
    print_bytes(text.as_bytes())
}

/// The same for what may be no text.
pub fn print_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    match std::io::stdout().lock().write_all(bytes) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("standard output cannot be written"),
    }
}

/// Colour on a terminal, none in a pipe, and none for who sets `NO_COLOR`.
pub fn paint() -> Paint {
    Paint(std::io::stdout().is_terminal() && !is_unwanted())
}

/// Whether what goes to standard error has colours, by the same rule.
pub fn paints_errors() -> bool {
    std::io::stderr().is_terminal() && !is_unwanted()
}

fn is_unwanted() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "NO_COLOR is no setting of ours; see no-color.org"
    )]
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}
