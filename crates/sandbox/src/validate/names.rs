//! Names, and fields that must be there.

use crate::refusal::Cause;
use crate::server::Target;
use crate::write::metadata::text;
use serde_json::Value;

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
    characters, '-' or '.', and must start and end with an alphanumeric character (e.g. \
    'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters \
    or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', \
    regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// What is wrong with the name, and with what it was made of.
pub(super) fn name(target: &Target, object: &Value) -> Vec<Cause> {
    let (group, plural) = (target.resource.group.as_str(), target.resource.plural.as_str());
    let problem = |name: &str| match (group, plural) {
        // RBAC's names are any steps of a path.
        ("rbac.authorization.k8s.io", _) => path_step(name),
        ("", "namespaces" | "services") => label(name),
        _ => subdomain(name),
    };
    let (base, name) = (text(object, "generateName"), text(object, "name"));
    let of_base = Some(masked(base)).filter(|_| !base.is_empty()).and_then(|base| problem(&base));
    let of_base = of_base.map(|why| Cause::invalid("metadata.generateName", &base.into(), &why));
    let of_name = problem(name).map(|why| Cause::invalid("metadata.name", &name.into(), &why));
    of_base.into_iter().chain(of_name).collect()
}

/// The beginning of a name, which may end with a dash. Source: apimachinery, `maskTrailingDash`.
fn masked(base: &str) -> String {
    match base.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => {
            let kept = rest.char_indices().next_back().map_or(0, |(at, _)| at);
            format!("{}a", &rest[..kept])
        }
        _ => base.to_owned(),
    }
}

/// What is wrong with a name that is a label of DNS.
pub(super) fn dns_label(name: &str) -> Option<String> {
    (!is_label(name)).then(|| LABEL.to_owned())
}

fn path_step(name: &str) -> Option<String> {
    match name {
        "." | ".." => Some(format!("may not be '{name}'")),
        _ if name.contains('/') => Some("may not contain '/'".into()),
        _ if name.contains('%') => Some("may not contain '%'".into()),
        _ => None,
    }
}

pub(super) fn subdomain(name: &str) -> Option<String> {
    if name.len() > SUBDOMAIN_BYTES_MAX {
        return Some(format!("must be no more than {SUBDOMAIN_BYTES_MAX} bytes"));
    }
    (!name.split('.').all(is_label)).then(|| SUBDOMAIN.to_owned())
}

fn label(name: &str) -> Option<String> {
    if name.len() > LABEL_BYTES_MAX {
        return Some(format!("must be no more than {LABEL_BYTES_MAX} bytes"));
    }
    if name.contains('.') {
        return Some("must not contain dots".into());
    }
    (!is_label(name)).then(|| LABEL.to_owned())
}

fn is_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

/// The fields without which a kind is nothing.
pub(super) fn required(target: &Target, object: &Value) -> Vec<Cause> {
    let paths: &[&str] = match (target.resource.group.as_str(), target.resource.plural.as_str()) {
        ("apps", "deployments" | "replicasets" | "statefulsets" | "daemonsets") => {
            &["spec.selector", "spec.template.spec.containers"]
        }
        ("batch", "jobs") => &["spec.template.spec.containers"],
        ("", "pods") => &["spec.containers"],
        _ => &[],
    };
    let is_missing = |path: &str| {
        let found = path.split('.').try_fold(object, |value, step| value.get(step));
        found.is_none_or(|value| value.is_null() || value.as_array().is_some_and(Vec::is_empty))
    };
    paths.iter().filter(|path| is_missing(path)).map(|path| Cause::required(path, "")).collect()
}

#[cfg(test)]
mod tests {
    use super::{label, masked, path_step, subdomain};

    #[test]
    fn names_follow_their_rules() {
        for name in ["a", "a-b", "a.b-c.d", "1"] {
            assert_eq!(subdomain(name), None, "{name}");
        }
        for name in ["", "A", "a_b", "-a", "a-", "a..b", ".a"] {
            assert!(subdomain(name).is_some(), "{name}");
        }
        assert!(label("a.b").is_some() && label(&"a".repeat(64)).is_some());
        assert_eq!(
            (masked("web-"), masked("-"), masked("w")),
            ("wea".into(), "-".into(), "w".into())
        );
        assert!(path_step("system:node").is_none() && path_step("..").is_some());
    }
}
