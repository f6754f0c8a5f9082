//! Where a path leads.

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// A page that is no resource: discovery, the version, health.
    Page(Vec<String>),
    /// A collection, an object or one of its subresources.
    Resource(Place),
}

/// A place among the resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub group: String,
    pub version: String,
    pub plural: String,
    pub namespace: Option<String>,
    pub name: Option<String>,
    pub subresource: Option<String>,
}

impl Route {
    pub fn of(path: &[String]) -> Self {
        let steps: Vec<&str> = path.iter().map(String::as_str).collect();
        let (group, version, rest) = match steps.as_slice() {
            ["api", version, rest @ ..] if !rest.is_empty() => ("", *version, rest),
            ["apis", group, version, rest @ ..] if !rest.is_empty() => (*group, *version, rest),
            _ => return Self::Page(path.to_vec()),
        };
        let place = Place { group: group.into(), version: version.into(), ..Place::default() };
        match resource(place, rest) {
            Some(place) => Self::Resource(place),
            None => Self::Page(path.to_vec()),
        }
    }
}

fn resource(place: Place, steps: &[&str]) -> Option<Place> {
    let (namespace, steps) = match steps {
        // A namespace and what is written through it are of the namespace itself.
        ["namespaces", _] | ["namespaces", _, "status" | "finalize"] => (None, steps),
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => {
            (Some((*namespace).to_owned()), rest)
        }
        _ => (None, steps),
    };
    let text = |step: Option<&&str>| step.map(|step| (*step).to_owned());
    if steps.len() > 3 {
        return None;
    }
    Some(Place {
        plural: text(steps.first())?,
        namespace,
        name: text(steps.get(1)),
        subresource: text(steps.get(2)),
        ..place
    })
}

#[cfg(test)]
mod tests {
    use super::{Place, Route};

    fn place(path: &str) -> Option<Place> {
        let steps: Vec<String> =
            path.split('/').filter(|step| !step.is_empty()).map(str::to_owned).collect();
        match Route::of(&steps) {
            Route::Resource(place) => Some(place),
            Route::Page(_) => None,
        }
    }

    #[test]
    fn a_namespace_is_a_resource_and_a_place_of_others() {
        let own = place("/api/v1/namespaces/shop").expect("a namespace");
        assert_eq!(
            (own.plural.as_str(), own.namespace, own.name.as_deref()),
            ("namespaces", None, Some("shop"))
        );
        let status = place("/api/v1/namespaces/shop/status").expect("its status");
        assert_eq!(status.subresource.as_deref(), Some("status"));
        let within = place("/apis/apps/v1/namespaces/shop/deployments/web/status").expect("one");
        assert_eq!(within.namespace.as_deref(), Some("shop"));
        assert_eq!((within.plural.as_str(), within.name.as_deref()), ("deployments", Some("web")));
        assert_eq!(place("/apis/apps/v1"), None);
    }
}
