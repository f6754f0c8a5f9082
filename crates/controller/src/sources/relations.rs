//! How commits relate to those that an earlier process applied (P13).

use super::Ask;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use trimtab_model::{AppId, Commit, Remote, Timestamp};
use trimtab_ports::git::Ancestry;

/// How soon a question is asked again that Git did not answer.
const RELATE_AGAIN: Duration = Duration::from_secs(10);

/// What is known of the relations of one remote's commits, each with one before it.
#[derive(Debug, Default)]
pub(super) struct Relations(BTreeMap<(Commit, Commit), Asked>);

/// A relation, and who waits for it.
#[derive(Debug)]
struct Asked {
    relation: Relation,
    readers: BTreeSet<AppId>,
}

#[derive(Debug)]
enum Relation {
    /// To be asked, from that time on.
    Wanted(Timestamp),
    Asked,
    Known(Ancestry),
}

impl Relations {
    /// How a commit relates to one before it; nothing while Git is asked, on behalf of that reader too.
    pub(super) fn of(
        &mut self,
        reader: &AppId,
        (commit, before): (&Commit, &Commit),
        now: Timestamp,
    ) -> Option<Ancestry> {
        let asked = self.0.entry((commit.clone(), before.clone()));
        let asked = asked
            .or_insert_with(|| Asked { relation: Relation::Wanted(now), readers: BTreeSet::new() });
        match asked.relation {
            Relation::Known(ancestry) => Some(ancestry),
            Relation::Wanted(_) | Relation::Asked => {
                asked.readers.insert(reader.clone());
                None
            }
        }
    }

    pub(super) fn due(
        &mut self,
        remote: &Remote,
        timeout: Option<Duration>,
        now: Timestamp,
    ) -> Vec<Ask> {
        let mut asks = Vec::new();
        for ((commit, before), asked) in &mut self.0 {
            if matches!(asked.relation, Relation::Wanted(from) if from <= now) {
                asked.relation = Relation::Asked;
                asks.push(Ask::Relate {
                    remote: remote.clone(),
                    commit: commit.clone(),
                    before: before.clone(),
                    timeout,
                });
            }
        }
        asks
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let wanted = self.0.values().filter_map(|asked| match asked.relation {
            Relation::Wanted(from) => Some(from),
            Relation::Asked | Relation::Known(_) => None,
        });
        wanted.min()
    }

    /// Git has answered, or could not. Returns who waits for the answer.
    pub(super) fn told(
        &mut self,
        pair: &(Commit, Commit),
        ancestry: Option<Ancestry>,
        now: Timestamp,
    ) -> BTreeSet<AppId> {
        let Some(asked) = self.0.get_mut(pair) else { return BTreeSet::new() };
        let again = || Relation::Wanted(now.checked_add(RELATE_AGAIN).unwrap_or(Timestamp::MAX));
        asked.relation = ancestry.map_or_else(again, Relation::Known);
        match asked.relation {
            Relation::Known(_) => std::mem::take(&mut asked.readers),
            // Nothing is new to them.
            Relation::Wanted(_) | Relation::Asked => BTreeSet::new(),
        }
    }

    /// Forgets what is said of commits that nobody follows any more.
    pub(super) fn retain(&mut self, followed: impl Fn(&Commit) -> bool) {
        self.0.retain(|(commit, _), _| followed(commit));
    }
}
