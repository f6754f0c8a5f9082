//! How many writes are under way, and whose turn it is.

use crate::fixtures::{apply, config, config_target, options};
use crate::script::{Log, Reply, Seen, beside_discovery, cluster_with, status};
use crate::seams::now;
use futures::future::{FutureExt as _, join_all};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use trimtab_cluster::{Cluster, Options};
use trimtab_ports::clock::Monotonic;
use trimtab_ports::cluster::{
    Apply, ApplyAnswer, Cluster as _, Lease, LeaseName, Mode, PartOfWork, Right, Term, Terms,
};

/// Every answer takes this long.
const ANSWER: Duration = Duration::from_millis(100);

/// A server that counts what is under way.
#[derive(Clone, Default)]
struct Busy {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Busy {
    fn reply(&self, seen: &Seen) -> Reply {
        let under_way = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(under_way, Ordering::SeqCst);
        let mut object = seen.body.clone();
        object["metadata"]["uid"] = json!("u");
        object["metadata"]["resourceVersion"] = json!("7");
        let now = self.now.clone();
        let moment = async move {
            tokio::time::sleep(ANSWER).await;
            now.fetch_sub(1, Ordering::SeqCst);
        };
        Reply::Later(moment.boxed(), Box::new(Reply::Json(201, object)))
    }

