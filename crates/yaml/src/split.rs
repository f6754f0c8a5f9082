//! A text is split into documents before YAML is read: at each line that begins with `---`, even
//! inside a quoted text, because that is what kubectl does. A broken document therefore never hides
//! its neighbours. Source: apimachinery `pkg/util/yaml/decoder.go` (`YAMLReader`).

use crate::text::Fault;

/// One document's part of the text.
pub(crate) struct Chunk<'t> {
    /// The byte offset of the part.
    pub(crate) at: usize,
    /// The part itself, without the line that ends it.
    pub(crate) bytes: &'t [u8],
}

/// Splits a text from a byte offset on. Separators with other text in their line are faults; what
/// stands around them is still read.
pub(crate) fn split(bytes: &[u8], from: usize) -> (Vec<Chunk<'_>>, Vec<Fault>) {
    let (mut chunks, mut faults) = (Vec::new(), Vec::new());
    let (mut start, mut at) = (from, from);
    while at < bytes.len() {
        let line = line_at(bytes, at);
        if let Some(rest) = line.strip_prefix(b"---") {
            faults.extend(trailing(rest).map(|text| Fault::new(at, text)));
            // A separator that nothing stands before stays, as kubectl leaves it to YAML.
            if start < at {
                chunks.push(Chunk { at: start, bytes: &bytes[start..at] });
                start = at + line.len();
            }
        }
        at += line.len();
    }
    if start < bytes.len() {
        chunks.push(Chunk { at: start, bytes: &bytes[start..] });
    }
    (chunks, faults)
}

/// The byte offset of the next line that begins with `---`, from a byte offset on.
pub(crate) fn next_separator(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from + line_at(bytes, from).len();
    while at < bytes.len() {
        let line = line_at(bytes, at);
        if line.starts_with(b"---") {
            return Some(at);
        }
        at += line.len();
    }
    None
}

/// The line that begins at an offset, with its end.
fn line_at(bytes: &[u8], at: usize) -> &[u8] {
    let rest = &bytes[at.min(bytes.len())..];
    let length = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
    &rest[..length]
}

fn trailing(rest: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(rest);
    let text = text.trim();
    let refused = !text.is_empty() && !text.starts_with('#');
    // The text may be secret.
    refused.then(|| "invalid document separator: `---` is followed by text".to_owned())
}
