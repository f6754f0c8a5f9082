//! Characters of URLs that are written as numbers. Source: Go `net/url` (`shouldEscape`, `unescape`).

/// Where a text stands in a URL, which decides what must be escaped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Host,
    /// A zone of an address: `[fe80::1%25eth0]`.
    HostZone,
    User,
    Fragment,
}

fn must_escape(byte: u8, place: Place) -> bool {
    if byte.is_ascii_alphanumeric() {
        return false;
    }
    if matches!(place, Place::Host | Place::HostZone) && b"!$&'()*+,;=:[]<>\"".contains(&byte) {
        return false;
    }
    match byte {
        b'-' | b'_' | b'.' | b'~' => false,
        b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'?' | b'@' => match place {
            Place::Path => byte == b'?',
            Place::User => matches!(byte, b'@' | b'/' | b'?' | b':'),
            Place::Fragment => false,
            Place::Host | Place::HostZone => true,
        },
        b'!' | b'(' | b')' | b'*' => place != Place::Fragment,
        _ => true,
    }
}

/// A text with what must be escaped at its place.
pub(super) fn escaped(text: &[u8], place: Place) -> Vec<u8> {
    const DIGITS: &[u8] = b"0123456789ABCDEF";
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        if must_escape(*byte, place) {
            let digit = |number: u8| DIGITS[usize::from(number)];
            out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 0xF)]);
        } else {
            out.push(*byte);
        }
    }
    out
}

/// What was written, if it is a valid writing of the text, else the text escaped.
pub(super) fn kept_or(raw: &[u8], text: &[u8], place: Place) -> Vec<u8> {
    if !raw.is_empty()
        && is_valid(raw, place)
        && unescaped(raw, place).is_ok_and(|read| read == text)
    {
        return raw.to_vec();
    }
    if text == b"*" && place == Place::Path {
        return b"*".to_vec();
    }
    escaped(text, place)
}

/// Whether a writing needs no other escapes than it has.
fn is_valid(raw: &[u8], place: Place) -> bool {
    raw.iter().all(|byte| {
        matches!(
            byte,
            b'!' | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b':'
                | b'@'
                | b'['
                | b']'
                | b'%'
        ) || !must_escape(*byte, place)
    })
}

/// A text without escapes.
///
/// # Errors
/// An escape is wrong, or a character must not stand in a host; in Go's words.
pub(super) fn unescaped(text: &[u8], place: Place) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'%' {
            let wrong = || {
                let shown = &rest[..rest.len().min(3)];
                format!("invalid URL escape {}", trimtab_template::quoted(shown))
            };
            let digits = rest.get(1..3).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
            let digits = digits.ok_or_else(wrong)?;
            let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0);
            let number = u8::try_from(digit(digits[0]) * 16 + digit(digits[1])).unwrap_or(0);
            // A host may have only what is no ASCII escaped, and the sign before a zone.
            let is_zone_sign = rest.starts_with(b"%25");
            if place == Place::Host && number < 0x80 && !is_zone_sign {
                return Err(wrong());
            }
            if place == Place::HostZone
                && !is_zone_sign
                && number != b' '
                && must_escape(number, Place::Host)
            {
                return Err(wrong());
            }
            out.push(number);
            rest = &rest[3..];
            continue;
        }
        if matches!(place, Place::Host | Place::HostZone) && byte < 0x80 && must_escape(byte, place)
        {
            let shown = trimtab_template::quoted(&[byte]);
            return Err(format!("invalid character {shown} in host name"));
        }
        out.push(byte);
        rest = after;
    }
    Ok(out)
}
