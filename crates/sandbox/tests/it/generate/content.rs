//! What the scripts write.

use super::{one, some};
use crate::cases::widgets;
use crate::script::Step;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A kind with some of its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The plainest kind.
    ConfigMap,
    /// A custom resource with a status.
    Widget,
}

impl Subject {
    pub fn path(self) -> &'static str {
        match self {
            Self::ConfigMap => "/api/v1/namespaces/{ns}/configmaps",
            Self::Widget => widgets::WIDGETS,
        }
    }

    pub fn object(self, metadata: Value, content: Value) -> Value {
        let (version, kind, field) = match self {
            Self::ConfigMap => ("v1", "ConfigMap", "data"),
            Self::Widget => ("{ns}.example.com/v1", "Widget", "spec"),
        };
        let mut object = json!({"apiVersion": version, "kind": kind, "metadata": metadata});
        object["metadata"]["name"] = "one".into();
        object[field] = content;
        object
    }

    pub fn content(self) -> BoxedStrategy<Value> {
        match self {
            Self::ConfigMap => some(&[
                ("k", vec![json!("1"), json!("2")]),
                ("l", vec![json!("1"), json!("")]),
                ("m", vec![json!("1"), json!("2")]),
            ]),
            Self::Widget => widget(),
        }
    }

    /// Writes through the status, where there is one that nobody else writes.
    pub fn of_status(self) -> Option<BoxedStrategy<Step>> {
        if self != Self::Widget {
            return None;
        }
        let status = some(&[
            ("phase", vec![json!("a"), json!("b")]),
            ("observed", vec![json!(1), json!(2)]),
        ]);
        let path = move |query: &str| one(self, query).replace("/one?", "/one/status?");
        let steps = (status, any::<(bool, bool)>()).prop_map(move |(status, (applies, force))| {
            if !applies {
                let body = json!({"status": status, "spec": {"count": 7}});
                return Step::merge(&path("fieldManager=controller"), body);
            }
            let mut object = self.object(json!({"labels": {"no": "no"}}), Value::Null);
            object["status"] = status;
            object.as_object_mut().unwrap().remove("spec");
            Step::apply(&path(&format!("fieldManager=status&force={force}")), object)
        });
        Some(steps.boxed())
    }
}

fn widget() -> BoxedStrategy<Value> {
    let part = |name: &str, weight: Value| json!({"name": name, "weight": weight});
    let parts = vec![
        json!([{"name": "a"}]),
        json!([part("a", 2.into()), part("b", 1.into())]),
        json!([part("b", 3.into()), part("a", 1.into())]),
        json!([]),
    ];
    let rest = some(&[
        ("count", vec![json!(1), json!(3)]),
        ("parts", parts),
        ("limit", vec![json!(5), json!("50%")]),
        ("free", vec![json!({"z": 0, "x": {"y": 1}}), json!({"z": 0, "x": [1, 2]})]),
    ]);
    (prop_oneof![Just("small"), Just("large")], rest)
        .prop_map(|(size, mut content)| {
            content["size"] = size.into();
            content
        })
        .boxed()
}
