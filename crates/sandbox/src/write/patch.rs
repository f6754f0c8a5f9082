//! Patches, and applies.

use super::metadata::{metadata, text};
use super::{APPLY, Made, Terms, body};
use crate::patch::{json_patch, merge_patch};
use crate::refusal::{Cause, Refusal};
use crate::request::Request;
use crate::server::{Server, Target};
use crate::{filled, validate};
use serde_json::Value;
use std::sync::Arc;
use trimtab_merge::{Apply, Force, apply};

/// A change that is asked for.
pub(crate) enum Change {
    Apply(Value),
    Merge(Value),
    Json(Vec<Value>),
}

/// The most operations of one JSON patch. Source: apiserver, `handlers/patch.go`.
const OPERATIONS_MAX: usize = 10_000;

/// Reads a patch.
pub(super) fn read(request: &Request, target: &Target) -> Result<Change, Refusal> {
    let value = || serde_json::from_slice::<Value>(&request.body).ok();
    match request.content() {
        APPLY => match value() {
            Some(value) if value.is_object() => Ok(Change::Apply(value)),
            _ => Err(Refusal::not_served("applies in YAML")),
        },
        "application/merge-patch+json" => match value() {
            Some(value) if value.is_object() => Ok(Change::Merge(value)),
            _ => Err(Refusal::bad_request("error decoding patch: json: it is no object")),
        },
        "application/json-patch+json" => match value() {
            Some(Value::Array(operations)) if operations.len() <= OPERATIONS_MAX => {
                Ok(Change::Json(operations))
            }
            Some(Value::Array(_)) => Err(Refusal::new(
                413,
                "RequestEntityTooLarge",
                format!("The allowed maximum operations in a JSON patch is {OPERATIONS_MAX}"),
            )),
            _ => Err(Refusal::bad_request("error decoding patch: json: it is no list")),
        },
        "application/strategic-merge-patch+json" if !target.resource.is_custom() => {
            Err(Refusal::not_served("strategic merge patch"))
        }
        "application/apply-patch+cbor" => Err(Refusal::not_served("applies in CBOR")),
        "application/strategic-merge-patch+json" => Err(Refusal::new(
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: \
             application/json-patch+json, application/merge-patch+json, \
             application/apply-patch+yaml",
        )),
        _ => {
            let mut refusal =
                Refusal::new(415, "UnsupportedMediaType", "415: Unsupported Media Type");
            refusal.details = Some(super::create::empty());
            Err(refusal)
        }
    }
}

impl Server {
    /// Changes an object as a patch asks.
    pub(crate) fn change(
        &mut self,
        target: &Target,
        change: Change,
        terms: &Terms,
    ) -> Result<Made, Refusal> {
        let options = |cause: Cause| Refusal::invalid_options("PatchOptions", &[cause]);
        let is_apply = matches!(change, Change::Apply(_));
        if terms.force.is_some() && !is_apply {
            let why = "may not be specified for non-apply patch";
            return Err(options(Cause::forbidden("force", why)));
        }
        if is_apply && !terms.is_named {
            return Err(options(Cause::required("fieldManager", "is required for apply patch")));
        }
        let stored = self.store.get(&target.key()).cloned();
        let live = stored.map(|stored| target.seen(&stored));
        match change {
            Change::Apply(desired) => self.apply(target, live, &desired, terms),
            Change::Merge(patch) => {
                let live =
                    live.ok_or_else(|| Refusal::not_found(&target.resource, &target.name))?;
                let patched = merge_patch(Value::clone(&live), &patch);
                self.patched(target, &live, patched, terms)
            }
            Change::Json(operations) => {
                let live =
                    live.ok_or_else(|| Refusal::not_found(&target.resource, &target.name))?;
                let patched = json_patch(Value::clone(&live), &operations);
                let patched = patched.ok_or_else(Refusal::failed_patch)?;
                self.patched(target, &live, patched, terms)
            }
        }
    }

