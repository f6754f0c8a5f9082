//! The server: one request, one answer, and nothing in between.

use crate::answer::{Answer, Reply};
use crate::catalogue::{Catalogue, Resource, ServedVersion};
use crate::controllers::Controllers;
use crate::faults::{RequestFacts, Verb};
use crate::journal::Written;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::route::{Place, Route};
use crate::sandbox::Seams;
use crate::store::{Key, Store};
use crate::watch::Watches;
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use trimtab_model::Timestamp;

/// Everything that the server knows.
pub(crate) struct Server {
    pub seams: Seams,
    pub store: Store,
    pub catalogue: Catalogue,
    pub watches: Watches,
    pub journal: Vec<Written>,
    pub broken_groups: BTreeSet<String>,
    pub controllers: Controllers,
    /// How many requests came through clients.
    pub requests: u64,
    /// How many addresses were given to Services.
    pub addresses: u32,
}

/// An object that is named by a path, or a collection if there is no name.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub resource: Arc<Resource>,
    pub version: ServedVersion,
    /// Empty for what has none, and for all of them.
    pub namespace: String,
    /// Empty for a collection.
    pub name: String,
    /// Empty for the object itself.
    pub subresource: String,
}

impl Target {
    pub fn key(&self) -> Key {
        Key::new(&self.resource.group, &self.resource.plural, &self.namespace, &self.name)
    }

    pub fn api_version(&self) -> String {
        self.resource.api_version(&self.version.name)
    }

    /// The stored object at the version of the path.
    pub fn seen(&self, stored: &Arc<Value>) -> Arc<Value> {
        // What was stored before the stored version changed is as it was.
        let version = self.api_version();
        if stored["apiVersion"] == *version {
            return stored.clone();
        }
        let mut object = Value::clone(stored);
        object["apiVersion"] = version.into();
        Arc::new(object)
    }

    pub fn named(&self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self.clone() }
    }
}

/// The namespaces that every cluster has.
const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// The subresources that a real server has and the sandbox does not.
const SUBRESOURCES: [&str; 11] = [
    "attach",
    "binding",
    "ephemeralcontainers",
    "eviction",
    "exec",
    "finalize",
    "log",
    "portforward",
    "resize",
    "scale",
    "token",
];

/// The largest body. Source: apiserver, `server/config.go`, `MaxRequestBodyBytes`.
const BODY_BYTES_MAX: usize = 3 * 1024 * 1024;

impl Server {
    /// A server with the namespaces that every cluster has.
    pub fn new(seams: Seams) -> Self {
        let mut server = Self {
            seams,
            store: Store::new(),
            catalogue: Catalogue::built_in(),
            watches: Watches::default(),
            journal: Vec::new(),
            broken_groups: BTreeSet::new(),
            controllers: Controllers::default(),
            requests: 0,
            addresses: 0,
        };
        for name in NAMESPACES {
            let object =
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
            server.as_controller("kube-apiserver", Verb::Create, &object, "");
        }
        server
    }

    pub fn now(&self) -> Timestamp {
        self.seams.clock.now()
    }

    /// The number of the next request that comes through a client.
    pub fn count(&mut self) -> u64 {
        self.requests += 1;
        self.requests
    }

    /// Serves a request.
    pub fn serve(&mut self, request: &Request) -> Reply {
        match Route::of(&request.path) {
            Route::Page(path) => {
                Reply::Whole(self.page(request, &path).unwrap_or_else(Answer::from))
            }
            Route::Resource(place) => {
                let verb = verb(request, &place);
                let before = self.store.revision();
                let reply = if request.body.len() > BODY_BYTES_MAX {
                    Err(Refusal::too_large(BODY_BYTES_MAX))
                } else {
                    self.resource(request, &place, verb)
                };
                let reply = reply.unwrap_or_else(|refusal| Reply::Whole(refusal.into()));
                if let (true, Reply::Whole(answer)) = (verb.is_write(), &reply) {
                    let stored = (self.store.revision() > before).then_some(self.store.revision());
                    self.enter(request, (place, verb), answer, stored);
                }
                self.watches.take(&self.store);
                reply
            }
        }
    }

    fn resource(&mut self, request: &Request, place: &Place, verb: Verb) -> Result<Reply, Refusal> {
        let target = self.target(place, verb)?;
        match verb {
            Verb::Get => self.get(request, &target).map(Reply::Whole),
            Verb::List => self.list(request, &target).map(Reply::Whole),
            Verb::Watch => self.watch(request, &target).map(Reply::Watch),
            Verb::Create => self.post(request, &target).map(Reply::Whole),
            Verb::Update => self.put(request, &target).map(Reply::Whole),
            Verb::Patch | Verb::Apply => self.patch(request, &target).map(Reply::Whole),
            Verb::Delete => self.delete(request, &target).map(Reply::Whole),
            Verb::DeleteCollection => self.delete_collection(request, &target).map(Reply::Whole),
        }
    }

