//! Secrets of repositories.

use crate::support::{application, settings};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use trimtab_argoproj::{Repositories, Settings};
use trimtab_model::Remote;
use trimtab_ports::git::{Access, Credential};

/// Base64 of ASCII, so that a test can be read.
fn encode(text: &str) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |bits: u32| char::from(DIGITS[(bits & 63) as usize]);
    text.as_bytes()
        .chunks(3)
        .flat_map(|bytes| {
            let byte = |at: usize| u32::from(*bytes.get(at).unwrap_or(&0));
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            let pad = |at: usize, digit: char| if bytes.len() > at { digit } else { '=' };
            [digit(bits >> 18), digit(bits >> 12), pad(1, digit(bits >> 6)), pad(2, digit(bits))]
        })
        .collect()
}

fn secret(name: &str, kind: &str, keys: &[(&str, &str)]) -> Value {
    let data: Value =
        keys.iter().map(|(key, value)| ((*key).to_owned(), Value::from(encode(value)))).collect();
    json!({
        "metadata": {
            "name": name, "namespace": "peer",
            "labels": {"argocd.argoproj.io/secret-type": kind},
        },
        "data": data,
    })
}

/// The Secret that an application of a project uses, and how its repository is reached.
fn used(secrets: &[Value], project: &str) -> (Option<String>, Access) {
    let (access, app) = opened(secrets, project);
    (app.sources[0].remote.credential.as_deref().map(str::to_owned), access)
}

fn opened(secrets: &[Value], project: &str) -> (Access, trimtab_model::App) {
    let repositories = Arc::new(Repositories::new(secrets, None));
    let settings = Settings { repositories: repositories.clone(), ..settings() };
    let resource = application(&json!({"spec": {"project": project}}));
    let (app, _) = trimtab_argoproj::app(&resource, &settings).unwrap();
    (repositories.access(&app.sources[0].remote, Duration::from_secs(1)), app)
}

fn password(access: &Access) -> Option<&str> {
    match &access.credential {
        Credential::Basic { password, .. } => Some(password.expose()),
        Credential::Anonymous | Credential::Bearer(_) => None,
    }
}

const URL: (&str, &str) = ("url", "https://GIT.example/env");

#[test]
fn a_repository_is_reached_with_its_own_secret() {
    let own = secret("a", "repository", &[URL, ("username", "me"), ("password", "p1")]);
    let other =
        secret("b", "repository", &[("url", "https://git.example/other"), ("password", "x")]);
    let (name, access) = used(&[other, own], "default");
    assert_eq!(name.as_deref(), Some("peer/a"));
    assert_eq!(password(&access), Some("p1"));
}

#[test]
fn the_projects_own_secret_goes_first_and_another_projects_never_counts() {
    let any = secret("any", "repository", &[URL, ("password", "any")]);
    let own = secret("own", "repository", &[URL, ("password", "own"), ("project", "shop")]);
    let secrets = [any.clone(), own.clone()];
    assert_eq!(used(&secrets, "shop").0.as_deref(), Some("peer/own"));
    assert_eq!(used(&secrets, "default").0.as_deref(), Some("peer/any"));
    assert_eq!(used(&[own], "default").0, None);
}

#[test]
fn a_repository_without_a_credential_takes_the_longest_template() {
    let bare = secret("bare", "repository", &[URL]);
    let short = secret("short", "repo-creds", &[("url", "https://git.example"), ("password", "s")]);
    let long =
        secret("long", "repo-creds", &[("url", "https://git.example/env/"), ("password", "l")]);
    let (name, access) = used(&[bare.clone(), short.clone(), long], "default");
    assert_eq!((name.as_deref(), password(&access)), (Some("peer/long"), Some("l")));
    assert_eq!(used(&[short], "default").0.as_deref(), Some("peer/short"));
    assert_eq!(used(&[bare], "default").0.as_deref(), Some("peer/bare"));
    assert_eq!(used(&[], "default").0, None);
}

/// The Secret that an application of this repository uses, if there is only this one.
fn lends(kind: &str, secret_url: &str, url: &str) -> bool {
    let own = secret("own", kind, &[("url", secret_url), ("password", "p")]);
    let settings =
        Settings { repositories: Arc::new(Repositories::new(&[own], None)), ..settings() };
    let resource = application(&json!({"spec": {"source": {"repoURL": url}}}));
    let (app, _) = trimtab_argoproj::app(&resource, &settings).unwrap();
    app.sources[0].remote.credential.is_some()
}

