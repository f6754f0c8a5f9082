//! Text as Go sees it: bytes that are mostly UTF-8. What is not is one U+FFFD a byte.

mod tables;

use tables::{ALPHANUMERIC, PRINTABLE};

/// What stands for a byte that is no UTF-8.
pub(crate) const REPLACEMENT: u32 = 0xFFFD;

/// The largest code point.
pub(crate) const RUNE_MAX: u32 = 0x0010_FFFF;

/// The first code point of a text and how many bytes it takes: (U+FFFD, 1) where the bytes are no
/// UTF-8, (U+FFFD, 0) at the end.
pub(crate) fn first_rune(bytes: &[u8]) -> (u32, usize) {
    let Some(&first) = bytes.first() else {
        return (REPLACEMENT, 0);
    };
    if first < 0x80 {
        return (u32::from(first), 1);
    }
    let length = match first {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return (REPLACEMENT, 1),
    };
    match bytes.get(..length).map(std::str::from_utf8) {
        Some(Ok(text)) => (text.chars().next().map_or(REPLACEMENT, u32::from), length),
        _ => (REPLACEMENT, 1),
    }
}

/// The code points of a text, with where each begins.
pub(crate) fn runes(bytes: &[u8]) -> impl Iterator<Item = (usize, u32)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (rune, width) = first_rune(&bytes[at..]);
        (width > 0).then(|| {
            let begin = at;
            at += width;
            (begin, rune)
        })
    })
}

/// How many code points a text has.
pub(crate) fn rune_count(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.chars().count(),
        Err(_) => runes(bytes).count(),
    }
}

/// Appends a code point as UTF-8; U+FFFD if there is no such character.
pub(crate) fn push_rune(out: &mut Vec<u8>, rune: u32) {
    let character = char::from_u32(rune).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Whether Go prints a code point as it is (`strconv.IsPrint`): letters, marks, numbers, punctuation,
/// symbols and the ASCII space.
pub fn is_printable(rune: u32) -> bool {
    match rune {
        0x20..0x7F => true,
        0..0x80 => false,
        _ => is_among(&PRINTABLE, rune),
    }
}

/// Whether a code point may be part of a name: letters, digits and the underscore.
pub(crate) fn is_alphanumeric(rune: u32) -> bool {
    match u8::try_from(rune) {
        Ok(byte) if byte.is_ascii() => byte == b'_' || byte.is_ascii_alphanumeric(),
        _ => is_among(&ALPHANUMERIC, rune),
    }
}

fn is_among(ranges: &[(u32, u32)], rune: u32) -> bool {
    let after = ranges.partition_point(|(first, _)| *first <= rune);
    after > 0 && ranges[after - 1].1 >= rune
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_print_and_name_as_in_go() {
        assert!([0x20, 0x7E, 0xE9, 0x301, 0x2603, 0x1_F600].into_iter().all(is_printable));
        assert!(![0x1F, 0x7F, 0xA0, 0xAD, 0x2028, 0xE000, 0xD800].into_iter().any(is_printable));
        assert!([0x5F, 0x30, 0xE9, 0x4E00, 0x0660].into_iter().all(is_alphanumeric));
        assert!(![0x2D, 0x301, 0x2603, 0xBD, 0x24].into_iter().any(is_alphanumeric));
        // Newer than Unicode 15.
        assert!(!is_printable(0x1_CC00));
    }

    #[test]
    fn what_is_no_utf8_is_one_replacement_a_byte() {
        let runes_of = |bytes: &[u8]| runes(bytes).map(|(_, rune)| rune).collect::<Vec<u32>>();
        assert_eq!(runes_of(b"a\xFF\xC3("), [0x61, REPLACEMENT, REPLACEMENT, 0x28]);
        assert_eq!(runes_of("é☃😀".as_bytes()), [0xE9, 0x2603, 0x1_F600]);
        assert_eq!(runes_of(b"\xED\xA0\x80\xF4\x90\x80\x80").len(), 7);
    }
}
