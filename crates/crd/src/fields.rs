//! What becomes of each field of a kind, as a table: which act, and what it means that the others do
//! not.

use serde_json::{Map, Value};
use std::fmt::Write as _;
use trimtab_model::{NotSupported, Restraint};

/// What becomes of one field and of everything below it that has no rule of its own.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The field, from the root of its table: names joined by `.`, `[]` for each element of a list,
    /// `{}` for each value of a map.
    pub path: &'static str,
    /// What becomes of it.
    pub effect: Effect,
    /// Values that mean the same as absence, as JSON texts; `null`, `false`, and what is empty always
    /// do.
    pub neutral: &'static [&'static str],
    /// Of a field that acts: the test that fails when it is ignored. Of the others: why.
    pub note: &'static str,
}

/// What becomes of a field.
#[derive(Clone, Copy, Debug)]
pub enum Effect {
    /// It acts.
    Acts,
    /// Only clients read it: there is nothing to do for a controller.
    ForClients,
    /// What it asks for holds without it.
    NeedsNothing,
    /// It does not act yet, and its absence could do harm: all writes stop.
    Restrains,
    /// It does not act yet, and is left out with a warning.
    Adds,
    /// The fields below have a table of their own.
    Fields(&'static [Rule]),
}

/// A field that acts; the named test fails when it is ignored.
pub const fn acts(path: &'static str, test: &'static str) -> Rule {
    Rule { path, effect: Effect::Acts, neutral: &[], note: test }
}

/// A field that only clients read.
pub const fn for_clients(path: &'static str, why: &'static str) -> Rule {
    Rule { path, effect: Effect::ForClients, neutral: &[], note: why }
}

/// A field that asks for what holds anyway.
pub const fn needs_nothing(path: &'static str, why: &'static str) -> Rule {
    Rule { path, effect: Effect::NeedsNothing, neutral: &[], note: why }
}

/// A field without which we could do what it would have prevented, delayed, narrowed or authorised.
pub const fn restrains(path: &'static str, why: &'static str) -> Rule {
    Rule { path, effect: Effect::Restrains, neutral: &[], note: why }
}

/// A field without which we only do less.
pub const fn adds(path: &'static str, why: &'static str) -> Rule {
    Rule { path, effect: Effect::Adds, neutral: &[], note: why }
}

/// A field whose own fields have a table.
pub const fn fields(path: &'static str, table: &'static [Rule]) -> Rule {
    Rule { path, effect: Effect::Fields(table), neutral: &[], note: "" }
}

impl Rule {
    /// The same rule, with values that mean the same as absence.
    #[must_use]
    pub const fn unless(self, neutral: &'static [&'static str]) -> Self {
        Self { neutral, ..self }
    }

    fn is_neutral(&self, value: &Value) -> bool {
        let same = |text: &&str| serde_json::from_str::<Value>(text).is_ok_and(|v| v == *value);
        self.neutral.iter().any(same)
    }

    fn restraint(&self) -> Option<Restraint> {
        match self.effect {
            Effect::Acts | Effect::ForClients | Effect::NeedsNothing | Effect::Fields(_) => None,
            Effect::Restrains => Some(Restraint::Restrains),
            Effect::Adds => Some(Restraint::Adds),
        }
    }
}

/// Whether a value says no more than its absence would: `null`, `false`, an empty text, list or
/// object, or an object of nothing but such values.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(_) => false,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_empty),
    }
}

/// Finds every field of a value that is set and does not act. A field that no rule knows restrains:
/// a newer definition may have it, and nobody here can tell what it prevents.
pub fn survey(value: &Value, root: &str, table: &'static [Rule]) -> Vec<NotSupported> {
    let mut found = Survey { shown: root.to_owned(), found: Vec::new() };
    found.walk(value, "", table, None);
    found.found
}

struct Survey {
    /// The path as the user would write it, with indices.
    shown: String,
    found: Vec<NotSupported>,
}

