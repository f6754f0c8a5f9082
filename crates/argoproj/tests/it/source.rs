//! Where the objects come from.

use crate::support::{not_supported, problems, read};
use serde_json::{Value, json};
use trimtab_model::{Directory, Renderer, RevisionSpec, Source};

fn source(change: &Value) -> Source {
    read(&json!({"spec": {"source": change}})).0.sources.remove(0)
}

fn directory(source: Source) -> Directory {
    let Renderer::Directory(directory) = source.renderer;
    directory
}

#[test]
fn a_directory_of_a_repository_is_a_source() {
    let found = source(&json!({"path": "./apps/shop/", "targetRevision": "main"}));
    assert_eq!(&*found.remote.url, "https://git.example/env.git");
    assert_eq!(&*found.path, "apps/shop");
    assert_eq!(found.revision, RevisionSpec::Named("main".into()));
    assert_eq!(source(&json!({})).revision, RevisionSpec::Head);
    assert_eq!(source(&json!({"targetRevision": "HEAD"})).revision, RevisionSpec::Head);
}

#[test]
fn directory_options_choose_files() {
    let found = directory(source(&json!({
        "directory": {"recurse": true, "include": "*.yaml", "exclude": "{a,b}.yaml"},
    })));
    assert!(found.recurse);
    assert_eq!(found.include.as_deref(), Some("*.yaml"));
    assert_eq!(found.exclude.as_deref(), Some("{a,b}.yaml"));
    let plain = directory(source(&json!({})));
    assert!(!plain.recurse && plain.include.is_none() && plain.exclude.is_none());
}

#[test]
fn several_sources_go_before_one() {
    let several = json!({"spec": {"sources": [
        {"repoURL": "https://git.example/a.git", "path": "a"},
        {"repoURL": "https://git.example/b.git", "path": "b", "helm": {"releaseName": "x"}},
    ]}});
    let (app, _) = read(&several);
    let paths: Vec<&str> = app.sources.iter().map(|source| &*source.path).collect();
    assert_eq!(paths, ["a", "b"]);
    assert_eq!(not_supported(&several), ["spec.sources[1].helm"]);
}

#[test]
fn empty_blocks_of_other_tools_count_as_not_set() {
    let empty = json!({"spec": {"source": {
        "helm": {}, "kustomize": {"images": []}, "directory": {"jsonnet": {}}, "chart": "",
    }}});
    assert_eq!(not_supported(&empty), [""; 0]);
}

#[test]
fn what_makes_other_objects_restrains() {
    let source = json!({"spec": {"source": {
        "chart": "x",
        "targetRevision": "1.x",
        "helm": {"values": "a: 1"},
        "kustomize": {"namePrefix": "a-"},
        "plugin": {"name": "p"},
        "directory": {"jsonnet": {"libs": ["vendor"]}},
        "ref": "values",
        "tagPrefix": "app-",
    }}});
    assert_eq!(
        not_supported(&source),
        [
            "spec.source.chart",
            "spec.source.directory.jsonnet",
            "spec.source.helm",
            "spec.source.kustomize",
            "spec.source.plugin",
            "spec.source.ref",
            "spec.source.tagPrefix",
            "spec.source.targetRevision",
        ]
    );
    let hydrated = json!({"spec": {"sourceHydrator": {
        "drySource": {"repoURL": "x", "path": "a", "targetRevision": "main"},
        "syncSource": {"targetBranch": "env", "path": "a"},
    }}});
    assert_eq!(not_supported(&hydrated), ["spec.sourceHydrator"]);
}

#[test]
fn only_urls_that_we_can_read_act() {
    let at = |url: &str| not_supported(&json!({"spec": {"source": {"repoURL": url}}}));
    for url in ["https://git.example/a", "http://127.0.0.1:1/a.git", "file:///srv/a.git"] {
        assert_eq!(at(url), [""; 0], "{url}");
    }
    for (url, form) in [
        ("git@git.example:a/b.git", "ssh"),
        ("ssh://git@git.example/a", "ssh"),
        ("oci://reg.example/a", "oci"),
        ("htps://git.example/a", "neither http nor https"),
        ("git.example/a", "neither http nor https"),
        ("me:canary@git.example/a", "neither http nor https"),
    ] {
        assert_eq!(at(url), [format!("spec.source.repoURL: {form}")], "{url}");
    }
}

#[test]
fn a_password_in_a_url_is_dropped_and_said() {
    let url = json!({"repoURL": "https://me:secret@git.example/a.git"});
    assert_eq!(&*source(&url).remote.url, "https://git.example/a.git");
    assert_eq!(
        not_supported(&json!({"spec": {"source": url}})),
        ["+spec.source.repoURL: password"]
    );
}

#[test]
fn a_url_that_rules_could_read_otherwise_is_no_source() {
    for (url, why) in [
        ("http://git.example/a/..\\b.git", "`\\`"),
        ("http://127.0.0.2:9102\\.example.com/x.git", "`\\`"),
        ("https://git.example/a.git?access_token=canary", "`?`"),
        ("http://127.0.0.2#.example.com/x.git", "`#`"),
        ("https://git.example/a/%2e%2e/b.git", "`..`"),
        ("https://git.example/a%2f..%2fb.git", "encoded"),
        ("https://git.exam\tple/a.git", "control"),
        ("https://me:can/ary@git.example/a.git", "host"),
    ] {
        let found = problems(&json!({"spec": {"source": {"repoURL": url}}}));
        assert_eq!(found.len(), 1, "{url}");
        assert!(found[0].starts_with("spec.source.repoURL cannot be used: "), "{found:?}");
        assert!(found[0].contains(why) && !found[0].contains("canary"), "{found:?}");
    }
    let several = json!({"spec": {"sources": [
        {"repoURL": "https://git.example/a.git", "path": "a"},
        {"repoURL": "https://git.example/../b.git", "path": "b"},
    ]}});
    assert!(problems(&several)[0].starts_with("spec.sources[1].repoURL cannot be used: "));
}

#[test]
fn a_source_that_is_shown_shows_no_password() {
    let source = json!({"spec": {"sources": [{"repoURL": "https://me:canary@git.example/a"}]}});
    let found = problems(&source);
    assert!(
        found[0].contains("https://git.example/a") && !found[0].contains("canary"),
        "{found:?}"
    );
}

#[test]
fn a_source_needs_a_repository_and_a_path() {
    assert_eq!(
        problems(&json!({"spec": {"source": {"path": ""}}})),
        ["spec.source.repoURL and either spec.source.path or spec.source.chart are required"]
    );
    assert_eq!(
        problems(&json!({"spec": {"source": {"chart": "c"}}})),
        ["spec.source.targetRevision is required if the manifest source is a helm chart"]
    );
    assert_eq!(
        problems(&json!({"spec": {"source": {"path": "../up"}}})),
        ["spec.source.path ../up: app path outside root: name a directory of the repository"]
    );
}

#[test]
fn a_password_moves_no_digest_of_sources() {
    let digest = |url: &str| {
        Source::digest_of(&read(&json!({"spec": {"source": {"repoURL": url}}})).0.sources)
    };
    assert_eq!(digest("https://a:b@git.example/a"), digest("https://git.example/a"));
    assert_ne!(digest("https://git.example/b"), digest("https://git.example/a"));
}
