//! Why a request is refused, in the words of kube-apiserver 1.36.

use crate::catalogue::Resource;
use serde_json::{Map, Value, json};

/// A refusal, as the server's `Status` tells it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The HTTP code.
    pub code: u16,
    /// A word for machines; empty where the server has none.
    pub reason: &'static str,
    /// A sentence.
    pub message: String,
    /// More for machines.
    pub details: Option<Value>,
    /// After how many seconds to ask again.
    pub retry_after_seconds: Option<u64>,
    /// With what a list may go on in spite of it.
    pub continues: Option<String>,
}

/// One thing that is wrong with an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cause {
    reason: &'static str,
    message: String,
    field: String,
}

impl Cause {
    pub fn invalid(field: &str, value: &Value, why: &str) -> Self {
        let message = format!("Invalid value: {value}: {why}");
        Self { reason: "FieldValueInvalid", message, field: field.to_owned() }
    }

    /// A value of another type than the schema has.
    pub fn type_invalid(field: &str, value: &str, why: &str) -> Self {
        let message = format!("Invalid value: {value}: {why}");
        Self { reason: "FieldValueTypeInvalid", message, field: field.to_owned() }
    }

    pub fn required(field: &str, why: &str) -> Self {
        let end = if why.is_empty() { String::new() } else { format!(": {why}") };
        let message = format!("Required value{end}");
        Self { reason: "FieldValueRequired", message, field: field.to_owned() }
    }

    pub fn forbidden(field: &str, why: &str) -> Self {
        let message = format!("Forbidden: {why}");
        Self { reason: "FieldValueForbidden", message, field: field.to_owned() }
    }

    pub fn too_long(field: &str, most: u64) -> Self {
        let message = format!("Too long: may not be more than {most} bytes");
        Self { reason: "FieldValueTooLong", message, field: field.to_owned() }
    }

    pub fn not_found(field: &str, value: &Value) -> Self {
        let message = format!("Not found: {value}");
        Self { reason: "FieldValueNotFound", message, field: field.to_owned() }
    }

    pub fn duplicate(field: &str, value: &Value) -> Self {
        let message = format!("Duplicate value: {value}");
        Self { reason: "FieldValueDuplicate", message, field: field.to_owned() }
    }

    pub fn too_many(field: &str, found: usize, most: u64) -> Self {
        let message = format!("Too many: {found}: must have at most {most} items");
        Self { reason: "FieldValueTooMany", message, field: field.to_owned() }
    }

    pub fn unsupported(field: &str, value: &str, supported: &[&str]) -> Self {
        let supported: Vec<String> = supported.iter().map(|one| format!("{one:?}")).collect();
        let message =
            format!("Unsupported value: {value}: supported values: {}", supported.join(", "));
        Self { reason: "FieldValueNotSupported", message, field: field.to_owned() }
    }

    fn value(&self) -> Value {
        json!({"reason": self.reason, "message": self.message, "field": self.field})
    }
}

/// Displays as `spec.replicas: Invalid value: …`.
impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

