//! How a world must end once nothing goes wrong any more: as desired, and at rest.

use crate::model::{Door, Snapshot, Wanted};
use crate::objects::{FINALIZER, difference, path};
use crate::ownership::{Called, inventory, owners};
use crate::people;
use crate::world::World;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// For how many looks of five seconds a world may take to become as desired.
const LOOKS_MAX: usize = 360;

/// Waits until everything is as desired; says what is not, if it takes too long.
pub async fn converge(world: &Arc<World>) -> bool {
    let mut wrong = Vec::new();
    for look in 0..LOOKS_MAX {
        world.pause(5_000).await;
        release(world).await;
        if look % 12 == 4 {
            ask(world).await;
        }
        // A rewritten branch holds prunes until its next commit.
        if look == 14 {
            people::commit_all(world, "the last");
        }
        wrong = problems(world).await;
        if wrong.is_empty() {
            return true;
        }
    }
    accuse_all(world, wrong);
    false
}

/// Says what has not become as desired.
fn accuse_all(world: &World, wrong: Vec<String>) {
    for what in wrong {
        world.judge.accuse(world.now(), "end", what);
    }
}

/// Asks for what nobody does by itself: syncs of manual applications, of those that gave up, of those
/// that leave drift to people, and of those that would remove everything; and once more for a person's
/// own sync that failed.
async fn ask(world: &Arc<World>) {
    let apps = world.model().apps.clone();
    for app in apps.iter().filter(|app| app.exists && app.door == Door::First) {
        let Some(resource) = world.person.get(&app.owner()).await else { continue };
        let state = &resource["status"]["operationState"];
        let running = state["phase"] == "Running";
        let out = resource["status"]["sync"]["status"] == "OutOfSync";
        let failed = matches!(state["phase"].as_str(), Some("Failed" | "Error"));
        let by_person = state["operation"]["initiatedBy"]["username"].is_string();
        let wipes_out = app.prune && app.files.is_empty();
        let by_itself = app.automated && app.self_heal && !failed && !wipes_out;
        let wanted = (out && !by_itself) || (failed && by_person);
        if wanted && !running && resource.get("operation").is_none() {
            people::ask_for_sync(world, &app.owner(), true).await;
        }
    }
}

/// Takes the finalizer off what is to go and waits for a person.
async fn release(world: &Arc<World>) {
    for object in everything(world).await {
        let metadata = &object["metadata"];
        let waits = metadata["deletionTimestamp"].is_string()
            && metadata["finalizers"].as_array().is_some_and(|f| f.contains(&FINALIZER.into()));
        if waits {
            let patch = json!({"metadata": {"finalizers": null}});
            world.person.merge(&path(&object), "kubectl-edit", &patch).await;
        }
    }
}

/// All objects of the sorts that applications have.
async fn everything(world: &World) -> Vec<Value> {
    let collections = [
        "/api/v1/configmaps",
        "/api/v1/secrets",
        "/api/v1/services",
        "/apis/apps/v1/deployments",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    ];
    let mut all = Vec::new();
    for collection in collections {
        let body = world.person.get(collection).await.unwrap_or_default();
        let kind = body["kind"].as_str().unwrap_or_default().trim_end_matches("List").to_owned();
        for mut item in body["items"].as_array().cloned().unwrap_or_default() {
            item["apiVersion"] = body["apiVersion"].clone();
            item["kind"] = kind.as_str().into();
            all.push(item);
        }
    }
    all
}

/// The same for a small story: nobody helps, and it takes seconds.
pub async fn converge_quickly(world: &Arc<World>) -> bool {
    let mut wrong = Vec::new();
    for _ in 0..240 {
        world.pause(500).await;
        wrong = problems(world).await;
        if wrong.is_empty() {
            return true;
        }
    }
    accuse_all(world, wrong);
    false
}

