//! One owner at a time: the Lease (P10).
//!
//! `step` decides from what was read; [`Tenure`] asks and writes. No write of ours starts later than
//! renewal + duration − margin on our own clock; a new holder acts after it has itself seen the Lease
//! unrenewed for its whole duration and a little more.

use crate::event::Event;
use futures::future::select;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use trimtab_model::{Backoff, Timestamp, limit};
use trimtab_ports::clock::{Clock, Monotonic, sleep, timeout};
use trimtab_ports::cluster::{Cluster, Lease, LeaseName, Term, WriteError};
use trimtab_ports::tasks::Tasks;

const DURATION: Duration = Duration::from_secs(limit::LEASE_SECONDS);
const RENEW: Duration = Duration::from_secs(limit::LEASE_RENEW_SECONDS);
const MARGIN: Duration = Duration::from_secs(limit::LEASE_MARGIN_SECONDS);
/// How often a Lease is given back that changes meanwhile.
const RELEASES_MAX: usize = 3;
/// Pauses between attempts while the API server does not answer and nothing of ours is left to lose.
pub const RETRY: Backoff = Backoff {
    first: Duration::from_millis(500),
    factor: 2,
    longest: Some(Duration::from_secs(limit::LEASE_RETRY_SECONDS_MAX)),
};
const TAKEOVER: Duration = Duration::from_secs(limit::LEASE_TAKEOVER_SECONDS);
/// How long an answer about the Lease is waited for while there is no term to lose.
const ANSWER: Duration = Duration::from_millis(1_500);
/// The shortest wait for an answer, and the shortest pause before the next attempt.
const ANSWER_MIN: Duration = Duration::from_millis(100);

/// How we stand with the Lease.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether we hold it.
    pub leading: bool,
    /// How often we have won it: two wins with a loss between them are never one.
    pub wins: u64,
    /// The term that was won last.
    pub term: Term,
    /// Whether it has been read at least once.
    pub is_known: bool,
    /// Why it cannot be read or written, while it cannot.
    pub trouble: Option<Arc<str>>,
}

/// What we have seen of a Lease that somebody else holds.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sighting {
    holder: Option<Arc<str>>,
    renewed: Option<Timestamp>,
    transitions: i32,
    since: Monotonic,
}

/// What to do about a Lease.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Move {
    /// Write it: create, take, or renew.
    Write(Lease),
    /// Somebody holds it: look again later.
    Wait,
}

/// Tries for the Lease and keeps it.
pub struct Holder {
    /// The cluster.
    pub cluster: Arc<dyn Cluster>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Which Lease.
    pub name: LeaseName,
    /// Who we are: unique for each process.
    pub identity: Arc<str>,
    /// Where the end of the term is kept.
    pub term: Term,
}

/// Our time with the Lease: trying for it and keeping it, until it is ended or dropped.
pub struct Tenure {
    end: oneshot::Sender<()>,
    ended: oneshot::Receiver<Holder>,
}

impl Tenure {
    /// Tries for the Lease from now on. Each gain and loss is an event; how we stand is also kept in
    /// `standing`.
    pub fn begin(
        holder: Holder,
        events: mpsc::Sender<Event>,
        standing: watch::Sender<Standing>,
        tasks: &dyn Tasks,
    ) -> Self {
        let (end, asked) = oneshot::channel();
        let (give, ended) = oneshot::channel();
        let news = standing.subscribe();
        let hold = async move {
            {
                let hold = Box::pin(holder.hold(&standing));
                select(asked, hold).await;
            }
            holder.term.end();
            // Nobody may want it back.
            let _ = give.send(holder);
        };
        tasks.spawn("lease", Box::pin(hold));
        tasks.spawn("lease news", Box::pin(tell(news, events)));
        tracing::info!("waiting for the Lease");
        Self { end, ended }
    }

    /// Ends the term: no write begins from now on. The Lease is still ours for a while, which is longer
    /// than a write takes, and is not renewed any more; the holder can give it back.
    pub async fn end(self) -> Option<Holder> {
        // A tenure that has ended by itself has let its holder go.
        let _ = self.end.send(());
        self.ended.await.ok()
    }
}

/// Tells the loop of each gain and loss, none of them left out.
async fn tell(mut news: watch::Receiver<Standing>, events: mpsc::Sender<Event>) {
    let mut told = Standing::default();
    while news.changed().await.is_ok() {
        let now = news.borrow_and_update().clone();
        let mut leading = Vec::new();
        if told.leading && (!now.leading || now.wins != told.wins) {
            tracing::warn!("the Lease is lost: nothing is written");
            leading.push(None);
        }
        if now.leading && now.wins != told.wins {
            tracing::info!("holding the Lease");
            leading.push(Some(now.term.clone()));
        }
        if let Some(trouble) = now.trouble.as_ref().filter(|_| now.trouble != told.trouble) {
            tracing::warn!(reason = &**trouble, "the Lease cannot be kept");
        }
        told = now;
        for leading in leading {
            if events.send(Event::Leading(leading)).await.is_err() {
                return;
            }
        }
    }
}

