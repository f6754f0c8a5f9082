//! Names of applications, as they are typed.

/// Reads NAME or NAMESPACE/NAME. Anything else would become another path of the API server.
pub(crate) fn app_name(text: &str) -> Result<String, String> {
    let mut parts = text.split('/');
    let good = parts.by_ref().take(2).all(is_name) && parts.next().is_none();
    good.then(|| text.to_owned())
        .ok_or_else(|| "give NAME or NAMESPACE/NAME, in lower case".to_owned())
}

/// Reads the name of a namespace: a label of RFC 1123. What an API server would refuse is not printed.
pub(crate) fn namespace_name(text: &str) -> Result<String, String> {
    let good = is_label(text) && text.len() <= NAMESPACE_BYTES_MAX;
    good.then(|| text.to_owned()).ok_or_else(|| {
        "a namespace has lower-case letters, digits and `-`, begins and ends with a letter or digit, \
         and is not longer than 63"
            .to_owned()
    })
}

/// Source: RFC 1123, as the API server checks names of namespaces.
const NAMESPACE_BYTES_MAX: usize = 63;

/// Whether a text is a subdomain of RFC 1123, as names of applications are.
fn is_name(text: &str) -> bool {
    text.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::app_name;

    #[test]
    fn what_is_no_name_of_an_application_is_refused_before_anybody_is_asked() {
        for name in ["shop", "argocd/shop", "a.b-c/d.e1"] {
            assert_eq!(app_name(name).as_deref(), Ok(name));
        }
        for name in ["", "/", "a/", "/a", "a/b/c", "../x", ".", "a%2fb", "a b", "A", "-a", "a\n"] {
            assert!(app_name(name).is_err(), "{name:?}");
        }
    }
}
