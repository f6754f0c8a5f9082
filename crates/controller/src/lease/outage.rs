//! What holding the Lease costs while the API server is away, and how soon it is held again.

use super::*;
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use serde_json::Value;
use std::sync::Mutex;
use trimtab_model::{Class, FieldManager, Name, Namespace};
use trimtab_ports::cluster::{
    Apply, ApplyAnswer, Delete, Discovery, EventPost, JsonPatch, MergePatch, SecretData, Target,
    Terms, WatchEvent, WatchRequest,
};
use trimtab_sync::{Failure, Outcome};

const HOUR: u64 = 3_600;

/// A clock on which whoever waits has waited already, until the end of the test.
#[derive(Clone, Default)]
struct Clockwork(Arc<Mutex<Duration>>);

impl Clockwork {
    fn second(&self) -> f64 {
        self.0.lock().expect("no panic").as_secs_f64()
    }
}

impl Clock for Clockwork {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(0).expect("the beginning")
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::since_start(*self.0.lock().expect("no panic"))
    }

    fn sleep_until(&self, moment: Monotonic) -> BoxFuture<'static, ()> {
        let slept = moment.since(Monotonic::since_start(Duration::ZERO));
        let clock = self.clone();
        async move {
            *clock.0.lock().expect("no panic") = slept;
            if slept > Duration::from_hours(2) {
                std::future::pending::<()>().await;
            }
        }
        .boxed()
    }
}

/// A server with one Lease, away from one second to another.
struct Server {
    clock: Clockwork,
    away: (u64, u64),
    /// The request that is never answered, by its number.
    hangs: Option<usize>,
    lease: Mutex<Option<Lease>>,
    /// When it was asked.
    asked: Mutex<Vec<f64>>,
    /// How its client stands with the Lease.
    standing: watch::Receiver<Standing>,
    /// When it was seen to hold the Lease, and not to.
    seen: Mutex<Vec<(f64, bool)>>,
}

impl Server {
    fn answers(&self) -> bool {
        let second = self.clock.second();
        self.asked.lock().expect("no panic").push(second);
        let leading = self.standing.borrow().leading;
        let mut seen = self.seen.lock().expect("no panic");
        if seen.last().is_none_or(|(_, before)| *before != leading) {
            seen.push((second, leading));
        }
        let away = Duration::from_secs(self.away.0).as_secs_f64()
            ..Duration::from_secs(self.away.1).as_secs_f64();
        !away.contains(&second)
    }

    fn hangs(&self) -> bool {
        self.hangs == Some(self.asked.lock().expect("no panic").len())
    }

    fn written(&self, lease: Lease) -> BoxFuture<'_, Result<Lease, WriteError>> {
        let answer = self.write(lease);
        if self.hangs() {
            return std::future::pending().boxed();
        }
        std::future::ready(answer).boxed()
    }

    fn write(&self, lease: Lease) -> Result<Lease, WriteError> {
        if !self.answers() {
            return Err(WriteError::Uncertain("no answer".to_owned()));
        }
        let lease = Lease { resource_version: Some("1".into()), ..lease };
        *self.lease.lock().expect("no panic") = Some(lease.clone());
        Ok(lease)
    }
}

