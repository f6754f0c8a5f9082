//! Needs the real control plane; `cargo xtask test --no-apiserver` leaves this module out.
//!
//! What the room computes is what the server does: the object after an apply, who owns what after
//! any write, whether an apply changes anything, and the messages.

mod messages;
mod scenario;
mod takeover;

use crate::generate::{KINDS, widget_definition};
use serde_json::{Value, json};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use trimtab_testkit::control_plane::{Tenant, tenant};
use trimtab_testkit::https::{Client, Response};

/// A namespace of one test's own.
struct Place {
    client: Client,
    namespace: String,
}

impl Place {
    fn new() -> Self {
        let Tenant { server, namespace, user } = tenant().expect("a control plane");
        let place = Self { client: server.client(&user).expect("a user"), namespace };
        place.install_widgets();
        place
    }

    /// Defines the custom resource once for all tests.
    #[expect(clippy::disallowed_methods, reason = "a test waits for a real server")]
    fn install_widgets(&self) {
        static INSTALLED: Mutex<bool> = Mutex::new(false);
        let mut installed = INSTALLED.lock().unwrap();
        if *installed {
            return;
        }
        let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com";
        self.client.apply(path, "tests", &widget_definition()).expect("it is taken");
        let end = Instant::now() + Duration::from_secs(30);
        let list = "/apis/example.com/v1/widgets";
        while self.client.get(list).expect("an answer").code != 200 {
            assert!(Instant::now() < end, "widgets are not served");
            std::thread::sleep(Duration::from_millis(20));
        }
        *installed = true;
    }

    /// The path of an object, or of all of its kind.
    fn path(&self, object: &Value) -> String {
        let version = object["apiVersion"].as_str().unwrap();
        let root = if version == "v1" { "/api/v1".into() } else { format!("/apis/{version}") };
        let plural = match object["kind"].as_str().unwrap() {
            "Ingress" => "ingresses".into(),
            "NetworkPolicy" => "networkpolicies".into(),
            kind => format!("{}s", kind.to_lowercase()),
        };
        format!("{root}/namespaces/{}/{plural}", self.namespace)
    }

    fn path_of(&self, object: &Value) -> String {
        format!("{}/{}", self.path(object), object["metadata"]["name"].as_str().unwrap())
    }

    fn read(&self, object: &Value) -> Option<Value> {
        let answer = self.client.get(&self.path_of(object)).expect("an answer");
        (answer.code == 200).then(|| answer.json().expect("JSON"))
    }

    fn apply(&self, object: &Value, query: &str) -> Response {
        let path = format!("{}?{query}", self.path_of(object));
        self.send("PATCH", &path, "application/apply-patch+yaml", object)
    }

    fn send(&self, method: &str, path: &str, content: &str, body: &Value) -> Response {
        let body = body.to_string();
        self.client.send(method, path, content, body.as_bytes()).expect("an answer")
    }

    /// Deletes an object for good.
    fn remove(&self, object: &Value) {
        let path = self.path_of(object);
        let free = json!({"metadata": {"finalizers": null}});
        self.send("PATCH", &path, "application/merge-patch+json", &free);
        self.send("DELETE", &path, "application/json", &json!({"propagationPolicy": "Background"}));
    }
}

fn message(answer: &Response) -> String {
    answer.json().expect("JSON")["message"].as_str().unwrap_or("").into()
}

/// An object without what every write changes, and without what the server alone decides.
fn content(object: &Value) -> Value {
    let mut object = object.clone();
    object.as_object_mut().unwrap().remove("status");
    for name in ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"] {
        object["metadata"].as_object_mut().unwrap().remove(name);
    }
    // The server counts the changes of a DaemonSet's template in an annotation.
    if let Some(annotations) = object["metadata"]["annotations"].as_object_mut() {
        annotations.remove("deprecated.daemonset.template.generation");
    }
    // The server protects a claim from deletion when it is created, and not when it is changed.
    if let Some(finalizers) = object["metadata"]["finalizers"].as_array_mut() {
        finalizers.retain(|finalizer| finalizer != "kubernetes.io/pvc-protection");
        if finalizers.is_empty() {
            object["metadata"].as_object_mut().unwrap().remove("finalizers");
        }
    }
    object
}

macro_rules! kinds {
    ($($name:ident: $kind:literal;)*) => {$(
        #[test]
        fn $name() {
            scenario::many($kind);
        }
    )*

        #[test]
        fn every_kind_has_its_scenarios() {
            let here = [$($kind),*];
            assert!(KINDS.iter().all(|kind| here.contains(kind)));
        }
    };
}

/// Each kind's scenarios are one test.
mod as_the_server_does {
    use super::{KINDS, scenario};

    kinds! {
        config_maps: "ConfigMap";
        secrets: "Secret";
        services: "Service";
        service_accounts: "ServiceAccount";
        deployments: "Deployment";
        stateful_sets: "StatefulSet";
        daemon_sets: "DaemonSet";
        cron_jobs: "CronJob";
        ingresses: "Ingress";
        network_policies: "NetworkPolicy";
        roles: "Role";
        role_bindings: "RoleBinding";
        autoscalers: "HorizontalPodAutoscaler";
        disruption_budgets: "PodDisruptionBudget";
        volume_claims: "PersistentVolumeClaim";
        custom_resources: "Widget";
    }
}
