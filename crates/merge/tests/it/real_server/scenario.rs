//! Sequences of writes by several managers, each computed here and done there.

use super::{Place, content, message};
use crate::generate::{Seeded, manifest};
use crate::{at, schema_of};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use trimtab_merge::{
    Applied, Apply, Compare, Comparison, DifferenceKind, Error, FieldSet, Force, ManagedFields,
    Update, apply, compare, ownership, prepare, set_of, update, values_digest,
};
use trimtab_model::FieldManager;

/// Scenarios of each kind; the environment may ask for more.
fn scenarios() -> u64 {
    option_env!("TRIMTAB_SCENARIOS").and_then(|text| text.parse().ok()).unwrap_or(12)
}

/// Writes of each scenario.
const STEPS: usize = 5;
/// How often a write is tried again when a controller was faster.
const TRIES: usize = 20;

/// Runs the scenarios of a kind.
pub fn many(kind: &str) {
    let place = Place::new();
    let mut seen = Seen::default();
    for seed in 0..scenarios() {
        let seeded = Seeded(seed.wrapping_mul(0x1000_0001) ^ u64::from(kind.as_bytes()[0]) << 40);
        Scenario { place: &place, kind, seed, seeded, seen: &mut seen }.run();
    }
    println!("{kind}: {seen:?}");
    assert!(seen.applies > seen.refused, "{kind}: {seen:?}");
}

/// How often what was seen.
#[derive(Debug, Default)]
struct Seen {
    applies: usize,
    conflicts: usize,
    refused: usize,
    updates: usize,
    same: usize,
    different: usize,
    undecided: usize,
    /// Said to be different, and the object stayed the same.
    over: usize,
}

/// An apply that the server took.
struct Write<'a> {
    /// All of it, for messages.
    what: &'a str,
    live: Option<&'a Value>,
    desired: &'a Value,
    manager: &'a str,
}

struct Scenario<'a> {
    place: &'a Place,
    kind: &'a str,
    seed: u64,
    seeded: Seeded,
    seen: &'a mut Seen,
}

