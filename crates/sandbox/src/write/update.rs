//! Changing an object that is there.

use super::metadata::{finalizers, is_ending, metadata, text};
use super::{Made, Terms, body};
use crate::refusal::Refusal;
use crate::server::{Server, Target};
use crate::{filled, validate};
use serde_json::{Map, Value};
use std::sync::Arc;
use trimtab_merge::{Update, is_settled, update};

impl Server {
    /// Replaces an object.
    pub(crate) fn replace(
        &mut self,
        target: &Target,
        mut object: Value,
        terms: &Terms,
    ) -> Result<Made, Refusal> {
        match text(&object, "name") {
            "" => return Err(validate::no_name(target)),
            name if name != target.name => return Err(validate::other_name(target, name)),
            _ => {}
        }
        let Some(stored) = self.store.get(&target.key()).cloned() else {
            if target.resource.habits.put_creates && target.subresource.is_empty() {
                return self.create(target, object, terms);
            }
            return Err(Refusal::not_found(&target.resource, &target.name));
        };
        let live = target.seen(&stored);
        let warnings = body::known(target, &mut object, terms).map_err(|why| {
            let (kind, version) = (&target.resource.kind, &target.version.name);
            Refusal::bad_request(format!(
                "{kind} in version \"{version}\" cannot be handled as a {kind}: {why}"
            ))
        })?;
        validate::namespace(target, &object)?;
        let uid = text(&object, "uid");
        if !uid.is_empty() && uid != text(&live, "uid") {
            return Err(validate::other_uid(target, uid, &live));
        }
        let object = self.updated(target, &live, object, terms)?;
        Ok(Made { object, is_new: false, warnings })
    }

    /// Says who owns what after an update, and stores it.
    pub(crate) fn updated(
        &mut self,
        target: &Target,
        live: &Arc<Value>,
        mut object: Value,
        terms: &Terms,
    ) -> Result<Arc<Value>, Refusal> {
        version_of(target, live, &mut object)?;
        if target.resource.namespaced {
            metadata(&mut object).insert("namespace".into(), target.namespace.clone().into());
        }
        let object = filled::filled(target, object);
        let object = filled::retained(target, live, object);
        let object = update(&Update {
            schema: &target.version.schema,
            old: Some(live),
            new: &object,
            manager: &terms.manager,
            subresource: &target.subresource,
            now: self.now(),
        });
        self.update_owned(target, live, object, terms)
    }

    /// Stores an object whose managed fields are written, over the live one.
    pub(crate) fn update_owned(
        &mut self,
        target: &Target,
        live: &Arc<Value>,
        object: Value,
        terms: &Terms,
    ) -> Result<Arc<Value>, Refusal> {
        let resource = &target.resource;
        if text(&object, "resourceVersion") != text(live, "resourceVersion") {
            return Err(Refusal::modified(resource, &target.name));
        }
        let mut object = filled::counted(target, live, reserved(target, live, object));
        keep_metadata(live, &mut object);
        validate::changed(target, live, &object)?;
        if target.subresource.is_empty() {
            validate::beside(self, target, &object)?;
        }
        count_generation(target, live, &mut object);
        if is_settled(live, &object) {
            return Ok(live.clone());
        }
        if terms.dry_run {
            return Ok(Arc::new(object));
        }
        if is_ending(live) && finalizers(&object).next().is_none() && is_done(&object) {
            self.end(&target.key());
            return Ok(Arc::new(object));
        }
        Ok(self.keep(target, object))
    }
}

/// An update that names a version is of that version; one that names none is of any, where the
/// kind allows it.
fn version_of(target: &Target, live: &Value, object: &mut Value) -> Result<(), Refusal> {
    let seen = text(object, "resourceVersion").to_owned();
    if seen.is_empty() || seen == "0" {
        if target.resource.habits.update_needs_version || target.resource.is_custom() {
            return Err(validate::version_needed(target));
        }
        let version = live["metadata"]["resourceVersion"].clone();
        metadata(object).insert("resourceVersion".into(), version);
        return Ok(());
    }
    if seen.parse::<u64>().is_err() {
        let message = format!("strconv.ParseUint: parsing \"{seen}\": invalid syntax");
        return Err(Refusal::new(500, "", message));
    }
    Ok(())
}

