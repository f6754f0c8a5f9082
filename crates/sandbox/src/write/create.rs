//! Creating an object.

use super::metadata::{generated, metadata, text, time, uid};
use super::{Made, Terms, body};
use crate::refusal::{Cause, Refusal};
use crate::server::{Server, Target};
use crate::store::Key;
use crate::{filled, validate};
use serde_json::{Map, Value};
use std::sync::Arc;
use trimtab_merge::{Update, update};

impl Server {
    /// Creates an object by a write that is no apply.
    pub(crate) fn create(
        &mut self,
        target: &Target,
        mut object: Value,
        terms: &Terms,
    ) -> Result<Made, Refusal> {
        let warnings = body::known(target, &mut object, terms).map_err(|why| {
            let (kind, version) = (&target.resource.kind, &target.version.name);
            Refusal::bad_request(format!(
                "{kind} in version \"{version}\" cannot be handled as a {kind}: {why}"
            ))
        })?;
        if !text(&object, "resourceVersion").is_empty() {
            let message = "resourceVersion should not be set on objects to be created";
            return Err(Refusal::new(500, "", message));
        }
        self.place(target, &mut object)?;
        let object = filled::filled(target, object);
        let object = update(&Update {
            schema: &target.version.schema,
            old: None,
            new: &object,
            manager: &terms.manager,
            subresource: &target.subresource,
            now: self.now(),
        });
        let object = self.create_owned(target, object, terms)?;
        Ok(Made { object, is_new: true, warnings })
    }

    /// Gives the object its namespace, and a name if it has none.
    fn place(&self, target: &Target, object: &mut Value) -> Result<(), Refusal> {
        validate::namespace(target, object)?;
        let (name, base) =
            (text(object, "name").to_owned(), text(object, "generateName").to_owned());
        if !target.name.is_empty() && !name.is_empty() && name != target.name {
            return Err(validate::other_name(target, &name));
        }
        let name = match (name.as_str(), base.as_str()) {
            ("", "") => target.name.clone(),
            ("", base) => generated(base, &*self.seams.randomness),
            _ => name,
        };
        let metadata = metadata(object);
        if !name.is_empty() {
            metadata.insert("name".into(), name.into());
        }
        if target.resource.namespaced {
            metadata.insert("namespace".into(), target.namespace.clone().into());
        } else {
            metadata.remove("namespace");
        }
        Ok(())
    }

    /// Creates an object whose managed fields are written.
    pub(crate) fn create_owned(
        &mut self,
        target: &Target,
        mut object: Value,
        terms: &Terms,
    ) -> Result<Arc<Value>, Refusal> {
        let name = text(&object, "name").to_owned();
        let target = target.named(&name);
        self.admit(&target)?;
        if name.is_empty() {
            let cause = Cause::required("metadata.name", "name or generateName is required");
            return Err(Refusal::invalid(&target.resource, "", &[cause]));
        }
        self.begin(&target, &mut object);
        let mut object = filled::begun(&target, object);
        validate::object(&target, &object)?;
        validate::beside(self, &target, &object)?;
        if let Some(there) = self.store.get(&target.key()) {
            return Err(Refusal::exists(
                &target.resource,
                &name,
                super::metadata::is_ending(there),
            ));
        }
        filled::allotted(self, &target, &mut object);
        if terms.dry_run {
            return Ok(Arc::new(object));
        }
        Ok(self.keep(&target, object))
    }

    /// Stores an object in its stored version, and lets the controllers see it.
    pub(crate) fn keep(&mut self, target: &Target, mut object: Value) -> Arc<Value> {
        object["apiVersion"] = target.resource.api_version(&target.resource.stored_at).into();
        let key = target.key();
        let kept = self.store.put(key.clone(), object);
        self.noticed(&key);
        target.seen(&kept)
    }

    /// Nothing is created in a namespace that is absent or ends.
    fn admit(&self, target: &Target) -> Result<(), Refusal> {
        if !target.resource.namespaced {
            return Ok(());
        }
        let key = Key::new("", "namespaces", "", &target.namespace);
        match self.store.get(&key) {
            None => Err(Refusal::no_namespace(&target.namespace)),
            Some(namespace) if super::metadata::is_ending(namespace) => {
                Err(Refusal::terminating(&target.resource, &target.name, &target.namespace))
            }
            Some(_) => Ok(()),
        }
    }

    /// What only the server writes into a new object.
    fn begin(&self, target: &Target, object: &mut Value) {
        let habits = target.resource.habits;
        let now = time(self.now());
        let uid = uid(&*self.seams.randomness);
        let metadata = metadata(object);
        for name in
            ["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"]
        {
            metadata.remove(name);
        }
        metadata.insert("uid".into(), uid.into());
        metadata.insert("creationTimestamp".into(), now.into());
        if habits.counts_generations || target.resource.is_custom() {
            metadata.insert("generation".into(), 1.into());
        } else {
            metadata.remove("generation");
        }
        if target.version.status
            && let Some(fields) = object.as_object_mut()
        {
            let keeps = target.resource.is("", "nodes");
            if !keeps {
                fields.remove("status");
            }
        }
    }
}

/// An empty map.
pub(crate) fn empty() -> Value {
    Value::Object(Map::new())
}
