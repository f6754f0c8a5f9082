//! The digest of owned values.

use crate::schema_of;
use serde_json::{Value, json};
use trimtab_merge::{keyed_values_digest, set_of, values_digest};
use trimtab_model::Digest;

fn pod(spec: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})
}

/// The digest of `live` at what `applied` sets.
fn digest(applied: &Value, live: &Value) -> Digest {
    let schema = schema_of(applied);
    values_digest(live, &set_of(&schema, applied), Some(&schema))
}

#[test]
fn fields_of_others_and_the_order_of_elements_do_not_count() {
    let applied = pod(&json!({"containers": [{"name": "a", "image": "1"}, {"name": "b"}]}));
    let live = pod(&json!({"nodeName": "n", "containers": [
        {"name": "c"}, {"name": "b", "tty": true}, {"name": "a", "image": "1"}]}));
    assert_eq!(digest(&applied, &applied), digest(&applied, &live));
}

#[test]
fn a_changed_and_a_removed_value_count() {
    let applied = pod(&json!({"containers": [{"name": "a", "image": "1"}]}));
    for live in [
        pod(&json!({"containers": [{"name": "a", "image": "2"}]})),
        pod(&json!({"containers": [{"name": "a"}]})),
        pod(&json!({"containers": []})),
        pod(&json!({})),
    ] {
        assert_ne!(digest(&applied, &applied), digest(&applied, &live), "{live}");
    }
}

#[test]
fn an_empty_map_counts_as_present_and_an_atomic_one_whole() {
    let applied = pod(&json!({"securityContext": {}}));
    let live = pod(&json!({"securityContext": {"runAsNonRoot": true}}));
    assert_eq!(digest(&applied, &applied), digest(&applied, &live));
    assert_ne!(digest(&applied, &applied), digest(&applied, &pod(&json!({}))));
    // Without a schema nobody knows that the map is granular: it counts whole.
    let set = set_of(&schema_of(&applied), &applied);
    assert_ne!(values_digest(&applied, &set, None), values_digest(&live, &set, None));
    let applied = pod(&json!({"nodeSelector": {"a": "b"}, "tolerations": [{"key": "a"}]}));
    let live = pod(&json!({"nodeSelector": {"a": "b", "c": "d"}, "tolerations": [{"key": "a"}]}));
    assert_ne!(digest(&applied, &applied), digest(&applied, &live));
    let live = pod(&json!({"nodeSelector": {"a": "b"}, "tolerations": [{"key": "a"}, {}]}));
    assert_ne!(digest(&applied, &applied), digest(&applied, &live));
}

#[test]
fn a_long_list_is_the_same_as_a_short_one() {
    let ports = |count: i64| -> Value {
        (0..count)
            .map(|port| json!({"containerPort": port, "protocol": "TCP", "name": "x"}))
            .collect()
    };
    let applied = pod(&json!({"containers": [{"name": "a", "ports": [
        {"containerPort": 3, "name": "x"}, {"containerPort": 8, "name": "x"}]}]}));
    let live = |count| pod(&json!({"containers": [{"name": "a", "ports": ports(count)}]}));
    assert_eq!(digest(&applied, &live(10)), digest(&applied, &live(1000)));
    let set = set_of(&schema_of(&applied), &applied);
    let bare = |live: &Value| values_digest(live, &set, None);
    assert_eq!(bare(&live(10)), bare(&live(1000)));
    assert_ne!(bare(&live(10)), bare(&live(4)));
}

#[test]
fn a_secret_is_digested_under_a_key() {
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "MQ=="}});
    let set = set_of(&schema_of(&secret), &secret);
    let keyed = |key: u8| keyed_values_digest(&[key; 32], &secret, &set, None);
    assert_eq!(keyed(1), keyed(1));
    assert_ne!(keyed(1), keyed(2));
    assert_ne!(keyed(1), values_digest(&secret, &set, None));
}
