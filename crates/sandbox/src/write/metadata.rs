//! What the server writes into metadata.

use serde_json::{Map, Value};
use trimtab_model::Timestamp;
use trimtab_ports::clock::Randomness;

/// A time as metadata has it.
pub(crate) fn time(now: Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A random uid, version 4.
pub(crate) fn uid(randomness: &dyn Randomness) -> String {
    let (high, low) = (randomness.bits(), randomness.bits());
    let version = (high & !0xf000) | 0x4000;
    let variant = (low & (u64::MAX >> 2)) | (1 << 63);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        version >> 32,
        (version >> 16) & 0xffff,
        version & 0xffff,
        variant >> 48,
        variant & 0xffff_ffff_ffff
    )
}

/// The letters of generated names. Source: apimachinery, `pkg/util/rand`.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
/// How many of them.
const SUFFIX_LETTERS: usize = 5;
/// The longest part of a generated name before them.
const GENERATED_BYTES_MAX: usize = 58;

/// A name that begins as asked.
pub(crate) fn generated(base: &str, randomness: &dyn Randomness) -> String {
    let mut name = base[..base.floor_char_boundary(GENERATED_BYTES_MAX)].to_owned();
    let mut bits = randomness.bits();
    for _ in 0..SUFFIX_LETTERS {
        let count = LETTERS.len() as u64;
        let letter = usize::try_from(bits % count).map_or(b'b', |index| LETTERS[index]);
        name.push(char::from(letter));
        bits /= count;
    }
    name
}

/// The text of a metadata field; empty if there is none.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object["metadata"][name].as_str().unwrap_or("")
}

/// The object's metadata, made if there is none.
pub(crate) fn metadata(object: &mut Value) -> &mut Map<String, Value> {
    let is_map = object.get("metadata").is_some_and(Value::is_object);
    if !is_map {
        object["metadata"] = Value::Object(Map::new());
    }
    match object.get_mut("metadata") {
        Some(Value::Object(metadata)) => metadata,
        _ => unreachable!("it was made above"),
    }
}

/// The finalizers.
pub(crate) fn finalizers(object: &Value) -> impl Iterator<Item = &str> {
    object["metadata"]["finalizers"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Whether the object is being deleted.
pub(crate) fn is_ending(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_string()
}

#[cfg(test)]
mod tests {
    use super::{generated, uid};
    use trimtab_ports::clock::Randomness;

    struct Fixed(u64);

    impl Randomness for Fixed {
        fn bits(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn uids_and_names_are_as_the_servers() {
        assert_eq!(uid(&Fixed(0)), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uid(&Fixed(u64::MAX)), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(generated("web-", &Fixed(1)), "web-cbbbb");
    }
}
