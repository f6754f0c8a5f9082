//! Base64 and base32, as Go reads and writes them.

use data_encoding::{BASE32, BASE64};
use trimtab_template::{Functions, Text, Value};

use super::of_texts;

pub(super) fn add(functions: &mut Functions) {
    functions.add_native("b64enc", of_texts(1), |_, a| Ok(Value::from(BASE64.encode(a.text(0)?))));
    functions.add_native("b32enc", of_texts(1), |_, a| Ok(Value::from(BASE32.encode(a.text(0)?))));
    functions.add_native("b64dec", of_texts(1), |_, a| {
        Ok(Value::from(base64(a.text(0)?).unwrap_or_else(Text::from)))
    });
    functions.add_native("b32dec", of_texts(1), |_, a| {
        let text: Vec<u8> = a.text(0)?.iter().copied().filter(|byte| !is_line_end(*byte)).collect();
        let decoded = base32(&text);
        let reason = |at| Text::from(format!("illegal base32 data at input byte {at}"));
        Ok(Value::from(decoded.map_or_else(reason, Text::from)))
    });
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// What a text of base64 says, or why it says nothing, in Go's words.
pub(super) fn base64(text: &[u8]) -> Result<Text, String> {
    // The quick way reads several padded texts as one.
    let is_one = !text[..text.len().saturating_sub(2)].contains(&b'=');
    if let (true, Ok(decoded)) = (is_one, BASE64.decode(text)) {
        return Ok(Text::from(decoded));
    }
    let decoded = lenient_base64(text);
    decoded.map(Text::from).map_err(|at| format!("illegal base64 data at input byte {at}"))
}

/// Go passes over line ends, and over bits that stand for no byte. The error is the place that Go
/// names.
fn lenient_base64(text: &[u8]) -> Result<Vec<u8>, usize> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::with_capacity(text.len());
    let mut letters = text.iter().enumerate().filter(|(_, byte)| !is_line_end(**byte));
    loop {
        let (mut bits, mut count) = (0_u32, 0);
        while count < 4 {
            match letters.next() {
                None if count == 0 => return Ok(out),
                None => return Err(text.len() - count),
                Some((at, b'=')) if count < 2 => return Err(at),
                Some((_, b'=')) => {
                    if count == 2 {
                        match letters.next() {
                            None => return Err(text.len()),
                            Some((at, byte)) if *byte != b'=' => return Err(at - 1),
                            Some(_) => {}
                        }
                    }
                    if let Some((at, _)) = letters.next() {
                        return Err(at);
                    }
                    push_bytes(&mut out, u64::from(bits), 6 * count);
                    return Ok(out);
                }
                Some((at, byte)) => {
                    let digit = LETTERS.iter().position(|letter| letter == byte).ok_or(at)?;
                    bits = bits << 6 | u32::try_from(digit).unwrap_or(0);
                    count += 1;
                }
            }
        }
        push_bytes(&mut out, u64::from(bits), 24);
    }
}

/// The same for base32, without line ends. Behind the padding Go does not look.
fn base32(text: &[u8]) -> Result<Vec<u8>, usize> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut out = Vec::with_capacity(text.len());
    for (group, letters) in text.chunks(8).enumerate() {
        let mut bits = 0_u64;
        for (count, byte) in letters.iter().enumerate() {
            let at = group * 8 + count;
            // What is left behind this letter in the whole text.
            let left = text.len() - at - 1;
            if *byte == b'=' && count >= 2 && left < 8 {
                if left + count < 7 {
                    return Err(text.len());
                }
                let padding = &text[at + 1..][..left.min(7 - count)];
                if let Some(wrong) = padding.iter().position(|byte| *byte != b'=') {
                    return Err(at + wrong);
                }
                if matches!(count, 3 | 6) {
                    return Err(at);
                }
                push_bytes(&mut out, bits, 5 * count);
                return Ok(out);
            }
            let digit = LETTERS.iter().position(|letter| letter == byte).ok_or(at)?;
            bits = bits << 5 | digit as u64;
        }
        if letters.len() < 8 {
            return Err(text.len() - letters.len());
        }
        push_bytes(&mut out, bits, 40);
    }
    Ok(out)
}

/// Appends the whole bytes of so many bits.
fn push_bytes(out: &mut Vec<u8>, bits: u64, count: usize) {
    let whole = (bits >> (count % 8)).to_be_bytes();
    out.extend_from_slice(&whole[whole.len() - count / 8..]);
}
