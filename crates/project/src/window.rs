//! Sync windows: when syncs may run.

use crate::{Error, Pattern, Schedule};
use trimtab_model::Timestamp;

/// The windows of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Windows(pub Vec<Window>);

/// A time in which syncs of some applications may run, or may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Whether it allows or denies.
    pub kind: WindowKind,
    /// When it is open. One that cannot be read stops the syncs of all its applications.
    pub schedule: Result<Schedule, Error>,
    /// On the names of applications.
    pub applications: Vec<Pattern>,
    /// On the destination's cluster, by name or URL as the application writes it.
    pub clusters: Vec<Pattern>,
    /// On the destination's namespace.
    pub namespaces: Vec<Pattern>,
    /// Whether one of the three must match, or all that are set.
    pub join: Join,
    /// Whether a person may sync all the same.
    pub manual_sync: bool,
    /// Whether a sync that began in time may go on.
    pub overrun: bool,
}

/// What an open window means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowKind {
    /// Syncs may run, and while no such window is open, they may not.
    Allow,
    /// Syncs may not run, whatever else is open.
    Deny,
    /// Written as something else; it means nothing, as it does for the reference.
    Neither,
}

/// How the three lists of patterns go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// One that matches is enough.
    Any,
    /// All that are set must match, and one must be set.
    All,
}

/// Who wants to sync which application, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause<'a> {
    /// The application's name.
    pub app: &'a str,
    /// The destination's cluster by name, where the application writes it so.
    pub cluster_name: &'a str,
    /// The destination's cluster by URL, where the application writes it so.
    pub server: &'a str,
    /// The destination's namespace; empty where the application names none.
    pub namespace: &'a str,
    /// A person asked for it.
    pub manual: bool,
    /// When the sync began, if it runs.
    pub started: Option<Timestamp>,
}

/// Whether a sync may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Allowed,
    /// It may not.
    Blocked {
        /// When a window next opens or closes, so that the verdict may be another. `None` where only
        /// a person can change it.
        until: Option<Timestamp>,
        /// The window that cannot be read, if that is why.
        problem: Option<Error>,
    },
}

impl Verdict {
    /// What is said of a sync that may not run: nothing, if it may.
    pub fn message(&self) -> Option<String> {
        match self {
            Self::Allowed => None,
            Self::Blocked { problem: None, .. } => {
                Some("Sync operation blocked by sync window".to_owned())
            }
            Self::Blocked { problem: Some(problem), .. } => Some(format!(
                "Sync operation blocked by sync window: invalid sync windows: {problem}"
            )),
        }
    }
}

impl Windows {
    /// Whether a sync may run now.
    ///
    /// An open window that denies beats one that allows. Where none denies, none that allows is open,
    /// and there are some that would, they stop it together. A person's sync goes on if all that stop
    /// it permit that, and one that runs goes on if all that stop it permit overrun and it might run
    /// when it began.
    pub fn verdict(&self, cause: &Cause<'_>, now: Timestamp) -> Verdict {
        let mut windows = Vec::new();
        for window in self.0.iter().filter(|window| window.matches(cause)) {
            match &window.schedule {
                Ok(schedule) => windows.push((window, schedule)),
                Err(error) => {
                    return Verdict::Blocked { until: None, problem: Some(error.clone()) };
                }
            }
        }
        if allows(&windows, cause.manual, now, cause.started) {
            return Verdict::Allowed;
        }
        let until = windows
            .iter()
            .filter(|(window, _)| window.kind != WindowKind::Neither)
            .filter_map(|(_, schedule)| schedule.next_change(now))
            .min();
        Verdict::Blocked { until, problem: None }
    }
}

type Readable<'a> = (&'a Window, &'a Schedule);

fn allows(
    windows: &[Readable<'_>],
    manual: bool,
    at: Timestamp,
    started: Option<Timestamp>,
) -> bool {
    let stopping = stopping(windows, at);
    stopping.is_empty()
        || (manual && stopping.iter().all(|window| window.manual_sync))
        || started.is_some_and(|started| {
            stopping.iter().all(|window| window.overrun) && allows(windows, manual, started, None)
        })
}

/// The windows that stop a sync: the open ones that deny, else those that would allow, if none of
/// them is open.
fn stopping<'a>(windows: &[Readable<'a>], at: Timestamp) -> Vec<&'a Window> {
    let (mut denying, mut closed, mut allowed) = (Vec::new(), Vec::new(), false);
    for (window, schedule) in windows {
        match (window.kind, schedule.is_open(at)) {
            (WindowKind::Deny, true) => denying.push(*window),
            (WindowKind::Allow, true) => allowed = true,
            (WindowKind::Allow, false) => closed.push(*window),
            (WindowKind::Deny, false) | (WindowKind::Neither, _) => {}
        }
    }
    match (denying.is_empty(), allowed) {
        (false, _) => denying,
        (true, true) => Vec::new(),
        (true, false) => closed,
    }
}

impl Window {
    /// Whether the window is about syncs of this application.
    fn matches(&self, cause: &Cause<'_>) -> bool {
        let any = |patterns: &[Pattern], text: &str| patterns.iter().any(|one| one.matches(text));
        let cluster = |text: &str| !text.is_empty() && any(&self.clusters, text);
        let answers = [
            (!self.applications.is_empty(), any(&self.applications, cause.app)),
            (!self.clusters.is_empty(), cluster(cause.cluster_name) || cluster(cause.server)),
            (!self.namespaces.is_empty(), any(&self.namespaces, cause.namespace)),
        ];
        match self.join {
            Join::Any => answers.iter().any(|(_, matches)| *matches),
            Join::All => {
                let set: Vec<bool> =
                    answers.iter().filter(|(set, _)| *set).map(|(_, matches)| *matches).collect();
                !set.is_empty() && set.iter().all(|matches| *matches)
            }
        }
    }
}
