//! How repositories are reached: the family's Secrets and certificates, and this machine's disk.

use super::support::{ARGOPROJ, KUSTOMIZE, Place, Repository, SOURCE, Shop, config_map};
use serde_json::{Value, json};
use trimtab_testkit::authority::Authority;
use trimtab_testkit::git_server::GitServer;

/// What must never be seen (P17).
const PASSWORD: &str = "canary-c0ffee";

/// A Secret of a repository, or of all that begin like its URL.
fn declare(place: &Place, name: &str, kind: &str, data: &Value) {
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {
            "name": name, "labels": {"argocd.argoproj.io/secret-type": kind},
        },
        "stringData": data,
    });
    place.create("v1", "secrets", &secret);
}

/// The certificates of private authorities, by host.
fn declare_authorities(place: &Place, by_host: &Value) {
    let certificates = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {
            "name": "argocd-tls-certs-cm", "labels": {"app.kubernetes.io/part-of": "argocd"},
        },
        "data": by_host,
    });
    place.create("v1", "configmaps", &certificates);
}

fn set_password(place: &Place, name: &str, password: &str) {
    let patch = json!({"stringData": {"password": password}});
    place.patch(&place.at("v1", "secrets"), name, "person", &patch);
}

/// No password in any status, event or log line.
fn nothing_leaked(place: &Place, also: &str) {
    let collections = [
        place.at(ARGOPROJ, "applications"),
        place.at(KUSTOMIZE, "kustomizations"),
        place.at(SOURCE, "gitrepositories"),
        place.at("v1", "events"),
    ];
    let read = |path: &String| place.admin.read(path).expect("a list").to_string();
    let said: String = collections.iter().map(read).chain([place.log()]).collect();
    for secret in [PASSWORD, also] {
        assert!(!said.contains(secret), "{secret} has leaked");
    }
}

#[test]
fn an_application_uses_the_credential_and_the_authority_that_are_declared() {
    let place = Place::new();
    let env = Repository::new(place.folder(), "env");
    env.write("map.yaml", config_map("map", "first")).push();
    let authority = Authority::new().expect("an authority");
    let tls = authority.server().expect("a certificate");
    let server = GitServer::start(place.folder(), Some(tls)).expect("a server");
    server.ask(Some(("reader", PASSWORD)));
    let url = server.url("env.git");
    place.application("shop", &url, ".");
    place.operate(&[]);
    let applications = place.at(ARGOPROJ, "applications");
    let app = place.app("shop");
    place.until_said(&applications, &app, "ComparisonError", &["certificate", "is not trusted"]);
    declare_authorities(&place, &json!({"127.0.0.1": authority.pem()}));
    place.until_said(&applications, &app, "ComparisonError", &["asks for a credential (401)"]);
    // A template serves every repository whose URL begins so.
    let begins = url.trim_end_matches("env.git");
    declare(
        &place,
        "creds",
        "repo-creds",
        &json!({
            "url": begins, "username": "reader", "password": "wrong-c0ffee",
        }),
    );
    let secret = format!("refused the credential in Secret {}/creds (401)", place.namespace);
    place.until_said(&applications, &app, "ComparisonError", &[&secret]);
    set_password(&place, "creds", PASSWORD);
    place.until_synced("shop");
    place.until_value("map", "first");
    env.write("map.yaml", config_map("map", "second")).push();
    place.until_value("map", "second");
    nothing_leaked(&place, "wrong-c0ffee");
}

#[test]
fn a_credential_that_becomes_wrong_freezes_the_last_good_state() {
    let shop = Shop::open();
    let url = shop.server.url("env.git");
    let basic = json!({"url": url, "username": "reader", "password": PASSWORD});
    declare(&shop.place, "env", "repository", &basic);
    let sources = shop.place.at(SOURCE, "gitrepositories");
    let named = json!({"spec": {"secretRef": {"name": "env"}}});
    shop.place.patch(&sources, "env", "person", &named);
    shop.server.ask(Some(("reader", PASSWORD)));
    shop.another_directory_goes_on();
    shop.server.ask(Some(("reader", "rotated-c0ffee")));
    let secret = format!("refused the credential in Secret {}/env (401)", shop.place.namespace);
    shop.application_says(
        "ComparisonError",
        &[&secret, "correct the user name, password or token"],
    );
    shop.source_says("Ready", &[&secret]);
    shop.kustomization_says("Ready", &[&secret]);
    shop.another_repository_goes_on();
    shop.nothing_was_changed();
    set_password(&shop.place, "env", "rotated-c0ffee");
    shop.place.until_untroubled("shop");
    shop.place.until_ready(SOURCE, "gitrepositories", "env");
    nothing_leaked(&shop.place, "rotated-c0ffee");
}

