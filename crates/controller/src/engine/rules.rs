//! What stands in the way of an application: leadership, other controllers, windows, its project.

use super::{Engine, Reading};
use crate::slot::{Foreign, Slot};
use trimtab_model::{App, AppId, Timestamp};
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
        let verdict = |manual: bool, started: Option<Timestamp>| {
            let cause = trimtab_project::Cause {
                app: app.id.name.as_str(),
                cluster_name: &cluster_name,
                server: &server,
                namespace: app.destination.namespace.as_ref().map_or("", |n| n.as_str()),
                manual,
                started,
            };
            match project.windows.verdict(&cause, now) {
                trimtab_project::Verdict::Allowed => Window::Open,
                trimtab_project::Verdict::Blocked { until, .. } => Window::Closed(until),
            }
        };
        Windows { automatic: verdict(false, None), manual: verdict(true, started) }
    }

    /// The project of an application, in the family that has them.
    pub(super) fn project(&self, app: &App) -> Option<&trimtab_project::Project> {
        self.projects.get(&app.project).filter(|_| self.families.has_projects(&app.id.kind))
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
                format!("Application referencing project {} which does not exist", app.project)
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
        let mut problems = vec![
            project.permits_app(id, &self.settings.namespace),
            project.permits_destination(&destination, &self.cluster),
        ];
        let given = |url: &str| self.families.is_given(url, app.project.as_str());
        let sources = app.sources.iter().map(|source| &*source.remote.url);
        problems.extend(sources.filter(|url| !given(url)).map(|url| project.permits_source(url)));
        for problem in problems {
            if let Err(error) = problem {
                add(error.to_string());
            }
        }
        wrong
    }
}
