//! What a person asks for, and what is remembered of it.

use super::source::source;
use crate::schema::{Schema, boolean, integer, list, object, optional, required, text};

pub fn operation() -> Schema {
    object([
        optional("info", list(pair())),
        optional("initiatedBy", initiator()),
        optional("retry", retry()),
        optional("sync", sync()),
    ])
}

pub fn pair() -> Schema {
    object([required("name", text()), required("value", text())])
}

pub fn initiator() -> Schema {
    object([optional("automated", boolean()), optional("username", text())])
}

pub fn retry() -> Schema {
    let backoff = object([
        optional("duration", text()),
        optional("factor", integer()),
        optional("maxDuration", text()),
    ]);
    object([
        optional("backoff", backoff),
        optional("limit", integer()),
        optional("refresh", boolean()),
    ])
}

fn sync() -> Schema {
    let resource = object([
        optional("group", text()),
        required("kind", text()),
        required("name", text()),
        optional("namespace", text()),
    ]);
    let strategy = object([
        optional("apply", object([optional("force", boolean())])),
        optional("hook", object([optional("force", boolean())])),
    ]);
    object([
        optional("autoHealAttemptsCount", integer()),
        optional("dryRun", boolean()),
        optional("manifests", list(text())),
        optional("prune", boolean()),
        optional("resources", list(resource)),
        optional("revision", text()),
        optional("revisions", list(text())),
        optional("source", source()),
        optional("sources", list(source())),
        optional("syncOptions", list(text())),
        optional("syncStrategy", strategy),
    ])
}
