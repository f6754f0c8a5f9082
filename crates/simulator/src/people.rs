//! Carries out what people and other programs do.

use crate::acts::{self, Act};
use crate::chance::Chance;
use crate::model::{Door, Model, Wanted, item};
use crate::objects::{self, Item, Sort};
use crate::strangers;
use crate::world::World;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use trimtab_ports::tasks::Tasks;

/// Does one thing.
pub async fn perform(world: &Arc<World>, act: Act) {
    world.trace.line("world", format_args!("{act:?}"));
    match act {
        Act::Change | Act::Add | Act::Remove | Act::RemoveMost | Act::Break | Act::Mend => {
            commit(world, act);
        }
        Act::Revert => revert(world),
        Act::Force => force(world),
        Act::HandOver => hand_over(world),
        Act::Edit => edit(world).await,
        Act::Delete => delete(world).await,
        Act::Make => make(world).await,
        Act::Adopt => adopt(world).await,
        Act::Beside => beside(world).await,
        Act::DeleteApp => delete_app(world).await,
        Act::CreateApp => create_app(world).await,
        Act::Refresh => refresh(world).await,
        Act::Sync => sync(world).await,
        Act::Retune => retune(world).await,
        Act::Kill => kill(world),
        Act::Rival => rival(world),
        Act::GitTrouble => git_trouble(world),
        Act::DiscoveryTrouble => discovery_trouble(world),
        Act::Compact => {
            world.sandbox.compact();
            world.sandbox.cut_watches(|_| true);
        }
        Act::Stranger => {
            if let Some(index) = pick_app(world) {
                strangers::come(world, index).await;
            }
        }
    }
}

fn draw<T>(world: &World, draw: impl FnOnce(&mut Chance) -> T) -> T {
    world.chance.draw(draw)
}

/// Tells of a commit at once, or leaves it to the next look.
fn announce(world: &World, url: &str) {
    if draw(world, |chance| chance.percent(60)) {
        world.push(url);
    }
}

fn pick_app(world: &World) -> Option<usize> {
    let model = world.model();
    let live: Vec<usize> = model
        .apps
        .iter()
        .enumerate()
        .filter(|(_, app)| app.exists)
        .map(|(index, _)| index)
        .collect();
    (!live.is_empty()).then(|| draw(world, |chance| *chance.pick(&live)))
}

fn commit(world: &World, act: Act) {
    let Some(index) = pick_app(world) else { return };
    let url = {
        let mut model = world.model();
        let number = usize::try_from(model.number()).unwrap_or(0);
        let app = &mut model.apps[index];
        draw(world, |chance| change(app, act, number, chance));
        let url = app.url.clone();
        let commit = model.commit(&url, &format!("{act:?}"));
        world.trace.line("person", format_args!("commits {commit:?} to {url}"));
        url
    };
    announce(world, &url);
}

fn change(app: &mut Wanted, act: Act, number: usize, chance: &mut Chance) {
    let files: Vec<String> = app.files.keys().cloned().collect();
    if files.is_empty() && act != Act::Add {
        return;
    }
    match act {
        Act::Change => {
            let file = chance.pick(&files);
            if let Some(item) = app.files.get_mut(file) {
                item.data = chance.below(1000);
            }
        }
        Act::Add => {
            let item = item(&app.name, number + 10, chance);
            app.files.insert(format!("{}.yaml", item.name), item);
        }
        Act::Remove => {
            let file = chance.pick(&files);
            if files.len() > 1 {
                app.files.remove(file);
            }
            // Nothing can be of a kind that is not defined.
            if file == "definition.yaml" {
                app.files.remove("widget.yaml");
            }
        }
        Act::RemoveMost => {
            app.files.retain(|file, _| *file == files[0]);
        }
        Act::Break => app.broken = Some(chance.pick(&files).clone()),
        Act::Mend => app.broken = None,
        // Nothing of these is one commit to the files of one application.
        Act::Revert
        | Act::Force
        | Act::HandOver
        | Act::Edit
        | Act::Delete
        | Act::Make
        | Act::Adopt
        | Act::Beside
        | Act::DeleteApp
        | Act::CreateApp
        | Act::Refresh
        | Act::Sync
        | Act::Retune
        | Act::Kill
        | Act::Rival
        | Act::GitTrouble
        | Act::DiscoveryTrouble
        | Act::Compact
        | Act::Stranger => {}
    }
}