    fn target(&self, place: &Place, verb: Verb) -> Result<Target, Refusal> {
        if self.broken_groups.contains(&place.group) {
            let message = "the server is currently unable to handle the request";
            return Err(Refusal::new(503, "ServiceUnavailable", message));
        }
        let found = self.catalogue.at(&place.group, &place.version, &place.plural);
        let Some((resource, version)) = found.and_then(|f| Some((f, f.version(&place.version)?)))
        else {
            return Err(self.nowhere(place));
        };
        if place.namespace.is_some() && !resource.namespaced {
            return Err(Refusal::no_resource());
        }
        let reads_all = matches!(verb, Verb::List | Verb::Watch);
        if resource.namespaced && place.namespace.is_none() && !reads_all {
            return Err(if place.name.is_some() {
                Refusal::no_resource()
            } else {
                Refusal::no_method()
            });
        }
        let subresource = place.subresource.as_deref().unwrap_or("");
        match subresource {
            "" => {}
            "status" if version.status => {}
            "status" if resource.is_custom() => {
                let name = place.name.as_deref().unwrap_or("");
                return Err(Refusal::not_found(resource, name));
            }
            other if !SUBRESOURCES.contains(&other) => return Err(Refusal::no_resource()),
            other => {
                let what = format!("the subresource {other} of {}", resource.qualified());
                return Err(Refusal::not_served(&what));
            }
        }
        let on_object = matches!(verb, Verb::Update | Verb::Patch | Verb::Apply);
        let is_misplaced = on_object && place.name.is_none()
            || verb == Verb::Create && place.name.is_some()
            || verb == Verb::Delete && !subresource.is_empty()
            || verb == Verb::DeleteCollection && resource.is("", "namespaces");
        if is_misplaced {
            return Err(Refusal::no_method());
        }
        Ok(Target {
            resource: resource.clone(),
            version: version.clone(),
            namespace: place.namespace.clone().unwrap_or_default(),
            name: place.name.clone().unwrap_or_default(),
            subresource: subresource.to_owned(),
        })
    }

    fn nowhere(&self, place: &Place) -> Refusal {
        let is_known = self.catalogue.has_version(&place.group, &place.version)
            || self.catalogue.has_built_in_group(&place.group);
        if is_known { Refusal::no_resource() } else { Refusal::no_page() }
    }

    /// Enters a write in the journal.
    fn enter(
        &mut self,
        request: &Request,
        (place, verb): (Place, Verb),
        answer: &Answer,
        resource_version: Option<u64>,
    ) {
        let body = &answer.body;
        let chosen = body["metadata"]["name"].as_str().or_else(|| body["details"]["name"].as_str());
        let chosen = chosen.map(str::to_owned);
        self.journal.push(Written {
            at: self.now(),
            user: request.user.clone(),
            manager: request.parameter("fieldManager").unwrap_or_default().to_owned(),
            verb,
            group: place.group,
            resource: place.plural,
            namespace: place.namespace,
            name: place.name.or(chosen),
            subresource: place.subresource,
            dry_run: request.parameter("dryRun").is_some(),
            code: answer.code,
            resource_version,
        });
    }

    /// Lets the watches take what has happened.
    pub fn take(&mut self) {
        self.watches.take(&self.store);
    }

    /// Forgets the history.
    pub fn compact(&mut self) {
        self.watches.take(&self.store);
        self.store.compact();
    }
}

/// The facts of a request, for whoever decides over its fate.
pub(crate) fn facts(request: &Request, number: u64) -> RequestFacts {
    let place = match Route::of(&request.path) {
        Route::Resource(place) => place,
        Route::Page(_) => Place::default(),
    };
    RequestFacts {
        number,
        user: request.user.clone(),
        verb: verb(request, &place),
        path: format!("/{}", request.path.join("/")),
        group: place.group,
        version: place.version,
        resource: place.plural,
        namespace: place.namespace,
        name: place.name,
        subresource: place.subresource,
        manager: request.parameter("fieldManager").map(str::to_owned),
        dry_run: request.parameter("dryRun").is_some(),
        body: serde_json::from_slice(&request.body).unwrap_or_default(),
    }
}

/// What is asked for.
fn verb(request: &Request, place: &Place) -> Verb {
    let is_object = place.name.is_some();
    match request.method {
        Method::POST => Verb::Create,
        Method::PUT => Verb::Update,
        Method::PATCH if request.content() == crate::write::APPLY => Verb::Apply,
        Method::PATCH => Verb::Patch,
        Method::DELETE if is_object => Verb::Delete,
        Method::DELETE => Verb::DeleteCollection,
        _ if is_object || place.plural.is_empty() => Verb::Get,
        _ if request.flag("watch") => Verb::Watch,
        _ => Verb::List,
    }
}
