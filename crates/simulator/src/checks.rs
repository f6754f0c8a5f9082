//! The invariants (`docs/concepts/invariants.md`), asked of every write as it reaches the server.
//!
//! What cannot be seen from outside is not here: P6 is the kills of all worlds together with their
//! end, P7 and P16 their rest, P8's commits P1 and P13; no definition of ours goes away in a world (P4);
//! P12, P14 and P15 speak of rooms that have no part in one yet.

mod applying;
mod removing;
mod seeing;
mod telling;
mod term;

use crate::journal::Write;
use crate::model::Model;
use crate::ownership::{Called, Owner};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use trimtab_model::Commit;

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// When.
    pub at: Duration,
    /// Which invariant.
    pub rule: &'static str,
    /// What happened.
    pub what: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:>9.3} {}: {}", self.at.as_secs_f64(), self.rule, self.what)
    }
}

/// Watches over one world.
pub struct Judge {
    model: Arc<Mutex<Model>>,
    memory: Mutex<Memory>,
}

/// What the judge remembers of writes.
#[derive(Default)]
pub struct Memory {
    violations: Vec<Violation>,
    /// The last apply of each object that was done: who, what, and the state that it left.
    applied: BTreeMap<String, Applied>,
    /// The commit at which a status said last that prunes wait because the branch was rewritten.
    held: BTreeMap<Owner, Commit>,
    /// What each operation has removed.
    removed: BTreeMap<(Owner, String), BTreeSet<Called>>,
    /// Objects whose last write had no answer: looking and writing again is right.
    unanswered: BTreeSet<String>,
    /// Objects with which something else ever went wrong than a lost answer: writes that were refused.
    refused: BTreeSet<String>,
    /// Objects that a status has said to have failed when none of their applies was without an answer.
    failed: BTreeSet<Called>,
    /// Resources that another controller writes, or has written: since when, and when it wrote last.
    foreign: BTreeMap<Owner, (Duration, Duration)>,
    /// When a person has last deleted each application.
    deleted: BTreeMap<Owner, Duration>,
    /// When each process was heard of first.
    heard: BTreeMap<Arc<str>, Duration>,
}

/// An apply that was done.
struct Applied {
    process: Arc<str>,
    body: Value,
    version: String,
    operation: String,
    arrived: Duration,
    /// Whether its sender takes it for done.
    counts: bool,
    /// Whether a later try was refused.
    refused: bool,
    /// Whether its answer was lost.
    lost: bool,
}

impl Memory {
    fn refuse(&mut self, object: &str) {
        if let Some(applied) = self.applied.get_mut(object) {
            applied.refused = true;
        }
        self.refused.insert(object.to_owned());
    }
}

impl Judge {
    /// Watches over a model's world.
    pub fn new(model: Arc<Mutex<Model>>) -> Self {
        Self { model, memory: Mutex::default() }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hears of one write.
    pub fn hear(&self, write: &Write) {
        let model = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        let mut memory = self.memory();
        memory.heard.entry(write.process.clone()).or_insert(write.sent);
        let case = Case { write, model: &model };
        term::check(&case, &mut memory);
        seeing::check(&case, &mut memory);
        telling::check(&case, &mut memory);
        removing::check(&case, &mut memory);
        applying::check(&case, &mut memory);
    }

    /// The answer to a write of this object was lost.
    pub fn unanswered(&self, object: &str) {
        let mut memory = self.memory();
        memory.unanswered.insert(object.to_owned());
        if let Some(applied) = memory.applied.get_mut(object) {
            applied.lost = true;
        }
    }

    /// A write of this object was refused before it reached the server.
    pub fn refused(&self, object: &str) {
        self.memory().refuse(object);
    }

    /// Another controller writes a resource.
    pub fn foreign(&self, owner: &str, at: Duration) {
        let mut memory = self.memory();
        memory.foreign.entry(owner.to_owned()).or_insert((at, at)).1 = at;
    }

    /// A person deletes an application: what was sent for it before may still arrive.
    pub fn deleted(&self, owner: &str, at: Duration) {
        self.memory().deleted.insert(owner.to_owned(), at);
    }

    /// A resource is created anew, or it is said whose it is.
    pub fn no_longer_foreign(&self, owner: &str) {
        self.memory().foreign.remove(owner);
    }

    /// Finds fault with something that is no write.
    pub fn accuse(&self, at: Duration, rule: &'static str, what: String) {
        self.memory().violations.push(Violation { at, rule, what });
    }

    /// All violations so far.
    pub fn violations(&self) -> Vec<Violation> {
        self.memory().violations.clone()
    }
}

/// One write before the judge.
struct Case<'a> {
    write: &'a Write,
    model: &'a Model,
}

impl Case<'_> {
    fn accuse(&self, memory: &mut Memory, rule: &'static str, what: impl std::fmt::Display) {
        let what = format!("{}: {} {what}", self.write.process, self.write.facts);
        memory.violations.push(Violation { at: self.write.arrived, rule, what });
    }

    /// What the object is called.
    fn called(&self) -> Option<Called> {
        let write = self.write;
        let document = write.before.as_ref().unwrap_or(&write.body);
        document.get("kind").map(|_| Called::of(document))
    }

    /// The owner's resource: its path, and what it says.
    fn owner(&self) -> Option<(Owner, &Value)> {
        let resource = self.write.owner.as_ref()?;
        Some((path_of(resource), resource))
    }
}

/// The path of an application's resource.
pub fn path_of(resource: &Value) -> Owner {
    let name = resource["metadata"]["name"].as_str().unwrap_or_default();
    if resource["kind"] == "Kustomization" {
        crate::ownership::kustomization(name)
    } else {
        crate::ownership::application(name)
    }
}

/// The commit that an application's resource says is carried out, or was carried out last.
pub fn carried(resource: &Value) -> Option<Commit> {
    let status = &resource["status"];
    if resource["kind"] == "Kustomization" {
        return commit(&status["lastAttemptedRevision"]);
    }
    let state = &status["operationState"];
    commit(&state["syncResult"]["revision"])
        .or_else(|| commit(&state["operation"]["sync"]["revision"]))
}

/// The commit of the last sync that succeeded.
pub fn applied(resource: &Value) -> Option<Commit> {
    let status = &resource["status"];
    if resource["kind"] == "Kustomization" {
        return commit(&status["lastAppliedRevision"]);
    }
    let last = status["history"].as_array().and_then(|history| history.last());
    last.and_then(|entry| commit(&entry["revision"]))
}

/// The identity of the operation that a resource says is carried out.
fn operation(resource: &Value) -> String {
    let status = &resource["status"];
    let started = &status["operationState"]["startedAt"];
    let text = started.as_str().or(status["lastAttemptedRevision"].as_str());
    text.unwrap_or_default().to_owned()
}

/// The commit in a revision as either door writes it.
pub fn commit(text: &Value) -> Option<Commit> {
    let text = text.as_str()?;
    Commit::parse(text.rsplit(':').next().unwrap_or(text))
}
