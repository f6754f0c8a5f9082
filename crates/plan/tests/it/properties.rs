//! The invariants that plans keep, over generated worlds.

use crate::world::{self, Setting};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use trimtab_inventory::{Entry as Inventoried, Inventory};
use trimtab_model::{
    Approval, Digest, Document, GroupKind, NotSupported, ObjectKey, Order, OwnerClaim, PruneLimit,
    Restraint,
};
use trimtab_plan::{
    Action, Assessed, Assessment, Baseline, Desired, Entry, Finding, HeldReason, KeepReason, Plan,
    Refusal, SyncRequest, SyncStatus, assess, lint_removal, removal_plan,
};

const APPS: [&str; 3] = ["blog", "shop", "wiki"];
const OWNERS: [&str; 4] = ["blog", "shop", "wiki", "gone"];
const OBJECTS: [(&str, &str, &str); 8] = [
    ("v1", "ConfigMap", "a"),
    ("v1", "ConfigMap", "b"),
    ("v1", "ConfigMap", "c"),
    ("v1", "Service", "d"),
    ("v1", "Secret", "e"),
    ("apps/v1", "Deployment", "f"),
    ("v1", "Namespace", "g"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", "h"),
];

/// One application, generated.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of the generator")]
struct App {
    /// For each object: the value that is desired, and the wave.
    desired: Vec<Option<(u8, i8)>>,
    /// For each object: whether the inventory has it.
    inventory: Vec<bool>,
    inventory_known: bool,
    complete: bool,
    known: bool,
    stages: bool,
    /// Objects and percent.
    budget: (u32, u32),
}

/// One live object, generated.
#[derive(Clone, Debug)]
struct LiveOne {
    value: u8,
    owner: Option<usize>,
    deleting: bool,
    keeps: bool,
}

#[derive(Clone, Debug)]
struct Case {
    apps: Vec<App>,
    live: Vec<Option<LiveOne>>,
    unreadable: bool,
    request: (bool, bool, bool, bool),
}

/// Of the objects each application has some for its own as a rule; so that they meet, and mostly do not.
fn is_own(app: usize, object: usize) -> bool {
    object % APPS.len() == app
}

fn app(app: usize) -> impl Strategy<Value = App> {
    let often = |object: usize, own: f64, other: f64| if is_own(app, object) { own } else { other };
    let desired = |object| prop::option::weighted(often(object, 0.5, 0.1), (0u8..2, -1i8..2));
    let listed = |object| prop::bool::weighted(often(object, 0.85, 0.15));
    (
        (0..OBJECTS.len()).map(desired).collect::<Vec<_>>(),
        (0..OBJECTS.len()).map(listed).collect::<Vec<_>>(),
        (prop::bool::weighted(0.9), prop::bool::weighted(0.9), prop::bool::weighted(0.9)),
        any::<bool>(),
        (0u32..3, prop::sample::select(&[0, 50][..])),
    )
        .prop_map(
            |(desired, inventory, (inventory_known, complete, known), stages, budget)| App {
                desired,
                inventory,
                inventory_known,
                complete,
                known,
                stages,
                budget,
            },
        )
}

fn live(object: usize) -> impl Strategy<Value = Option<LiveOne>> {
    let owner = prop_oneof![6 => Just(object % APPS.len()), 4 => 0..OWNERS.len()];
    let one = (0u8..2, prop::option::weighted(0.85, owner), any::<u8>());
    prop::option::weighted(0.8, one).prop_map(|one| {
        one.map(|(value, owner, odd)| LiveOne {
            value,
            owner,
            deleting: odd < 20,
            keeps: (20..40).contains(&odd),
        })
    })
}

fn case() -> impl Strategy<Value = Case> {
    (
        (0..APPS.len()).map(app).collect::<Vec<_>>(),
        (0..OBJECTS.len()).map(live).collect::<Vec<_>>(),
        prop::bool::weighted(0.1),
        (prop::bool::weighted(0.8), any::<bool>(), any::<bool>(), prop::bool::weighted(0.2)),
    )
        .prop_map(|(apps, live, unreadable, request)| Case { apps, live, unreadable, request })
}

fn document(object: usize, value: u8, wave: Option<i8>) -> Value {
    let (api_version, kind, name) = OBJECTS[object];
    let namespace = match kind {
        "Namespace" | "ClusterRole" => None,
        _ => Some("shop"),
    };
    let mut body = world::body(api_version, kind, (namespace, name));
    body["metadata"]["labels"] = json!({"value": value.to_string()});
    if let Some(wave) = wave {
        body["metadata"]["annotations"] = json!({"test/wave": wave.to_string()});
    }
    body
}

fn key(object: usize) -> ObjectKey {
    world::manifest(document(object, 0, None)).key
}

impl Case {
    fn setting(&self) -> Setting {
        let mut setting = Setting::default();
        for (name, app) in APPS.iter().zip(&self.apps) {
            let order = if app.stages { Order::Stages } else { Order::Waves };
            let mut application = world::application(name, order);
            let objects = app.desired.iter().enumerate().filter_map(|(object, desired)| {
                desired.map(|(value, wave)| world::manifest(document(object, value, Some(wave))))
            });
            application.rendered = world::rendered(objects.collect());
            application.rendered.complete = app.complete;
            application.known = app.known;
            let keys = (0..OBJECTS.len()).filter(|object| app.inventory[*object]).map(key);
            application.inventory = if app.inventory_known {
                world::inventory(keys)
            } else {
                let reason = "nobody knows".to_owned();
                Inventory::Unknown(trimtab_inventory::Error::Unreadable { reason })
            };
            application.app.policy.prune_limit =
                PruneLimit::Budget { objects: app.budget.0, percent: app.budget.1 };
            setting.apps.insert((*name).to_owned(), application);
        }
        for (object, live) in self.live.iter().enumerate() {
            let Some(live) = live else { continue };
            let mut body = document(object, live.value, None);
            if live.keeps {
                body["metadata"]["annotations"] =
                    json!({"test/options": "Prune=false,Delete=false"});
            }
            if let Some(owner) = live.owner {
                world::tracking(OWNERS[owner]).write(&key(object), "shop", &mut body);
            }
            let (mut row, body) = world::live(body, &format!("uid{object}"), 10);
            if live.deleting {
                row.deleting = Some("2026-01-01T00:00:00Z".parse().expect("a time"));
            }
            setting.live.objects.insert(row.key.clone(), (row, body));
        }
        if self.unreadable {
            setting.live.unreadable.insert(GroupKind::new("", "Service"));
        }
        setting
    }

    fn request(&self) -> SyncRequest {
        let (prune, explicit, apply_all, rewritten) = self.request;
        SyncRequest { prune, explicit, apply_all, only: None, rewritten, passed_over: false }
    }
}

fn claim(name: &str) -> OwnerClaim {
    world::tracking(name).claim
}

fn marked(setting: &Setting, key: &ObjectKey, name: &str) -> bool {
    setting.live.objects.get(key).is_some_and(|(live, _)| live.claims.contains(&claim(name)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// What names an application of another namespace, or may, is in no step of those whose inventory
    /// does not have it.
    #[test]
    fn p03_nothing_of_another_namespace_s_application_is_touched(
        case in case(),
        elsewhere in prop::collection::vec(prop::option::of(any::<bool>()), OWNERS.len()),
    ) {
        let mut setting = case.setting();
        let found = OWNERS.iter().zip(elsewhere);
        let found = found.filter_map(|(name, found)| Some(((*name).to_owned(), found?)));
        setting.elsewhere = found.collect();
        for name in APPS {
            let (_, _, plan) = setting.plan(name, &case.request());
            for step in plan.steps() {
                let Some((live, _)) = setting.live.objects.get(&step.key) else { continue };
                let inventoried = setting.apps[name].inventory.contains(&step.key);
                let theirs = |owner: &OwnerClaim| {
                    let asked = if *owner == claim(name) {
                        !inventoried
                    } else {
                        !setting.apps.contains_key(&*owner.owner)
                    };
                    asked && setting.elsewhere.contains_key(&*owner.owner)
                };
                prop_assert!(!live.claims.iter().any(theirs), "{name}: {step:?}");
            }
        }
    }

    /// Only what carries our mark now, stands in our inventory (or is named by an explicit sync), and
    /// is absent from a complete render is pruned.
    #[test]
    fn p01_a_prune_is_of_our_own_and_absent_from_a_complete_render(case in case()) {
        let setting = case.setting();
        let request = case.request();
        for name in APPS {
            let application = &setting.apps[name];
            let (_, _, plan) = setting.plan(name, &request);
            for step in plan.steps().filter(|step| step.action.is_prune()) {
                prop_assert!(request.prune && application.rendered.complete);
                prop_assert!(marked(&setting, &step.key, name));
                prop_assert!(!application.has(&step.key));
                prop_assert!(application.inventory.contains(&step.key) || request.explicit);
                prop_assert!(!application.inventory.is_unknown());
            }
        }
    }

    /// More prunes than the budget wait all together, the rest of the plan goes on, and a yes to
    /// exactly this set lets them go.
    #[test]
    fn p02_too_many_prunes_wait_for_a_yes_to_exactly_this_set(case in case()) {
        let mut setting = case.setting();
        let request = case.request();
        for name in APPS {
            let (_, _, plan) = setting.plan(name, &request);
            let prunes = plan.steps().filter(|step| step.action.is_prune()).count();
            let inventory = setting.apps[name].inventory.len();
            let PruneLimit::Budget { objects, percent } = setting.apps[name].app.policy.prune_limit
            else { unreachable!() };
            let budget = (objects as usize).max(inventory * percent as usize / 100);
            prop_assert!(prunes <= budget);
            let Some(held) = &plan.held else { continue };
            prop_assert_eq!(prunes, 0);
            prop_assert!(request.rewritten || held.keys.len() > budget, "it is within the budget");
            let application = setting.apps.get_mut(name).expect("it is there");
            application.app.policy.approval = Some(Approval(Digest::of(b"other").short().into()));
            prop_assert!(setting.plan(name, &request).2.held.is_some());
            let application = setting.apps.get_mut(name).expect("it is there");
            application.app.policy.approval = Some(Approval(held.set.short().into()));
            let (_, _, approved) = setting.plan(name, &request);
            let pruned: BTreeSet<&ObjectKey> =
                approved.steps().filter(|s| s.action.is_prune()).map(|s| &s.key).collect();
            prop_assert_eq!(pruned, held.keys.iter().collect());
            setting.apps.get_mut(name).expect("it is there").app.policy.approval = None;
        }
    }

    /// What another application has, or may have, is neither changed nor removed.
    #[test]
    fn p03_nothing_of_another_application_is_touched(case in case()) {
        let setting = case.setting();
        let request = case.request();
        for name in APPS {
            let (_, _, plan) = setting.plan(name, &request);
            for step in plan.steps() {
                for other in APPS.iter().filter(|other| **other != name) {
                    let owner = &setting.apps[*other];
                    let has = !owner.known || owner.has(&step.key);
                    let touches_theirs = marked(&setting, &step.key, other) && has;
                    prop_assert!(!touches_theirs, "{name} touches {step}");
                    prop_assert!(!(step.action.is_prune() && has), "{name} removes {step}");
                }
            }
        }
    }

    /// Whatever the order in which applications sync, after a few rounds nothing is left to do, each
    /// desired object is live, and exactly one application that has it marks it.
    #[test]
    fn p03_applications_that_want_the_same_come_to_rest(case in case(), order in Just(APPS.to_vec()).prop_shuffle()) {
        let mut setting = case.setting();
        settle(&mut setting);
        let request = SyncRequest { prune: true, explicit: true, apply_all: false, only: None, rewritten: false, passed_over: false };
        for _ in 0..4 {
            for name in &order {
                let (desired, assessment, plan) = setting.plan(name, &request);
                carry_out(&mut setting, name, (&desired, &assessment, &plan));
            }
        }
        for name in APPS {
            let (_, _, plan) = setting.plan(name, &request);
            prop_assert!(plan.is_empty(), "{name} still has\n{plan}");
            for manifest in &setting.apps[name].rendered.objects {
                let owners: Vec<&str> =
                    APPS.into_iter().filter(|one| marked(&setting, &manifest.key, one)).collect();
                prop_assert_eq!(owners.len(), 1);
                prop_assert!(setting.apps[owners[0]].has(&manifest.key));
            }
        }
    }

    /// Every step on an object that is there names the incarnation and the state that were seen; what
    /// is created was seen to be absent.
    #[test]
    fn p08_every_step_names_what_it_saw(case in case()) {
        let setting = case.setting();
        for name in APPS {
            let (_, _, plan) = setting.plan(name, &case.request());
            for step in plan.steps() {
                let seen = setting.live.objects.get(&step.key).map(|(live, _)| live);
                prop_assert_eq!(step.action.uid(), seen.map(|live| &live.uid));
                prop_assert_eq!(step.action.seen(), seen.map(|live| &live.resource_version));
                prop_assert!(!setting.live.unreadable.contains(&step.key.group_kind()));
            }
        }
    }

    /// After a branch was rewritten, a plan without a yes prunes nothing, and does everything else as
    /// if it had not been.
    #[test]
    fn p13_a_rewritten_branch_holds_only_prunes(case in case()) {
        let setting = case.setting();
        let before = SyncRequest { rewritten: false, ..case.request() };
        let after = SyncRequest { rewritten: true, ..case.request() };
        for name in APPS {
            let applies = |plan: &Plan| -> Vec<(ObjectKey, Action)> {
                let steps = plan.steps().filter(|step| !step.action.is_prune());
                steps.map(|step| (step.key.clone(), step.action.clone())).collect()
            };
            let (_, _, ordinary) = setting.plan(name, &before);
            let (_, _, held) = setting.plan(name, &after);
            prop_assert!(held.steps().all(|step| !step.action.is_prune()));
            prop_assert_eq!(applies(&ordinary), applies(&held));
            if ordinary.steps().any(|step| step.action.is_prune()) {
                let reason = held.held.as_ref().map(|held| held.reason);
                prop_assert_eq!(reason, Some(HeldReason::BranchRewritten));
            }
        }
    }

    /// Right after a clean sync there is nothing to do, and it is told by digests alone.
    #[test]
    fn p16_a_plan_after_a_clean_sync_is_empty(case in case()) {
        let mut setting = case.setting();
        settle(&mut setting);
        let name = "shop";
        setting.apps.retain(|other, _| other == name);
        let request = SyncRequest { prune: true, explicit: true, apply_all: false, only: None, rewritten: false, passed_over: false };
        let (desired, assessment, plan) = setting.plan(name, &request);
        carry_out(&mut setting, name, (&desired, &assessment, &plan));
        let (desired, assessment, plan) = setting.plan(name, &request);
        prop_assert!(plan.is_empty(), "{plan}");
        for key in desired.objects.keys() {
            prop_assert_eq!(&assessment.objects[key].finding, &Finding::Same);
        }
        let asked: Vec<_> = plan.kept.iter().filter(|kept| kept.reason != KeepReason::AskedTo).collect();
        prop_assert!(asked.iter().all(|kept| kept.reason == KeepReason::Same), "{asked:?}");
    }

    /// The order of manifests changes nothing.
    #[test]
    fn p16_the_order_of_objects_changes_nothing(case in case()) {
        let setting = case.setting();
        let mut turned = case.setting();
        for application in turned.apps.values_mut() {
            application.rendered.objects.reverse();
        }
        for name in APPS {
            let one = setting.plan(name, &case.request()).2;
            let other = turned.plan(name, &case.request()).2;
            prop_assert_eq!(one, other);
        }
    }

    /// A sync decides each object once: a key is in one step, or is kept with one reason.
    #[test]
    fn p16_every_object_is_decided_once(case in case()) {
        let setting = case.setting();
        for name in APPS {
            let (desired, assessment, plan) = setting.plan(name, &case.request());
            let mut seen = BTreeSet::new();
            let keys = plan.steps().map(|step| &step.key).chain(plan.kept.iter().map(|kept| &kept.key));
            for key in keys {
                prop_assert!(seen.insert(key), "{key} is decided twice\n{plan}");
            }
            let all: BTreeSet<&ObjectKey> =
                desired.objects.keys().chain(desired.refused.keys()).chain(assessment.objects.keys()).collect();
            prop_assert_eq!(seen, all);
        }
    }

    /// An error is never empty: what could not be read is unknown, never absent and never synced.
    #[test]
    fn p01_what_could_not_be_read_is_never_absent(case in case()) {
        let mut setting = case.setting();
        setting.live.unreadable.insert(GroupKind::new("", "Service"));
        for name in APPS {
            setting.with(name, |world| {
                let desired = setting.desired(name, world);
                let assessment = assess(world, &desired);
                let mentioned = assessment.objects.keys().any(|key| key.kind.as_str() == "Service");
                if mentioned || !desired.complete {
                    prop_assert_eq!(assessment.status, SyncStatus::Unknown);
                }
                let mut extras = assessment.objects.values().filter(|object| {
                    matches!(object.finding, Finding::Extra(_))
                });
                let unknown = extras.all(|object| object.status == SyncStatus::Unknown);
                prop_assert!(desired.complete || unknown, "it may be desired all the same");
                Ok(())
            })?;
        }
    }

    /// The deletion of an application removes only what carries its mark and stands in its inventory,
    /// and nothing that another one wants.
    #[test]
    fn p01_a_cascade_is_of_our_own(case in case()) {
        let mut setting = case.setting();
        for name in APPS {
            let application = setting.apps.get_mut(name).expect("it is there");
            application.app.deleting = Some("2026-01-01T00:00:00Z".parse().expect("a time"));
            setting.with(name, |world| {
                let plan = removal_plan(world);
                lint_removal(&plan, world).expect("the plan keeps the invariants");
                for step in plan.steps() {
                    prop_assert!(step.action.is_prune() && marked(&setting, &step.key, name));
                    prop_assert!(setting.apps[name].inventory.contains(&step.key));
                    for other in APPS.iter().filter(|other| **other != name) {
                        let owner = &setting.apps[*other];
                        prop_assert!(owner.known && !owner.has(&step.key), "{other} may want {step}");
                    }
                }
                Ok(())
            })?;
        }
    }
}

/// The properties say something: in the generated cases all that they speak of happens, and often.
#[test]
fn the_cases_have_what_the_properties_speak_of() {
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeMap::<&str, usize>::new();
    for _ in 0..96 {
        let case = case().new_tree(&mut runner).expect("a case").current();
        for name in APPS {
            for what in happens(&case, name) {
                *seen.entry(what).or_default() += 1;
            }
        }
    }
    for what in
        ["prune", "held", "follows", "hand-over", "refused", "removes", "unknown", "incomplete"]
    {
        assert!(seen.get(what).is_some_and(|times| *times >= 5), "{what}: {seen:?}");
    }
}

/// What a sync and the deletion of one application of a case come to.
fn happens(case: &Case, name: &str) -> BTreeSet<&'static str> {
    let mut setting = case.setting();
    let (desired, assessment, plan) = setting.plan(name, &case.request());
    let mut seen = BTreeSet::new();
    let mut note = |what, is: bool| {
        if is {
            seen.insert(what);
        }
    };
    note("prune", plan.steps().any(|step| step.action.is_prune()));
    note("held", plan.held.is_some());
    note("follows", plan.steps().any(|step| !step.action.is_prune()) && case.request().rewritten);
    let theirs = |key: &ObjectKey| {
        OWNERS.into_iter().any(|other| other != name && marked(&setting, key, other))
    };
    note("hand-over", plan.steps().any(|step| !step.action.is_prune() && theirs(&step.key)));
    let theirs = |refusal: &Refusal| matches!(refusal, Refusal::OwnedBy(_));
    note("refused", plan.refused.values().any(theirs));
    let unknown = |object: &Assessed| object.status == SyncStatus::Unknown;
    note("unknown", desired.complete && assessment.objects.values().any(unknown));
    note("incomplete", !desired.complete);
    let application = setting.apps.get_mut(name).expect("it is there");
    application.app.deleting = Some("2026-01-01T00:00:00Z".parse().expect("a time"));
    if setting.with(name, |world| removal_plan(world).steps().count()) > 0 {
        seen.insert("removes");
    }
    seen
}

/// Makes everything known and complete, budgets wide, and nothing half gone, so that all can come to
/// rest.
fn settle(setting: &mut Setting) {
    setting.live.unreadable.clear();
    for (live, _) in setting.live.objects.values_mut() {
        live.deleting = None;
    }
    for application in setting.apps.values_mut() {
        application.known = true;
        application.rendered.complete = true;
        application.app.policy.prune_limit = PruneLimit::Unlimited;
        if application.inventory.is_unknown() {
            application.inventory = Inventory::default();
        }
        let supported = |field: &NotSupported| field.restraint == Restraint::Adds;
        application.app.not_supported.retain(supported);
    }
}

/// Does to the maps what a cluster would do, and remembers what a controller would.
fn carry_out(
    setting: &mut Setting,
    name: &str,
    (desired, _, plan): (&Desired, &Assessment, &Plan),
) {
    for step in plan.steps() {
        match &step.action {
            Action::Prune { .. } => drop(setting.live.objects.remove(&step.key)),
            Action::Create(body) | Action::Update { body, .. } => {
                apply(setting, name, &step.key, (body, desired));
            }
        }
    }
    let gone = |key: &ObjectKey| !setting.live.objects.contains_key(key);
    let application = setting.apps.get(name).expect("it is there");
    let mut entries = application.inventory.known().expect("it is known").clone();
    entries.retain(|key, _| !gone(key));
    for (key, object) in &desired.objects {
        if marked(setting, key, name) {
            entries.insert(key.clone(), Inventoried { version: object.version.clone() });
        }
    }
    entries.retain(|key, _| marked(setting, key, name));
    setting.apps.get_mut(name).expect("it is there").inventory = Inventory::Known(entries);
}

fn apply(
    setting: &mut Setting,
    name: &str,
    key: &ObjectKey,
    (body, desired): (&Document, &Desired),
) {
    let old = setting.live.objects.get(key).map(|(live, _)| live.clone());
    let version = old
        .as_ref()
        .map_or(10, |live| live.resource_version.as_str().parse::<u64>().expect("a number") + 1);
    let uid = old.map_or_else(|| format!("new-{name}-{}", key.name), |live| live.uid.to_string());
    let (mut live, body) = world::live(body.value(), &uid, version);
    let entry = Entry { fields: Digest::of(b"set"), values: Digest::of_json(&body) };
    live.entry = Some(entry);
    let baseline = Baseline {
        uid: live.uid.clone(),
        desired: desired.objects[key].digest,
        entry,
        resource_version: live.resource_version.clone(),
    };
    setting.baselines.insert((name.to_owned(), key.clone()), baseline);
    setting.live.objects.insert(key.clone(), (live, body));
}
