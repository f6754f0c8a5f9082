//! Sources.

use crate::support::{COMMIT, git_repository, repository, source};
use serde_json::{Value, json};
use std::time::Duration;
use trimtab_fluxcd::{SecretProblem, access, git_source};
use trimtab_model::{Restraint, RevisionSpec};
use trimtab_ports::git::Credential;

fn not_supported(spec: &Value) -> Vec<String> {
    source(&json!({"spec": spec}))
        .not_supported
        .iter()
        .map(|found| match found.restraint {
            Restraint::Restrains => found.field.to_string(),
            Restraint::Adds => format!("+{}", found.field),
        })
        .collect()
}

#[test]
fn a_source_of_the_reference_is_read_and_all_of_it_acts() {
    let source = git_source(&repository()).unwrap();
    assert_eq!(source.not_supported, []);
    assert_eq!(source.id.to_string(), "peer/env");
    assert_eq!(source.revision, RevisionSpec::Branch("main".into()));
    let artifact = source.artifact.unwrap();
    assert_eq!(artifact.commit.as_str(), COMMIT);
    assert_eq!(artifact.found_as.as_deref(), Some("main"));
}

#[test]
fn a_repository_is_read_over_http() {
    assert_eq!(&*source(&json!({})).remote.url, "https://git.example/env.git");
    for url in ["http://127.0.0.1:1/a", "https://git.example/a", "file:///srv/a.git"] {
        assert_eq!(not_supported(&json!({"url": url})), [""; 0], "{url}");
    }
    assert_eq!(not_supported(&json!({"url": "ssh://git@git.example/a"})), ["spec.url"]);
    let password = json!({"url": "https://me:x@git.example/a"});
    assert_eq!(not_supported(&password), ["+spec.url"]);
    assert_eq!(&*source(&json!({"spec": password})).remote.url, "https://git.example/a");
}

#[test]
fn interval_and_timeout_are_read() {
    let usual = source(&json!({}));
    assert_eq!((usual.interval.as_secs(), usual.timeout.as_secs()), (60, 60));
    let own = source(&json!({"spec": {"interval": "1h30m", "timeout": "20s"}}));
    assert_eq!((own.interval, own.timeout.as_secs()), (Duration::from_mins(90), 20));
    let wrong = git_repository(&json!({"spec": {"interval": "often"}}));
    assert_eq!(
        git_source(&wrong),
        Err(vec!["spec.interval and spec.timeout must be durations".into()])
    );
}

#[test]
fn the_most_specific_ref_counts() {
    let revision = |reference: Value| source(&json!({"spec": {"ref": reference}})).revision;
    assert_eq!(revision(json!({})), RevisionSpec::Branch("master".into()));
    assert_eq!(revision(json!({"branch": "b"})), RevisionSpec::Branch("b".into()));
    assert_eq!(revision(json!({"branch": "b", "tag": "t"})), RevisionSpec::Tag("t".into()));
    assert_eq!(
        revision(json!({"branch": "b", "tag": "t", "name": "refs/x"})),
        RevisionSpec::Ref("refs/x".into())
    );
    assert_eq!(
        revision(json!({"branch": "b", "name": "refs/x", "commit": COMMIT})),
        RevisionSpec::Commit { commit: COMMIT.into(), branch: Some("b".into()) }
    );
}

#[test]
fn a_range_of_versions_restrains_unless_something_else_counts() {
    assert_eq!(not_supported(&json!({"ref": {"semver": "1.x", "tag": "t"}})), ["spec.ref.semver"]);
    assert_eq!(not_supported(&json!({"ref": {"semver": "1.x", "commit": COMMIT}})), [""; 0]);
}