    fn most(&self) -> usize {
        self.most.swap(0, Ordering::SeqCst)
    }
}

/// The creation of a ConfigMap, on terms of its own.
fn creation(lane: &str, name: &str, change: impl FnOnce(&mut Terms)) -> Apply {
    let body = config("shop", name, &json!({}));
    let mut apply = apply(config_target("shop", name), &body, Mode::Create);
    apply.terms.lane = lane.into();
    change(&mut apply.terms);
    apply
}

async fn write(cluster: &Cluster, lane: &str, name: &str) -> ApplyAnswer {
    cluster.apply(creation(lane, name, |_| {})).await
}

/// A server that counts, asked once already, so that the next write asks for nothing else.
async fn asked_once(options: Options) -> (Cluster, Log, Busy) {
    let busy = Busy::default();
    let server = busy.clone();
    let (cluster, log) = cluster_with(options, beside_discovery(move |seen| server.reply(seen)));
    write(&cluster, "shop", "first").await;
    busy.most();
    (cluster, log, busy)
}

/// One write at a time.
fn one_by_one() -> Options {
    Options { writes_in_flight_max: 1, ..options() }
}

/// So long after the beginning.
fn after(milliseconds: u64) -> Monotonic {
    Monotonic::since_start(Duration::from_millis(milliseconds))
}

fn names(log: &Log) -> Vec<String> {
    let writes = log.all().into_iter().filter(|seen| seen.method == "PATCH");
    writes.map(|seen| seen.path.rsplit('/').next().expect("a name").to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn no_more_writes_are_under_way_than_the_limit() {
    let (cluster, log, busy) = asked_once(options()).await;
    let names_of: Vec<String> = (0..40).map(|number| format!("n{number}")).collect();
    join_all(names_of.iter().map(|name| write(&cluster, "shop", name))).await;
    assert_eq!(busy.most(), 8);
    assert_eq!(names(&log).len(), 41);
}

#[tokio::test(start_paused = true)]
async fn applications_take_turns() {
    let (cluster, log, _) = asked_once(one_by_one()).await;
    let many = (0..20).map(|number| ("many", format!("m{number}")));
    let few = (0..2).map(|number| ("few", format!("f{number}")));
    let all: Vec<_> = many.chain(few).collect();
    join_all(all.iter().map(|(lane, name)| write(&cluster, lane, name))).await;
    let mut expected = vec!["first".to_owned()];
    // One went before anybody waited; a turn is sixteen.
    expected.extend((0..=16).map(|number| format!("m{number}")));
    expected.extend(["f0", "f1", "m17", "m18", "m19"].map(str::to_owned));
    assert_eq!(names(&log), expected);
}

#[tokio::test(start_paused = true)]
async fn work_that_has_begun_goes_first_and_beginners_are_not_starved() {
    let (cluster, log, _) = asked_once(one_by_one()).await;
    let begin = |name: &'static str| {
        let cluster = cluster.clone();
        let apply = creation(name, name, |terms| terms.part = PartOfWork::Begins);
        async move { drop(cluster.apply(apply).await) }
    };
    let going = async {
        let all: Vec<_> = (0..40).map(|number| format!("g{number}")).collect();
        join_all(all.iter().map(|name| write(&cluster, "going", name))).await
    };
    futures::join!(going, begin("b0"), begin("b1"));
    let mut expected = vec!["first".to_owned()];
    // One went before anybody waited.
    expected.extend((0..=32).map(|number| format!("g{number}")));
    expected.push("b0".to_owned());
    expected.extend((33..40).map(|number| format!("g{number}")));
    expected.push("b1".to_owned());
    assert_eq!(names(&log), expected);
}

#[tokio::test(start_paused = true)]
async fn a_429_is_obeyed_and_halves_what_is_under_way_until_it_goes_well() {
    let busy = Busy::default();
    let server = busy.clone();
    let refuse = Arc::new(Mutex::new(false));
    let refusing = refuse.clone();
    let (cluster, log) = cluster_with(
        options(),
        beside_discovery(move |seen| {
            if std::mem::take(&mut *refusing.lock().expect("no panic")) {
                let body = status(429, "TooManyRequests", "later");
                return Reply::With(429, vec![("retry-after", "3")], body);
            }
            server.reply(seen)
        }),
    );
    write(&cluster, "shop", "first").await;
    *refuse.lock().expect("no panic") = true;
    let ApplyAnswer::Failed(failure) = write(&cluster, "shop", "refused").await else {
        panic!("it was not refused");
    };
    assert_eq!(failure.class, trimtab_model::Class::Retry);
    busy.most();
    let begun = now();
    let names_of: Vec<String> = (0..4).map(|number| format!("n{number}")).collect();
    join_all(names_of.iter().map(|name| write(&cluster, "shop", name))).await;
    assert!(begun.elapsed() >= Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(busy.most(), 4);
    assert_eq!(names(&log).len(), 6);
    // It grows by one in each round of writes that went well.
    let names_of: Vec<String> = (0..200).map(|number| format!("g{number}")).collect();
    join_all(names_of.iter().map(|name| write(&cluster, "shop", name))).await;
    assert_eq!(busy.most(), 8);
}

#[tokio::test(start_paused = true)]
async fn the_refusals_of_one_round_halve_what_is_under_way_once() {
    let busy = Busy::default();
    let (server, left) = (busy.clone(), Arc::new(AtomicUsize::new(0)));
    let refusals = left.clone();
    let (cluster, _) = cluster_with(
        options(),
        beside_discovery(move |seen| {
            let one_less = |left: usize| left.checked_sub(1);
            if refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_err() {
                return server.reply(seen);
            }
            let body = status(429, "TooManyRequests", "later");
            let refusal = Reply::With(429, vec![("retry-after", "3")], body);
            Reply::Later(tokio::time::sleep(ANSWER).boxed(), Box::new(refusal))
        }),
    );
    write(&cluster, "shop", "first").await;
    left.store(8, Ordering::SeqCst);
    for most in [0, 4] {
        busy.most();
        join_all((0..8).map(|_| write(&cluster, "shop", "web"))).await;
        assert_eq!(busy.most(), most);
    }
}

#[tokio::test(start_paused = true)]
async fn who_stops_waiting_leaves_the_queue_and_sends_nothing() {
    let (cluster, log, _) = asked_once(one_by_one()).await;
    let gone = tokio::time::timeout(Duration::from_millis(50), write(&cluster, "shop", "gone"));
    let both = futures::future::join(write(&cluster, "shop", "second"), gone).await;
    assert!(both.1.is_err());
    write(&cluster, "shop", "third").await;
    assert_eq!(names(&log), ["first", "second", "third"]);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_waits_past_its_time_is_not_sent() {
    let (cluster, log, _) = asked_once(one_by_one()).await;
    let late = creation("shop", "late", |terms| terms.term = Term::until(after(150)));
    let late = cluster.apply(late);
    let both = futures::future::join(write(&cluster, "shop", "second"), late).await;
    assert!(matches!(both.1, ApplyAnswer::Failed(_)));
    assert_eq!(names(&log), ["first", "second"]);
}

#[tokio::test(start_paused = true)]
async fn a_late_renewal_of_the_lease_is_waited_for() {
    let (cluster, log, _) = asked_once(options()).await;
    let term = Term::until(after(1));
    let second = creation("shop", "second", |terms| terms.term = term.clone());
    let renewal = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(names(&log), ["first"], "nothing is sent outside of the term");
        term.set(after(60_000));
    };
    let (answer, ()) = futures::future::join(cluster.apply(second), renewal).await;
    assert!(matches!(answer, ApplyAnswer::Applied { .. }));
    assert_eq!(names(&log), ["first", "second"]);
}

#[tokio::test(start_paused = true)]
async fn a_write_of_a_term_that_has_ended_does_not_begin_in_the_next_one() {
    let (cluster, log, _) = asked_once(options()).await;
    let term = Term::until(after(1));
    let second = creation("shop", "second", |terms| terms.term = term.present());
    let next = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        term.end();
        term.set(after(60_000));
    };
    let (answer, ()) = futures::future::join(cluster.apply(second), next).await;
    assert!(matches!(answer, ApplyAnswer::Failed(_)));
    assert_eq!(names(&log), ["first"]);
}

#[tokio::test(start_paused = true)]
async fn a_lease_waits_behind_no_other_write() {
    let (cluster, _) = cluster_with(
        one_by_one(),
        beside_discovery(|seen| {
            let is_lease = seen.path.contains("/leases");
            if is_lease { Reply::Json(201, seen.body.clone()) } else { Reply::Never }
        }),
    );
    let lease = Lease {
        name: LeaseName { namespace: "trimtab".into(), name: "shard-0".into() },
        resource_version: None,
        holder: Some("me".into()),
        duration: Duration::from_secs(6),
        acquired: None,
        renewed: None,
        transitions: 0,
        annotations: [].into(),
    };
    let begun = now();
    let stuck = write(&cluster, "shop", "stuck");
    let renewed = cluster.create_lease(lease, Monotonic::NEVER);
    let ((), ApplyAnswer::Uncertain(_)) = futures::future::join(
        async {
            renewed.await.expect("created");
            assert!(begun.elapsed() < Duration::from_millis(1));
        },
        stuck,
    )
    .await
    else {
        panic!("the server never answers")
    };
}

#[tokio::test(start_paused = true)]
async fn requests_are_counted_by_verb_resource_and_code() {
    let (cluster, ..) = asked_once(options()).await;
    write(&cluster, "shop", "second").await;
    let counts = cluster.requests().counts();
    let shown: Vec<String> = counts
        .iter()
        .map(|one| {
            format!("{} {} {} {}", one.kind.verb, one.kind.resource, one.kind.code, one.count)
        })
        .collect();
    assert_eq!(shown, ["apply configmaps 201 2", "get discovery 200 1"]);
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_its_turn_is_dropped_when_its_application_is_gone() {
    let (cluster, log, _) = asked_once(one_by_one()).await;
    let right = Right::default();
    let ours = |name: String| {
        let cluster = cluster.clone();
        let apply = creation("shop", &name, |terms| terms.term = terms.term.within(&right));
        async move { cluster.apply(apply).await }
    };
    let gone = async {
        tokio::time::sleep(ANSWER / 2).await;
        right.end();
    };
    let many = join_all((0..40).map(|number| ours(format!("n{number}"))));
    let (answers, other, ()) = futures::join!(many, write(&cluster, "other", "o"), gone);
    // The one that was under way has come to its end.
    let applied = |answer: &&ApplyAnswer| matches!(answer, ApplyAnswer::Applied { .. });
    assert_eq!(answers.iter().filter(applied).count(), 1);
    let said = "the sync was stopped before the write's turn came";
    let dropped =
        |a: &&ApplyAnswer| matches!(a, ApplyAnswer::Failed(failure) if failure.message == said);
    assert_eq!(answers.iter().filter(dropped).count(), 39);
    assert!(applied(&&other), "{other:?}");
    assert_eq!(names(&log), ["first", "n0", "o"]);
}
