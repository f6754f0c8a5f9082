//! Scripts that nobody has thought of: writes of every sort by several managers to one object.

use crate::cases::widgets;
use crate::script::Step;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};

/// The writes of one script.
const STEPS: std::ops::Range<usize> = 4..14;

/// What is written.
#[derive(Clone, Copy, Debug)]
pub enum Subject {
    ConfigMap,
    Widget,
}

impl Subject {
    fn path(self) -> &'static str {
        match self {
            Self::ConfigMap => "/api/v1/namespaces/{ns}/configmaps",
            Self::Widget => widgets::WIDGETS,
        }
    }

    fn object(self, metadata: Value, content: Value) -> Value {
        let (version, kind, field) = match self {
            Self::ConfigMap => ("v1", "ConfigMap", "data"),
            Self::Widget => ("{ns}.example.com/v1", "Widget", "spec"),
        };
        let mut object = json!({"apiVersion": version, "kind": kind, "metadata": metadata});
        object["metadata"]["name"] = "one".into();
        object[field] = content;
        object
    }

    fn content(self) -> BoxedStrategy<Value> {
        match self {
            Self::ConfigMap => some(&[
                ("k", vec![json!("1"), json!("2")]),
                ("l", vec![json!("1"), json!("")]),
                ("m", vec![json!("1"), json!("2")]),
            ]),
            Self::Widget => {
                let part = |name: &str, weight: Value| json!({"name": name, "weight": weight});
                let parts = vec![
                    json!([{"name": "a"}]),
                    json!([part("a", 2.into()), part("b", 1.into())]),
                    json!([part("b", 3.into()), part("a", 1.into())]),
                    json!([]),
                ];
                (
                    prop_oneof![Just("small"), Just("large")],
                    some(&[
                        ("count", vec![json!(1), json!(3)]),
                        ("parts", parts),
                        ("limit", vec![json!(5), json!("50%")]),
                        ("free", vec![json!({}), json!({"x": {"y": 1}}), json!({"x": [1, 2]})]),
                    ]),
                )
                    .prop_map(|(size, mut content)| {
                        content["size"] = size.into();
                        content
                    })
                    .boxed()
            }
        }
    }
}

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
        ("annotations", vec![json!({"x": "1"}), json!({"x": "2"})]),
        ("finalizers", vec![json!(["x.example.com/y"])]),
    ])
}

fn step(subject: Subject) -> BoxedStrategy<Step> {
    let one = move |query: String| format!("{}/one?{query}", subject.path());
    let object = (metadata(), subject.content())
        .prop_map(move |(metadata, content)| subject.object(metadata, content));
    let applied =
        (object.clone(), prop_oneof![Just("ours"), Just("theirs")], any::<(bool, bool)>())
            .prop_map(move |(object, manager, (force, dry))| {
                let dry = if dry { "&dryRun=All" } else { "" };
                Step::apply(&one(format!("fieldManager={manager}&force={force}{dry}")), object)
            });
    let replaced = (object.clone(), any::<bool>()).prop_map(move |(mut object, versioned)| {
        if versioned {
            object["metadata"]["resourceVersion"] = "{rv one}".into();
        }
        Step::put(&one("fieldManager=person".into()), object)
    });
    let created = object.clone().prop_map(move |object| {
        Step::post(&format!("{}?fieldManager=person", subject.path()), object)
    });
    let merged = object.prop_map(move |mut object| {
        if let Some(fields) = object.as_object_mut() {
            fields.remove("apiVersion");
            fields.remove("kind");
        }
        Step::merge(&one("fieldManager=person".into()), object)
    });
    let operations = vec![
        json!([{"op": "add", "path": "/metadata/labels", "value": {"c": "1"}}]),
        json!([{"op": "remove", "path": "/metadata/labels"}]),
        json!([{"op": "remove", "path": "/metadata/finalizers"}]),
        json!([{"op": "test", "path": "/metadata/name", "value": "one"},
               {"op": "replace", "path": "/metadata/resourceVersion", "value": "{rv one}"},
               {"op": "add", "path": "/metadata/annotations", "value": {"j": "1"}}]),
    ];
    let patched = prop::sample::select(operations)
        .prop_map(move |body| Step::json_patch(&one("fieldManager=editor".into()), body));
    let deleted = Just(Step::delete(&one(String::new())));
    prop_oneof![
        5 => applied, 2 => replaced, 1 => created, 2 => merged, 2 => patched, 1 => deleted,
        1 => Just(Step::get(&one(String::new()))),
    ]
    .boxed()
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