impl Scenario<'_> {
    fn run(mut self) {
        let mut last = Value::Null;
        for step in 0..STEPS {
            let mut object = self.next(&last);
            object["metadata"]["name"] = json!(format!("one-{}", self.seed));
            object["metadata"]["namespace"] = json!(self.place.namespace);
            let exists = self.place.read(&object).is_some();
            let what = format!("{} seed {} step {step}", self.kind, self.seed);
            match self.seeded.below(4) {
                0 => self.update(&what, &object, exists),
                1 => self.apply(&what, &object, "other", Force::Refuse),
                2 => self.apply(&what, &object, "other", Force::Take),
                _ => self.apply(&what, &object, "ours", Force::Take),
            }
            last = object;
        }
        self.place.remove(&last);
    }

    /// Another manifest, the last one again, or the last one with less in it.
    fn next(&mut self, last: &Value) -> Value {
        match self.seeded.below(3) {
            0 if !last.is_null() => last.clone(),
            1 if !last.is_null() => {
                let mut less = last.clone();
                self.seeded.thin_out(&mut less);
                less
            }
            _ => prepare(manifest(self.kind, &mut self.seeded)),
        }
    }

    fn apply(&mut self, what: &str, object: &Value, manager: &str, force: Force) {
        for _ in 0..TRIES {
            let live = self.place.read(object);
            let mut desired = object.clone();
            if let Some(live) = &live {
                desired["metadata"]["resourceVersion"] =
                    live["metadata"]["resourceVersion"].clone();
            }
            let query = format!("fieldManager={manager}&force={}", force == Force::Take);
            let answer = self.place.apply(&desired, &query);
            let said = message(&answer);
            if answer.code == 409 && !said.starts_with("Apply failed") {
                continue;
            }
            let ours = computed(live.as_ref(), &desired, manager, force);
            let what = format!(
                "{what}: {manager} applies {desired} over {}",
                live.as_ref().unwrap_or(&Value::Null)
            );
            match answer.code {
                200 | 201 => {
                    let ours = ours.unwrap_or_else(|error| panic!("{what}: {error}"));
                    let server = answer.json().expect("JSON");
                    let live = live.as_ref();
                    let write = Write { what: &what, live, desired: &desired, manager };
                    self.check(&write, &ours, &server);
                }
                409 => {
                    self.seen.conflicts += 1;
                    let error = ours.expect_err(&what);
                    assert!(matches!(error, Error::Conflicts(_)), "{what}: {error}");
                    assert_eq!(lines(&error.to_string()), lines(&said), "{what}");
                }
                422 => self.seen.refused += 1,
                // An element of a list has lost its whole key.
                500 if said.contains("omits all key fields") => {
                    assert_eq!(ours.expect_err(&what).to_string(), said);
                    self.seen.refused += 1;
                }
                code => panic!("{what}: {code} {said}"),
            }
            return;
        }
        panic!("{what}: a controller was always faster");
    }

    fn check(&mut self, write: &Write<'_>, ours: &Applied, server: &Value) {
        let Write { what, live, desired, manager } = *write;
        let schema = &schema_of(desired);
        self.seen.applies += 1;
        assert_entries(what, &ours.object, server);
        let set = set_of(schema, desired);
        let owned = ownership(&server["metadata"]["managedFields"], &manager.into());
        assert_eq!(owned.expect("it is read").unwrap_or_default(), set, "{what}");
        self.check_object(what, &ours.object, server);
        if let Some(live) = live {
            self.check_comparison(write, live, server);
            let same = content(live) == content(server);
            let digest = |object: &Value| values_digest(object, &set, Some(schema));
            assert!(!same || digest(live) == digest(server), "{what}");
        }
    }

    /// The server's object is ours with its defaults: it is what the server would make of ours.
    fn check_object(&self, what: &str, ours: &Value, server: &Value) {
        let mut fresh = content(ours);
        fresh["metadata"]["name"] = json!("fresh");
        let mut server = content(server);
        server["metadata"]["name"] = json!("fresh");
        for allocated in ["clusterIP", "clusterIPs"] {
            for object in [&mut fresh, &mut server] {
                object.get_mut("spec").and_then(Value::as_object_mut).map(|s| s.remove(allocated));
            }
        }
        let path = format!("{}?dryRun=All", self.place.path(&fresh));
        let answer = self.place.send("POST", &path, "application/json", &fresh);
        assert_eq!(answer.code, 201, "{what}: {fresh}: {}", message(&answer));
        let mut made = content(&answer.json().expect("JSON"));
        for allocated in ["clusterIP", "clusterIPs"] {
            made.get_mut("spec").and_then(Value::as_object_mut).map(|s| s.remove(allocated));
        }
        assert_eq!(normal(made), normal(server), "{what}");
    }

    fn check_comparison(&mut self, write: &Write<'_>, live: &Value, server: &Value) {
        let Write { what, desired, manager, .. } = *write;
        let changed = content(live) != content(server);
        let manager = FieldManager::from(manager);
        let managed = ManagedFields::of(live).expect("it is read");
        let compared = compare(&Compare {
            schema: &schema_of(desired),
            desired,
            live,
            owned: Some(&managed.fields_of(|entry| entry.is_apply_of(&manager))),
            others: &managed.fields_of(|entry| !entry.is_apply_of(&manager)),
            last_applied: None,
        });
        match compared {
            Comparison::Same => {
                self.seen.same += 1;
                assert!(!changed, "it changed, and `Same` was said: {what}; now {server}");
            }
            Comparison::Different(found) => {
                self.seen.different += 1;
                if !changed {
                    self.seen.over += 1;
                    let removed = |kind| kind == DifferenceKind::Removed;
                    let removals = found.iter().any(|difference| removed(difference.kind));
                    let said: Vec<String> =
                        found.iter().map(|d| format!("{} {:?}", d.path, d.kind)).collect();
                    assert!(removals, "nothing changed, and {said:?} was said: {what}");
                }
            }
            Comparison::Undecided(_) => self.seen.undecided += 1,
        }
    }

    /// Replaces the object, or creates it.
    fn update(&mut self, what: &str, object: &Value, exists: bool) {
        for _ in 0..TRIES {
            let live = self.place.read(object).filter(|_| exists);
            let mut new = object.clone();
            let (verb, path) = match &live {
                Some(live) => {
                    let version = &live["metadata"]["resourceVersion"];
                    new["metadata"]["resourceVersion"] = version.clone();
                    ("PUT", self.place.path_of(object))
                }
                None => ("POST", self.place.path(object)),
            };
            let path = format!("{path}?fieldManager=editor");
            let answer = self.place.send(verb, &path, "application/json", &new);
            match answer.code {
                200 | 201 => {
                    self.seen.updates += 1;
                    let server = answer.json().expect("JSON");
                    let sent = sent(live.as_ref(), &new, &server);
                    let ours = update(&Update {
                        schema: &schema_of(object),
                        old: live.as_ref(),
                        new: &sent,
                        manager: &FieldManager::from("editor"),
                        subresource: "",
                        now: at(0),
                    });
                    let live = live.unwrap_or_default();
                    assert_entries(&format!("{what}: {new} over {live}"), &ours, &server);
                }
                409 => continue,
                422 => self.seen.refused += 1,
                code => panic!("{what}: {code} {}", message(&answer)),
            }
            return;
        }
        panic!("{what}: a controller was always faster");
    }
}

