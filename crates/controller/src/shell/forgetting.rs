//! Forgetting remotes that nobody reads any more, one look at them at a time, and not before a while: an
//! application that is renamed reads its repository again a moment later, and would clone it again.

use futures::future::{Either, select};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use trimtab_model::{Remote, limit};
use trimtab_ports::clock::{Clock, Monotonic};
use trimtab_ports::git::Git;

/// How long a remote is kept after the last one stopped reading it.
const GRACE: Duration = Duration::from_secs(limit::GIT_FORGET_SECONDS);

/// The remotes that Git keeps.
#[derive(Debug, Default)]
struct Known {
    /// Each with the time since when nobody reads it, if nobody does.
    remotes: BTreeMap<Remote, Option<Monotonic>>,
    /// When what an earlier process left is swept away: not before everybody has had the time to say what
    /// they read.
    sweep: Option<Monotonic>,
}

impl Known {
    fn take(&mut self, wanted: &BTreeSet<Remote>, now: Monotonic) {
        for (remote, unread) in &mut self.remotes {
            *unread = if wanted.contains(remote) { None } else { unread.or(Some(now)) };
        }
        for remote in wanted {
            self.remotes.entry(remote.clone()).or_default();
        }
    }

    /// When something is to be forgotten next.
    fn due(&self) -> Option<Monotonic> {
        let unread = self.remotes.values().flatten().min();
        let forget = unread.map(|since| *since + GRACE);
        forget.into_iter().chain(self.sweep).min()
    }

    /// What is kept from now on.
    fn forget(&mut self, now: Monotonic) -> BTreeSet<Remote> {
        self.sweep = self.sweep.filter(|sweep| *sweep > now);
        self.remotes.retain(|_, unread| unread.is_none_or(|since| since + GRACE > now));
        self.remotes.keys().cloned().collect()
    }
}

/// Has Git forget what nobody has read for a while, until nobody tells any more what is wanted.
pub(super) async fn forget(
    git: Arc<dyn Git>,
    clock: Arc<dyn Clock>,
    mut wanted: watch::Receiver<BTreeSet<Remote>>,
) {
    let mut known = Known { sweep: Some(clock.monotonic() + GRACE), ..Known::default() };
    loop {
        known.take(&wanted.borrow_and_update().clone(), clock.monotonic());
        let due = clock.sleep_until(known.due().unwrap_or(Monotonic::NEVER));
        match select(Box::pin(wanted.changed()), due).await {
            Either::Left((Err(_), _)) => return,
            Either::Left((Ok(()), _)) => {}
            Either::Right(((), _)) => git.retain(&known.forget(clock.monotonic())).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, GRACE, Known, Monotonic, Remote};
    use std::collections::BTreeSet;

    fn remotes(names: &[&str]) -> BTreeSet<Remote> {
        names.iter().map(|url| Remote { url: (*url).into(), credential: None }).collect()
    }

    fn at(seconds: u64) -> Monotonic {
        Monotonic::since_start(Duration::from_secs(seconds))
    }

    #[test]
    fn a_remote_is_forgotten_when_nobody_has_read_it_for_a_while() {
        let mut known = Known::default();
        known.take(&remotes(&["a", "b"]), at(0));
        assert_eq!(known.due(), None);
        known.take(&remotes(&["a"]), at(5));
        known.take(&remotes(&["a", "c"]), at(20));
        assert_eq!(known.due(), Some(at(5) + GRACE));
        assert_eq!(known.forget(at(5)), remotes(&["a", "b", "c"]));
        assert_eq!(known.forget(at(5) + GRACE), remotes(&["a", "c"]));
        assert_eq!(known.due(), None);
    }

    #[test]
    fn a_remote_that_comes_back_is_kept() {
        let mut known = Known::default();
        known.take(&remotes(&["a"]), at(0));
        known.take(&remotes(&[]), at(5));
        known.take(&remotes(&["a"]), at(6));
        assert_eq!((known.due(), known.forget(at(1_000))), (None, remotes(&["a"])));
    }

    #[test]
    fn what_an_earlier_process_left_is_swept_when_everybody_has_said_what_they_read() {
        let mut known = Known { sweep: Some(at(60)), ..Known::default() };
        known.take(&remotes(&["a"]), at(1));
        assert_eq!(known.due(), Some(at(60)));
        assert_eq!(known.forget(at(60)), remotes(&["a"]));
        assert_eq!(known.due(), None);
    }
}
