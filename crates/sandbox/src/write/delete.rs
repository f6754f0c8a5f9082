//! Deleting objects.

use super::Terms;
use super::metadata::{finalizers, is_ending, metadata, text, time};
use crate::answer::Answer;
use crate::read::Form;
use crate::refusal::{Cause, Refusal};
use crate::request::Request;
use crate::server::{Server, Target};
use crate::store::Key;
use serde_json::{Value, json};
use std::sync::Arc;

/// What happens to what an object owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Propagation {
    /// It goes first.
    Foreground,
    /// It goes later.
    Background,
    /// It stays.
    Orphan,
}

/// The finalizer that waits for what an object owns.
pub(crate) const FOREGROUND: &str = "foregroundDeletion";
/// The finalizer that waits until what an object owns is freed.
pub(crate) const ORPHAN: &str = "orphan";

/// The options of a deletion.
#[derive(Debug, Default)]
pub(crate) struct Options {
    uid: Option<String>,
    resource_version: Option<String>,
    propagation: Option<Propagation>,
    grace_seconds: Option<i64>,
    /// Said by the word that was used before there were policies.
    says_dependents_go: bool,
    dry_run: bool,
}

/// What a deletion has done.
pub(crate) enum Deleted {
    /// The object is gone; this was its last state.
    Gone(Arc<Value>),
    /// It is going.
    Going(Arc<Value>),
}

impl Options {
    /// What is owned goes later.
    pub fn background() -> Self {
        Self { propagation: Some(Propagation::Background), ..Self::default() }
    }

    /// What is owned goes first.
    pub fn foreground() -> Self {
        Self { propagation: Some(Propagation::Foreground), ..Self::default() }
    }

    fn read(request: &Request) -> Result<Self, Refusal> {
        let body: Value = match request.body.as_ref() {
            [] => Value::Null,
            bytes => serde_json::from_slice(bytes)
                .map_err(|_| Refusal::bad_request("couldn't get version/kind; json parse error"))?,
        };
        // With a body, what is in the query does not count. Source: apiserver, `handlers/delete.go`.
        let has_body = !request.body.is_empty();
        let parameter =
            |name: &str| request.parameter(name).filter(|_| !has_body).map(str::to_owned);
        let either =
            |name: &str| body[name].as_str().map(str::to_owned).or_else(|| parameter(name));
        let orphans = body["orphanDependents"]
            .as_bool()
            .or_else(|| parameter("orphanDependents").map(|_| request.flag("orphanDependents")));
        let propagation = propagation(either("propagationPolicy").as_deref(), orphans)?;
        let unserved = "ignoreStoreReadErrorWithClusterBreakingPotential";
        if !body[unserved].is_null() || request.parameter(unserved).is_some() {
            return Err(Refusal::not_served(&format!("the parameter {unserved}")));
        }
        let condition = |name: &str| body["preconditions"][name].as_str().map(str::to_owned);
        let grace = body["gracePeriodSeconds"].as_i64();
        Ok(Self {
            uid: condition("uid"),
            resource_version: condition("resourceVersion"),
            propagation,
            says_dependents_go: orphans == Some(false),
            dry_run: body["dryRun"].as_array().is_some_and(|dry| dry.contains(&json!("All")))
                || parameter("dryRun").is_some(),
            grace_seconds: grace
                .or_else(|| parameter("gracePeriodSeconds").and_then(|text| text.parse().ok())),
        })
    }
}

impl Server {
    pub(crate) fn delete(&mut self, request: &Request, target: &Target) -> Result<Answer, Refusal> {
        let form = Form::of(request)?;
        Terms::read(request, "DeleteOptions")?;
        let options = Options::read(request)?;
        match self.delete_one(target, &options, options.dry_run)? {
            Deleted::Going(object) => {
                let code = if options.says_dependents_go { 202 } else { 200 };
                Ok(Answer::json(code, form.object(&target.seen(&object))))
            }
            Deleted::Gone(object) if target.resource.habits.deletion_answers_object => {
                Ok(Answer::json(200, form.object(&target.seen(&object))))
            }
            Deleted::Gone(object) => {
                let mut details = target.resource.details(&target.resource.plural, &target.name);
                details["uid"] = object["metadata"]["uid"].clone();
                Ok(Answer::json(
                    200,
                    json!({
                        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
                        "details": details,
                    }),
                ))
            }
        }
    }

    pub(crate) fn delete_collection(
        &mut self,
        request: &Request,
        target: &Target,
    ) -> Result<Answer, Refusal> {
        Terms::read(request, "DeleteOptions")?;
        let options = Options::read(request)?;
        let listed = self.list(request, target)?;
        let names: Vec<String> = listed.body["items"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|item| text(item, "name").to_owned())
            .collect();
        for name in names {
            match self.delete_one(&target.named(&name), &options, options.dry_run) {
                Err(refusal) if refusal.code != 404 => return Err(refusal),
                _ => {}
            }
        }
        Ok(listed)
    }

