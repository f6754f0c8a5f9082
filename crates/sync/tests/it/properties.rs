//! The invariants over generated lives: random orders of effects, answers and watch events, lost
//! answers, crashes, people who edit, and new commits.

use crate::model::{Fate, Life, Model, empty_record};
use crate::world::{self, Setting};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use trimtab_inventory::Inventory;
use trimtab_model::{
    Class, DeletionPolicy, Manifest, ObjectKey, Order, Propagation, PruneLimit, SelfHeal,
    SourceRevision,
};
use trimtab_sync::{
    ConditionKind, Effect, Event, Failure, Habits, Outcome, Phase, Request, Writes,
};

const APPS: [&str; 2] = ["blog", "shop"];
const OBJECTS: [(&str, &str, &str, i8); 6] = [
    ("v1", "ConfigMap", "a", 0),
    ("v1", "ConfigMap", "b", 1),
    ("v1", "Secret", "c", 0),
    ("v1", "Service", "d", -1),
    ("apps/v1", "Deployment", "e", 1),
    ("v1", "ConfigMap", "f", 2),
];

fn body(object: usize, value: u8) -> Value {
    let (api_version, kind, name, wave) = OBJECTS[object];
    let mut body = world::body(api_version, kind, (Some("shop"), name));
    body["metadata"]["labels"] = json!({"value": value.to_string()});
    body["metadata"]["annotations"] = json!({"test/wave": wave.to_string()});
    body
}

fn key(object: usize) -> ObjectKey {
    world::manifest(body(object, 0)).key
}

/// What a render has: for each object a value, or nothing.
type Wishes = Vec<Option<u8>>;

fn manifests(wishes: &Wishes) -> Vec<Manifest> {
    let wished = wishes.iter().enumerate().filter_map(|(object, value)| Some((object, (*value)?)));
    wished.map(|(object, value)| world::manifest(body(object, value))).collect()
}

fn wishes() -> impl Strategy<Value = Wishes> {
    prop::collection::vec(prop::option::weighted(0.6, 0u8..2), OBJECTS.len())
}

/// Something that happens.
#[derive(Clone, Debug)]
enum Move {
    CarryOut(usize, usize, Fate),
    Answer(usize),
    Watch,
    Look(usize),
    Time,
    Crash(usize, usize),
    Commit(usize, Wishes),
    Edit(usize, u8),
    Delete(usize),
    Unmark(usize),
    Lead(usize, bool),
    Rewrite(usize, bool),
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        12 => Just(Fate::Good),
        1 => Just(Fate::AnswerLost),
        1 => Just(Fate::Lost),
        1 => Just(Fate::Busy),
        1 => Just(Fate::Refused),
    ]
}

fn a_move() -> impl Strategy<Value = Move> {
    let app = 0..APPS.len();
    let object = 0..OBJECTS.len();
    prop_oneof![
        12 => (app.clone(), 0usize..4, fate()).prop_map(|(app, place, fate)| Move::CarryOut(app, place, fate)),
        10 => app.clone().prop_map(Move::Answer),
        8 => Just(Move::Watch),
        4 => app.clone().prop_map(Move::Look),
        3 => Just(Move::Time),
        2 => (app.clone(), 0usize..3).prop_map(|(app, late)| Move::Crash(app, late)),
        2 => (app.clone(), wishes()).prop_map(|(app, wishes)| Move::Commit(app, wishes)),
        1 => (object.clone(), 0u8..3).prop_map(|(object, value)| Move::Edit(object, value)),
        1 => object.clone().prop_map(Move::Delete),
        1 => object.prop_map(Move::Unmark),
        1 => (app.clone(), any::<bool>()).prop_map(|(app, leads)| Move::Lead(app, leads)),
        1 => (app, any::<bool>()).prop_map(|(app, rewritten)| Move::Rewrite(app, rewritten)),
    ]
}

