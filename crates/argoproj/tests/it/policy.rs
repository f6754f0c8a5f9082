//! How and when an application is synced.

use crate::support::{not_supported, read};
use serde_json::{Value, json};
use std::time::Duration;
use trimtab_model::{
    HealthWait, Order, PruneLimit, RewrittenBranch, SelfHeal, SyncPolicy, Trigger,
};

fn policy(sync_policy: &Value) -> SyncPolicy {
    read(&json!({"spec": {"syncPolicy": sync_policy}})).0.policy
}

#[test]
fn automated_starts_syncs_unless_it_is_switched_off() {
    let trigger = |automated: Value| policy(&json!({"automated": automated})).trigger;
    assert_eq!(trigger(json!({})), Trigger::Automatic);
    assert_eq!(trigger(json!({"enabled": true})), Trigger::Automatic);
    assert_eq!(trigger(json!({"enabled": false, "prune": true})), Trigger::Manual);
    assert_eq!(trigger(Value::Null), Trigger::Manual);
    assert!(!policy(&json!({"automated": {"enabled": false, "prune": true}})).prune);
}

#[test]
fn prune_self_heal_and_allow_empty_are_off_by_default() {
    let plain = policy(&json!({"automated": {}}));
    assert_eq!((plain.prune, plain.allow_empty, plain.self_heal), (false, false, SelfHeal::Never));
    let all = json!({"automated": {"prune": true, "selfHeal": true, "allowEmpty": true}});
    let all = policy(&all);
    assert_eq!((all.prune, all.allow_empty, all.self_heal), (true, true, SelfHeal::Immediate));
    assert_eq!((all.order, all.health), (Order::Waves, HealthWait::Between));
}

#[test]
fn retries_grow_from_five_seconds_unless_the_spec_says_otherwise() {
    let usual = policy(&json!({"automated": {}})).retry;
    assert_eq!((usual.limit, usual.refresh), (Some(5), false));
    let pauses: Vec<u64> = (1..=6).map(|n| usual.backoff.pause(n).as_secs()).collect();
    assert_eq!(pauses, [10, 20, 40, 80, 160, 180]);
    let own = policy(&json!({"retry": {
        "limit": -1,
        "refresh": true,
        "backoff": {"duration": "30", "factor": 3, "maxDuration": "0"},
    }}));
    assert_eq!((own.retry.limit, own.retry.refresh), (None, true));
    assert_eq!(own.retry.backoff.pause(2), Duration::from_secs(270));
    assert_eq!(own.retry.backoff.longest, None);
    assert_eq!(policy(&json!({"retry": {}})).retry.limit, Some(0));
}

#[test]
fn a_pause_that_nobody_can_read_restrains() {
    let retry = json!({"spec": {"syncPolicy": {"retry": {"backoff": {"duration": "soon"}}}}});
    assert_eq!(not_supported(&retry), ["spec.syncPolicy.retry.backoff.duration"]);
}

#[test]
fn differences_are_ignored_by_json_pointer() {
    let rules = json!({"spec": {"ignoreDifferences": [
        {"group": "apps", "kind": "*", "name": "web", "namespace": "a",
         "jsonPointers": ["/spec/replicas"]},
        {"kind": "Secret", "jsonPointers": ["/data"]},
    ]}});
    let ignored = read(&rules).0.policy.ignore;
    assert_eq!(ignored.len(), 2);
    assert_eq!(ignored[0].group.as_deref(), Some("apps"));
    assert_eq!(ignored[0].kind.as_deref(), Some("*"));
    assert_eq!(ignored[0].name.as_deref(), Some("web"));
    assert_eq!(ignored[0].namespace.as_deref(), Some("a"));
    assert_eq!(&*ignored[0].pointers[0], "/spec/replicas");
    // No group is the core group, and not any.
    assert_eq!(ignored[1].group.as_deref(), Some(""));
    assert_eq!(not_supported(&rules), [""; 0]);
}

#[test]
fn differences_by_other_rules_restrain() {
    let rules = json!({"spec": {"ignoreDifferences": [
        {"kind": "A", "jqPathExpressions": [".spec"]},
        {"kind": "B", "managedFieldsManagers": ["hpa"]},
    ]}});
    assert_eq!(
        not_supported(&rules),
        [
            "spec.ignoreDifferences[0].jqPathExpressions",
            "spec.ignoreDifferences[1].managedFieldsManagers",
        ]
    );
    assert_eq!(read(&rules).0.policy.ignore, []);
}

#[test]
fn the_history_has_ten_entries_unless_the_spec_says_otherwise() {
    let most = |limit: Value| read(&json!({"spec": {"revisionHistoryLimit": limit}})).0.policy;
    assert_eq!(most(Value::Null).history_max, 10);
    assert_eq!(most(json!(0)).history_max, 0);
    assert_eq!(most(json!(3)).history_max, 3);
    assert_eq!(most(json!(-1)).history_max, 0);
}

#[test]
fn our_own_annotations_act() {
    let annotations =
        |annotations: Value| read(&json!({"metadata": {"annotations": annotations}})).0.policy;
    let usual = annotations(json!({}));
    assert_eq!(usual.prune_limit, PruneLimit::Budget { objects: 20, percent: 50 });
    assert_eq!(usual.rewritten_branch, None);
    let own = annotations(json!({
        "trimtab.dev/prune-budget": "unlimited",
        "trimtab.dev/approve": "0123456789ab",
        "trimtab.dev/rewritten-branch": "follow",
    }));
    assert_eq!(own.prune_limit, PruneLimit::Unlimited);
    assert_eq!(&*own.approval.unwrap().0, "0123456789ab");
    assert_eq!(own.rewritten_branch, Some(RewrittenBranch::Follow));
}

#[test]
fn annotations_that_do_not_act_are_named() {
    let annotations = json!({"metadata": {"annotations": {
        "notifications.argoproj.io/subscribe.on-deployed.slack": "x",
        "trimtab.dev/self-heal": "immediate",
        "trimtab.dev/prune-budget": "some",
        "argocd.argoproj.io/sync-wave": "3",
    }}});
    assert_eq!(
        not_supported(&annotations),
        [
            "+notifications.argoproj.io/subscribe.on-deployed.slack",
            "trimtab.dev/prune-budget",
            "+trimtab.dev/self-heal",
        ]
    );
}
