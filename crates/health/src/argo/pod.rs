//! `Pod`.

use super::Health;
use crate::Code;
use crate::object::{Malformed, conditions, field, int, list, text};
use serde_json::Value;

pub fn health(object: &Value) -> Result<Health, Malformed> {
    let restart = text(object, &["spec", "restartPolicy"])?;
    // A pod that runs to its end is often a hook: an image that cannot be pulled yet must not fail
    // the hook while the pod may still run later.
    if restart == "Always"
        && let Some(stuck) = stuck(object)?
    {
        return Ok(stuck);
    }
    let message = text(object, &["status", "message"])?;
    Ok(match (text(object, &["status", "phase"])?, restart) {
        ("Pending", _) | ("Running", "OnFailure" | "Never") => Health::progressing(message),
        ("Succeeded", _) => Health::healthy(message),
        ("Failed", _) => failed(object, message)?,
        ("Running", "Always") => Health::new(running(object)?, message),
        _ => Health::new(Code::Unknown, message),
    })
}

/// What the containers that wait because of an error say.
fn stuck(object: &Value) -> Result<Option<Health>, Malformed> {
    let mut messages = Vec::new();
    for container in list(object, &["status", "containerStatuses"])? {
        let reason = text(container, &["state", "waiting", "reason"])?;
        let error =
            reason.starts_with("Err") || reason.ends_with("Error") || reason.ends_with("BackOff");
        if error {
            messages.push(text(container, &["state", "waiting", "message"])?);
        }
    }
    Ok((!messages.is_empty()).then(|| Health::degraded(messages.join(", "))))
}

/// The pod's own words, else those of the first container that has some.
fn failed(object: &Value, message: &str) -> Result<Health, Malformed> {
    if !message.is_empty() {
        return Ok(Health::degraded(message));
    }
    for containers in ["initContainerStatuses", "containerStatuses"] {
        for container in list(object, &["status", containers])? {
            if let Some(message) = last_words(container)? {
                return Ok(Health::degraded(message));
            }
        }
    }
    Ok(Health::degraded(""))
}

fn last_words(container: &Value) -> Result<Option<String>, Malformed> {
    let Some(terminated) = field(container, &["state", "terminated"])? else {
        return Ok(None);
    };
    let message = text(terminated, &["message"])?;
    if !message.is_empty() {
        return Ok(Some(message.to_owned()));
    }
    if text(terminated, &["reason"])? == "OOMKilled" {
        return Ok(Some("OOMKilled".to_owned()));
    }
    let code = int(terminated, &["exitCode"])?.unwrap_or(0);
    let name = text(container, &["name"])?;
    Ok((code != 0).then(|| format!("container {name:?} failed with exit code {code}")))
}

/// Ready is healthy; not ready after a container has ended before is degraded.
fn running(object: &Value) -> Result<Code, Malformed> {
    let ready = conditions(object)?.into_iter().find(|condition| condition.kind == "Ready");
    if ready.is_some_and(|ready| ready.status == "True") {
        return Ok(Code::Healthy);
    }
    for container in list(object, &["status", "containerStatuses"])? {
        if field(container, &["lastState", "terminated"])?.is_some() {
            return Ok(Code::Degraded);
        }
    }
    Ok(Code::Progressing)
}
