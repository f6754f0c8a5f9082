//! Requests to a Git server, and what their failures mean.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{Client, Method, RequestBuilder, Response};
use trimtab_model::{Remote, limit};
use trimtab_ports::git::{Access, Cause, Credential, Error};
use url::Url;

use crate::address::{OffLimits, Resolver, off_limits};
use crate::config::LinkLocal;
use crate::endpoint::keeps_secrets;
use crate::tls;

/// Servers tell Git's own client from a browser by this beginning.
const USER_AGENT: &str = concat!("git/2 trimtab/", env!("CARGO_PKG_VERSION"));

/// Asks for protocol version 2; who does not know it answers in version 0.
const GIT_PROTOCOL: HeaderName = HeaderName::from_static("git-protocol");

/// A client for one access to one remote.
pub(crate) struct Http {
    client: Client,
    remote: Remote,
    access: Access,
    link_local: LinkLocal,
}

impl Http {
    /// Builds the client. Reads the system's certificates from disk the first time.
    pub(crate) fn new(
        remote: &Remote,
        access: &Access,
        link_local: LinkLocal,
    ) -> Result<Self, Error> {
        let unusable = |reason| Error::UnusableAccess { remote: remote.clone(), reason };
        let client = Client::builder()
            .tls_backend_preconfigured(tls::client(access).map_err(unusable)?)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(Resolver(link_local)))
            .http1_only()
            .user_agent(USER_AGENT)
            .connect_timeout(Duration::from_secs(limit::GIT_CONNECT_SECONDS_MAX))
            .pool_max_idle_per_host(2)
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        Ok(Self { client, remote: remote.clone(), access: access.clone(), link_local })
    }

    /// The remote.
    pub(crate) fn remote(&self) -> &Remote {
        &self.remote
    }

    /// The access that it was built for.
    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// Reads a page that has the content type, or follows a redirect: then the page is the new URL's.
    pub(crate) async fn get(&self, url: &Url, content_type: &str) -> Result<Page, Error> {
        let request = self.request(Method::GET, url)?.header(ACCEPT, "*/*");
        let response = self.send(request).await?;
        if response.status().is_redirection() {
            return self.redirected(url, &response).map(Page::Elsewhere);
        }
        self.checked(response, content_type).map(Page::Here)
    }

    /// Posts a message to one of Git's services.
    pub(crate) async fn post(
        &self,
        url: &Url,
        service: &str,
        body: Vec<u8>,
    ) -> Result<Response, Error> {
        let result = format!("application/x-git-{service}-result");
        let request = self
            .request(Method::POST, url)?
            .header(CONTENT_TYPE, format!("application/x-git-{service}-request"))
            .header(ACCEPT, &result)
            .body(body);
        let response = self.send(request).await?;
        if response.status().is_redirection() {
            return Err(self.to_elsewhere(&self.target(url, &response)?));
        }
        self.checked(response, &result)
    }

    /// Reads an answer as it comes, up to a bound.
    pub(crate) async fn read(
        &self,
        mut response: Response,
        bytes_max: u64,
        mut feed: impl FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut bytes = 0;
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(error))? {
            bytes += chunk.len() as u64;
            if bytes > bytes_max {
                let (remote, limit) = (self.remote.clone(), bytes_max);
                return Err(Error::TooLarge { remote, what: "the list of refs", limit });
            }
            feed(&chunk)?;
        }
        Ok(())
    }

    /// What it means that the connection failed.
    pub(crate) fn failed(&self, error: reqwest::Error) -> Error {
        let remote = self.remote.clone();
        if error.is_timeout() {
            let limit = Duration::from_secs(limit::GIT_CONNECT_SECONDS_MAX);
            return Error::Timeout { remote, limit };
        }
        if let Some(OffLimits(address)) =
            causes(&error).find_map(|cause| cause.downcast_ref::<OffLimits>())
        {
            return Error::OffLimits { remote, address: *address };
        }
        // The URL says nothing that the remote does not, and may say more than it should.
        let error = error.without_url();
        let untrusted = causes(&error).any(is_certificate_error);
        let source = Cause::from(Box::<dyn std::error::Error + Send + Sync>::from(error));
        if untrusted {
            Error::Untrusted { remote, source }
        } else {
            Error::Unreachable { remote, source }
        }
    }

    /// Every request is made here, those after a redirect too.
    fn request(&self, method: Method, url: &Url) -> Result<RequestBuilder, Error> {
        let refused = off_limits(url).filter(|_| self.link_local == LinkLocal::Refused);
        if let Some(OffLimits(address)) = refused {
            return Err(Error::OffLimits { remote: self.remote.clone(), address });
        }
        let request = self.client.request(method, url.clone());
        let request = request.header(GIT_PROTOCOL, "version=2");
        let Some(credential) = authorization(&self.access.credential) else { return Ok(request) };
        if !keeps_secrets(url) {
            return Err(Error::InsecureCredentials { remote: self.remote.clone() });
        }
        let mut value = HeaderValue::from_str(&credential).map_err(|_| Error::UnusableAccess {
            remote: self.remote.clone(),
            reason: "the token has a character that no token has".to_owned(),
        })?;
        value.set_sensitive(true);
        Ok(request.header(AUTHORIZATION, value))
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Error> {
        request.send().await.map_err(|error| self.failed(error))
    }

    fn checked(&self, response: Response, content_type: &str) -> Result<Response, Error> {
        let (remote, status) = (self.remote.clone(), response.status().as_u16());
        match status {
            200 => {}
            401 | 403 => return Err(Error::AuthenticationFailed { remote, status }),
            404 | 410 => return Err(Error::NotFound { remote }),
            408 | 429 | 500..=599 => {
                let retry_after = retry_after(&response);
                return Err(Error::ServerFailed { remote, status, retry_after });
            }
            _ => return Err(Error::NotGit { remote, reason: format!("it answered {status}") }),
        }
        let found = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let found = found.unwrap_or("nothing").split(';').next().unwrap_or_default().trim();
        if found.eq_ignore_ascii_case(content_type) {
            return Ok(response);
        }
        let found: String = found.chars().filter(char::is_ascii_graphic).take(100).collect();
        Err(Error::NotGit { remote, reason: format!("it answered with {found}") })
    }

    /// Follows a redirect within one host: what a person named is what is read, and a credential never
    /// goes to another.
    fn redirected(&self, from: &Url, response: &Response) -> Result<Url, Error> {
        let to = self.target(from, response)?;
        let same_scheme = from.scheme() == to.scheme();
        let more_secure = from.scheme() == "http" && to.scheme() == "https";
        let same_port = from.port_or_known_default() == to.port_or_known_default();
        if from.host() == to.host() && ((same_scheme && same_port) || more_secure) {
            Ok(to)
        } else {
            Err(self.to_elsewhere(&to))
        }
    }

    fn target(&self, from: &Url, response: &Response) -> Result<Url, Error> {
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        location.and_then(|location| from.join(location).ok()).ok_or_else(|| Error::NotGit {
            remote: self.remote.clone(),
            reason: "it redirects nowhere".to_owned(),
        })
    }

    /// The error for a redirect that is not followed. Only the host is told: a path or query may hold
    /// what is not for everyone.
    pub(crate) fn to_elsewhere(&self, to: &Url) -> Error {
        let to = format!("{}://{}", to.scheme(), to.host_str().unwrap_or_default());
        Error::Redirected { remote: self.remote.clone(), to }
    }
}

