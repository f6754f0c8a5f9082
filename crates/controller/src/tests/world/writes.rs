//! What the engine asks to be written: done at once, as a server would, and told back.

use super::{Statuses, World, server::key_of};
use crate::effect::{ApplyTask, DeleteTask, Entries, ShardChange, WriteTask};
use crate::event::{Carried, Event};
use crate::shell::baseline;
use serde_json::{Value, json};
use std::collections::VecDeque;
use trimtab_crd::patch;
use trimtab_merge::{Apply, Force, Schema};
use trimtab_model::{Class, ObjectKey};
use trimtab_ports::cluster::{Mode, WriteError};
use trimtab_sync::{Change, Failure, Outcome};

impl World {
    fn after_apply(&self, task: &ApplyTask, live: Option<&Value>) -> Value {
        let kind = task.key.group_kind().at(task.version.clone());
        let schema = Schema::built_in(&kind).unwrap_or_else(Schema::deduced);
        let applied = trimtab_merge::apply(&Apply {
            schema: &schema,
            live,
            desired: &task.body.value(),
            manager: &task.manager,
            subresource: "",
            force: Force::Take,
            now: self.now,
        });
        applied.expect("a good object").object
    }

    pub(super) fn would_change(&self, task: &ApplyTask) -> bool {
        let Some(live) = self.objects.get(&task.key) else { return true };
        let mut both = [live.clone(), self.after_apply(task, Some(live))];
        for object in &mut both {
            object["metadata"]["managedFields"] = Value::Null;
        }
        both[0] != both[1]
    }

    /// Applies at once, unless writes wait for their turn.
    pub(super) fn apply_in_turn(&mut self, task: ApplyTask) {
        match &mut self.waiting {
            Some(waiting) => waiting.push_back(task),
            None => self.apply(&task),
        }
    }

    /// Applies what waited for its turn, in its order; nothing waits from now on.
    pub fn go_on(&mut self) {
        for task in self.waiting.take().into_iter().flatten() {
            self.apply(&task);
        }
    }

    /// What predecessors own becomes ours.
    pub(super) fn migrate(&mut self, task: &ApplyTask, entries: &Entries) {
        let Some(live) = self.objects.get_mut(&task.key) else { return };
        let patch = trimtab_merge::migration(live, &task.manager, &entries.predecessors);
        let Some(patch) = patch.expect("a good object") else { return };
        let managed = |part: &&Value| part["path"] == "/metadata/managedFields";
        if let Some(part) = patch.as_array().into_iter().flatten().find(managed) {
            live["metadata"]["managedFields"] = part["value"].clone();
        }
    }

    fn apply(&mut self, task: &ApplyTask) {
        if task.right.has_ended() {
            let (app, life, key) = (task.app.clone(), task.life, task.key.clone());
            let failure = Failure { class: Class::Retry, message: "withdrawn".to_owned() };
            let outcome = Outcome::Failed(failure);
            self.answer(Carried { app, life, key, outcome, object: None });
            return;
        }
        self.wrote(format!("apply {} {}", task.key.kind, task.key.name));
        let (app, life, key) = (task.app.clone(), task.life, task.key.clone());
        let answer = |outcome, object| Carried { app, life, key, outcome, object };
        if let Some(message) = self.refused.get(&task.key) {
            let failure = Failure { class: Class::User, message: message.clone() };
            self.answer(answer(Outcome::Failed(failure), None));
            return;
        }
        let live = self.objects.get(&task.key).cloned();
        let is_other = live.as_ref().is_some_and(|live| {
            let version = &live["metadata"]["resourceVersion"];
            matches!(&task.mode, Mode::Update { seen, exactly: true, .. } if version != seen.as_str())
        });
        if is_other || live.is_some() == (task.mode == Mode::Create) {
            self.answer(answer(Outcome::Stale, None));
            return;
        }
        let applied = self.after_apply(task, live.as_ref());
        self.put(applied);
        let row = self.row(&task.key);
        let baseline = baseline(&row, task.desired, &task.body).expect("our entry");
        let change = if live.is_some() { Change::Configured } else { Change::Created };
        self.answer(answer(Outcome::Applied { change, baseline }, Some(Box::new(row))));
    }

    fn answer(&mut self, carried: Carried) {
        let answers = self.withheld.as_mut().unwrap_or(&mut self.events);
        answers.push_back(Event::Carried(carried));
    }

