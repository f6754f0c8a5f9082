//! The API server: objects, what is served and who may read it, and watches.

use super::{KINDS, World};
use crate::event::{Event, WatchId};
use serde_json::Value;
use std::collections::VecDeque;
use trimtab_model::{GroupVersionKind, ObjectKey, Scope, Uid};
use trimtab_plan::LiveObject;
use trimtab_ports::cluster::{
    Detail, Discovery, GroupFact, ServedGroup, ServedKind, ServedVersion,
    Trouble as ClusterTrouble, VersionFact, WatchEvent, WatchRequest,
};

impl World {
    /// Makes an object what it says, as a write of somebody else.
    pub fn put(&mut self, mut object: Value) {
        let key = key_of(&object);
        self.version += 1;
        let uid = self.objects.get(&key).map_or_else(
            || format!("uid-{}", self.version),
            |old| old["metadata"]["uid"].as_str().unwrap_or_default().to_owned(),
        );
        object["metadata"]["uid"] = uid.into();
        object["metadata"]["resourceVersion"] = self.version.to_string().into();
        object["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z".into();
        if object["apiVersion"].as_str().is_some_and(|version| version.contains(".fluxcd.io/")) {
            let old = self.objects.get(&key);
            let moved = old.is_none_or(|old| old["spec"] != object["spec"]);
            let generation = old.and_then(|old| old["metadata"]["generation"].as_i64());
            let generation = generation.unwrap_or(0) + i64::from(moved);
            object["metadata"]["generation"] = generation.into();
        }
        let ends = object["metadata"]["deletionTimestamp"].is_string()
            && object["metadata"]["finalizers"].as_array().is_none_or(Vec::is_empty);
        if ends {
            self.objects.insert(key.clone(), object);
            self.remove(&key);
            return;
        }
        self.objects.insert(key.clone(), object);
        self.tell(&key);
    }

    /// Takes an object away; what names it as its owner goes with it.
    pub fn remove(&mut self, key: &ObjectKey) {
        let Some(object) = self.objects.remove(key) else { return };
        self.version += 1;
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        for (id, _) in self.watching(key) {
            let event = WatchEvent::Gone {
                key: key.clone(),
                uid: Uid::from(uid.as_str()),
                resource_version: self.version.to_string().as_str().into(),
            };
            self.events.push_back(Event::Watched(id, event));
        }
        let owned = |object: &Value| object["metadata"]["ownerReferences"][0]["uid"] == *uid;
        let children: Vec<ObjectKey> =
            self.objects.iter().filter(|(_, o)| owned(o)).map(|(key, _)| key.clone()).collect();
        for child in children {
            self.remove(&child);
        }
    }

    /// The cluster begins to serve all kinds.
    pub fn install_all(&mut self) {
        self.unserved.clear();
        self.events.push_back(Event::Discovered(Ok(self.discovery())));
    }

    /// Watches that may not read are tried again, and are refused again.
    pub fn refuse_again(&mut self) {
        let refused = self.watches.iter().filter(|(_, request)| self.is_forbidden(request));
        let refusals: Vec<Event> = refused.map(|(id, request)| refusal(*id, request)).collect();
        self.events.extend(refusals);
    }

    /// Everything may be read again.
    pub fn permit_all(&mut self) {
        let refused = self.watches.iter().filter(|(_, request)| self.is_forbidden(request));
        let refused: Vec<(WatchId, WatchRequest)> =
            refused.map(|(id, request)| (*id, request.clone())).collect();
        self.forbidden.clear();
        for (id, request) in refused {
            self.watch(id, request);
        }
    }

    /// The server can read all kinds.
    pub fn has_started(&mut self) {
        let waiting = self.watches.iter().filter(|(_, request)| self.is_starting(request));
        let waiting: Vec<(WatchId, WatchRequest)> =
            waiting.map(|(id, request)| (*id, request.clone())).collect();
        self.starting = None;
        for (id, request) in waiting {
            self.watch(id, request);
        }
    }

    fn is_starting(&self, request: &WatchRequest) -> bool {
        self.starting.is_some_and(|starting| request.kind.kind.as_str() == starting)
    }

    fn is_forbidden(&self, request: &WatchRequest) -> bool {
        self.forbidden.iter().any(|forbidden| request.kind.kind.as_str() == *forbidden)
    }

    fn watching(&self, key: &ObjectKey) -> Vec<(WatchId, Detail)> {
        let watches = self.watches.iter();
        let meant = watches.filter(|(_, request)| {
            let ours = request.namespace.as_ref().is_none_or(|n| key.namespace.as_ref() == Some(n));
            ours && request.kind.group_kind() == key.group_kind()
        });
        meant.map(|(id, request)| (*id, request.detail)).collect()
    }

    fn tell(&mut self, key: &ObjectKey) {
        for (id, detail) in self.watching(key) {
            let event = self.event_of(key, detail);
            self.events.push_back(Event::Watched(id, event));
        }
    }

    fn event_of(&self, key: &ObjectKey, detail: Detail) -> WatchEvent {
        match detail {
            Detail::Whole | Detail::Selected(_) => {
                WatchEvent::Object(Box::new(self.seen(&self.objects[key])))
            }
            Detail::Rows => WatchEvent::Row(Box::new(self.row(key))),
        }
    }

    pub(super) fn row(&self, key: &ObjectKey) -> LiveObject {
        let object = &self.objects[key];
        let kind = GroupVersionKind::of(
            object["apiVersion"].as_str().unwrap_or_default(),
            object["kind"].as_str().unwrap_or_default(),
        );
        self.decoder.row(&kind, &object.to_string(), self.now).expect("an object")
    }

    /// An object as the engine gets to see it.
    pub(super) fn seen(&self, object: &Value) -> Value {
        let mut object = object.clone();
        if let Some(ignored) = &self.ignored {
            ignored.hide(&mut object);
        }
        object
    }

    pub(super) fn discovery(&self) -> Discovery {
        let mut discovery = Discovery::default();
        for (api_version, kind, plural, namespaced) in KINDS {
            if self.unserved.contains(&kind) {
                continue;
            }
            let kind = GroupVersionKind::of(api_version, kind);
            let group = discovery
                .groups
                .entry(kind.group.clone())
                .or_insert_with(|| GroupFact::Served(ServedGroup::default()));
            let GroupFact::Served(group) = group else { unreachable!() };
            let second = self.second_version.filter(|second| kind.kind.as_str() == *second);
            let also = self.also_at.filter(|_| kind.kind.as_str() == "Deployment");
            let also = also.or_else(|| second.map(|_| "v2"));
            let versions: Vec<_> = [kind.version].into_iter().chain(also.map(Into::into)).collect();
            let at = |version| ServedVersion { version, verbs: vec![], subresources: vec![] };
            for version in &versions {
                let fact = VersionFact { version: version.clone(), unknown: None };
                if !group.versions.contains(&fact) {
                    group.versions.push(fact);
                }
            }
            let versions = versions.into_iter().map(at).collect();
            let scope = if namespaced { Scope::Namespaced } else { Scope::Cluster };
            let served = ServedKind { plural: plural.into(), scope, versions };
            group.kinds.insert(kind.kind, served);
        }
        discovery
    }

    pub(super) fn watch(&mut self, id: WatchId, request: WatchRequest) {
        let detail = request.detail;
        self.watches.insert(id, request);
        self.events.push_back(Event::Watched(id, WatchEvent::Started));
        let request = &self.watches[&id];
        if self.is_forbidden(request) {
            self.events.push_back(refusal(id, request));
            return;
        }
        if self.is_starting(request) {
            let (trouble, message) = (ClusterTrouble::Outage, "storage is (re)initializing".into());
            self.events.push_back(Event::Watched(id, WatchEvent::Broken { trouble, message }));
            return;
        }
        let is_late = self.late.is_some_and(|late| request.kind.kind.as_str() == late);
        let keys: Vec<ObjectKey> = self.objects.keys().cloned().collect();
        let is_of_it = |key: &&ObjectKey| self.watching(key).iter().any(|(known, _)| *known == id);
        let mut listed: VecDeque<Event> = keys
            .iter()
            .filter(is_of_it)
            .map(|key| Event::Watched(id, self.event_of(key, detail)))
            .chain([Event::Watched(id, WatchEvent::Synced)])
            .collect();
        (if is_late { &mut self.later } else { &mut self.events }).append(&mut listed);
    }
}

/// What the server says of a collection that may not be listed.
fn refusal(id: WatchId, request: &WatchRequest) -> Event {
    let message = format!("cannot list resource \"{}\": we may not list it", request.plural);
    Event::Watched(id, WatchEvent::Broken { trouble: ClusterTrouble::Forbidden, message })
}

pub(super) fn key_of(object: &Value) -> ObjectKey {
    let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let kind = GroupVersionKind::of(text("/apiVersion"), text("/kind")).group_kind();
    match text("/metadata/namespace") {
        "" => ObjectKey::cluster(&kind, text("/metadata/name")),
        namespace => ObjectKey::namespaced(&kind, namespace, text("/metadata/name")),
    }
}
