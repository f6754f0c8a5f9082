//! Leases: read and written past the limiter.

use crate::cluster::Edge;
use crate::wire::Call;
use http::Method;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;
use trimtab_model::limit::WRITE_TIMEOUT_SECONDS_MAX;
use trimtab_model::{Class, GroupKind, ObjectKey, Timestamp};
use trimtab_ports::clock::Monotonic;
use trimtab_ports::cluster::{Lease, LeaseName, Target, WriteError};
use trimtab_sync::Failure;

const COLLECTION: &str = "leases.coordination.k8s.io";
/// How the API writes times with microseconds.
const MICRO_TIME: &str = "%Y-%m-%dT%H:%M:%S%.6fZ";

impl Edge {
    /// Reads a Lease.
    pub async fn lease(&self, name: LeaseName) -> Result<Option<Lease>, Failure> {
        let target = Target { key: key(&name), version: "v1".into() };
        let Some(object) = self.get(target).await? else { return Ok(None) };
        Ok(Some(read(name, &object)))
    }

    /// Creates a Lease.
    pub async fn create_lease(
        self: &Arc<Self>,
        lease: Lease,
        not_after: Monotonic,
    ) -> Result<Lease, WriteError> {
        let path = collection(&lease.name);
        let lease = Lease { resource_version: None, ..lease };
        self.write_lease(lease, Method::POST, path, not_after).await
    }

    /// Writes a Lease over the state that was read.
    pub async fn update_lease(
        self: &Arc<Self>,
        lease: Lease,
        not_after: Monotonic,
    ) -> Result<Lease, WriteError> {
        if lease.resource_version.is_none() {
            let message = "a Lease that was not read cannot be renewed".to_owned();
            return Err(WriteError::Refused(Failure { class: Class::Bug, message }));
        }
        let path = format!("{}/{}", collection(&lease.name), lease.name.name);
        self.write_lease(lease, Method::PUT, path, not_after).await
    }

    async fn write_lease(
        self: &Arc<Self>,
        lease: Lease,
        method: Method,
        path: String,
        not_after: Monotonic,
    ) -> Result<Lease, WriteError> {
        let key = key(&lease.name);
        let body = written(&lease);
        let call = Call {
            verb: if method == Method::POST { "create" } else { "update" },
            method,
            path: format!("{path}?timeout={WRITE_TIMEOUT_SECONDS_MAX}s&fieldManager=trimtab"),
            resource: COLLECTION.into(),
            content_type: Some("application/json"),
            accept: None,
            body: body.to_string().into_bytes(),
            not_after: Some(not_after),
        };
        if self.seams.clock.monotonic() > not_after {
            let message = "the Lease has ended before its renewal".to_owned();
            return Err(WriteError::Refused(Failure { class: Class::Retry, message }));
        }
        let answer = self.write_now(&key, call).await?;
        let object: Value = serde_json::from_slice(&answer.body)
            .map_err(|_| WriteError::Uncertain(format!("the answer for {key} cannot be read")))?;
        Ok(read(lease.name, &object))
    }
}

fn key(name: &LeaseName) -> ObjectKey {
    let kind = GroupKind::new("coordination.k8s.io", "Lease");
    ObjectKey::namespaced(&kind, name.namespace.as_str(), name.name.as_str())
}

fn collection(name: &LeaseName) -> String {
    format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", name.namespace)
}

fn written(lease: &Lease) -> Value {
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), lease.name.name.as_str().into());
    metadata.insert("namespace".to_owned(), lease.name.namespace.as_str().into());
    metadata.insert("annotations".to_owned(), json!(lease.annotations));
    if let Some(version) = &lease.resource_version {
        metadata.insert("resourceVersion".to_owned(), version.as_str().into());
    }
    let time = |time: &Option<Timestamp>| time.map(|time| time.strftime(MICRO_TIME).to_string());
    json!({
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": metadata,
        "spec": {
            "holderIdentity": lease.holder,
            "leaseDurationSeconds": lease.duration.as_secs().max(1),
            "acquireTime": time(&lease.acquired),
            "renewTime": time(&lease.renewed),
            "leaseTransitions": lease.transitions,
        },
    })
}

fn read(name: LeaseName, object: &Value) -> Lease {
    let spec = &object["spec"];
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(Into::into);
    let time = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
    let transitions = spec["leaseTransitions"].as_i64().unwrap_or_default();
    let annotations = object["metadata"]["annotations"].as_object();
    Lease {
        name,
        resource_version: object["metadata"]["resourceVersion"].as_str().map(Into::into),
        holder: text(&spec["holderIdentity"]),
        duration: Duration::from_secs(spec["leaseDurationSeconds"].as_u64().unwrap_or_default()),
        acquired: time(&spec["acquireTime"]),
        renewed: time(&spec["renewTime"]),
        transitions: i32::try_from(transitions).unwrap_or(i32::MAX),
        annotations: annotations
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect(),
    }
}
