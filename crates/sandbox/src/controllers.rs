//! The controllers that a cluster always has, as far as health and ends depend on them. Nothing here
//! runs by itself: what is to be done stands in an agenda, and [`Server::tick`] does what is due.

mod agenda;
mod definitions;
mod deployments;
mod garbage;
mod jobs;
mod namespaces;
mod pods;
mod sets;
mod workloads;

pub(crate) use agenda::Controllers;

use crate::faults::Verb;
use crate::refusal::Refusal;
use crate::server::{Server, Target};
use crate::store::Key;
use crate::write::metadata::is_ending;
use crate::write::{Change, Terms};
use agenda::Task;
use serde_json::Value;
use std::sync::Arc;
use trimtab_ports::clock::Monotonic;

/// The field manager of all of them.
const MANAGER: &str = "kube-controller-manager";
/// The most tasks of one tick; a tick that has more to do says that it is due at once.
const TASKS_MAX: usize = 100_000;

impl Server {
    /// Does what is due. Returns when there is more to do.
    pub(crate) fn tick(&mut self) -> Option<Monotonic> {
        for _ in 0..TASKS_MAX {
            let Some(task) = self.controllers.due(self.seams.clock.monotonic()) else { break };
            match task {
                Task::Namespace(key) => self.tend_namespace(&key),
                Task::Definition(key) => self.tend_definition(&key),
                Task::Owner(key) => self.tend_owner(&key),
                Task::Dependent(key) => self.tend_dependent(&key),
                Task::Protected(key) => self.tend_protected(&key),
                Task::Workload(key) => self.tend_workload(&key),
                Task::Pod(key, stage) => self.tend_pod(&key, stage),
            }
            self.take();
        }
        self.controllers.next()
    }

    /// An object was stored.
    pub(crate) fn noticed(&mut self, key: &Key) {
        let Some(object) = self.store.get(key).cloned() else { return };
        let now = self.seams.clock.monotonic();
        let mut notice = |task: Task| self.controllers.add(now, &*self.seams.randomness, task);
        match (&*key.group, &*key.plural) {
            ("", "namespaces") => notice(Task::Namespace(key.clone())),
            ("apiextensions.k8s.io", "customresourcedefinitions") => {
                notice(Task::Definition(key.clone()));
            }
            ("", "persistentvolumeclaims" | "persistentvolumes") if is_ending(&object) => {
                notice(Task::Protected(key.clone()));
            }
            _ => {}
        }
        if workloads::is_workload(key) {
            notice(Task::Workload(key.clone()));
        }
        if let Some(owner) = workloads::controller_of(key, &object) {
            notice(Task::Workload(owner));
        }
        if let Some((stage, after)) = pods::next_stage(key, &object) {
            self.controllers.at(now + after, Task::Pod(key.clone(), stage));
        }
        let mut notice = |task: Task| self.controllers.add(now, &*self.seams.randomness, task);
        if garbage::waits_for_dependents(&object) {
            notice(Task::Owner(key.clone()));
        }
        if garbage::has_owners(&object) {
            notice(Task::Dependent(key.clone()));
        }
    }

    /// An object is gone.
    pub(crate) fn ended(&mut self, key: &Key, last: &Arc<Value>) {
        let now = self.seams.clock.monotonic();
        let uid = last["metadata"]["uid"].as_str().unwrap_or("");
        let mut tasks: Vec<Task> = Vec::new();
        tasks.extend(self.store.owned_by(uid).map(|(other, _)| Task::Dependent(other.clone())));
        for owner in garbage::owner_uids(last) {
            let found = self.store.with_uid(owner);
            let waits = found.filter(|(_, owner)| garbage::waits_for_dependents(owner));
            tasks.extend(waits.map(|(owner, _)| Task::Owner(owner.clone())));
        }
        tasks.extend(workloads::controller_of(key, last).map(Task::Workload));
        if !key.namespace.is_empty() {
            tasks.push(Task::Namespace(Key::new("", "namespaces", "", &key.namespace)));
        }
        let definition = self.catalogue.named(&key.group, &key.plural);
        if definition.is_some_and(|found| found.is_custom()) {
            let name = format!("{}.{}", key.plural, key.group);
            let group = "apiextensions.k8s.io";
            let key = Key::new(group, "customresourcedefinitions", "", &name);
            tasks.push(Task::Definition(key));
        }
        for task in tasks {
            self.controllers.add(now, &*self.seams.randomness, task);
        }
        if key.is_of("apiextensions.k8s.io", "customresourcedefinitions") {
            self.withdraw(last);
        }
    }

    /// The path of the object that a value names, or of its collection.
    pub(crate) fn path(
        &self,
        object: &Value,
        by_name: bool,
        subresource: &str,
    ) -> Result<String, Refusal> {
        let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
        let (version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
        let (group, version) = version.split_once('/').unwrap_or(("", &version));
        let resource = self.catalogue.of_kind(group, &kind).ok_or_else(Refusal::no_resource)?;
        let mut path = match group {
            "" => format!("/api/{version}"),
            group => format!("/apis/{group}/{version}"),
        };
        let metadata = &object["metadata"];
        let namespace = text(&metadata["namespace"]);
        if resource.namespaced {
            path.extend([
                "/namespaces/",
                if namespace.is_empty() { "default" } else { &namespace },
            ]);
        }
        path.extend(["/", &resource.plural]);
        if by_name {
            path.extend(["/", &text(&metadata["name"])]);
        }
        if !subresource.is_empty() {
            path.extend(["/", subresource]);
        }
        Ok(path)
    }

    /// Writes as a controller does: not in the journal, and refused without a word, because the
    /// controllers look again after every change.
    pub(crate) fn as_controller(
        &mut self,
        manager: &str,
        as_verb: Verb,
        object: &Value,
        subresource: &str,
    ) {
        let Some(mut target) = self.target_for(object) else { return };
        subresource.clone_into(&mut target.subresource);
        let terms = Terms::of_controller(manager);
        // A refusal is what a controller sees when it is late.
        drop(match as_verb {
            Verb::Create => {
                target.name.clear();
                self.create(&target, object.clone(), &terms)
            }
            Verb::Update => self.replace(&target, object.clone(), &terms),
            _ => self.change(&target, Change::Merge(object.clone()), &terms),
        });
    }

    /// The target that a value names.
    fn target_for(&self, object: &Value) -> Option<Target> {
        let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
        let (version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
        let (group, version) = version.split_once('/').unwrap_or(("", &version));
        if self.broken_groups.contains(group) {
            return None;
        }
        let resource = self.catalogue.of_kind(group, &kind)?.clone();
        let version = resource.version(version)?.clone();
        let metadata = &object["metadata"];
        let namespace =
            if resource.namespaced { text(&metadata["namespace"]) } else { String::new() };
        Some(Target {
            resource,
            version,
            namespace,
            name: text(&metadata["name"]),
            subresource: String::new(),
        })
    }

    /// The target that a key names, at the version in which it is stored.
    pub(crate) fn target_of(&self, key: &Key) -> Option<Target> {
        let resource = self.catalogue.named(&key.group, &key.plural)?.clone();
        let version =
            resource.version(&resource.stored_at).or_else(|| resource.versions.first())?.clone();
        Some(Target {
            resource,
            version,
            namespace: key.namespace.to_string(),
            name: key.name.to_string(),
            subresource: String::new(),
        })
    }
}
