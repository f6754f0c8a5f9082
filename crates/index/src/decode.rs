//! One object's JSON to one row.

mod entry;
mod keep;
mod object;

pub use keep::restore;

use crate::names::Names;
use entry::Entries;
use object::Parsed;
use serde_json::Value;
use std::sync::Arc;
use trimtab_merge::{Schema, keyed_values_digest, values_digest};
use trimtab_model::{FieldManager, GroupVersionKind, Mark, ObjectKey, OwnerClaim, Timestamp, Uid};
use trimtab_plan::{Content, Entry, LiveObject};

/// What the decoder looks for; the doors give it.
#[derive(Clone)]
pub struct Rules {
    /// How objects are marked as an application's, by which manager they are applied.
    pub marks: Vec<MarkRule>,
    /// Annotations that a row keeps.
    pub annotations: Vec<Arc<str>>,
    /// The key under which values of Secrets are digested.
    pub secret_key: SecretKey,
}

/// One way of marking objects, with those who write under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkRule {
    /// The mark.
    pub mark: Mark,
    /// The manager that applies objects with this mark.
    pub manager: FieldManager,
    /// Managers whose Update entries a row's content keeps. A trailing `*` matches any ending.
    pub predecessors: Vec<FieldManager>,
}

/// A key of this process for digests of secret values (P17): they can be compared, and told by
/// nobody else.
#[derive(Clone)]
pub struct SecretKey(pub [u8; 32]);

/// Why bytes are no object.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// They are no JSON object.
    #[error("the object is not valid JSON")]
    NotJson(#[from] serde_json::Error),
    /// What every object of a cluster has is not there.
    #[error("the object has no `{0}`")]
    Missing(&'static str),
}

/// Makes rows of objects.
pub struct Decoder {
    rules: Rules,
    names: Names,
}

impl Decoder {
    /// A decoder with these rules.
    pub fn new(rules: Rules) -> Self {
        Self { rules, names: Names::default() }
    }

    /// The rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Reads one object of a kind. `now` is for health that a pending state loses with time.
    pub fn row(
        &self,
        kind: &GroupVersionKind,
        json: &str,
        now: Timestamp,
    ) -> Result<LiveObject, DecodeError> {
        let row = self.unstored_row(kind, json, now)?;
        if row.resource_version.is_empty() {
            return Err(DecodeError::Missing("metadata.resourceVersion"));
        }
        Ok(row)
    }

    /// As [`Decoder::row`], for an object that a dry run would create: it has no version, and its row
    /// has an empty one.
    pub fn unstored_row(
        &self,
        kind: &GroupVersionKind,
        json: &str,
        now: Timestamp,
    ) -> Result<LiveObject, DecodeError> {
        let mut parsed = Parsed::read(json)?;
        parsed.name_kind(kind);
        let key = self.key(kind, parsed.metadata())?;
        let claims = self.claims(&key, parsed.metadata());
        let entry = self.entry(kind, &parsed, &claims);
        let ours = entry.is_some() || !claims.is_empty();
        let content = if ours && !is_secret(kind) { self.kept(&parsed) } else { Content::OnDemand };
        Ok(LiveObject {
            key,
            version: kind.version.clone(),
            uid: Uid::new(required(parsed.metadata(), "uid", "metadata.uid")?),
            resource_version: text(parsed.metadata(), "resourceVersion").unwrap_or_default().into(),
            generation: parsed.metadata().get("generation").and_then(Value::as_i64),
            owners: owners(parsed.metadata()),
            claims,
            deleting: text(parsed.metadata(), "deletionTimestamp").and_then(|t| t.parse().ok()),
            health: trimtab_health::argo(kind, &parsed.object),
            status: trimtab_health::kstatus(kind, &parsed.object, now),
            annotations: self.annotations(parsed.metadata()),
            entry,
            content,
        })
    }

    fn key(&self, kind: &GroupVersionKind, metadata: &Value) -> Result<ObjectKey, DecodeError> {
        Ok(ObjectKey {
            group: kind.group.clone(),
            kind: kind.kind.clone(),
            namespace: text(metadata, "namespace")
                .filter(|namespace| !namespace.is_empty())
                .map(|namespace| trimtab_model::Namespace::new(self.names.share(namespace))),
            name: required(metadata, "name", "metadata.name")?.into(),
        })
    }

    fn claims(&self, key: &ObjectKey, metadata: &Value) -> Vec<OwnerClaim> {
        let marks = self.rules.marks.iter().map(|rule| &rule.mark);
        let mut claims: Vec<OwnerClaim> = Vec::new();
        for claim in marks.filter_map(|mark| mark.read(key, metadata)) {
            if !claims.contains(&claim) {
                let installation = claim.installation.as_ref().map(|id| self.names.share(id));
                let owner = self.names.share(&claim.owner);
                claims.push(OwnerClaim { owner, installation, ..claim });
            }
        }
        claims.shrink_to_fit();
        claims
    }

    /// S and D of the entry of the manager that the first claim's mark belongs to. An object without
    /// a claim may still have our entry: kinds that are never marked, and marks that were taken away.
    fn entry(
        &self,
        kind: &GroupVersionKind,
        parsed: &Parsed<'_>,
        claims: &[OwnerClaim],
    ) -> Option<Entry> {
        let entries = Entries::of(parsed);
        let rules = self.rules.marks.iter();
        let fields = match claims.first() {
            Some(claim) => rules
                .filter(|rule| mark_name(&rule.mark) == &claim.mark)
                .find_map(|rule| entries.applied(&rule.manager)),
            None => rules.into_iter().find_map(|rule| entries.applied(&rule.manager)),
        }?;
        let schema = Schema::built_in(kind);
        let (object, schema) = (&parsed.object, schema.as_ref());
        let values = if is_secret(kind) {
            keyed_values_digest(&self.rules.secret_key.0, object, &fields, schema)
        } else {
            values_digest(object, &fields, schema)
        };
        Some(Entry { fields: fields.digest(), values })
    }

    fn kept(&self, parsed: &Parsed<'_>) -> Content {
        let entries = Entries::of(parsed).kept(&self.rules.marks);
        Content::Kept(keep::kept(&parsed.object, &entries))
    }

    fn annotations(&self, metadata: &Value) -> Vec<(Arc<str>, Arc<str>)> {
        let Some(annotations) = metadata.get("annotations").and_then(Value::as_object) else {
            return Vec::new();
        };
        let wanted = self.rules.annotations.iter();
        let found = wanted.filter_map(|name| {
            let value = annotations.get(&**name)?.as_str()?;
            Some((name.clone(), self.names.share(value)))
        });
        found.collect()
    }
}

/// What a claim names as its mark.
fn mark_name(mark: &Mark) -> &Arc<str> {
    match mark {
        Mark::Annotation { name, .. } | Mark::Labels { name, .. } => name,
    }
}

fn is_secret(kind: &GroupVersionKind) -> bool {
    kind.group.is_empty() && kind.kind.as_str() == "Secret"
}

fn owners(metadata: &Value) -> Vec<Uid> {
    let references = metadata.get("ownerReferences").and_then(Value::as_array);
    let uids = references.into_iter().flatten().filter_map(|owner| text(owner, "uid"));
    uids.map(Uid::from).collect()
}

fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str()
}

fn required<'a>(object: &'a Value, name: &str, path: &'static str) -> Result<&'a str, DecodeError> {
    text(object, name).filter(|text| !text.is_empty()).ok_or(DecodeError::Missing(path))
}
