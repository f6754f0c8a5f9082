//! What is desired, beside what is there: one line for each object.

use std::collections::{BTreeMap, BTreeSet};
use trimtab_health::Health;
use trimtab_model::{
    Digest, ObjectKey, OwnerClaim, PruneOption, ResourceVersion, SourceRevision, Uid, Version, Wave,
};

/// A desired object, ready to be applied: its namespace filled in, marked, without what the server
/// sets.
#[derive(Clone, Debug)]
pub struct DesiredObject {
    /// Which object.
    pub key: ObjectKey,
    /// The version that it is applied at.
    pub version: Version,
    /// The document to apply.
    pub body: trimtab_model::Document,
    /// The images of its containers, sorted.
    pub images: Vec<String>,
    /// A digest of the document.
    pub digest: Digest,
    /// The wave.
    pub wave: Wave,
    /// Where it stands.
    pub origin: trimtab_model::Origin,
    /// The object's own options over the application's.
    pub options: ObjectOptions,
}

/// Options of one object, the application's and its own already united.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one switch that a person sets by itself"
)]
pub struct ObjectOptions {
    /// Whether it is removed when the render no longer has it.
    pub prune: PruneOption,
    /// Whether it is removed when the application is deleted.
    pub delete: bool,
    /// Pruned after everything else is healthy.
    pub prune_last: bool,
    /// Its health does not count.
    pub ignore_health: bool,
    /// It does not make the application OutOfSync when the render no longer has it.
    pub ignore_extraneous: bool,
    /// It is neither applied nor pruned.
    pub leave_alone: bool,
    /// It is created when it is absent, and never changed.
    pub create_only: bool,
    /// Entries of predecessors in its `managedFields` stay as they are.
    pub keep_predecessors: bool,
}

/// What an object of a render is to its application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placed {
    /// An object to apply.
    Ordinary,
    /// A hook, or something else that is accepted and does not act yet: not applied, and what is
    /// live under its name is not pruned.
    LeftOut,
    /// Its own annotation asks for it: not applied, not compared, and not pruned.
    Skipped,
}

/// A file of one of an application's sources. The same path in two of them is two files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceFile {
    /// The place of its source among the application's, from 0.
    pub source: usize,
    /// Its path in that source's tree.
    pub path: String,
}

/// Everything desired of one application at exactly one set of revisions.
#[derive(Clone, Debug)]
pub struct Desired {
    /// The revisions that were rendered, one for each source.
    pub revisions: Vec<SourceRevision>,
    /// The objects.
    pub objects: BTreeMap<ObjectKey, DesiredObject>,
    /// Whether every question was answered and every file read: only then may something be pruned (P1).
    pub complete: bool,
    /// Problems with file, line and column; any of them makes the render incomplete.
    pub problems: Vec<String>,
    /// What was left out or looks wrong, and does not stop anything.
    pub warnings: Vec<String>,
    /// Objects that failed on their own (kind not permitted, kind unknown, fields refused): they are
    /// not applied, and nothing is pruned while there is one.
    pub refused: BTreeMap<ObjectKey, Refusal>,
    /// At which version and in which wave the refused objects are written.
    pub refused_at: BTreeMap<ObjectKey, (Version, Wave)>,
    /// Objects that the render has and that are left alone: hooks, which do not run yet, and what
    /// asks to be skipped. They are not absent from the render, so nothing of theirs is pruned (P1).
    pub left_alone: BTreeMap<ObjectKey, Placed>,
    /// Files that are manifests by their names and hold none ([`trimtab_render::Rendered::passed_over`]).
    pub passed_over: BTreeSet<SourceFile>,
    /// What annotations of objects ask for and does not act yet; what restrains stops
    /// all writes of the application.
    pub not_supported: Vec<trimtab_model::NotSupported>,
    /// Objects that appear several times, of which the last one counts: one sentence each.
    pub repeated: Vec<String>,
    /// A digest of spec, revisions and objects.
    pub digest: Digest,
}

/// Why one desired object is not applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The project does not permit it; the sentence says which rule.
    NotPermitted(String),
    /// The cluster does not serve the kind, and no definition in the same render will.
    UnknownKind(String),
    /// The cluster serves the kind, and not at this version; nor will a definition in the same render.
    OtherVersion(String),
    /// Discovery of the kind's group failed: nobody can tell.
    KindUnknowable(String),
    /// A field that the schema does not have, or keys that appear twice.
    Invalid(String),
    /// Another application has it, and its latest complete render still does.
    OwnedBy(OwnerClaim),
    /// A claimant's render is not known yet.
    OwnerUnknown(OwnerClaim),
    /// Nobody can tell whether its mark means an application of another namespace, and why.
    OwnerUnseen(OwnerClaim, std::sync::Arc<str>),
}

