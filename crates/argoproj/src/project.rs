//! An `AppProject`, read once.

use crate::{names, tables};
use serde_json::{Value, json};
use std::sync::LazyLock;
use trimtab_crd::fields::survey;
use trimtab_crd::{PROJECT, Wishes, mismatches, read, wishes};
use trimtab_model::{GlobError, Namespace, NotSupported, Restraint};
use trimtab_project::{
    AppNamespace, Deniable, DestinationRule, Join, KindRule, OrphanRule, OrphanedResources,
    Pattern, Project, RepositoryRule, Schedule, Window, WindowKind, Windows,
};

static SCHEMA: LazyLock<Value> = LazyLock::new(|| PROJECT.schema().into_value());

/// Reads a project. What of it has a wrong shape is not there, so that it permits nothing, and is named
/// among what restrains.
pub fn project(resource: &Value) -> Project {
    let spec = read::at(resource, "spec").unwrap_or(&Value::Null);
    let wrong = mismatches(spec, &SCHEMA["properties"]["spec"], "spec");
    let mut not_supported = survey(spec, "spec", tables::PROJECT);
    not_supported.extend(wrong.iter().map(|mismatch| NotSupported {
        field: mismatch.to_string().into(),
        restraint: Restraint::Restrains,
    }));
    not_supported.extend(unreadable_denials(spec));
    let wishes = wishes(resource);
    not_supported.extend(wishes.not_understood.iter().cloned());
    not_supported.extend(for_applications(&wishes));
    let kinds = |path: &str| read::list(spec, path).iter().map(kind).collect::<Vec<_>>();
    let allowed = read::at(spec, "namespaceResourceWhitelist");
    // No Secret of a cluster is read yet, so no cluster belongs to a project.
    let own_clusters_only = read::is_true(spec, "permitOnlyProjectScopedClusters").then(Vec::new);
    Project {
        name: read::text(resource, "metadata.name").unwrap_or_default().into(),
        app_namespaces: read::texts(spec, "sourceNamespaces").map(AppNamespace::from).collect(),
        repositories: read::texts(spec, "sourceRepos").map(RepositoryRule::from).collect(),
        destinations: read::list(spec, "destinations").iter().map(destination).collect(),
        own_clusters_only,
        cluster_allowed: kinds("clusterResourceWhitelist"),
        cluster_denied: kinds("clusterResourceBlacklist"),
        namespaced_allowed: allowed.map(|_| kinds("namespaceResourceWhitelist")),
        namespaced_denied: kinds("namespaceResourceBlacklist"),
        windows: Windows(read::list(spec, "syncWindows").iter().map(window).collect()),
        orphaned: read::at(spec, "orphanedResources").map(orphaned),
        rewritten_branch: wishes.rewritten_branch,
        not_supported,
    }
}

/// What would deny and cannot be read: without it more would be permitted than was asked. Sync windows
/// say it themselves, to those whom they may be about.
fn unreadable_denials(spec: &Value) -> Vec<NotSupported> {
    let mut found = Vec::new();
    let mut check = |path: &str, problem: &dyn Fn(&Value) -> Option<GlobError>| {
        for (place, entry) in read::list(spec, path).iter().enumerate() {
            found.extend(problem(entry).map(|problem| NotSupported {
                field: format!("spec.{path}[{place}]: {problem}").into(),
                restraint: Restraint::Restrains,
            }));
        }
    };
    check("sourceRepos", &|entry| RepositoryRule::from(entry.as_str()?).problem().cloned());
    check("destinations", &|entry| {
        let DestinationRule { cluster, server, namespace } = destination(entry);
        [cluster, server, namespace].iter().find_map(Deniable::problem).cloned()
    });
    for list in ["clusterResourceBlacklist", "namespaceResourceBlacklist"] {
        check(list, &|entry| kind(entry).problem().cloned());
    }
    found
}

/// Annotations of ours that act on an application and not on its project. Without a budget of the
/// project's more would be pruned; the others only let more happen.
fn for_applications(wishes: &Wishes) -> impl Iterator<Item = NotSupported> {
    let all = [
        ("trimtab.dev/prune-budget", wishes.prune_limit.is_some(), Restraint::Restrains),
        ("trimtab.dev/approve", wishes.approval.is_some(), Restraint::Adds),
        ("trimtab.dev/owner", wishes.owned_by_us, Restraint::Adds),
        ("trimtab.dev/self-heal", wishes.heals_at_once, Restraint::Adds),
    ];
    let set = all.into_iter().filter(|(_, is_set, _)| *is_set);
    set.map(|(field, _, restraint)| NotSupported { field: field.into(), restraint })
}

/// The project that is there for everybody, as the family's API server creates it.
/// Source: argo-cd `util/argo/argo.go`.
pub fn default_project(namespace: &Namespace) -> Value {
    json!({
        "apiVersion": names::API_VERSION,
        "kind": PROJECT.kind,
        "metadata": {"name": names::DEFAULT_PROJECT, "namespace": namespace.as_str()},
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"server": "*", "namespace": "*"}],
            "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
        },
    })
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    read::text(value, field).unwrap_or_default()
}

fn kind(entry: &Value) -> KindRule {
    KindRule::new(text(entry, "group"), text(entry, "kind"), text(entry, "name"))
}

fn destination(entry: &Value) -> DestinationRule {
    DestinationRule {
        cluster: Deniable::from(text(entry, "name")),
        server: Deniable::from(text(entry, "server")),
        namespace: Deniable::from(text(entry, "namespace")),
    }
}

fn window(entry: &Value) -> Window {
    let patterns = |path: &str| read::texts(entry, path).map(Pattern::from).collect();
    Window {
        kind: match text(entry, "kind") {
            "allow" => WindowKind::Allow,
            "deny" => WindowKind::Deny,
            _ => WindowKind::Neither,
        },
        schedule: Schedule::parse(
            text(entry, "schedule"),
            text(entry, "duration"),
            text(entry, "timeZone"),
        ),
        applications: patterns("applications"),
        clusters: patterns("clusters"),
        namespaces: patterns("namespaces"),
        join: if read::is_true(entry, "andOperator") { Join::All } else { Join::Any },
        manual_sync: read::is_true(entry, "manualSync"),
        overrun: read::is_true(entry, "syncOverrun"),
    }
}

fn orphaned(entry: &Value) -> OrphanedResources {
    let rule = |rule: &Value| OrphanRule {
        group: Pattern::from(text(rule, "group")),
        kind: read::text(rule, "kind").map(Pattern::from),
        name: read::text(rule, "name").map(Pattern::from),
    };
    OrphanedResources {
        warn: read::is_true(entry, "warn"),
        ignore: read::list(entry, "ignore").iter().map(rule).collect(),
    }
}
