//! A model of everything around `step`: a cluster with a watch that lags behind, resources that
//! remember, effects on their way, and faults.

use crate::world::{self, Setting};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use trimtab_inventory::Inventory;
use trimtab_model::{Class, Digest, ObjectKey, OwnerClaim, Timestamp};
use trimtab_plan::{
    Action, Assessment, Baseline, Desired, DryRun, Entry, LiveObject, Sighting, Step, assess,
    baseline_after,
};
use trimtab_sync::{
    Asked, Change, Effect, Event, Failure, Habits, Operation, Outcome, Record, Report, Room,
    Source, State, View, Windows, Writes, report, step,
};

/// What becomes of an effect that is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Good,
    /// Done, and the answer is lost.
    AnswerLost,
    /// Not done, and nobody says so.
    Lost,
    /// Refused because the server is busy.
    Busy,
    /// Refused for good.
    Refused,
}

/// One application's process and its resource.
pub struct Life {
    pub state: State,
    pub record: Record,
    pub flight: VecDeque<Effect>,
    pub inbox: VecDeque<Event>,
    pub wakes: BTreeSet<Timestamp>,
    pub writes: Writes,
    pub source: Source,
    pub windows: Windows,
    pub invalid: Vec<trimtab_sync::Condition>,
    pub habits: Habits,
    pub rewritten: bool,
    pub finalizer: bool,
    pub kind_goes_away: bool,
    /// What was done, for specs.
    pub trace: Vec<String>,
}

/// A change on its way: the object, its version, and what it is now.
type Seen = (ObjectKey, u64, Option<(LiveObject, Value)>);

pub struct Model {
    pub setting: Setting,
    pub cluster: BTreeMap<ObjectKey, (LiveObject, Value)>,
    watch: VecDeque<Seen>,
    /// The last version that each object was seen at, gone or not.
    seen: BTreeMap<ObjectKey, u64>,
    version: u64,
    pub now: Timestamp,
    pub lives: BTreeMap<String, Life>,
}

pub fn empty_record() -> Record {
    Record {
        inventory: Inventory::default(),
        operation: None,
        requested: None,
        terminate: false,
        refresh: None,
        refreshed: None,
        history: Vec::new(),
        applied: Vec::new(),
        last_run: None,
        rewritten: false,
        pauses: None,
    }
}

impl Life {
    pub fn new(record: Record, habits: Habits) -> Self {
        Self {
            state: State::new(&record),
            record,
            flight: VecDeque::new(),
            inbox: VecDeque::new(),
            wakes: BTreeSet::new(),
            writes: Writes::Allowed,
            source: Source::Ready,
            windows: Windows::default(),
            invalid: Vec::new(),
            habits,
            rewritten: false,
            finalizer: false,
            kind_goes_away: false,
            trace: Vec::new(),
        }
    }
}

/// Our entry, as an index would read it from a body.
fn entry(body: &Value) -> Entry {
    let taken = body["metadata"]["taken"].as_bool() == Some(true);
    Entry {
        fields: Digest::of(if taken { b"less" } else { b"all" }),
        values: Digest::of_json(body),
    }
}

impl Model {
    pub fn new(setting: Setting, lives: BTreeMap<String, Life>) -> Self {
        let cluster = setting.live.objects.clone();
        Self {
            setting,
            cluster,
            watch: VecDeque::new(),
            seen: BTreeMap::new(),
            version: 100,
            now: "2026-01-01T00:00:00Z".parse().expect("a time"),
            lives,
        }
    }

    /// Makes an object in the cluster what a writer wants it to be; the watch tells it later.
    pub fn put(&mut self, body: &Value) -> (LiveObject, Change) {
        let key = world::manifest(body.clone()).key;
        let (uid, change) = match self.cluster.get(&key) {
            Some((live, old)) if old == body => return (live.clone(), Change::Unchanged),
            Some((live, _)) => (live.uid.to_string(), Change::Configured),
            None => (format!("uid{}", self.version), Change::Created),
        };
        self.version += 1;
        let (mut live, body) = world::live(body.clone(), &uid, self.version);
        live.entry = Some(entry(&body));
        self.cluster.insert(key.clone(), (live.clone(), body.clone()));
        self.watch.push_back((key, self.version, Some((live.clone(), body))));
        (live, change)
    }

    pub fn delete(&mut self, key: &ObjectKey) {
        if self.cluster.remove(key).is_some() {
            self.version += 1;
            self.watch.push_back((key.clone(), self.version, None));
        }
    }

    /// One event of the watch comes in.
    pub fn watch_one(&mut self) -> bool {
        let Some((key, version, object)) = self.watch.pop_front() else { return false };
        self.see(&key, version, object);
        true
    }

