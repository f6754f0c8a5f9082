//! What the room promises, without a server and against a real one.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod apply;
mod compare;
mod digest;
mod field_sets;
mod fixtures;
mod generate;
mod migrate;
mod properties;
mod real_server;
mod schemas;
mod update;

use trimtab_merge::Schema;
use trimtab_model::{GroupVersionKind, Timestamp};

/// The schema of an object's kind.
fn schema_of(object: &serde_json::Value) -> Schema {
    let text = |name: &str| object[name].as_str().expect("an object has a kind");
    let kind = GroupVersionKind::of(text("apiVersion"), text("kind"));
    Schema::built_in(&kind).unwrap_or_else(|| {
        Schema::from_crd(&generate::widget_definition(), &kind.version.to_string())
            .expect("every kind here has a schema")
    })
}

/// A fixed time.
fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).expect("a time of this century")
}
