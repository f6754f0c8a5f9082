//! Whose pack is checked next.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::channel::oneshot;
use trimtab_model::{Backoff, Remote, limit};

/// How much later a remote is asked again whose packs cost too much, one after another.
const PAUSE: Backoff = Backoff {
    first: Duration::from_mins(1),
    factor: 2,
    longest: Some(Duration::from_secs(limit::GIT_COSTLY_PAUSE_SECONDS_MAX)),
};

/// The turns to check packs: each takes memory and a processor. Remotes get them in the order in which
/// they ask. Those whose last pack cost too much come after all others, and together they never have the
/// last turn: whoever pushes such packs, however many remotes they are in, holds up nobody else.
pub(crate) struct Turns {
    of: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The turns that are taken, and how many of them by costly remotes.
    taken: u64,
    taken_by_costly: u64,
    waiting: BTreeMap<Place, Waiting>,
    asked: u64,
    /// How often in a row a remote's packs have cost too much.
    costly: BTreeMap<Remote, u32>,
}

/// A place in the queue: those that were costly last, each in the order in which they asked.
type Place = (bool, u64);

struct Waiting {
    remote: Remote,
    turn: oneshot::Sender<Turn>,
}

/// A turn. It ends when it is dropped.
pub(crate) struct Turn {
    of: Arc<Turns>,
    is_costly: bool,
}

/// A place in the queue, which is given up when it is dropped.
struct Queued<'a> {
    of: &'a Arc<Turns>,
    place: Place,
}

impl Turns {
    /// So many at a time.
    pub(crate) fn new(of: u64) -> Arc<Self> {
        Arc::new(Self { of, state: Mutex::default() })
    }

    /// Waits for a turn. `None` when there are none any more.
    pub(crate) async fn take(self: &Arc<Self>, remote: &Remote) -> Option<Turn> {
        let (turn, granted) = oneshot::channel();
        let _queued = self.queue(remote, turn);
        self.grant();
        granted.await.ok()
    }

    fn queue(self: &Arc<Self>, remote: &Remote, turn: oneshot::Sender<Turn>) -> Queued<'_> {
        let mut state = self.state();
        state.asked += 1;
        let place = (state.costly.contains_key(remote), state.asked);
        state.waiting.insert(place, Waiting { remote: remote.clone(), turn });
        Queued { of: self, place }
    }

    /// Gives the turns that are free to those who are next.
    fn grant(self: &Arc<Self>) {
        while let Some((is_costly, waiting)) = self.next() {
            let turn = Turn { of: Arc::clone(self), is_costly };
            // One that nobody waits for any more ends here, and the loop goes on to the next.
            let _ = waiting.turn.send(turn);
        }
    }

    fn next(&self) -> Option<(bool, Waiting)> {
        let mut state = self.state();
        let is_costly = state.waiting.first_key_value()?.0.0;
        let most_of_costly = self.of.saturating_sub(1).max(1);
        if state.taken >= self.of || (is_costly && state.taken_by_costly >= most_of_costly) {
            return None;
        }
        state.taken += 1;
        state.taken_by_costly += u64::from(is_costly);
        let (_, waiting) = state.waiting.pop_first()?;
        Some((is_costly, waiting))
    }

    /// Whether a pack of a remote waits for its turn.
    pub(crate) fn is_awaited_by(&self, remote: &Remote) -> bool {
        self.state().waiting.values().any(|waiting| waiting.remote == *remote)
    }

    /// A remote's pack cost too much. Returns how much later it is to be asked again.
    pub(crate) fn was_costly(&self, remote: &Remote) -> Duration {
        let mut state = self.state();
        let times = state.costly.entry(remote.clone()).or_default();
        let pause = PAUSE.pause(*times);
        *times = times.saturating_add(1);
        pause
    }

    /// What a remote's packs have cost is forgiven: one was as it should be, or nobody reads it.
    pub(crate) fn forgive(&self, remote: &Remote) {
        self.state().costly.remove(remote);
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.of.state();
        state.taken -= 1;
        state.taken_by_costly -= u64::from(self.is_costly);
        drop(state);
        self.of.grant();
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.of.state().waiting.remove(&self.place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    fn remote(name: &str) -> Remote {
        Remote { url: format!("https://example.org/{name}").into(), credential: None }
    }

    fn now(turns: &Arc<Turns>, name: &str) -> Option<Turn> {
        turns.take(&remote(name)).now_or_never().flatten()
    }

    #[test]
    fn turns_come_in_the_order_in_which_they_were_asked_for() {
        let turns = Turns::new(2);
        let (a, b) = (now(&turns, "a").unwrap(), now(&turns, "b").unwrap());
        let (asked_c, asked_d) = (remote("c"), remote("d"));
        let (mut c, mut d) = (turns.take(&asked_c).boxed(), turns.take(&asked_d).boxed());
        assert!((&mut c).now_or_never().is_none() && (&mut d).now_or_never().is_none());
        assert!(turns.is_awaited_by(&asked_d) && !turns.is_awaited_by(&remote("a")));
        drop(a);
        assert!((&mut d).now_or_never().is_none());
        let c = c.now_or_never().flatten().unwrap();
        drop((b, c));
        assert!(d.now_or_never().flatten().is_some());
    }

    #[test]
    fn those_that_were_costly_come_last_and_never_have_all_turns() {
        let turns = Turns::new(2);
        for name in ["x", "y", "z"] {
            turns.was_costly(&remote(name));
        }
        let x = now(&turns, "x").unwrap();
        let asked = remote("y");
        let mut y = turns.take(&asked).boxed();
        assert!((&mut y).now_or_never().is_none(), "one turn is left to the others");
        for _ in 0..3 {
            drop(now(&turns, "a").unwrap());
        }
        drop(x);
        let y = y.now_or_never().flatten().unwrap();
        turns.forgive(&remote("z"));
        let z = now(&turns, "z").unwrap();
        drop((y, z));
    }

    #[test]
    fn who_waits_no_longer_has_no_place_and_loses_no_turn() {
        let turns = Turns::new(1);
        let a = now(&turns, "a").unwrap();
        let (asked_b, asked_c) = (remote("b"), remote("c"));
        let (mut b, mut c) = (turns.take(&asked_b).boxed(), turns.take(&asked_c).boxed());
        assert!((&mut b).now_or_never().is_none() && (&mut c).now_or_never().is_none());
        drop(b);
        assert!(!turns.is_awaited_by(&asked_b));
        drop(a);
        // Granted, and given up before it was looked at.
        drop(c);
        assert!(now(&turns, "d").is_some());
    }

    #[test]
    fn the_pauses_grow_up_to_their_bound() {
        let turns = Turns::new(1);
        let pauses: Vec<u64> = (0..5).map(|_| turns.was_costly(&remote("a")).as_secs()).collect();
        assert_eq!(pauses, [60, 120, 240, 300, 300]);
    }
}