#[test]
fn a_token_and_an_authority_in_a_secret_open_both_doors() {
    let place = Place::new();
    let env = Repository::new(place.folder(), "env");
    env.write("app/map.yaml", config_map("map", "first"));
    env.write("too/map.yaml", config_map("map-too", "first")).push();
    let authority = Authority::new().expect("an authority");
    let tls = authority.server().expect("a certificate");
    let server = GitServer::start(place.folder(), Some(tls)).expect("a server");
    server.ask_for_token(PASSWORD);
    let url = server.url("env.git");
    let host = json!({"127.0.0.1": authority.pem()});
    declare_authorities(&place, &host);
    declare(&place, "token", "repository", &json!({"url": url, "bearerToken": "wrong-c0ffee"}));
    let opens = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "opens"},
        "stringData": {"bearerToken": "wrong-c0ffee", "ca.crt": authority.pem()},
    });
    place.create("v1", "secrets", &opens);
    place.application("shop", &url, "app");
    place.git_repository("env", &url, Some("opens"));
    place.kustomization("shop-too", "env", "./too");
    place.operate(&[]);
    let refused =
        |name: &str| format!("refused the credential in Secret {}/{name} (401)", place.namespace);
    let applications = place.at(ARGOPROJ, "applications");
    let (app, said) = (place.app("shop"), refused("token"));
    place.until_said(&applications, &app, "ComparisonError", &[&said]);
    place.until_said(&place.at(SOURCE, "gitrepositories"), "env", "Ready", &[&refused("opens")]);
    for name in ["token", "opens"] {
        let patch = json!({"stringData": {"bearerToken": PASSWORD}});
        place.patch(&place.at("v1", "secrets"), name, "person", &patch);
    }
    place.until_synced("shop");
    place.until_ready(KUSTOMIZE, "kustomizations", "shop-too");
    place.until_value("map-too", "first");
    nothing_leaked(&place, "wrong-c0ffee");
}

#[test]
fn a_credential_is_not_sent_over_plain_http_to_another_machine() {
    let place = Place::new();
    // This address is for documentation: nobody is asked.
    let url = "http://192.0.2.1/env.git";
    let basic = json!({"url": url, "username": "reader", "password": PASSWORD});
    declare(&place, "env", "repository", &basic);
    place.application("shop", url, ".");
    place.git_repository("env", url, Some("env"));
    place.operate(&[]);
    let (applications, app) = (place.at(ARGOPROJ, "applications"), place.app("shop"));
    let said = [url, "is plain http, so its credential is not sent: use https"];
    place.until_said(&applications, &app, "ComparisonError", &said);
    place.until_said(&place.at(SOURCE, "gitrepositories"), "env", "Ready", &said);
    nothing_leaked(&place, PASSWORD);
}

#[test]
fn this_machines_disk_is_read_only_where_the_operator_is_told_to() {
    let place = Place::new();
    let allowed = place.folder().join("allowed");
    std::fs::create_dir(&allowed).expect("a folder");
    let inside = Repository::new(&allowed, "env");
    inside.write("map.yaml", config_map("inside", "first")).push();
    let outside = Repository::new(place.folder(), "outside");
    outside.write("map.yaml", config_map("outside", "first")).push();
    place.application("inside", &inside.file_url(), ".");
    place.application("outside", &outside.file_url(), ".");
    place.operate(&[]);
    let applications = place.at(ARGOPROJ, "applications");
    let refused = "--allow-file-repositories=DIR";
    for name in ["inside", "outside"] {
        place.until_said(&applications, &place.app(name), "ComparisonError", &[refused]);
    }
    place.operate(&[&format!("--allow-file-repositories={}", allowed.display())]);
    place.until_value("inside", "first");
    place.until_said(
        &applications,
        &place.app("outside"),
        "ComparisonError",
        &["no repository is read there", refused],
    );
    let outside = place.read(&place.at("v1", "configmaps"), "outside");
    assert!(outside.is_none(), "{outside:?}");
}

#[test]
fn the_namespace_of_the_kubeconfigs_context_is_the_operators() {
    let place = Place::new();
    let env = Repository::new(place.folder(), "env");
    env.write("map.yaml", config_map("map", "first")).push();
    let server = GitServer::start(place.folder(), None).expect("a server");
    place.application("shop", &server.url("env.git"), ".");
    let text = std::fs::read_to_string(place.server.kubeconfig(&place.user)).expect("a kubeconfig");
    let mut config: Value = serde_json::from_str(&text).expect("JSON");
    config["contexts"][0]["context"]["namespace"] = place.namespace.as_str().into();
    let kubeconfig = place.folder().join("kubeconfig");
    std::fs::write(&kubeconfig, config.to_string()).expect("a file");
    place.operate_with(&kubeconfig, &[]);
    place.until_synced("shop");
}
