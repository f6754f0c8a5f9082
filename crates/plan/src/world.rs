//! Everything that a decision reads, and nothing that it could change.

use crate::{Live, Memory};
use std::sync::Arc;
use trimtab_inventory::Inventory;
use trimtab_merge::Schema;
use trimtab_model::{App, GroupVersionKind, ObjectKey, OwnerClaim, RewrittenBranch, Scope};
use trimtab_project::{Cluster, Project};

/// One application and the world around it, read-only.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// The application.
    pub app: &'a App,
    /// The rules of its project; `None` where its family has no projects, and everything is
    /// permitted. A project that should be there and is not is a problem that the caller tells
    /// before it asks for anything here.
    pub project: Option<&'a Project>,
    /// The cluster that the application goes to, as the project's rules name it.
    pub cluster: &'a Cluster,
    /// What we applied: the union of old and new while a sync runs (P5).
    pub inventory: &'a Inventory,
    /// The watched cluster.
    pub live: &'a dyn Live,
    /// What we remember of our own applies.
    pub memory: &'a dyn Memory,
    /// What is known of the other applications.
    pub claims: &'a dyn Claims,
    /// The schemas of kinds.
    pub schemas: &'a dyn Schemas,
    /// The key under which digests of secret values are made (P17).
    pub secret_key: &'a [u8; 32],
}

impl World<'_> {
    /// Whether the project lets the application have an object that is there.
    pub(crate) fn permits(&self, key: &ObjectKey) -> bool {
        let scope = match key.namespace {
            Some(_) => Scope::Namespaced,
            None => Scope::Cluster,
        };
        self.project.is_none_or(|project| project.permits_object(key, scope, self.cluster).is_ok())
    }

    /// Whether prunes wait after a branch was rewritten: what the application says counts before what
    /// its project says, and without a word they wait (P13).
    pub fn rewritten_branch(&self) -> RewrittenBranch {
        let of_project = || self.project.and_then(|project| project.rewritten_branch);
        self.app.policy.rewritten_branch.or_else(of_project).unwrap_or_default()
    }
}

/// What is known of the other applications that may have a say in an object. The controller
/// implements it over the latest complete renders (P3).
pub trait Claims {
    /// What has become of an owner that a live object names.
    fn status_of(&self, claim: &OwnerClaim, key: &ObjectKey) -> Claimant;

    /// Whether an owner that is not read here, or of our own name, is an application of another namespace
    /// of the cluster: a mark may name neither namespace nor installation.
    fn elsewhere(&self, claim: &OwnerClaim) -> Elsewhere;

    /// Whether another application than `ours` has the object in its latest complete render for
    /// this cluster. Asked before every removal: an object that moves from one application to
    /// another is handed over and never pruned first.
    fn wanted(&self, key: &ObjectKey, ours: &OwnerClaim) -> Wanted;

    /// Of an object that is absent: the other application that has it in its inventory and in its
    /// latest complete render, and so is about to create it. Of several, the first by name.
    fn creator(&self, key: &ObjectKey, ours: &OwnerClaim) -> Option<OwnerClaim>;
}

/// What has become of an owner that a live object names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claimant {
    /// There is no such application any more.
    Gone,
    /// Its latest complete render has the object; or it is of a place that is not read here, so that
    /// the object counts as its own.
    HasIt,
    /// Its latest complete render does not have the object.
    NoLongerHasIt,
    /// Its render is not known yet.
    Unknown,
}

/// Whether an application of another namespace is meant by a mark.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Elsewhere {
    /// There is none of that name, or the mark says that it means another one.
    Nobody,
    /// There is one, and nobody here knows what it wants.
    Is(OwnerClaim),
    /// Nobody can tell, and why.
    Unknown(Arc<str>),
}

/// Whether another application wants an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// Nobody else does.
    ByNobody,
    /// That one does.
    By(OwnerClaim),
    /// An application that may want it has no render that is known yet, and nothing that we wrote
    /// down about it tells either: which, of several the first by name. `None` while not all
    /// applications have been seen.
    Unknown(Option<OwnerClaim>),
}

/// Schemas of kinds that are not built in. The controller implements it over the definitions in the
/// cluster.
pub trait Schemas {
    /// The schema of a kind at a version, if its definition was seen.
    fn schema(&self, kind: &GroupVersionKind) -> Option<Arc<Schema>>;
}
