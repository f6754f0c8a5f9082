//! What is remembered of a server between two requests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Response;
use trimtab_model::limit;
use trimtab_ports::git::{Error, Id, Look, Refs, WantedRefs};
use url::Url;

use crate::edge::World;
use crate::http::{Http, Page};
use crate::protocol::{self, Advertisement, Advertising, Dialect, Fault, Listing, Request};

const SERVICE: &str = "upload-pack";

/// A server that is spoken to with one access: what it can do, and where it redirected us. With both
/// known, a look is one request.
pub(crate) struct Session {
    pub(crate) http: Http,
    url: Url,
    known: Mutex<Option<Known>>,
    /// What the last look was for: what a server of old says of others is not kept.
    wanted: Mutex<WantedRefs>,
}

/// What a server said of itself.
#[derive(Clone)]
struct Known {
    /// The repository's URL after redirects.
    base: Url,
    dialect: Arc<Dialect>,
    /// Before version 2 a commit can be asked for only by a ref's own object: the tag that stands for
    /// each commit.
    tags: Arc<BTreeMap<Id, Id>>,
}

impl Session {
    /// Nothing is known yet.
    pub(crate) fn new(http: Http, url: Url) -> Self {
        Self { http, url, known: Mutex::default(), wanted: Mutex::default() }
    }

    /// Looks at the refs.
    pub(crate) async fn refs(&self, world: &World, look: &Look<'_>) -> Result<Refs, Error> {
        look.wanted.clone_into(&mut self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(known) = self.known() {
            match self.list(world, &known, look).await {
                Err(error) if is_stale(&error) => self.forget(),
                found => return found,
            }
        }
        match self.advertisement(world).await? {
            (known, None) => self.list(world, &known, look).await,
            (_, Some(refs)) => Ok(refs),
        }
    }

    /// Asks for commits. The answer is read with the dialect that comes with it.
    pub(crate) async fn fetch(
        &self,
        world: &World,
        request: &Request,
    ) -> Result<(Response, Arc<Dialect>), Error> {
        if let Some(known) = self.known() {
            match self.ask(&known, request).await {
                Err(error) if is_stale(&error) => self.forget(),
                found => return found,
            }
        }
        let (known, _) = self.advertisement(world).await?;
        self.ask(&known, request).await
    }

    async fn ask(
        &self,
        known: &Known,
        request: &Request,
    ) -> Result<(Response, Arc<Dialect>), Error> {
        let url = service_url(&known.base);
        let mut request = request.clone();
        for want in &mut request.wants {
            *want = known.tags.get(want).copied().unwrap_or(*want);
        }
        let response = self.http.post(&url, SERVICE, request.encode(&known.dialect)).await?;
        Ok((response, Arc::clone(&known.dialect)))
    }

    async fn list(&self, world: &World, known: &Known, look: &Look<'_>) -> Result<Refs, Error> {
        let Dialect::V2 { unborn, object_format, .. } = *known.dialect else {
            // Before version 2 the advertisement is the list.
            let (_, refs) = self.advertisement(world).await?;
            return refs.ok_or_else(|| self.changed_its_mind());
        };
        let message = protocol::ls_refs_request(unborn, object_format, look.wanted);
        let response = self.http.post(&service_url(&known.base), SERVICE, message).await?;
        let mut listing = Listing::new(look.wanted);
        self.read(world, response, |bytes| listing.feed(bytes)).await?;
        listing.finish().map_err(|fault| self.fault(fault, ""))
    }

    /// Reads an answer as it comes, up to the bound of a list of refs.
    async fn read(
        &self,
        world: &World,
        response: Response,
        mut feed: impl FnMut(&[u8]) -> Result<(), Fault>,
    ) -> Result<(), Error> {
        let bytes_max = world.config.refs_bytes_max;
        let feed = |bytes: &[u8]| feed(bytes).map_err(|fault| self.fault(fault, ""));
        self.http.read(response, bytes_max, feed).await
    }

    async fn advertisement(&self, world: &World) -> Result<(Known, Option<Refs>), Error> {
        let content_type = format!("application/x-git-{SERVICE}-advertisement");
        let mut base = self.url.clone();
        for _ in 0..=limit::GIT_REDIRECTS_MAX {
            match self.http.get(&advertisement_url(&base), &content_type).await? {
                Page::Elsewhere(url) => base = self.base_of(&url)?,
                Page::Here(response) => {
                    let wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    let mut advertising = Advertising::new(&wanted);
                    self.read(world, response, |bytes| advertising.feed(bytes)).await?;
                    let found = advertising.finish().map_err(|fault| self.fault(fault, ""))?;
                    return Ok(self.learn(base, found));
                }
            }
        }
        let most = limit::GIT_REDIRECTS_MAX;
        let reason = format!("it redirects from one place to the next more than {most} times");
        Err(Error::NotGit { remote: self.http.remote().clone(), reason })
    }

    fn learn(&self, base: Url, found: Advertisement) -> (Known, Option<Refs>) {
        let tags = found.refs.as_ref().map(tags).unwrap_or_default();
        let known = Known { base, dialect: Arc::new(found.dialect), tags: Arc::new(tags) };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
        (known, found.refs)
    }

    /// The error for a fault. `wanted` is the revision that was asked for.
    pub(crate) fn fault(&self, fault: Fault, wanted: &str) -> Error {
        let remote = self.http.remote().clone();
        match fault {
            Fault::NotOurs => Error::NoSuchRevision { remote, revision: wanted.into() },
            Fault::Said(reason) => Error::Protocol { remote, reason: format!("it says: {reason}") },
            Fault::Broken(reason) => Error::Protocol { remote, reason: reason.to_owned() },
            Fault::NotGit(reason) => Error::NotGit { remote, reason: reason.to_owned() },
            Fault::Unsupported(reason) => Error::UnsupportedRepository { remote, reason },
        }
    }

    fn known(&self) -> Option<Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn forget(&self) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn changed_its_mind(&self) -> Error {
        self.forget();
        self.fault(Fault::Broken("its protocol version changed during a look"), "")
    }

    /// The repository that a redirected advertisement belongs to.
    fn base_of(&self, url: &Url) -> Result<Url, Error> {
        let path =
            url.path().strip_suffix("/info/refs").ok_or_else(|| self.http.to_elsewhere(url))?;
        let mut base = url.clone();
        base.set_path(path);
        base.set_query(None);
        base.set_fragment(None);
        Ok(base)
    }
}

/// Whether what a server said of itself may no longer hold: it moved, or was replaced.
fn is_stale(error: &Error) -> bool {
    matches!(
        error,
        Error::NotFound { .. }
            | Error::Redirected { .. }
            | Error::NotGit { .. }
            | Error::Protocol { .. }
    )
}

/// The tag that stands for each commit that no branch names.
fn tags(refs: &Refs) -> BTreeMap<Id, Id> {
    let (tags, plain): (Vec<_>, Vec<_>) =
        refs.rows().iter().partition(|row| row.object != row.peeled);
    let plain: BTreeSet<_> = plain.iter().map(|row| row.object).collect();
    let tags = tags.iter().filter(|row| !plain.contains(&row.peeled));
    tags.map(|row| (row.peeled, row.object)).collect()
}

fn advertisement_url(base: &Url) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/info/refs", base.path().trim_end_matches('/')));
    url.set_query(Some("service=git-upload-pack"));
    url
}

fn service_url(base: &Url) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/git-{SERVICE}", base.path().trim_end_matches('/')));
    url
}