async fn problems(world: &World) -> Vec<String> {
    let (apps, foreign) = {
        let model = world.model();
        (model.apps.clone(), model.foreign.clone())
    };
    let mut wrong = Vec::new();
    let live: BTreeMap<Called, Value> =
        everything(world).await.into_iter().map(|object| (Called::of(&object), object)).collect();
    for app in &apps {
        let resource = world.person.get(&app.owner()).await;
        match (app.exists, resource) {
            (true, Some(resource)) => {
                wrong.extend(of_app(world, app, &resource, &live).await);
                wrong.extend(leaked(app, &apps, &resource, &live));
            }
            (true, None) => wrong.push(format!("{} is not there", app.name)),
            (false, Some(_)) => wrong.push(format!("{} is deleted and still there", app.name)),
            (false, None) => wrong.extend(remains(world, app, &apps, &live)),
        }
    }
    for (path, uid) in foreign {
        let there = world.person.get(&path).await;
        if there.is_none_or(|object| object["metadata"]["uid"] != uid.as_str()) {
            wrong.push(format!("{path}, which a person made, is not there"));
        }
    }
    wrong
}

async fn of_app(
    world: &World,
    app: &Wanted,
    resource: &Value,
    live: &BTreeMap<Called, Value>,
) -> Vec<String> {
    let status = &resource["status"];
    let mut wrong = Vec::new();
    let mut must = |is: bool, what: String| {
        if !is {
            wrong.push(format!("{}: {what}", app.name));
        }
    };
    let conditions = status["conditions"].as_array().into_iter().flatten();
    let kinds: Vec<&str> = conditions.filter_map(|condition| condition["type"].as_str()).collect();
    for passes in ["Contended", "ContendedWarning", "DeletionError", "DeletionFailed"] {
        must(!kinds.contains(&passes), format!("still says {passes}"));
    }
    match app.door {
        Door::First => {
            let state = &status["operationState"];
            let keeps = keeps(app, resource, live);
            must(
                status["sync"]["status"] == "Synced" || keeps,
                format!("is {} with {}", status["sync"]["status"], status["conditions"]),
            );
            must(
                status["health"]["status"] == "Healthy" || keeps,
                format!("is {}", status["health"]),
            );
            must(
                resource.get("operation").is_none(),
                "has not begun what was asked for".to_owned(),
            );
            let synced = is_newest(world, app, &status["sync"]["revision"]);
            must(synced, "is at an old revision".to_owned());
            must(
                state["phase"] == "Succeeded" || state.is_null(),
                format!("{} {}", state["phase"], state["message"]),
            );
        }
        Door::Second => {
            let ready = status["conditions"].as_array().into_iter().flatten();
            let ready = ready.into_iter().find(|condition| condition["type"] == "Ready");
            must(
                ready.is_some_and(|ready| ready["status"] == "True"),
                format!("is not ready: {}", ready.map_or(&Value::Null, |ready| &ready["message"])),
            );
            let applied = is_newest(world, app, &status["lastAppliedRevision"]);
            must(applied, "has applied an old revision".to_owned());
        }
    }
    wrong.extend(of_objects(world, app, &app.snapshot()).await);
    wrong
}

/// Whether a commit says of an application what the newest one says: others need not be told.
fn is_newest(world: &World, app: &Wanted, revision: &Value) -> bool {
    let commit = crate::checks::commit(revision);
    let model = world.model();
    let said = commit.and_then(|commit| model.snapshot(&app.owner(), &commit).cloned());
    said.is_some_and(|said| !said.broken && said.objects == app.snapshot().objects)
}

async fn of_objects(world: &World, app: &Wanted, snapshot: &Snapshot) -> Vec<String> {
    let mut wrong = Vec::new();
    for (called, document) in &snapshot.objects {
        let live = world.person.get(&path(document)).await;
        let what = match &live {
            None => Some("is not there".to_owned()),
            Some(live) if live["metadata"]["deletionTimestamp"].is_string() => {
                Some("goes away".to_owned())
            }
            Some(live) if app.marks(called) && !owners(live).contains(&app.owner()) => {
                Some("is another's".to_owned())
            }
            Some(live) => difference(document, live, ""),
        };
        wrong.extend(what.map(|what| format!("{}: {called} {what}", app.name)));
    }
    wrong
}

