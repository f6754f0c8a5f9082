//! Statuses of sources, beside those of the reference (source-controller 1.9.1).

use crate::support::{COMMIT, condition, git_repository, repository, revision, time};
use serde_json::{Value, json};
use trimtab_crd::{GIT_REPOSITORY, mismatches, patch};
use trimtab_fluxcd::{GitSource, SourceFailure, SourceState, git_source, source_status};

const NOW: &str = "2026-11-21T09:20:29Z";

fn written(resource: &Value, source: Option<&GitSource>, state: SourceState<'_>) -> Value {
    let mut resource = resource.clone();
    if let Some(change) = source_status(&resource, source, state, None, time(NOW)) {
        patch::apply(&mut resource, &change);
    }
    resource
}

#[test]
fn a_fetched_source_says_what_the_reference_says() {
    let mut fresh = repository();
    let expected = fresh.as_object_mut().unwrap().remove("status").unwrap();
    let source = git_source(&fresh).unwrap();
    let revision = revision();
    let mut after = written(&fresh, Some(&source), SourceState::Fetched(&revision));
    assert_eq!(mismatches(&after, &GIT_REPOSITORY.schema().into_value(), ""), []);
    // We serve no archive: these describe the commit instead, and there is no size.
    let artifact = &mut after["status"]["artifact"];
    assert_eq!(artifact["digest"], format!("sha1:{COMMIT}"));
    assert_eq!(artifact["url"], "http://127.0.0.1:34569/env.git");
    for field in ["digest", "url", "size"] {
        artifact[field] = expected["artifact"][field].clone();
    }
    assert_eq!(after["status"], expected);
}

#[test]
fn a_source_that_says_so_already_is_not_written() {
    let fixture = repository();
    let source = git_source(&fixture).unwrap();
    let revision = revision();
    let state = SourceState::Fetched(&revision);
    assert_eq!(source_status(&fixture, Some(&source), state, None, time(NOW)), None);
}

#[test]
fn a_failure_keeps_the_artifact_and_the_generation_unobserved() {
    let fixture = repository();
    let mut changed = fixture.clone();
    changed["metadata"]["generation"] = json!(2);
    let state = SourceState::Failed(SourceFailure::Authentication, "no");
    let after = written(&changed, None, state);
    assert_eq!(after["status"]["artifact"], fixture["status"]["artifact"]);
    assert_eq!(after["status"]["observedGeneration"], 1);
    assert_eq!(condition(&after, "FetchFailed"), Some("True AuthenticationFailed no".into()));
    assert_eq!(condition(&after, "Ready"), Some("False AuthenticationFailed no".into()));
    let retrying = "True ProgressingWithRetry reconciliation in progress";
    assert_eq!(condition(&after, "Reconciling"), Some(retrying.into()));
    let source = git_source(&changed).unwrap();
    let revision = revision();
    let again = written(&after, Some(&source), SourceState::Fetched(&revision));
    assert_eq!(condition(&again, "FetchFailed"), None);
    assert_eq!(again["status"]["observedGeneration"], 2);
}

#[test]
fn what_a_person_must_change_stalls() {
    let state = SourceState::Stalled("NotSupportedError", "spec.verify");
    let after = written(&git_repository(&json!({})), None, state);
    assert_eq!(condition(&after, "Stalled"), Some("True NotSupportedError spec.verify".into()));
    assert_eq!(condition(&after, "Ready"), Some("False NotSupportedError spec.verify".into()));
    assert_eq!(after["status"]["observedGeneration"], 3);
}

#[test]
fn a_suspended_source_drops_its_stall_and_answers() {
    let stalled =
        written(&git_repository(&json!({})), None, SourceState::Stalled("NotSupportedError", "x"));
    let change =
        source_status(&stalled, None, SourceState::Suspended, Some("7"), time(NOW)).unwrap();
    let mut after = stalled;
    patch::apply(&mut after, &change);
    assert_eq!(condition(&after, "Stalled"), None);
    assert_eq!(after["status"]["lastHandledReconcileAt"], "7");
    assert_eq!(change["metadata"]["uid"], "u2");
}
