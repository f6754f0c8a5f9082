//! `AppProject`: the rules that hold for all applications of a project.
//! Source: argo-cd `pkg/apis/application/v1alpha1/app_project_types.go`.

use crate::names;
use serde_json::{Value, json};
use trimtab_crd::read;
use trimtab_model::{Namespace, NotSupported, Restraint};
use trimtab_project::{
    AppNamespace, DestinationRule, Join, KindRule, OrphanRule, OrphanedResources, Pattern, Project,
    RepositoryRule, Schedule, Window, WindowKind, Windows,
};

/// The name of the project of applications that name none.
pub const DEFAULT_PROJECT: &str = "default";

/// Reads an `AppProject`. What is missing permits nothing, as it does for the reference.
pub fn project(resource: &Value) -> Project {
    let spec = read::at(resource, "spec").unwrap_or(&Value::Null);
    let kinds = |field: &str| read::list(spec, field).iter().map(kind_rule).collect::<Vec<_>>();
    let given = |field: &str| read::at(spec, field).is_some_and(|value| !value.is_null());
    Project {
        name: read::text(resource, "metadata.name").unwrap_or_default().into(),
        app_namespaces: read::texts(spec, "sourceNamespaces").map(AppNamespace::from).collect(),
        repositories: read::texts(spec, "sourceRepos").map(RepositoryRule::from).collect(),
        destinations: read::list(spec, "destinations").iter().map(destination).collect(),
        // Clusters of a project's own come with cluster Secrets, which are not read yet: none is.
        own_clusters_only: read::is_true(spec, "permitOnlyProjectScopedClusters").then(Vec::new),
        cluster_allowed: kinds("clusterResourceWhitelist"),
        cluster_denied: kinds("clusterResourceBlacklist"),
        namespaced_allowed: given("namespaceResourceWhitelist")
            .then(|| kinds("namespaceResourceWhitelist")),
        namespaced_denied: kinds("namespaceResourceBlacklist"),
        windows: Windows(read::list(spec, "syncWindows").iter().map(window).collect()),
        orphaned: given("orphanedResources").then(|| orphaned(&spec["orphanedResources"])),
        not_supported: not_supported(spec),
    }
}

/// The project `default` as the reference's API server creates it: it permits everything.
pub fn default_project(namespace: &Namespace) -> Value {
    json!({
        "apiVersion": format!("{}/v1alpha1", names::GROUP),
        "kind": "AppProject",
        "metadata": {"name": DEFAULT_PROJECT, "namespace": namespace.as_str()},
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"namespace": "*", "server": "*"}],
            "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
        },
    })
}

fn destination(rule: &Value) -> DestinationRule {
    let text = |field: &str| read::text(rule, field).unwrap_or_default();
    DestinationRule {
        cluster: text("name").into(),
        server: text("server").into(),
        namespace: text("namespace").into(),
    }
}

/// An absent name matches every name.
fn kind_rule(rule: &Value) -> KindRule {
    let text = |field: &str| read::text(rule, field).unwrap_or_default();
    KindRule::new(text("group"), text("kind"), text("name"))
}

fn window(window: &Value) -> Window {
    let text = |field: &str| read::text(window, field).unwrap_or_default();
    let patterns = |field: &str| read::texts(window, field).map(Pattern::from).collect();
    Window {
        kind: match text("kind") {
            "allow" => WindowKind::Allow,
            "deny" => WindowKind::Deny,
            _ => WindowKind::Neither,
        },
        schedule: Schedule::parse(text("schedule"), text("duration"), text("timeZone")),
        applications: patterns("applications"),
        clusters: patterns("clusters"),
        namespaces: patterns("namespaces"),
        join: if read::is_true(window, "andOperator") { Join::All } else { Join::Any },
        manual_sync: read::is_true(window, "manualSync"),
        overrun: read::is_true(window, "syncOverrun"),
    }
}

fn orphaned(block: &Value) -> OrphanedResources {
    let rule = |rule: &Value| OrphanRule {
        group: read::text(rule, "group").unwrap_or_default().into(),
        kind: read::text(rule, "kind").map(Pattern::from),
        name: read::text(rule, "name").map(Pattern::from),
    };
    OrphanedResources {
        warn: read::is_true(block, "warn"),
        ignore: read::list(block, "ignore").iter().map(rule).collect(),
    }
}

/// Fields that would narrow or authorise, and do not act yet.
fn not_supported(spec: &Value) -> Vec<NotSupported> {
    let restrains = [
        ("sourceIntegrity", "spec.sourceIntegrity"),
        ("signatureKeys", "spec.signatureKeys"),
        ("destinationServiceAccounts", "spec.destinationServiceAccounts"),
    ];
    let adds = [("orphanedResources", "spec.orphanedResources")];
    let set = |field: &str| match read::at(spec, field) {
        None | Some(Value::Null) => false,
        Some(Value::Array(list)) => !list.is_empty(),
        Some(_) => true,
    };
    let named = |(field, path): &(&str, &str), restraint| {
        set(field).then(|| NotSupported { field: format!("AppProject {path}").into(), restraint })
    };
    let restrains = restrains.iter().filter_map(|f| named(f, Restraint::Restrains));
    let adds = adds.iter().filter_map(|field| named(field, Restraint::Adds));
    restrains.chain(adds).collect()
}

#[cfg(test)]
mod tests {
    use super::{default_project, project};
    use serde_json::json;
    use trimtab_model::Restraint;

    #[test]
    fn the_default_project_permits_everything() {
        let project = project(&default_project(&"argocd".into()));
        assert_eq!(project.name.as_str(), "default");
        assert!(project.permits_source("https://example.org/any.git").is_ok());
        assert!(project.namespaced_allowed.is_none() && project.windows.0.is_empty());
    }

    #[test]
    fn an_empty_project_permits_nothing() {
        let project = project(&json!({"metadata": {"name": "p"}, "spec": {}}));
        assert!(project.permits_source("https://example.org/any.git").is_err());
    }

    #[test]
    fn a_window_that_cannot_be_read_is_kept_as_one() {
        let spec = json!({"syncWindows": [{"kind": "deny", "schedule": "soon", "duration": "1h"}]});
        assert!(project(&json!({"spec": spec})).windows.0[0].schedule.is_err());
    }

    #[test]
    fn what_would_authorise_and_does_not_act_restrains() {
        let spec = json!({"signatureKeys": [{"keyID": "A"}], "orphanedResources": {"warn": true}});
        let fields = project(&json!({"spec": spec})).not_supported;
        let restraints: Vec<Restraint> = fields.iter().map(|field| field.restraint).collect();
        assert_eq!(restraints, [Restraint::Restrains, Restraint::Adds]);
    }
}
