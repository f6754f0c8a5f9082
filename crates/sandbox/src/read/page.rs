//! Pages: which state of a collection is read, and which part of it.

use super::options::{check_list, number_parameter, version_parameter};
use crate::refusal::Refusal;
use crate::request::Request;
use crate::server::Server;
use crate::store::Key;
use std::fmt::Write as _;

/// Where a page begins.
pub(super) struct Page {
    pub revision: u64,
    /// Behind this object.
    pub after: Option<Place>,
    pub limit: usize,
}

/// An object's place in a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub namespace: String,
    pub name: String,
}

impl Place {
    pub fn is_before(&self, key: &Key) -> bool {
        (&*key.namespace, &*key.name) > (self.namespace.as_str(), self.name.as_str())
    }
}

impl Server {
    pub(super) fn page_of(&self, request: &Request) -> Result<Page, Refusal> {
        let limit = number_parameter(request, "limit")?.unwrap_or(0);
        let limit = usize::try_from(limit).ok().filter(|limit| *limit > 0);
        check_list(request)?;
        match request.parameter("continue") {
            Some(token) => self.next_page(request, token, limit.unwrap_or(usize::MAX)),
            None => self.first_page(request, limit),
        }
    }

    fn next_page(&self, request: &Request, token: &str, limit: usize) -> Result<Page, Refusal> {
        if request.parameter("resourceVersion").is_some_and(|version| version != "0") {
            let message = "specifying resource version is not allowed when using continue";
            return Err(Refusal::bad_request(message));
        }
        let (revision, after) = read_token(token).ok_or_else(|| {
            Refusal::bad_request("invalid continue token: continue key is not valid")
        })?;
        let revision = match revision {
            Some(revision) if revision < self.store.compacted() => {
                let mut refusal = Refusal::expired(NO_LONGER);
                refusal.continues = Some(token_of(None, &after));
                return Err(refusal);
            }
            Some(revision) => revision,
            None => self.store.revision(),
        };
        Ok(Page { revision, after: Some(after), limit })
    }

    fn first_page(&self, request: &Request, limit: Option<usize>) -> Result<Page, Refusal> {
        let current = self.store.revision();
        let version = version_parameter(request).map_err(|message| {
            Refusal::bad_request(format!("invalid resource version: {message}"))
        })?;
        let is_any = version == Some(0);
        let asked = version.filter(|version| *version > 0);
        if let Some(asked) = asked.filter(|asked| *asked > current) {
            return Err(Refusal::too_new(asked, current));
        }
        let revision = match (request.parameter("resourceVersionMatch"), asked) {
            (Some("Exact"), Some(asked)) => asked,
            // A list with a limit that names a version is of exactly that version.
            (None, Some(asked)) if limit.is_some() => asked,
            _ => current,
        };
        if revision < self.store.compacted() {
            return Err(Refusal::expired("The resourceVersion for the provided list is too old."));
        }
        // What is read at any version comes from the server's cache, which gives it whole.
        let limit = limit.filter(|_| !is_any).unwrap_or(usize::MAX);
        Ok(Page { revision, after: None, limit })
    }
}

/// Source: apiserver, `storage/continue.go` and `storage/etcd3/errors.go`.
const NO_LONGER: &str = "The provided continue parameter is too old to display a consistent list \
    result. You can start a new list without the continue parameter, or use the continue token in \
    this response to retrieve the remainder of the results. Continuing with the provided token \
    results in an inconsistent list - objects that were created, modified, or deleted between the \
    time the first chunk was returned and now may show up in the list.";

/// What asks for the page behind an object, at a version or at whatever there is then. Its letters
/// are those of URLs.
pub(super) fn token_of(revision: Option<u64>, last: &Place) -> String {
    let revision = revision.map_or_else(|| "-1".to_owned(), |revision| revision.to_string());
    let text = format!("{revision}/{}/{}", last.namespace, last.name);
    text.bytes().fold(String::new(), |mut token, byte| {
        // Writing into a text cannot fail.
        let _ = write!(token, "{byte:02x}");
        token
    })
}

fn read_token(token: &str) -> Option<(Option<u64>, Place)> {
    let digits = token
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    let text = String::from_utf8(digits.collect::<Option<Vec<u8>>>()?).ok()?;
    let mut parts = text.splitn(3, '/');
    let revision = match parts.next()? {
        "-1" => None,
        number => Some(number.parse().ok()?),
    };
    let (namespace, name) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    Some((revision, Place { namespace, name }))
}

#[cfg(test)]
mod tests {
    use super::{Place, read_token, token_of};

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let place = Place { namespace: "shop".into(), name: "a/b".into() };
        for revision in [Some(7), None] {
            assert_eq!(read_token(&token_of(revision, &place)), Some((revision, place.clone())));
        }
        assert_eq!(read_token("xx"), None);
        assert_eq!(read_token("é"), None);
    }
}