impl Holder {
    /// Runs until it is dropped, and says how we stand.
    async fn hold(&self, standing: &watch::Sender<Standing>) {
        let mut sighting = None;
        let mut failures = 0;
        loop {
            let began = self.clock.monotonic();
            let so_far = self.term.present();
            let attempt = self.attempt(&mut sighting).await;
            match &attempt {
                Attempt::Held => self.term.set(began + DURATION.saturating_sub(MARGIN)),
                Attempt::Lost => self.term.end(),
                // The term goes on as long as it lasts; it is not longer than we know.
                Attempt::Unknown(_) => {}
            }
            let now = self.clock.monotonic();
            let (lapsed, holds) = (now >= so_far.not_after(), now < self.term.not_after());
            if !holds {
                // What was decided in this term and still waits does not begin in a later one: another
                // process may have led by then.
                self.term.end();
            }
            let term = self.term.present();
            standing.send_if_modified(|standing| stand(standing, (lapsed, holds), &attempt, &term));
            let is_unknown = matches!(attempt, Attempt::Unknown(_));
            let pause = match attempt {
                // From its beginning: what the answers took is gone from the term as well.
                Attempt::Held => RENEW.saturating_sub(now.since(began)),
                Attempt::Lost => RENEW,
                // Each attempt may save the term.
                Attempt::Unknown(_) if holds => (self.left() / 4).clamp(ANSWER_MIN, RENEW / 4),
                Attempt::Unknown(_) => RETRY.pause(failures),
            };
            failures = if is_unknown && !holds { failures.saturating_add(1) } else { 0 };
            sleep(&*self.clock, pause).await;
        }
    }

    /// What is left of the term.
    fn left(&self) -> Duration {
        self.term.not_after().since(self.clock.monotonic())
    }

    /// How long an answer is waited for: half of what is left of the term, so that a request that hangs
    /// leaves time for another.
    fn patience(&self) -> Duration {
        let left = self.left();
        if left.is_zero() { ANSWER } else { (left / 2).clamp(ANSWER_MIN, ANSWER) }
    }

    async fn attempt(&self, sighting: &mut Option<Sighting>) -> Attempt {
        let read = self.cluster.lease(self.name.clone());
        let current = match timeout(&*self.clock, self.patience(), read).await {
            Ok(Ok(current)) => current,
            Ok(Err(failure)) => return Attempt::Unknown(failure.message.into()),
            Err(late) => return Attempt::Unknown(late.to_string().into()),
        };
        let (now, moment) = (self.clock.now(), self.clock.monotonic());
        match step(current.as_ref(), &self.name, &self.identity, sighting, (now, moment)) {
            Move::Wait => Attempt::Lost,
            Move::Write(lease) => {
                if !is_held_by(current.as_ref(), &self.identity) {
                    // It is taken anew: somebody else may have had it meanwhile.
                    self.term.end();
                }
                let not_after = moment + RENEW;
                let write = if lease.resource_version.is_some() {
                    self.cluster.update_lease(lease, not_after)
                } else {
                    self.cluster.create_lease(lease, not_after)
                };
                match timeout(&*self.clock, self.patience(), write).await {
                    Ok(Ok(_)) => Attempt::Held,
                    Ok(Err(error)) => Attempt::Unknown(error.to_string().into()),
                    Err(late) => Attempt::Unknown(late.to_string().into()),
                }
            }
        }
    }

    /// Gives the Lease back, so that the next one need not wait. Best effort: whoever waits takes it
    /// over after its duration.
    pub async fn release(&self) {
        self.term.end();
        for _ in 0..RELEASES_MAX {
            let Ok(Some(mut lease)) = self.cluster.lease(self.name.clone()).await else { return };
            if lease.holder.as_ref() != Some(&self.identity) {
                return;
            }
            lease.holder = None;
            let not_after = self.clock.monotonic() + RENEW;
            match self.cluster.update_lease(lease, not_after).await {
                // A last renewal of ours was still under way.
                Err(WriteError::Stale(_)) => {}
                Ok(_) | Err(_) => return,
            }
        }
    }
}

enum Attempt {
    Held,
    Lost,
    /// Whether we hold it is not known, and why.
    Unknown(Arc<str>),
}

/// Takes in how an attempt went: whether the term before it had lapsed by its end, and whether there is
/// one now. Says whether that is news.
fn stand(
    standing: &mut Standing,
    (lapsed, holds): (bool, bool),
    attempt: &Attempt,
    term: &Term,
) -> bool {
    let mut now = standing.clone();
    if holds && (lapsed || !standing.leading) {
        now.wins += 1;
        now.term = term.clone();
    }
    now.leading = holds;
    match attempt {
        Attempt::Held | Attempt::Lost => {
            now.is_known = true;
            now.trouble = None;
        }
        Attempt::Unknown(why) => now.trouble = Some(why.clone()),
    }
    let is_news = now != *standing;
    *standing = now;
    is_news
}

