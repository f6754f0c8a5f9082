//! Label and field selectors. Source: apimachinery, `pkg/labels/selector.go` and `pkg/fields`.

use crate::catalogue::Resource;
use crate::refusal::Refusal;
use serde_json::Value;

/// What a list or a watch asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selector {
    labels: Vec<Requirement>,
    fields: Vec<FieldRequirement>,
}

#[derive(Clone, Debug)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

#[derive(Clone, Debug)]
struct FieldRequirement {
    path: String,
    value: String,
    is_equal: bool,
}

impl Selector {
    pub fn new(
        resource: &Resource,
        labels: Option<&str>,
        fields: Option<&str>,
    ) -> Result<Self, Refusal> {
        let labels = labels.map_or_else(|| Ok(Vec::new()), label_requirements)?;
        let fields = fields.map_or_else(|| Ok(Vec::new()), |text| field_terms(resource, text))?;
        Ok(Self { labels, fields })
    }

    /// Whether nothing is left out.
    pub fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    pub fn matches(&self, object: &Value) -> bool {
        let label = |name: &str| object["metadata"]["labels"][name].as_str();
        let labels = self.labels.iter().all(|requirement| match requirement {
            Requirement::In(name, values) => {
                label(name).is_some_and(|value| values.iter().any(|v| v == value))
            }
            Requirement::NotIn(name, values) => {
                label(name).is_none_or(|value| !values.iter().any(|v| v == value))
            }
            Requirement::Exists(name) => label(name).is_some(),
            Requirement::Absent(name) => label(name).is_none(),
        });
        labels && self.fields.iter().all(|field| field.holds(object))
    }
}

impl FieldRequirement {
    fn holds(&self, object: &Value) -> bool {
        let found = self.path.split('.').try_fold(object, |value, step| value.get(step));
        let text = match found {
            Some(Value::String(text)) => text.clone(),
            None | Some(Value::Null) => String::new(),
            Some(other) => other.to_string(),
        };
        (text == self.value) == self.is_equal
    }
}

fn label_requirements(text: &str) -> Result<Vec<Requirement>, Refusal> {
    terms(text).into_iter().map(|term| label_requirement(term.trim())).collect()
}

/// The parts between commas that are not within parentheses.
fn terms(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

fn label_requirement(term: &str) -> Result<Requirement, Refusal> {
    let unreadable = || Refusal::bad_request(format!("unable to parse requirement: {term}"));
    if let Some((name, value)) = term.split_once("!=") {
        return Ok(Requirement::NotIn(label_name(name)?, vec![value.trim().to_owned()]));
    }
    if let Some((name, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
        if value.contains('=') {
            let message = "found '=', expected: ',' or 'end of string'";
            return Err(Refusal::bad_request(message));
        }
        return Ok(Requirement::In(label_name(name)?, vec![value.trim().to_owned()]));
    }
    if let Some((head, list)) = term.split_once('(') {
        let list = list.strip_suffix(')').ok_or_else(unreadable)?;
        let values = list.split(',').map(|value| value.trim().to_owned()).collect();
        let words: Vec<&str> = head.split_whitespace().collect();
        return match words[..] {
            [name, "in"] => Ok(Requirement::In(label_name(name)?, values)),
            [name, "notin"] => Ok(Requirement::NotIn(label_name(name)?, values)),
            _ => Err(unreadable()),
        };
    }
    match term.strip_prefix('!') {
        Some(name) => Ok(Requirement::Absent(label_name(name)?)),
        None => Ok(Requirement::Exists(label_name(term)?)),
    }
}

fn label_name(text: &str) -> Result<String, Refusal> {
    let name = text.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if name.is_empty() || !name.chars().all(fits) {
        return Err(Refusal::bad_request(format!("unable to parse requirement: {text}")));
    }
    Ok(name.to_owned())
}

/// The fields by which a kind can be selected, besides name and namespace.
fn selectable(resource: &Resource) -> &'static [&'static str] {
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "secrets") => &["type"],
        ("", "events") => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "type",
        ],
        ("", "pods") => &["spec.nodeName", "spec.restartPolicy", "status.phase"],
        ("", "namespaces") => &["status.phase"],
        _ => &[],
    }
}

fn field_terms(resource: &Resource, text: &str) -> Result<Vec<FieldRequirement>, Refusal> {
    text.split(',').filter(|term| !term.is_empty()).map(|term| field(resource, term)).collect()
}

fn field(resource: &Resource, term: &str) -> Result<FieldRequirement, Refusal> {
    let (path, value, is_equal) = match (term.split_once("!="), term.split_once("==")) {
        (Some((path, value)), _) => (path, value, false),
        (None, Some((path, value))) => (path, value, true),
        (None, None) => {
            let (path, value) = term.split_once('=').ok_or_else(|| {
                Refusal::bad_request(format!(
                    "invalid selector: '{term}'; can't understand '{term}'"
                ))
            })?;
            (path, value, true)
        }
    };
    let known = ["metadata.name", "metadata.namespace"];
    if !known.contains(&path) && !selectable(resource).contains(&path) {
        let message = format!(
            "\"{path}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        );
        return Err(Refusal::bad_request(message));
    }
    Ok(FieldRequirement { path: path.to_owned(), value: value.to_owned(), is_equal })
}

#[cfg(test)]
mod tests {
    use super::label_requirements;
    use serde_json::json;

    #[test]
    fn selectors_are_read_as_the_server_reads_them() {
        let object = json!({"metadata": {"labels": {"app": "web", "tier": "front"}}});
        let selects = |text: &str| {
            let labels = label_requirements(text).expect("it is a selector");
            super::Selector { labels, fields: Vec::new() }.matches(&object)
        };
        for text in ["app=web", "app==web,tier", "app in (api, web)", "!x", "x!=1", "x notin (a)"] {
            assert!(selects(text), "{text}");
        }
        for text in ["app=api", "app!=web", "app notin (web)", "x", "!app"] {
            assert!(!selects(text), "{text}");
        }
        assert!(label_requirements("a=b=c").is_err());
    }
}