/// Whether something that Git no longer has stays by its people's wish: not pruned, or asked to stay.
/// What has no status is not compared: a definition that is not desired and carries no mark.
fn keeps(app: &Wanted, resource: &Value, live: &BTreeMap<Called, Value>) -> bool {
    let empties = app.prune && app.snapshot().objects.is_empty();
    let resources = resource["status"]["resources"].as_array();
    let compared = resources.into_iter().flatten().filter(|entry| entry["status"].is_string());
    let mut out = compared.filter(|entry| entry["status"] != "Synced").peekable();
    out.peek().is_some()
        && out.all(|entry| {
            let asked = live.get(&named(entry)).is_some_and(asks_to_stay);
            entry["requiresPruning"] == true && (!empties || asked)
        })
}

/// The object of an entry of an Application's status.
fn named(entry: &Value) -> Called {
    let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    Called {
        group: text("group"),
        kind: text("kind"),
        namespace: text("namespace"),
        name: text("name"),
    }
}

/// Whether an object says that nothing prunes it.
fn asks_to_stay(object: &Value) -> bool {
    object["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] == "Prune=false"
}

/// What an application that prunes has not pruned.
fn leaked(
    app: &Wanted,
    apps: &[Wanted],
    resource: &Value,
    live: &BTreeMap<Called, Value>,
) -> Vec<String> {
    if !app.prune || !app.automated {
        return Vec::new();
    }
    let desired = app.snapshot().objects;
    let listed = inventory(resource).unwrap_or_default();
    let stays = |called: &&Called| {
        let object = live.get(called);
        !desired.contains_key(called)
            && !wanted(apps, called)
            && object.is_some_and(|object| {
                !asks_to_stay(object) && owners(object).contains(&app.owner())
            })
    };
    listed.iter().filter(stays).map(|called| format!("{} still has {called}", app.name)).collect()
}

/// Whether some application wants an object.
fn wanted(apps: &[Wanted], called: &Called) -> bool {
    apps.iter().any(|app| app.exists && app.snapshot().objects.contains_key(called))
}

/// What a deleted application that takes its objects with it has left behind.
///
/// What another application wanted when this one went stays (P3), also where that one never came to
/// apply it and does not want it any more.
fn remains(
    world: &World,
    app: &Wanted,
    apps: &[Wanted],
    live: &BTreeMap<Called, Value>,
) -> Vec<String> {
    let cascades = match app.door {
        Door::First => app.cascade,
        Door::Second => app.prune,
    };
    if !cascades {
        return Vec::new();
    }
    let left = app.snapshot().objects.into_keys().filter(|called| {
        let object = live.get(called);
        !wanted(apps, called)
            && !world.model().was_wanted_by_another(&app.owner(), called)
            && object.is_some_and(|object| {
                !asks_to_stay(object) && owners(object).contains(&app.owner())
            })
    });
    left.map(|called| format!("{} is gone and has left {called}", app.name)).collect()
}

/// Nothing is written any more, and nothing after a restart.
pub async fn rest(world: &Arc<World>) {
    // The newest commit may be seen only at the source's next look.
    world.pause(60_000).await;
    let before = last_write(world);
    world.pause(LONGER_THAN_INTERVALS_MS).await;
    if last_write(world) != before {
        accuse(world, "P7", "is written at rest");
        return;
    }
    world.stop("a");
    world.start("a");
    world.pause(BEGUN_MS).await;
    if last_write(world) != before {
        accuse(world, "P16", "is written after a restart");
    }
}

/// Nothing is written for a while: after each of hundreds of deaths nothing longer is asked.
pub async fn rest_briefly(world: &Arc<World>) {
    world.pause(10_000).await;
    let before = last_write(world);
    world.pause(20_000).await;
    if last_write(world) != before {
        accuse(world, "P7", "is written at rest");
    }
}

/// How long nothing may happen at rest: longer than the interval of any Kustomization.
const LONGER_THAN_INTERVALS_MS: u64 = 150_000;

/// How long a process that has begun is watched: the Lease is free after 8 s, and what there is to say
/// is said soon.
const BEGUN_MS: u64 = 45_000;

/// When something was written last, in milliseconds.
fn last_write(world: &World) -> u64 {
    world.last_write.load(Ordering::SeqCst)
}

fn accuse(world: &World, rule: &'static str, what: &str) {
    let last = last_write(world);
    world.judge.accuse(world.now(), rule, format!("something {what}, last at {last} ms"));
}
