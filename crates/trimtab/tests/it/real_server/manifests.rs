//! Manifests that need care on a real server, and many of them.

use super::support::{KUSTOMIZE, Place, Repository, Shop, config_map, define};
use serde_json::{Value, json};
use std::fmt::Write as _;
use trimtab_testkit::git_server::GitServer;

const SECRET: &str = "apiVersion: v1
kind: Secret
metadata: {name: login}
data: {raw: aGk=}
stringData: {user: me, password: canary-c0ffee}
";

#[test]
fn string_data_is_applied_as_data_and_goes_with_its_manifest() {
    let shop = Shop::open();
    let secrets = shop.place.at("v1", "secrets");
    shop.env.write("app/secret.yaml", SECRET);
    shop.env.write("too/secret.yaml", SECRET.replace("login", "login-too"));
    shop.env.push();
    let all = json!({"raw": "aGk=", "user": "bWU=", "password": "Y2FuYXJ5LWMwZmZlZQ=="});
    for name in ["login", "login-too"] {
        let secret =
            shop.place.until(&secrets, name, "the Secret is whole", |secret| secret["data"] == all);
        let managers = secret["metadata"]["managedFields"].to_string();
        assert!(managers.contains("f:data") && !managers.contains("f:stringData"), "{managers}");
    }
    shop.place.until_synced("shop");
    let without = SECRET.replace(", password: canary-c0ffee", "");
    shop.env.write("app/secret.yaml", &without);
    shop.env.write("too/secret.yaml", without.replace("login", "login-too"));
    shop.env.push();
    for name in ["login", "login-too"] {
        shop.place.until(&secrets, name, "the password is gone", |secret| {
            secret["data"] == json!({"raw": "aGk=", "user": "bWU="})
        });
    }
    shop.place.until_synced("shop");
    shop.another_directory_goes_on();
    for name in ["login", "login-too"] {
        let writes = shop.place.writes_to("secrets", name);
        assert_eq!(writes.len(), 2, "the create and one change: {writes:#?}");
    }
    assert!(!shop.place.log().contains("canary"), "a password has leaked");
    shop.nothing_was_changed();
}

/// Where a Deployment has the environment of its first container.
const ENVIRONMENT: &str = "/spec/template/spec/containers/0/env";

fn deployment(name: &str, environment: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: 0
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
      - name: main
        image: registry.invalid/shop:1
        env: {environment}
"
    )
}

#[test]
fn environment_names_that_repeat_get_each_familys_own_answer() {
    let shop = Shop::open();
    let twice = "[{name: LEVEL, value: a}, {name: LEVEL, value: b}]";
    for directory in ["app", "too"] {
        let text = deployment(&format!("web-{directory}"), twice);
        shop.env.write(&format!("{directory}/web.yaml"), text);
    }
    let commit = shop.env.push();
    let entry =
        "duplicate entries for .spec.template.spec.containers[name=\"main\"].env[name=\"LEVEL\"]";
    let said = ["Deployment", "web-app", entry, "the last one counts"];
    shop.application_says("NotSupportedWarning", &said);
    shop.place.until_synced_at("shop", &commit);
    let deployments = shop.place.at("apps/v1", "deployments");
    let web = shop.place.read(&deployments, "web-app").expect("it is there");
    assert_eq!(web.pointer(ENVIRONMENT), Some(&json!([{"name": "LEVEL", "value": "b"}])));
    shop.kustomization_says("Ready", &["Deployment", "web-too", entry]);
    assert_eq!(shop.place.read(&deployments, "web-too"), None);
    shop.another_directory_goes_on();
    shop.nothing_was_changed();
    for directory in ["app", "too"] {
        let text = deployment(&format!("web-{directory}"), "[{name: LEVEL, value: b}]");
        shop.env.write(&format!("{directory}/web.yaml"), text);
    }
    let commit = shop.env.push();
    shop.place.until_synced_at("shop", &commit);
    shop.kustomization_says("Ready", &["Applied revision", &commit]);
}

#[test]
fn environment_names_that_repeat_in_a_live_object_are_put_right() {
    let shop = Shop::open();
    let live = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": 0, "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{
                    "name": "main", "image": "registry.invalid/shop:1",
                    "env": [{"name": "LEVEL", "value": "a"}, {"name": "LEVEL", "value": "b"}],
                }]},
            },
        },
    });
    let before = shop.place.create("apps/v1", "deployments", &live);
    shop.env.write("app/web.yaml", deployment("web", "[{name: LEVEL, value: c}]"));
    let commit = shop.env.push();
    shop.place.until_synced_at("shop", &commit);
    let after = shop.place.read(&shop.place.at("apps/v1", "deployments"), "web");
    let after = after.expect("it is there");
    assert_eq!(after.pointer(ENVIRONMENT), Some(&json!([{"name": "LEVEL", "value": "c"}])));
    assert_eq!(after["metadata"]["uid"], before["metadata"]["uid"]);
    shop.nothing_was_changed();
}

