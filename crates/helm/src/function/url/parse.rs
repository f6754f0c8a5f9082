//! URLs, read. Source: Go `net/url` (`Parse`).

use super::Url;
use super::escape::{Place, escaped, unescaped};
use trimtab_template::quoted;

/// Who asks.
pub(super) struct User {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}

impl User {
    /// Name and password as they are written.
    pub(super) fn text(&self) -> Vec<u8> {
        let mut out = escaped(&self.name, Place::User);
        if let Some(password) = &self.password {
            out.push(b':');
            out.extend_from_slice(&escaped(password, Place::User));
        }
        out
    }
}

/// Reads a URL.
///
/// # Errors
/// It is none, in Go's words.
pub(super) fn parse(text: &[u8]) -> Result<Url, String> {
    let (before, fragment) = cut(text, b'#');
    let mut url =
        without_fragment(before).map_err(|reason| format!("parse {}: {reason}", quoted(before)))?;
    if let Some(fragment) = fragment {
        url.fragment = unescaped(fragment, Place::Fragment)
            .map_err(|reason| format!("parse {}: {reason}", quoted(text)))?;
        url.raw_fragment = raw(fragment, &url.fragment, Place::Fragment);
    }
    Ok(url)
}

/// What was written, where it is not what we would write.
fn raw(written: &[u8], read: &[u8], place: Place) -> Vec<u8> {
    if escaped(read, place) == written { Vec::new() } else { written.to_vec() }
}

fn cut(text: &[u8], sign: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == sign) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

fn without_fragment(text: &[u8]) -> Result<Url, String> {
    if text.iter().any(|byte| *byte < b' ' || *byte == 0x7F) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let mut url = Url::default();
    if text == b"*" {
        url.path = b"*".to_vec();
        return Ok(url);
    }
    let (scheme, mut rest) = scheme(text)?;
    url.scheme = scheme.to_ascii_lowercase();
    if rest.ends_with(b"?") && !rest[..rest.len() - 1].contains(&b'?') {
        url.has_empty_query = true;
        rest = &rest[..rest.len() - 1];
    } else {
        let (before, query) = cut(rest, b'?');
        url.query = query.unwrap_or_default().to_vec();
        rest = before;
    }
    if !rest.starts_with(b"/") {
        if !url.scheme.is_empty() {
            url.opaque = rest.to_vec();
            return Ok(url);
        }
        let segment = rest.split(|byte| *byte == b'/').next().unwrap_or_default();
        if segment.contains(&b':') {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    if rest.starts_with(b"//") && (!url.scheme.is_empty() || !rest.starts_with(b"///")) {
        let after = &rest[2..];
        let end = after.iter().position(|byte| *byte == b'/').unwrap_or(after.len());
        (url.user, url.host) = authority(&after[..end])?;
        rest = &after[end..];
    } else if !url.scheme.is_empty() && rest.starts_with(b"/") {
        url.omits_host = true;
    }
    url.path = unescaped(rest, Place::Path)?;
    url.raw_path = raw(rest, &url.path, Place::Path);
    Ok(url)
}

fn scheme(text: &[u8]) -> Result<(&[u8], &[u8]), String> {
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Ok((b"", text))
}

fn authority(text: &[u8]) -> Result<(Option<User>, Vec<u8>), String> {
    let Some(at) = text.iter().rposition(|byte| *byte == b'@') else {
        return Ok((None, host(text)?));
    };
    let host = host(&text[at + 1..])?;
    let info = &text[..at];
    let is_allowed =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte);
    if !info.iter().all(is_allowed) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let (name, password) = cut(info, b':');
    let password = password.map(|password| unescaped(password, Place::User)).transpose()?;
    Ok((Some(User { name: unescaped(name, Place::User)?, password }), host))
}

fn host(text: &[u8]) -> Result<Vec<u8>, String> {
    if text.starts_with(b"[") {
        let end = text.iter().rposition(|byte| *byte == b']');
        let end = end.ok_or_else(|| "missing ']' in host".to_owned())?;
        check_port(&text[end + 1..])?;
        let zone = super::super::affix::find(&text[..end], b"%25");
        if let Some(zone) = zone {
            let parts = [
                unescaped(&text[..zone], Place::Host)?,
                unescaped(&text[zone..end], Place::HostZone)?,
                unescaped(&text[end..], Place::Host)?,
            ];
            return Ok(parts.concat());
        }
    } else if let Some(at) = text.iter().rposition(|byte| *byte == b':') {
        check_port(&text[at..])?;
    }
    unescaped(text, Place::Host)
}

fn check_port(text: &[u8]) -> Result<(), String> {
    let is_port = match text.split_first() {
        None => true,
        Some((b':', digits)) => digits.iter().all(u8::is_ascii_digit),
        Some(_) => false,
    };
    if is_port { Ok(()) } else { Err(format!("invalid port {} after host", quoted(text))) }
}
