//! Sync windows: when syncs may run.

use crate::{Error, Pattern, Schedule};
use std::collections::BTreeSet;
use trimtab_model::{GlobError, Timestamp};

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
        /// What of a window cannot be read, if that is why.
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
        for window in &self.0 {
            match window.read(cause) {
                Ok(readable) => windows.extend(readable),
                Err(error) => {
                    return Verdict::Blocked { until: None, problem: Some(error) };
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

    /// The time zones that windows of this application name and that nobody knows, so that UTC holds.
    pub fn unknown_zones(&self, cause: &Cause<'_>) -> BTreeSet<&str> {
        let readable = self.0.iter().filter_map(|window| window.read(cause).ok().flatten());
        readable.filter_map(|(_, schedule)| schedule.unknown_zone()).collect()
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
    /// The window with its schedule, where it is about syncs of this application. An error is what of it
    /// must be read to tell, and cannot be.
    fn read(&self, cause: &Cause<'_>) -> Result<Option<Readable<'_>>, Error> {
        match self.about(cause) {
            About::Others => Ok(None),
            About::It => match &self.schedule {
                Ok(schedule) => Ok(Some((self, schedule))),
                Err(error) => Err(error.clone()),
            },
            // A window that means nothing stops nobody, whoever it is about.
            About::Unknown(_) if self.kind == WindowKind::Neither => Ok(None),
            About::Unknown(error) => Err(Error::Pattern(error.clone())),
        }
    }

    /// Whether the window is about syncs of this application.
    fn about(&self, cause: &Cause<'_>) -> About<'_> {
        let clusters: Vec<&str> = [cause.cluster_name, cause.server]
            .into_iter()
            // A cluster that the application does not name is matched by nothing.
            .filter(|text| !text.is_empty())
            .collect();
        let answers: Vec<About<'_>> = [
            (&self.applications, &[cause.app][..]),
            (&self.clusters, &clusters),
            (&self.namespaces, &[cause.namespace]),
        ]
        .into_iter()
        .filter(|(patterns, _)| !patterns.is_empty())
        .map(|(patterns, texts)| about(patterns, texts))
        .collect();
        let decisive = match self.join {
            Join::Any => About::It,
            Join::All => About::Others,
        };
        let doubt = || answers.iter().find(|answer| matches!(answer, About::Unknown(_)));
        if answers.contains(&decisive) {
            decisive
        } else if let Some(doubt) = doubt() {
            *doubt
        } else {
            answers.first().copied().unwrap_or(About::Others)
        }
    }
}

/// Whether something is about an application.
#[derive(Clone, Copy, PartialEq)]
enum About<'a> {
    It,
    Others,
    /// Nobody knows: it depends on a pattern that cannot be read.
    Unknown(&'a GlobError),
}

fn about<'a>(patterns: &'a [Pattern], texts: &[&str]) -> About<'a> {
    if patterns.iter().any(|pattern| texts.iter().any(|text| pattern.matches(text))) {
        return About::It;
    }
    patterns.iter().find_map(Pattern::problem).map_or(About::Others, About::Unknown)
}
