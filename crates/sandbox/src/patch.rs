//! Patches that are no applies: JSON merge patch (RFC 7386) and JSON patch (RFC 6902), each as the
//! server's libraries read them.

mod json;
mod merge;

pub(crate) use json::json_patch;
pub(crate) use merge::merge_patch;