    fn see(&mut self, key: &ObjectKey, version: u64, object: Option<(LiveObject, Value)>) {
        let seen = self.seen.entry(key.clone()).or_default();
        if version <= *seen {
            return;
        }
        *seen = version;
        if let Some(object) = object {
            self.setting.live.objects.insert(key.clone(), object);
        } else {
            self.setting.live.objects.remove(key);
            self.setting.baselines.retain(|(_, known), _| known != key);
        }
    }

    /// One application takes one event in.
    pub fn look(&mut self, name: &str, event: Event) -> Vec<Effect> {
        let Some(life) = self.lives.get_mut(name) else { return Vec::new() };
        if let Event::Carried { key, outcome: Outcome::Applied { baseline, .. } } = &event {
            self.setting.baselines.insert((name.to_owned(), key.clone()), baseline.clone());
        }
        let state = std::mem::take(&mut life.state);
        let application = self.setting.apps.get_mut(name).expect("it is there");
        application.inventory = state.inventory().clone();
        let life = &self.lives[name];
        let before = state.clone();
        let asked = before.asked();
        let (after, effects, baselines, checked) =
            self.view((name, asked.as_ref()), |view, assessment, desired| {
                let (after, effects) = step(state, view, event, self.now);
                let mut baselines = Vec::new();
                for (key, object) in &desired.objects {
                    let finding = &assessment.objects[key].finding;
                    let known = baseline_after(&view.world, object, finding);
                    baselines.extend(known.map(|known| (key.clone(), known)));
                }
                let checked = check(&before, &effects, view);
                (after, effects, baselines, checked)
            });
        if let Err(breach) = checked {
            panic!("{name}: {breach}\n{effects:#?}\n{:#?}", life.record);
        }
        for (key, baseline) in baselines {
            self.setting.baselines.insert((name.to_owned(), key), baseline);
        }
        let life = self.lives.get_mut(name).expect("it is there");
        life.state = after;
        for effect in &effects {
            match effect {
                Effect::Wake(at) => drop(life.wakes.insert(*at)),
                other => life.flight.push_back(other.clone()),
            }
        }
        effects
    }

