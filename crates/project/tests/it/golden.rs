//! The answers that the reference tools gave (`tests/golden`).

use crate::permissions::project;
use serde_json::Value;
use std::collections::BTreeMap;
use trimtab_model::{Destination, GroupKind, ObjectKey, Scope};
use trimtab_project::{
    Cause, Cluster, DestinationRule, Join, KindRule, Pattern, Project, Schedule, Verdict, Window,
    WindowKind, Windows,
};

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn texts<'a>(value: &'a Value, name: &str) -> Vec<&'a str> {
    value[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn triples(value: &Value, name: &str) -> Option<Vec<[String; 3]>> {
    let rows = value[name].as_array()?;
    Some(
        rows.iter()
            .map(|row| [0, 1, 2].map(|at| row[at].as_str().unwrap_or("").to_owned()))
            .collect(),
    )
}

fn kinds(value: &Value, name: &str) -> Option<Vec<KindRule>> {
    let rows = triples(value, name)?;
    Some(rows.iter().map(|[group, kind, name]| KindRule::new(group, kind, name)).collect())
}

fn written(value: &Value) -> Project {
    let destinations = triples(value, "destinations").unwrap_or_default();
    Project {
        repositories: texts(value, "sourceRepos").into_iter().map(Into::into).collect(),
        destinations: destinations
            .iter()
            .map(|[cluster, server, namespace]| DestinationRule {
                cluster: cluster.as_str().into(),
                server: server.as_str().into(),
                namespace: namespace.as_str().into(),
            })
            .collect(),
        cluster_allowed: kinds(value, "clusterAllowed").unwrap_or_default(),
        cluster_denied: kinds(value, "clusterDenied").unwrap_or_default(),
        namespaced_allowed: kinds(value, "namespacedAllowed"),
        namespaced_denied: kinds(value, "namespacedDenied").unwrap_or_default(),
        ..project()
    }
}

fn permitted(case: &Value) -> bool {
    let mut project = written(&case["project"]);
    if let Some(url) = case["repo"].as_str() {
        return project.permits_source(url).is_ok();
    }
    if let Some([name, server, namespace]) = case["destination"].as_array().map(Vec::as_slice) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let cluster = Cluster { name: text(name), server: text(server) };
        let namespace = Some(text(namespace)).filter(|text| !text.is_empty()).map(Into::into);
        let destination = Destination { cluster: Some(text(server).into()), namespace };
        return project.permits_destination(&destination, &cluster).is_ok();
    }
    let [group, kind, name, scope] =
        [0, 1, 2, 3].map(|at| case["object"][at].as_str().expect("four"));
    let kind = GroupKind::new(group, kind);
    let (key, scope) = match scope {
        "cluster" => (ObjectKey::cluster(&kind, name), Scope::Cluster),
        _ => (ObjectKey::namespaced(&kind, "shop", name), Scope::Namespaced),
    };
    project.destinations =
        vec![DestinationRule { cluster: "*".into(), server: "*".into(), namespace: "*".into() }];
    let cluster = Cluster { name: "prod".into(), server: "https://prod.example.com".into() };
    project.permits_object(&key, scope, &cluster).is_ok()
}

#[test]
fn projects_permit_what_the_reference_permits() {
    let (mut wrong, mut answers) = (Vec::new(), [0, 0]);
    for line in include_str!("../golden/permissions.jsonl").lines() {
        let case: Value = serde_json::from_str(line).expect("valid JSON");
        answers[usize::from(case["allowed"] == true)] += 1;
        if Value::Bool(permitted(&case)) != case["allowed"] {
            wrong.push(line);
        }
    }
    assert!(answers.iter().all(|count| *count > 300), "no and yes: {answers:?}");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn window(value: &Value) -> Window {
    let patterns = |name| texts(value, name).into_iter().map(Pattern::from).collect();
    Window {
        kind: match text(value, "kind") {
            "allow" => WindowKind::Allow,
            "deny" => WindowKind::Deny,
            _ => WindowKind::Neither,
        },
        schedule: Schedule::parse(
            text(value, "schedule"),
            text(value, "duration"),
            text(value, "timeZone"),
        ),
        applications: patterns("applications"),
        clusters: patterns("clusters"),
        namespaces: patterns("namespaces"),
        join: if value["andOperator"] == true { Join::All } else { Join::Any },
        manual_sync: value["manualSync"] == true,
        overrun: value["syncOverrun"] == true,
    }
}

fn judged(case: &Value) -> String {
    let windows = case["windows"].as_array().expect("windows").iter().map(window).collect();
    let destination = &case["destination"];
    let cause = Cause {
        app: text(case, "app"),
        cluster_name: text(destination, "name"),
        server: text(destination, "server"),
        namespace: text(destination, "namespace"),
        manual: case["manual"] == true,
        started: text(case, "started").parse().ok(),
    };
    match Windows(windows).verdict(&cause, text(case, "now").parse().expect("a time")) {
        Verdict::Allowed => "allowed".to_owned(),
        Verdict::Blocked { problem: None, .. } => "blocked".to_owned(),
        Verdict::Blocked { problem: Some(problem), .. } => {
            format!("invalid sync windows: {problem}")
        }
    }
}

#[test]
fn windows_allow_what_the_reference_allows() {
    let (mut wrong, mut answers) = (Vec::new(), BTreeMap::<String, usize>::new());
    for line in include_str!("../golden/windows.jsonl").lines() {
        let case: Value = serde_json::from_str(line).expect("valid JSON");
        let found = judged(&case);
        *answers.entry(found.split(':').next().unwrap_or_default().to_owned()).or_default() += 1;
        if found != text(&case, "result") {
            wrong.push(format!("{line}\nfound {found}"));
        }
    }
    let words = ["allowed", "blocked", "invalid sync windows"];
    assert!(answers.keys().eq(&words) && answers.values().all(|count| *count > 20), "{answers:?}");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
