//! What stands in the way of an application: leadership, other controllers, windows, its project.

use super::{Engine, Reading};
use crate::slot::{Basis, Foreign, Judgement, Slot};
use trimtab_model::{App, AppId, NotSupported, Restraint, Timestamp};
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
            Foreign::Settling { .. } => Writes::Settling,
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

    /// Has the project say what it thinks of an application, unless it was asked about the same.
    pub(super) fn judge(&self, id: &AppId, slot: &mut Slot) {
        let Some(app) = slot.app() else { return };
        let basis = Basis {
            app: app.digest,
            project: self.project_epoch(app),
            repositories: self.repositories_epoch,
        };
        if slot.judged.as_ref().is_none_or(|(known, _)| *known != basis) {
            let judgement = self.judgement(id, app);
            slot.judged = Some((basis, judgement));
        }
    }

    fn judgement(&self, id: &AppId, app: &App) -> Judgement {
        if !self.families.has_projects(&id.kind) {
            return Judgement { may_read: true, wrong: Vec::new() };
        }
        let said = |message| Condition { kind: ConditionKind::InvalidSpec, message };
        let Some(project) = self.project(app) else {
            return Judgement::default();
        };
        let of_app = project.permits_app(id, &self.settings.namespace).err();
        let of_sources: Vec<_> = self.source_problems(app, project).collect();
        let may_read = of_app.is_none() && of_sources.is_empty();
        let of_destination = project.permits_destination(&app.destination, &self.cluster).err();
        let problems = of_app.into_iter().chain(of_destination).chain(of_sources);
        let wrong = not_supported(project)
            .chain(self.unknown_cluster(app))
            .chain(problems.map(|problem| problem.to_string()));
        Judgement { may_read, wrong: wrong.map(said).collect() }
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

    fn unknown_cluster(&self, app: &App) -> Option<String> {
        let name = app.destination.cluster.as_deref()?;
        let is_ours = name == self.cluster.server || name == self.cluster.name;
        (!is_ours).then(|| format!("there are no clusters with this name: {name}"))
    }

    /// What is wrong with the resource, its project or its destination.
    pub(super) fn invalid(&self, app: &App, slot: &Slot) -> Vec<Condition> {
        if self.families.has_projects(&app.id.kind) && !self.projects.contains_key(&app.project) {
            let message = self.not_served(Reading::Projects).unwrap_or_else(|| {
                self.families.without_project(app.project.as_str(), self.settings.observe)
            });
            return vec![Condition { kind: ConditionKind::InvalidSpec, message }];
        }
        slot.judged.as_ref().map(|(_, judgement)| judgement.wrong.clone()).unwrap_or_default()
    }
}

/// The fields of a project that would restrain its applications, and do not act yet.
fn not_supported(project: &Project) -> impl Iterator<Item = String> {
    let restrains = |field: &&NotSupported| field.restraint == Restraint::Restrains;
    project.not_supported.iter().filter(restrains).map(|field| {
        format!(
            "`{}` is not supported yet, and without it more would be done than asked: nothing is written",
            field.field
        )
    })
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
