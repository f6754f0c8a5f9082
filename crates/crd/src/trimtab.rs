//! Wire types of trimtab.dev.

use crate::definition::{Definition, Presence, Subresource, column};
use crate::schema::{Field, integer, list, object, required, text};

/// `Inventory` of trimtab.dev: what an application has applied, where its own status has no room for
/// it (P11). Several objects of one generation together are one inventory.
pub const INVENTORY: Definition = Definition {
    group: "trimtab.dev",
    version: "v1alpha1",
    kind: "Inventory",
    plural: "inventories",
    short_names: &["inv"],
    categories: &["trimtab"],
    status: Subresource::Unsaid,
    columns: &[
        column("Owner", "string", ".spec.owner.name"),
        column("Shard", "integer", ".spec.index"),
        column("Shards", "integer", ".spec.count"),
        column("Age", "date", ".metadata.creationTimestamp"),
    ],
    fields,
    metadata: Presence::Optional,
};

fn fields() -> Vec<Field> {
    let owner = object([
        required("group", text()),
        required("kind", text()),
        required("name", text()),
        required("uid", text()),
    ]);
    let entry = object([required("id", text()), required("v", text())]);
    let spec = object([
        required("count", integer()),
        required("entries", list(entry)),
        required("format", integer()),
        required("generation", integer()),
        required("index", integer()),
        required("owner", owner),
    ]);
    vec![required("spec", spec)]
}