    pub(crate) fn delete_one(
        &mut self,
        target: &Target,
        options: &Options,
        dry_run: bool,
    ) -> Result<Deleted, Refusal> {
        let resource = &target.resource;
        let key = target.key();
        let live = self.store.get(&key).cloned();
        let live = live.ok_or_else(|| Refusal::not_found(resource, &target.name))?;
        preconditions(target, options, &live)?;
        let mut object = Value::clone(&live);
        let propagation = options.propagation.or_else(|| {
            // A policy that was asked for before stays.
            let orphans = resource.habits.orphans_by_default && !is_ending(&live);
            orphans.then_some(Propagation::Orphan)
        });
        set_propagation(&mut object, propagation);
        let grace = grace(target, options, &live);
        let is_definition = resource.is("apiextensions.k8s.io", "customresourcedefinitions");
        let waits = is_definition
            || finalizers(&object).next().is_some()
            || grace > 0
            || (resource.is("", "namespaces") && has_contents(&object));
        if !waits {
            if dry_run {
                return Ok(Deleted::Gone(live));
            }
            let last = self.end(&key).unwrap_or(live);
            return Ok(Deleted::Gone(last));
        }
        self.mark(target, &mut object, grace);
        if object == *live {
            return Ok(Deleted::Going(live));
        }
        if dry_run {
            return Ok(Deleted::Going(Arc::new(object)));
        }
        Ok(Deleted::Going(self.keep(target, object)))
    }

    /// Says in an object that it is being deleted.
    fn mark(&self, target: &Target, object: &mut Value, grace: i64) {
        let now = self.now();
        let is_namespace = target.resource.is("", "namespaces");
        if is_namespace {
            object["status"]["phase"] = "Terminating".into();
        }
        let ending = is_ending(object);
        if ending {
            return;
        }
        if target.resource.is("apiextensions.k8s.io", "customresourcedefinitions") {
            crate::definition::mark(object, &time(now));
            return;
        }
        let ends = now
            .checked_add(std::time::Duration::from_secs(u64::try_from(grace).unwrap_or(0)))
            .unwrap_or(now);
        let metadata = metadata(object);
        metadata.insert("deletionTimestamp".into(), time(ends).into());
        if !is_namespace {
            metadata.insert("deletionGracePeriodSeconds".into(), grace.into());
        }
        if let Some(generation) = metadata.get("generation").and_then(Value::as_i64) {
            metadata.insert("generation".into(), (generation + 1).into());
        }
    }

    /// Removes an object for good, and lets the controllers see it.
    pub(crate) fn end(&mut self, key: &Key) -> Option<Arc<Value>> {
        let last = self.store.remove(key)?;
        self.ended(key, &last);
        Some(last)
    }
}

/// What happens to what is owned, by the policy that is asked for, or by the word that was used
/// before there were policies. Source: apimachinery, `pkg/apis/meta/v1/validation`.
fn propagation(
    policy: Option<&str>,
    orphans: Option<bool>,
) -> Result<Option<Propagation>, Refusal> {
    let refuse = |cause| Err(Refusal::invalid_options("DeleteOptions", &[cause]));
    match (policy, orphans) {
        (Some(policy), Some(_)) => {
            let why = "orphanDependents and deletionPropagation cannot be both set";
            refuse(Cause::invalid("propagationPolicy", &policy.into(), why))
        }
        (None, Some(true)) | (Some("Orphan"), None) => Ok(Some(Propagation::Orphan)),
        (None, Some(false)) | (Some("Background"), None) => Ok(Some(Propagation::Background)),
        (Some("Foreground"), None) => Ok(Some(Propagation::Foreground)),
        (None, None) => Ok(None),
        (Some(other), None) => {
            let supported = ["Foreground", "Background", "Orphan", "nil"];
            refuse(Cause::unsupported("propagationPolicy", &format!("{other:?}"), &supported))
        }
    }
}

fn preconditions(target: &Target, options: &Options, live: &Value) -> Result<(), Refusal> {
    let uid = text(live, "uid");
    if let Some(asked) = options.uid.as_deref().filter(|asked| *asked != uid) {
        let why = format!(
            "the UID in the precondition ({asked}) does not match the UID in record ({uid}). The \
             object might have been deleted and then recreated"
        );
        return Err(Refusal::precondition(&target.resource, &target.name, &why));
    }
    let version = text(live, "resourceVersion");
    if let Some(asked) = options.resource_version.as_deref().filter(|asked| *asked != version) {
        let why = format!(
            "the ResourceVersion in the precondition ({asked}) does not match the ResourceVersion \
             in record ({version}). The object might have been modified"
        );
        return Err(Refusal::precondition(&target.resource, &target.name, &why));
    }
    Ok(())
}

/// Puts the finalizer of a policy in the place of another's.
fn set_propagation(object: &mut Value, propagation: Option<Propagation>) {
    let Some(propagation) = propagation else { return };
    let mut kept: Vec<Value> = finalizers(object)
        .filter(|finalizer| *finalizer != FOREGROUND && *finalizer != ORPHAN)
        .map(Value::from)
        .collect();
    match propagation {
        Propagation::Foreground => kept.push(FOREGROUND.into()),
        Propagation::Orphan => kept.push(ORPHAN.into()),
        Propagation::Background => {}
    }
    let metadata = metadata(object);
    if kept.is_empty() {
        metadata.remove("finalizers");
    } else {
        metadata.insert("finalizers".into(), kept.into());
    }
}

/// For how many seconds an object goes on: only Pods that are on a node do.
fn grace(target: &Target, options: &Options, live: &Value) -> i64 {
    let is_placed = live["spec"]["nodeName"].as_str().is_some_and(|node| !node.is_empty());
    let is_over = matches!(live["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    if !target.resource.is("", "pods") || !is_placed || is_over {
        return 0;
    }
    let own = live["spec"]["terminationGracePeriodSeconds"].as_i64().unwrap_or(30);
    options.grace_seconds.unwrap_or(own).max(0)
}

fn has_contents(namespace: &Value) -> bool {
    namespace["spec"]["finalizers"].as_array().is_some_and(|list| !list.is_empty())
}
