//! The handle.

use crate::answer::Answer;
use crate::faults::{Fate, RequestFacts, WatchFacts};
use crate::journal::Written;
use crate::request::Request;
use crate::server::{Server, facts};
use crate::service;
use crate::state::State;
use crate::store::Key;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use trimtab_ports::clock::{Clock, Monotonic, Randomness};

/// What the sandbox needs from its surroundings.
#[derive(Clone)]
pub struct Seams {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance: uids and generated names.
    pub randomness: Arc<dyn Randomness>,
}

/// What decides over requests.
type Interceptor = Arc<dyn Fn(&RequestFacts) -> Fate + Send + Sync>;

/// An API server inside the process. Clones are handles to the same server.
#[derive(Clone)]
pub struct Sandbox(Arc<Shared>);

struct Shared {
    seams: Seams,
    server: Mutex<Server>,
    interceptor: Mutex<Option<Interceptor>>,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("revision", &self.server().store.revision()).finish()
    }
}

impl Sandbox {
    /// A server with the namespaces that every cluster has, and nothing else.
    pub fn new(seams: Seams) -> Self {
        let server = Mutex::new(Server::new(seams.clone()));
        Self(Arc::new(Shared { seams, server, interceptor: Mutex::new(None) }))
    }

    /// A client of a user. Requests are not repeated. It needs a runtime of tokio around it, because
    /// the client itself does.
    pub fn client(&self, user: &str) -> kube::Client {
        kube::Client::new(service::Service::new(self.clone(), user), "default")
    }

    /// Does what the controllers have to do by now, and says when there is more to do; `None` if
    /// there will be nothing until something is written.
    pub fn tick(&self) -> Option<Monotonic> {
        self.server().tick()
    }

    /// Lets a function decide over every request that comes through a client from now on. It is
    /// called while no lock is held, so it may use the sandbox.
    pub fn intercept(&self, interceptor: Interceptor) {
        *self.0.interceptor.lock().unwrap_or_else(PoisonError::into_inner) = Some(interceptor);
    }

    /// The open watches, in the order in which they were opened.
    pub fn watches(&self) -> Vec<WatchFacts> {
        self.server().watches.facts()
    }

    /// Breaks the connections of some open watches. Returns how many.
    pub fn cut_watches(&self, which: impl Fn(&WatchFacts) -> bool) -> usize {
        self.server().watches.cut(which)
    }

    /// Ends some open watches with 410, as a server does that has forgotten where they are. Returns
    /// how many.
    pub fn expire_watches(&self, which: impl Fn(&WatchFacts) -> bool) -> usize {
        self.server().watches.expire(which)
    }

    /// Holds back what some open watches would be told, until they are released. Returns how many.
    pub fn hold_watches(&self, which: impl Fn(&WatchFacts) -> bool) -> usize {
        self.server().watches.hold(which, true)
    }

    /// Tells held watches what was held back, and all that follows. Returns how many.
    pub fn release_watches(&self, which: impl Fn(&WatchFacts) -> bool) -> usize {
        let mut server = self.server();
        let released = server.watches.hold(which, false);
        server.take();
        released
    }

    /// Tells open watches that all is told up to now, as the server does once a minute; a held watch
    /// is not told.
    pub fn bookmark_watches(&self, which: impl Fn(&WatchFacts) -> bool) -> usize {
        self.server().watches.bookmark(which)
    }

    /// Forgets the history: a watch that goes on from an earlier version is answered with 410, and so
    /// is one that is held.
    pub fn compact(&self) {
        self.server().compact();
    }

    /// Takes a group's server away, or gives it back: discovery says that it is stale, and requests
    /// are answered with 503.
    pub fn break_group(&self, group: &str, broken: bool) {
        let mut server = self.server();
        if broken {
            server.broken_groups.insert(group.to_owned());
        } else if server.broken_groups.remove(group) {
            // What the controllers could not write meanwhile they do now.
            let keys: Vec<Key> = server.store.all().map(|(key, _)| key.clone()).collect();
            for key in keys.iter().filter(|key| &*key.group == group) {
                server.noticed(key);
            }
        }
    }

    /// Direct access, past every interceptor.
    pub fn state(&self) -> State {
        State::new(self.clone())
    }

    /// Every write that was asked for so far, in order, [`State`]'s included; what the controllers
    /// write is not in it.
    pub fn journal(&self) -> Vec<Written> {
        self.server().journal.clone()
    }

    /// The version of the last change.
    pub fn resource_version(&self) -> u64 {
        self.server().store.revision()
    }

    pub(crate) fn server(&self) -> MutexGuard<'_, Server> {
        // A panic in the middle of a write would be a bug here, and every later answer shows it.
        self.0.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn seams(&self) -> &Seams {
        &self.0.seams
    }

    /// What befalls a request. Without an interceptor nobody looks at it.
    pub(crate) fn fate(&self, request: &Request) -> Fate {
        let interceptor = self.0.interceptor.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let number = self.server().count();
        interceptor.map_or(Fate::Serve, |interceptor| interceptor(&facts(request, number)))
    }

    /// Serves a request that has an end, past every interceptor.
    pub(crate) fn answer(&self, request: &Request) -> Answer {
        match self.server().serve(request) {
            crate::answer::Reply::Whole(answer) => answer,
            crate::answer::Reply::Watch(opened) => {
                self.server().watches.close(opened.number);
                crate::refusal::Refusal::not_served("a watch without a client").into()
            }
        }
    }
}