#[test]
fn a_template_is_for_its_own_host_and_for_what_lies_below_it() {
    for (template, url) in [
        ("https://github.com", "https://github.com/org/app.git"),
        ("https://github.com/", "https://GitHub.com/Org/app"),
        ("https://github.com/org", "https://github.com/org/app"),
        ("https://github.com/Org/", "https://github.com/org/app.git"),
        ("https://github.com:443/org", "https://github.com/org/app"),
        ("https://me@dev.azure.com/me", "https://me@dev.azure.com/me/p/_git/app"),
        ("http://127.0.0.1:80", "http://127.0.0.1/app.git"),
    ] {
        assert!(lends("repo-creds", template, url), "{template} {url}");
    }
    for (template, url) in [
        ("http://127.0.0.1", "http://127.0.0.100:9102/base.git"),
        ("http://127.0.0.1", "http://127.0.0.1:9102/base.git"),
        ("https://github.com", "https://github.com.evil.example/app"),
        ("https://github.com", "https://github.com@evil.example/app"),
        ("https://github.com", "http://github.com/app"),
        ("https://github.com/org", "https://github.com/org-of-others/app"),
        ("https://github.com/org", "https://github.com/other/org"),
        ("https", "https://github.com/org/app"),
    ] {
        assert!(!lends("repo-creds", template, url), "{template} {url}");
    }
}

#[test]
fn a_secret_of_one_repository_is_for_that_one() {
    let own = "https://me@git.example/scm/app.git";
    for url in ["https://git.example:443/scm/app", "https://git.example/SCM/app.git/"] {
        assert!(lends("repository", own, url), "{url}");
    }
    for url in ["https://git.example/scm/app2", "https://git.example/scm/app/below"] {
        assert!(!lends("repository", own, url), "{url}");
    }
}

#[test]
fn tokens_and_certificates_are_read() {
    let keys = [URL, ("bearerToken", "t"), ("tlsClientCertData", "C"), ("tlsClientCertKey", "K")];
    let (_, access) = used(&[secret("a", "repository", &keys)], "default");
    assert!(matches!(&access.credential, Credential::Bearer(token) if &**token.expose() == "t"));
    let certificate = access.certificate.unwrap();
    assert_eq!((&*certificate.chain, &**certificate.key.expose()), ("C", "K"));
}

#[test]
fn authorities_are_found_by_host() {
    let map = json!({"data": {"git.example": "PEM"}});
    let repositories = Repositories::new(&[], Some(&map));
    let access = |url: &str| {
        let remote = Remote { url: url.into(), credential: None };
        repositories.access(&remote, Duration::from_secs(1)).authorities
    };
    assert_eq!(access("https://git.example/env").as_deref(), Some("PEM"));
    assert_eq!(access("https://other.example/env"), None);
}

#[test]
fn secrets_of_charts_images_and_clusters_are_passed_over() {
    let chart = secret("a", "repository", &[URL, ("type", "helm"), ("password", "x")]);
    let cluster = secret("b", "cluster", &[URL, ("password", "x")]);
    assert_eq!(used(&[chart, cluster, json!({}), json!(3)], "default").0, None);
}

#[test]
fn keys_that_do_not_act_are_named() {
    let keys = [URL, ("password", "x"), ("proxy", "http://p"), ("insecure", "true")];
    let (_, app) = opened(&[secret("a", "repository", &keys)], "default");
    let fields: Vec<&str> = app.not_supported.iter().map(|found| &*found.field).collect();
    assert_eq!(fields, ["Secret peer/a: proxy", "Secret peer/a: insecure"]);
}

#[test]
fn repositories_of_a_project_are_known() {
    let own = secret("own", "repository", &[URL, ("project", "shop")]);
    let repositories = Repositories::new(&[own], None);
    assert!(repositories.is_of_project("https://git.example/env.git", "shop"));
    assert!(!repositories.is_of_project("https://git.example/env", "default"));
    assert!(!repositories.is_of_project("https://git.example/other", "shop"));
}

#[test]
fn no_secret_is_shown() {
    let own = secret("a", "repository", &[URL, ("username", "me"), ("password", "hunter2")]);
    let shown = format!("{:?}", Repositories::new(&[own], None));
    assert!(!shown.contains("hunter2") && shown.contains("peer/a"), "{shown}");
}
