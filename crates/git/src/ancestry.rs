//! Whether one commit is an ancestor of another, as far as the store knows.

use std::collections::{BTreeSet, BinaryHeap};

use trimtab_model::limit;
use trimtab_ports::git::Id;

use crate::objects::{Objects, Unreadable};

/// Clocks of people who commit to one repository differ by less than this, or their history counts as
/// rewritten until a longer one is known. Unit: seconds.
const CLOCK_SKEW_SECONDS: i64 = 86_400;

/// What the store's commits say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The tip is the commit or one of its ancestors.
    Descendant,
    /// It is not.
    Rewritten,
    /// The store's history ends before one could know.
    Open,
}

/// Looks for the tip among a commit's ancestors, newest first.
pub(crate) fn verdict(objects: &Objects, commit: Id, tip: Id) -> Result<Verdict, Unreadable> {
    // No commit is much older than its parents. Where the tip's own time is unknown, all counts.
    let oldest = match objects.commit(&tip) {
        Ok(facts) => facts.time.saturating_sub(CLOCK_SKEW_SECONDS),
        Err(Unreadable::Missing(_)) => i64::MIN,
        Err(cause) => return Err(cause),
    };
    let (mut seen, mut open) = (BTreeSet::from([commit]), false);
    let mut queue = BinaryHeap::from([(i64::MAX, commit)]);
    while let Some((_, id)) = queue.pop() {
        if id == tip {
            return Ok(Verdict::Descendant);
        }
        let facts = match objects.commit(&id) {
            Ok(facts) => facts,
            Err(Unreadable::Missing(_)) => {
                open = true;
                continue;
            }
            Err(cause) => return Err(cause),
        };
        if facts.time < oldest {
            continue;
        }
        if seen.len() as u64 > limit::GIT_ANCESTRY_COMMITS_MAX {
            return Ok(Verdict::Open);
        }
        for parent in facts.parents {
            if seen.insert(parent) {
                queue.push((facts.time, parent));
            }
        }
    }
    Ok(if open { Verdict::Open } else { Verdict::Rewritten })
}
