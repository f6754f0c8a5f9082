//! URLs of repositories, before anybody asks one: which have a single meaning, and what of one may be
//! shown.

use crate::limit;

/// Why a repository's URL is refused. A project's rules, the choice of a credential and the request
/// each read the URL; one that two of them could take for two places is read by none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlFlaw {
    /// A control or invisible character, or white space other than a plain blank.
    Unseen,
    /// A `\`, which some readers take for `/`.
    Backslash,
    /// A query.
    Query,
    /// A fragment.
    Fragment,
    /// The host of an http URL cannot be read in one way only.
    Host,
    /// A `.` or `..` within the path, encoded or not.
    DotSegment,
    /// A separator or control character within the path, encoded.
    Encoded,
}

impl UrlFlaw {
    /// What is wrong with a URL, if anything. Blanks around it do not count. What is fetched over ssh
    /// or from disk is held to the same rules, except for its host.
    pub fn of(url: &str) -> Option<Self> {
        let url = url.trim_matches(' ');
        if url.contains(is_unseen) {
            return Some(Self::Unseen);
        }
        for (character, flaw) in
            [('\\', Self::Backslash), ('?', Self::Query), ('#', Self::Fragment)]
        {
            if url.contains(character) {
                return Some(flaw);
            }
        }
        let (authority, path) = match web(url) {
            Some(rest) => {
                let Some(rest) = rest.strip_prefix("//") else { return Some(Self::Host) };
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                (Some(authority), path)
            }
            None => (None, url.split_once("://").map_or(url, |(_, rest)| rest)),
        };
        if authority.is_some_and(|authority| !is_plain(authority)) {
            return Some(Self::Host);
        }
        flaw_of_path(path)
    }

    /// The sentence for people, without the URL: what it has and what to do.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Unseen => {
                "it has a control character, a line break or another invisible character: remove it"
            }
            Self::Backslash => "it has a `\\`: write `/`",
            Self::Query => {
                "it has a `?`, and no repository is named by a query: remove what follows, and put a token into a Secret"
            }
            Self::Fragment => {
                "it has a `#`: remove what follows, and name the revision in its own field"
            }
            Self::Host => "its host cannot be read in one way only: write https://host/path",
            Self::DotSegment => "its path has a `.` or `..`: name the repository by its own path",
            Self::Encoded => {
                "its path has an encoded `/`, `\\` or control character, or is encoded several times: write it plainly"
            }
        }
    }
}

/// What follows `http:` or `https:`, if the URL begins so.
fn web(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once(':')?;
    ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web)).then_some(rest)
}

/// Whether user, host and port are each where every reader looks for them.
fn is_plain(authority: &str) -> bool {
    let (user, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (host, port) = split_port(place);
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = !host.is_empty() && !host.contains(['%', ' ', ':', '[', ']']);
    let is_address = host.starts_with('[') && host.ends_with(']');
    !user.contains('@') && is_port && (is_name || is_address)
}

/// Host and port of `host:port`; an address in brackets is all host.
fn split_port(place: &str) -> (&str, &str) {
    match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (place, ""),
    }
}

/// Servers decode a path before they look for what it names, and some do it twice.
fn flaw_of_path(path: &str) -> Option<UrlFlaw> {
    let mut path = path.to_owned();
    for _ in 0..=limit::URL_ENCODINGS_MAX {
        // Some servers take what follows `;` for a parameter of the segment.
        let name = |segment: &str| segment.split(';').next().unwrap_or_default().to_owned();
        if path.split('/').map(name).any(|name| name == "." || name == "..") {
            return Some(UrlFlaw::DotSegment);
        }
        let decoded = percent_decoded(&path, "");
        let separators = |text: &str| text.matches(['/', '\\']).count();
        if decoded.contains(is_unseen) || separators(&decoded) != separators(&path) {
            return Some(UrlFlaw::Encoded);
        }
        if decoded == path {
            return None;
        }
        path = decoded;
    }
    Some(UrlFlaw::Encoded)
}

/// Characters that nobody sees, or that turn the order of what is seen.
fn is_unseen(character: char) -> bool {
    is_hidden(character) || character.is_whitespace() && character != ' '
}