fn model(orders: [bool; 2], wishes: &[Wishes; 2]) -> Model {
    let mut setting = Setting::default();
    let mut lives = BTreeMap::new();
    for ((name, stages), wishes) in APPS.into_iter().zip(orders).zip(wishes) {
        let order = if stages { Order::Stages } else { Order::Waves };
        let mut application = world::application(name, order);
        application.rendered = world::rendered(manifests(wishes));
        let policy = &mut application.app.policy;
        policy.prune_limit = PruneLimit::Unlimited;
        policy.allow_empty = true;
        if stages {
            policy.self_heal = SelfHeal::AtInterval(Duration::from_mins(5));
        }
        setting.apps.insert(name.to_owned(), application);
        let habits = Habits {
            finalizer: stages,
            retry_after: stages.then_some(Duration::from_mins(1)),
            runs_on_change: stages,
        };
        lives.insert(name.to_owned(), Life::new(empty_record(), habits));
    }
    Model::new(setting, lives)
}

fn make(model: &mut Model, one: &Move) {
    match one {
        Move::CarryOut(app, place, fate) => drop(model.carry_out(APPS[*app], *place, *fate)),
        Move::Answer(app) => drop(model.answer(APPS[*app])),
        Move::Watch => drop(model.watch_one()),
        Move::Look(app) => drop(model.look(APPS[*app], Event::Look)),
        Move::Time => drop(model.pass_time()),
        Move::Crash(app, late) => model.crash(APPS[*app], *late),
        Move::Commit(app, wishes) => commit(model, APPS[*app], Some(wishes)),
        Move::Edit(object, value) => edit(model, &key(*object), |body| {
            body["metadata"]["labels"]["value"] = value.to_string().into();
        }),
        Move::Delete(object) => model.delete(&key(*object)),
        Move::Unmark(object) => edit(model, &key(*object), |body| {
            if let Some(annotations) = body["metadata"]["annotations"].as_object_mut() {
                annotations.remove(world::MARK);
            }
        }),
        Move::Lead(app, leads) => {
            let writes = if *leads { Writes::Allowed } else { Writes::NotLeading };
            model.lives.get_mut(APPS[*app]).expect("it is there").writes = writes;
        }
        Move::Rewrite(app, rewritten) => {
            model.lives.get_mut(APPS[*app]).expect("it is there").rewritten = *rewritten;
        }
    }
}

/// A sync that a person asks for.
fn person() -> Request {
    Request { user: Some("admin".into()), ..Request::by_itself(true) }
}

fn edit(model: &mut Model, key: &ObjectKey, change: impl FnOnce(&mut Value)) {
    let Some((_, body)) = model.cluster.get(key) else { return };
    let mut body = body.clone();
    change(&mut body);
    model.put(&body);
}

fn commit(model: &mut Model, name: &str, wishes: Option<&Wishes>) {
    let application = model.setting.apps.get_mut(name).expect("it is there");
    application.revision += 1;
    if let Some(wishes) = wishes {
        application.rendered = world::rendered(manifests(wishes));
    }
}

/// Ends all faults, commits once more so that nothing is given up, and lets everything come to rest.
fn calm(model: &mut Model) {
    for name in APPS {
        let life = model.lives.get_mut(name).expect("it is there");
        life.writes = Writes::Allowed;
        life.rewritten = false;
        commit(model, name, None);
    }
    model.rest();
}