    fn patched(
        &mut self,
        target: &Target,
        live: &Arc<Value>,
        mut patched: Value,
        terms: &Terms,
    ) -> Result<Made, Refusal> {
        let whole = patched.clone();
        let is_other = |name: &str| patched.get(name) != live.get(name);
        if !patched.is_object() || is_other("kind") || is_other("apiVersion") {
            return Err(Refusal::invalid_patch(&whole, "the object has another kind"));
        }
        let warnings = body::known(target, &mut patched, terms)
            .map_err(|why| Refusal::invalid_patch(&whole, &why))?;
        let name = text(&patched, "name");
        if name != target.name {
            return Err(validate::other_name(target, name));
        }
        validate::namespace(target, &patched)?;
        let object = self.updated(target, live, patched, terms)?;
        Ok(Made { object, is_new: false, warnings })
    }

    fn apply(
        &mut self,
        target: &Target,
        live: Option<Arc<Value>>,
        desired: &Value,
        terms: &Terms,
    ) -> Result<Made, Refusal> {
        check_applied(target, desired)?;
        if live.is_none() {
            check_created(target, desired)?;
        }
        let applied = apply(&Apply {
            schema: &target.version.schema,
            live: live.as_deref(),
            desired,
            manager: &terms.manager,
            subresource: &target.subresource,
            force: terms.force.unwrap_or(Force::Refuse),
            now: self.now(),
        });
        let applied = applied
            .map_err(|error| Refusal::field_conflicts(&error).unwrap_or_else(|| refused(&error)))?;
        if live.is_some() && !has_null(desired) {
            validate::merged(target, &applied.object)?;
        }
        let mut object = filled::filled(target, applied.object);
        if target.resource.namespaced {
            metadata(&mut object).insert("namespace".into(), target.namespace.clone().into());
        }
        let warnings = Vec::new();
        match live {
            None => {
                let object = self.create_owned(target, object, terms)?;
                Ok(Made { object, is_new: true, warnings })
            }
            Some(live) => {
                let object = filled::retained(target, &live, object);
                let object = self.update_owned(target, &live, object, terms)?;
                Ok(Made { object, is_new: false, warnings })
            }
        }
    }
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

fn check_applied(target: &Target, desired: &Value) -> Result<(), Refusal> {
    let said = |name: &str| desired.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    let (kind, version) = (said("kind"), said("apiVersion"));
    if kind != target.resource.kind || version != target.api_version() {
        let slash = if version.contains('/') { "" } else { "/" };
        let message = format!("invalid object type: {slash}{version}, Kind={kind}");
        return Err(Refusal::bad_request(message));
    }
    if desired["metadata"].get("managedFields").is_some_and(|fields| !fields.is_null()) {
        return Err(Refusal::bad_request("metadata.managedFields must be nil"));
    }
    validate::namespace(target, desired)?;
    match text(desired, "name") {
        name if !name.is_empty() && name != target.name => Err(validate::other_name(target, name)),
        _ => Ok(()),
    }
}

/// An apply that would create.
fn check_created(target: &Target, desired: &Value) -> Result<(), Refusal> {
    if !target.subresource.is_empty() {
        return Err(Refusal::not_found(&target.resource, &target.name));
    }
    if text(desired, "name").is_empty() {
        return Err(validate::no_name(target));
    }
    let uid = text(desired, "uid");
    if !uid.is_empty() {
        let why = format!(
            "uid mismatch: the provided object specified uid {uid}, and no existing object was \
             found"
        );
        return Err(Refusal::conflict(&target.resource, &target.name, &why));
    }
    Ok(())
}

fn refused(error: &trimtab_merge::Error) -> Refusal {
    use trimtab_merge::Error;
    match error {
        Error::CarriesManagedFields => Refusal::bad_request(error.to_string()),
        _ => Refusal::new(500, "", error.to_string()),
    }
}