fn revert(world: &World) {
    let Some(index) = pick_app(world) else { return };
    let url = {
        let mut model = world.model();
        let owner = model.apps[index].owner();
        let url = model.apps[index].url.clone();
        let back = draw(world, |chance| 1 + chance.index(3));
        let mut at = model.repositories.tip(&url);
        for _ in 0..back {
            let before = at.as_ref().and_then(|commit| model.repositories.parent(&url, commit));
            at = before.or(at);
        }
        if let Some(files) = at.and_then(|commit| model.wanted.get(&(owner, commit)).cloned()) {
            (model.apps[index].files, model.apps[index].broken) = files;
        }
        let commit = model.commit(&url, "Revert");
        world.trace.line("person", format_args!("commits {commit:?} to {url}"));
        url
    };
    announce(world, &url);
}

/// The branch's last commits are replaced by another one.
fn force(world: &World) {
    let Some(index) = pick_app(world) else { return };
    let url = {
        let mut model = world.model();
        let url = model.apps[index].url.clone();
        let Some(tip) = model.repositories.tip(&url) else { return };
        let Some(parent) = model.repositories.parent(&url, &tip) else { return };
        let number = usize::try_from(model.number()).unwrap_or(0);
        let act = draw(world, |chance| *chance.pick(&[Act::Change, Act::Remove, Act::Add]));
        let app = &mut model.apps[index];
        draw(world, |chance| change(app, act, number, chance));
        let commit = model.commit_onto(&url, Some(parent), "Force");
        model.forced.insert(commit.clone());
        world.trace.line("person", format_args!("forces {commit:?} to {url}"));
        url
    };
    announce(world, &url);
}

/// An object moves from one application to another one of the same place.
fn hand_over(world: &World) {
    let Some(from) = pick_app(world) else { return };
    let urls = {
        let mut model = world.model();
        let namespace = model.apps[from].namespace.clone();
        let others: Vec<usize> = (0..model.apps.len())
            .filter(|to| *to != from && model.apps[*to].exists)
            .filter(|to| model.apps[*to].namespace == namespace)
            // Through two doors an object keeps the mark of the first: it has two owners then.
            .filter(|to| model.apps[*to].door == model.apps[from].door)
            .collect();
        let movable: Vec<String> = model.apps[from]
            .files
            .iter()
            .filter(|(_, item)| !matches!(item.sort, Sort::Definition | Sort::Widget))
            .map(|(file, _)| file.clone())
            .collect();
        if others.is_empty() || movable.is_empty() {
            return;
        }
        let to = draw(world, |chance| *chance.pick(&others));
        let file = draw(world, |chance| chance.pick(&movable).clone());
        let Some(item) = model.apps[from].files.remove(&file) else { return };
        world.trace.line("person", format_args!("moves {file} from {from} to {to}"));
        model.apps[to].files.insert(file, item);
        let (one, two) = (model.apps[from].url.clone(), model.apps[to].url.clone());
        model.commit(&one, "HandOver");
        if one != two {
            model.commit(&two, "HandOver");
        }
        [one, two]
    };
    for url in urls {
        announce(world, &url);
    }
}

/// A live object of an application: its path and what its file says.
fn pick_object(world: &World) -> Option<(String, Item)> {
    let index = pick_app(world)?;
    let model = world.model();
    let app = &model.apps[index];
    let items: Vec<&Item> =
        app.files.values().filter(|item| item.sort != Sort::Definition).collect();
    if items.is_empty() {
        return None;
    }
    let item = draw(world, |chance| (*chance.pick(&items)).clone());
    Some((place(app, &item), item))
}

/// The path of an application's object.
pub fn place(app: &Wanted, item: &Item) -> String {
    let mut document = item.document();
    if !item.is_of_cluster() {
        document["metadata"]["namespace"] = app.namespace.as_str().into();
    }
    objects::path(&document)
}

async fn edit(world: &World) {
    let Some((path, item)) = pick_object(world) else { return };
    let data = draw(world, |chance| chance.below(1000)) + 1000;
    let patch = match item.sort {
        Sort::ConfigMap => json!({"data": {"value": data.to_string()}}),
        Sort::Secret => json!({"data": {"password": "b3RoZXI="}}),
        Sort::Service => json!({"spec": {"selector": {"app": format!("other-{data}")}}}),
        Sort::Deployment => json!({"spec": {"replicas": 4 + data % 3}}),
        Sort::Definition | Sort::Widget => json!({"spec": {"size": data}}),
    };
    let (code, _) = world.person.merge(&path, "kubectl-edit", &patch).await;
    world.trace.line("person", format_args!("edits {path} -> {code}"));
}

async fn delete(world: &World) {
    let Some((path, _)) = pick_object(world) else { return };
    let (code, _) = world.person.delete(&path).await;
    world.trace.line("person", format_args!("deletes {path} -> {code}"));
}

