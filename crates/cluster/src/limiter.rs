//! How many writes are under way, and whose turn it is.
//!
//! As many as the cluster takes: `WRITES_IN_FLIGHT_MAX` at most, half as many after it said 429, and
//! one more for each round of writes that went well. Applications take turns of a few writes; the
//! writes of one are in their order.

mod queue;

use futures::channel::oneshot;
use queue::Queue;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use trimtab_model::limit;
use trimtab_ports::clock::{Clock, Monotonic, sleep};
use trimtab_ports::cluster::{Term, Terms};
use trimtab_ports::tasks::Tasks;

/// How long a write waits for a late renewal of the Lease: as long as a renewal may take until another
/// process may have it.
const RENEWAL_WAIT_MAX: Duration = Duration::from_secs(limit::LEASE_SECONDS);
/// How often it looks.
const RENEWAL_LOOK: Duration = Duration::from_millis(100);

/// The limiter of one cluster.
pub struct Limiter {
    clock: Arc<dyn Clock>,
    tasks: Arc<dyn Tasks>,
    state: Mutex<State>,
}

struct State {
    /// How many may be under way, with the part of one that is still to come.
    window: f64,
    window_max: f64,
    in_flight: usize,
    paused_until: Option<Monotonic>,
    queue: Queue,
}

/// The write's turn did not come before its time was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooLate {
    /// This process does not lead any more.
    #[error("the Lease ended before the write's turn came")]
    TermEnded,
    /// Who asked for the write wants it no more.
    #[error("the sync was stopped before the write's turn came")]
    Withdrawn,
}

/// The right to one write. Dropped, it is another's turn.
pub struct Permit {
    limiter: Arc<Limiter>,
    verdict: Verdict,
}

/// What the cluster said to a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Nothing, or nothing that says how busy it is.
    Silent,
    /// It answered.
    Answered,
    /// 429, and for how long to leave it alone.
    TooMany(Duration),
}

impl Limiter {
    /// A limiter that lets so many writes be under way at most.
    pub fn new(in_flight_max: u16, clock: Arc<dyn Clock>, tasks: Arc<dyn Tasks>) -> Arc<Self> {
        let window = f64::from(in_flight_max.max(1));
        let state = State {
            window,
            window_max: window,
            in_flight: 0,
            paused_until: None,
            queue: Queue::default(),
        };
        Arc::new(Self { clock, tasks, state: Mutex::new(state) })
    }

    /// Waits for the write's turn. The term is judged when it comes: a long queue outlives many
    /// renewals of the Lease.
    pub async fn turn(self: &Arc<Self>, terms: &Terms) -> Result<Permit, TooLate> {
        let (grant, granted) = oneshot::channel();
        self.state().queue.push(&terms.lane, terms.part, grant);
        self.pump();
        let permit = granted.await.map_err(|_| TooLate::TermEnded)?;
        match self.is_in_term(&terms.term).await {
            true => Ok(permit),
            false if terms.term.is_withdrawn() => Err(TooLate::Withdrawn),
            false => Err(TooLate::TermEnded),
        }
    }

    /// Whether a write may begin now. Where a renewal is only late, as on a busy machine, it is waited
    /// for: to fail every write that waits would undo a sync for a hiccup.
    async fn is_in_term(&self, term: &Term) -> bool {
        let began = self.clock.monotonic();
        loop {
            let (now, last) = (self.clock.monotonic(), term.not_after());
            if now <= last {
                return true;
            }
            let is_over = last == Monotonic::since_start(Duration::ZERO);
            if is_over || now >= began + RENEWAL_WAIT_MAX {
                return false;
            }
            sleep(&*self.clock, RENEWAL_LOOK).await;
        }
    }

    /// Grants what can be granted now.
    fn pump(self: &Arc<Self>) {
        let grants = self.state().grants(self.clock.monotonic());
        for grant in grants {
            let permit = Permit { limiter: self.clone(), verdict: Verdict::Silent };
            // Nobody waits any more: the permit comes back at once.
            drop(grant.send(permit));
        }
    }

    /// Leaves the cluster alone for a while, and then goes on.
    fn pause(self: &Arc<Self>, until: Monotonic) {
        let limiter = self.clone();
        let wake = self.clock.sleep_until(until);
        self.tasks.spawn(
            "writes go on",
            Box::pin(async move {
                wake.await;
                limiter.pump();
            }),
        );
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change of the state is whole before the lock is given back.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes the waiters whose turn it is, and counts their writes as under way.
    fn grants(&mut self, now: Monotonic) -> Vec<oneshot::Sender<Permit>> {
        let mut grants = Vec::new();
        if self.paused_until.is_some_and(|until| now < until) {
            return grants;
        }
        self.paused_until = None;
        while to_float(self.in_flight + 1) <= self.window.max(1.0) {
            let Some(grant) = self.queue.pop() else { break };
            if !grant.is_canceled() {
                self.in_flight += 1;
                grants.push(grant);
            }
        }
        grants
    }

    /// Counts a write as ended. Returns until when nothing is to be sent, if that is news.
    fn ended(&mut self, verdict: Verdict, now: Monotonic) -> Option<Monotonic> {
        self.in_flight = self.in_flight.saturating_sub(1);
        match verdict {
            Verdict::Silent => None,
            Verdict::Answered => {
                self.window = (self.window + 1.0 / self.window).min(self.window_max);
                None
            }
            Verdict::TooMany(pause) => {
                let is_paused = self.paused_until.is_some_and(|until| now < until);
                // The writes of one round are refused together, and count once.
                if !is_paused {
                    self.window = (self.window / 2.0).max(1.0);
                }
                let until = now + pause;
                let is_news = self.paused_until.is_none_or(|known| known < until);
                is_news.then(|| *self.paused_until.insert(until))
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of writes under way are small")]
fn to_float(count: usize) -> f64 {
    count as f64
}

impl Permit {
    /// The cluster has answered.
    pub fn answered(mut self) {
        self.verdict = Verdict::Answered;
    }

    /// The cluster said 429: it is left alone so long.
    pub fn refused(mut self, pause: Duration) {
        self.verdict = Verdict::TooMany(pause);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let now = self.limiter.clock.monotonic();
        let pause = self.limiter.state().ended(self.verdict, now);
        if let Some(until) = pause {
            self.limiter.pause(until);
        }
        self.limiter.pump();
    }
}
