//! Texts of bounded length: a resource that says more than an API server stores could never be
//! answered, because its status repeats what it says.

use crate::read;
use serde_json::Value;
use std::borrow::Cow;
use trimtab_model::limit;

/// A message as statuses hold it: one that is longer than its bound ends in `...`.
pub fn sentence(message: &str) -> Cow<'_, str> {
    let most = usize::try_from(limit::STATUS_MESSAGE_BYTES_MAX).unwrap_or(usize::MAX);
    if message.len() <= most {
        return message.into();
    }
    let end = message.floor_char_boundary(most.saturating_sub(3));
    format!("{}...", &message[..end]).into()
}

/// What is wrong with the fields that are longer than texts of a source may be. The texts themselves
/// are not in it. `shown` is the path of `holder` in its resource.
pub fn too_long(holder: &Value, shown: &str, fields: &[&str]) -> Vec<String> {
    let most = limit::SOURCE_TEXT_BYTES_MAX;
    let length = |field: &str| read::text(holder, field).map_or(0, str::len) as u64;
    let long = fields.iter().filter(|field| length(field) > most);
    long.map(|field| {
        format!("{shown}.{field} has {} bytes, more than the {most} it may have", length(field))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{sentence, too_long};
    use serde_json::json;

    #[test]
    fn a_long_message_is_cut_between_characters() {
        assert_eq!(sentence("short"), "short");
        let cut = sentence(&"\u{e4}".repeat(2_000)).into_owned();
        assert!(cut.len() <= 2_048 && cut.ends_with("\u{e4}..."), "{}", cut.len());
    }

    #[test]
    fn a_long_field_is_named_and_not_quoted() {
        let spec =
            json!({"source": {"path": "p".repeat(4_096), "targetRevision": "r".repeat(4_097)}});
        let wrong = too_long(&spec, "spec", &["source.path", "source.targetRevision", "source.x"]);
        assert_eq!(
            wrong,
            ["spec.source.targetRevision has 4097 bytes, more than the 4096 it may have"]
        );
    }
}
