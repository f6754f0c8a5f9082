//! The doors, behind one face: the only place of the shell that knows their names.

use crate::claims::Reach;
use crate::engine::{Reading, Unread};
use crate::slot::{Parsed, Resting, Slot};
use serde_json::Value;
use std::sync::Arc;
use trimtab_argoproj as argoproj;
pub use trimtab_argoproj::Repositories;
use trimtab_crd::{Event, Obstacle};
use trimtab_fluxcd as fluxcd;
pub(crate) use trimtab_fluxcd::{GitSource, SourceFailure, SourceState, source_status};
use trimtab_index::{MarkRule, Rules, SecretKey};
use trimtab_inventory::Home;
use trimtab_model::{
    App, AppId, Class, FieldManager, GroupKind, GroupVersionKind, Mark, Name, Namespace,
    OwnerClaim, PruneLimit, SourceRevision, Timestamp, Version,
};
use trimtab_project::{Cluster, Project};
use trimtab_sync::{
    Announcement, Condition, ConditionKind, FailurePoint, Habits, Operation, Record, Report,
    Source, State,
};

/// Both families.
#[derive(Clone, Debug)]
pub struct Families {
    argoproj: argoproj::Settings,
    fluxcd: fluxcd::Settings,
}

#[expect(
    clippy::unused_self,
    reason = "who asks the families need not know which answers depend on their settings"
)]
impl Families {
    /// The families of an installation in a namespace.
    pub fn new(namespace: &Namespace) -> Self {
        Self {
            argoproj: argoproj::Settings::new(namespace.clone()),
            fluxcd: fluxcd::Settings::default(),
        }
    }

    /// With a name that tells this installation's marks from those of others of the cluster.
    #[must_use]
    pub fn with_installation(mut self, name: Option<&str>) -> Self {
        self.argoproj.installation = name.filter(|name| !name.is_empty()).map(Into::into);
        self
    }

    /// The name under which the owner that an object names is known here.
    pub(crate) fn known_as(&self, claim: &OwnerClaim) -> OwnerClaim {
        argoproj::known_as(claim, &self.argoproj)
    }

    /// The kind and name of the application, in whatever namespace, that a mark may mean; `None` where
    /// the mark says which one it means.
    pub(crate) fn in_any_namespace(&self, claim: &OwnerClaim) -> Option<(GroupKind, Name)> {
        let name = argoproj::in_any_namespace(claim)?;
        Some((self.kind(Reading::Applications).group_kind(), name.into()))
    }

    /// An application of another namespace, as people write it.
    pub(crate) fn owner_in(&self, namespace: &Namespace, name: &Name) -> OwnerClaim {
        argoproj::owner_in(namespace, name.as_str())
    }

    /// Whether an owner that an object names would be read here, if it were there.
    pub(crate) fn serves(&self, claim: &OwnerClaim) -> bool {
        argoproj::serves(claim, &self.argoproj) && fluxcd::serves(claim, &self.argoproj.namespace)
    }

    /// With another budget of prunes, for every application that does not say (P2).
    #[must_use]
    pub fn with_prune_limit(mut self, limit: PruneLimit) -> Self {
        self.argoproj.prune_limit = limit;
        self.fluxcd.prune_limit = limit;
        self
    }

    /// Takes how repositories are reached. Returns how they were, unless it is the same.
    pub(crate) fn reach(&mut self, repositories: Arc<Repositories>) -> Option<Arc<Repositories>> {
        let is_news = *self.argoproj.repositories != *repositories;
        let before = std::mem::replace(&mut self.argoproj.repositories, repositories);
        is_news.then_some(before)
    }

    /// Whether a repository is given to a project by itself, whatever the project's rules say.
    pub(crate) fn is_given(&self, url: &str, project: &str) -> bool {
        self.argoproj.repositories.is_of_project(url, project)
    }

    /// The kind behind a reading, at the version that is read.
    pub(crate) fn kind(&self, reading: Reading) -> GroupVersionKind {
        let (api_version, kind) = match reading {
            Reading::Definitions => ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
            Reading::Projects => ("argoproj.io/v1alpha1", "AppProject"),
            Reading::Applications => ("argoproj.io/v1alpha1", "Application"),
            Reading::GitRepositories => ("source.toolkit.fluxcd.io/v1", "GitRepository"),
            Reading::Kustomizations => ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
            Reading::Inventories => ("trimtab.dev/v1alpha1", "Inventory"),
        };
        GroupVersionKind::of(api_version, kind)
    }