fn step(
    current: Option<&Lease>,
    name: &LeaseName,
    identity: &Arc<str>,
    sighting: &mut Option<Sighting>,
    (now, moment): (Timestamp, Monotonic),
) -> Move {
    let Some(current) = current else {
        return Move::Write(taken(name, None, identity, now));
    };
    if is_held_by(Some(current), identity) {
        let mut renewed = current.clone();
        renewed.renewed = Some(now);
        return Move::Write(renewed);
    }
    if current.holder.is_none() {
        return Move::Write(taken(name, Some(current), identity, now));
    }
    let seen = Sighting {
        holder: current.holder.clone(),
        renewed: current.renewed,
        transitions: current.transitions,
        since: moment,
    };
    let same =
        sighting.as_ref().is_some_and(|old| Sighting { since: moment, ..old.clone() } == seen);
    if !same {
        *sighting = Some(seen);
        return Move::Wait;
    }
    let since = sighting.as_ref().map_or(moment, |old| old.since);
    if moment.since(since) < current.duration + TAKEOVER {
        return Move::Wait;
    }
    Move::Write(taken(name, Some(current), identity, now))
}

fn is_held_by(lease: Option<&Lease>, identity: &Arc<str>) -> bool {
    lease.is_some_and(|lease| lease.holder.as_ref() == Some(identity))
}

fn taken(name: &LeaseName, old: Option<&Lease>, identity: &Arc<str>, now: Timestamp) -> Lease {
    Lease {
        name: name.clone(),
        resource_version: old.and_then(|old| old.resource_version.clone()),
        holder: Some(identity.clone()),
        duration: DURATION,
        acquired: Some(now),
        renewed: Some(now),
        transitions: old.map_or(0, |old| old.transitions.saturating_add(1)),
        annotations: old.map(|old| old.annotations.clone()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod outage;

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> LeaseName {
        LeaseName { namespace: "trimtab".into(), name: "trimtab".into() }
    }

    fn moment(seconds: u64) -> (Timestamp, Monotonic) {
        let time = Timestamp::from_second(i64::try_from(seconds).expect("small")).expect("small");
        (time, Monotonic::since_start(Duration::from_secs(seconds)))
    }

    fn held_by(holder: &str, renewed: u64) -> Lease {
        let mut lease = taken(&name(), None, &holder.into(), moment(renewed).0);
        lease.resource_version = Some("1".into());
        lease
    }

    fn ask(current: Option<&Lease>, sighting: &mut Option<Sighting>, at: u64) -> Move {
        step(current, &name(), &"me".into(), sighting, moment(at))
    }

    #[test]
    fn an_absent_or_released_lease_is_taken_at_once() {
        assert!(
            matches!(ask(None, &mut None, 0), Move::Write(lease) if lease.resource_version.is_none())
        );
        let mut released = held_by("other", 0);
        released.holder = None;
        let Move::Write(lease) = ask(Some(&released), &mut None, 1) else { panic!("free") };
        assert_eq!((lease.holder.as_deref(), lease.transitions), (Some("me"), 1));
    }

    #[test]
    fn a_lease_of_another_is_taken_only_after_its_whole_duration_unrenewed_on_our_clock() {
        let mut sighting = None;
        // Its renewal time is far in the past by our wall clock, which may be wrong: that says nothing.
        let lease = held_by("other", 0);
        for second in 100..108 {
            assert_eq!(ask(Some(&lease), &mut sighting, second), Move::Wait, "{second}");
        }
        assert!(matches!(ask(Some(&lease), &mut sighting, 108), Move::Write(_)));
    }

    #[test]
    fn each_renewal_of_another_begins_the_wait_anew() {
        let mut sighting = None;
        assert_eq!(ask(Some(&held_by("other", 0)), &mut sighting, 0), Move::Wait);
        assert_eq!(ask(Some(&held_by("other", 7)), &mut sighting, 7), Move::Wait);
        assert_eq!(ask(Some(&held_by("other", 7)), &mut sighting, 9), Move::Wait);
        assert!(matches!(ask(Some(&held_by("other", 7)), &mut sighting, 15), Move::Write(_)));
    }

    #[test]
    fn what_was_decided_after_one_win_is_not_written_after_the_next() {
        let end = |seconds| moment(seconds).1;
        let (term, mut standing) = (Term::until(end(5)), Standing::default());
        assert!(stand(&mut standing, (false, true), &Attempt::Held, &term.present()));
        let first = standing.term.clone();
        assert_eq!(first.not_after(), end(5));
        term.end();
        term.set(end(20));
        assert!(stand(&mut standing, (true, true), &Attempt::Held, &term.present()));
        assert_eq!((first.not_after(), standing.term.not_after()), (end(0), end(20)));
    }

    #[test]
    fn our_own_lease_is_renewed_and_keeps_its_history() {
        let Move::Write(lease) = ask(Some(&held_by("me", 0)), &mut None, 2) else { panic!("ours") };
        assert_eq!((lease.renewed, lease.acquired), (Some(moment(2).0), Some(moment(0).0)));
    }
}