#[test]
fn what_changes_the_files_or_the_way_to_them_restrains() {
    let spec = json!({
        "provider": "github",
        "serviceAccountName": "a",
        "verify": {"secretRef": {"name": "keys"}},
        "include": [{"repository": {"name": "x"}}],
        "recurseSubmodules": true,
        "ignore": "*.md",
        "sparseCheckout": ["a"],
        "proxySecretRef": {"name": "p"},
    });
    assert_eq!(
        not_supported(&spec),
        [
            "spec.ignore",
            "spec.include",
            "spec.provider",
            "spec.proxySecretRef",
            "spec.recurseSubmodules",
            "spec.serviceAccountName",
            "spec.sparseCheckout",
            "spec.verify",
        ]
    );
    let neutral = json!({"provider": "generic", "recurseSubmodules": false, "include": []});
    assert_eq!(not_supported(&neutral), [""; 0]);
}

#[test]
fn a_suspended_one_is_not_looked_at() {
    assert!(source(&json!({"spec": {"suspend": true}})).suspended);
    assert!(!source(&json!({})).suspended);
}

#[test]
fn a_request_is_known_until_it_is_handled() {
    let asked = source(&json!({
        "metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "now"}},
        "status": {"lastHandledReconcileAt": "before"},
    }));
    assert_eq!(
        (asked.requested.as_deref(), asked.handled.as_deref()),
        (Some("now"), Some("before"))
    );
}

#[test]
fn secrets_become_access() {
    let with = source(&json!({"spec": {"secretRef": {"name": "login"}, "timeout": "5s"}}));
    assert_eq!(with.remote.credential.as_deref(), Some("team/login"));
    // "me" and "pw", "CA", "CERT" and "KEY".
    let secret = json!({"data": {
        "username": "bWU=", "password": "cHc=", "ca.crt": "Q0E=",
        "tls.crt": "Q0VSVA==", "tls.key": "S0VZ",
    }});
    let access = access(&with, Some(&secret)).unwrap();
    assert!(matches!(&access.credential, Credential::Basic { username, password }
        if &**username == "me" && &**password.expose() == "pw"));
    assert_eq!(access.authorities.as_deref(), Some("CA"));
    assert_eq!(&*access.certificate.unwrap().chain, "CERT");
    assert_eq!(access.timeout.as_secs(), 5);
}

#[test]
fn older_keys_and_tokens_are_read() {
    let with = source(&json!({"spec": {"secretRef": {"name": "login"}}}));
    let secret = json!({"data": {"bearerToken": "cHc=", "caFile": "Q0E="}});
    let access = access(&with, Some(&secret)).unwrap();
    assert!(matches!(&access.credential, Credential::Bearer(token) if &**token.expose() == "pw"));
    assert_eq!(access.authorities.as_deref(), Some("CA"));
}

#[test]
fn a_secret_that_is_absent_or_half_is_a_problem() {
    let with = source(&json!({"spec": {"secretRef": {"name": "login"}}}));
    let problem = |secret: Option<Value>| access(&with, secret.as_ref()).err().unwrap().to_string();
    assert_eq!(problem(None), "failed to get secret 'team/login': secrets not found");
    assert_eq!(
        problem(Some(json!({"data": {"username": "bWU="}}))),
        "secret 'team/login' must have both 'username' and 'password'"
    );
    assert_eq!(
        problem(Some(json!({"data": {"tls.crt": "bWU="}}))),
        "secret 'team/login' must have both 'tls.crt' and 'tls.key'"
    );
    let both = json!({"data": {"username": "bWU=", "password": "bWU=", "bearerToken": "bWU="}});
    assert!(matches!(access(&with, Some(&both)), Err(SecretProblem::Both { .. })));
    let anonymous = access(&source(&json!({})), None).unwrap();
    assert!(matches!(anonymous.credential, Credential::Anonymous));
}

#[test]
fn a_text_that_no_status_could_repeat_is_refused_by_name() {
    let long = "r".repeat(600_000);
    let resource = git_repository(&json!({"spec": {"ref": {"branch": long}}}));
    assert_eq!(
        git_source(&resource).unwrap_err(),
        ["spec.ref.branch has 600000 bytes, more than the 4096 it may have"]
    );
}
