//! Places in a text: byte offsets inside, lines and columns outside.

use std::borrow::Cow;

use crate::limits::Limit;

/// What is wrong at a byte offset. Offsets count from the start of the text that was read; the
/// caller turns them into lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The byte offset.
    pub(crate) at: usize,
    /// Where the reader was when it saw that, which go-yaml names.
    pub(crate) seen_at: usize,
    /// Whether go-yaml names a line: the scanner and the parser do, others do not.
    pub(crate) is_located: bool,
    /// One clause that says what is wrong.
    pub(crate) message: Cow<'static, str>,
    /// The limit that was reached, if it is one of ours.
    pub(crate) limit: Option<Limit>,
}

impl Fault {
    pub(crate) fn new(at: usize, message: impl Into<Cow<'static, str>>) -> Self {
        Self { at, seen_at: at, is_located: true, message: message.into(), limit: None }
    }

    /// A limit of ours was reached.
    pub(crate) fn of_limit(at: usize, limit: Limit) -> Self {
        Self { limit: Some(limit), ..Self::new(at, limit.to_string()) }
    }

    /// The same, seen further on.
    pub(crate) fn seen_at(self, seen_at: usize) -> Self {
        Self { seen_at, ..self }
    }

    /// The same, as go-yaml says it without a line.
    pub(crate) fn without_line(self) -> Self {
        Self { is_located: false, ..self }
    }

    /// The same fault in a text of which this one is a part.
    pub(crate) fn moved_by(self, offset: usize) -> Self {
        Self { at: self.at + offset, seen_at: self.seen_at + offset, ..self }
    }
}

/// Where each line of a text begins.
pub(crate) struct Lines<'t> {
    bytes: &'t [u8],
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(crate) fn of(bytes: &'t [u8]) -> Self {
        let after = |(at, byte): (usize, &u8)| (*byte == b'\n').then_some(at + 1);
        let starts = std::iter::once(0).chain(bytes.iter().enumerate().filter_map(after)).collect();
        Self { bytes, starts }
    }

    /// The line and column of an offset, both from 1; the column counts characters.
    pub(crate) fn place(&self, at: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self.starts.get(line.wrapping_sub(1)).copied().unwrap_or(0);
        let before = self.bytes.get(start..at.min(self.bytes.len())).unwrap_or_default();
        let characters = before.iter().filter(|byte| !is_continuation(**byte)).count();
        (number(line), number(characters + 1))
    }
}

/// Whether a byte continues a UTF-8 character.
pub(crate) fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Reads a part of a text as the characters that YAML allows. Source: go-yaml v2 `readerc.go`.
pub(crate) fn characters(bytes: &[u8]) -> Result<&str, Fault> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Fault::new(error.valid_up_to(), "not valid UTF-8"))?;
    let forbidden = |byte: &u8| matches!(byte, 0..=8 | 11 | 12 | 14..=31 | 127 | 0xC2 | 0xEF);
    // Most texts have none of these bytes; two of them may also begin an allowed character.
    let mut from = 0;
    while let Some(found) = bytes[from..].iter().position(forbidden).map(|at| from + at) {
        if is_forbidden(&bytes[found..]) {
            let message = "control characters are not allowed";
            return Err(Fault::new(found, message).without_line());
        }
        from = found + 1;
    }
    Ok(text)
}

/// C1 controls but NEL, and the two characters at the end of the basic plane; single bytes are
/// controls already.
fn is_forbidden(bytes: &[u8]) -> bool {
    match bytes {
        [0xC2, second, ..] => *second < 0xA0 && *second != 0x85,
        [0xEF, 0xBF, third, ..] => *third >= 0xBE,
        [0xEF, ..] => false,
        _ => true,
    }
}

/// A text as UTF-8, and where the first bytes were replaced that are none. UTF-16 is told by its byte
/// order mark. Source: kubectl, and Argo CD, read files through Go's `unicode.BOMOverride`.
pub(crate) fn as_utf8(bytes: &[u8]) -> (Cow<'_, [u8]>, Option<usize>) {
    let units = |read: fn([u8; 2]) -> u16| {
        bytes[2..].chunks_exact(2).map(|pair| read([pair[0], pair[1]])).collect::<Vec<u16>>()
    };
    let utf16 = |units: Vec<u16>| (Cow::Owned(String::from_utf16_lossy(&units).into()), None);
    match (bytes, std::str::from_utf8(bytes)) {
        ([0xFF, 0xFE, ..], _) => utf16(units(u16::from_le_bytes)),
        ([0xFE, 0xFF, ..], _) => utf16(units(u16::from_be_bytes)),
        (_, Ok(_)) => (Cow::Borrowed(bytes), None),
        (_, Err(error)) => {
            let text = String::from_utf8_lossy(bytes).into_owned();
            (Cow::Owned(text.into()), Some(error.valid_up_to()))
        }
    }
}
