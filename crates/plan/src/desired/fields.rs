//! Fields that the server would refuse: each family has its own answer.

use crate::Refusal;
use serde_json::Value;
use std::borrow::Cow;
use trimtab_merge::{
    FieldPath, PathElement, Schema, drop_unknown, duplicate_list_keys, unknown_fields,
};
use trimtab_model::{Directory, DuplicateKeys, ObjectKey, Origin, UnknownFields};

/// The rules by which one object's fields are checked.
pub(super) struct Fields<'a> {
    pub schema: Cow<'a, Schema>,
    /// The object or the application asks for unknown fields to be left out.
    pub drop_unknown: bool,
    pub directory: &'a Directory,
}

impl Fields<'_> {
    /// Refuses what the server would refuse, or leaves it out with a warning, as the family does.
    pub(super) fn check(
        &self,
        (key, origin): (&ObjectKey, &Origin),
        body: &mut Value,
        warnings: &mut Vec<String>,
    ) -> Result<(), Refusal> {
        let unknown = unknown_fields(&self.schema, body);
        if !unknown.is_empty() {
            let drops = self.drop_unknown
                || self.directory.unknown_fields == UnknownFields::DropWithWarning;
            if !drops {
                let text = format!("{key} ({origin}): unknown field {}", listed(&unknown));
                return Err(Refusal::Invalid(text));
            }
            drop_unknown(&self.schema, body);
            warnings.push(format!("{key} ({origin}): left out unknown field {}", listed(&unknown)));
        }
        let duplicates = duplicate_list_keys(&self.schema, body);
        if duplicates.is_empty() {
            return Ok(());
        }
        let named = format!("{key} ({origin}): duplicate entries for {}", listed(&duplicates));
        match self.directory.duplicate_keys {
            DuplicateKeys::Refuse => Err(Refusal::Invalid(named)),
            DuplicateKeys::LastWins => {
                warnings.push(format!("{named}; the last one counts"));
                last_wins(&self.schema, body);
                Ok(())
            }
        }
    }
}

fn listed(paths: &[FieldPath]) -> String {
    paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Removes the earlier elements of lists that have the key of a later one. Each round removes one
/// element, so it ends.
fn last_wins(schema: &Schema, body: &mut Value) {
    while let Some(path) = duplicate_list_keys(schema, body).first() {
        if !remove_earliest(body, &path.0) {
            return;
        }
    }
}

fn remove_earliest(value: &mut Value, path: &[PathElement]) -> bool {
    let Some((step, rest)) = path.split_first() else { return false };
    match (step, value) {
        (PathElement::Field(name), Value::Object(members)) => {
            members.get_mut(&**name).is_some_and(|member| remove_earliest(member, rest))
        }
        (step, Value::Array(items)) => {
            let Some(place) = earliest(step, items) else { return false };
            if rest.is_empty() {
                items.remove(place);
                return true;
            }
            remove_earliest(&mut items[place], rest)
        }
        _ => false,
    }
}

/// The first element that a step means. Elements that say the whole key go before those that leave a
/// part of it to its default.
fn earliest(step: &PathElement, items: &[Value]) -> Option<usize> {
    let exact = |item: &Value| means(step, item, false);
    let exactly = items.iter().filter(|item| exact(item)).count();
    let by_default = exactly < 2;
    items.iter().position(|item| exact(item) || (by_default && means(step, item, true)))
}

fn means(step: &PathElement, item: &Value, by_default: bool) -> bool {
    match step {
        PathElement::Key(fields) => fields.iter().all(|field| match item.get(&*field.name) {
            Some(value) => *value == field.value,
            None => by_default,
        }),
        PathElement::Value(value) => **value == *item,
        PathElement::Field(_) | PathElement::Index(_) => false,
    }
}
