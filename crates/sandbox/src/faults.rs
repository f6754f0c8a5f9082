//! What may befall a request or a watch.

use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What is asked for, in the words of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Reads one object, or a page that is no resource.
    Get,
    /// Reads a collection.
    List,
    /// Watches a collection.
    Watch,
    /// Creates an object.
    Create,
    /// Replaces an object.
    Update,
    /// Patches an object in any way but by server-side apply.
    Patch,
    /// Applies an object.
    Apply,
    /// Deletes an object.
    Delete,
    /// Deletes a collection.
    DeleteCollection,
}

impl Verb {
    /// Whether it may change something.
    pub fn is_write(self) -> bool {
        !matches!(self, Self::Get | Self::List | Self::Watch)
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Apply => "apply",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What is known of a request before it is served.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestFacts {
    /// The place of the request among all that came through clients, from 1.
    pub number: u64,
    /// Who asks.
    pub user: Arc<str>,
    /// What is asked for.
    pub verb: Verb,
    /// The path without the query.
    pub path: String,
    /// The API group; empty for the core group and for pages that are no resource.
    pub group: String,
    /// The version within the group; empty for pages that are no resource.
    pub version: String,
    /// The plural; empty for pages that are no resource.
    pub resource: String,
    /// The namespace, where there is one.
    pub namespace: Option<String>,
    /// The object's name, where the path has one.
    pub name: Option<String>,
    /// The subresource, where the path has one.
    pub subresource: Option<String>,
    /// The field manager, where the query has one.
    pub manager: Option<String>,
    /// Whether nothing is to be stored.
    pub dry_run: bool,
    /// The body; null where there is none or it is no JSON.
    pub body: Value,
}

/// What befalls a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// It is served.
    Serve,
    /// It is done, and the connection breaks before the answer.
    ServeAndLoseTheAnswer,
    /// It is done at once, and its answer comes this much later.
    DelayTheAnswer(Duration),
    /// It is done, and answered, this much later.
    Delay(Duration),
    /// It is not done, and this is the answer.
    Refuse {
        /// The HTTP code.
        code: u16,
        /// The `Status`.
        status: Value,
        /// More headers, for example `retry-after`.
        headers: Vec<(String, String)>,
    },
    /// It is not done: the connection breaks before it.
    Drop,
    /// It is not done, and never answered.
    Swallow,
}

impl Fate {
    /// A refusal as the server writes it.
    pub fn refusal(code: u16, reason: &str, message: &str) -> Self {
        let status = serde_json::json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "code": code,
        });
        Self::Refuse { code, status, headers: Vec::new() }
    }

    /// The server has too much to do, and wants to be left alone for so long.
    pub fn too_many_requests(retry_after: Duration) -> Self {
        let seconds = retry_after.as_secs().max(1);
        let headers = vec![("retry-after".to_owned(), seconds.to_string())];
        match Self::refusal(429, "TooManyRequests", "the server has received too many requests") {
            Self::Refuse { code, status, .. } => Self::Refuse { code, status, headers },
            other => other,
        }
    }
}

/// An open watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchFacts {
    /// Its number: the order in which watches were opened.
    pub number: u64,
    /// Who watches.
    pub user: Arc<str>,
    /// The API group.
    pub group: String,
    /// The plural.
    pub resource: String,
    /// The namespace; `None` for all.
    pub namespace: Option<String>,
    /// Whether it is held.
    pub is_held: bool,
}
