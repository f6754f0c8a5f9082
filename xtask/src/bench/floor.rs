//! The floor: the requests that N applications need and no more, from a program that decides nothing.

use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use anyhow::bail;
use serde::Serialize;
use serde_json::{Value, json};
use trimtab_testkit::https::{Client, Connection};

use super::heal::{self, Heal};
use super::lab::Lab;
use super::manifests::{APPLICATIONS, DEPLOYMENTS, SERVICES, TARGET, application, name, objects};
use super::stages::post;

/// How many clients write; as many as the operator has writes in flight.
const WRITERS: u32 = 8;
/// Under which manager.
const MANAGER: &str = "floor";
/// What stands for a commit.
const REVISION: &str = "0000000000000000000000000000000000000000";
/// How often to look whether the Deployments have been seen by their controller.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// The figures of the floor.
#[derive(Debug, Serialize)]
pub struct Floor {
    /// From the first Application to the last Deployment that its controller has seen.
    pub seconds: f64,
    /// Requests for one application: two status writes, four applies, one event.
    pub requests_each: f64,
    /// A deleted Service is applied again by whoever watches.
    pub heal: Option<Heal>,
}

/// Measures it on a control plane of its own.
pub fn measure(folder: &Path, program: &Path, count: u32, heal: u32) -> anyhow::Result<Floor> {
    std::fs::create_dir_all(folder)?;
    let lab = Lab::start(&folder.join("control-plane"), program)?;
    let who = lab.measured()?;
    let before = lab.requests()?;
    let begin = Instant::now();
    write_all(&lab, &who, count)?;
    while !are_seen(&lab)? {
        thread::sleep(LOOK_EVERY);
    }
    let seconds = begin.elapsed().as_secs_f64();
    let requests: u64 = lab.requests()?.since(&before).values().sum();
    healer(&lab, &who)?;
    let heal = heal::measure(&lab, count, heal)?;
    // A count of requests is far below 2^52.
    #[expect(clippy::cast_precision_loss, reason = "the count is small")]
    let requests_each = requests as f64 / f64::from(count);
    Ok(Floor { seconds, requests_each, heal })
}

/// Creates all Applications, and writes for each what it needs as soon as it is there.
fn write_all(lab: &Lab, who: &Client, count: u32) -> anyhow::Result<()> {
    let (tell, created) = channel::<u32>();
    let created = Mutex::new(created);
    thread::scope(|scope| {
        let writers: Vec<_> =
            (0..WRITERS).map(|_| scope.spawn(|| write(who.connect(), &created))).collect();
        let url = "http://127.0.0.1/environment.git";
        let posted = post(
            &lab.admin,
            count,
            |number| application(number, url),
            |number| {
                // The writers are there until the last has been told.
                let _ = tell.send(number);
            },
        );
        drop(tell);
        let joined = |writer: ScopedJoinHandle<'_, anyhow::Result<()>>| {
            writer.join().unwrap_or_else(|_| bail!("a writer died"))
        };
        posted.and(writers.into_iter().try_for_each(joined))
    })
}

fn write(mut connection: Connection, created: &Mutex<Receiver<u32>>) -> anyhow::Result<()> {
    loop {
        let next = created.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(number) = next else { return Ok(()) };
        let name = name(number);
        let resource = format!("{APPLICATIONS}/{name}");
        let merge = "application/merge-patch+json";
        connection.must("PATCH", &resource, merge, &status(&name, "Running"))?;
        for object in objects(&name, "1") {
            apply(&mut connection, object.collection, &name, &marked(object.body, &name))?;
        }
        connection.must("PATCH", &resource, merge, &status(&name, "Succeeded"))?;
        let events = format!("/api/v1/namespaces/{TARGET}/events");
        connection.must("POST", &events, "application/json", &event(&name))?;
    }
}

fn apply(
    connection: &mut Connection,
    collection: &str,
    name: &str,
    body: &Value,
) -> anyhow::Result<()> {
    let path = format!("{collection}/{name}?fieldManager={MANAGER}&force=true");
    connection.must("PATCH", &path, "application/apply-patch+yaml", body)?;
    Ok(())
}

fn marked(mut body: Value, name: &str) -> Value {
    let mark = format!("{name}:x/y:{TARGET}/{name}");
    body["metadata"]["annotations"] = json!({"argocd.argoproj.io/tracking-id": mark});
    body
}

fn status(name: &str, phase: &str) -> Value {
    let now = "2026-01-01T00:00:00Z";
    let synced = if phase == "Succeeded" { "Synced" } else { "OutOfSync" };
    let kinds =
        [("", "ConfigMap"), ("", "ServiceAccount"), ("", "Service"), ("apps", "Deployment")];
    let resources = kinds.map(|(group, kind)| {
        json!({"group": group, "version": "v1", "kind": kind, "namespace": TARGET, "name": name,
               "status": synced})
    });
    json!({"status": {
        "sync": {
            "status": synced, "revision": REVISION,
            "comparedTo": {
                "source": {"repoURL": "http://127.0.0.1/environment.git", "path": name},
                "destination": {"namespace": TARGET},
            },
        },
        "health": {"status": "Healthy"},
        "reconciledAt": now,
        "resources": resources,
        "operationState": {
            "phase": phase, "startedAt": now, "message": "x".repeat(60),
            "operation": {"sync": {"revision": REVISION}},
        },
    }})
}

fn event(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Event",
        "metadata": {"generateName": format!("{name}.")},
        "type": "Normal", "reason": "OperationCompleted", "message": "synced",
        "source": {"component": MANAGER},
        "involvedObject": {
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "name": name,
            "namespace": TARGET,
        },
    })
}

/// Whether the controller of Deployments has seen all of them: then they are healthy.
fn are_seen(lab: &Lab) -> anyhow::Result<bool> {
    let list = lab.admin.read(DEPLOYMENTS)?;
    let mut items = list["items"].as_array().into_iter().flatten();
    Ok(items.all(|one| one["status"]["observedGeneration"] == one["metadata"]["generation"]))
}

/// Applies every Service that is deleted again, as long as the process lives.
fn healer(lab: &Lab, who: &Client) -> anyhow::Result<()> {
    let events = lab.watch(who, SERVICES)?;
    let mut connection = who.connect();
    thread::spawn(move || {
        for event in events.filter(|event| event["type"] == "DELETED") {
            let name = event["object"]["metadata"]["name"].as_str().unwrap_or_default();
            let [_, _, service, _] = objects(name, "1");
            // One that cannot be applied is not back in time, and that is told.
            let _ = apply(&mut connection, SERVICES, name, &marked(service.body, name));
        }
    });
    Ok(())
}
