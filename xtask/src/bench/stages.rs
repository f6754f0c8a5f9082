//! The stages that the operator goes through, and what each costs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;
use serde::Serialize;
use serde_json::Value;
use trimtab_testkit::https::Client;

use super::environment::Environment;
use super::heal::{self, Heal};
use super::lab::Lab;
use super::manifests::{APPLICATIONS, CONFIG_MAPS, name};
use super::operator::Operator;
use super::restart::Restarts;
use super::usage::millicores;

/// How many clients create Applications.
pub const POSTERS: u32 = 4;
/// How long creation may take for four objects, and at least.
const READY_EACH_MAX: Duration = Duration::from_millis(500);
const READY_LEAST_MAX: Duration = Duration::from_mins(2);
/// How long the operator goes on after the last application is ready: merged status writes, events.
const SETTLE: Duration = Duration::from_secs(3);
/// How long a commit may take until it is applied.
const APPLIED_MAX: Duration = Duration::from_mins(1);
/// What is quiet: no more CPU than this in one look.
const QUIET_SECONDS: f64 = 0.1;
/// How many looks have to be quiet.
const QUIET_LOOKS: u32 = 3;
/// The application whose file is changed.
const CHANGED: u32 = 1;

/// All figures of the operator.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// From the first Application to the last that is Synced and Healthy.
    pub creation: Creation,
    /// Nothing happens.
    pub rest: Option<Rest>,
    /// Services are deleted.
    pub heal: Option<Heal>,
    /// One file changes.
    pub commit: Commit,
    /// The operator is ended and started again.
    pub restarts: Restarts,
}

/// What creation costs.
#[derive(Debug, Serialize)]
pub struct Creation {
    /// From the first create to the last Synced and Healthy.
    pub seconds: f64,
    /// CPU of the operator, its start subtracted.
    pub cpu_seconds: f64,
    /// The most memory of the operator so far.
    pub peak_mib: f64,
    /// Its API requests since its start, Leases apart.
    pub requests: BTreeMap<String, u64>,
    /// Requests to the Git server.
    pub git_requests: u64,
}

/// What rest costs.
#[derive(Debug, Serialize)]
pub struct Rest {
    /// How long it was looked at.
    pub seconds: f64,
    /// CPU.
    pub millicores: f64,
    /// API requests, Leases apart.
    pub requests: BTreeMap<String, u64>,
    /// Requests to the Git server.
    pub git_requests: u64,
    /// Memory.
    pub mib: f64,
}

/// What one commit costs.
#[derive(Debug, Serialize)]
pub struct Commit {
    /// From the webhook, right after the push, to the changed object.
    pub seconds: f64,
    /// CPU until the operator is quiet.
    pub cpu_seconds: f64,
    /// API requests until it is quiet, Leases apart.
    pub requests: BTreeMap<String, u64>,
    /// Requests to the Git server, the push apart.
    pub git_requests: u64,
}

/// What is created.
pub struct Batch<'a> {
    /// How many Applications.
    pub count: u32,
    /// How many times four objects they have.
    pub fours: u32,
    /// Each of them.
    pub resource: &'a (dyn Fn(u32) -> Value + Sync),
}

/// Creates all Applications and waits until they are well.
pub fn create(
    lab: &Lab,
    environment: &Environment,
    operator: &Operator,
    batch: &Batch<'_>,
) -> anyhow::Result<Creation> {
    let (requests, git) = (lab.requests()?, environment.server.requests());
    let events = lab.watch(&lab.admin, APPLICATIONS)?;
    let begin = Instant::now();
    let end = begin + READY_LEAST_MAX.max(READY_EACH_MAX * batch.fours);
    let last = thread::scope(|scope| {
        let posting = scope.spawn(|| post(&lab.admin, batch.count, batch.resource, |_| {}));
        let last = all_ready(events, batch.count, end);
        posting.join().unwrap_or_else(|_| bail!("a client died"))?;
        last
    })?;
    thread::sleep(SETTLE);
    let usage = operator.usage()?;
    Ok(Creation {
        seconds: (last - begin).as_secs_f64(),
        cpu_seconds: usage.cpu_seconds - operator.start.cpu_seconds,
        peak_mib: usage.peak_mib,
        requests: lab.requests()?.since(&requests),
        git_requests: environment.server.requests() - git,
    })
}