/// Everything desired is there and marked by one that has it; nothing of ours is left that nobody has.
fn is_converged(model: &Model) -> Result<(), TestCaseError> {
    for name in APPS {
        let application = &model.setting.apps[name];
        for manifest in &application.rendered.objects {
            let Some((live, body)) = model.cluster.get(&manifest.key) else {
                return Err(TestCaseError::fail(format!("{} of {name} is absent", manifest.key)));
            };
            let owners: Vec<&str> = APPS
                .into_iter()
                .filter(|one| live.claims.contains(&world::tracking(one).claim))
                .collect();
            prop_assert_eq!(owners.len(), 1, "{} is marked by {:?}", manifest.key, owners);
            let owner = &model.setting.apps[owners[0]];
            let wanted = owner.rendered.objects.iter().find(|other| other.key == manifest.key);
            let Some(wanted) = wanted else {
                return Err(TestCaseError::fail(format!(
                    "{} is not {}'s",
                    manifest.key, owners[0]
                )));
            };
            prop_assert_eq!(&wanted.body["metadata"]["labels"], &body["metadata"]["labels"]);
        }
        let life = &model.lives[name];
        for (key, (live, _)) in &model.cluster {
            let marked = live.claims.contains(&world::tracking(name).claim);
            let orphan = marked && life.record.inventory.contains(key) && !application.has(key);
            prop_assert!(!orphan, "{key} of {name} is left over: {:#?}", life.trace);
        }
        let phase = life.record.operation.as_ref().map(|operation| operation.phase);
        prop_assert!(phase.is_none_or(Phase::is_over), "{name}: {:?}", life.record.operation);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, max_shrink_iters: 300, ..ProptestConfig::default() })]

    /// P1, P5, P9, P11 and P13 are checked at every step of every life; at the end, P3 and P6: whatever
    /// happened, everything converges, and stays.
    #[test]
    fn p06_whatever_happens_everything_converges(
        orders in any::<[bool; 2]>(),
        first in [wishes(), wishes()],
        moves in prop::collection::vec(a_move(), 0..120),
    ) {
        let mut model = model(orders, &first);
        for one in &moves {
            make(&mut model, one);
        }
        calm(&mut model);
        is_converged(&model)?;
    }

    /// P7: at rest, looking asks for nothing, whoever looks and how often.
    #[test]
    fn p07_nothing_happens_at_rest(orders in any::<[bool; 2]>(), first in [wishes(), wishes()]) {
        let mut model = model(orders, &first);
        calm(&mut model);
        for _ in 0..3 {
            for name in APPS {
                let effects = model.look(name, Event::Look);
                prop_assert!(effects.is_empty(), "{effects:?}");
            }
        }
    }

    /// P6: killed after any effect, it ends as if it had not been killed.
    #[test]
    fn p06_a_crash_at_any_step_changes_nothing(
        stages in any::<bool>(),
        (before, after) in (wishes(), wishes()),
        kill in any::<prop::sample::Index>(),
        late in 0usize..3,
    ) {
        let (undisturbed, turns) = upgraded(stages, (&before, &after), None);
        let kill = 1 + kill.index(turns);
        let (killed, _) = upgraded(stages, (&before, &after), Some((kill, late)));
        prop_assert_eq!(killed, undisturbed, "killed in turn {} of {}", kill, turns);
    }

    /// A deleted application takes exactly its own with it, and then lets its resource go (P1, P3, P4).
    #[test]
    fn p04_a_deletion_takes_its_own_and_no_more(
        orders in any::<[bool; 2]>(),
        first in [wishes(), wishes()],
        policy in 0usize..4,
        kind_goes_away in any::<bool>(),
        fates in prop::collection::vec((fate(), any::<bool>()), 0..30),
    ) {
        let mut model = model(orders, &first);
        calm(&mut model);
        let before = model.cluster.clone();
        let application = model.setting.apps.get_mut("shop").expect("it is there");
        application.app.deleting = Some(model.now);
        application.app.policy.deletion = [
            DeletionPolicy::Orphan,
            DeletionPolicy::Cascade(Propagation::Foreground),
            DeletionPolicy::Remove,
            DeletionPolicy::RemoveAndWait(Duration::from_mins(10)),
        ][policy];
        let removes = application.app.policy.deletion != DeletionPolicy::Orphan && !kind_goes_away;
        let life = model.lives.get_mut("shop").expect("it is there");
        life.finalizer = true;
        life.kind_goes_away = kind_goes_away;
        for (fate, crash) in fates {
            model.look("shop", Event::Look);
            model.carry_out("shop", 0, fate);
            model.answer("shop");
            if crash {
                model.crash("shop", 1);
            }
        }
        model.rest();
        prop_assert!(!model.lives["shop"].finalizer);
        let ours = world::tracking("shop").claim;
        for (key, (live, _)) in &before {
            let wanted = model.setting.apps["blog"].has(key);
            let goes = removes && live.claims.contains(&ours) && !wanted;
            prop_assert_eq!(model.cluster.contains_key(key), !goes, "{}", key);
        }
    }

    /// P5, P6: an operation of a person runs once, through any crash, and its request is taken away.
    #[test]
    fn p06_a_request_is_carried_out_once(first in wishes(), moves in prop::collection::vec(a_move(), 0..40)) {
        let mut model = model([false, false], &[Vec::new(), first]);
        let application = model.setting.apps.get_mut("shop").expect("it is there");
        application.app.policy.trigger = trimtab_model::Trigger::Manual;
        application.app.policy.self_heal = SelfHeal::Never;
        let life = model.lives.get_mut("shop").expect("it is there");
        life.record.requested = Some(person());
        let harmless = |one: &&Move| !matches!(one, Move::Commit(..) | Move::Delete(_) | Move::CarryOut(_, _, Fate::Lost | Fate::Busy | Fate::Refused));
        for one in moves.iter().filter(harmless) {
            make(&mut model, one);
        }
        for name in APPS {
            model.lives.get_mut(name).expect("it is there").writes = Writes::Allowed;
        }
        model.rest();
        let record = &model.lives["shop"].record;
        prop_assert!(record.requested.is_none());
        let operation = record.operation.as_ref();
        let phase = operation.map(|o| o.phase);
        prop_assert_eq!(phase, Some(Phase::Succeeded), "{:?}", operation);
        prop_assert_eq!(record.history.len(), 1);
    }
}

