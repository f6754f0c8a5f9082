//! One owner at a time: the Lease (P10).
//!
//! `step` decides from what was read; `hold` asks and writes. No write of ours starts later than
//! renewal + duration − margin on our own clock; a new holder acts after it has itself seen the Lease
//! unrenewed for its whole duration and a little more.

use std::sync::Arc;
use std::time::Duration;
use trimtab_model::{Class, Timestamp, limit};
use trimtab_ports::clock::{Clock, Monotonic, sleep};
use trimtab_ports::cluster::{Cluster, Lease, LeaseName, Term, WriteError};

const DURATION: Duration = Duration::from_secs(limit::LEASE_SECONDS);
const RENEW: Duration = Duration::from_secs(limit::LEASE_RENEW_SECONDS);
const MARGIN: Duration = Duration::from_secs(limit::LEASE_MARGIN_SECONDS);
/// How often a Lease is given back that changes meanwhile.
const RELEASES_MAX: usize = 3;
const TAKEOVER: Duration = Duration::from_secs(limit::LEASE_TAKEOVER_SECONDS);

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

/// Tries for the Lease and keeps it, for ever. `told` hears of each change.
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

impl Holder {
    /// Runs until it is dropped. Each gain and loss is told.
    pub async fn hold(&self, told: impl Fn(bool)) {
        let mut sighting = None;
        let mut held = false;
        loop {
            let began = self.clock.monotonic();
            let so_far = self.term.present();
            let won = self.attempt(&mut sighting).await;
            match won {
                Attempt::Held => self.term.set(began + DURATION.saturating_sub(MARGIN)),
                Attempt::Lost => self.term.end(),
                // The term goes on as long as it lasts; it is not longer than we know.
                Attempt::Unknown => {}
            }
            let now = self.clock.monotonic();
            if held && now >= so_far.not_after() {
                held = false;
                told(false);
            }
            if now >= self.term.not_after() {
                // What was decided in this term and still waits does not begin in a later one: another
                // process may have led by then.
                self.term.end();
            } else if !held {
                held = true;
                told(true);
            }
            let pause = if matches!(won, Attempt::Unknown) { RENEW / 4 } else { RENEW };
            sleep(&*self.clock, pause).await;
        }
    }

    async fn attempt(&self, sighting: &mut Option<Sighting>) -> Attempt {
        let Ok(current) = self.cluster.lease(self.name.clone()).await else {
            return Attempt::Unknown;
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
                let written = if lease.resource_version.is_some() {
                    self.cluster.update_lease(lease, not_after).await
                } else {
                    self.cluster.create_lease(lease, not_after).await
                };
                match written {
                    Ok(_) => Attempt::Held,
                    Err(error) if error.class() == Class::Uncertain => Attempt::Unknown,
                    Err(_) => Attempt::Unknown,
                }
            }
        }
    }

    /// Gives the Lease back, so that the next one need not wait. [`Holder::hold`] must have been dropped,
    /// which else takes it again. Best effort: whoever waits takes it over after its duration.
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
    Unknown,
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
    fn our_own_lease_is_renewed_and_keeps_its_history() {
        let Move::Write(lease) = ask(Some(&held_by("me", 0)), &mut None, 2) else { panic!("ours") };
        assert_eq!((lease.renewed, lease.acquired), (Some(moment(2).0), Some(moment(0).0)));
    }
}
