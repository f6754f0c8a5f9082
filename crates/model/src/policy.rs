//! What an application allows, asks for and forbids when it is synced.

use crate::{Digest, limit};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The wave of an object: lower waves are applied first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wave(pub i32);

/// Everything that decides how and when an application is synced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncPolicy {
    /// What starts a sync.
    pub trigger: Trigger,
    /// Whether a sync that starts by itself removes what the render no longer has.
    pub prune: bool,
    /// Whether a sync that starts by itself may remove every object.
    pub allow_empty: bool,
    /// What becomes of a drift between two commits.
    pub self_heal: SelfHeal,
    /// In which order objects are applied and removed, and what a failure stops.
    pub order: Order,
    /// How a failed sync is tried again.
    pub retry: Retry,
    /// Whether the sync waits until its objects are healthy.
    pub health: HealthWait,
    /// Whether the destination's namespace is created.
    pub create_namespace: NamespaceCreation,
    /// Options that hold for all objects, and that an object's own may change.
    pub options: Options,
    /// Fields that neither count as drift nor make an object OutOfSync.
    pub ignore: Vec<IgnoreRule>,
    /// What becomes of the objects when the application is deleted.
    pub deletion: DeletionPolicy,
    /// How much one plan may prune without a yes (P2).
    pub prune_limit: PruneLimit,
    /// The yes to one set of prunes, given ahead (P2).
    pub approval: Option<Approval>,
    /// Whether prunes wait after a branch was rewritten (P13); `None` leaves it to the project.
    pub rewritten_branch: Option<RewrittenBranch>,
    /// The most entries of the history; 0 keeps none.
    pub history_max: u32,
}

/// What starts a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Only a person's request.
    Manual,
    /// A new revision, a changed source, and a person's request.
    Automatic,
}

/// What becomes of a drift between two commits (P7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfHeal {
    /// It is shown and left alone.
    Never,
    /// It is repaired at once, and ever later if it comes back.
    Immediate,
    /// It is shown at once and repaired when the interval since the last run is over.
    AtInterval(Duration),
}

/// In which order objects are applied and removed, and what a failure stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Waves by annotation, inside a wave by kind and name; each wave but the last waits until it is
    /// healthy; prunes run in the mirrored waves, before the applies of the same step. A failed wave
    /// stops the later ones. Source: argo-cd `gitops-engine/pkg/sync`.
    Waves,
    /// Stages by kind: definitions, then classes, then the rest, each validated as a whole before one
    /// object of it is applied; prunes after all stages. Source: fluxcd/pkg `ssa/manager_apply.go`.
    Stages,
}

/// How a failed sync is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How often; `None` has no end.
    pub limit: Option<u32>,
    /// How long to wait before each attempt.
    pub backoff: Backoff,
    /// Whether a retry takes the newest revision.
    pub refresh: bool,
}

/// A shorter pause is hardly any.
const PAUSE_MIN: Duration = Duration::from_secs(1);

impl Retry {
    /// The pause before a retry, counted from 1. Each retry costs a write of the status at least: one
    /// that has no end, or hardly any pause, keeps a distance after the first few (P7).
    pub fn pause(&self, retry: u32) -> Duration {
        let pause = self.backoff.pause(retry);
        let is_bounded = self.limit.is_some() && pause >= PAUSE_MIN;
        if is_bounded || u64::from(retry) <= limit::RETRIES_AT_ONCE_MAX {
            return pause;
        }
        pause.max(Duration::from_secs(limit::RETRY_PAUSE_SECONDS_MIN))
    }
}

/// Pauses between attempts: `first`, then each time `factor` times longer, up to `longest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The pause before the first retry.
    pub first: Duration,
    /// By how much each pause is longer than the one before; 1 keeps it.
    pub factor: u32,
    /// The longest pause; `None` has no bound.
    pub longest: Option<Duration>,
}

impl Backoff {
    /// The pause before a retry, counted from 0.
    pub fn pause(&self, retry: u32) -> Duration {
        let factor = self.factor.max(1).saturating_pow(retry);
        let pause = self.first.checked_mul(factor).unwrap_or(Duration::MAX);
        self.longest.map_or(pause, |longest| pause.min(longest))
    }
}

/// Whether a sync waits until its objects are healthy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthWait {
    /// Between waves or stages only; the last is not waited for.
    Between,
    /// Until every object is healthy, at most this long; then the sync has failed.
    All(Duration),
}

/// Whether the destination's namespace is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamespaceCreation {
    /// It must be there.
    Never,
    /// It is created before everything else when it is absent and no manifest describes it. It is
    /// not tracked and never pruned.
    WhenAbsent,
}

/// What may be switched for all objects by the application, and for one by its own annotations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one switch that a person sets by itself"
)]
pub struct Options {
    /// Whether an object that the render no longer has is removed.
    pub prune: PruneOption,
    /// Whether an object is removed when its application is deleted.
    pub delete: bool,
    /// Whether unknown fields are left out instead of refused.
    pub drop_unknown_fields: bool,
    /// Whether a sync touches only what differs.
    pub only_out_of_sync: bool,
    /// Prunes wait until everything else is healthy.
    pub prune_last: bool,
    /// Whether a sync fails when another application has one of its objects.
    pub fail_on_shared: bool,
    /// How removed objects' dependents go.
    pub propagation: Propagation,
}

/// Whether an object that the render no longer has is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PruneOption {
    /// Removed when the sync prunes.
    Prune,
    /// Kept for good.
    Keep,
}

/// How the dependents of a removed object go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Propagation {
    /// Before the object.
    Foreground,
    /// After the object.
    Background,
    /// They stay.
    Orphan,
}