/// What must be the same whatever happened on the way.
type End = (BTreeMap<ObjectKey, Value>, Inventory, Vec<SourceRevision>);

/// A commit comes, and the process is killed in one turn of what follows; its last effects may arrive
/// late. Returns the end, and how many turns there were.
fn upgraded(
    stages: bool,
    (before, after): (&Wishes, &Wishes),
    kill: Option<(usize, usize)>,
) -> (End, usize) {
    let mut model = model([stages, stages], &[Vec::new(), before.clone()]);
    model.rest();
    commit(&mut model, "shop", Some(after));
    let mut turns = 0;
    loop {
        model.look("shop", Event::Look);
        let moved = model.carry_out("shop", 0, Fate::Good);
        model.answer("shop");
        model.watch_one();
        turns += 1;
        if let Some((_, late)) = kill.filter(|(turn, _)| *turn == turns) {
            model.crash("shop", late);
        }
        if !moved && !model.pass_time() {
            break;
        }
        assert!(turns < 200, "it does not come to rest: {:#?}", model.lives["shop"].trace);
    }
    model.rest();
    let objects =
        model.cluster.iter().map(|(key, (_, body))| (key.clone(), body.clone())).collect();
    let record = &model.lives["shop"].record;
    ((objects, record.inventory.clone(), record.applied.clone()), turns)
}

/// A new application of four objects costs one status write that carries the inventory, four applies,
/// one status write with the result, and one event.
#[test]
fn a_new_application_costs_two_status_writes_and_its_applies() {
    let mut model =
        model([false, false], &[Vec::new(), vec![Some(0), None, Some(0), Some(0), Some(0), None]]);
    model.lives.remove("blog");
    model.rest();
    let trace = &model.lives["shop"].trace;
    let applies = trace.iter().filter(|line| line.starts_with("create")).count();
    assert_eq!((trace.len(), applies), (7, 4), "{trace:#?}");
    assert_eq!(trace[0], "status Record");
    assert_eq!(trace[5], "status News");
    assert!(trace[6].starts_with("announce Sync operation to "), "{trace:#?}");
}

