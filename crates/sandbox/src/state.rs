//! Direct access for persons and other controllers: no client, no interceptor, no waiting.

use crate::answer::Answer;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::sandbox::Sandbox;
use crate::write::APPLY;
use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use std::sync::Arc;
use trimtab_model::GroupKind;

const JSON: &str = "application/json";

/// Who writes, and under which field manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct By<'a> {
    /// The user, as the journal has it.
    pub user: &'a str,
    /// The field manager.
    pub manager: &'a str,
}

/// One request that has an end.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// The HTTP method.
    pub method: Method,
    /// Path and query, as in a URL.
    pub target: &'a str,
    /// The body's type.
    pub content_type: &'a str,
    /// The body.
    pub body: Option<&'a Value>,
}

/// The state of a sandbox, to be read and written. What is written goes the way of a request: it may
/// be refused, it is in the journal, and watches are told.
#[derive(Clone, Debug)]
pub struct State {
    sandbox: Sandbox,
}

impl State {
    pub(crate) fn new(sandbox: Sandbox) -> Self {
        Self { sandbox }
    }

    /// Sends any request that has an end.
    pub fn request(&self, user: &str, ask: &Ask<'_>) -> Answer {
        let user: Arc<str> = user.into();
        let mut request = Request::new(&user, ask.method.clone(), ask.target, &HeaderMap::new());
        ask.content_type.clone_into(&mut request.content_type);
        request.body = ask.body.map_or_else(Bytes::new, |body| body.to_string().into());
        self.sandbox.answer(&request)
    }

    /// Reads one object.
    pub fn get(&self, kind: &GroupKind, namespace: Option<&str>, name: &str) -> Option<Value> {
        let server = self.sandbox.server();
        let resource = server.catalogue.of_kind(kind.group.as_str(), kind.kind.as_str())?;
        let key = crate::store::Key::new(
            &resource.group,
            &resource.plural,
            namespace.unwrap_or(""),
            name,
        );
        server.store.get(&key).map(|object| Value::clone(object))
    }

    /// Reads all objects of a kind, of one namespace or of all, in the order of namespace and name.
    pub fn list(&self, kind: &GroupKind, namespace: Option<&str>) -> Vec<Value> {
        let server = self.sandbox.server();
        let Some(resource) = server.catalogue.of_kind(kind.group.as_str(), kind.kind.as_str())
        else {
            return Vec::new();
        };
        let all = server.store.of(&resource.group, &resource.plural);
        let within = all.filter(|(key, _)| namespace.is_none_or(|found| *key.namespace == *found));
        within.map(|(_, object)| Value::clone(object)).collect()
    }

    /// Everything that is stored.
    pub fn everything(&self) -> Vec<Value> {
        let server = self.sandbox.server();
        server.store.all().map(|(_, object)| Value::clone(object)).collect()
    }

    /// Applies an object, forced or not.
    pub fn apply(&self, by: By<'_>, object: &Value, force: bool) -> Result<Value, Refusal> {
        let target = self.target(object, true, "")?;
        let target = format!("{target}?fieldManager={}&force={force}", by.manager);
        self.write(by, Method::PATCH, (&target, APPLY), object)
    }

    /// Creates an object.
    pub fn create(&self, by: By<'_>, object: &Value) -> Result<Value, Refusal> {
        let target = self.target(object, false, "")?;
        let target = format!("{target}?fieldManager={}", by.manager);
        self.write(by, Method::POST, (&target, JSON), object)
    }

    /// Replaces an object.
    pub fn replace(&self, by: By<'_>, object: &Value) -> Result<Value, Refusal> {
        let target = self.target(object, true, "")?;
        let target = format!("{target}?fieldManager={}", by.manager);
        self.write(by, Method::PUT, (&target, JSON), object)
    }

    /// Merges a patch into the object that the first value names: by apiVersion, kind, name and
    /// namespace. Through a subresource unless it is empty.
    pub fn merge_patch(
        &self,
        by: By<'_>,
        object: &Value,
        subresource: &str,
        patch: &Value,
    ) -> Result<Value, Refusal> {
        let target = self.target(object, true, subresource)?;
        let target = format!("{target}?fieldManager={}", by.manager);
        self.write(by, Method::PATCH, (&target, "application/merge-patch+json"), patch)
    }

    /// Deletes the object that the value names, in the background unless another propagation policy
    /// is named.
    pub fn delete(
        &self,
        by: By<'_>,
        object: &Value,
        propagation: Option<&str>,
    ) -> Result<Value, Refusal> {
        let options = json!({
            "apiVersion": "v1", "kind": "DeleteOptions",
            "propagationPolicy": propagation.unwrap_or("Background"),
        });
        let target = self.target(object, true, "")?;
        self.write(by, Method::DELETE, (&target, JSON), &options)
    }

    fn target(&self, object: &Value, by_name: bool, subresource: &str) -> Result<String, Refusal> {
        self.sandbox.server().path(object, by_name, subresource)
    }

    fn write(
        &self,
        by: By<'_>,
        method: Method,
        (target, content_type): (&str, &str),
        body: &Value,
    ) -> Result<Value, Refusal> {
        let answer = self.request(by.user, &Ask { method, target, content_type, body: Some(body) });
        if answer.code < 300 {
            return Ok(answer.body);
        }
        Err(Refusal::of(&answer))
    }
}