impl Refusal {
    pub(crate) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, reason, message, details: None, retry_after_seconds: None, continues: None }
    }

    fn with(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// A path that leads nowhere.
    pub(crate) fn no_page() -> Self {
        Self::new(404, "", "404 page not found\n")
    }

    /// The text, where the server answers with no `Status`.
    pub(crate) fn text(&self) -> Option<&str> {
        let is_plain = self.code == 404 && self.reason.is_empty() && self.details.is_none();
        is_plain.then_some(self.message.as_str())
    }

    /// A kind that is not served.
    pub(crate) fn no_resource() -> Self {
        let message = "the server could not find the requested resource";
        Self::new(404, "NotFound", message).with(json!({}))
    }

    pub(crate) fn no_method() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Self::new(405, "MethodNotAllowed", message).with(json!({}))
    }

    /// What the sandbox does not serve, and a real server does.
    pub(crate) fn not_served(what: &str) -> Self {
        Self::new(501, "NotImplemented", format!("the sandbox does not serve {what}"))
    }

    pub(crate) fn not_found(resource: &Resource, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", resource.qualified());
        Self::new(404, "NotFound", message).with(resource.details(&resource.plural, name))
    }

    pub(crate) fn no_namespace(name: &str) -> Self {
        Self::new(404, "NotFound", format!("namespaces \"{name}\" not found"))
            .with(json!({"name": name, "kind": "namespaces"}))
    }

    pub(crate) fn exists(resource: &Resource, name: &str, is_ending: bool) -> Self {
        let still = if is_ending { "object is being deleted: " } else { "" };
        let message = format!("{still}{} \"{name}\" already exists", resource.qualified());
        Self::new(409, "AlreadyExists", message).with(resource.details(&resource.plural, name))
    }

    pub(crate) fn conflict(resource: &Resource, name: &str, why: &str) -> Self {
        let resource_name = resource.qualified();
        let message = format!("Operation cannot be fulfilled on {resource_name} \"{name}\": {why}");
        Self::new(409, "Conflict", message).with(resource.details(&resource.plural, name))
    }

    /// A precondition of a deletion that does not hold; the server names the kind here.
    pub(crate) fn precondition(resource: &Resource, name: &str, why: &str) -> Self {
        let kind = resource.qualified_kind();
        let message = format!("Operation cannot be fulfilled on {kind} \"{name}\": {why}");
        Self::new(409, "Conflict", message).with(resource.details(&resource.kind, name))
    }

    pub(crate) fn modified(resource: &Resource, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version \
                   and try again";
        Self::conflict(resource, name, why)
    }

    pub(crate) fn invalid(resource: &Resource, name: &str, causes: &[Cause]) -> Self {
        let subject = format!("{} \"{name}\"", resource.qualified_kind());
        let mut details = resource.details(&resource.kind, name);
        details["causes"] = causes.iter().map(Cause::value).collect();
        Self::new(422, "Invalid", format!("{subject} is invalid: {}", listed(causes))).with(details)
    }

    /// Options that do not go together.
    pub(crate) fn invalid_options(kind: &str, causes: &[Cause]) -> Self {
        let message = format!("{kind}.meta.k8s.io \"\" is invalid: {}", listed(causes));
        let causes: Vec<Value> = causes.iter().map(Cause::value).collect();
        let details = json!({"group": "meta.k8s.io", "kind": kind, "causes": causes});
        Self::new(422, "Invalid", message).with(details)
    }

    /// A patch after which the object cannot be read.
    pub(crate) fn invalid_patch(patched: &Value, why: &str) -> Self {
        let cause = Cause::invalid("patch", &Value::String(patched.to_string()), why);
        let details = json!({"causes": [cause.value()]});
        Self::new(422, "Invalid", format!(" \"\" is invalid: {cause}")).with(details)
    }

    /// A JSON patch of which one operation fails.
    pub(crate) fn failed_patch() -> Self {
        let message = "the server rejected our request due to an error in our request";
        Self::new(422, "Invalid", message).with(json!({}))
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    pub(crate) fn terminating(resource: &Resource, name: &str, namespace: &str) -> Self {
        let message = format!(
            "{} \"{name}\" is forbidden: unable to create new content in namespace {namespace} \
             because it is being terminated",
            resource.qualified()
        );
        let mut details = resource.details(&resource.plural, name);
        details["causes"] = json!([{
            "reason": "NamespaceTerminating",
            "message": format!("namespace {namespace} is being terminated"),
            "field": "metadata.namespace",
        }]);
        Self::new(403, "Forbidden", message).with(details)
    }

    pub(crate) fn field_conflicts(error: &trimtab_merge::Error) -> Option<Self> {
        let trimtab_merge::Error::Conflicts(conflicts) = error else { return None };
        let cause = |conflict: &trimtab_merge::Conflict| {
            json!({
                "reason": "FieldManagerConflict",
                "message": format!("conflict with {}", conflict.manager),
                "field": conflict.path.to_string(),
            })
        };
        let causes: Vec<Value> = conflicts.iter().map(cause).collect();
        let refusal = Self::new(409, "Conflict", error.to_string());
        Some(refusal.with(json!({"causes": causes})))
    }

    /// A body that is too long.
    pub(crate) fn too_large(bytes_max: usize) -> Self {
        let message = format!("Request entity too large: limit is {bytes_max}");
        Self::new(413, "RequestEntityTooLarge", message).with(json!({}))
    }

    pub(crate) fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    pub(crate) fn too_new(asked: u64, current: u64) -> Self {
        let message = format!("Timeout: Too large resource version: {asked}, current: {current}");
        let cause = json!({
            "reason": "ResourceVersionTooLarge",
            "message": "Too large resource version",
        });
        let mut refusal = Self::new(504, "Timeout", message);
        refusal.retry_after_seconds = Some(1);
        refusal.with(json!({"causes": [cause], "retryAfterSeconds": 1}))
    }

    /// The refusal that an answer is.
    pub(crate) fn of(answer: &crate::answer::Answer) -> Self {
        const REASONS: [&str; 14] = [
            "NotFound",
            "AlreadyExists",
            "Conflict",
            "Invalid",
            "Forbidden",
            "BadRequest",
            "Expired",
            "MethodNotAllowed",
            "NotAcceptable",
            "UnsupportedMediaType",
            "Timeout",
            "ServiceUnavailable",
            "NotImplemented",
            "RequestEntityTooLarge",
        ];
        let body = &answer.body;
        let reason = REASONS.into_iter().find(|reason| body["reason"] == **reason).unwrap_or("");
        let message = body["message"].as_str().or(body.as_str()).unwrap_or("");
        let mut refusal = Self::new(answer.code, reason, message);
        refusal.details = body.get("details").cloned();
        refusal
    }

    /// The `Status` object.
    pub fn status(&self) -> Value {
        let mut status = Map::new();
        let mut put = |name: &str, value: Value| drop(status.insert(name.to_owned(), value));
        put("kind", "Status".into());
        put("apiVersion", "v1".into());
        put(
            "metadata",
            match &self.continues {
                Some(token) => json!({"continue": token}),
                None => json!({}),
            },
        );
        put("status", "Failure".into());
        put("message", self.message.clone().into());
        if !self.reason.is_empty() {
            put("reason", self.reason.into());
        }
        if let Some(details) = &self.details {
            put("details", details.clone());
        }
        put("code", self.code.into());
        Value::Object(status)
    }
}

fn listed(causes: &[Cause]) -> String {
    match causes {
        [only] => only.to_string(),
        all => {
            let mut texts: Vec<String> = Vec::new();
            for text in all.iter().map(ToString::to_string) {
                if !texts.contains(&text) {
                    texts.push(text);
                }
            }
            match texts.as_slice() {
                [only] => only.clone(),
                all => format!("[{}]", all.join(", ")),
            }
        }
    }
}
