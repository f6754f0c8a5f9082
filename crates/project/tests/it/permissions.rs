//! The words of each "no", and what the recorded answers do not reach.

use trimtab_model::{AppId, Destination, GroupKind, ObjectKey, Scope};
use trimtab_project::{
    Cluster, DestinationRule, KindRule, OrphanRule, OrphanedResources, Project, Windows,
};

/// A project that permits nothing but kinds in namespaces.
pub fn project() -> Project {
    Project {
        name: "shop".into(),
        app_namespaces: vec![],
        repositories: vec![],
        destinations: vec![],
        own_clusters_only: None,
        cluster_allowed: vec![],
        cluster_denied: vec![],
        namespaced_allowed: None,
        namespaced_denied: vec![],
        windows: Windows::default(),
        orphaned: None,
        rewritten_branch: None,
        not_supported: vec![],
    }
}

fn prod() -> Cluster {
    Cluster { name: "prod".into(), server: "https://prod.example.com".into() }
}

fn anywhere() -> DestinationRule {
    DestinationRule { cluster: "*".into(), server: "*".into(), namespace: "*".into() }
}

fn app(namespace: &str) -> AppId {
    AppId {
        kind: GroupKind::new("argoproj.io", "Application"),
        namespace: namespace.into(),
        name: "web".into(),
    }
}

fn no<T: std::fmt::Debug>(answer: Result<T, trimtab_project::Error>) -> String {
    answer.expect_err("it must not be permitted").to_string()
}

#[test]
fn a_repository_that_is_not_listed_is_named() {
    assert_eq!(
        no(project().permits_source("https://github.com/Org/App.git")),
        "application repo https://github.com/Org/App.git is not permitted in project 'shop'"
    );
}

#[test]
fn a_denied_repository_is_denied_whatever_else_is_listed() {
    let rules = ["*", "!https://github.com/{org,other}/*"];
    let project = Project { repositories: rules.map(Into::into).to_vec(), ..project() };
    assert!(project.permits_source("https://github.com/other/app").is_err());
    assert!(project.permits_source("https://github.com/third/app").is_ok());
    let project = Project { repositories: vec!["*".into(), "!*".into()], ..project };
    assert!(project.permits_source("https://github.com/third/app").is_err());
}

/// What a rule reads must be what is asked: these once passed the rule, and another repository was read.
#[test]
fn no_spelling_of_a_url_slips_past_a_rule() {
    let rules = ["http://127.0.0.1/team-a/*", "http://*.example.com/*", "https://git.example/a/**"];
    let project = Project { repositories: rules.map(Into::into).to_vec(), ..project() };
    for url in [
        "http://127.0.0.1/team-a/..\\team-b\\secret.git",
        "http://127.0.0.1/team-a/%2e%2e\\team-b\\secret.git",
        "http://127.0.0.2:9102\\.example.com/x.git",
        "http://127.0.0.2:9102?.example.com/x.git",
        "http://127.0.0.2:9102#.example.com/x.git",
        "https://git.example/a/../b",
        "https://git.example/a/%2E%2e/b",
        "https://git.example/a/..%2fb",
        "https://git.example/a/x?access_token=canary",
    ] {
        let no = no(project.permits_source(url));
        assert!(!no.contains("canary"), "{no}");
    }
    assert!(project.permits_source("http://127.0.0.1/team-a/x.git").is_ok());
    assert!(project.permits_source("http://git.example.com/x.git").is_ok());
    assert!(project.permits_source("https://me@git.example/a/b/c").is_ok());
}

#[test]
fn a_rule_that_denies_holds_for_every_spelling() {
    let rules = ["*", "!https://git.example/secret/*", "!http://127.0.0.1/own"];
    let project = Project { repositories: rules.map(Into::into).to_vec(), ..project() };
    for url in [
        "https://git.example/secret/app",
        "https://git.example:443/secret/app.git",
        "https://me@GIT.example./secret/app",
        "https://git.example//secret/app/",
        "https://git.example/%73ecret/app",
        "http://127.1/own",
        "http://0x7f000001:80/own.git",
    ] {
        assert!(project.permits_source(url).is_err(), "{url}");
    }
    assert!(project.permits_source("https://git.example/secrets/app").is_ok());
}

#[test]
fn a_password_in_a_url_is_not_printed() {
    let project = project();
    for url in ["https://me:canary@git.example/a", "ssh://git:canary@git.example/a"] {
        let no = no(project.permits_source(url));
        assert!(!no.contains("canary") && no.contains("git.example/a"), "{no}");
    }
}

