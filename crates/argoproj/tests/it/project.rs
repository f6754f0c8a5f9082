//! Projects.

use crate::support::shown;
use serde_json::{Value, json};
use trimtab_argoproj::{default_project, project};
use trimtab_crd::{PROJECT, mismatches};
use trimtab_model::{AppId, Destination, GroupKind, Namespace, ObjectKey, Scope};
use trimtab_project::{Cause, Cluster, Project, Verdict};

fn read(spec: &Value) -> Project {
    project(&json!({"metadata": {"name": "shop", "namespace": "argocd"}, "spec": spec}))
}

fn here() -> Cluster {
    Cluster { name: "in-cluster".into(), server: "https://kubernetes.default.svc".into() }
}

fn permits_destination(project: &Project, namespace: &str) -> bool {
    let destination = Destination { cluster: None, namespace: Some(namespace.into()) };
    project.permits_destination(&destination, &here()).is_ok()
}

fn permits(project: &Project, kind: &str, scope: Scope) -> bool {
    let kind = GroupKind::new("", kind);
    let key = match scope {
        Scope::Namespaced => ObjectKey::namespaced(&kind, "shop", "a"),
        Scope::Cluster => ObjectKey::cluster(&kind, "a"),
    };
    project.permits_object(&key, scope, &here()).is_ok()
}

#[test]
fn every_rule_is_read() {
    let project = read(&json!({
        "sourceRepos": ["https://git.example/*", "!https://git.example/secret"],
        "sourceNamespaces": ["team-*"],
        "destinations": [{"server": "https://kubernetes.default.svc", "namespace": "shop"},
                         {"name": "in-cluster", "namespace": "shop-*"}],
        "clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}],
        "clusterResourceBlacklist": [{"group": "", "kind": "PersistentVolume"}],
        "namespaceResourceWhitelist": [{"group": "", "kind": "*"}],
        "namespaceResourceBlacklist": [{"group": "", "kind": "Secret"}],
    }));
    assert_eq!(project.name.as_str(), "shop");
    assert!(project.permits_source("https://git.example/a.git").is_ok());
    assert!(project.permits_source("https://git.example/secret").is_err());
    assert!(permits_destination(&project, "shop") && permits_destination(&project, "shop-a"));
    assert!(!permits_destination(&project, "other"));
    assert!(permits(&project, "Namespace", Scope::Cluster));
    assert!(!permits(&project, "Node", Scope::Cluster));
    assert!(!permits(&project, "PersistentVolume", Scope::Cluster));
    assert!(permits(&project, "ConfigMap", Scope::Namespaced));
    assert!(!permits(&project, "Secret", Scope::Namespaced));
    let app = |namespace: &str| AppId {
        kind: GroupKind::new("argoproj.io", "Application"),
        namespace: namespace.into(),
        name: "a".into(),
    };
    let ours = Namespace::from("argocd");
    assert!(project.permits_app(&app("team-a"), &ours).is_ok());
    assert!(project.permits_app(&app("other"), &ours).is_err());
}

#[test]
fn kinds_in_namespaces_are_permitted_unless_there_is_a_list() {
    assert!(permits(
        &read(&json!({"destinations": [{"server": "*", "namespace": "*"}]})),
        "Secret",
        Scope::Namespaced
    ));
    let empty = json!({
        "destinations": [{"server": "*", "namespace": "*"}], "namespaceResourceWhitelist": [],
    });
    assert!(!permits(&read(&empty), "Secret", Scope::Namespaced));
}

#[test]
fn without_clusters_of_its_own_a_locked_project_reaches_none() {
    let anywhere = json!([{"server": "*", "namespace": "*"}]);
    assert!(permits_destination(&read(&json!({"destinations": anywhere})), "a"));
    let locked = json!({"destinations": anywhere, "permitOnlyProjectScopedClusters": true});
    assert!(!permits_destination(&read(&locked), "a"));
}

#[test]
fn windows_are_read() {
    let project = read(&json!({"syncWindows": [{
        "kind": "deny", "schedule": "0 0 * * *", "duration": "1h", "timeZone": "UTC",
        "applications": ["shop-*"], "manualSync": true,
    }]}));
    let cause = Cause {
        app: "shop-a",
        cluster_name: "",
        server: "",
        namespace: "",
        manual: false,
        started: None,
    };
    let at = |time: &str| project.windows.verdict(&cause, time.parse().unwrap());
    assert!(matches!(at("2026-01-01T00:30:00Z"), Verdict::Blocked { .. }));
    assert_eq!(at("2026-01-01T02:00:00Z"), Verdict::Allowed);
    let manual = Cause { manual: true, ..cause };
    let verdict = project.windows.verdict(&manual, "2026-01-01T00:30:00Z".parse().unwrap());
    assert_eq!(verdict, Verdict::Allowed);
    let other = Cause { app: "other", ..cause };
    let verdict = project.windows.verdict(&other, "2026-01-01T00:30:00Z".parse().unwrap());
    assert_eq!(verdict, Verdict::Allowed);
}

#[test]
fn what_does_not_act_is_named() {
    let project = read(&json!({
        "description": "x",
        "roles": [{"name": "dev", "policies": ["p, a"]}],
        "orphanedResources": {"warn": true},
        "signatureKeys": [{"keyID": "ABC"}],
        "destinationServiceAccounts": [{"server": "*", "defaultServiceAccount": "x"}],
        "newThing": 1,
    }));
    assert_eq!(
        shown(&project.not_supported),
        [
            "spec.destinationServiceAccounts[0]",
            "spec.newThing",
            "+spec.orphanedResources",
            "spec.signatureKeys[0]",
        ]
    );
}

#[test]
fn a_wrong_shape_permits_nothing_and_restrains() {
    let project = read(&json!({"sourceRepos": "*", "destinations": [{"server": 1}]}));
    assert!(project.permits_source("https://git.example/a").is_err());
    assert_eq!(&*project.not_supported[0].field, "spec.destinations[0].server must be a string");
}

#[test]
fn the_default_project_permits_everything() {
    let resource = default_project(&"argocd".into());
    assert_eq!(mismatches(&resource, &PROJECT.schema().into_value(), ""), []);
    let project = project(&resource);
    assert!(project.permits_source("https://git.example/a").is_ok());
    assert!(permits_destination(&project, "any"));
    assert!(permits(&project, "Node", Scope::Cluster));
    assert!(permits(&project, "Secret", Scope::Namespaced));
}