/// What a GET came to.
pub(crate) enum Page {
    /// The page.
    Here(Response),
    /// Where the page is.
    Elsewhere(Url),
}

fn authorization(credential: &Credential) -> Option<String> {
    match credential {
        Credential::Anonymous => None,
        Credential::Basic { username, password } => {
            Some(format!("Basic {}", STANDARD.encode(format!("{username}:{}", password.expose()))))
        }
        Credential::Bearer(token) => Some(format!("Bearer {}", token.expose())),
    }
}

/// How long a server asks us to wait: seconds, or a date, which is read by the server's own clock.
fn retry_after(response: &Response) -> Option<Duration> {
    let header = |name| response.headers().get(name)?.to_str().ok().map(str::trim);
    let value = header(RETRY_AFTER)?;
    let seconds = value.parse().ok().map(Duration::from_secs);
    seconds.or_else(|| between(header(DATE)?, value))
}

fn between(from: &str, until: &str) -> Option<Duration> {
    let date = |text| jiff::fmt::rfc2822::parse(text).ok();
    date(until)?.duration_since(&date(from)?).try_into().ok()
}

/// An error and all that led to it.
fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| {
        // An I/O error that wraps another one does not name it as its source.
        match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        }
    })
}

/// Whether a connection failed because of the server's certificate.
fn is_certificate_error(error: &(dyn std::error::Error + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_)))
}
