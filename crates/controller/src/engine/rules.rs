//! What stands in the way of an application: leadership, other controllers, windows, its project.

use super::{Engine, Reading};
use crate::slot::{Foreign, Slot};
use trimtab_model::{App, AppId, Timestamp};
use trimtab_project::{Cause, Project, Verdict};
use trimtab_sync::{Condition, ConditionKind, Window, Windows, Writes};

impl Engine {
    /// Whether anything may be written for an application.
    pub(super) fn writes(&self, slot: &Slot) -> Writes {
        if self.settings.observe {
            return Writes::Observe;
        }
        match &slot.foreign {
            _ if !self.leading => Writes::NotLeading,
            Foreign::Active(message) => Writes::ForeignOwner(message.clone()),
            Foreign::Settling { .. } => Writes::NotLeading,
            Foreign::Nobody | Foreign::TakenOver(_) => Writes::Allowed,
        }
    }

    /// What the project's windows say.
    pub(super) fn windows(
        &self,
        app: &App,
        slot: &Slot,
        started: Option<Timestamp>,
        now: Timestamp,
    ) -> Windows {
        let project = self.project(app).filter(|project| !project.windows.0.is_empty());
        let Some(project) = project else { return Windows::default() };
        let (cluster_name, server) = self.families.cluster_as_written(&slot.resource.value());
        let automatic = Cause {
            app: app.id.name.as_str(),
            cluster_name: &cluster_name,
            server: &server,
            namespace: app.destination.namespace.as_ref().map_or("", |n| n.as_str()),
            manual: false,
            started: None,
        };
        let verdict = |cause: &Cause<'_>| project.windows.verdict(cause, now);
        let by_itself = verdict(&automatic);
        Windows {
            remarks: remarks(project, &automatic, &by_itself),
            automatic: window(by_itself),
            manual: window(verdict(&Cause { manual: true, started, ..automatic })),
        }
    }

    /// The project of an application, in the family that has them.
    pub(super) fn project(&self, app: &App) -> Option<&Project> {
        self.projects.get(&app.project).filter(|_| self.families.has_projects(&app.id.kind))
    }

    /// Whether an application may read its sources: its project is there, lets it in, and permits each
    /// of them. What it may not read is neither asked for, by whatever credential, nor rendered: its
    /// status would show people what they may not see.
    pub(super) fn may_read_sources(&self, id: &AppId, app: &App) -> bool {
        if !self.families.has_projects(&id.kind) {
            return true;
        }
        self.project(app).is_some_and(|project| {
            let is_let_in = project.permits_app(id, &self.settings.namespace).is_ok();
            is_let_in && self.source_problems(app, project).next().is_none()
        })
    }

    /// What a project says against an application's sources.
    fn source_problems(
        &self,
        app: &App,
        project: &Project,
    ) -> impl Iterator<Item = trimtab_project::Error> {
        let given = move |url: &&str| self.families.is_given(url, app.project.as_str());
        let urls = app.sources.iter().map(|source| &*source.remote.url);
        urls.filter(move |url| !given(url)).filter_map(move |url| project.permits_source(url).err())
    }

    /// What is wrong with the resource, its project or its destination.
    pub(super) fn invalid(&self, id: &AppId, app: &App) -> Vec<Condition> {
        let mut wrong = Vec::new();
        let mut add = |message: String| {
            wrong.push(Condition { kind: ConditionKind::InvalidSpec, message });
        };
        if !self.families.has_projects(&id.kind) {
            return wrong;
        }
        let Some(project) = self.projects.get(&app.project) else {
            add(self.not_served(Reading::Projects).unwrap_or_else(|| {
                self.families.without_project(app.project.as_str(), self.settings.observe)
            }));
            return wrong;
        };
        for field in &project.not_supported {
            if field.restraint == trimtab_model::Restraint::Restrains {
                add(format!(
                    "`{}` is not supported yet, and without it more would be done than asked: nothing is written",
                    field.field
                ));
            }
        }
        let destination = app.destination.clone();
        let is_ours = destination
            .cluster
            .as_deref()
            .is_none_or(|name| name == self.cluster.server || name == self.cluster.name);
        if !is_ours {
            let name = destination.cluster.as_deref().unwrap_or_default();
            add(format!("there are no clusters with this name: {name}"));
        }
        let of_app = project.permits_app(id, &self.settings.namespace).err();
        let of_destination = project.permits_destination(&destination, &self.cluster).err();
        let of_sources = self.source_problems(app, project);
        for problem in of_app.into_iter().chain(of_destination).chain(of_sources) {
            add(problem.to_string());
        }
        wrong
    }
}

fn window(verdict: Verdict) -> Window {
    match (verdict.message(), verdict) {
        (Some(message), Verdict::Blocked { until, .. }) => Window::Closed { until, message },
        _ => Window::Open,
    }
}

/// What of a project's windows is not as somebody meant it: what cannot be read stops the syncs of all
/// whom it may be about, and a time zone that nobody knows is UTC.
fn remarks(project: &Project, cause: &Cause<'_>, verdict: &Verdict) -> Vec<Condition> {
    let name = &project.name;
    let unreadable = match verdict {
        Verdict::Blocked { problem: Some(problem), .. } => Some(Condition {
            kind: ConditionKind::Sync,
            message: format!(
                "invalid sync windows: {problem}: no sync begins until the windows of project {name} can be read"
            ),
        }),
        Verdict::Blocked { problem: None, .. } | Verdict::Allowed => None,
    };
    let zone = |zone| Condition {
        kind: ConditionKind::Window,
        message: format!(
            "a sync window of project {name} names the time zone {zone}, which nobody knows: it opens and closes by UTC"
        ),
    };
    let zones = project.windows.unknown_zones(cause).into_iter().map(zone);
    unreadable.into_iter().chain(zones).collect()
}
