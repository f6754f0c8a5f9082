//! How commits relate to those that an earlier process applied (P13).

use super::Ask;
use std::collections::BTreeMap;
use std::time::Duration;
use trimtab_model::{Commit, Remote, Timestamp};
use trimtab_ports::git::Ancestry;

/// How soon a question is asked again that Git did not answer.
const AGAIN: Duration = Duration::from_secs(10);

/// What is known of the relations of one remote's commits, each with one before it.
#[derive(Debug, Default)]
pub(super) struct Relations(BTreeMap<(Commit, Commit), Relation>);

#[derive(Debug)]
enum Relation {
    /// To be asked, from that time on.
    Wanted(Timestamp),
    Asked,
    Known(Ancestry),
}

impl Relations {
    /// How a commit relates to one before it; nothing while Git is asked.
    pub(super) fn of(
        &mut self,
        commit: &Commit,
        before: &Commit,
        now: Timestamp,
    ) -> Option<Ancestry> {
        let relation = self.0.entry((commit.clone(), before.clone()));
        match relation.or_insert(Relation::Wanted(now)) {
            Relation::Known(ancestry) => Some(*ancestry),
            Relation::Wanted(_) | Relation::Asked => None,
        }
    }

    pub(super) fn due(
        &mut self,
        remote: &Remote,
        timeout: Option<Duration>,
        now: Timestamp,
    ) -> Vec<Ask> {
        let mut asks = Vec::new();
        for ((commit, before), relation) in &mut self.0 {
            if matches!(relation, Relation::Wanted(from) if *from <= now) {
                *relation = Relation::Asked;
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
        let wanted = self.0.values().filter_map(|relation| match relation {
            Relation::Wanted(from) => Some(*from),
            Relation::Asked | Relation::Known(_) => None,
        });
        wanted.min()
    }

    /// Git has answered, or could not.
    pub(super) fn told(
        &mut self,
        pair: (Commit, Commit),
        ancestry: Option<Ancestry>,
        now: Timestamp,
    ) {
        let again = || Relation::Wanted(now.checked_add(AGAIN).unwrap_or(Timestamp::MAX));
        let told = ancestry.map_or_else(again, Relation::Known);
        self.0.entry(pair).and_modify(|relation| *relation = told);
    }

    /// Forgets what is said of commits that nobody follows any more.
    pub(super) fn retain(&mut self, followed: impl Fn(&Commit) -> bool) {
        self.0.retain(|(commit, _), _| followed(commit));
    }
}
