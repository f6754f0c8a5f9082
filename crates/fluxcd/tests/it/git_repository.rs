//! Sources.

use crate::support::{COMMIT, git_repository, repository, shown, source};
use serde_json::{Value, json};
use std::time::Duration;
use trimtab_fluxcd::{SecretProblem, access, git_source};
use trimtab_model::{RevisionSpec, Secret};
use trimtab_ports::cluster::SecretData;
use trimtab_ports::git::{Access, Credential};

fn not_supported(spec: &Value) -> Vec<String> {
    shown(&source(&json!({"spec": spec})).not_supported)
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

fn reached(secret: Option<&[(&str, &[u8])]>) -> Result<Access, SecretProblem> {
    let with = source(&json!({"spec": {"secretRef": {"name": "login"}}}));
    let data: Option<SecretData> = secret.map(|secret| {
        secret.iter().map(|(key, value)| ((*key).into(), Secret::new(value.to_vec()))).collect()
    });
    access(&with.remote, data.as_ref(), Duration::from_secs(5))
}

#[test]
fn secrets_become_access() {
    let access = reached(Some(&[
        ("username", b"me"),
        ("password", b"pw"),
        ("ca.crt", b"CA"),
        ("tls.crt", b"CERT"),
        ("tls.key", b"KEY"),
    ]));
    let access = access.unwrap();
    assert!(matches!(&access.credential, Credential::Basic { username, password }
        if &**username == "me" && &**password.expose() == "pw"));
    assert_eq!(access.authorities.as_deref(), Some("CA"));
    let certificate = access.certificate.unwrap();
    assert_eq!((&*certificate.chain, &**certificate.key.expose()), ("CERT", "KEY"));
    assert_eq!(access.timeout.as_secs(), 5);
}

#[test]
fn older_keys_and_tokens_are_read() {
    let access = reached(Some(&[
        ("bearerToken", b"pw"),
        ("caFile", b"CA"),
        ("certFile", b"CERT"),
        ("keyFile", b"KEY"),
    ]));
    let access = access.unwrap();
    assert!(matches!(&access.credential, Credential::Bearer(token) if &**token.expose() == "pw"));
    assert_eq!(access.authorities.as_deref(), Some("CA"));
    assert_eq!(&*access.certificate.unwrap().chain, "CERT");
}

#[test]
fn a_secret_that_is_absent_or_half_is_a_problem() {
    let problem = |secret: Option<&[(&str, &[u8])]>| reached(secret).err().unwrap().to_string();
    assert_eq!(problem(None), "failed to get secret 'team/login': secrets not found");
    let pair = "secret 'team/login' must have both 'username' and 'password'";
    assert_eq!(problem(Some(&[("username", b"me")])), pair);
    assert_eq!(problem(Some(&[("password", b"pw")])), pair);
    let pair = "secret 'team/login' must have both 'tls.crt' and 'tls.key'";
    assert_eq!(problem(Some(&[("tls.crt", b"CERT")])), pair);
    assert_eq!(problem(Some(&[("keyFile", b"KEY")])), pair);
    assert_eq!(
        problem(Some(&[("tls.crt", b"CERT"), ("tls.key", b"\xff")])),
        "secret 'team/login': 'tls.key' is not text in UTF-8"
    );
    let both: &[(&str, &[u8])] = &[("username", b"a"), ("password", b"a"), ("bearerToken", b"a")];
    assert!(matches!(reached(Some(both)), Err(SecretProblem::Both { .. })));
}

#[test]
fn without_a_secret_a_repository_is_read_as_nobody() {
    let anonymous = access(&source(&json!({})).remote, None, Duration::from_secs(5)).unwrap();
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
