//! What a person asks for.

use crate::support::{key, not_supported, problems, read};
use serde_json::{Value, json};
use trimtab_sync::Request;

fn requested(operation: &Value) -> Request {
    read(&json!({"operation": operation})).1.requested.unwrap()
}

#[test]
fn a_requested_sync_is_read() {
    let request = requested(&json!({
        "initiatedBy": {"username": "alice"},
        "info": [{"name": "Reason", "value": "release"}],
        "sync": {
            "revision": "v2",
            "prune": true,
            "dryRun": true,
            "syncOptions": ["PruneLast=true"],
            "autoHealAttemptsCount": 2,
            "resources": [
                {"group": "apps", "kind": "Deployment", "name": "web"},
                {"kind": "Service", "name": "web", "namespace": "a"},
            ],
        },
    }));
    assert_eq!(request.user.as_deref(), Some("alice"));
    assert_eq!(request.revision.as_deref(), Some("v2"));
    assert!(request.prune && request.dry_run && !request.self_heal);
    assert_eq!(request.self_heal_attempts, 2);
    assert_eq!(&*request.options[0], "PruneLast=true");
    assert_eq!((&*request.info[0].0, &*request.info[0].1), ("Reason", "release"));
    let only = [key("apps", "Deployment", "", "web"), key("", "Service", "a", "web")];
    assert_eq!(request.only.as_deref(), Some(&only[..]));
}

#[test]
fn somebody_asked_even_if_nobody_says_who() {
    assert_eq!(requested(&json!({"sync": {}})).user.as_deref(), Some(""));
    let automated = requested(&json!({"sync": {}, "initiatedBy": {"automated": true}}));
    assert_eq!(automated.user, None);
}

#[test]
fn a_requested_sync_retries_only_if_it_says_so() {
    assert_eq!(requested(&json!({"sync": {}})).retry, None);
    let retry = json!({"limit": 2, "refresh": true, "backoff": {
        "duration": "1s", "factor": 1, "maxDuration": "2s",
    }});
    let retry = requested(&json!({"sync": {}, "retry": retry})).retry.unwrap();
    assert_eq!((retry.limit, retry.refresh), (Some(2), true));
    assert_eq!(retry.backoff.pause(4).as_secs(), 1);
    let unreadable = json!({"operation": {"sync": {}, "retry": {"backoff": {"duration": "x"}}}});
    assert_eq!(not_supported(&unreadable), ["operation.retry.backoff.duration"]);
}

#[test]
fn strategies_without_hooks_are_alike() {
    for strategy in [json!({"apply": {}}), json!({"hook": {}}), json!({"apply": {"force": false}})]
    {
        let operation = json!({"operation": {"sync": {"syncStrategy": strategy}}});
        assert_eq!(not_supported(&operation), [""; 0]);
    }
    let forced = json!({"operation": {"sync": {"syncStrategy": {"apply": {"force": true}}}}});
    assert_eq!(not_supported(&forced), ["+operation.sync.syncStrategy.apply.force"]);
}

#[test]
fn what_would_sync_something_else_restrains() {
    let operation = json!({"operation": {"sync": {
        "revisions": ["a", "b"],
        "manifests": ["kind: X"],
        "source": {"repoURL": "https://git.example/env.git", "path": "other"},
        "syncOptions": ["Prune=confirm"],
    }}});
    assert_eq!(
        not_supported(&operation),
        [
            "operation.sync.manifests",
            "operation.sync.revisions",
            "operation.sync.source",
            "operation.sync.syncOptions: Prune=confirm",
        ]
    );
}

#[test]
fn the_specs_own_source_says_nothing() {
    let source = json!({"repoURL": "https://git.example/env.git", "path": "apps/shop"});
    assert_eq!(not_supported(&json!({"operation": {"sync": {"source": source}}})), [""; 0]);
}

#[test]
fn an_operation_without_a_sync_is_wrong() {
    assert_eq!(
        problems(&json!({"operation": {"info": []}})),
        ["Invalid operation request: no operation specified"]
    );
}

#[test]
fn a_refresh_is_asked_for_by_annotation() {
    let refresh = |kind: &str| {
        let annotations = json!({"argocd.argoproj.io/refresh": kind});
        read(&json!({"metadata": {"annotations": annotations}})).1.refresh.unwrap()
    };
    assert!(refresh("hard").hard && !refresh("normal").hard && !refresh("").hard);
    assert_eq!(read(&json!({})).1.refresh, None);
}

#[test]
fn a_termination_is_asked_for_in_the_status() {
    assert!(!read(&json!({})).1.terminate);
    let status = json!({"status": {"operationState": {
        "phase": "Terminating", "startedAt": "2026-01-01T00:00:00Z", "operation": {"sync": {}},
    }}});
    assert!(read(&status).1.terminate);
}