fn computed(
    live: Option<&Value>,
    desired: &Value,
    manager: &str,
    force: Force,
) -> Result<Applied, Error> {
    apply(&Apply {
        schema: &schema_of(desired),
        live,
        desired,
        manager: &FieldManager::from(manager),
        subresource: "",
        force,
        now: at(0),
    })
}

/// Who owns what, by writer, without times.
fn entries(object: &Value) -> BTreeMap<String, FieldSet> {
    let managed = ManagedFields::of(object).expect("it is read");
    let name = |entry: &trimtab_merge::ManagedEntry| {
        let operation = entry.operation.as_str();
        format!("{} {operation} {} {}", entry.manager, entry.api_version, entry.subresource)
    };
    managed.0.into_iter().map(|entry| (name(&entry), entry.fields)).collect()
}

/// What the writer had sent, defaults filled in. A StatefulSet's claims get their kind only when they
/// are stored, and an empty list of rules becomes none.
fn sent(old: Option<&Value>, new: &Value, server: &Value) -> Value {
    let mut sent = server.clone();
    sent["metadata"].as_object_mut().unwrap().remove("managedFields");
    let claims = sent.pointer_mut("/spec/volumeClaimTemplates").and_then(Value::as_array_mut);
    for claim in claims.into_iter().flatten().filter_map(Value::as_object_mut) {
        claim.remove("apiVersion");
        claim.remove("kind");
    }
    if new["rules"] == json!([]) {
        sent["rules"] = json!([]);
    }
    // The count of a DaemonSet's templates starts again when the writer leaves it out.
    let count = "deprecated.daemonset.template.generation";
    if new["kind"] == "DaemonSet" {
        sent["metadata"]["annotations"][count] = json!("0");
    }
    // The server protects a claim after it has seen who owns what.
    if new["kind"] == "PersistentVolumeClaim" && old.is_none() {
        let metadata = sent["metadata"].as_object_mut().unwrap();
        match new["metadata"].get("finalizers").filter(|sent| **sent != json!([])) {
            Some(finalizers) => drop(metadata.insert("finalizers".into(), finalizers.clone())),
            None => drop(metadata.remove("finalizers")),
        }
    }
    // The server allots addresses after it has seen who owns what.
    if new["kind"] == "Service" {
        let spec = sent["spec"].as_object_mut().unwrap();
        for name in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            if new["spec"].get(name).is_none() && old.is_none() {
                spec.remove(name);
            }
        }
    }
    sent
}

fn assert_entries(what: &str, ours: &Value, server: &Value) {
    let (ours, server) = (entries(ours), entries(server));
    if ours == server {
        return;
    }
    let mut report = String::new();
    for name in ours.keys().chain(server.keys()) {
        let set = |of: &BTreeMap<String, FieldSet>| of.get(name).cloned().unwrap_or_default();
        for (who, left, right) in [("ours", &ours, &server), ("server", &server, &ours)] {
            let only: Vec<String> =
                set(left).difference(&set(right)).paths().iter().map(ToString::to_string).collect();
            report.extend([name, ": only ", who, ": ", &only.join(" "), "\n"]);
        }
    }
    panic!("{report}{what}");
}

/// The server lists the managers of a conflict in the order of its own names for them.
fn lines(message: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = message.split('\n').collect();
    lines.sort_unstable();
    lines
}

/// Without nulls and what is empty, which the server stores in more than one way.
fn normal(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, member)| (name, normal(member)));
            let kept = members.filter(|(_, member)| !member.is_null() && *member != json!({}));
            kept.collect()
        }
        Value::Array(items) => items.into_iter().map(normal).collect(),
        scalar => scalar,
    }
}
