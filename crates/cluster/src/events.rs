//! Events for people, as `kubectl describe` shows them.

use crate::cluster::Edge;
use serde_json::{Value, json};
use std::sync::Arc;
use trimtab_model::{Namespace, Timestamp};
use trimtab_ports::cluster::{EventPost, WriteError};

/// The longest name of an object, without the ending that makes an event's name its own.
const NAME_BYTES_MAX: usize = 253 - 17;
/// The longest sentence of an event. Source: kubernetes `pkg/apis/core/validation/events.go`.
const MESSAGE_BYTES_MAX: usize = 1_024;

impl Edge {
    /// Posts an event.
    pub async fn post_event(self: &Arc<Self>, event: EventPost) -> Result<(), WriteError> {
        let body = written(&event, self.seams.clock.now(), self.seams.randomness.bits());
        let manager = event.component.to_string().into();
        self.create(body, manager, event.terms).await.map(drop)
    }
}

fn written(event: &EventPost, now: Timestamp, bits: u64) -> Value {
    let key = &event.about.key;
    let namespace = key.namespace.as_ref().map_or("default", |namespace| namespace.as_str());
    let kind = key.group_kind().at(event.about.version.clone());
    let name = cut(key.name.as_str(), NAME_BYTES_MAX);
    let time = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": format!("{name}.{bits:016x}"),
            "namespace": namespace,
            "annotations": event.annotations,
        },
        "involvedObject": {
            "apiVersion": kind.api_version(),
            "kind": kind.kind.as_str(),
            "namespace": key.namespace.as_ref().map(Namespace::as_str),
            "name": key.name.as_str(),
            "uid": event.uid.as_str(),
            "resourceVersion": event.seen.as_str(),
        },
        "type": if event.warning { "Warning" } else { "Normal" },
        "reason": &*event.reason,
        "message": cut(&event.message, MESSAGE_BYTES_MAX),
        "source": {"component": &*event.component},
        "reportingComponent": &*event.component,
        "reportingInstance": "",
        "firstTimestamp": time,
        "lastTimestamp": time,
        "count": 1,
    })
}

fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}