    /// The version at which resources of a kind are written.
    pub(crate) fn version(&self, kind: &GroupKind) -> Version {
        let mut all = Reading::ALL.into_iter().map(|reading| self.kind(reading));
        all.find(|known| known.group_kind() == *kind)
            .map_or_else(|| "v1".into(), |known| known.version)
    }

    /// Group and version at which resources of a kind are written.
    pub(crate) fn api_version(&self, kind: &GroupKind) -> String {
        format!("{}/{}", kind.group, self.version(kind))
    }

    /// Where the status of a resource says that its inventory is.
    pub(crate) fn home(&self, resource: &Value) -> Home {
        if is_kustomization(resource) { fluxcd::home(resource) } else { argoproj::home(resource) }
    }

    /// How the objects of an application name it.
    pub(crate) fn claim(&self, id: &AppId) -> OwnerClaim {
        if is_second(&id.kind) { fluxcd::claim(id) } else { argoproj::claim(id, &self.argoproj) }
    }

    /// Which application a resource is.
    pub(crate) fn id(&self, resource: &Value) -> Option<AppId> {
        if is_kustomization(resource) { fluxcd::id(resource) } else { argoproj::id(resource) }
    }

    /// What a resource says, or what is wrong with it. `source` is the one that it names.
    pub(crate) fn app(
        &self,
        resource: &Value,
        source: Option<&GitSource>,
    ) -> Result<Box<(App, Record)>, Vec<Condition>> {
        if is_kustomization(resource) {
            let app = fluxcd::app(resource, source, &self.fluxcd);
            return app.map(Box::new).map_err(fluxcd::Invalid::conditions);
        }
        argoproj::app(resource, &self.argoproj).map(Box::new).map_err(|invalid| invalid.conditions)
    }

