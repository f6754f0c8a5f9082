//! Watching a collection.

use serde_json::Value;
use std::sync::Arc;
use trimtab_model::{GroupVersionKind, Namespace, ObjectKey, ResourceVersion, Scope, Uid};
use trimtab_plan::LiveObject;

/// Which collection to watch, and how much of its objects to keep.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WatchRequest {
    /// The kind, at the version to read.
    pub kind: GroupVersionKind,
    /// Its name in paths.
    pub plural: Arc<str>,
    /// Its scope.
    pub scope: Scope,
    /// Only this namespace; `None` watches them all.
    pub namespace: Option<Namespace>,
    /// How much of an object comes out.
    pub detail: Detail,
}

/// How much of an object comes out of a watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// A row for the index: [`WatchEvent::Row`].
    Rows,
    /// The object as it is: [`WatchEvent::Object`]. For resources that we read as input.
    Whole,
    /// The same, of those objects alone that this label selector chooses. It stands in a URL as it is.
    Selected(&'static str),
}

/// What a watch tells.
#[derive(Clone, Debug)]
pub enum WatchEvent {
    /// The collection is read from its beginning. Until [`WatchEvent::Synced`], an object that has
    /// not come may still come; what was known before stays known.
    Started,
    /// The object is there, in this state.
    Row(Box<LiveObject>),
    /// The object is there, in this state; its `apiVersion` and `kind` are filled in.
    Object(Box<Value>),
    /// The object is not there any more, and none of its name is. (An incarnation that another one has
    /// replaced unseen is not told: the other's row says it.)
    Gone {
        /// The object.
        key: ObjectKey,
        /// The incarnation that went.
        uid: Uid,
        /// A version at which nothing of that name was there; it may have gone earlier.
        resource_version: ResourceVersion,
    },
    /// The collection was read whole: what has not come is not there. Also said when a broken watch
    /// stands again and nothing was missed.
    Synced,
    /// Everything up to this version has been told.
    Progress(ResourceVersion),
    /// The watch does not stand; it is tried again, and says [`WatchEvent::Started`] when it has to
    /// read from the beginning.
    Broken {
        /// What sort of trouble it is.
        trouble: Trouble,
        /// A sentence for people.
        message: String,
    },
}

/// Why a watch does not stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// The server does not answer, or answers nonsense: the last good state is kept.
    Outage,
    /// We may not read the collection.
    Forbidden,
    /// The server does not serve the kind, or no longer.
    NotServed,
}