/// Whether nothing but finalizers kept an object that is being deleted.
fn is_done(object: &Value) -> bool {
    object["metadata"]["deletionGracePeriodSeconds"].as_i64().unwrap_or(0) == 0
        && object["spec"]["finalizers"].as_array().is_none_or(Vec::is_empty)
}

/// What this way of writing does not change comes from the live object. Source:
/// `PrepareForUpdate` of the server's strategies.
fn reserved(target: &Target, live: &Value, mut object: Value) -> Value {
    let custom = target.resource.is_custom();
    let take = |object: &mut Value, name: &str| {
        let Some(fields) = object.as_object_mut() else { return };
        match live.get(name) {
            Some(value) => drop(fields.insert(name.to_owned(), value.clone())),
            None => drop(fields.remove(name)),
        }
    };
    match target.subresource.as_str() {
        "status" if custom => {
            let status = object.get("status").cloned();
            let managed = object["metadata"].get("managedFields").cloned();
            let mut kept = live.clone();
            if let (Some(fields), Some(status)) = (kept.as_object_mut(), status) {
                fields.insert("status".into(), status);
            } else if let Some(fields) = kept.as_object_mut() {
                fields.remove("status");
            }
            match managed {
                Some(managed) => drop(metadata(&mut kept).insert("managedFields".into(), managed)),
                None => drop(metadata(&mut kept).remove("managedFields")),
            }
            return kept;
        }
        "status" => {
            take(&mut object, "spec");
            let labels = live["metadata"].get("labels").cloned();
            let keeps_labels = target.resource.group == "apps";
            if keeps_labels {
                match labels {
                    Some(labels) => drop(metadata(&mut object).insert("labels".into(), labels)),
                    None => drop(metadata(&mut object).remove("labels")),
                }
            }
        }
        _ if target.resource.is("", "namespaces") => {
            take(&mut object, "status");
            take(&mut object, "spec");
        }
        _ if target.version.status => take(&mut object, "status"),
        _ => {}
    }
    object
}

/// What a write cannot take out of metadata.
fn keep_metadata(live: &Value, object: &mut Value) {
    let metadata = metadata(object);
    for name in ["uid", "creationTimestamp"] {
        let is_unset = metadata
            .get(name)
            .is_none_or(|value| value.is_null() || value.as_str().is_some_and(str::is_empty));
        if is_unset && let Some(value) = live["metadata"].get(name) {
            metadata.insert(name.to_owned(), value.clone());
        }
    }
    for name in ["generation", "deletionTimestamp", "deletionGracePeriodSeconds"] {
        match live["metadata"].get(name) {
            Some(value) => drop(metadata.insert(name.to_owned(), value.clone())),
            None => drop(metadata.remove(name)),
        }
    }
    metadata.remove("selfLink");
}

/// Counts a change of what the object should be.
fn count_generation(target: &Target, live: &Value, object: &mut Value) {
    let custom = target.resource.is_custom();
    if !(custom || target.resource.habits.counts_generations) || target.subresource == "status" {
        return;
    }
    let has_status = target.version.status;
    let is_counted = |name: &str| name != "metadata" && !(has_status && name == "status");
    let labels = |object: &Value| {
        target.resource.habits.labels_count.then(|| object["metadata"]["labels"].clone())
    };
    if !are_equal(live, object, is_counted) || labels(live) != labels(object) {
        let generation = live["metadata"]["generation"].as_i64().unwrap_or(0);
        metadata(object).insert("generation".into(), (generation + 1).into());
    }
}

/// Whether two objects have the same in some of their members.
fn are_equal(left: &Value, right: &Value, which: impl Fn(&str) -> bool) -> bool {
    let (Some(left), Some(right)) = (left.as_object(), right.as_object()) else {
        return left == right;
    };
    let count = |members: &Map<String, Value>| members.keys().filter(|name| which(name)).count();
    let same = |(name, value): (&String, &Value)| !which(name) || right.get(name) == Some(value);
    left.iter().all(same) && count(left) == count(right)
}
