//! A Git server of one repository, which can be told to misbehave.

use rustls::ServerConfig;
use std::ops::Deref;
use std::path::Path;
use trimtab_model::Remote;
use trimtab_testkit::git_server::GitServer;
pub use trimtab_testkit::request::{Answer, Request};

use crate::world::remote;

/// A server. Its threads end with the test.
pub struct Server(GitServer);

impl Server {
    /// Serves the repositories in a directory over plain HTTP.
    pub fn new(root: &Path) -> Self {
        Self(GitServer::start(root, None).unwrap())
    }

    /// Serves them over HTTPS.
    pub fn secure(root: &Path, tls: ServerConfig) -> Self {
        Self(GitServer::start(root, Some(tls)).unwrap())
    }

    pub fn url(&self) -> String {
        self.0.url("bare.git")
    }

    pub fn remote(&self) -> Remote {
        remote(&self.url())
    }

    /// Speaks an older version of the protocol.
    pub fn speaks(&self, version: &'static str) {
        self.answers(move |request| {
            request.headers.retain(|(name, _)| name != "git-protocol");
            request.headers.push(("git-protocol".to_owned(), version.to_owned()));
            None
        });
    }

    /// The requests since the last time this was asked.
    pub fn requests(&self) -> Vec<Request> {
        self.take_requests()
    }
}

impl Deref for Server {
    type Target = GitServer;

    fn deref(&self) -> &GitServer {
        &self.0
    }
}

/// Whether a request is for objects, not for refs.
pub fn is_for_pack(request: &Request) -> bool {
    request.method == "POST" && contains(&request.body, b"want ")
}

pub fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
