//! What the operator may do in a cluster.

use serde_json::{Value, json};

/// The account that the operator runs as in `namespace`, with three roles: what it serves, what it
/// keeps in its own namespace, and what it deploys. The last one, `trimtab-deployer`, is every kind,
/// as both families' controllers have it, but no verb beyond those that a sync uses: no `escalate`,
/// `bind`, `impersonate`, `update` or `deletecollection`. Whoever deploys less replaces that one.
///
/// The two roles of the whole cluster are the same for every namespace, and so is whoever applies them
/// last; what binds them is each namespace's own, so that one installation takes nothing from another.
pub fn rbac(namespace: &str) -> Vec<Value> {
    let account = json!({"kind": "ServiceAccount", "name": NAME, "namespace": namespace});
    let role = |kind: &str, name: &str| json!({"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name});
    // A namespace's name has no colon.
    let bound = |role: &str| format!("{role}:{namespace}");
    vec![
        object("v1", "ServiceAccount", NAME, Some(namespace), json!({})),
        object(RBAC, "ClusterRole", NAME, None, json!({"rules": control_rules()})),
        object(RBAC, "ClusterRole", DEPLOYER, None, json!({"rules": deploy_rules()})),
        object(
            RBAC,
            "ClusterRoleBinding",
            &bound(NAME),
            None,
            json!({"roleRef": role("ClusterRole", NAME), "subjects": [account]}),
        ),
        object(
            RBAC,
            "ClusterRoleBinding",
            &bound(DEPLOYER),
            None,
            json!({"roleRef": role("ClusterRole", DEPLOYER), "subjects": [account]}),
        ),
        object(RBAC, "Role", NAME, Some(namespace), json!({"rules": own_rules()})),
        object(
            RBAC,
            "RoleBinding",
            NAME,
            Some(namespace),
            json!({"roleRef": role("Role", NAME), "subjects": [account]}),
        ),
    ]
}

const RBAC: &str = "rbac.authorization.k8s.io/v1";
const NAME: &str = "trimtab";
const DEPLOYER: &str = "trimtab-deployer";

fn object(version: &str, kind: &str, name: &str, namespace: Option<&str>, content: Value) -> Value {
    let mut object = json!({
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name, "labels": {"app.kubernetes.io/part-of": "trimtab"}},
    });
    if let Some(namespace) = namespace {
        object["metadata"]["namespace"] = namespace.into();
    }
    if let Value::Object(content) = content {
        for (key, value) in content {
            object[&key] = value;
        }
    }
    object
}

/// What it serves, in every namespace.
fn control_rules() -> Value {
    json!([
        rule("argoproj.io", &["applications"], &["get", "list", "watch", "patch"]),
        // The project `default` is created when it is absent.
        rule("argoproj.io", &["appprojects"], &["get", "list", "watch", "create"]),
        rule(
            "kustomize.toolkit.fluxcd.io",
            &["kustomizations", "kustomizations/status"],
            &["get", "list", "watch", "patch"],
        ),
        rule(
            "source.toolkit.fluxcd.io",
            &["gitrepositories", "gitrepositories/status"],
            &["get", "list", "watch", "patch"],
        ),
        rule(
            "trimtab.dev",
            &["inventories"],
            &["get", "list", "watch", "create", "patch", "delete"]
        ),
        rule("apiextensions.k8s.io", &["customresourcedefinitions"], &["get", "list", "watch"]),
        // Which APIs are registered and do not answer: what they serve is unknown, not absent.
        rule("apiregistration.k8s.io", &["apiservices"], &["list"]),
        rule("", &["namespaces"], &["get", "list", "watch"]),
        // Credentials of sources stand beside the sources.
        rule("", &["secrets"], &["get"]),
        rule("", &["events"], &["create", "patch"]),
    ])
}

/// What it keeps in its own namespace.
fn own_rules() -> Value {
    json!([
        rule("coordination.k8s.io", &["leases"], &["get", "create", "update"]),
        // The family's repositories and their credentials are found by a label.
        rule("", &["secrets"], &["get", "list", "watch"]),
        // So are the certificates of their hosts.
        rule("", &["configmaps"], &["get", "list", "watch"]),
    ])
}

/// What it deploys.
fn deploy_rules() -> Value {
    json!([
        rule("*", &["*"], &["get", "list", "watch", "create", "patch", "delete"]),
        {"nonResourceURLs": ["/api", "/api/*", "/apis", "/apis/*", "/openapi/*", "/version"], "verbs": ["get"]},
    ])
}

fn rule(group: &str, resources: &[&str], verbs: &[&str]) -> Value {
    json!({"apiGroups": [group], "resources": resources, "verbs": verbs})
}