impl Survey {
    fn walk(
        &mut self,
        value: &Value,
        path: &str,
        table: &'static [Rule],
        above: Option<&'static Rule>,
    ) {
        let rule = table.iter().find(|rule| rule.path == path).or(above);
        if is_empty(value) || rule.is_some_and(|rule| rule.is_neutral(value)) {
            return;
        }
        if let Some(Rule { effect: Effect::Fields(inner), .. }) = rule {
            return self.below(value, "", inner, None);
        }
        let nested = path.is_empty() || table.iter().any(|rule| is_below(rule.path, path));
        match (value, nested) {
            (Value::Object(_) | Value::Array(_), true) => self.below(value, path, table, rule),
            _ => self.judge(rule),
        }
    }

    fn below(
        &mut self,
        value: &Value,
        path: &str,
        table: &'static [Rule],
        above: Option<&'static Rule>,
    ) {
        match value {
            Value::Object(fields) => {
                self.fields(fields, path, table, above);
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let length = self.shown.len();
                    // Writing into a `String` cannot fail.
                    let _ = write!(self.shown, "[{index}]");
                    self.walk(item, &format!("{path}[]"), table, above);
                    self.shown.truncate(length);
                }
            }
            // A scalar where fields are expected: the type is wrong, and the parser says so.
            _ => {}
        }
    }

    fn fields(
        &mut self,
        fields: &Map<String, Value>,
        path: &str,
        table: &'static [Rule],
        above: Option<&'static Rule>,
    ) {
        for (name, value) in fields {
            let length = self.shown.len();
            if !self.shown.is_empty() {
                self.shown.push('.');
            }
            self.shown.push_str(name);
            self.walk(value, &join(path, name), table, above);
            self.shown.truncate(length);
        }
    }

    fn judge(&mut self, rule: Option<&'static Rule>) {
        let restraint = rule.map_or(Some(Restraint::Restrains), Rule::restraint);
        if let Some(restraint) = restraint {
            self.found.push(NotSupported { field: self.shown.as_str().into(), restraint });
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// One field of a definition, beside the rule for it.
#[derive(Clone, Debug)]
pub struct Row {
    /// The field's path.
    pub path: String,
    /// The rule; `None` is a hole in the table.
    pub rule: Option<Rule>,
}

/// Lists every field that a schema has and that has none of its own, each with its rule.
pub fn rows(schema: &Value, root: &str, table: &'static [Rule]) -> Vec<Row> {
    let mut rows = Vec::new();
    list(schema, root, ("", table, None), &mut rows);
    rows
}

type Place<'a> = (&'a str, &'static [Rule], Option<&'static Rule>);

fn list(schema: &Value, shown: &str, (path, table, above): Place<'_>, rows: &mut Vec<Row>) {
    let exact = table.iter().find(|rule| rule.path == path);
    let rule = exact.or(above);
    let place = match rule {
        Some(Rule { effect: Effect::Fields(inner), .. }) => ("", *inner, None),
        _ => (path, table, rule),
    };
    let items = schema.get("items").filter(|items| items.get("properties").is_some());
    let properties = schema.get("properties").and_then(Value::as_object);
    if let Some(items) = items {
        let below = if place.0 == path { format!("{path}[]") } else { "[]".to_owned() };
        return list(items, &format!("{shown}[]"), (&below, place.1, place.2), rows);
    }
    let Some(properties) = properties else {
        return rows.push(Row { path: shown.to_owned(), rule: rule.copied() });
    };
    for (name, schema) in properties {
        let below = join(place.0, name);
        list(schema, &join(shown, name), (&below, place.1, place.2), rows);
    }
}

/// The smallest value of a schema that has a field and says something with it: what it must have, and
/// the path's names, `name[]` for lists.
pub fn example(schema: &Value, path: &[&str]) -> Value {
    let Some((first, rest)) = path.split_first() else { return sample(schema) };
    let name = first.trim_end_matches("[]");
    let inner = &schema["properties"][name];
    let value = if first.ends_with("[]") {
        Value::Array(vec![example(&inner["items"], rest)])
    } else {
        example(inner, rest)
    };
    let mut object = required(schema);
    object.insert(name.to_owned(), value);
    Value::Object(object)
}

/// Puts a value into a resource at a row's path; what is missing on the way is made, and a list on the
/// way has it in its only element.
pub fn put(resource: &mut Value, path: &str, value: Value) {
    let Some((first, rest)) = path.split_once('.').or((!path.is_empty()).then_some((path, "")))
    else {
        *resource = value;
        return;
    };
    if !resource.is_object() {
        *resource = Value::Object(Map::new());
    }
    let inner = &mut resource[first.trim_end_matches("[]")];
    if first.ends_with("[]") {
        let mut element = Value::Null;
        put(&mut element, rest, value);
        *inner = Value::Array(vec![element]);
    } else {
        put(inner, rest, value);
    }
}

fn required(schema: &Value) -> Map<String, Value> {
    let names = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    names.map(|name| (name.to_owned(), sample(&schema["properties"][name]))).collect()
}

fn sample(schema: &Value) -> Value {
    match schema["type"].as_str() {
        Some("object") if schema.get("properties").is_some() => Value::Object(required(schema)),
        Some("object") => Value::Object(Map::from_iter([(
            "a".to_owned(),
            sample(&schema["additionalProperties"]),
        )])),
        Some("array") => Value::Array(vec![sample(&schema["items"])]),
        Some("boolean") => true.into(),
        Some("integer") => 3.into(),
        _ => schema["enum"].as_array().and_then(|all| all.last()).cloned().unwrap_or("x".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Rule, acts, adds, fields, put, restrains, survey};
    use serde_json::json;
    use trimtab_model::Restraint;

    const INNER: &[Rule] = &[acts("path", "t"), restrains("helm", "w")];
    const TABLE: &[Rule] = &[
        acts("project", "t"),
        fields("source", INNER),
        fields("sources[]", INNER),
        acts("policy", "t"),
        adds("policy.notify", "w").unless(&["\"never\""]),
    ];

    fn found(value: &serde_json::Value) -> Vec<(String, Restraint)> {
        survey(value, "spec", TABLE)
            .into_iter()
            .map(|found| (found.field.to_string(), found.restraint))
            .collect()
    }

    #[test]
    fn what_acts_and_what_is_empty_is_not_found() {
        let value = json!({
            "project": "shop",
            "source": {"path": "a", "helm": {"values": "", "parameters": []}},
            "policy": {"prune": true, "notify": "never"},
        });
        assert_eq!(found(&value), []);
    }

    #[test]
    fn fields_are_named_as_the_user_wrote_them() {
        let value = json!({
            "sources": [{"path": "a"}, {"helm": {"values": "x"}}],
            "policy": {"notify": "all"},
        });
        assert_eq!(
            found(&value),
            [
                ("spec.policy.notify".into(), Restraint::Adds),
                ("spec.sources[1].helm".into(), Restraint::Restrains),
            ]
        );
    }

    #[test]
    fn a_field_that_no_rule_knows_restrains() {
        let value = json!({"source": {"quota": 3}, "brand": "new"});
        assert_eq!(
            found(&value),
            [
                ("spec.brand".into(), Restraint::Restrains),
                ("spec.source.quota".into(), Restraint::Restrains),
            ]
        );
    }

    #[test]
    fn a_value_is_put_where_a_path_says() {
        let mut resource = json!({"spec": {"a": 1}});
        put(&mut resource, "spec.rules[].name", json!("x"));
        put(&mut resource, "spec.b.c", json!([]));
        assert_eq!(resource, json!({"spec": {"a": 1, "rules": [{"name": "x"}], "b": {"c": []}}}));
    }
}
