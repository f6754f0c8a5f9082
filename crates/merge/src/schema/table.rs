//! The table of built-in kinds: one line a kind, one line a type, decoded when first asked for.

use super::{Type, TypeRef, decode, openapi};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use trimtab_model::GroupVersionKind;

const TEXT: &str = include_str!("../../schemas/kubernetes-1.36.txt");

/// The place of the type of which nothing is known.
pub(super) const UNTYPED: usize = 0;
/// The place of the type that is deduced from each value.
pub(super) const DEDUCED: usize = 1;
/// The place of the first type of the file.
const FIRST: usize = 2;

struct Table {
    kinds: BTreeMap<&'static str, (usize, bool)>,
    /// Sorted by name.
    names: Vec<&'static str>,
    types: Vec<(&'static str, OnceLock<Type>)>,
    /// The names of fields, most used first.
    fields: Vec<&'static str>,
    field_places: BTreeMap<&'static str, usize>,
}

static TABLE: OnceLock<Table> = OnceLock::new();

fn table() -> &'static Table {
    TABLE.get_or_init(read)
}

fn read() -> Table {
    let mut table = Table {
        kinds: BTreeMap::new(),
        names: Vec::new(),
        types: Vec::new(),
        fields: Vec::new(),
        field_places: BTreeMap::new(),
    };
    table.types.push(("?", OnceLock::from(decode::untyped())));
    table.types.push(("*", OnceLock::from(decode::deduced())));
    let mut kinds = Vec::new();
    for line in TEXT.lines() {
        match line.split_once(' ') {
            Some(("kind", rest)) => kinds.push(rest),
            Some(("fields", rest)) => table.fields = rest.split(' ').collect(),
            Some(("type", rest)) => {
                if let Some((name, text)) = rest.split_once(' ') {
                    table.names.push(name);
                    table.types.push((text, OnceLock::new()));
                }
            }
            _ => {}
        }
    }
    for line in kinds {
        let mut words = line.split(' ');
        let (kind, of) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        if let Ok(index) = table.names.binary_search(&of) {
            table.kinds.insert(kind, (index + FIRST, words.next() == Some("status")));
        }
    }
    table.field_places =
        table.fields.iter().enumerate().map(|(place, name)| (*name, place)).collect();
    table
}

/// The type of a kind, and whether the kind has a status subresource.
pub(super) fn kind(kind: &GroupVersionKind) -> Option<(TypeRef, bool)> {
    let (index, status) = *table().kinds.get(kind.to_string().as_str())?;
    Some((TypeRef::named(index), status))
}

/// The place of a named type.
pub(super) fn index(name: &str) -> Option<usize> {
    table().names.binary_search(&name).ok().map(|index| index + FIRST)
}

/// The type at a place that [`index`] or a constant gave.
pub(super) fn at(index: usize) -> &'static Type {
    let (text, of) = &table().types[index];
    of.get_or_init(|| {
        serde_json::from_str(text).map_or_else(|_| decode::untyped(), |c| decode::of(&c))
    })
}

/// The number of a field's name, if a built-in kind has such a field.
pub(crate) fn known_name(name: &str) -> Option<usize> {
    table().field_places.get(name).copied()
}

/// The name with a number.
pub(crate) fn name_of(number: usize) -> Option<&'static str> {
    table().fields.get(number).copied()
}

/// Writes the table's text.
pub(super) fn write(server: &str, documents: &[Value], facts: &str) -> String {
    let mut types = definitions(documents);
    for fact in facts.lines() {
        add_fact(fact, &mut types);
    }
    let kinds = kinds(documents);
    let used = reachable(&kinds, &types);
    let mut out = format!("# Kubernetes {server}. Generated: see README.md.\n");
    let names = field_names(&used, &types).join(" ");
    out.extend(["fields ", &names, "\n"]);
    for (kind, (of, status)) in &kinds {
        out.extend(["kind ", kind, " ", of, if *status { " status\n" } else { "\n" }]);
    }
    for name in used {
        out.extend(["type ", &name, " ", &types[&name].to_string(), "\n"]);
    }
    out
}

fn definitions(documents: &[Value]) -> BTreeMap<String, Value> {
    let schemas = documents
        .iter()
        .filter_map(|document| document.get("components")?.get("schemas")?.as_object());
    let mut types = BTreeMap::new();
    for (name, schema) in schemas.flatten() {
        let mut compact = openapi::definition(name, schema);
        let kinds = schema.get("x-kubernetes-group-version-kind").and_then(Value::as_array);
        if let Some([kind]) = kinds.map(Vec::as_slice) {
            fill_kind(kind, &mut compact);
        }
        types.insert(openapi::short(name).to_owned(), compact);
    }
    types
}

