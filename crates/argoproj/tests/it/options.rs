//! Sync options of an application.

use crate::support::{not_supported, read};
use serde_json::json;
use trimtab_model::{App, NamespaceCreation, Propagation, PruneOption, Renderer, UnknownFields};

fn with(option: &str) -> App {
    read(&json!({"spec": {"syncPolicy": {"syncOptions": [option]}}})).0
}

/// What one option means: nothing, `restrains` or `adds`.
fn meaning(option: &str) -> &'static str {
    let found = not_supported(&json!({"spec": {"syncPolicy": {"syncOptions": [option]}}}));
    match found.as_slice() {
        [] => "",
        [found] if *found == format!("spec.syncPolicy.syncOptions: {option}") => "restrains",
        [found] if *found == format!("+spec.syncPolicy.syncOptions: {option}") => "adds",
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_option_acts_restrains_or_adds() {
    for acting in [
        "Prune=false",
        "Delete=false",
        "Validate=false",
        "ApplyOutOfSyncOnly=true",
        "PruneLast=true",
        "FailOnSharedResource=true",
        "PrunePropagationPolicy=orphan",
        "CreateNamespace=true",
        "ServerSideApply=true",
        "ServerSideApply=false",
        "ClientSideApplyMigration=false",
        "Replace=false",
        "RespectIgnoreDifferences=false",
        "SkipDryRunOnMissingResource=false",
    ] {
        assert_eq!(meaning(acting), "", "{acting}");
    }
    for restraint in [
        "Prune=confirm",
        "Delete=confirm",
        "RespectIgnoreDifferences=true",
        "PrunePropagationPolicy=later",
        "Anything=else",
        "nonsense",
    ] {
        assert_eq!(meaning(restraint), "restrains", "{restraint}");
    }
    for addition in ["Replace=true", "Force=true", "SkipDryRunOnMissingResource=true"] {
        assert_eq!(meaning(addition), "adds", "{addition}");
    }
}

#[test]
fn options_reach_the_policy() {
    let plain = with("ServerSideApply=true").policy;
    assert_eq!(plain.options.prune, PruneOption::Prune);
    assert!(plain.options.delete && !plain.options.prune_last && !plain.options.fail_on_shared);
    assert_eq!(plain.options.propagation, Propagation::Foreground);
    assert_eq!(plain.create_namespace, NamespaceCreation::Never);
    assert_eq!(with("Prune=false").policy.options.prune, PruneOption::Keep);
    assert!(!with("Delete=false").policy.options.delete);
    assert!(with("ApplyOutOfSyncOnly=true").policy.options.only_out_of_sync);
    assert!(with("PruneLast=true").policy.options.prune_last);
    assert!(with("FailOnSharedResource=true").policy.options.fail_on_shared);
    let background = with("PrunePropagationPolicy=background");
    assert_eq!(background.policy.options.propagation, Propagation::Background);
    let created = with("CreateNamespace=true");
    assert_eq!(created.policy.create_namespace, NamespaceCreation::WhenAbsent);
}

#[test]
fn without_validation_unknown_fields_are_left_out() {
    let rule = |option| {
        let Renderer::Directory(directory) = with(option).sources.remove(0).renderer;
        directory.unknown_fields
    };
    assert_eq!(rule("Validate=true"), UnknownFields::Refuse);
    assert_eq!(rule("Validate=false"), UnknownFields::DropWithWarning);
}

#[test]
fn without_migration_a_persons_entries_stay() {
    let predecessors = with("ClientSideApplyMigration=false").tracking.predecessors;
    assert_eq!(predecessors.len(), 1);
    assert_eq!(predecessors[0].as_str(), "argocd-controller");
}

#[test]
fn metadata_of_a_created_namespace_restrains_only_where_one_is_created() {
    let metadata = json!({"labels": {"pod-security.kubernetes.io/enforce": "restricted"}});
    let with = |options: &[&str]| {
        not_supported(&json!({"spec": {"syncPolicy": {
            "managedNamespaceMetadata": metadata, "syncOptions": options,
        }}}))
    };
    assert_eq!(with(&[]), [""; 0]);
    assert_eq!(with(&["CreateNamespace=true"]), ["spec.syncPolicy.managedNamespaceMetadata"]);
}

#[test]
fn the_options_of_a_sync_stand_over_those_of_the_spec_until_its_end() {
    let of_spec = json!({"syncPolicy": {"syncOptions": ["Prune=false", "PruneLast=true"]}});
    let sync = json!({"sync": {"syncOptions": ["PruneLast=false", "CreateNamespace=true"]}});
    let running = |phase: &str| {
        let state = json!({"phase": phase, "startedAt": "2026-01-01T00:00:00Z", "operation": sync});
        json!({"spec": of_spec, "status": {"operationState": state}})
    };
    for during in [json!({"spec": of_spec, "operation": sync}), running("Running")] {
        let policy = read(&during).0.policy;
        assert_eq!(policy.options.prune, PruneOption::Keep, "the spec's hold all the same");
        assert!(!policy.options.prune_last);
        assert_eq!(policy.create_namespace, NamespaceCreation::WhenAbsent);
    }
    for without in [running("Succeeded"), json!({"spec": of_spec})] {
        let policy = read(&without).0.policy;
        assert!(policy.options.prune_last);
        assert_eq!(policy.create_namespace, NamespaceCreation::Never);
    }
}

#[test]
fn options_that_are_copied_into_a_sync_change_nothing() {
    let spec = json!({"syncPolicy": {"syncOptions": ["Prune=false"]}});
    let copied = json!({
        "phase": "Running", "startedAt": "2026-01-01T00:00:00Z",
        "operation": {"sync": {"syncOptions": ["Prune=false"]}},
    });
    let (before, during) = (
        read(&json!({"spec": spec})).0,
        read(&json!({"spec": spec, "status": {"operationState": copied}})).0,
    );
    assert_eq!((during.digest, during.not_supported), (before.digest, before.not_supported));
}

#[test]
fn an_option_of_a_sync_that_does_not_act_is_named_where_it_stands() {
    let operation = json!({"sync": {"syncOptions": ["Prune=confirm", "Replace=true"]}});
    assert_eq!(
        not_supported(&json!({"operation": operation})),
        ["operation.sync.syncOptions: Prune=confirm", "+operation.sync.syncOptions: Replace=true"]
    );
}
