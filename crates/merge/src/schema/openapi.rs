//! From an OpenAPI v3 schema to the compact form that the table keeps. Source of the rules:
//! kube-openapi, `pkg/schemaconv/openapi.go`, which the server itself uses for server-side apply.

use serde_json::{Map, Value, json};

/// The name of the type of every object's metadata.
pub(super) const OBJECT_META: &str = "apimachinery.pkg.apis.meta.v1.ObjectMeta";
const QUANTITY: &str = "apimachinery.pkg.api.resource.Quantity";
const RAW_EXTENSION: &str = "apimachinery.pkg.runtime.RawExtension";
const TIMES: [&str; 2] =
    ["apimachinery.pkg.apis.meta.v1.Time", "apimachinery.pkg.apis.meta.v1.MicroTime"];

/// How a schema is read.
#[derive(Clone, Copy)]
struct How {
    /// Fields that are not declared are kept.
    preserve: bool,
    /// A custom resource's: its texts are stored as they are written, whatever their format.
    custom: bool,
}

/// The version of a custom resource definition.
pub(super) fn version<'a>(crd: &'a Value, version: &str) -> Option<&'a Value> {
    let versions = crd.get("spec")?.get("versions")?.as_array()?;
    versions.iter().find(|found| found.get("name").and_then(Value::as_str) == Some(version))
}

/// Whether a version has a status subresource.
pub(super) fn has_status(version: &Value) -> bool {
    version.get("subresources").and_then(|found| found.get("status")).is_some_and(|s| !s.is_null())
}

/// The text at a path of fields, or nothing.
pub(super) fn text<'a>(value: &'a Value, path: &[&str]) -> &'a str {
    path.iter().try_fold(value, |value, name| value.get(name)).and_then(Value::as_str).unwrap_or("")
}

/// The compact form of a custom resource's version, with what every object has.
pub(super) fn custom_resource(crd: &Value, version: &Value) -> Value {
    let spec = crd.get("spec").unwrap_or(&Value::Null);
    let preserve = flag(spec, "preserveUnknownFields");
    let Some(schema) = version.get("schema").and_then(|schema| schema.get("openAPIV3Schema"))
    else {
        return json!("*");
    };
    let mut schema = schema.clone();
    add_object_fields(&mut schema);
    embed(&mut schema);
    compact(&schema, How { preserve, custom: true })
}

/// What the server adds to a custom resource's schema: `apiVersion`, `kind` and `metadata`.
fn add_object_fields(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    let properties = schema.entry("properties").or_insert_with(|| json!({}));
    if let Some(properties) = properties.as_object_mut() {
        properties.insert("apiVersion".into(), json!({"type": "string"}));
        properties.insert("kind".into(), json!({"type": "string"}));
        properties.insert("metadata".into(), json!({"$ref": format!("#/io.k8s.{OBJECT_META}")}));
    }
}

/// Adds the same to every embedded object.
fn embed(schema: &mut Value) {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(embed);
    }
    for inner in ["items", "additionalProperties"] {
        schema.get_mut(inner).into_iter().for_each(embed);
    }
    if flag(schema, "x-kubernetes-embedded-resource") {
        add_object_fields(schema);
    }
}

fn flag(schema: &Value, name: &str) -> bool {
    schema.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// A type's name without what all names share.
pub(super) fn short(name: &str) -> &str {
    name.strip_prefix("io.k8s.").unwrap_or(name)
}

/// The compact form of a named definition.
pub(super) fn definition(name: &str, schema: &Value) -> Value {
    match short(name) {
        QUANTITY => json!("q"),
        RAW_EXTENSION => json!("?"),
        name if TIMES.contains(&name) => json!("t"),
        _ => compact(schema, How { preserve: false, custom: false }),
    }
}

/// The compact form of a mention: a name, or the schema that stands there.
fn mention(schema: &Value, how: How) -> Value {
    let only = match schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        Some([only]) => only.get("$ref"),
        _ => None,
    };
    let name = schema.get("$ref").or(only).and_then(Value::as_str);
    let Some((_, name)) = name.and_then(|name| name.rsplit_once('/')) else {
        return compact(schema, how);
    };
    let suffix = match text(schema, &["x-kubernetes-map-type"]) {
        "atomic" => "!",
        "granular" => "~",
        _ => "",
    };
    json!(format!("@{}{suffix}", short(name)))
}

fn compact(schema: &Value, how: How) -> Value {
    let preserve = how.preserve || flag(schema, "x-kubernetes-preserve-unknown-fields");
    let how = How { preserve, ..how };
    match (text(schema, &["type"]), text(schema, &["format"])) {
        ("object", _) => object(schema, how),
        ("array", _) => list(schema, how),
        ("integer" | "number", _) => json!("n"),
        ("boolean", _) => json!("b"),
        ("string", "byte") if !how.custom => json!("y"),
        ("string", "" | "byte") => json!("s"),
        ("string", _) => json!("u"),
        _ if schema.get("properties").is_none() && schema.get("items").is_none() => json!("*"),
        _ => json!({"u": [list(schema, how), object(schema, how)]}),
    }
}

fn object(schema: &Value, how: How) -> Value {
    let mut out = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object);
    let fields: Map<String, Value> = properties
        .into_iter()
        .flatten()
        .map(|(name, member)| (name.clone(), field(member, how)))
        .collect();
    let others = match schema.get("additionalProperties") {
        None if how.preserve || fields.is_empty() => Some(json!("*")),
        None | Some(Value::Bool(false)) => None,
        Some(Value::Bool(true)) => Some(json!("*")),
        Some(others) => Some(mention(others, how)),
    };
    out.insert("f".into(), Value::Object(fields));
    out.extend(others.map(|others| ("e".to_owned(), others)));
    if text(schema, &["x-kubernetes-map-type"]) == "atomic" {
        out.insert("a".into(), json!(true));
    }
    Value::Object(out)
}

fn field(member: &Value, how: How) -> Value {
    let of = mention(member, how);
    let default = member.get("default").filter(|default| !default.is_null());
    let nullable = flag(member, "nullable");
    if default.is_none() && !nullable {
        return of;
    }
    let mut out = Map::from_iter([("t".to_owned(), of)]);
    out.extend(default.map(|default| ("d".to_owned(), default.clone())));
    out.extend(nullable.then(|| ("n".to_owned(), json!(1))));
    Value::Object(out)
}

fn list(schema: &Value, how: How) -> Value {
    let element = schema.get("items").map_or(json!("?"), |items| mention(items, how));
    let keys = match text(schema, &["x-kubernetes-list-type"]) {
        "set" => json!("s"),
        "map" => schema.get("x-kubernetes-list-map-keys").cloned().unwrap_or(json!([])),
        "" if is_merged(schema) => match schema.get("x-kubernetes-patch-merge-key") {
            Some(key) => json!([key]),
            None => json!("s"),
        },
        _ => json!("a"),
    };
    json!({"l": keys, "e": element})
}

/// Whether the older annotation for lists, which counts where the newer one is absent, says that
/// elements are merged.
fn is_merged(schema: &Value) -> bool {
    matches!(text(schema, &["x-kubernetes-patch-strategy"]), "merge" | "merge,retainKeys")
}
