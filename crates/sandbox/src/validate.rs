//! What the server refuses.

mod change;
mod custom;
mod kinds;
mod metadata;
mod names;

use crate::refusal::{Cause, Refusal};
use crate::server::{Server, Target};
use crate::write::metadata::text;
use serde_json::Value;

/// The object's namespace must be that of the path.
pub(crate) fn namespace(target: &Target, object: &Value) -> Result<(), Refusal> {
    let own = text(object, "namespace");
    if target.resource.namespaced && !own.is_empty() && own != target.namespace {
        let message = "the namespace of the provided object does not match the namespace sent on \
                       the request";
        return Err(Refusal::bad_request(message));
    }
    Ok(())
}

/// The object's name is not that of the path.
pub(crate) fn other_name(target: &Target, name: &str) -> Refusal {
    Refusal::bad_request(format!(
        "the name of the object ({name}) does not match the name on the URL ({})",
        target.name
    ))
}

/// The object has no name.
pub(crate) fn no_name(target: &Target) -> Refusal {
    Refusal::bad_request(format!(
        "the name of the object ({} based on URL) was undeterminable: name must be provided",
        target.name
    ))
}

/// The object is not the incarnation that the writer means.
pub(crate) fn other_uid(target: &Target, uid: &str, live: &Value) -> Refusal {
    let why = format!(
        "Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
        text(live, "uid")
    );
    Refusal::conflict(&target.resource, &target.name, &why)
}

/// An update of this kind has to name a version.
pub(crate) fn version_needed(target: &Target) -> Refusal {
    let resource = target.resource.qualified();
    let cause = "Invalid value: 0: must be specified for an update";
    let message =
        format!("{resource} \"{}\" is invalid: metadata.resourceVersion: {cause}", target.name);
    let mut refusal = Refusal::new(422, "Invalid", message);
    let mut details = target.resource.details(&target.resource.plural, &target.name);
    details["causes"] = serde_json::json!([{
        "reason": "FieldValueInvalid", "message": cause, "field": "metadata.resourceVersion",
    }]);
    refusal.details = Some(details);
    refusal
}

/// What is wrong with a new object by itself.
pub(crate) fn object(target: &Target, object: &Value) -> Result<(), Refusal> {
    let mut causes: Vec<Cause> = names::name(target, object);
    causes.extend(metadata::problems(target, object));
    causes.extend(of_kind(target, object));
    refuse(target, &causes)
}

/// What is wrong with what an apply has merged.
pub(crate) fn merged(target: &Target, merged: &Value) -> Result<(), Refusal> {
    refuse(target, &custom::nulls(target, merged))
}

/// What is wrong with a changed object by itself, and with the change.
pub(crate) fn changed(target: &Target, live: &Value, object: &Value) -> Result<(), Refusal> {
    let mut causes = change::of_metadata(live, object);
    if target.subresource.is_empty() {
        let problems = metadata::problems(target, object);
        // The server asks twice, once for every kind and once for this one.
        causes.extend(problems.iter().cloned());
        causes.extend(problems);
        causes.extend(of_kind(target, object));
        causes.extend(change::of_kind(target, live, object));
    }
    refuse(target, &causes)
}

fn of_kind(target: &Target, object: &Value) -> Vec<Cause> {
    if target.resource.is_custom() {
        custom::problems(target, object)
    } else {
        kinds::problems(target, object)
    }
}

/// What is wrong with an object among all others.
pub(crate) fn beside(server: &Server, target: &Target, object: &Value) -> Result<(), Refusal> {
    if target.resource.is("apiextensions.k8s.io", "customresourcedefinitions") {
        return refuse(target, &crate::definition::problems(server, object));
    }
    Ok(())
}

pub(crate) fn refuse(target: &Target, causes: &[Cause]) -> Result<(), Refusal> {
    if causes.is_empty() {
        return Ok(());
    }
    Err(Refusal::invalid(&target.resource, &target.name, causes))
}