    /// Tells the oldest answer that was withheld.
    pub fn tell_withheld(&mut self) {
        let answer = self.withheld.as_mut().and_then(VecDeque::pop_front);
        self.events.push_back(answer.expect("an answer was withheld"));
    }

    /// Tells the answers to writes of resources that came late; from now on they come at once.
    pub fn answer_late(&mut self) {
        let late = self.late_answers.take();
        self.events.extend(late.into_iter().flatten());
    }

    pub(super) fn delete(&mut self, task: DeleteTask) {
        self.wrote(format!("delete {} {}", task.key.kind, task.key.name));
        self.propagations.push(task.propagation);
        let outcome = match self.objects.get(&task.key) {
            None => Outcome::Gone,
            Some(live) if live["metadata"]["uid"] != task.uid.as_str() => Outcome::Stale,
            Some(live) if live["metadata"]["resourceVersion"] != task.seen.as_str() => {
                Outcome::Stale
            }
            Some(_) => {
                self.remove(&task.key);
                Outcome::Deleted
            }
        };
        let (app, life, key) = (task.app, task.life, task.key);
        self.answer(Carried { app, life, key, outcome, object: None });
    }

    fn patch(&mut self, key: &ObjectKey, body: &Value) -> Result<Box<Value>, WriteError> {
        let mut object = self.objects.get(key).cloned().ok_or(WriteError::Gone)?;
        patch::apply(&mut object, body);
        self.put(object.clone());
        Ok(Box::new(self.seen(self.objects.get(key).unwrap_or(&object))))
    }

    pub(super) fn write(&mut self, task: WriteTask) {
        let what =
            if task.patch["metadata"]["finalizers"].is_null() { "status" } else { "finalizer" };
        self.wrote(format!("{what} {} {}", task.app.kind.kind, task.app.name));
        for condition in task.patch["status"]["conditions"].as_array().into_iter().flatten() {
            let text = |name: &str| condition[name].as_str().unwrap_or_default().to_owned();
            self.said.insert((text("type"), text("message")));
        }
        let key = ObjectKey::namespaced(
            &task.app.kind,
            task.app.namespace.as_str(),
            task.app.name.as_str(),
        );
        if task.seen.is_some() && self.statuses == Statuses::OvertakenOnce {
            self.statuses = Statuses::Written;
            self.edit(&key, |resource| resource["metadata"]["labels"] = json!({"edited": "yes"}));
        }
        let stale = task.seen.as_ref().is_some_and(|seen| {
            self.objects
                .get(&key)
                .is_some_and(|live| live["metadata"]["resourceVersion"] != seen.as_str())
        });
        let answer = if stale {
            Err(WriteError::Stale("it was changed".to_owned()))
        } else if let Some(message) = self.refused.get(&key) {
            Err(WriteError::Refused(Failure { class: Class::User, message: message.clone() }))
        } else if self.statuses == Statuses::Unheard {
            let told = self.events.len();
            drop(self.patch(&key, &task.patch));
            self.events.truncate(told);
            Err(WriteError::Uncertain("no answer".to_owned()))
        } else {
            self.patch(&key, &task.patch)
        };
        let answers = self.late_answers.as_mut().unwrap_or(&mut self.events);
        answers.push_back(Event::Written(task.app, task.ticket, answer));
    }

    pub(super) fn shard(&mut self, change: ShardChange) -> Result<Option<Box<Value>>, WriteError> {
        match change {
            ShardChange::Create(object) => {
                let key = key_of(&object);
                self.wrote(format!("create-shard {} {}", key.kind, key.name));
                if self.objects.contains_key(&key) {
                    return Err(WriteError::Stale("it is there".to_owned()));
                }
                self.put(object);
                Ok(Some(Box::new(self.objects[&key].clone())))
            }
            ShardChange::Replace { key, patch, seen, .. } => {
                self.wrote(format!("replace-shard {} {}", key.kind, key.name));
                if self.objects[&key]["metadata"]["resourceVersion"] != seen.as_str() {
                    return Err(WriteError::Stale("it was changed".to_owned()));
                }
                self.patch(&key, &patch).map(Some)
            }
            ShardChange::Delete { key, .. } => {
                self.wrote(format!("delete-shard {} {}", key.kind, key.name));
                self.remove(&key);
                Ok(None)
            }
        }
    }
}
