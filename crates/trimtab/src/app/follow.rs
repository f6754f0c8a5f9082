//! Looking at one resource until it is as wished.

use super::Session;
use super::find::{Found, broken};
use anyhow::bail;
use futures::StreamExt;
use serde_json::Value;
use std::ops::ControlFlow;
use std::time::Duration;
use trimtab_model::ObjectKey;
use trimtab_ports::cluster::{Target, Trouble, WatchEvent, WatchRequest};

/// Shows every state of the resource to `look` until that breaks with an answer; `None` when the time
/// is over. An outage is waited out.
pub async fn follow<T>(
    session: &Session,
    found: &Found,
    longest: Duration,
    look: impl FnMut(&Value) -> ControlFlow<T>,
) -> anyhow::Result<Option<T>> {
    follow_at(session, (&found.target, &found.collection), longest, look).await
}

/// The same for a resource of any kind, at its place in a collection.
pub async fn follow_at<T>(
    session: &Session,
    (target, collection): (&Target, &WatchRequest),
    longest: Duration,
    mut look: impl FnMut(&Value) -> ControlFlow<T>,
) -> anyhow::Result<Option<T>> {
    let key = &target.key;
    let mut events = session.watch(collection.clone());
    let deadline = session.deadline(longest);
    let mut seen = false;
    loop {
        let event = tokio::select! {
            biased;
            event = events.next() => event,
            () = session.until(deadline) => return Ok(None),
        };
        match event {
            Some(WatchEvent::Started) => seen = false,
            Some(WatchEvent::Object(object)) if is(&object, key) => {
                seen = true;
                if let ControlFlow::Break(answer) = look(&object) {
                    return Ok(Some(answer));
                }
            }
            Some(WatchEvent::Synced) if !seen => bail!("{key} was deleted meanwhile"),
            Some(WatchEvent::Gone { key: gone, .. }) if gone == *key => {
                bail!("{key} was deleted meanwhile")
            }
            Some(WatchEvent::Broken { trouble: Trouble::Outage, message }) => {
                let message = trimtab_cli::printable(&message);
                eprintln!("the cluster does not answer, trying again: {message}");
            }
            Some(WatchEvent::Broken { trouble, message }) => {
                return Err(broken(trouble, message, &collection.plural));
            }
            Some(
                WatchEvent::Object(_)
                | WatchEvent::Synced
                | WatchEvent::Gone { .. }
                | WatchEvent::Row(_)
                | WatchEvent::Progress(_),
            ) => {}
            None => bail!("the watch of {key} ended: try again"),
        }
    }
}

fn is(object: &Value, key: &ObjectKey) -> bool {
    let name = object.pointer("/metadata/name").and_then(Value::as_str);
    let namespace = object.pointer("/metadata/namespace").and_then(Value::as_str);
    name == Some(key.name.as_str())
        && namespace == key.namespace.as_ref().map(trimtab_model::Namespace::as_str)
}
