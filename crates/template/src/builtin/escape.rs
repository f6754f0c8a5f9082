//! `html`, `js` and `urlquery`.

use crate::unicode::{first_rune, is_printable};

const UPPER_DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// A text that HTML shows as it is.
pub(super) fn html(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            0 => out.extend_from_slice("\u{FFFD}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            other => out.push(other),
        }
    }
    out
}

/// A text that can stand in a string constant of JavaScript.
pub(super) fn js(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(&byte) = rest.first() {
        let (rune, width) = first_rune(rest);
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\'' => out.extend_from_slice(b"\\'"),
            b'"' => out.extend_from_slice(b"\\\""),
            b'<' | b'>' | b'&' | b'=' | 0..0x20 => push_unicode(&mut out, u32::from(byte)),
            0x20..0x80 => out.push(byte),
            _ if is_printable(rune) => out.extend_from_slice(&rest[..width]),
            _ => push_unicode(&mut out, rune),
        }
        rest = &rest[width..];
    }
    out
}

/// `\u` and at least four digits.
fn push_unicode(out: &mut Vec<u8>, rune: u32) {
    out.extend_from_slice(format!("\\u{rune:04X}").as_bytes());
}

/// A text that can stand in the query of a URL.
pub(super) fn urlquery(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte),
            b' ' => out.push(b'+'),
            other => {
                let (high, low) = (usize::from(other >> 4), usize::from(other & 0xF));
                out.extend_from_slice(&[b'%', UPPER_DIGITS[high], UPPER_DIGITS[low]]);
            }
        }
    }
    out
}
