//! The plan: what will be done, in which order, and why; also what will not be done, and why.

use crate::Refusal;
use std::collections::BTreeMap;
use trimtab_model::{
    Digest, Document, ObjectKey, OwnerClaim, Propagation, ResourceVersion, SourceRevision, Uid,
    Version, Wave,
};

/// An immutable, complete, ordered plan of one sync. Nothing is left to choose when it is carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The revisions that it brings into effect.
    pub revisions: Vec<SourceRevision>,
    /// Groups of steps; a group begins when the one before it has ended well.
    pub groups: Vec<Group>,
    /// Objects that are left alone, each with its reason.
    pub kept: Vec<Kept>,
    /// Desired objects that are not applied, each with its reason: those of the render, and those that
    /// another application has.
    pub refused: BTreeMap<ObjectKey, Refusal>,
    /// The prunes that wait for a yes (P2, P13), if any: nothing is pruned by this plan then.
    pub held: Option<Held>,
    /// A digest of everything above: what an approval names, and what is carried out.
    pub digest: Digest,
}

/// Steps that may run at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What the group is, for people: a wave, a stage, or the prunes.
    pub name: GroupName,
    /// The steps, in the family's order.
    pub steps: Vec<Step>,
    /// Whether the next group waits until these objects are healthy or gone.
    pub waits: bool,
    /// Whether every step is tried by a dry run before the first is carried out.
    pub all_or_nothing: bool,
}

/// What a group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupName {
    /// The destination's namespace.
    Namespace,
    /// A wave of applies.
    Wave(Wave),
    /// A stage of applies, from 1.
    Stage(u8),
    /// Removals of a mirrored wave, or of all.
    Prune(Wave),
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The object.
    pub key: ObjectKey,
    /// The version to speak.
    pub version: Version,
    /// What to do.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// Within its group, steps begin tier by tier: those of a tier may run at the same time, and a
    /// tier begins when each step of the tier before it has an outcome.
    pub tier: u8,
}

/// What to do with one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Apply, expecting that it is not there: sent without force, and anything but 201 means to look
    /// again (P10).
    Create(Document),
    /// Apply, forced, to exactly this incarnation.
    Update {
        /// The document.
        body: Document,
        /// The incarnation that was seen; sent along, so a late apply cannot bring a deleted object
        /// back.
        uid: Uid,
        /// The state that was seen.
        seen: ResourceVersion,
        /// Whether entries of predecessors and the last-applied annotation are moved into our entry
        /// before the apply.
        migrate: bool,
    },
    /// Delete exactly this incarnation as it was seen.
    Prune {
        /// The incarnation.
        uid: Uid,
        /// The state.
        seen: ResourceVersion,
        /// How its dependents go.
        propagation: Propagation,
    },
}

/// Why a step is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is not there.
    Absent,
    /// It is desired differently than it is.
    Changed,
    /// Somebody changed what we own.
    Drifted,
    /// It is there and carries nobody's mark, or our mark without standing in the inventory.
    Adopt,
    /// Its former owner is gone or no longer has it.
    HandOver(OwnerClaim),
    /// The destination's namespace was asked for.
    NamespaceAskedFor,
    /// A sync was asked for, and it applies everything.
    SyncApplies,
    /// The render no longer has it.
    NoLongerDesired,
    /// The application is deleted, and its policy removes its objects.
    Cascade,
}

/// An object that is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The object.
    pub key: ObjectKey,
    /// Why.
    pub reason: KeepReason,
}

/// Why an object is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeepReason {
    /// As desired.
    Same,
    /// This sync does not prune.
    PruneOff,
    /// The object or the application says that it is never pruned.
    AskedTo,
    /// It no longer carries our mark.
    NotOurs,
    /// It carries our mark as it was before our installation had a name.
    Unnamed,
    /// It carries another application's mark.
    ClaimedBy(OwnerClaim),
    /// It carries our mark, but it is not in our inventory: only an explicit sync prunes it.
    NotInInventory,
    /// It could not be read.
    NotReadable,
    /// The render is not complete, or an object of it was refused.
    RenderIncomplete,
    /// The prune waits for a yes.
    Held,
    /// The desired object was refused.
    Refused(String),
    /// Only a dry run can tell whether it differs.
    NeedsDryRun,
    /// It is being deleted already.
    Terminating,
    /// It is not among the objects that this sync was asked for.
    NotSelected,
    /// Its inventory is not known.
    InventoryUnknown,
    /// An application that may want it has no render that is known yet: the removal waits (P3). Which,
    /// if that is known.
    ClaimantUnknown(Option<OwnerClaim>),
    /// Another object was refused, and by the family's rule nothing, or nothing of its stage and
    /// later, is applied then.
    OthersRefused,
}

