//! Content in few bytes.

use crate::splice::Spliced;
use lz4_flex::block;
use serde_json::Value;
use serde_json::value::RawValue;
use std::sync::Arc;

/// What most objects have in common, so that even a small one compresses. Only for this process's
/// memory: the bytes change with this text.
const DICTIONARY: &[u8] = include_bytes!("dictionary.json");

/// The object with these entries of `managedFields`, compressed.
pub fn kept(object: &Value, managed: &[&RawValue]) -> Arc<[u8]> {
    let whole = Spliced { document: object, name: "managedFields", value: managed };
    // Writing JSON into memory cannot fail, and a `Value` has only text keys.
    let json = serde_json::to_vec(&whole).unwrap_or_default();
    block::compress_prepend_size_with_dict(&json, DICTIONARY).into()
}

/// The object again; `None` when the bytes are none of [`kept`].
pub fn restore(bytes: &[u8]) -> Option<Value> {
    let json = block::decompress_size_prepended_with_dict(bytes, DICTIONARY).ok()?;
    serde_json::from_slice(&json).ok()
}
