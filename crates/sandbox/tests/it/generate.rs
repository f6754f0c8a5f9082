//! Scripts that nobody has thought of: writes of every sort by several managers to one object.

mod content;

pub use content::Subject;

use crate::script::Step;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};

/// The writes of one script.
const STEPS: std::ops::Range<usize> = 4..14;

/// Some of some members, each with one of its values.
fn some(of: &[(&'static str, Vec<Value>)]) -> BoxedStrategy<Value> {
    let members: Vec<_> = of
        .iter()
        .map(|(name, values)| (Just(*name), prop::option::of(prop::sample::select(values.clone()))))
        .collect();
    members
        .prop_map(|members| {
            let there =
                members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            Value::Object(there.collect::<Map<_, _>>())
        })
        .boxed()
}

fn metadata() -> BoxedStrategy<Value> {
    some(&[
        ("labels", vec![json!({"a": "1"}), json!({"a": "2", "b": "1"}), json!({})]),
        ("finalizers", vec![json!(["x.example.com/y"])]),
        ("annotations", vec![json!({"x": "1"}), json!({"x": "2"})]),
    ])
}

fn one(subject: Subject, query: &str) -> String {
    format!("{}/one?{query}", subject.path())
}

fn object(subject: Subject) -> BoxedStrategy<Value> {
    (metadata(), subject.content())
        .prop_map(move |(metadata, content)| subject.object(metadata, content))
        .boxed()
}

fn applied(subject: Subject) -> BoxedStrategy<Step> {
    (object(subject), prop_oneof![Just("ours"), Just("theirs")], any::<(bool, bool)>())
        .prop_map(move |(object, manager, (force, dry))| {
            let dry = if dry { "&dryRun=All" } else { "" };
            Step::apply(
                &one(subject, &format!("fieldManager={manager}&force={force}{dry}")),
                object,
            )
        })
        .boxed()
}

fn replaced(subject: Subject) -> BoxedStrategy<Step> {
    (object(subject), any::<bool>())
        .prop_map(move |(mut object, versioned)| {
            if versioned {
                object["metadata"]["resourceVersion"] = "{rv one}".into();
            }
            Step::put(&one(subject, "fieldManager=person"), object)
        })
        .boxed()
}

fn created(subject: Subject) -> BoxedStrategy<Step> {
    object(subject)
        .prop_map(move |object| {
            Step::post(&format!("{}?fieldManager=person", subject.path()), object)
        })
        .boxed()
}

fn merged(subject: Subject) -> BoxedStrategy<Step> {
    object(subject)
        .prop_map(move |mut object| {
            if let Some(fields) = object.as_object_mut() {
                fields.remove("apiVersion");
                fields.remove("kind");
            }
            Step::merge(&one(subject, "fieldManager=person"), object)
        })
        .boxed()
}

fn patched(subject: Subject) -> BoxedStrategy<Step> {
    let operations = vec![
        json!([{"op": "add", "path": "/metadata/labels", "value": {"c": "1"}}]),
        json!([{"op": "remove", "path": "/metadata/labels"}]),
        json!([{"op": "remove", "path": "/metadata/finalizers"}]),
        json!([
            {"op": "test", "path": "/metadata/name", "value": "one"},
            {"op": "replace", "path": "/metadata/resourceVersion", "value": "{rv one}"},
            {"op": "add", "path": "/metadata/annotations", "value": {"j": "1"}}
        ]),
    ];
    prop::sample::select(operations)
        .prop_map(move |body| Step::json_patch(&one(subject, "fieldManager=editor"), body))
        .boxed()
}

fn deleted(subject: Subject) -> BoxedStrategy<Step> {
    let options = vec![
        json!({}),
        json!({"propagationPolicy": "Background"}),
        json!({"dryRun": ["All"], "propagationPolicy": "Foreground"}),
        json!({"dryRun": ["All"], "propagationPolicy": "Orphan"}),
        json!({"preconditions": {"uid": "{uid one}"}}),
        json!({"preconditions": {"uid": "00000000-0000-4000-8000-000000000000"}}),
        json!({"preconditions": {"resourceVersion": "{rv one}"}}),
    ];
    prop::sample::select(options)
        .prop_map(move |body| Step::delete(&one(subject, "")).body(body))
        .boxed()
}

fn step(subject: Subject) -> BoxedStrategy<Step> {
    let read = Just(Step::get(&one(subject, "")));
    let steps = prop_oneof![
        5 => applied(subject), 2 => replaced(subject), 1 => created(subject), 2 => merged(subject),
        2 => patched(subject), 1 => deleted(subject), 1 => read,
    ];
    match subject.of_status() {
        Some(of_status) => prop_oneof![4 => steps, 1 => of_status].boxed(),
        None => steps.boxed(),
    }
}

/// The scripts of a fixed seed. Each leaves nothing behind.
pub fn scripts(subject: Subject, count: usize) -> Vec<Vec<Step>> {
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let script = prop::collection::vec(step(subject), STEPS);
    let one = format!("{}/one", subject.path());
    (0..count)
        .map(|_| {
            let mut steps = script.new_tree(&mut runner).unwrap().current();
            steps.push(Step::merge(&one, json!({"metadata": {"finalizers": null}})));
            steps.push(Step::delete(&one));
            steps
        })
        .collect()
}
