//! The cluster, as the shell sees it: what it serves, what is in it, and the only way to write to it.

mod discovery;
mod right;
mod term;
mod watch;
mod write;

pub use discovery::{
    Discovery, GroupFact, ServedGroup, ServedKind, ServedVersion, ServerVersion, VersionFact,
};
pub use right::Right;
pub use term::Term;
pub use watch::{Detail, Trouble, WatchEvent, WatchRequest};
pub use write::{
    Apply, ApplyAnswer, Delete, EventPost, JsonPatch, Lease, LeaseName, MergePatch, Mode,
    PartOfWork, Target, Terms, WriteError,
};

use crate::clock::Monotonic;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use serde_json::Value;
use std::collections::BTreeMap;
use trimtab_model::{FieldManager, Name, Namespace, Secret};
use trimtab_sync::{Failure, Outcome};

/// The data of one Secret, decoded.
pub type SecretData = BTreeMap<String, Secret<Vec<u8>>>;

/// One cluster. No write is repeated here, and none is dropped once it is under way, even when
/// nobody waits for its answer any more.
pub trait Cluster: Send + Sync {
    /// Everything that the cluster serves. A group that could not be asked is in the answer as
    /// unknown, never missing from it.
    fn discover(&self) -> BoxFuture<'_, Result<Discovery, Failure>>;

    /// What is in one collection, and from then on every change of it. The stream has no end: what
    /// breaks is told, and begins again by itself. Dropping the stream ends the watch.
    fn watch(&self, request: WatchRequest) -> BoxStream<'static, WatchEvent>;

    /// Reads one object; `None` when the cluster serves its kind and has no such object.
    fn get(&self, target: Target) -> BoxFuture<'_, Result<Option<Value>, Failure>>;

    /// Reads one Secret; `None` when there is none of that name.
    fn read_secret(
        &self,
        namespace: Namespace,
        name: Name,
    ) -> BoxFuture<'_, Result<Option<SecretData>, Failure>>;

    /// Applies one object under a field manager, or asks what that would change.
    fn apply(&self, apply: Apply) -> BoxFuture<'_, ApplyAnswer>;

    /// Moves what predecessors own into our entry: a JSON patch that merge has made. The answer is
    /// as an apply's.
    fn migrate(&self, patch: JsonPatch) -> BoxFuture<'_, ApplyAnswer>;

    /// Deletes exactly one state of one incarnation.
    fn delete(&self, delete: Delete) -> BoxFuture<'_, Outcome>;

    /// Creates an object of ours, under a field manager.
    fn create(
        &self,
        object: Value,
        manager: FieldManager,
        terms: Terms,
    ) -> BoxFuture<'_, Result<Value, WriteError>>;

    /// Merges fields into an object of ours.
    fn merge_patch(&self, patch: MergePatch) -> BoxFuture<'_, Result<Value, WriteError>>;

    /// Changes single fields of an object of ours.
    fn json_patch(&self, patch: JsonPatch) -> BoxFuture<'_, Result<Value, WriteError>>;

    /// Posts an event for people.
    fn post_event(&self, event: EventPost) -> BoxFuture<'_, Result<(), WriteError>>;

    /// Reads a Lease.
    fn lease(&self, name: LeaseName) -> BoxFuture<'_, Result<Option<Lease>, Failure>>;

    /// Creates a Lease; `Stale` when there is one. Its `resource_version` is not looked at.
    fn create_lease(
        &self,
        lease: Lease,
        not_after: Monotonic,
    ) -> BoxFuture<'_, Result<Lease, WriteError>>;

    /// Writes a Lease over exactly the state that its `resource_version` names; `Stale` when that is
    /// not the present one. Renewals wait behind no other write.
    fn update_lease(
        &self,
        lease: Lease,
        not_after: Monotonic,
    ) -> BoxFuture<'_, Result<Lease, WriteError>>;
}