    /// The cluster of an application's destination, by name and by URL, each as it is written.
    pub(crate) fn cluster_as_written(&self, resource: &Value) -> (String, String) {
        let text = |name: &str| {
            let text = resource.pointer(&format!("/spec/destination/{name}"));
            text.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        (text("name"), text("server"))
    }

    /// What is said of an application that has no source at all; `not_served` where there can be none.
    pub(crate) fn sourceless(&self, resource: &Value, not_served: Option<String>) -> Source {
        let name = fluxcd::source_ref(resource);
        let name =
            name.map(|source| format!("{} '{}/{}'", source.kind, source.namespace, source.name));
        Source::Trouble {
            class: Class::User,
            message: not_served.unwrap_or_else(|| {
                let name = name.unwrap_or_else(|| "the source".into());
                format!("{name} is not there, or cannot be read")
            }),
            asked: None,
        }
    }

    /// The patch that makes a resource's status say this; nothing when it does already.
    pub(crate) fn status(
        &self,
        slot: &Slot,
        app: &App,
        report: &Report,
        now: Timestamp,
    ) -> Option<Value> {
        let resource = slot.resource.value();
        if is_kustomization(&resource) {
            return fluxcd::status(&resource, app, report, now);
        }
        argoproj::status(&resource, app, report, &self.argoproj, now)
    }

    /// The same for a resource that cannot be read.
    pub(crate) fn status_of_invalid(
        &self,
        slot: &Slot,
        conditions: &[Condition],
        now: Timestamp,
    ) -> Option<Value> {
        let resource = slot.resource.value();
        if is_kustomization(&resource) {
            return fluxcd::status_of_invalid(&resource, conditions, now);
        }
        let invalid = argoproj::Invalid { conditions: conditions.to_vec() };
        argoproj::status_of_invalid(&resource, &invalid, now)
    }

    /// The same for a resource of which nothing can be decided before something else is read.
    pub(crate) fn status_of_waiting(
        &self,
        slot: &Slot,
        unread: &Unread,
        now: Timestamp,
    ) -> Option<Value> {
        let resource = slot.resource.value();
        let message = unread.message.clone();
        if is_kustomization(&resource) {
            let of_source = unread.reading == Reading::GitRepositories;
            let point = if of_source { FailurePoint::Source } else { FailurePoint::Apply };
            return fluxcd::status_of_waiting(&resource, point, &message, now);
        }
        let conditions = vec![Condition { kind: ConditionKind::Comparison, message }];
        argoproj::status_of_invalid(&resource, &argoproj::Invalid { conditions }, now)
    }

    /// The subresource that holds the status, if the kind has one.
    pub(crate) fn status_subresource(&self, kind: &GroupKind) -> Option<Arc<str>> {
        is_second(kind).then(|| "status".into())
    }

    /// Whether our finalizer is on a resource.
    pub(crate) fn has_finalizer(&self, resource: &Value) -> bool {
        self.without_finalizer(resource).is_some()
    }

    /// The patch that takes our finalizer off.
    pub(crate) fn without_finalizer(&self, resource: &Value) -> Option<Value> {
        if is_kustomization(resource) {
            fluxcd::without_ours(resource)
        } else {
            argoproj::without_ours(resource)
        }
    }

    /// The same for a source.
    pub(crate) fn source_without_finalizer(&self, resource: &Value) -> Option<Value> {
        fluxcd::without_ours(resource)
    }

    /// The patch that puts our finalizer on; nothing in the family whose users do that.
    pub(crate) fn with_finalizer(&self, resource: &Value) -> Option<Value> {
        is_kustomization(resource).then(|| fluxcd::with_ours(resource)).flatten()
    }

    /// Whether somebody may be asking for a look: a refresh of the first family is asked for for so long
    /// as its annotation stands, and one of the second is told from others by what it says.
    pub(crate) fn is_asked(&self, resource: &Value) -> bool {
        let asked = || trimtab_crd::read::annotation(resource, argoproj::names::REFRESH).is_some();
        is_kustomization(resource) || asked()
    }

    /// Whether nothing at all is said of an application: its family passes over what is suspended.
    pub(crate) fn is_passed_over(&self, app: &App) -> bool {
        app.suspended && app.deleting.is_none() && !is_second(&app.id.kind)
    }

    /// What applications of a kind are judged by, beside what they say themselves.
    pub(crate) fn judged_by(&self, kind: &GroupKind) -> Reading {
        if is_second(kind) { Reading::GitRepositories } else { Reading::Projects }
    }

    /// Whether the family has projects.
    pub(crate) fn has_projects(&self, kind: &GroupKind) -> bool {
        !is_second(kind)
    }

    /// Which objects an application may have: those that its project permits, in the family that has
    /// projects. One that cannot be read still names its project.
    pub(crate) fn reach_of(&self, kind: &GroupKind, parsed: &Parsed, resource: &Resting) -> Reach {
        if !self.has_projects(kind) {
            return Reach::Everything;
        }
        let project = match parsed {
            Parsed::Valid(both) => Some(both.0.project.clone()),
            Parsed::Invalid(_) => argoproj::project_of(&resource.value()),
        };
        project.map_or(Reach::Nothing, Reach::Project)
    }

    /// What differs beside the policy.
    pub(crate) fn habits(&self, app: &App, record: &Record) -> Habits {
        let second = is_second(&app.id.kind);
        Habits {
            finalizer: second,
            retry_after: record.pauses.filter(|_| second).map(|(after_failure, _)| after_failure),
            runs_on_change: second,
        }
    }

    /// The project that a resource describes.
    pub(crate) fn project(&self, resource: &Value) -> Project {
        argoproj::project(resource)
    }

    /// The project that is there for everybody.
    pub(crate) fn default_project(&self) -> Value {
        argoproj::default_project(&self.argoproj.namespace)
    }

    /// What is wrong with an application whose project is not there. Only an operator that writes makes
    /// the one that is there for everybody.
    pub(crate) fn without_project(&self, project: &str, observes: bool) -> String {
        let told = format!("Application referencing project {project} which does not exist");
        if observes && project == argoproj::names::DEFAULT_PROJECT {
            return format!("{told}: an operator without --observe creates it");
        }
        told
    }

    /// What a source says, or what is wrong with it.
    pub(crate) fn git_source(&self, resource: &Value) -> Result<GitSource, Vec<String>> {
        fluxcd::git_source(resource)
    }

    /// What people are told of a source that another controller writes.
    pub(crate) fn foreign_source_event(&self, why: &str) -> Event {
        fluxcd::foreign_source_event(why)
    }

    /// The family's name of a condition; of the second family, whose conditions have others' names, the
    /// one under which it stands there.
    pub(crate) fn condition_name(
        &self,
        kind: &GroupKind,
        condition: ConditionKind,
    ) -> &'static str {
        if is_second(kind) {
            fluxcd::condition_name(condition)
        } else {
            argoproj::condition_name(condition)
        }
    }