/// Whether nobody sees a character, or it turns the order of what is seen, or a terminal obeys it: what
/// looks alike may then differ. Spaces of all widths are seen, ends of lines are not. Source: Unicode
/// Technical Report 36, and the categories `Cc`, `Zl`, `Zp` and, as far as it matters here, `Cf`.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A text with its `%XX` decoded once, but for those that mean one of the ASCII characters in `kept`.
/// What is no UTF-8 afterwards is replaced by U+FFFD.
pub fn percent_decoded(text: &str, kept: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let byte = Some(after).filter(|_| *first == b'%').and_then(hexadecimal);
        if let Some(byte) = byte.filter(|byte| !kept.as_bytes().contains(byte)) {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The byte that two hexadecimal digits at the beginning mean.
fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*digits.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// A URL as people may see it: without the user name and password of an http URL, the password of any
/// other, and what follows `?` or `#` (P17).
pub fn shown_url(url: &str) -> String {
    let url = url.trim();
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (&url[..scheme.len() + 3], rest),
        None => ("", url),
    };
    let (user, place) = split_user(rest);
    let user = user.and_then(|user| user.split(':').next()).filter(|_| web(url).is_none());
    let user = user.map(|user| format!("{user}@")).unwrap_or_default();
    let end = place.find(['?', '#']).unwrap_or(place.len());
    format!("{scheme}{user}{}", &place[..end])
}

/// What stands before the `@` of the host. A password may hold what ends a host, so that what looks
/// like a port and is none belongs to the password.
fn split_user(rest: &str) -> (Option<&str>, &str) {
    let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    let authority = &rest[..end];
    let is_port = split_port(authority).1.bytes().all(|byte| byte.is_ascii_digit());
    let at = match authority.rfind('@') {
        None if !is_port => rest.rfind('@'),
        at => at,
    };
    at.map_or((None, rest), |at| (Some(&rest[..at]), &rest[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::{UrlFlaw, percent_decoded, shown_url};

    #[test]
    fn urls_that_manifests_have_are_not_refused() {
        for url in [
            "https://github.com/Org/App.git",
            "HTTPS://GitHub.com/org/app/",
            " https://github.com/org/app ",
            "https://me@dev.azure.com/me/My%20Project/_git/C%23.app",
            "https://user%40corp.example:secret@git.example:8443/scm/~me/a..b.git",
            "http://[::1]:3000/a.git",
            "http://127.0.0.1/a b.git",
            "https://git.example/100%25/%C3%BCber",
            "https://git.example/über;v=1",
            "https://git.example:/a",
            "file:///srv/.git-repositories/a%20b.git",
            "/srv/a b.git",
            "git@github.com:org/app.git",
            "ssh://git@github.com:22/~me/app",
            "oci://registry.example/chart",
            "",
        ] {
            assert_eq!(UrlFlaw::of(url), None, "{url}");
        }
    }

    #[test]
    fn what_two_readers_take_for_two_places_is_refused() {
        for (url, flaw) in [
            ("http://host/team-a/..\\team-b\\secret.git", UrlFlaw::Backslash),
            ("http://host/team-a/%2e%2e\\team-b\\secret.git", UrlFlaw::Backslash),
            ("http://127.0.0.2:9102\\.example.com/x.git", UrlFlaw::Backslash),
            ("http://127.0.0.2:9102?.example.com/x.git", UrlFlaw::Query),
            ("https://host/x.git?access_token=canary", UrlFlaw::Query),
            ("http://127.0.0.2:9102#.example.com/x.git", UrlFlaw::Fragment),
            ("https://ho\tst/x", UrlFlaw::Unseen),
            ("https://host/x\n", UrlFlaw::Unseen),
            ("https://host/\u{202e}x", UrlFlaw::Unseen),
            ("https://ho\u{ad}st/x", UrlFlaw::Unseen),
            ("https://host/a/../b", UrlFlaw::DotSegment),
            ("https://host/a/./b", UrlFlaw::DotSegment),
            ("https://host/a/%2E%2e/b", UrlFlaw::DotSegment),
            ("https://host/a/.%2e", UrlFlaw::DotSegment),
            ("https://host/a/%252e%252e/b", UrlFlaw::DotSegment),
            ("https://host/a/..;x=1/b", UrlFlaw::DotSegment),
            ("file:///srv/a/../b", UrlFlaw::DotSegment),
            ("/srv/a/../b", UrlFlaw::DotSegment),
            ("https://host/a%2f..%2fb", UrlFlaw::Encoded),
            ("https://host/a%5cb", UrlFlaw::Encoded),
            ("https://host/a%00b", UrlFlaw::Encoded),
            ("https://host/a%25255cb", UrlFlaw::Encoded),
            ("https://host/%25252525252541", UrlFlaw::Encoded),
            ("https:host/x", UrlFlaw::Host),
            ("https:/host/x", UrlFlaw::Host),
            ("https:///host/x", UrlFlaw::Host),
            ("https://", UrlFlaw::Host),
            ("https://github.com@a@host/x", UrlFlaw::Host),
            ("https://me@/x", UrlFlaw::Host),
            ("https://%68ost/x", UrlFlaw::Host),
            ("https://host:80x/x", UrlFlaw::Host),
            ("https://me:pass/word@host/x", UrlFlaw::Host),
            ("https://ho st/x", UrlFlaw::Host),
        ] {
            assert_eq!(UrlFlaw::of(url), Some(flaw), "{url}");
        }
    }

    #[test]
    fn nothing_secret_of_a_url_is_shown() {
        for url in [
            "https://me:canary@host/a",
            "https://canary@host/a",
            "https://host/a?access_token=canary",
            "https://host/a#canary",
            "https://me:can/ary@host/a",
            "https://me:ca?nary@host/a",
            "https://me:c@nary@host/a",
        ] {
            assert_eq!(shown_url(url), "https://host/a", "{url}");
        }
        assert_eq!(shown_url("ssh://git:canary@host/a"), "ssh://git@host/a");
        for url in [
            "git@host:org/a.git",
            "ssh://git@host:22/a",
            "https://host:8443/@scope/a",
            "http://[::1]/a@b",
            "/srv/a@b",
        ] {
            assert_eq!(shown_url(url), url);
        }
    }

    #[test]
    fn escapes_are_decoded_once() {
        assert_eq!(percent_decoded("a%20b%2Bc%2525%zz%", ""), "a b+c%25%zz%");
        assert_eq!(percent_decoded("%2A%41", "*"), "%2AA");
        assert_eq!(percent_decoded("%C3%BC%ff", ""), "ü\u{fffd}");
    }
}