/// A definition of `Gadget` that serves `v1`, and `v1alpha1` too if asked.
fn gadgets(group: &str, old: bool) -> Value {
    let schema = json!({"openAPIV3Schema": {
        "type": "object", "x-kubernetes-preserve-unknown-fields": true,
    }});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("gadgets.{group}")},
        "spec": {
            "group": group, "scope": "Namespaced",
            "names": {"kind": "Gadget", "plural": "gadgets", "singular": "gadget"},
            "versions": [
                {"name": "v1alpha1", "served": old, "storage": false, "schema": schema},
                {"name": "v1", "served": true, "storage": true, "schema": schema},
            ],
        },
    })
}

#[test]
fn a_version_that_is_no_longer_served_deletes_nothing() {
    let shop = Shop::open();
    let group = format!("{}.example.com", shop.place.namespace);
    let name = format!("gadgets.{group}");
    define(&shop.place.admin, &name, gadgets(&group, true).to_string().as_bytes());
    let write = |version: &str| {
        for directory in ["app", "too"] {
            let text = format!(
                "apiVersion: {group}/{version}\nkind: Gadget\nmetadata: {{name: {directory}}}\nspec: {{size: {version}}}\n"
            );
            shop.env.write(&format!("{directory}/gadget.yaml"), text);
        }
        shop.env.push()
    };
    let commit = write("v1alpha1");
    shop.place.until_synced_at("shop", &commit);
    shop.kustomization_says("Ready", &["Applied revision", &commit]);
    let gadgets_v1 = shop.place.at(&format!("{group}/v1"), "gadgets");
    let read = |name: &str| shop.place.read(&gadgets_v1, name).expect("it is there");
    let before = [read("app"), read("too")];
    define(&shop.place.admin, &name, gadgets(&group, false).to_string().as_bytes());
    let said = ["could not find version \"v1alpha1\"", &group];
    shop.application_says("SyncError", &said);
    let kustomizations = shop.place.at(KUSTOMIZE, "kustomizations");
    let asked = json!({
        "metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "now"}},
    });
    shop.place.patch(&kustomizations, "shop-too", "person", &asked);
    shop.kustomization_says("Ready", &said);
    shop.another_directory_goes_on();
    assert_eq!([read("app"), read("too")], before);
    shop.nothing_was_changed();
    // The manifests follow: the same objects, in another version.
    let commit = write("v1");
    shop.place.until_synced_at("shop", &commit);
    shop.kustomization_says("Ready", &["Applied revision", &commit]);
    for (name, before) in ["app", "too"].into_iter().zip(&before) {
        let after = read(name);
        assert_eq!(after["metadata"]["uid"], before["metadata"]["uid"]);
        assert_eq!(after["spec"]["size"], "v1");
    }
    shop.nothing_was_changed();
}

fn config_maps(numbers: std::ops::Range<usize>) -> String {
    numbers.fold(String::new(), |mut text, number| {
        write!(text, "---\n{}", config_map(&format!("many-{number}"), "first")).expect("written");
        text
    })
}

#[test]
fn an_application_of_1000_objects_works_and_the_others_go_on() {
    let place = Place::new();
    let env = Repository::new(place.folder(), "env");
    env.write("beside/map.yaml", config_map("beside", "first"));
    for (name, numbers) in [("first", 0..600), ("second", 600..1_000)] {
        env.write(&format!("many/{name}.yaml"), config_maps(numbers));
    }
    let commit = env.push();
    let server = GitServer::start(place.folder(), None).expect("a server");
    for (name, path) in [("many", "many"), ("beside", "beside")] {
        place.application(name, &server.url("env.git"), path);
    }
    place.operate(&[]);
    place.until_value("beside", "first");
    let app = place.until_synced_at("many", &commit);
    assert_eq!(many(&place), 1_000);
    let status = app["status"].to_string().len();
    assert!(status <= 64 << 10, "the status has {status} bytes");
    env.remove("many/second.yaml");
    let commit = env.push();
    place.until_synced_at("many", &commit);
    assert_eq!(many(&place), 600);
    let deletes = place.deletes();
    let others = deletes.iter().filter(|request| request.resource != "configmaps").count();
    assert_eq!(deletes.len() - others, 400);
}

/// How many of the objects there are.
fn many(place: &Place) -> usize {
    let maps = place.admin.read(&place.at("v1", "configmaps")).expect("a list");
    let names = maps["items"].as_array().into_iter().flatten();
    names
        .filter(|map| map["metadata"]["name"].as_str().is_some_and(|n| n.starts_with("many-")))
        .count()
}
