//! Who owns which fields: `metadata.managedFields`. Source: the server's
//! `apimachinery/pkg/util/managedfields/internal/managedfields.go`.

use crate::{Error, FieldSet};
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;
use trimtab_model::{FieldManager, Timestamp};

/// How a manager wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// By server-side apply.
    Apply,
    /// By any other write.
    Update,
}

impl Operation {
    /// The word in `managedFields`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "Apply",
            Self::Update => "Update",
        }
    }
}

/// One entry of `managedFields`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedEntry {
    /// The manager's name.
    pub manager: FieldManager,
    /// How it wrote.
    pub operation: Operation,
    /// The version of the object that the fields are of.
    pub api_version: Arc<str>,
    /// The subresource that it wrote through; empty for the object itself.
    pub subresource: Arc<str>,
    /// When its fields or their values last changed, in whole seconds.
    pub time: Option<Timestamp>,
    /// The fields that it owns.
    pub fields: FieldSet,
}

impl ManagedEntry {
    /// Whether both are the same writer. The version counts for updates only: a manager's applies
    /// share one entry.
    pub fn same_writer(&self, other: &Self) -> bool {
        self.manager == other.manager
            && self.operation == other.operation
            && self.subresource == other.subresource
            && (self.operation == Operation::Apply || self.api_version == other.api_version)
    }

    /// Whether this is the entry of a manager's applies to the object itself.
    pub fn is_apply_of(&self, manager: &FieldManager) -> bool {
        self.manager == *manager
            && self.operation == Operation::Apply
            && self.subresource.is_empty()
    }

    /// Whether this is the entry of a manager's updates of the object itself. A name that ends in `*`
    /// stands for all that begin as it does.
    pub fn is_update_of(&self, manager: &FieldManager) -> bool {
        manager.means(self.manager.as_str())
            && self.operation == Operation::Update
            && self.subresource.is_empty()
    }
}

/// Displays the writer as the server's messages do: `"kubectl" using apps/v1`.
impl fmt::Display for ManagedEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.manager)?;
        if !self.subresource.is_empty() {
            write!(f, " with subresource \"{}\"", self.subresource)?;
        }
        match self.operation {
            Operation::Apply => Ok(()),
            Operation::Update => write!(f, " using {}", self.api_version),
        }
    }
}

/// All entries of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ManagedFields(pub Vec<ManagedEntry>);

impl ManagedFields {
    /// Reads the entries of an object; an object without any has none.
    pub fn of(object: &Value) -> Result<Self, Error> {
        managed_fields(object).map_or_else(|| Ok(Self::default()), Self::read)
    }

