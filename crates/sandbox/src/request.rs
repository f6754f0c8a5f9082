//! A request as the server reads it.

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A request with its whole body.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub user: Arc<str>,
    pub method: Method,
    /// The steps of the path, decoded.
    pub path: Vec<String>,
    /// The parameters; of one that is given twice the first counts.
    pub query: BTreeMap<String, String>,
    pub accept: String,
    pub content_type: String,
    pub user_agent: String,
    pub body: Bytes,
}

impl Request {
    pub fn new(user: &Arc<str>, method: Method, target: &str, headers: &HeaderMap) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
        let mut parameters = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            parameters.entry(name.into_owned()).or_insert_with(|| value.into_owned());
        }
        Self {
            user: user.clone(),
            method,
            path: path.split('/').filter(|step| !step.is_empty()).map(decoded).collect(),
            query: parameters,
            accept: header(header::ACCEPT).to_owned(),
            content_type: header(header::CONTENT_TYPE).to_owned(),
            user_agent: header(header::USER_AGENT).to_owned(),
            body: Bytes::new(),
        }
    }

    /// A parameter that is there and not empty.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A parameter that is a truth.
    pub fn flag(&self, name: &str) -> bool {
        // A parameter without a value counts as true for `watch`, as the server has it.
        let is_true = |value: &String| matches!(value.as_str(), "1" | "true" | "True" | "t");
        self.query.get(name).is_some_and(is_true)
    }

    /// The content's type without its parameters.
    pub fn content(&self) -> &str {
        self.content_type.split(';').next().unwrap_or("").trim()
    }
}

/// A step of a path, with its escapes read.
fn decoded(step: &str) -> String {
    let bytes = step.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = step.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(escaped.unwrap_or(bytes[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::Request;
    use http::{HeaderMap, Method};

    #[test]
    fn a_name_may_contain_what_ends_a_step() {
        let target = "/api/v1/namespaces/a%2Fb/x?force=true&fieldManager=a%20b&force=false";
        let request = Request::new(&"me".into(), Method::GET, target, &HeaderMap::new());
        assert_eq!(request.path, ["api", "v1", "namespaces", "a/b", "x"]);
        assert_eq!(request.parameter("fieldManager"), Some("a b"));
        assert!(request.flag("force"));
    }
}