/// What becomes of the objects when the application is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletionPolicy {
    /// They stay.
    Orphan,
    /// They are removed, last wave first, and the application goes when they have gone.
    Cascade(Propagation),
    /// They are removed; the application goes without waiting for them.
    Remove,
    /// They are removed, and the application waits for them at most this long.
    RemoveAndWait(Duration),
}

/// How much one plan may prune without a yes (P2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PruneLimit {
    /// More than this many objects *and* more than this share of the inventory need a yes.
    Budget {
        /// Objects that may always be pruned.
        objects: u32,
        /// Per cent of the inventory that may always be pruned.
        percent: u32,
    },
    /// No plan waits.
    Unlimited,
}

/// What holds where nobody says otherwise.
impl Default for PruneLimit {
    fn default() -> Self {
        let count = |limit: u64| u32::try_from(limit).unwrap_or(u32::MAX);
        Self::Budget {
            objects: count(limit::PRUNE_BUDGET_OBJECTS),
            percent: count(limit::PRUNE_BUDGET_PERCENT),
        }
    }
}

/// As it is written.
impl fmt::Display for PruneLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Budget { objects, percent } => write!(f, "{objects},{percent}%"),
            Self::Unlimited => f.write_str("unlimited"),
        }
    }
}

/// A text that says no limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no prune budget: it is `20`, `50%`, `20,50%` or `unlimited`")]
pub struct NotALimit(String);

/// Reads `unlimited`, a number of objects, a share (`50%`), or both (`20,50%`: the larger one
/// holds). What is not given is 0, so `0` asks for a yes to every prune.
impl std::str::FromStr for PruneLimit {
    type Err = NotALimit;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "unlimited" {
            return Ok(Self::Unlimited);
        }
        let wrong = || NotALimit(text.to_owned());
        let (mut objects, mut percent) = (None, None);
        for part in text.split(',').map(str::trim) {
            let (slot, number) = match part.strip_suffix('%') {
                Some(number) => (&mut percent, number),
                None => (&mut objects, part),
            };
            let number = number.parse::<u32>().map_err(|_| wrong())?;
            if slot.replace(number).is_some() {
                return Err(wrong());
            }
        }
        Ok(Self::Budget { objects: objects.unwrap_or(0), percent: percent.unwrap_or(0) })
    }
}

/// The yes to exactly one set of prunes (P2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval(pub Arc<str>);

impl Approval {
    /// Whether this is the yes to the set with that digest. At least twelve digits must be given.
    pub fn covers(&self, set: &Digest) -> bool {
        self.0.len() >= 12 && set.to_string().starts_with(&*self.0)
    }
}

/// Whether prunes wait after a branch was rewritten (P13).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RewrittenBranch {
    /// They wait for an approval, or for a commit that goes on from what was synced last.
    #[default]
    HoldPrunes,
    /// They go on.
    Follow,
}

/// Fields of some objects that do not count as drift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoreRule {
    /// A glob on the group; `None` matches every group.
    pub group: Option<Arc<str>>,
    /// A glob on the kind; `None` matches every kind.
    pub kind: Option<Arc<str>>,
    /// The exact name, if only one object is meant.
    pub name: Option<Arc<str>>,
    /// The exact namespace, if only one is meant.
    pub namespace: Option<Arc<str>>,
    /// RFC 6901 pointers to the fields.
    pub pointers: Vec<Arc<str>>,
}

#[cfg(test)]
mod tests {
    use super::{Approval, Backoff, PruneLimit, Retry};
    use crate::Digest;
    use std::time::Duration;

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let backoff = Backoff {
            first: Duration::from_secs(5),
            factor: 2,
            longest: Some(Duration::from_mins(3)),
        };
        let pauses: Vec<u64> = (1..=6).map(|retry| backoff.pause(retry).as_secs()).collect();
        assert_eq!(pauses, [10, 20, 40, 80, 160, 180]);
        assert_eq!(backoff.pause(1_000), Duration::from_mins(3));
    }

    #[test]
    fn retries_without_an_end_or_a_pause_keep_a_distance_after_the_first_few() {
        let seconds = |limit, first| {
            let backoff = Backoff { first, factor: 1, longest: None };
            let retry = Retry { limit, backoff, refresh: false };
            [1, 3, 4, 1_000].map(|number| retry.pause(number).as_secs())
        };
        assert_eq!(seconds(None, Duration::ZERO), [0, 0, 5, 5]);
        assert_eq!(seconds(Some(9), Duration::from_nanos(1)), [0, 0, 5, 5]);
        assert_eq!(seconds(None, Duration::from_secs(2)), [2, 2, 5, 5]);
        assert_eq!(seconds(Some(9), Duration::from_secs(2)), [2, 2, 2, 2]);
        assert_eq!(seconds(None, Duration::from_mins(1)), [60, 60, 60, 60]);
    }

    #[test]
    fn a_prune_budget_is_objects_or_a_share_or_both() {
        let budget = |objects, percent| Ok(PruneLimit::Budget { objects, percent });
        assert_eq!("20".parse(), budget(20, 0));
        assert_eq!("50%".parse(), budget(0, 50));
        assert_eq!("20, 50%".parse(), budget(20, 50));
        assert_eq!("unlimited".parse(), Ok(PruneLimit::Unlimited));
        for limit in [PruneLimit::default(), PruneLimit::Unlimited] {
            assert_eq!(limit.to_string().parse(), Ok(limit));
        }
        for wrong in ["", "1,2", "5%,5%", "-1", "many", "20,"] {
            assert!(wrong.parse::<PruneLimit>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_approval_covers_one_set_and_is_never_short() {
        let set = Digest::of(b"set");
        assert!(Approval(set.short().into()).covers(&set));
        assert!(!Approval("".into()).covers(&set));
        assert!(!Approval(Digest::of(b"other").short().into()).covers(&set));
    }
}