impl Refusal {
    /// The application because of which the object is not applied.
    pub fn owner(&self) -> Option<&OwnerClaim> {
        match self {
            Self::OwnedBy(owner) | Self::OwnerUnknown(owner) | Self::OwnerUnseen(owner, _) => {
                Some(owner)
            }
            Self::NotPermitted(_)
            | Self::UnknownKind(_)
            | Self::OtherVersion(_)
            | Self::KindUnknowable(_)
            | Self::Invalid(_) => None,
        }
    }
}

/// Whether an object is as desired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SyncStatus {
    /// As desired.
    Synced,
    /// Absent, different, or no longer desired.
    OutOfSync,
    /// Not known.
    Unknown,
}

/// What stands between desired and live for one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// As desired.
    Same,
    /// It is not there.
    Absent,
    /// What is desired has changed since our last apply, or was never applied by us.
    Changed,
    /// What we own was changed by somebody else, or our entry was taken away.
    Drifted,
    /// Only a dry run can tell; it is asked for.
    NeedsDryRun,
    /// The server refuses what is desired, by a dry run.
    Refused(String),
    /// It carries our mark or stands in our inventory, and is not desired.
    Extra(Extra),
    /// It could not be read.
    Unknown(String),
}

/// Why an object that is not desired is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extra {
    /// In our inventory and carrying our mark: pruned when a sync prunes.
    Orphan,
    /// Carries our mark and is not in our inventory: shown, pruned only by an explicit sync.
    RequiresPruning,
    /// In our inventory, and now carrying another application's mark.
    ClaimedBy,
    /// In our inventory, without our mark: somebody took the mark away.
    NotOurs,
}

/// One object, assessed.
#[derive(Clone, Debug)]
pub struct Assessed {
    /// The version it is desired or seen at.
    pub version: Version,
    /// Whether it counts as Synced.
    pub status: SyncStatus,
    /// Why.
    pub finding: Finding,
    /// The live object's identity and state, if it is there.
    pub live: Option<(Uid, ResourceVersion)>,
    /// Health by the family's rules; `None` where the kind has no check.
    pub health: Option<Health>,
    /// Whether its health is of a state at or after our last reply, and has settled.
    pub health_counts: bool,
    /// The wave.
    pub wave: Wave,
}

/// An application, assessed: desired beside live.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// Every object that is desired, in the inventory, or carries our mark.
    pub objects: BTreeMap<ObjectKey, Assessed>,
    /// The application's sync status.
    pub status: SyncStatus,
    /// The application's health.
    pub health: Health,
    /// Sentences for conditions: shared, repeated, excluded.
    pub warnings: Vec<Warning>,
    /// Marks of live objects that may mean applications of other namespaces: whose the objects are
    /// depends on whether there are any.
    pub doubts: BTreeSet<OwnerClaim>,
}

/// A sentence that a person should see, and that stops nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warning {
    /// Another application has the object.
    Shared(String),
    /// The object appears several times in the render; the last one counts.
    Repeated(String),
    /// Something accepted was left out.
    LeftOut(String),
}

impl Desired {
    /// Whether the render has the object, applied or not: such an object is never absent from it.
    pub fn has(&self, key: &ObjectKey) -> bool {
        self.objects.contains_key(key)
            || self.refused.contains_key(key)
            || self.left_alone.contains_key(key)
    }
}

impl Refusal {
    /// Whether the object itself is wrong, so that the family applies nothing beside it. That another
    /// application has an object concerns only that object.
    pub fn stops_others(&self) -> bool {
        match self {
            Self::NotPermitted(_)
            | Self::UnknownKind(_)
            | Self::OtherVersion(_)
            | Self::KindUnknowable(_)
            | Self::Invalid(_) => true,
            Self::OwnedBy(_) | Self::OwnerUnknown(_) | Self::OwnerUnseen(..) => false,
        }
    }
}

/// Displays the sentence for people.
impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotPermitted(why)
            | Self::UnknownKind(why)
            | Self::OtherVersion(why)
            | Self::KindUnknowable(why)
            | Self::Invalid(why) => f.write_str(why),
            Self::OwnedBy(owner) => write!(f, "owned by {owner}"),
            Self::OwnerUnknown(owner) => {
                write!(f, "marked as owned by {owner}, whose render is not known yet")
            }
            Self::OwnerUnseen(owner, why) => write!(
                f,
                "marked as owned by {owner}, which may be an application of another namespace, and \
                 nobody can tell: {why}"
            ),
        }
    }
}
