//! Where a remote's URL points.

use std::net::IpAddr;
use std::path::PathBuf;

use trimtab_model::{Remote, UrlFlaw};
use trimtab_ports::git::Error;
use url::{Host, Url};

/// Where a remote's URL points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// A repository on this machine's disk, by an absolute path.
    File(PathBuf),
    /// A repository over http or https; without user name and final slash, and it has no query.
    Http(Url),
}

impl Endpoint {
    /// Reads a remote's URL: `http://`, `https://`, `file://`, or an absolute path.
    pub(crate) fn of(remote: &Remote) -> Result<Self, Error> {
        let unsupported = |reason| Error::UnsupportedUrl { remote: remote.clone(), reason };
        // Doors refuse these too, where there are rules about URLs; here nothing is asked by a URL that
        // could have been read in another way there.
        if let Some(flaw) = UrlFlaw::of(&remote.url) {
            return Err(unsupported(flaw.reason()));
        }
        if remote.url.starts_with('/') {
            return Ok(Self::File(PathBuf::from(&*remote.url)));
        }
        if is_ssh_shorthand(&remote.url) {
            return Err(unsupported(SSH));
        }
        let mut url = Url::parse(&remote.url)
            .map_err(|_| unsupported("give https://host/path, file:///path or an absolute path"))?;
        if url.password().is_some() {
            return Err(Error::PasswordInUrl);
        }
        match url.scheme() {
            "http" | "https" => {
                // A bare user name, as in https://name@host/, says nothing that the credential does not.
                let _ = url.set_username("");
                let path = url.path().trim_end_matches('/').to_owned();
                url.set_path(&path);
                Ok(Self::Http(url))
            }
            "file" => match (url.host_str(), url.to_file_path()) {
                (None | Some("" | "localhost"), Ok(path)) => Ok(Self::File(path)),
                _ => Err(unsupported(
                    "a file URL names an absolute path, as in file:///srv/repo.git",
                )),
            },
            "ssh" | "git+ssh" | "ssh+git" => Err(unsupported(SSH)),
            "git" => Err(unsupported("the git:// protocol is not supported; use https")),
            _ => Err(unsupported("only https, http and file are supported")),
        }
    }
}

const SSH: &str = "ssh is not supported yet; use https with a token";

/// Whether this is `git@host:path`.
fn is_ssh_shorthand(url: &str) -> bool {
    url.split_once(':').is_some_and(|(host, path)| {
        !path.starts_with("//") && !host.is_empty() && !host.contains('/')
    })
}

/// Whether what is sent to this URL stays on this machine or is encrypted.
pub(crate) fn keeps_secrets(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "https" || loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str) -> Result<Endpoint, Error> {
        Endpoint::of(&Remote { url: url.into(), credential: None })
    }

    #[test]
    fn paths_and_urls_are_told_apart() {
        assert_eq!(endpoint("/srv/a b.git").unwrap(), Endpoint::File("/srv/a b.git".into()));
        assert_eq!(
            endpoint("file:///srv/a%20b.git").unwrap(),
            Endpoint::File("/srv/a b.git".into())
        );
        let url = Url::parse("https://example.org/a/b.git").unwrap();
        assert_eq!(endpoint("https://me@example.org/a/b.git/").unwrap(), Endpoint::Http(url));
    }

    #[test]
    fn what_cannot_be_read_says_what_can() {
        for url in ["ssh://git@example.org/a.git", "git@example.org:a.git", "example.org:a.git"] {
            assert!(endpoint(url).unwrap_err().to_string().contains("ssh is not supported yet"));
        }
        for url in ["git://example.org/a", "ftp://example.org/a", "a/b", "", "file://far/away"] {
            assert!(matches!(endpoint(url), Err(Error::UnsupportedUrl { .. })), "{url}");
        }
    }

    #[test]
    fn what_could_mean_another_place_is_not_asked_and_no_token_is_printed() {
        for url in [
            "http://host/a/..\\b.git",
            "http://127.0.0.2:9102\\.example.com/x.git",
            "https://host/a/%2e%2e/b",
            "file:///srv/a/../b",
            "/srv/a/../b",
            "https://host/a.git#x",
            "https://host/a.git?access_token=canary",
        ] {
            let error = endpoint(url).unwrap_err();
            assert!(matches!(error, Error::UnsupportedUrl { .. }), "{url}");
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_refused_and_not_printed() {
        let error = endpoint("https://me:canary@example.org/a.git").unwrap_err();
        assert!(!error.to_string().contains("canary") && !format!("{error:?}").contains("canary"));
    }

    #[test]
    fn only_loopback_keeps_secrets_over_plain_http() {
        let keeps = |url: &str| keeps_secrets(&Url::parse(url).unwrap());
        assert!(keeps("https://example.org/") && keeps("http://127.0.0.1:80/"));
        assert!(keeps("http://localhost/") && keeps("http://[::1]/"));
        assert!(!keeps("http://example.org/") && !keeps("http://10.0.0.1/"));
        assert!(!keeps("http://localhost.example.org/"));
    }
}
