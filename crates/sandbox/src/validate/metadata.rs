//! What every object has. Source: apimachinery, `pkg/api/validation/objectmeta.go` and
//! `pkg/util/validation`.

use super::names::subdomain;
use crate::refusal::Cause;
use crate::server::Target;
use crate::write::delete::{FOREGROUND, ORPHAN};
use crate::write::metadata::finalizers;
use serde_json::Value;

const LABEL_BYTES_MAX: usize = 63;
/// All annotations together.
const ANNOTATIONS_BYTES_MAX: usize = 256 * 1024;

const NAME_PART: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start \
    and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used \
    for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric \
    characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. \
    'MyValue',  or 'my_value',  or '12345', regex used for validation is \
    '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/// What is wrong with the metadata, but for the name and what the server writes itself.
pub(super) fn problems(target: &Target, object: &Value) -> Vec<Cause> {
    let metadata = &object["metadata"];
    let mut causes = labels(&metadata["labels"], "metadata.labels");
    causes.extend(annotations(&metadata["annotations"]));
    causes.extend(owners(&metadata["ownerReferences"]));
    causes.extend(finalizer_problems(object));
    // These are of the kinds that Kubernetes itself brings; definitions are not.
    if !target.resource.is_custom() && target.resource.group != "apiextensions.k8s.io" {
        causes.extend(unqualified_finalizers(object));
    }
    causes
}

/// What is wrong with labels.
pub(super) fn labels(labels: &Value, path: &str) -> Vec<Cause> {
    let invalid = |value: &str, why: &str| Cause::invalid(path, &value.into(), why);
    let mut causes = Vec::new();
    for (name, value) in labels.as_object().into_iter().flatten() {
        causes.extend(qualified_name(name).iter().map(|why| invalid(name, why)));
        let value = value.as_str().unwrap_or("");
        if value.len() > LABEL_BYTES_MAX {
            causes.push(invalid(value, &no_more_than(LABEL_BYTES_MAX)));
        }
        if !value.is_empty() && !is_name_part(value) {
            causes.push(invalid(value, LABEL_VALUE));
        }
    }
    causes
}

fn annotations(annotations: &Value) -> Vec<Cause> {
    const PATH: &str = "metadata.annotations";
    let mut causes = Vec::new();
    let mut bytes = 0;
    for (name, value) in annotations.as_object().into_iter().flatten() {
        let problems = qualified_name(&name.to_lowercase());
        causes.extend(problems.iter().map(|why| Cause::invalid(PATH, &name.as_str().into(), why)));
        bytes += name.len() + value.as_str().map_or(0, str::len);
    }
    if bytes > ANNOTATIONS_BYTES_MAX {
        causes.push(Cause::too_long(PATH, ANNOTATIONS_BYTES_MAX as u64));
    }
    causes
}

fn owners(references: &Value) -> Vec<Cause> {
    const PATH: &str = "metadata.ownerReferences";
    let mut causes = Vec::new();
    let mut controller: Option<String> = None;
    for owner in references.as_array().into_iter().flatten() {
        let text = |name: &str| owner[name].as_str().unwrap_or("");
        let version = text("apiVersion");
        if version.rsplit('/').next().is_none_or(str::is_empty) {
            let why = "version must not be empty";
            causes.push(Cause::invalid(&format!("{PATH}.apiVersion"), &version.into(), why));
        }
        for name in ["kind", "name", "uid"].into_iter().filter(|name| text(name).is_empty()) {
            let path = format!("{PATH}.{name}");
            causes.push(Cause::invalid(&path, &"".into(), "must not be empty"));
        }
        if (version, text("kind")) == ("v1", "Event") {
            let why = "/v1, Kind=Event is disallowed from being an owner";
            causes.push(Cause::invalid(PATH, owner, why));
        }
        if owner["controller"] == true {
            let own = format!("{}/{}", text("kind"), text("name"));
            match &controller {
                Some(first) => {
                    let why = format!(
                        "Only one reference can have Controller set to true. Found \"true\" in \
                         references for {first} and {own}"
                    );
                    causes.push(Cause::invalid(PATH, references, &why));
                }
                None => controller = Some(own),
            }
        }
    }
    causes
}

fn finalizer_problems(object: &Value) -> Vec<Cause> {
    const PATH: &str = "metadata.finalizers";
    let mut causes = Vec::new();
    for finalizer in finalizers(object) {
        let problems = qualified_name(finalizer);
        causes.extend(problems.iter().map(|why| Cause::invalid(PATH, &finalizer.into(), why)));
    }
    let has = |wanted: &str| finalizers(object).any(|finalizer| finalizer == wanted);
    if has(FOREGROUND) && has(ORPHAN) {
        let all = &object["metadata"]["finalizers"];
        let why = "finalizer orphan and foregroundDeletion cannot be both set";
        causes.push(Cause::invalid(PATH, all, why));
    }
    causes
}

fn unqualified_finalizers(object: &Value) -> Vec<Cause> {
    let is_standard = |name: &str| name == "kubernetes" || name == ORPHAN || name == FOREGROUND;
    let all = finalizers(object).enumerate();
    let unqualified = all.filter(|(_, name)| !name.contains('/') && !is_standard(name));
    let cause = |(index, name): (usize, &str)| {
        let why = "name is neither a standard finalizer name nor is it fully qualified";
        Cause::invalid(&format!("metadata.finalizers[{index}]"), &name.into(), why)
    };
    unqualified.map(cause).collect()
}

/// What is wrong with a name that may have a domain before it.
fn qualified_name(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let name = match text.split_once('/') {
        None => text,
        Some((prefix, name)) if !name.contains('/') => {
            if prefix.is_empty() {
                problems.push("prefix part must be non-empty".into());
            } else if let Some(why) = subdomain(prefix) {
                problems.push(format!("prefix part {why}"));
            }
            name
        }
        Some(_) => {
            return vec![format!(
                "a valid label key {NAME_PART} with an optional DNS subdomain prefix and '/' (e.g. \
                 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        problems.push("name part must be non-empty".into());
    } else if name.len() > LABEL_BYTES_MAX {
        problems.push(format!("name part {}", no_more_than(LABEL_BYTES_MAX)));
    }
    if !is_name_part(name) {
        problems.push(format!("name part {NAME_PART}"));
    }
    problems
}

fn no_more_than(bytes_max: usize) -> String {
    format!("must be no more than {bytes_max} bytes")
}

fn is_name_part(text: &str) -> bool {
    let is_end = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    text.chars().all(fits) && is_end(text.chars().next()) && is_end(text.chars().next_back())
}

#[cfg(test)]
mod tests {
    use super::{labels, qualified_name};
    use serde_json::json;

    #[test]
    fn a_name_may_have_a_domain_before_it() {
        for name in ["a", "A_b.c-d", "example.com/a", "1"] {
            assert!(qualified_name(name).is_empty(), "{name}");
        }
        for name in ["", "a b", "-a", "a/b/c", "A.com/b", "/a", "a/"] {
            assert!(!qualified_name(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn a_label_may_be_empty_and_not_long() {
        let long = "x".repeat(64);
        assert!(labels(&json!({"a": "", "b": "x_y"}), "p").is_empty());
        assert_eq!(labels(&json!({"a": long, "b": "x y", "c": "-x"}), "p").len(), 3);
    }
}