#[test]
fn a_destination_is_named_as_the_application_names_it() {
    let by_name =
        Destination { cluster: Some("prod".into()), namespace: Some("kube-system".into()) };
    assert_eq!(
        no(project().permits_destination(&by_name, &prod())),
        "application destination server 'prod' and namespace 'kube-system' do not match any of the \
         allowed destinations in project 'shop'"
    );
    let by_url = Destination { cluster: Some(prod().server.into()), namespace: None };
    assert_eq!(
        no(project().permits_destination(&by_url, &prod())),
        "application destination server 'https://prod.example.com' and namespace '' do not match \
         any of the allowed destinations in project 'shop'"
    );
}

#[test]
fn only_a_projects_own_clusters_where_it_says_so() {
    let other = Cluster { name: "stage".into(), server: "https://stage.example.com".into() };
    let project = Project {
        destinations: vec![anywhere()],
        own_clusters_only: Some(vec![prod()]),
        ..project()
    };
    let destination = Destination { cluster: None, namespace: None };
    assert!(project.permits_destination(&destination, &prod()).is_ok());
    assert!(project.permits_destination(&destination, &other).is_err());
}

#[test]
fn an_object_of_the_whole_cluster_must_be_listed() {
    let key = ObjectKey::cluster(&GroupKind::new("", "Namespace"), "team-a");
    assert_eq!(
        no(project().permits_object(&key, Scope::Cluster, &prod())),
        "resource :Namespace is not permitted in project shop"
    );
    let allowed = vec![KindRule::new("", "Namespace", "team-*")];
    let project = Project { cluster_allowed: allowed, ..project() };
    assert!(project.permits_object(&key, Scope::Cluster, &prod()).is_ok());
    let other = ObjectKey::cluster(&GroupKind::new("", "Namespace"), "kube-system");
    assert!(project.permits_object(&other, Scope::Cluster, &prod()).is_err());
}

#[test]
fn an_object_must_stand_in_a_namespace_of_the_project() {
    let key = ObjectKey::namespaced(&GroupKind::new("apps", "Deployment"), "kube-system", "web");
    let rule = DestinationRule { namespace: "shop".into(), ..anywhere() };
    let project = Project { destinations: vec![rule], ..project() };
    assert_eq!(
        no(project.permits_object(&key, Scope::Namespaced, &prod())),
        "namespace kube-system is not permitted in project 'shop'"
    );
}

#[test]
fn no_list_of_kinds_permits_all_and_an_empty_one_none() {
    let key = ObjectKey::namespaced(&GroupKind::new("apps", "Deployment"), "shop", "web");
    let all = Project { destinations: vec![anywhere()], ..project() };
    assert!(all.permits_object(&key, Scope::Namespaced, &prod()).is_ok());
    let none = Project { namespaced_allowed: Some(vec![]), ..all };
    assert_eq!(
        no(none.permits_object(&key, Scope::Namespaced, &prod())),
        "resource apps:Deployment is not permitted in project shop"
    );
}

#[test]
fn applications_of_other_namespaces_must_be_let_in() {
    let ours = "argocd".into();
    let project =
        Project { app_namespaces: vec!["team-?".into(), "/^(qa|dev)$/".into()], ..project() };
    for namespace in ["argocd", "team-a", "qa", "dev"] {
        assert!(project.permits_app(&app(namespace), &ours).is_ok(), "{namespace}");
    }
    for namespace in ["team-ab", "qa2", "/^(qa|dev)$/x"] {
        assert!(project.permits_app(&app(namespace), &ours).is_err(), "{namespace}");
    }
    assert_eq!(
        no(project.permits_app(&app("other"), &ours)),
        "application 'web' in namespace 'other' is not permitted to use project 'shop'"
    );
}

#[test]
fn a_pattern_that_cannot_be_read_lets_nobody_in() {
    let project = Project { app_namespaces: vec!["/(/".into(), "[".into()], ..project() };
    assert!(project.permits_app(&app("("), &"argocd".into()).is_err());
    assert!(project.permits_app(&app("["), &"argocd".into()).is_err());
}

#[test]
fn nobody_hears_of_what_comes_with_the_cluster() {
    let orphaned = OrphanedResources {
        warn: true,
        ignore: vec![OrphanRule {
            group: "".into(),
            kind: Some("Config*".into()),
            name: Some("istio-*".into()),
        }],
    };
    let key = |kind: &str, namespace, name| {
        ObjectKey::namespaced(&GroupKind::new("", kind), namespace, name)
    };
    assert!(orphaned.ignores(&key("ServiceAccount", "shop", "default")));
    assert!(orphaned.ignores(&key("ConfigMap", "shop", "kube-root-ca.crt")));
    assert!(orphaned.ignores(&key("Service", "default", "kubernetes")));
    assert!(!orphaned.ignores(&key("Service", "shop", "kubernetes")));
    assert!(orphaned.ignores(&key("ConfigMap", "shop", "istio-ca")));
    assert!(!orphaned.ignores(&key("Secret", "shop", "istio-ca")));
}