    /// Reads the value of `metadata.managedFields`.
    pub fn read(value: &Value) -> Result<Self, Error> {
        let entries = value.as_array().map_or(&[][..], Vec::as_slice);
        entries
            .iter()
            .enumerate()
            .map(|(index, entry)| read(index, entry))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The value for `metadata.managedFields`, in the server's order; `None` for no entries.
    pub fn write(&self) -> Option<Value> {
        let mut entries: Vec<&ManagedEntry> = self.0.iter().collect();
        entries.sort_by_key(|entry| {
            let seconds = entry.time.map_or(0, Timestamp::as_second);
            let version = (entry.api_version.clone(), entry.subresource.clone());
            (entry.operation, seconds, entry.manager.clone(), version)
        });
        let entries: Vec<Value> = entries.into_iter().map(write).collect();
        (!entries.is_empty()).then_some(Value::Array(entries))
    }

    /// The fields of all entries that `which` picks.
    pub fn fields_of(&self, which: impl Fn(&ManagedEntry) -> bool) -> FieldSet {
        let picked = self.0.iter().filter(|entry| which(entry));
        picked.fold(FieldSet::default(), |set, entry| set.union(&entry.fields))
    }

    pub(crate) fn writer(&self, of: &ManagedEntry) -> Option<&ManagedEntry> {
        self.0.iter().find(|entry| entry.same_writer(of))
    }

    /// Puts an entry in the place of its writer's.
    pub(crate) fn put(&mut self, entry: ManagedEntry) {
        match self.0.iter_mut().find(|found| found.same_writer(&entry)) {
            Some(found) => *found = entry,
            None => self.0.push(entry),
        }
    }
}

/// The fields that a manager owns by its applies to the object itself, read from the value of
/// `metadata.managedFields`; `None` if it has no such entry. Other entries are not looked at.
pub fn ownership(managed: &Value, manager: &FieldManager) -> Result<Option<FieldSet>, Error> {
    let mut entries = managed.as_array().into_iter().flatten();
    let ours = entries.find(|entry| {
        text(entry, "manager") == manager.as_str()
            && text(entry, "operation") == Operation::Apply.as_str()
            && text(entry, "subresource").is_empty()
    });
    ours.map(fields).transpose()
}

/// The entries of some managers' updates of the object itself, read from the value of
/// `metadata.managedFields`.
pub fn updates_of(managed: &Value, managers: &[FieldManager]) -> Result<Vec<ManagedEntry>, Error> {
    let mut entries = ManagedFields::read(managed)?.0;
    entries.retain(|entry| managers.iter().any(|manager| entry.is_update_of(manager)));
    Ok(entries)
}

/// The value of an object's `metadata.managedFields`.
pub(crate) fn managed_fields(object: &Value) -> Option<&Value> {
    object.get("metadata")?.get("managedFields")
}

/// Puts managed fields into an object, or takes them out.
pub(crate) fn set_managed_fields(object: &mut Value, managed: &ManagedFields) {
    let written = managed.write();
    let Some(fields) = object.as_object_mut() else { return };
    if written.is_none() && !fields.contains_key("metadata") {
        return;
    }
    let metadata = fields.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
    let Some(metadata) = metadata.as_object_mut() else { return };
    match written {
        Some(written) => drop(metadata.insert("managedFields".into(), written)),
        None => drop(metadata.remove("managedFields")),
    }
}

fn text<'a>(entry: &'a Value, name: &str) -> &'a str {
    entry.get(name).and_then(Value::as_str).unwrap_or("")
}

fn fields(entry: &Value) -> Result<FieldSet, Error> {
    match entry.get("fieldsV1") {
        None | Some(Value::Null) => Ok(FieldSet::default()),
        Some(fields) => FieldSet::from_value(fields),
    }
}

fn read(index: usize, entry: &Value) -> Result<ManagedEntry, Error> {
    let bad = |problem| Error::BadEntry { index, problem };
    let operation = match text(entry, "operation") {
        "Apply" => Operation::Apply,
        "Update" => Operation::Update,
        _ => return Err(bad("operation must be `Apply` or `Update`")),
    };
    if text(entry, "apiVersion").is_empty() {
        return Err(bad("apiVersion must not be empty"));
    }
    if text(entry, "fieldsType") != "FieldsV1" {
        return Err(bad("fieldsType must be `FieldsV1`"));
    }
    let time = match text(entry, "time") {
        "" => None,
        time => Some(time.parse().map_err(|_| bad("time must be an RFC 3339 time"))?),
    };
    Ok(ManagedEntry {
        manager: text(entry, "manager").into(),
        operation,
        api_version: text(entry, "apiVersion").into(),
        subresource: text(entry, "subresource").into(),
        time,
        fields: fields(entry)?,
    })
}

fn write(entry: &ManagedEntry) -> Value {
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| drop(out.insert(name.into(), value));
    put("apiVersion", (*entry.api_version).into());
    put("fieldsType", "FieldsV1".into());
    put("fieldsV1", entry.fields.to_value());
    put("manager", entry.manager.as_str().into());
    put("operation", entry.operation.as_str().into());
    if !entry.subresource.is_empty() {
        put("subresource", (*entry.subresource).into());
    }
    if let Some(time) = entry.time {
        put("time", seconds(time).to_string().into());
    }
    Value::Object(out)
}

/// The time without parts of a second, which the server does not write.
pub(crate) fn seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
