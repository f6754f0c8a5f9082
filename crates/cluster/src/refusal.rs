//! What a refusal means, and how it is told.

use crate::answer::{Answer, NoAnswer};
use std::fmt::Write as _;
use trimtab_index::answer::Refusal;
use trimtab_model::limit::REFUSAL_BYTES_MAX;
use trimtab_model::{Class, ObjectKey};
use trimtab_ports::cluster::WriteError;
use trimtab_sync::Failure;

/// How the server begins when an apply does not fit the schema, although it says 500.
const UNTYPED: &str = "failed to create typed patch object";
/// How it begins when a value cannot be read as its type, also with 500; measured on 1.36.3 with a
/// Secret whose `data` is not base64. A conversion webhook that does not answer begins so too, but
/// does not go on with [`UNREADABLE`].
const UNCONVERTIBLE: &str = "failed to convert new object";
/// What follows when it is the document's fault.
const UNREADABLE: &str = "unable to convert unstructured object";
/// The field that names the incarnation.
const UID_FIELD: &str = "metadata.uid";

/// What a write's refusal means. Source of the classes: the house's rule for errors, and what a
/// server was seen to answer.
pub fn of_write(key: &ObjectKey, answer: &Answer) -> WriteError {
    let refusal = answer.refusal();
    let refused = |class| WriteError::Refused(Failure { class, message: told(key, &refusal) });
    match refusal.code {
        404 if is_gone(key, &refusal) => WriteError::Gone,
        // A namespace or a definition may be on its way.
        401 | 404 | 429 => refused(Class::Retry),
        409 => WriteError::Stale(told(key, &refusal)),
        422 if refusal.details.causes.iter().any(|cause| cause.field == UID_FIELD) => {
            WriteError::Stale(told(key, &refusal))
        }
        403 if has_cause(&refusal, "NamespaceTerminating") => refused(Class::Retry),
        406 | 415 => refused(Class::Bug),
        400..500 => refused(Class::User),
        500 if fault(&refusal).is_some() => refused(Class::User),
        _ => WriteError::Uncertain(told(key, &refusal)),
    }
}

/// What is wrong with a document, where the server says so with 500: nothing was done then.
fn fault(refusal: &Refusal) -> Option<&'static str> {
    if refusal.message.starts_with(UNTYPED) {
        return Some("the document does not fit the schema of its kind");
    }
    let is_unreadable = refusal.message.contains(UNREADABLE);
    (refusal.message.starts_with(UNCONVERTIBLE) && is_unreadable)
        .then_some("a value of the document cannot be read as its type; is `data` base64?")
}

/// What it means that a write has no answer.
pub fn of_lost_write(lost: NoAnswer) -> WriteError {
    match lost {
        NoAnswer::NotSent(message) => WriteError::Refused(Failure { class: Class::Retry, message }),
        NoAnswer::Lost(message) => WriteError::Uncertain(message),
    }
}

/// What a read's refusal means.
pub fn of_read(key: &ObjectKey, answer: &Answer) -> Failure {
    let refusal = answer.refusal();
    let class = match refusal.code {
        401 | 404 | 429 | 500.. => Class::Retry,
        406 | 415 => Class::Bug,
        _ => Class::User,
    };
    Failure { class, message: told(key, &refusal) }
}

/// What it means that a read has no answer.
pub fn of_lost_read(lost: &NoAnswer) -> Failure {
    Failure { class: Class::Retry, message: lost.message().to_owned() }
}

/// Whether it is the object itself that is not there: not its namespace, not its kind.
pub fn is_gone(key: &ObjectKey, refusal: &Refusal) -> bool {
    refusal.code == 404
        && refusal.reason == "NotFound"
        && refusal.details.name == key.name.as_str()
        && (refusal.details.kind != "namespaces" || key.kind.as_str() == "Namespace")
}

/// The server's sentence for people. Of a Secret it names only the fields: the sentence may quote
/// their values.
pub fn told(key: &ObjectKey, refusal: &Refusal) -> String {
    if key.is("", "Secret") {
        return told_of_secret(key, refusal);
    }
    sentence(refusal)
}

/// The server's sentence as it is, but not longer than people read.
pub fn sentence(refusal: &Refusal) -> String {
    match refusal.message.trim() {
        "" => format!("the cluster answered {}", refusal.code),
        message => cut(message),
    }
}

fn told_of_secret(key: &ObjectKey, refusal: &Refusal) -> String {
    let reason = match (&*refusal.reason, fault(refusal)) {
        (_, Some(fault)) => fault.to_owned(),
        ("", None) => refusal.code.to_string(),
        (reason, None) => reason.to_owned(),
    };
    let causes = refusal.details.causes.iter();
    let fields: Vec<&str> =
        causes.map(|cause| &*cause.field).filter(|field| !field.is_empty()).collect();
    let webhook = refusal.message.strip_prefix("admission webhook \"");
    let webhook = webhook.and_then(|rest| rest.split_once('"')).map(|(name, _)| name);
    let mut sentence = format!("the cluster refuses {key}: {reason}");
    if let Some(webhook) = webhook {
        // Writing into a text cannot fail, here and below.
        let _ = write!(sentence, " by the admission webhook {webhook}");
    }
    if !fields.is_empty() {
        let _ = write!(sentence, " ({})", fields.join(", "));
    }
    cut(&sentence)
}

fn has_cause(refusal: &Refusal, reason: &str) -> bool {
    refusal.details.causes.iter().any(|cause| cause.reason == reason)
}

fn cut(message: &str) -> String {
    let bytes_max = usize::try_from(REFUSAL_BYTES_MAX).unwrap_or(usize::MAX);
    if message.len() <= bytes_max {
        return message.to_owned();
    }
    let end = message.floor_char_boundary(bytes_max);
    format!("{}…", &message[..end])
}

