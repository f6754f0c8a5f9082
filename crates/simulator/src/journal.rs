//! Every request that changed something, or tried to, with what was there before.

use crate::facts::Facts;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// One write that reached the server.
#[derive(Clone, Debug)]
pub struct Write {
    /// When it was sent.
    pub sent: Duration,
    /// When it arrived.
    pub arrived: Duration,
    /// Which process sent it.
    pub process: Arc<str>,
    /// Its line.
    pub facts: Facts,
    /// Its body as its sender has planned it: with the state of the object that it was planned for.
    pub planned: Value,
    /// Its body as the server got it. Only an operator with a mistake sends another one than it plans.
    pub body: Value,
    /// The object before it.
    pub before: Option<Value>,
    /// The application's resource that the object belongs to, as the server had it before.
    pub owner: Option<Value>,
    /// The Lease as the server had it.
    pub lease: Option<Value>,
    /// The answer's code.
    pub code: u16,
    /// The answer.
    pub answer: Value,
}

impl Write {
    /// Whether it was done.
    pub fn is_done(&self) -> bool {
        (200..300).contains(&self.code) && !self.facts.dry_run
    }

    /// Whether it changed the object: an apply may find everything as it is.
    pub fn changed(&self) -> bool {
        let version = |object: &Value| object["metadata"]["resourceVersion"].clone();
        let same = self.before.as_ref().is_some_and(|b| version(b) == version(&self.answer));
        self.is_done() && !same
    }

    /// Whether it is about an object of users, and not about a resource of ours, an event or a Lease.
    pub fn is_of_users(&self) -> bool {
        !matches!(
            &*self.facts.plural,
            "applications"
                | "appprojects"
                | "kustomizations"
                | "gitrepositories"
                | "inventories"
                | "events"
                | "leases"
        )
    }
}
