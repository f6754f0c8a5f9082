//! Bytes in PEM (RFC 7468), as Go's `encoding/pem` writes and reads them.

use data_encoding::BASE64;

/// A block: its label and its bytes.
pub(super) struct Block {
    pub(super) label: String,
    pub(super) bytes: Vec<u8>,
}

/// Bytes under a label.
pub(super) fn encoded(label: &str, bytes: &[u8]) -> String {
    let text = BASE64.encode(bytes);
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out + &format!("-----END {label}-----\n")
}

/// The first block of a text; `None` if it has none.
pub(super) fn decoded(text: &[u8]) -> Option<Block> {
    let text = String::from_utf8_lossy(text);
    let mut rest = &*text;
    loop {
        let at = rest.find("-----BEGIN ")?;
        let is_line = at == 0 || rest[..at].ends_with('\n');
        rest = &rest[at + "-----BEGIN ".len()..];
        if !is_line {
            continue;
        }
        let (label, after) = rest.split_once("-----")?;
        let end = format!("-----END {label}-----");
        let Some((body, _)) = after.split_once(&end) else {
            continue;
        };
        // Headers end with an empty line.
        let body = if body.contains(':') {
            body.split_once("\n\n").map_or("", |(_, body)| body)
        } else {
            body
        };
        let letters: Vec<u8> = body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        if let Ok(bytes) = BASE64.decode(&letters) {
            return Some(Block { label: label.to_owned(), bytes });
        }
    }
}
