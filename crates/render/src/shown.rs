//! Names and messages fit to be shown: people choose names of files, and status, logs and terminals
//! show them.

use std::borrow::Cow;

/// A text in which control characters, line separators and marks that turn the direction of writing
/// are escaped, so that it is one line and reads as it is.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unfit) {
        return Cow::Borrowed(text);
    }
    let fit = |c: char| if is_unfit(c) { c.escape_unicode().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(fit).collect())
}

fn is_unfit(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}