/// Creates that many Applications, from several clients, and says which is there.
pub fn post(
    who: &Client,
    count: u32,
    resource: impl Fn(u32) -> Value + Sync,
    created: impl Fn(u32) + Sync,
) -> anyhow::Result<()> {
    let next = AtomicU32::new(0);
    let client = || -> anyhow::Result<()> {
        let mut connection = who.connect();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Ok(());
            }
            connection.must("POST", APPLICATIONS, "application/json", &resource(number))?;
            created(number);
        }
    };
    thread::scope(|scope| {
        let clients: Vec<_> = (0..POSTERS).map(|_| scope.spawn(client)).collect();
        clients
            .into_iter()
            .try_for_each(|one| one.join().unwrap_or_else(|_| bail!("a client died")))
    })
}

/// When the last of that many was Synced and Healthy for the first time.
fn all_ready(
    events: impl Iterator<Item = Value>,
    count: u32,
    end: Instant,
) -> anyhow::Result<Instant> {
    let mut ready = BTreeSet::new();
    for event in events {
        let application = &event["object"];
        let status = &application["status"];
        let is_well =
            status["sync"]["status"] == "Synced" && status["health"]["status"] == "Healthy";
        if let (true, Some(name)) = (is_well, application["metadata"]["name"].as_str()) {
            ready.insert(name.to_owned());
        }
        if ready.len() == count as usize {
            return Ok(Instant::now());
        }
        if Instant::now() > end {
            break;
        }
    }
    bail!("{} of {count} applications are Synced and Healthy", ready.len())
}

/// Looks at the operator while nothing happens.
pub fn rest(
    lab: &Lab,
    environment: &Environment,
    operator: &Operator,
    time: Duration,
) -> anyhow::Result<Rest> {
    quiet(operator)?;
    let (usage, requests, git) =
        (operator.usage()?, lab.requests()?, environment.server.requests());
    let begin = Instant::now();
    thread::sleep(time);
    let after = operator.usage()?;
    Ok(Rest {
        seconds: time.as_secs_f64(),
        millicores: millicores(usage, after, begin.elapsed()),
        requests: lab.requests()?.since(&requests),
        git_requests: environment.server.requests() - git,
        mib: after.mib,
    })
}

/// Deletes Services.
pub fn heal(lab: &Lab, applications: u32, count: u32) -> anyhow::Result<Option<Heal>> {
    heal::measure(lab, applications, count)
}

/// Changes one file, pushes, and tells the operator.
pub fn commit(lab: &Lab, environment: &Environment, operator: &Operator) -> anyhow::Result<Commit> {
    quiet(operator)?;
    let commits = environment.change(CHANGED, "2")?;
    let mut connection = lab.admin.connect();
    let path = format!("{CONFIG_MAPS}/{}", name(CHANGED));
    pushed(lab, environment, operator, &commits, || {
        let object = connection.must("GET", &path, "application/json", &Value::Null)?;
        Ok(object["data"]["key"] == "2")
    })
}

/// Pushes, tells the operator, and waits until it has done what the commit asks for.
pub fn pushed(
    lab: &Lab,
    environment: &Environment,
    operator: &Operator,
    commits: &[String; 2],
    mut is_applied: impl FnMut() -> anyhow::Result<bool>,
) -> anyhow::Result<Commit> {
    let (usage, requests) = (operator.usage()?, lab.requests()?);
    environment.push()?;
    let git = environment.server.requests();
    let begin = Instant::now();
    operator.pushed(&environment.url, commits)?;
    while !is_applied()? {
        if begin.elapsed() > APPLIED_MAX {
            bail!("the commit is not applied after {} s", APPLIED_MAX.as_secs());
        }
        thread::sleep(Duration::from_millis(5));
    }
    let seconds = begin.elapsed().as_secs_f64();
    quiet(operator)?;
    Ok(Commit {
        seconds,
        cpu_seconds: operator.usage()?.cpu_seconds - usage.cpu_seconds,
        requests: lab.requests()?.since(&requests),
        git_requests: environment.server.requests() - git,
    })
}

/// Waits until the operator has used next to no CPU for some seconds.
pub fn quiet(operator: &Operator) -> anyhow::Result<()> {
    let (mut looks, mut before) = (0, operator.usage()?.cpu_seconds);
    while looks < QUIET_LOOKS {
        thread::sleep(Duration::from_secs(2));
        let now = operator.usage()?.cpu_seconds;
        looks = if now - before > QUIET_SECONDS { 0 } else { looks + 1 };
        before = now;
    }
    Ok(())
}