#[test]
fn effects_that_are_no_steps_are_few() {
    let mut model =
        model([true, true], &[Vec::new(), vec![Some(0), None, Some(0), Some(0), Some(0), None]]);
    model.lives.remove("blog");
    let first = model.look("shop", Event::Look);
    assert_eq!(first, [Effect::AddFinalizer]);
    model.rest();
    let trace = &model.lives["shop"].trace;
    assert_eq!(trace.len(), 8, "{trace:#?}");
}

/// P1: whoever takes pruning out of the rules while a sync runs is not pruned from by it, also when
/// another process goes on with it.
#[test]
fn a_sync_that_goes_on_prunes_by_the_rules_as_they_are() {
    for (stages, crashes) in [(false, false), (false, true), (true, false), (true, true)] {
        let whole = vec![Some(0), None, Some(0), Some(0), None, None];
        let mut model = model([false, stages], &[Vec::new(), whole]);
        model.lives.remove("blog");
        model.rest();
        commit(&mut model, "shop", Some(&vec![Some(1), None, None, Some(1), None, None]));
        model.look("shop", Event::Look);
        assert!(model.carry_out("shop", 0, Fate::Good), "the record");
        if crashes {
            model.crash("shop", 0);
        }
        let application = model.setting.apps.get_mut("shop").expect("it is there");
        application.app.policy.prune = false;
        let before = model.lives["shop"].trace.len();
        model.rest();
        let trace = &model.lives["shop"].trace[before..];
        assert!(!trace.iter().any(|line| line.starts_with("prune")), "{trace:#?}");
        assert!(trace.iter().any(|line| line.starts_with("update")), "{trace:#?}");
    }
}

/// P1: what is carried out is what the record says. A process that died in a sync which a person asked
/// for leaves it to one that sees a newer commit: that commit is written down before anything is pruned
/// by it.
#[test]
fn an_operation_that_goes_on_at_a_newer_commit_is_written_down_first() {
    let whole = vec![Some(0), None, Some(0), Some(0), None, None];
    let mut model = model([false, false], &[Vec::new(), whole]);
    model.lives.remove("blog");
    model.rest();
    let life = model.lives.get_mut("shop").expect("it is there");
    life.record.requested = Some(person());
    model.look("shop", Event::Look);
    assert!(model.carry_out("shop", 0, Fate::Good), "the look at its sources");
    assert!(model.answer("shop"));
    assert!(model.carry_out("shop", 0, Fate::Good), "the record");
    model.crash("shop", 0);
    let before = model.lives["shop"].trace.len();
    assert_eq!(model.lives["shop"].trace[before - 1], "status Record");

    commit(&mut model, "shop", Some(&vec![Some(0), None, Some(0), None, None, None]));
    model.rest();
    let trace = &model.lives["shop"].trace[before..];
    let prune = trace.iter().position(|line| line.starts_with("prune"));
    assert!(prune.is_some(), "{trace:#?}");
    assert_eq!(trace[0], "status Record", "{trace:#?}");
}

/// P6: the answer to a step of a sync that this process has forgotten says nothing of a deletion.
#[test]
fn an_answer_to_a_forgotten_step_is_no_failed_deletion() {
    let mut model = model([true, true], &[Vec::new(), vec![Some(0), None, None, None, None, None]]);
    model.lives.remove("blog");
    model.rest();
    let failure = Failure { class: Class::Retry, message: "the Lease ends".to_owned() };
    let outcome = Outcome::Failed(failure);
    model.look("shop", Event::Carried { key: key(0), outcome });
    let conditions = model.report("shop").conditions;
    assert!(conditions.iter().all(|condition| condition.kind != ConditionKind::Deletion));
}