/// Prunes that wait for a yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The objects.
    pub keys: Vec<ObjectKey>,
    /// The digest of exactly this set, which an approval names.
    pub set: Digest,
    /// Why they wait.
    pub reason: HeldReason,
}

/// Why prunes wait for a yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldReason {
    /// More than the budget (P2).
    OverBudget {
        /// How many would go.
        prunes: usize,
        /// Out of how many.
        inventory: usize,
    },
    /// The branch was rewritten (P13).
    BranchRewritten,
    /// A file holds no manifests any more that may have held what is missed (P1).
    FilePassedOver,
}

/// What a sync is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked for by itself")]
pub struct SyncRequest {
    /// Whether it prunes.
    pub prune: bool,
    /// Whether it may prune objects that carry our mark and are not in the inventory.
    pub explicit: bool,
    /// Whether it applies also what is Synced, as a sync that a person asks for does.
    pub apply_all: bool,
    /// Only these objects, if it names any.
    pub only: Option<Vec<ObjectKey>>,
    /// Whether history was rewritten since the last sync (P13).
    pub rewritten: bool,
    /// Whether a file holds no manifests that may have held some when nothing was missed yet (P1).
    pub passed_over: bool,
}

impl Action {
    /// The document that is applied, if one is.
    pub fn body(&self) -> Option<&Document> {
        match self {
            Self::Create(body) | Self::Update { body, .. } => Some(body),
            Self::Prune { .. } => None,
        }
    }

    /// The incarnation that is meant; none for what is to be created.
    pub fn uid(&self) -> Option<&Uid> {
        match self {
            Self::Create(_) => None,
            Self::Update { uid, .. } | Self::Prune { uid, .. } => Some(uid),
        }
    }

    /// The state that was seen; none for what is to be created.
    pub fn seen(&self) -> Option<&ResourceVersion> {
        match self {
            Self::Create(_) => None,
            Self::Update { seen, .. } | Self::Prune { seen, .. } => Some(seen),
        }
    }

    /// Whether the object is removed.
    pub fn is_prune(&self) -> bool {
        matches!(self, Self::Prune { .. })
    }
}

impl Plan {
    /// All steps, in order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.groups.iter().flat_map(|group| &group.steps)
    }

    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// A digest of everything but itself.
    pub(crate) fn own_digest(&self) -> Digest {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(self.revisions.iter().map(|revision| revision.commit.to_string()));
        for group in &self.groups {
            parts.push(format!("{:?} {} {}", group.name, group.waits, group.all_or_nothing));
            for step in &group.steps {
                let body = step.action.body().map(|body| Digest::of(body.text().as_bytes()));
                let (uid, seen) = (step.action.uid(), step.action.seen());
                parts.push(format!("{:?} {} {uid:?} {seen:?}", step.key, step.version));
                parts.push(format!("{body:?} {:?} {}", step.reason, step.tier));
            }
        }
        parts.push(format!("{:?} {:?} {:?}", self.kept, self.refused, self.held));
        Digest::of_parts(parts.iter().map(String::as_bytes))
    }
}

impl KeepReason {
    /// Whether the reason goes away by itself, or a person must see to it, so that a deletion must wait.
    pub fn waits(&self) -> bool {
        match self {
            Self::NotReadable
            | Self::NeedsDryRun
            | Self::Terminating
            | Self::InventoryUnknown
            | Self::ClaimantUnknown(_)
            | Self::Unnamed
            | Self::Held
            | Self::RenderIncomplete => true,
            Self::Same
            | Self::PruneOff
            | Self::AskedTo
            | Self::NotOurs
            | Self::ClaimedBy(_)
            | Self::NotInInventory
            | Self::Refused(_)
            | Self::NotSelected
            | Self::OthersRefused => false,
        }
    }
}
