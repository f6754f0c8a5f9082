//! How an application is doing.

use super::application::{destination, ignore_rule, managed_namespace};
use super::operation::{initiator, operation};
use super::source::{hydrator, source};
use crate::schema::{Schema, boolean, integer, list, object, optional, required, text, time};

pub fn status() -> Schema {
    object([
        optional("conditions", list(condition())),
        optional("controllerNamespace", text()),
        optional("health", health()),
        optional("history", list(history_entry())),
        optional("observedAt", time()),
        optional("operationState", operation_state()),
        optional("reconciledAt", time()),
        optional("resourceHealthSource", text()),
        optional("resources", list(resource())),
        optional("sourceHydrator", hydration()),
        optional("sourceType", text()),
        optional("sourceTypes", list(text())),
        optional("summary", summary()),
        optional("sync", comparison()),
    ])
}

fn condition() -> Schema {
    object([
        optional("lastTransitionTime", time()),
        required("message", text()),
        required("type", text()),
    ])
}

fn health() -> Schema {
    object([
        optional("lastTransitionTime", time()),
        optional("message", text()),
        optional("status", text()),
    ])
}

fn history_entry() -> Schema {
    object([
        optional("deployStartedAt", time()),
        required("deployedAt", time()),
        required("id", integer()),
        optional("initiatedBy", initiator()),
        optional("revision", text()),
        optional("revisions", list(text())),
        optional("source", source()),
        optional("sources", list(source())),
    ])
}

fn operation_state() -> Schema {
    object([
        optional("finishedAt", time()),
        optional("message", text()),
        required("operation", operation()),
        required("phase", text()),
        optional("retryCount", integer()),
        required("startedAt", time()),
        optional("syncResult", sync_result()),
    ])
}

fn sync_result() -> Schema {
    object([
        optional("managedNamespaceMetadata", managed_namespace()),
        optional("resources", list(object_result())),
        required("revision", text()),
        optional("revisions", list(text())),
        optional("source", source()),
        optional("sources", list(source())),
    ])
}

fn object_result() -> Schema {
    object([
        required("group", text()),
        optional("hookPhase", text()),
        optional("hookType", text()),
        optional("images", list(text())),
        required("kind", text()),
        optional("message", text()),
        required("name", text()),
        required("namespace", text()),
        optional("status", text()),
        optional("syncPhase", text()),
        required("version", text()),
    ])
}

fn resource() -> Schema {
    object([
        optional("group", text()),
        optional("health", health()),
        optional("hook", boolean()),
        optional("kind", text()),
        optional("name", text()),
        optional("namespace", text()),
        optional("requiresDeletionConfirmation", boolean()),
        optional("requiresPruning", boolean()),
        optional("status", text()),
        optional("syncWave", integer()),
        optional("version", text()),
    ])
}

fn hydration() -> Schema {
    let current = object([
        optional("drySHA", text()),
        optional("finishedAt", time()),
        optional("hydratedSHA", text()),
        required("message", text()),
        required("phase", text().one_of(["Hydrating", "Failed", "Hydrated"])),
        optional("sourceHydrator", hydrator()),
        optional("startedAt", time()),
    ]);
    let last = object([
        optional("drySHA", text()),
        optional("hydratedSHA", text()),
        optional("sourceHydrator", hydrator()),
    ]);
    object([
        optional("currentOperation", current),
        optional("lastComparedDryRevision", text()),
        optional("lastSuccessfulOperation", last),
    ])
}

fn summary() -> Schema {
    object([
        optional("externalURLs", list(text())),
        optional("images", list(text())),
        optional("isAppOfApps", boolean()),
    ])
}

fn comparison() -> Schema {
    let compared = object([
        required("destination", destination()),
        optional("ignoreDifferences", list(ignore_rule())),
        optional("source", source()),
        optional("sources", list(source())),
    ]);
    object([
        optional("comparedTo", compared),
        optional("revision", text()),
        optional("revisions", list(text())),
        required("status", text()),
    ])
}
