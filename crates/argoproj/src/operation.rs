//! What a person asks for: the field `operation`, and a termination.

use crate::{application::Invalid, policy, tables};
use serde_json::Value;
use trimtab_crd::fields::survey;
use trimtab_crd::read;
use trimtab_model::{NotSupported, ObjectKey};
use trimtab_sync::{Refresh, Request};

/// Fields of a requested operation that do not act. A source that is the spec's own says nothing.
pub fn not_supported(operation: &Value, spec: &Value) -> Vec<NotSupported> {
    let mut found = survey(operation, "operation", tables::OPERATION);
    for name in ["source", "sources"] {
        let field = format!("operation.sync.{name}");
        if read::at(operation, &format!("sync.{name}")) == read::at(spec, name) {
            found.retain(|found| !found.field.starts_with(&field));
        }
    }
    if let Some(retry) = read::at(operation, "retry") {
        policy::read_retry(retry, "operation.retry", &mut found);
    }
    found
}

/// The operation that is asked for and not begun yet.
/// Source of the text: argo-cd `controller/appcontroller.go`.
pub fn requested(resource: &Value) -> Result<Option<Request>, Invalid> {
    match read::at(resource, "operation") {
        None => Ok(None),
        Some(operation) if read::at(operation, "sync").is_none() => {
            Err(Invalid::spec("Invalid operation request: no operation specified"))
        }
        Some(operation) => Ok(Some(request(operation))),
    }
}

/// Reads an operation, requested or remembered.
pub fn request(operation: &Value) -> Request {
    let attempts = read::integer(operation, "sync.autoHealAttemptsCount").unwrap_or(0);
    let automated = read::is_true(operation, "initiatedBy.automated");
    let user = read::text(operation, "initiatedBy.username").unwrap_or_default();
    let only: Vec<ObjectKey> =
        read::list(operation, "sync.resources").iter().filter_map(key).collect();
    let retry = read::at(operation, "retry");
    Request {
        // Someone asked, even if nobody says who.
        user: (!automated).then(|| user.into()),
        prune: read::is_true(operation, "sync.prune"),
        dry_run: read::is_true(operation, "sync.dryRun"),
        revision: read::text(operation, "sync.revision").map(Into::into),
        only: (!only.is_empty()).then_some(only),
        self_heal_attempts: u32::try_from(attempts).unwrap_or(0),
        self_heal: automated && attempts > 0,
        retry: retry.map(|retry| policy::read_retry(retry, "", &mut Vec::new())),
        options: read::texts(operation, "sync.syncOptions").map(Into::into).collect(),
        info: read::list(operation, "info")
            .iter()
            .map(|pair| {
                let text = |name: &str| read::text(pair, name).unwrap_or_default().into();
                (text("name"), text("value"))
            })
            .collect(),
    }
}

/// The operation that is asked for, else the one that runs, and how a person finds it.
pub fn present(resource: &Value) -> Option<(&Value, &'static str)> {
    if let Some(requested) = read::at(resource, "operation") {
        return Some((requested, "operation"));
    }
    let phase = read::text(resource, "status.operationState.phase")?;
    let running = read::at(resource, "status.operationState.operation")?;
    matches!(phase, "Running" | "Terminating")
        .then_some((running, "status.operationState.operation"))
}

/// Whether a person wants the running operation to end.
pub fn is_terminating(resource: &Value) -> bool {
    read::text(resource, "status.operationState.phase") == Some("Terminating")
}

/// The refresh that the annotation asks for. It is handled when the annotation is gone.
pub fn refresh(resource: &Value) -> Option<Refresh> {
    let token = read::annotation(resource, crate::names::REFRESH)?;
    Some(Refresh { token: token.into(), hard: token == "hard" })
}

/// An object as operations and results name it; without a namespace it may be in any.
pub fn key(entry: &Value) -> Option<ObjectKey> {
    Some(ObjectKey {
        group: read::text(entry, "group").unwrap_or_default().into(),
        kind: read::text(entry, "kind")?.into(),
        namespace: read::text(entry, "namespace").map(Into::into),
        name: read::text(entry, "name")?.into(),
    })
}