/// An object inside another is answered with its kind, whatever was written.
fn fill_kind(kind: &Value, compact: &mut Value) {
    let (group, version) = (openapi::text(kind, &["group"]), openapi::text(kind, &["version"]));
    let kind = openapi::text(kind, &["kind"]);
    let api_version = GroupVersionKind::of(&format!("{group}/{version}"), kind).api_version();
    for (name, value) in [("apiVersion", api_version.as_str()), ("kind", kind)] {
        set(compact, name, "v", json!(value));
    }
}

/// Adds a note to a declared field.
fn set(compact: &mut Value, field: &str, note: &str, value: Value) {
    let Some(found) = compact.get_mut("f").and_then(|fields| fields.get_mut(field)) else { return };
    if found.get("t").is_none() {
        *found = json!({"t": found.take()});
    }
    if let Some(found) = found.as_object_mut() {
        found.insert(note.to_owned(), value);
    }
}

/// `io.k8s.api.core.v1.PodSpec dnsPolicy default "ClusterFirst"` or `… zero-omitted`.
fn add_fact(fact: &str, types: &mut BTreeMap<String, Value>) {
    let mut words = fact.splitn(4, ' ');
    let (Some(of), Some(field), Some(kind)) = (words.next(), words.next(), words.next()) else {
        return;
    };
    let Some(compact) = types.get_mut(openapi::short(of)) else { return };
    match kind {
        "zero-omitted" => set(compact, field, "z", json!(1)),
        "default" => {
            let value = words.next().and_then(|text| serde_json::from_str(text).ok());
            if let Some(value) = value {
                set(compact, field, "v", value);
            }
        }
        _ => {}
    }
}

/// Every kind that can be patched, with its type's name and whether it has a status subresource.
fn kinds(documents: &[Value]) -> BTreeMap<String, (String, bool)> {
    let mut kinds = BTreeMap::new();
    for document in documents {
        let Some(paths) = document.get("paths").and_then(Value::as_object) else { continue };
        for (path, operations) in paths {
            let Some(patch) = operations.get("patch") else { continue };
            let kind = patch.get("x-kubernetes-group-version-kind").unwrap_or(&Value::Null);
            let name = model(kind, document);
            if let (true, Some(name)) = (path.ends_with("/{name}"), name) {
                let status = paths.contains_key(&format!("{path}/status"));
                kinds.insert(kind_name(kind), (name, status));
            }
        }
    }
    kinds
}

fn kind_name(kind: &Value) -> String {
    let (group, version) = (openapi::text(kind, &["group"]), openapi::text(kind, &["version"]));
    let slash = if group.is_empty() { "" } else { "/" };
    format!("{group}{slash}{version}/{}", openapi::text(kind, &["kind"]))
}

/// The name of the definition that says it is of that kind.
fn model(kind: &Value, document: &Value) -> Option<String> {
    let schemas = document.get("components")?.get("schemas")?.as_object()?;
    let of_kind = |schema: &Value| {
        let kinds = schema.get("x-kubernetes-group-version-kind").and_then(Value::as_array);
        kinds.is_some_and(|kinds| kinds.len() == 1 && kinds[0] == *kind)
    };
    let (name, _) = schemas.iter().find(|(_, schema)| of_kind(schema))?;
    Some(openapi::short(name).to_owned())
}

/// The types that the kinds need.
fn reachable(
    kinds: &BTreeMap<String, (String, bool)>,
    types: &BTreeMap<String, Value>,
) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = BTreeSet::new();
    let mut next: Vec<String> = kinds.values().map(|(name, _)| name.clone()).collect();
    next.push(openapi::OBJECT_META.to_owned());
    while let Some(name) = next.pop() {
        if let (Some(compact), true) = (types.get(&name), found.insert(name)) {
            mentions(compact, &mut next);
        }
    }
    found
}

fn mentions(compact: &Value, out: &mut Vec<String>) {
    match compact {
        Value::String(text) => {
            let name = text.strip_prefix('@').map(|name| name.trim_end_matches(['!', '~']));
            out.extend(name.map(str::to_owned));
        }
        Value::Array(parts) => parts.iter().for_each(|part| mentions(part, out)),
        Value::Object(members) => {
            // Keys `d` and `v` hold values, not types; a value that looks like a mention names no
            // type and is dropped where types are looked up.
            members.values().for_each(|member| mentions(member, out));
        }
        _ => {}
    }
}

fn field_names(used: &BTreeSet<String>, types: &BTreeMap<String, Value>) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in used {
        let fields = types[name].get("f").and_then(Value::as_object);
        for name in fields.into_iter().flat_map(Map::keys) {
            *counts.entry(name).or_default() += 1;
        }
    }
    let mut names: Vec<_> = counts.into_iter().collect();
    names.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    names.into_iter().map(|(name, _)| name.to_owned()).collect()
}
