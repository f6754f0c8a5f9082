//! What one request asks for, read from its line.

use http::Method;
use std::fmt;
pub use trimtab_sandbox::Verb;

/// One request's line and headers, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What it does.
    pub verb: Verb,
    /// The path.
    pub path: String,
    /// The path without a subresource: that of the object itself.
    pub object: String,
    /// The resource, for example `deployments`; empty for what is none.
    pub plural: String,
    /// The namespace, if it names one.
    pub namespace: Option<String>,
    /// The object, if it names one.
    pub name: Option<String>,
    /// The subresource.
    pub subresource: Option<String>,
    /// Whether an apply takes fields from others.
    pub force: bool,
    /// Whether it only asks.
    pub dry_run: bool,
    /// The version that a watch goes on from.
    pub resumes: bool,
}

impl Facts {
    /// Reads a request.
    pub fn read(method: &Method, path: &str, query: &str, content_type: &str) -> Self {
        let asks = |parameter: &str| query.split('&').any(|part| part == parameter);
        let value = |name: &str| {
            let part = query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
            part.filter(|value| !value.is_empty() && *value != "0").map(str::to_owned)
        };
        let place = Place::read(path);
        let watches = asks("watch=true") || asks("watch=1");
        let verb = match *method {
            Method::POST => Verb::Create,
            Method::PUT => Verb::Update,
            Method::DELETE => Verb::Delete,
            Method::PATCH if content_type.contains("apply-patch") => Verb::Apply,
            Method::PATCH => Verb::Patch,
            _ if watches => Verb::Watch,
            _ if place.name.is_some() || place.plural.is_empty() => Verb::Get,
            _ => Verb::List,
        };
        let sub = place.subresource.as_deref().map_or(0, |sub| sub.len() + 1);
        Self {
            verb,
            object: path[..path.len() - sub].to_owned(),
            path: path.to_owned(),
            plural: place.plural,
            namespace: place.namespace,
            name: place.name,
            subresource: place.subresource,
            force: asks("force=true"),
            dry_run: asks("dryRun=All"),
            resumes: watches
                && !asks("sendInitialEvents=true")
                && value("resourceVersion").is_some(),
        }
    }

    /// Whether it writes and is not only asked.
    pub fn writes(&self) -> bool {
        self.verb.is_write() && !self.dry_run
    }

    /// Whether it is about a Lease.
    pub fn is_lease(&self) -> bool {
        self.plural == "leases"
    }

    /// Whether it is about discovery.
    pub fn is_discovery(&self) -> bool {
        self.plural.is_empty()
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<6} {}", self.verb, self.path)?;
        for (told, is) in
            [(" force", self.force), (" dry-run", self.dry_run), (" resumes", self.resumes)]
        {
            f.write_str(if is { told } else { "" })?;
        }
        Ok(())
    }
}

#[derive(Default)]
struct Place {
    plural: String,
    namespace: Option<String>,
    name: Option<String>,
    subresource: Option<String>,
}

impl Place {
    fn read(path: &str) -> Self {
        let mut parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let prefix = match parts.first() {
            Some(&"api") => 2,
            Some(&"apis") => 3,
            _ => return Self::default(),
        };
        if parts.len() <= prefix {
            return Self::default();
        }
        parts.drain(..prefix);
        let mut place = Self::default();
        let of_namespace = parts[0] == "namespaces"
            && parts.len() > 2
            && !matches!(parts[2], "status" | "finalize");
        if of_namespace {
            place.namespace = Some(parts[1].to_owned());
            parts.drain(..2);
        }
        let mut parts = parts.into_iter().map(str::to_owned);
        place.plural = parts.next().unwrap_or_default();
        place.name = parts.next();
        place.subresource = parts.next();
        place
    }
}

#[cfg(test)]
mod tests {
    use super::{Facts, Verb};
    use http::Method;

    fn read(method: &Method, path: &str, query: &str) -> Facts {
        Facts::read(method, path, query, "application/apply-patch+yaml")
    }

    #[test]
    fn paths_are_understood() {
        let one = read(&Method::PATCH, "/apis/apps/v1/namespaces/n/deployments/d", "force=true");
        assert_eq!((one.verb, one.force, one.name.as_deref()), (Verb::Apply, true, Some("d")));
        let namespace = read(&Method::GET, "/api/v1/namespaces/n", "");
        assert_eq!((&*namespace.plural, namespace.verb), ("namespaces", Verb::Get));
        let status = read(&Method::PATCH, "/apis/g/v1/namespaces/n/things/t/status", "");
        assert_eq!(status.object, "/apis/g/v1/namespaces/n/things/t");
        let watch = read(&Method::GET, "/api/v1/configmaps", "watch=true&resourceVersion=7");
        assert_eq!((watch.verb, watch.resumes), (Verb::Watch, true));
        assert!(read(&Method::GET, "/apis", "").is_discovery());
    }
}
