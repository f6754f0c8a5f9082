//! Hooks: documents that helm applies at times of their own. Source: helm `manifest_sorter.go`.

use super::head::Head;

const EVENTS: &str = "helm.sh/hook";
const WEIGHT: &str = "helm.sh/hook-weight";
const DELETE_POLICIES: &str = "helm.sh/hook-delete-policy";
const OUTPUT_LOG_POLICIES: &str = "helm.sh/hook-output-log-policy";

/// When a hook is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Event {
    PreInstall,
    PostInstall,
    PreDelete,
    PostDelete,
    PreUpgrade,
    PostUpgrade,
    PreRollback,
    PostRollback,
    Test,
}

/// A document that is a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The path of its template: `app/templates/job.yaml`.
    pub path: String,
    /// The document.
    pub text: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// When it is applied.
    pub events: Vec<Event>,
    /// Hooks of one event are applied from the smallest weight to the greatest.
    pub weight: i64,
    /// When it is deleted, as the chart says it, in small letters.
    pub delete_policies: Vec<String>,
    /// When its output is shown, as the chart says it, in small letters.
    pub output_log_policies: Vec<String>,
}

/// A hook that helm drops, because it does not know one of its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedHook {
    /// The path of its template.
    pub path: String,
    /// Its events, as the chart says them.
    pub events: String,
}

impl Event {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "pre-install" => Self::PreInstall,
            "post-install" => Self::PostInstall,
            "pre-delete" => Self::PreDelete,
            "post-delete" => Self::PostDelete,
            "pre-upgrade" => Self::PreUpgrade,
            "post-upgrade" => Self::PostUpgrade,
            "pre-rollback" => Self::PreRollback,
            "post-rollback" => Self::PostRollback,
            // The second is what Helm 2 called it.
            "test" | "test-success" => Self::Test,
            _ => return None,
        })
    }
}

/// What a document is.
pub(super) enum Sort {
    Hook(Hook),
    Skipped(SkippedHook),
    /// An ordinary document, which is applied with all others.
    Ordinary,
}

/// Looks whether a document is a hook.
pub(super) fn sort(path: &str, text: &str, head: &Head) -> Sort {
    let Some(names) = head.annotations.get(EVENTS) else {
        return Sort::Ordinary;
    };
    let events: Option<Vec<Event>> = words(names).map(|name| Event::of(&name)).collect();
    let path = path.to_owned();
    let Some(events) = events else {
        return Sort::Skipped(SkippedHook { path, events: names.clone() });
    };
    let listed = |annotation: &str| {
        let list = head.annotations.get(annotation);
        list.map(|list| words(list).collect()).unwrap_or_default()
    };
    let weight = head.annotations.get(WEIGHT).and_then(|weight| weight.parse().ok());
    Sort::Hook(Hook {
        path,
        text: text.to_owned(),
        kind: head.kind.clone(),
        name: head.name.clone(),
        events,
        weight: weight.unwrap_or_default(),
        delete_policies: listed(DELETE_POLICIES),
        output_log_policies: listed(OUTPUT_LOG_POLICIES),
    })
}

fn words(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(|word| word.trim().to_lowercase())
}
