//! What is created: the folder of four objects of an application, and the Application.

use serde_json::{Value, json};

/// Where the Applications are.
pub const NAMESPACE: &str = "trimtab";
/// Where their objects go.
pub const TARGET: &str = "bench";
/// The collection of the Applications.
pub const APPLICATIONS: &str = "/apis/argoproj.io/v1alpha1/namespaces/trimtab/applications";
/// The collection of the Services.
pub const SERVICES: &str = "/api/v1/namespaces/bench/services";
/// The collection of the ConfigMaps.
pub const CONFIG_MAPS: &str = "/api/v1/namespaces/bench/configmaps";
/// The collection of the Deployments.
pub const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/bench/deployments";

/// One object.
pub struct Object {
    /// Its file.
    pub file: &'static str,
    /// Its collection.
    pub collection: &'static str,
    /// Its manifest.
    pub body: Value,
}

/// The name of an application.
pub fn name(number: u32) -> String {
    format!("app-{number:05}")
}

/// The folder of an application.
pub fn folder(number: u32) -> String {
    format!("apps/{number:05}")
}

/// The four objects of an application: the Deployment has no Pods, so that nothing but the API server
/// and the operator works.
pub fn objects(name: &str, value: &str) -> [Object; 4] {
    let labels = json!({"app": name});
    let metadata = json!({"name": name, "namespace": TARGET, "labels": labels});
    let object = |file, collection, body| Object { file, collection, body };
    [
        object(
            "configmap.yaml",
            CONFIG_MAPS,
            json!({
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata,
                "data": {"key": value, "text": "x".repeat(400)},
            }),
        ),
        object(
            "account.yaml",
            "/api/v1/namespaces/bench/serviceaccounts",
            json!({
                "apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata,
            }),
        ),
        object(
            "service.yaml",
            SERVICES,
            json!({
                "apiVersion": "v1", "kind": "Service", "metadata": metadata,
                "spec": {"selector": labels, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]},
            }),
        ),
        object(
            "deployment.yaml",
            DEPLOYMENTS,
            json!({
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
                "spec": {
                    "replicas": 0,
                    "selector": {"matchLabels": labels},
                    "template": {
                        "metadata": {"labels": labels},
                        "spec": {
                            "serviceAccountName": name,
                            "containers": [{
                                "name": "app", "image": "example/app:1.0.0",
                                "ports": [{"containerPort": 8080}],
                            }],
                        },
                    },
                },
            }),
        ),
    ]
}

/// The Application of a folder of the repository.
pub fn application(number: u32, repository: &str) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name(number), "namespace": NAMESPACE},
        "spec": {
            "project": "default",
            "source": {"repoURL": repository, "targetRevision": "main", "path": folder(number)},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": TARGET},
            "syncPolicy": {"automated": {"prune": true, "selfHeal": true}},
        },
    })
}
