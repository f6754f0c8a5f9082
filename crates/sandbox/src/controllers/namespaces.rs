//! Namespaces: what each begins with, and how it ends.

use super::MANAGER;
use crate::faults::Verb;
use crate::server::Server;
use crate::store::Key;
use crate::write::metadata::is_ending;
use serde_json::{Value, json};
use std::sync::Arc;

impl Server {
    pub(super) fn tend_namespace(&mut self, key: &Key) {
        let Some(namespace) = self.store.get(key).cloned() else { return };
        if is_ending(&namespace) {
            self.empty_namespace(key, &namespace);
        } else {
            self.furnish_namespace(&key.name);
        }
    }

    /// Every namespace has a service account and the certificate of the server.
    fn furnish_namespace(&mut self, name: &Arc<str>) {
        let account = json!({
            "apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"name": "default", "namespace": &**name},
        });
        let about = "Contains a CA bundle that can be used to verify the kube-apiserver when using \
                     internal endpoints such as the internal service IP or \
                     kubernetes.default.svc. No other usage is guaranteed across distributions of \
                     Kubernetes clusters.";
        let certificate = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {
                "name": "kube-root-ca.crt", "namespace": &**name,
                "annotations": {"kubernetes.io/description": about},
            },
            "data": {"ca.crt": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"},
        });
        for (plural, object) in [("serviceaccounts", account), ("configmaps", certificate)] {
            let own = object["metadata"]["name"].as_str().unwrap_or("");
            if self.store.get(&Key::new("", plural, name, own)).is_none() {
                self.as_controller(MANAGER, Verb::Create, &object, "");
            }
        }
    }

    /// Deletes what is in a namespace, and the namespace when nothing is.
    fn empty_namespace(&mut self, key: &Key, namespace: &Value) {
        let within = self.store.all().filter(|(other, _)| other.namespace == key.name);
        let contents: Vec<Key> = within.map(|(other, _)| other.clone()).collect();
        for content in &contents {
            self.delete_as_controller(content);
        }
        let is_empty = !self.store.all().any(|(other, _)| other.namespace == key.name);
        if !is_empty {
            return;
        }
        let mut last = namespace.clone();
        if let Some(spec) = last["spec"].as_object_mut() {
            spec.remove("finalizers");
        }
        let keeps = last["metadata"]["finalizers"].as_array().is_some_and(|list| !list.is_empty());
        if keeps {
            if last != *namespace
                && let Some(target) = self.target_of(key)
            {
                self.keep(&target, last);
            }
            return;
        }
        self.end(key);
    }
}
