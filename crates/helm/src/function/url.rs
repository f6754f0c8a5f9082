//! URLs, taken apart and put together. Source: Go `net/url`.

mod escape;
mod parse;

use trimtab_template::{Arguments, Error, Functions, Run, Signature, Text, Type, Value};

use parse::{User, parse};

/// The parts of a URL, unescaped where Go unescapes them.
#[derive(Default)]
struct Url {
    scheme: Vec<u8>,
    /// What follows the scheme of a URL that has no path: `mailto:opaque`.
    opaque: Vec<u8>,
    user: Option<User>,
    host: Vec<u8>,
    path: Vec<u8>,
    /// The path as it was written, where it is not what `path` is written as.
    raw_path: Vec<u8>,
    query: Vec<u8>,
    /// Whether there is a `?` with nothing behind it.
    has_empty_query: bool,
    fragment: Vec<u8>,
    raw_fragment: Vec<u8>,
    /// Whether the host was left out though there was an authority.
    omits_host: bool,
}

pub(super) fn add(functions: &mut Functions) {
    functions.add_native("urlParse", Signature::new([Type::String], Type::map()), url_parse);
    functions.add_native("urlJoin", Signature::new([Type::map()], Type::String), url_join);
}

fn url_parse(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let url = parse(a.text(0)?)
        .map_err(|reason| Error::message(format!("unable to parse url: {reason}")))?;
    let user = url.user.as_ref().map(User::text).unwrap_or_default();
    let hostname = url.hostname().to_vec();
    let entries = [
        ("scheme", url.scheme),
        ("host", url.host),
        ("hostname", hostname),
        ("path", url.path),
        ("query", url.query),
        ("opaque", url.opaque),
        ("fragment", url.fragment),
        ("userinfo", user),
    ];
    let entries = entries
        .into_iter()
        .map(|(key, value)| Ok((Text::from(key), run.heap().text(value)?)))
        .collect::<Result<Vec<_>, Error>>()?;
    run.heap().map(entries)
}

fn url_join(_: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let text = |key: &str| -> Result<Vec<u8>, Error> {
        let Some(value) = a.map(0)?.and_then(|map| map.get(key.as_bytes())) else {
            return Ok(Vec::new());
        };
        if value.is_nil() {
            return Err(super::nil_dereference());
        }
        value.as_text().map(|text| text.to_vec()).ok_or_else(|| {
            let kind = value.kind_name();
            Error::message(format!(
                "unable to parse {key} key, must be of type string, but {kind} found"
            ))
        })
    };
    let mut url = Url {
        scheme: text("scheme")?,
        host: text("host")?,
        path: text("path")?,
        query: text("query")?,
        opaque: text("opaque")?,
        fragment: text("fragment")?,
        ..Url::default()
    };
    let user = text("userinfo")?;
    if !user.is_empty() {
        let whole = [b"proto://", &*user, b"@host"].concat();
        let parsed = parse(&whole).map_err(|reason| {
            Error::message(format!("unable to parse userinfo in dict: {reason}"))
        })?;
        url.user = parsed.user;
    }
    Ok(Value::String(Text::from(url.text())))
}

impl Url {
    /// The host without its port and without the brackets of an address.
    fn hostname(&self) -> &[u8] {
        let colon = self.host.iter().rposition(|byte| *byte == b':');
        let is_port = |at: &usize| self.host[at + 1..].iter().all(u8::is_ascii_digit);
        let host = colon.filter(is_port).map_or(&self.host[..], |at| &self.host[..at]);
        match host {
            [b'[', inside @ .., b']'] => inside,
            _ => host,
        }
    }

    /// The URL as a text (Go's `URL.String`).
    fn text(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.scheme.is_empty() {
            out.extend_from_slice(&self.scheme);
            out.push(b':');
        }
        if self.opaque.is_empty() {
            self.push_hierarchy(&mut out);
        } else {
            out.extend_from_slice(&self.opaque);
        }
        if self.has_empty_query || !self.query.is_empty() {
            out.push(b'?');
            out.extend_from_slice(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push(b'#');
            out.extend_from_slice(&escape::kept_or(
                &self.raw_fragment,
                &self.fragment,
                escape::Place::Fragment,
            ));
        }
        out
    }

    fn push_hierarchy(&self, out: &mut Vec<u8>) {
        let has_scheme = !self.scheme.is_empty();
        if (has_scheme || !self.host.is_empty() || self.user.is_some())
            && !(self.omits_host && self.host.is_empty() && self.user.is_none())
        {
            if !self.host.is_empty() || !self.path.is_empty() || self.user.is_some() {
                out.extend_from_slice(b"//");
            }
            if let Some(user) = &self.user {
                out.extend_from_slice(&user.text());
                out.push(b'@');
            }
            out.extend_from_slice(&escape::escaped(&self.host, escape::Place::Host));
        }
        let path = escape::kept_or(&self.raw_path, &self.path, escape::Place::Path);
        if !path.is_empty() && path[0] != b'/' && !self.host.is_empty() {
            out.push(b'/');
        }
        if out.is_empty() {
            // A first segment with a colon would be taken for a scheme.
            let first = path.split(|byte| *byte == b'/').next().unwrap_or_default();
            if first.contains(&b':') {
                out.extend_from_slice(b"./");
            }
        }
        out.extend_from_slice(&path);
    }
}
