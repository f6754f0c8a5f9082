//! Entries of `managedFields`, as far as rows need them.

use super::{MarkRule, Parsed};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use trimtab_merge::FieldSet;
use trimtab_model::FieldManager;

/// One entry, its set of fields still text.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, default)]
    manager: Cow<'a, str>,
    #[serde(borrow, default)]
    operation: Cow<'a, str>,
    #[serde(default)]
    subresource: String,
    #[serde(borrow, rename = "fieldsV1")]
    fields: Option<&'a RawValue>,
}

/// The entries of one object.
pub struct Entries<'a>(Vec<(Head<'a>, &'a RawValue)>);

impl<'a> Entries<'a> {
    /// Reads the heads. An entry that cannot be read is nobody's.
    pub fn of(parsed: &Parsed<'a>) -> Self {
        let entries = parsed.managed.iter();
        let read = entries.filter_map(|raw| Some((serde_json::from_str(raw.get()).ok()?, *raw)));
        Self(read.collect())
    }

    /// What a manager has applied: the set of its Apply entry of the object itself.
    pub fn applied(&self, manager: &FieldManager) -> Option<FieldSet> {
        let (head, _) = self.0.iter().find(|(head, _)| {
            head.manager == manager.as_str()
                && head.operation == "Apply"
                && head.subresource.is_empty()
        })?;
        FieldSet::from_json(head.fields?.get()).ok()
    }

    /// The entries that a row's content keeps: what was applied, by anybody, and what predecessors
    /// have updated. They decide who owns a field before our next apply.
    pub fn kept(&self, rules: &[MarkRule]) -> Vec<&'a RawValue> {
        let kept = self.0.iter().filter(|(head, _)| match &*head.operation {
            "Apply" => true,
            _ => rules.iter().any(|rule| is_predecessor(rule, &head.manager)),
        });
        kept.map(|(_, raw)| *raw).collect()
    }
}

fn is_predecessor(rule: &MarkRule, manager: &str) -> bool {
    rule.predecessors.iter().any(|known| known.means(manager))
}