impl Cluster for Server {
    fn lease(&self, _: LeaseName) -> BoxFuture<'_, Result<Option<Lease>, Failure>> {
        let lease = self.lease.lock().expect("no panic").clone();
        let failure = || Failure { class: Class::Retry, message: "no connection".to_owned() };
        let answer = if self.answers() { Ok(lease) } else { Err(failure()) };
        if self.hangs() {
            return std::future::pending().boxed();
        }
        std::future::ready(answer).boxed()
    }

    fn create_lease(&self, lease: Lease, _: Monotonic) -> BoxFuture<'_, Result<Lease, WriteError>> {
        self.written(lease)
    }

    fn update_lease(&self, lease: Lease, _: Monotonic) -> BoxFuture<'_, Result<Lease, WriteError>> {
        self.written(lease)
    }

    fn discover(&self) -> BoxFuture<'_, Result<Discovery, Failure>> {
        unreachable!("only the Lease is asked for")
    }

    fn watch(&self, _: WatchRequest) -> BoxStream<'static, WatchEvent> {
        unreachable!("only the Lease is asked for")
    }

    fn get(&self, _: Target) -> BoxFuture<'_, Result<Option<Value>, Failure>> {
        unreachable!("only the Lease is asked for")
    }

    fn read_secret(
        &self,
        _: Namespace,
        _: Name,
    ) -> BoxFuture<'_, Result<Option<SecretData>, Failure>> {
        unreachable!("only the Lease is asked for")
    }

    fn apply(&self, _: Apply) -> BoxFuture<'_, ApplyAnswer> {
        unreachable!("only the Lease is asked for")
    }

    fn migrate(&self, _: JsonPatch) -> BoxFuture<'_, ApplyAnswer> {
        unreachable!("only the Lease is asked for")
    }

    fn delete(&self, _: Delete) -> BoxFuture<'_, Outcome> {
        unreachable!("only the Lease is asked for")
    }

    fn create(
        &self,
        _: Value,
        _: FieldManager,
        _: Terms,
    ) -> BoxFuture<'_, Result<Value, WriteError>> {
        unreachable!("only the Lease is asked for")
    }

    fn merge_patch(&self, _: MergePatch) -> BoxFuture<'_, Result<Value, WriteError>> {
        unreachable!("only the Lease is asked for")
    }

    fn json_patch(&self, _: JsonPatch) -> BoxFuture<'_, Result<Value, WriteError>> {
        unreachable!("only the Lease is asked for")
    }

    fn post_event(&self, _: EventPost) -> BoxFuture<'_, Result<(), WriteError>> {
        unreachable!("only the Lease is asked for")
    }
}

/// Two hours with a server that is away for a while, or never answers one request: when it was asked, and
/// when the Lease was seen won and lost, each time by the next request.
fn two_hours(away: (u64, u64), hangs: Option<usize>) -> (Vec<f64>, Vec<(f64, bool)>) {
    let clock = Clockwork::default();
    let (tell, standing) = watch::channel(Standing::default());
    let server = Arc::new(Server {
        clock: clock.clone(),
        away,
        hangs,
        lease: Mutex::default(),
        asked: Mutex::default(),
        standing,
        seen: Mutex::default(),
    });
    let holder = Holder {
        cluster: server.clone(),
        clock: Arc::new(clock),
        name: LeaseName { namespace: "trimtab".into(), name: "trimtab".into() },
        identity: "me".into(),
        term: Term::default(),
    };
    assert!(holder.hold(&tell).now_or_never().is_none(), "it holds for ever");
    let asked = server.asked.lock().expect("no panic").clone();
    let seen = server.seen.lock().expect("no panic").clone();
    (asked, seen)
}

/// How much later than it happened a change is seen: the pause between two renewals.
const SEEN: f64 = 2.0;

#[test]
fn an_hour_without_a_server_costs_few_attempts() {
    let (asked, seen) = two_hours((100, 100 + HOUR), None);
    let within = asked.iter().filter(|second| (100.0..3_700.0).contains(*second)).count();
    assert!((400..500).contains(&within), "{within}");
    let again = seen.last().expect("it was seen");
    assert!(again.1 && again.0 <= 3_708.0 + SEEN, "{seen:?}");
}

#[test]
fn a_server_that_is_away_for_seconds_is_asked_again_within_seconds() {
    for seconds in 1..30_u32 {
        let (_, seen) = two_hours((100, 100 + u64::from(seconds)), None);
        let lost = seen.iter().skip(1).find(|(_, held)| !held);
        let again = seen.last().expect("it was seen");
        assert!(again.1 && again.0 <= f64::from(108 + seconds) + SEEN, "{seconds}: {seen:?}");
        // The margin of the term is 3 s, and the last renewal may be 2 s old.
        assert!(lost.is_some() || seconds <= 3, "{seconds}: {seen:?}");
    }
}

#[test]
fn a_request_that_hangs_does_not_cost_the_term() {
    for hangs in 10..20 {
        let (asked, seen) = two_hours((0, 0), Some(hangs));
        assert!(asked.len() > 7_000, "{hangs}: it goes on");
        let lost = seen.iter().skip_while(|(_, held)| !held).find(|(_, held)| !held);
        assert_eq!(lost, None, "{hangs}");
    }
}