#[cfg(test)]
mod tests {
    use super::{of_lost_write, of_write};
    use crate::answer::{Answer, NoAnswer};
    use serde_json::{Value, json};
    use trimtab_model::{Class, GroupKind, ObjectKey};
    use trimtab_ports::cluster::WriteError;

    fn write(kind: &str, code: u16, body: &Value) -> WriteError {
        let key = ObjectKey::namespaced(&GroupKind::new("", kind), "shop", "web");
        let body = body.to_string().into();
        of_write(&key, &Answer { code, body, retry_after: None, content_type: String::new() })
    }

    fn class(code: u16, body: &Value) -> Class {
        write("Service", code, body).class()
    }

    fn status(code: u16, reason: &str, message: &str) -> Value {
        json!({"kind": "Status", "code": code, "reason": reason, "message": message})
    }

    #[test]
    fn each_refusal_has_the_class_that_says_what_happens_next() {
        assert_eq!(class(400, &status(400, "BadRequest", "no")), Class::User);
        assert_eq!(class(401, &status(401, "Unauthorized", "no")), Class::Retry);
        assert_eq!(class(403, &status(403, "Forbidden", "no")), Class::User);
        assert_eq!(class(413, &status(413, "RequestEntityTooLarge", "no")), Class::User);
        assert_eq!(class(415, &status(415, "UnsupportedMediaType", "no")), Class::Bug);
        assert_eq!(class(422, &status(422, "Invalid", "immutable")), Class::User);
        assert_eq!(class(429, &status(429, "TooManyRequests", "no")), Class::Retry);
        assert_eq!(class(500, &status(500, "InternalError", "webhook")), Class::Uncertain);
        assert_eq!(class(503, &status(503, "ServiceUnavailable", "no")), Class::Uncertain);
        assert_eq!(class(504, &status(504, "Timeout", "no")), Class::Uncertain);
        let untyped = "failed to create typed patch object (shop/web; v1, Kind=Service): .spec.x";
        assert_eq!(class(500, &status(500, "", untyped)), Class::User);
        let unconvertible = "failed to convert new object (shop/web; /v1, Kind=Secret) to proper \
                             version: unable to convert unstructured object to /v1, Kind=Secret: \
                             error decoding from json: illegal base64 data at input byte 7";
        assert_eq!(class(500, &status(500, "", unconvertible)), Class::User);
        let webhook = "failed to convert new object (shop/web; example.com/v1, Kind=X) to proper \
                       version: conversion webhook for example.com/v2 failed: connection refused";
        assert_eq!(class(500, &status(500, "", webhook)), Class::Uncertain);
    }

    #[test]
    fn a_namespace_that_goes_is_waited_for() {
        let mut body = status(403, "Forbidden", "unable to create new content in namespace shop");
        body["details"] = json!({"causes": [{"reason": "NamespaceTerminating"}]});
        assert_eq!(class(403, &body), Class::Retry);
    }

    #[test]
    fn another_incarnation_is_stale_however_the_server_says_it() {
        let mut body = status(422, "Invalid", "metadata.uid: field is immutable");
        body["details"] = json!({"causes": [{"field": "metadata.uid"}]});
        assert!(matches!(write("Service", 422, &body), WriteError::Stale(_)));
        let conflict = status(409, "Conflict", "uid mismatch");
        assert!(matches!(write("Service", 409, &conflict), WriteError::Stale(_)));
    }

    #[test]
    fn what_is_not_found_is_the_object_its_namespace_or_its_kind() {
        let mut body = status(404, "NotFound", "services \"web\" not found");
        body["details"] = json!({"name": "web", "kind": "services"});
        assert_eq!(write("Service", 404, &body), WriteError::Gone);
        body["details"] = json!({"name": "shop", "kind": "namespaces"});
        assert_eq!(write("Service", 404, &body).class(), Class::Retry);
        assert_eq!(write("Service", 404, &json!("404 page not found")).class(), Class::Retry);
    }

    #[test]
    fn a_namespace_of_the_objects_own_name_is_still_its_namespace() {
        let mut body = status(404, "NotFound", "namespaces \"web\" not found");
        body["details"] = json!({"name": "web", "kind": "namespaces"});
        assert_eq!(write("Service", 404, &body).class(), Class::Retry);
    }

    #[test]
    fn of_a_secret_only_the_fields_are_told() {
        let message = "Secret \"web\" is invalid: data[k]: Invalid value: \"hunter2\"";
        let mut body = status(422, "Invalid", message);
        body["details"] = json!({"causes": [{"field": "data[k]", "message": "hunter2"}]});
        let told = write("Secret", 422, &body).to_string();
        assert_eq!(told, "the cluster refuses Secret/shop/web: Invalid (data[k])");
        let webhook = "admission webhook \"policy.example.com\" denied the request: hunter2";
        let told = write("Secret", 400, &status(400, "BadRequest", webhook)).to_string();
        assert!(told.contains("policy.example.com") && !told.contains("hunter2"), "{told}");
    }

    #[test]
    fn a_request_that_was_not_sent_may_be_repeated_and_a_lost_one_may_not() {
        assert_eq!(of_lost_write(NoAnswer::NotSent("x".into())).class(), Class::Retry);
        assert_eq!(of_lost_write(NoAnswer::Lost("x".into())).class(), Class::Uncertain);
    }

    #[test]
    fn a_long_sentence_is_cut_between_characters() {
        let told = write("Service", 422, &status(422, "Invalid", &"ä".repeat(2_000)));
        assert!(told.to_string().ends_with("ä…"));
    }
}
