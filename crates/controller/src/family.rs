//! The doors, behind one face: the only place of the shell that knows their names.

use crate::engine::Reading;
use crate::slot::Slot;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use trimtab_argoproj as argoproj;
use trimtab_model::{
    App, AppId, FieldManager, GroupKind, GroupVersionKind, Mark, Namespace, Timestamp, Version,
};
use trimtab_project::Cluster;
use trimtab_sync::{Condition, Habits, Happening, Record, Report};

/// Both families.
#[derive(Clone, Debug)]
pub struct Families {
    argoproj: argoproj::Settings,
}

impl Families {
    /// The families of an installation in a namespace.
    pub fn new(namespace: &Namespace) -> Self {
        Self { argoproj: argoproj::Settings::new(namespace.clone()) }
    }

    /// The kind behind a reading, at the version that is read.
    pub(crate) fn kind(&self, reading: Reading) -> GroupVersionKind {
        match reading {
            Reading::Definitions => {
                GroupVersionKind::of("apiextensions.k8s.io/v1", "CustomResourceDefinition")
            }
            Reading::Projects => GroupVersionKind::of("argoproj.io/v1alpha1", "AppProject"),
            Reading::Applications => GroupVersionKind::of("argoproj.io/v1alpha1", "Application"),
        }
    }

    /// The version at which resources of a kind are written.
    pub(crate) fn version(&self, kind: &GroupKind) -> Version {
        let of = [Reading::Applications].map(|reading| self.kind(reading));
        of.into_iter().find(|k| k.group_kind() == *kind).map_or_else(|| "v1".into(), |k| k.version)
    }

    /// Which application a resource is.
    pub(crate) fn id(&self, resource: &Value) -> Option<AppId> {
        argoproj::id(resource)
    }

    /// What a resource says, or what is wrong with it.
    pub(crate) fn app(&self, resource: &Value) -> Result<Box<(App, Record)>, Vec<Condition>> {
        argoproj::app(resource, &[], &self.argoproj).map(Box::new).map_err(|invalid| invalid.conditions)
    }

    /// The patch that makes a resource's status say this; nothing when it does already.
    pub(crate) fn status(&self, slot: &Slot, app: &App, report: &Report, now: Timestamp) -> Option<Value> {
        argoproj::status(&slot.resource, app, report, &self.argoproj, now)
    }

    /// The same for a resource that cannot be read.
    pub(crate) fn status_of_invalid(&self, slot: &Slot, conditions: &[Condition], now: Timestamp) -> Option<Value> {
        let invalid = argoproj::Invalid { conditions: conditions.to_vec() };
        argoproj::status_of_invalid(&slot.resource, &invalid, now)
    }

    /// The subresource that holds the status, if the kind has one.
    pub(crate) fn status_subresource(&self, _kind: &GroupKind) -> Option<Arc<str>> {
        None
    }

    /// Whether our finalizer is on a resource.
    pub(crate) fn has_finalizer(&self, resource: &Value) -> bool {
        argoproj::without_ours(resource).is_some()
    }

    /// The patch that takes our finalizer off.
    pub(crate) fn without_finalizer(&self, resource: &Value) -> Option<Value> {
        argoproj::without_ours(resource)
    }

    /// The patch that puts our finalizer on; nothing in the family whose users do that.
    pub(crate) fn with_finalizer(&self, _resource: &Value) -> Option<Value> {
        None
    }

    /// Whether the family has projects.
    pub(crate) fn has_projects(&self, kind: &GroupKind) -> bool {
        kind.is("argoproj.io", "Application")
    }

    /// How often an application's own sources are asked, where it says so itself.
    pub(crate) fn interval(&self, _app: &App) -> Option<Duration> {
        None
    }

    /// What differs beside the policy.
    pub(crate) fn habits(&self, _app: &App, _record: &Record) -> Habits {
        Habits { finalizer: false, retry_after: None, runs_on_change: false }
    }

    /// The family's word for what happened.
    pub(crate) fn reason(&self, _kind: &GroupKind, what: Happening) -> Arc<str> {
        argoproj::reason(what).into()
    }

    /// How the family's controller calls itself in events.
    pub(crate) fn component(&self, _kind: &GroupKind) -> Arc<str> {
        argoproj::names::COMPONENT.into()
    }

    /// What the family's readers look for in an event.
    pub(crate) fn event_annotations(&self, app: &App) -> BTreeMap<String, String> {
        let namespace = app.destination.namespace.as_ref().map(ToString::to_string);
        let server = app.destination.cluster.as_deref().unwrap_or_default();
        [
            ("dest-namespace".to_owned(), namespace.unwrap_or_default()),
            ("dest-server".to_owned(), server.to_owned()),
        ]
        .into()
    }
}

/// Every way in which objects are marked: the mark, the manager of its applies, and its predecessors.
pub fn marks() -> Vec<(Mark, FieldManager, Vec<FieldManager>)> {
    let names = argoproj::names::FIELD_MANAGER;
    let predecessors = vec![names.into(), argoproj::names::CLIENT_SIDE_MANAGER.into()];
    vec![(argoproj::mark(), names.into(), predecessors)]
}

/// The annotations of live objects that mean something to a family.
pub fn annotations() -> Vec<Arc<str>> {
    argoproj::annotations().names().cloned().collect()
}

/// The cluster that we run in, as destinations name it.
pub fn in_cluster() -> Cluster {
    Cluster {
        name: argoproj::names::IN_CLUSTER_NAME.to_owned(),
        server: argoproj::names::IN_CLUSTER_SERVER.to_owned(),
    }
}
