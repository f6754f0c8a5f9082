//! What holding the Lease costs while the API server is away, and how soon it is held again.

use super::*;
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use serde_json::Value;
use std::sync::Mutex;
use trimtab_model::{FieldManager, Name, Namespace};
use trimtab_ports::cluster::{
    Apply, ApplyAnswer, Delete, Discovery, EventPost, JsonPatch, MergePatch, SecretData, Target,
    Terms, WatchEvent, WatchRequest,
};
use trimtab_sync::{Failure, Outcome};

const HOUR: u64 = 3_600;

/// A clock on which whoever sleeps has slept already, until the end of the test.
#[derive(Default)]
struct Clockwork(Mutex<Duration>);

impl Clock for Clockwork {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(0).expect("the beginning")
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::since_start(*self.0.lock().expect("no panic"))
    }

    fn sleep_until(&self, moment: Monotonic) -> BoxFuture<'static, ()> {
        let slept = moment.since(Monotonic::since_start(Duration::ZERO));
        *self.0.lock().expect("no panic") = slept;
        let is_over = slept > Duration::from_hours(2);
        if is_over { std::future::pending().boxed() } else { std::future::ready(()).boxed() }
    }
}

/// A server with one Lease, away from one second to another.
struct Server {
    clock: Arc<Clockwork>,
    away: (u64, u64),
    lease: Mutex<Option<Lease>>,
    /// When it was asked.
    asked: Mutex<Vec<f64>>,
}

impl Server {
    fn answers(&self) -> bool {
        let second =
            self.clock.monotonic().since(Monotonic::since_start(Duration::ZERO)).as_secs_f64();
        self.asked.lock().expect("no panic").push(second);
        let away = Duration::from_secs(self.away.0).as_secs_f64()
            ..Duration::from_secs(self.away.1).as_secs_f64();
        !away.contains(&second)
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
        std::future::ready(answer).boxed()
    }

    fn create_lease(&self, lease: Lease, _: Monotonic) -> BoxFuture<'_, Result<Lease, WriteError>> {
        std::future::ready(self.write(lease)).boxed()
    }

    fn update_lease(&self, lease: Lease, _: Monotonic) -> BoxFuture<'_, Result<Lease, WriteError>> {
        std::future::ready(self.write(lease)).boxed()
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

/// Two hours with a server that is away for a while: when it was asked, and when the Lease was won and
/// lost.
fn two_hours(away: (u64, u64)) -> (Vec<f64>, Vec<(u64, bool)>) {
    let clock = Arc::new(Clockwork::default());
    let server = Arc::new(Server {
        clock: clock.clone(),
        away,
        lease: Mutex::default(),
        asked: Mutex::default(),
    });
    let holder = Holder {
        cluster: server.clone(),
        clock: clock.clone(),
        name: LeaseName { namespace: "trimtab".into(), name: "trimtab".into() },
        identity: "me".into(),
        term: Term::default(),
    };
    let told = Mutex::new(Vec::new());
    let tell = |held| {
        let second = clock.monotonic().since(Monotonic::since_start(Duration::ZERO)).as_secs();
        told.lock().expect("no panic").push((second, held));
    };
    assert!(holder.hold(tell).now_or_never().is_none(), "it holds for ever");
    let asked = server.asked.lock().expect("no panic").clone();
    (asked, told.into_inner().expect("no panic"))
}

#[test]
fn an_hour_without_a_server_costs_few_attempts() {
    let (asked, told) = two_hours((100, 100 + HOUR));
    let within = asked.iter().filter(|second| (100.0..100.0 + 3_600.0).contains(*second)).count();
    assert!((400..500).contains(&within), "{within}");
    let again = told.last().expect("it was told");
    assert!(again.1 && again.0 <= 100 + HOUR + 8, "{told:?}");
}

#[test]
fn a_server_that_is_away_for_seconds_is_asked_again_within_seconds() {
    for seconds in 1..30 {
        let (_, told) = two_hours((100, 100 + seconds));
        let lost = told.iter().find(|(_, held)| !held);
        let again = told.last().expect("it was told");
        assert!(again.1 && again.0 <= 100 + seconds + 8, "{seconds}: {told:?}");
        // The margin of the term is 3 s, and the last renewal may be 2 s old.
        assert!(lost.is_some() || seconds <= 3, "{seconds}: {told:?}");
    }
}
