//! Which objects are meant, as both families select them for patches.

use crate::schema::{Schema, object, optional, text};

pub(crate) fn selector() -> Schema {
    object([
        optional("annotationSelector", text()),
        optional("group", text()),
        optional("kind", text()),
        optional("labelSelector", text()),
        optional("name", text()),
        optional("namespace", text()),
        optional("version", text()),
    ])
}