fn config_map(namespace: &str, name: &str) -> (String, Value) {
    let path = format!("/api/v1/namespaces/{namespace}/configmaps");
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace}, "data": {"by": "hand"},
    });
    (path, object)
}

/// Makes a `ConfigMap` that nobody deploys yet.
pub async fn make_by_hand(world: &World, namespace: &str, name: &str) {
    let (collection, object) = config_map(namespace, name);
    let (code, _) = world.person.create(&collection, &object).await;
    world.trace.line("person", format_args!("makes {name} -> {code}"));
}

async fn make(world: &World) {
    let (namespace, number) =
        (draw(world, |chance| *chance.pick(&["alpha", "beta"])), world.model().number());
    let name = format!("by-hand-{number}");
    let (collection, object) = config_map(namespace, &name);
    let (code, answer) = world.person.create(&collection, &object).await;
    world.trace.line("person", format_args!("makes {name} -> {code}"));
    let uid = answer["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
    world.model().foreign.insert(format!("{collection}/{name}"), uid);
}

async fn adopt(world: &World) {
    let Some(index) = pick_app(world) else { return };
    let (namespace, item) = {
        let mut model = world.model();
        let number = model.number();
        let app = &model.apps[index];
        let item = Item {
            sort: Sort::ConfigMap,
            name: format!("{}-adopted-{number}", app.name),
            data: number,
            wave: 0,
            kept: false,
            finalizer: false,
        };
        (app.namespace.clone(), item)
    };
    make_by_hand(world, &namespace, &item.name).await;
    let url = {
        let mut model = world.model();
        let app = &mut model.apps[index];
        app.files.insert(format!("{}.yaml", item.name), item);
        let url = app.url.clone();
        model.commit(&url, "Adopt");
        url
    };
    announce(world, &url);
}

async fn beside(world: &World) {
    let Some((path, _)) = pick_object(world) else { return };
    let Some(live) = world.person.get(&path).await else { return };
    let number = world.model().number().to_string();
    let claim = json!({
        "apiVersion": live["apiVersion"], "kind": live["kind"],
        "metadata": {
            "name": live["metadata"]["name"], "namespace": live["metadata"]["namespace"],
            "annotations": {"other.example/seen": number},
        },
    });
    let (code, _) = world.person.apply(&path, "other-controller", &claim).await;
    world.trace.line("other", format_args!("marks {path} -> {code}"));
}

async fn delete_app(world: &World) {
    let Some(index) = pick_app(world) else { return };
    let owner = {
        let mut model = world.model();
        if model.apps.iter().filter(|app| app.exists).count() < 2 {
            return;
        }
        model.apps[index].exists = false;
        model.apps[index].owner()
    };
    world.judge.deleted(&owner, world.now());
    let (code, _) = world.person.delete(&owner).await;
    world.trace.line("person", format_args!("deletes {owner} -> {code}"));
}

async fn create_app(world: &World) {
    let gone = world.model().apps.iter().position(|app| !app.exists);
    let Some(index) = gone else { return };
    let app = world.model().apps[index].clone();
    // One that still goes away cannot be created yet.
    if world.person.get(&app.owner()).await.is_some() {
        return;
    }
    world.model().apps[index].exists = true;
    world.create_app(&app).await;
}

async fn refresh(world: &World) {
    let Some(index) = pick_app(world) else { return };
    let (owner, door, number) = {
        let mut model = world.model();
        let number = model.number();
        (model.apps[index].owner(), model.apps[index].door, number)
    };
    let (name, value) = match door {
        Door::First => ("argocd.argoproj.io/refresh", "normal".to_owned()),
        Door::Second => ("reconcile.fluxcd.io/requestedAt", number.to_string()),
    };
    let patch = json!({"metadata": {"annotations": {name: value}}});
    let (code, _) = world.person.merge(&owner, "kubectl-annotate", &patch).await;
    world.trace.line("person", format_args!("asks {owner} for a look -> {code}"));
}

/// Asks for a sync of one application, as a person does.
pub async fn ask_for_sync(world: &World, owner: &str, prune: bool) {
    let patch = json!({"operation": {
        "initiatedBy": {"username": "person"}, "sync": {"prune": prune},
    }});
    let (code, _) = world.person.merge(owner, "argocd", &patch).await;
    world.trace.line("person", format_args!("asks {owner} for a sync, prune {prune} -> {code}"));
}

async fn sync(world: &World) {
    let Some(index) = pick_app(world) else { return };
    let (owner, door) = {
        let model = world.model();
        (model.apps[index].owner(), model.apps[index].door)
    };
    if door == Door::First {
        let prune = draw(world, |chance| chance.percent(50));
        ask_for_sync(world, &owner, prune).await;
    }
}

async fn retune(world: &World) {
    let Some(index) = pick_app(world) else { return };
    let (owner, patch) = {
        let mut model = world.model();
        let app = &mut model.apps[index];
        if draw(world, |chance| chance.percent(50)) {
            app.prune = !app.prune;
        } else {
            app.self_heal = !app.self_heal;
        }
        (app.owner(), json!({"spec": app.resource()["spec"]}))
    };
    let (code, _) = world.person.merge(&owner, "kubectl-edit", &patch).await;
    world.trace.line("person", format_args!("changes the rules of {owner} -> {code}"));
}

fn kill(world: &World) {
    let processes = world.processes();
    let Some(process) = processes.first().filter(|process| !process.life.scope.is_dead()) else {
        return;
    };
    process.life.die();
}

/// A second process waits, and the first one's connection dies for a while.
fn rival(world: &Arc<World>) {
    if world.processes().len() > 1 {
        return;
    }
    world.start("b");
    let after = world.clone();
    let (before, lasts) =
        draw(world, |chance| (chance.pause(500, 15_000), chance.pause(1_000, 25_000)));
    let run = async move {
        after.sleep(before).await;
        let until = after.now() + lasts;
        if let Some(process) = after.processes().iter().find(|p| p.life.process.starts_with('a')) {
            after
                .trace
                .line(&process.life.process, format_args!("loses its connection for {lasts:?}"));
            let until = u64::try_from(until.as_millis()).unwrap_or(u64::MAX);
            process.stalled_until.store(until, std::sync::atomic::Ordering::SeqCst);
        }
        after.sleep(lasts + Duration::from_secs(20)).await;
        after.stop("b");
    };
    world.tasks.spawn("rival", Box::pin(run));
}

fn git_trouble(world: &Arc<World>) {
    let urls = world.model().repositories.urls();
    let (url, trouble, lasts) = draw(world, |chance| {
        (chance.pick(&urls).clone(), acts::trouble(chance), chance.pause(1_000, 90_000))
    });
    world.trace.line("git", format_args!("{url}: {trouble:?} for {lasts:?}"));
    world.model().repositories.trouble(&url, Some(trouble));
    let after = world.clone();
    let run = async move {
        after.sleep(lasts).await;
        after.trace.line("git", format_args!("{url} can be read again"));
        after.model().repositories.trouble(&url, None);
    };
    world.tasks.spawn("git", Box::pin(run));
}

fn discovery_trouble(world: &Arc<World>) {
    let group = draw(world, |chance| *chance.pick(&["apps", objects::GROUP]));
    let lasts = draw(world, |chance| chance.pause(1_000, 60_000));
    world.sandbox.break_group(group, true);
    let after = world.clone();
    let run = async move {
        after.sleep(lasts).await;
        after.trace.line("server", format_args!("{group} answers again"));
        after.sandbox.break_group(group, false);
    };
    world.tasks.spawn("discovery", Box::pin(run));
}

/// Commits to every repository what is wanted now.
pub fn commit_all(world: &World, message: &str) {
    let urls = world.model().repositories.urls();
    for url in urls {
        let commit = world.model().commit(&url, message);
        world.trace.line("person", format_args!("commits {commit:?} to {url}"));
    }
}

/// Makes all well again, and commits once more to every repository.
pub async fn settle(world: &Arc<World>) {
    world.faults(crate::faults::Rates::NONE);
    let model = |change: &mut dyn FnMut(&mut Model)| change(&mut world.model());
    let urls = world.model().repositories.urls();
    model(&mut |model| {
        for url in &urls {
            model.repositories.trouble(url, None);
        }
        let mut taken = BTreeSet::new();
        for app in &mut model.apps {
            app.broken = None;
            app.keeps_directory = true;
            // What two want, none can have in peace.
            let (namespace, exists) = (app.namespace.clone(), app.exists);
            app.files.retain(|_, item| {
                !exists || taken.insert((namespace.clone(), item.sort, item.name.clone()))
            });
            let number = model.count;
            if let Some(item) = app.files.values_mut().find(|item| item.sort == Sort::ConfigMap) {
                item.data = number + 5_000;
            }
        }
    });
    commit_all(world, "the last but one");
    for group in ["apps", objects::GROUP] {
        world.sandbox.break_group(group, false);
    }
    let apps = world.model().apps.clone();
    for app in apps.iter().filter(|app| app.exists) {
        let answer = world.person.get(&app.owner()).await;
        if answer.is_none() {
            world.create_app(app).await;
        }
    }
    let strange = world.model().strange.clone();
    for owner in strange {
        strangers::ours(world, &owner).await;
    }
    world.trace.line("world", "all is well again");
}