    /// What people are told, in the family's words.
    pub(crate) fn event(&self, told: &Announcement, app: &App, state: &State) -> Event {
        if is_second(&app.id.kind) {
            fluxcd::event(told, app, (state.operation(), state.stage()))
        } else {
            argoproj::event(told, app)
        }
    }

    /// What stands in the way of a resource, by the status that it has, or that a patch of it writes.
    /// What the end of a sync tells itself is not in it; `operation` is the last one.
    pub(crate) fn obstacles(
        &self,
        kind: &GroupKind,
        resource: &Value,
        operation: Option<&Operation>,
    ) -> Vec<Obstacle> {
        let conditions = trimtab_crd::read::list(resource, "status.conditions");
        if is_first(kind) {
            argoproj::obstacles(conditions, operation)
        } else {
            fluxcd::obstacles(conditions, operation)
        }
    }

    /// What people are told of it. `revision` is the one that was rendered last.
    pub(crate) fn obstacle_event(
        &self,
        obstacle: &Obstacle,
        id: &AppId,
        resource: &Value,
        revision: Option<&SourceRevision>,
    ) -> Event {
        if is_first(&id.kind) {
            argoproj::obstacle_event(obstacle, resource)
        } else {
            fluxcd::obstacle_event(obstacle, id, revision)
        }
    }
}

fn is_first(kind: &GroupKind) -> bool {
    kind.is(argoproj::names::GROUP, argoproj::names::APPLICATION)
}

fn is_second(kind: &GroupKind) -> bool {
    kind.is(fluxcd::names::KUSTOMIZE_GROUP, fluxcd::names::KUSTOMIZATION)
}

fn is_kustomization(resource: &Value) -> bool {
    resource.get("kind").and_then(Value::as_str) == Some(fluxcd::names::KUSTOMIZATION)
}

/// The source resource that an application's resource names, in the family that has them.
pub(crate) fn source_of(resource: &Value) -> Option<AppId> {
    let source = is_kustomization(resource).then(|| fluxcd::source_ref(resource)).flatten()?;
    let kind = GroupKind::new(fluxcd::names::SOURCE_GROUP, &*source.kind);
    Some(AppId { kind, namespace: source.namespace, name: source.name })
}

/// Which source a resource is.
pub(crate) fn git_repository(resource: &Value) -> Option<AppId> {
    let text = |path: &str| resource.pointer(path).and_then(Value::as_str);
    Some(AppId {
        kind: GroupKind::new(fluxcd::names::SOURCE_GROUP, fluxcd::names::GIT_REPOSITORY),
        namespace: text("/metadata/namespace")?.into(),
        name: text("/metadata/name")?.into(),
    })
}

/// Every way in which objects are marked: the mark, the manager of its applies, and its predecessors.
pub fn marks() -> Vec<(Mark, FieldManager, Vec<FieldManager>)> {
    let names = argoproj::names::FIELD_MANAGER;
    let predecessors = vec![names.into(), argoproj::names::CLIENT_SIDE_MANAGER.into()];
    let second = fluxcd::names::FIELD_MANAGER;
    vec![
        (argoproj::mark(), names.into(), predecessors),
        (fluxcd::mark(), second.into(), fluxcd::predecessors()),
    ]
}

/// What a row of the index is made by. Digests of secret values are made with the key (P17).
pub fn rules(secret_key: [u8; 32]) -> Rules {
    let rule = |(mark, manager, predecessors)| MarkRule { mark, manager, predecessors };
    Rules {
        marks: marks().into_iter().map(rule).collect(),
        annotations: annotations(),
        secret_key: SecretKey(secret_key),
    }
}

/// The annotations of live objects that mean something to a family.
fn annotations() -> Vec<Arc<str>> {
    let tables = [argoproj::annotations(), fluxcd::annotations()];
    tables.iter().flat_map(|table| table.names().cloned().collect::<Vec<_>>()).collect()
}

/// The cluster that we run in, as destinations name it.
pub fn in_cluster() -> Cluster {
    Cluster {
        name: argoproj::names::IN_CLUSTER_NAME.to_owned(),
        server: argoproj::names::IN_CLUSTER_SERVER.to_owned(),
    }
}
