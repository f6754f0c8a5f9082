//! What counts as a difference.

use crate::schema_of;
use serde_json::{Value, json};
use trimtab_merge::{Compare, Comparison, DifferenceKind, FieldSet, Schema, compare, set_of};

fn compared(desired: &Value, live: &Value, owned: Option<&FieldSet>) -> Comparison {
    let schema = schema_of(desired);
    let others = FieldSet::EMPTY;
    compare(&Compare { schema: &schema, desired, live, owned, others, last_applied: None })
}

fn found(comparison: Comparison) -> Vec<(String, DifferenceKind)> {
    match comparison {
        Comparison::Different(found) => {
            found.into_iter().map(|found| (found.path.to_string(), found.kind)).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn deployment(spec: &Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
        "spec": {"template": {"spec": spec}}})
}

#[test]
fn spellings_zeros_and_defaults_are_no_differences() {
    let desired = deployment(&json!({"hostNetwork": false, "nodeSelector": {}, "tolerations": [],
        "securityContext": {}, "containers": [{"name": "a", "command": [], "stdin": false,
            "resources": {"limits": {"cpu": "1000m", "memory": "1024Mi"}},
            "env": [{"name": "N", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                {"name": "E", "value": ""}]}]}));
    let live = deployment(&json!({"securityContext": {}, "dnsPolicy": "ClusterFirst",
        "containers": [{"name": "a", "imagePullPolicy": "Always",
            "resources": {"limits": {"cpu": "1", "memory": "1Gi"}},
            "env": [{"name": "N", "valueFrom":
                {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}},
                {"name": "E"}]}]}));
    assert_eq!(compared(&desired, &live, None), Comparison::Same);
}

#[test]
fn what_the_server_makes_within_a_policys_rules_is_no_difference() {
    let policy = |constraints: &Value| {
        json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": "p"}, "spec": {"matchConstraints": constraints}})
    };
    let rule = json!({"apiGroups": ["a"], "apiVersions": ["v1"], "operations": ["CREATE"],
        "resources": ["b"]});
    let mut stored = rule.clone();
    stored["scope"] = json!("*");
    let desired = policy(&json!({"resourceRules": [rule]}));
    let live = policy(&json!({"resourceRules": [stored], "matchPolicy": "Equivalent",
        "namespaceSelector": {}, "objectSelector": {}}));
    assert_eq!(compared(&desired, &live, None), Comparison::Same);
}

#[test]
fn other_values_are() {
    let desired = deployment(&json!({"hostNetwork": true, "containers": [{"name": "a",
        "image": "b:2"}, {"name": "n"}]}));
    let live = deployment(&json!({"containers": [{"name": "a", "image": "b:1"}]}));
    assert_eq!(
        found(compared(&desired, &live, None)),
        [
            (".spec.template.spec.containers[name=\"a\"].image".into(), DifferenceKind::Changed),
            (".spec.template.spec.containers[name=\"n\"].name".into(), DifferenceKind::Added),
            (".spec.template.spec.containers[name=\"n\"]".into(), DifferenceKind::Added),
            (".spec.template.spec.hostNetwork".into(), DifferenceKind::Added),
        ]
    );
}

#[test]
fn what_we_own_and_want_no_more_is_a_difference_unless_another_owns_it() {
    let config = |data: &Value| {
        json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "c"}, "data": data})
    };
    let (live, desired) = (config(&json!({"a": "1", "b": "1"})), config(&json!({"a": "1"})));
    let schema = schema_of(&live);
    let owned = set_of(&schema, &live);
    let with = |owned: Option<&FieldSet>, others: &FieldSet, last: Option<&Value>| {
        compare(&Compare {
            schema: &schema,
            desired: &desired,
            live: &live,
            owned,
            others,
            last_applied: last,
        })
    };
    let removed = [(".data.b".to_owned(), DifferenceKind::Removed)];
    assert_eq!(found(with(Some(&owned), FieldSet::EMPTY, None)), removed);
    assert_eq!(with(Some(&owned), &owned, None), Comparison::Same);
    assert_eq!(with(None, FieldSet::EMPTY, None), Comparison::Same);
    assert_eq!(found(with(None, FieldSet::EMPTY, Some(&live))), removed);
    assert_eq!(with(None, FieldSet::EMPTY, Some(&desired)), Comparison::Same);
}

#[test]
fn an_order_that_means_something_is_a_difference() {
    let desired = deployment(&json!({"containers": [{"name": "b"}, {"name": "a"}]}));
    let live = deployment(&json!({"containers": [{"name": "a"}, {"name": "b"}]}));
    assert_eq!(
        found(compared(&desired, &live, None)),
        [(".spec.template.spec.containers".into(), DifferenceKind::Reordered)]
    );
}

#[test]
fn an_atomic_list_is_compared_with_what_the_server_fills_in() {
    let policy = |ports: &Value| {
        json!({"apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy", "metadata": {"name": "p"},
        "spec": {"podSelector": {}, "ingress": [{"ports": ports}]}})
    };
    let desired = policy(&json!([{"port": 80}]));
    let same = compared(&desired, &policy(&json!([{"port": 80, "protocol": "TCP"}])), None);
    assert_eq!(same, Comparison::Same);
    let unsure = compared(&desired, &policy(&json!([{"port": 80, "protocol": "UDP"}])), None);
    assert_eq!(unsure, Comparison::Undecided("the schema cannot decide .spec.ingress".into()));
    let longer = policy(&json!([{"port": 80}, {"port": 81}]));
    assert_eq!(found(compared(&desired, &longer, None)).len(), 1);
}

#[test]
fn claims_in_a_stateful_set_are_answered_with_more_than_was_written() {
    let set = |claim: &Value| {
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet",
        "metadata": {"name": "s"}, "spec": {"volumeClaimTemplates": [claim]}})
    };
    let desired = set(&json!({"metadata": {"name": "d"}, "spec": {"resources":
        {"requests": {"storage": "1024Mi"}}}}));
    let live = set(&json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "d", "creationTimestamp": null}, "status": {"phase": "Pending"},
        "spec": {"resources": {"requests": {"storage": "1Gi"}}, "volumeMode": "Filesystem"}}));
    assert_eq!(compared(&desired, &live, None), Comparison::Same);
}

#[test]
fn of_an_unknown_kind_only_sameness_is_decided() {
    let object = |a: i64| {
        json!({"apiVersion": "a/v1", "kind": "B", "metadata": {"name": "n"},
        "spec": {"a": a}})
    };
    let with = |desired: &Value, live: &Value| {
        compare(&Compare {
            schema: &Schema::deduced(),
            desired,
            live,
            owned: None,
            others: FieldSet::EMPTY,
            last_applied: None,
        })
    };
    assert_eq!(with(&object(1), &object(1)), Comparison::Same);
    assert!(matches!(with(&object(1), &object(2)), Comparison::Undecided(_)));
}

#[test]
fn what_the_server_would_refuse_is_for_the_server_to_say() {
    let desired = deployment(&json!({"containers": [{"name": "a", "prots": []}]}));
    let live = deployment(&json!({"containers": [{"name": "a"}]}));
    let reason = ".spec.template.spec.containers[name=\"a\"].prots: field not declared in schema";
    assert_eq!(compared(&desired, &live, None), Comparison::Undecided(reason.into()));
    let mut other = live.clone();
    other["apiVersion"] = json!("apps/v2");
    assert!(matches!(compared(&live, &other, None), Comparison::Undecided(_)));
}