    pub fn view<T>(
        &self,
        (name, asked): (&str, Option<&Asked>),
        look: impl FnOnce(&View<'_>, &Assessment, &Desired) -> T,
    ) -> T {
        let life = &self.lives[name];
        self.setting.with(name, |world| {
            let desired = self.setting.desired(name, world);
            let assessment = assess(world, &desired);
            let view = View {
                world: *world,
                record: &life.record,
                habits: life.habits,
                desired: Some(&desired),
                source: &life.source,
                assessment: Some(&assessment),
                rewritten: life.rewritten,
                writes: &life.writes,
                windows: &life.windows,
                invalid: &life.invalid,
                finalizer: life.finalizer,
                kind_goes_away: life.kind_goes_away,
                asked,
                room: Room::Shards,
            };
            look(&view, &assessment, &desired)
        })
    }

    pub fn report(&mut self, name: &str) -> Report {
        let inventory = self.lives[name].state.inventory().clone();
        self.setting.apps.get_mut(name).expect("it is there").inventory = inventory;
        let asked = self.lives[name].state.asked();
        self.view((name, asked.as_ref()), |view, _, _| report(&self.lives[name].state, view))
    }

    /// Carries out the effect that was asked for first (or the one at that place), and has its answer
    /// come back some time.
    pub fn carry_out(&mut self, name: &str, place: usize, fate: Fate) -> bool {
        let life = self.lives.get_mut(name).expect("it is there");
        if life.flight.is_empty() {
            return false;
        }
        let place = place % life.flight.len();
        let effect = life.flight.remove(place).expect("it is in range");
        let event = match effect {
            Effect::WriteStatus(urgency) => {
                if fate != Fate::Good {
                    // The writer tries again.
                    let life = self.lives.get_mut(name).expect("it is there");
                    life.flight.push_back(Effect::WriteStatus(urgency));
                    return true;
                }
                self.write_status(name);
                self.note(name, format!("status {urgency:?}"));
                Event::StatusWritten(Ok(()))
            }
            Effect::Carry(step) => {
                let outcome = self.carry(name, &step, fate);
                Event::Carried { key: step.key, outcome }
            }
            Effect::DryRun { key, body, desired, against, .. } => {
                let changes = match self.cluster.get(&key) {
                    Some((_, live)) => Ok(*live != body.value()),
                    None => Ok(true),
                };
                self.note(name, format!("dry run {key}"));
                if fate == Fate::Good {
                    self.setting.dry_runs.insert(key, DryRun { desired, against, changes });
                }
                Event::Look
            }
            Effect::LookAtSources => Event::SourcesSeen,
            Effect::Withdraw => {
                self.withdraw(name);
                Event::Look
            }
            Effect::RemoveFinalizer | Effect::AddFinalizer => {
                let on = effect == Effect::AddFinalizer;
                if fate == Fate::Good {
                    self.lives.get_mut(name).expect("it is there").finalizer = on;
                    self.note(name, format!("finalizer {}", if on { "on" } else { "off" }));
                    Event::FinalizerWritten(Ok(()))
                } else {
                    Event::FinalizerWritten(Err(busy()))
                }
            }
            Effect::Announce(announcement) => {
                self.note(name, format!("announce {}", announcement.message));
                Event::Look
            }
            Effect::Park(why) => panic!("{name}: {why}"),
            Effect::Wake(_) => Event::Look,
        };
        self.lives.get_mut(name).expect("it is there").inbox.push_back(event);
        true
    }

    /// What was sent and not carried out comes back undone.
    fn withdraw(&mut self, name: &str) {
        let life = self.lives.get_mut(name).expect("it is there");
        let all = std::mem::take(&mut life.flight);
        for effect in all {
            match effect {
                Effect::Carry(step) => {
                    let outcome = Outcome::Failed(busy());
                    life.inbox.push_back(Event::Carried { key: step.key, outcome });
                }
                other => life.flight.push_back(other),
            }
        }
    }

    fn note(&mut self, name: &str, line: String) {
        self.lives.get_mut(name).expect("it is there").trace.push(line);
    }

    /// The resource is made what the report says, as the doors do.
    fn write_status(&mut self, name: &str) {
        let report = self.report(name);
        let life = self.lives.get_mut(name).expect("it is there");
        let record = &mut life.record;
        record.inventory = report.inventory;
        record.operation = report.operation;
        record.history = report.history;
        record.applied = report.applied;
        record.terminate = false;
        record.refreshed = report.refreshed.map(|refresh| refresh.token);
        if report.request_taken {
            record.requested = None;
        }
    }

    fn carry(&mut self, name: &str, step: &Step, fate: Fate) -> Outcome {
        match fate {
            Fate::Lost => return Outcome::Uncertain,
            Fate::Busy => return Outcome::Failed(busy()),
            Fate::Refused => {
                let message = "refused".to_owned();
                return Outcome::Failed(Failure { class: Class::User, message });
            }
            Fate::Good | Fate::AnswerLost => {}
        }
        let there = self.cluster.get(&step.key).map(|(live, _)| live.clone());
        let outcome = match (&step.action, there) {
            (Action::Create(_), Some(_)) | (Action::Update { .. }, None) => Outcome::Stale,
            (Action::Update { uid, .. }, Some(live)) if live.uid != *uid => Outcome::Stale,
            (Action::Create(body), None) | (Action::Update { body, .. }, Some(_)) => {
                let (live, change) = self.put(&body.value());
                self.applied(name, step, (&live, change))
            }
            (Action::Prune { .. }, None) => Outcome::Gone,
            (Action::Prune { uid, seen, .. }, Some(live)) => {
                if live.uid != *uid || live.resource_version != *seen {
                    Outcome::Stale
                } else {
                    self.delete(&step.key);
                    Outcome::Deleted
                }
            }
        };
        let words = match (&outcome, &step.action) {
            (Outcome::Stale, _) => "stale",
            (Outcome::Gone, _) => "gone",
            (_, Action::Create(_)) => "create",
            (_, Action::Update { .. }) => "update",
            (_, Action::Prune { .. }) => "prune",
        };
        self.note(name, format!("{words} {}", step.key));
        if fate == Fate::AnswerLost { Outcome::Uncertain } else { outcome }
    }

    fn applied(
        &mut self,
        name: &str,
        step: &Step,
        (live, change): (&LiveObject, Change),
    ) -> Outcome {
        let desired = self.view((name, None), |view, _, _| {
            let object = view.desired.and_then(|desired| desired.objects.get(&step.key));
            object.filter(|object| step.action.body() == Some(&object.body)).map(|o| o.digest)
        });
        let baseline = Baseline {
            uid: live.uid.clone(),
            desired: desired.unwrap_or_else(|| Digest::of(b"of an older revision")),
            entry: live.entry.expect("it was just applied"),
            resource_version: live.resource_version.clone(),
        };
        Outcome::Applied { change, baseline }
    }

    /// The answer that came back first is taken in, and what it says of the object with it.
    pub fn answer(&mut self, name: &str) -> bool {
        let life = self.lives.get_mut(name).expect("it is there");
        let Some(event) = life.inbox.pop_front() else { return false };
        if let Event::Carried { key, outcome: Outcome::Applied { baseline, .. } } = &event {
            let version: u64 = baseline.resource_version.as_str().parse().expect("a number");
            // The answer carries the object as it was then, whatever has become of it since.
            let told = self.watch.iter().find(|(k, v, _)| k == key && *v == version);
            if let Some((_, _, object @ Some(_))) = told.cloned() {
                self.see(key, version, object);
            }
        }
        self.look(name, event);
        true
    }

    /// The process dies: what was not sent never is, what was sent may still take effect, and no
    /// answer comes.
    pub fn crash(&mut self, name: &str, late: usize) {
        let life = self.lives.get_mut(name).expect("it is there");
        let flight = std::mem::take(&mut life.flight);
        let carried: VecDeque<Effect> = flight
            .into_iter()
            .filter(|effect| matches!(effect, Effect::Carry(_)))
            .take(late)
            .collect();
        life.flight = carried;
        while self.carry_out(name, 0, Fate::AnswerLost) {}
        let life = self.lives.get_mut(name).expect("it is there");
        life.inbox.clear();
        life.wakes.clear();
        life.state = State::new(&life.record);
        self.setting.baselines.retain(|(app, _), _| app != name);
    }

    /// Lets everything come to rest without faults; panics if it does not.
    pub fn rest(&mut self) {
        let names: Vec<String> = self.lives.keys().cloned().collect();
        for _ in 0..600 {
            let mut moved = false;
            while self.watch_one() {
                moved = true;
            }
            for name in &names {
                while self.carry_out(name, 0, Fate::Good) {
                    moved = true;
                }
                while self.answer(name) {
                    moved = true;
                }
                self.look(name, Event::Look);
                moved |= !self.lives[name].flight.is_empty();
            }
            if !moved && !self.pass_time() {
                return;
            }
        }
        let traces: Vec<_> = self
            .lives
            .iter()
            .map(|(n, l)| (n, l.trace.iter().rev().take(20).collect::<Vec<_>>()))
            .collect();
        panic!("it does not come to rest: {traces:#?}");
    }

    /// Time passes to the next moment that somebody waits for.
    pub fn pass_time(&mut self) -> bool {
        let next = self.lives.values().filter_map(|life| life.wakes.first()).min().copied();
        let Some(next) = next else { return false };
        for life in self.lives.values_mut() {
            life.wakes.retain(|wake| *wake > next);
        }
        self.now = self.now.max(next);
        true
    }
}

fn busy() -> Failure {
    Failure { class: Class::Retry, message: "busy".to_owned() }
}

/// The invariants that hold for the effects of every single step.
fn check(before: &State, effects: &[Effect], view: &View<'_>) -> Result<(), String> {
    let ours: &OwnerClaim = &view.world.app.tracking.claim;
    if *view.writes != Writes::Allowed && effects.iter().any(|e| !matches!(e, Effect::Wake(_))) {
        return Err("P9: something is asked for while we may not write".into());
    }
    let durable = &view.record.inventory;
    for effect in effects {
        let Effect::Carry(step) = effect else { continue };
        if !durable.contains(&step.key) {
            return Err(format!("P5: {step} before its inventory is in the cluster"));
        }
        let Action::Prune { .. } = step.action else { continue };
        let desired = view.desired.expect("it is there");
        let marked = match view.world.live.sighting(&step.key) {
            Sighting::Seen(live) => live.claims.contains(ours),
            // It is gone, and the delete names an incarnation.
            Sighting::Absent => true,
            Sighting::Unknown(_) => false,
        };
        if !marked {
            return Err(format!("P1: {step} does not carry our mark"));
        }
        if view.world.app.deleting.is_some() {
            if view.kind_goes_away {
                return Err(format!("P4: {step} while the kind goes away"));
            }
            continue;
        }
        if desired.has(&step.key) || !desired.complete {
            return Err(format!("P1: {step} is not absent from a complete render"));
        }
        if view.rewritten && view.world.app.policy.approval.is_none() {
            return Err(format!("P13: {step} after the branch was rewritten"));
        }
    }
    let ends_first = |operation: &Operation| {
        operation.finished_at.is_some_and(|finished| finished < operation.started_at)
    };
    if before.operation().is_some_and(ends_first) {
        return Err("an operation ends before it begins".into());
    }
    let history = before.operation().map_or(0, |operation| operation.results.len());
    let objects = view.assessment.map_or(0, |assessment| assessment.objects.len());
    if history > objects + durable.len() + 16 {
        return Err("P11: the results grow without end".into());
    }
    Ok(())
}
