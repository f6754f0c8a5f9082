//! `html`, `js` and `urlquery`.

use crate::error::Error;
use crate::sink::Sink;
use crate::unicode::{first_rune, is_printable};

const UPPER_DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// A text that HTML shows as it is.
pub(super) fn html(text: &[u8], out: &mut Sink<'_>) -> Result<(), Error> {
    for &byte in text {
        match byte {
            0 => out.push("\u{FFFD}".as_bytes()),
            b'"' => out.push(b"&#34;"),
            b'\'' => out.push(b"&#39;"),
            b'&' => out.push(b"&amp;"),
            b'<' => out.push(b"&lt;"),
            b'>' => out.push(b"&gt;"),
            other => out.push(&[other]),
        }?;
    }
    Ok(())
}

/// A text that can stand in a string constant of JavaScript.
pub(super) fn js(text: &[u8], out: &mut Sink<'_>) -> Result<(), Error> {
    let mut rest = text;
    while let Some(&byte) = rest.first() {
        let (rune, width) = first_rune(rest);
        match byte {
            b'\\' => out.push(b"\\\\"),
            b'\'' => out.push(b"\\'"),
            b'"' => out.push(b"\\\""),
            b'<' | b'>' | b'&' | b'=' | 0..0x20 => push_unicode(out, u32::from(byte)),
            0x20..0x80 => out.push(&[byte]),
            _ if is_printable(rune) => out.push(&rest[..width]),
            _ => push_unicode(out, rune),
        }?;
        rest = &rest[width..];
    }
    Ok(())
}

/// `\u` and at least four digits.
fn push_unicode(out: &mut Sink<'_>, rune: u32) -> Result<(), Error> {
    out.push(format!("\\u{rune:04X}").as_bytes())
}

/// A text that can stand in the query of a URL.
pub(super) fn urlquery(text: &[u8], out: &mut Sink<'_>) -> Result<(), Error> {
    for &byte in text {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(&[byte])
            }
            b' ' => out.push(b"+"),
            other => {
                let (high, low) = (usize::from(other >> 4), usize::from(other & 0xF));
                out.push(&[b'%', UPPER_DIGITS[high], UPPER_DIGITS[low]])
            }
        }?;
    }
    Ok(())
}
