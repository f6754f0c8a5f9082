//! A report as the status of a Kustomization.

use crate::conditions::{Conditions, DRIFTED, SHARDED};
use crate::obstacles::reason;
use crate::revision::revision_text;
use crate::{history, inventory};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use trimtab_crd::{duration, patch, read};
use trimtab_model::{App, HealthWait, SourceRevision, Timestamp};
use trimtab_plan::SyncStatus;
use trimtab_sync::{Condition, ConditionKind, FailurePoint, Operation, Report, Stage};

/// The JSON merge patch, for the status subresource, that makes the status say what the report says;
/// `None` where it says so already. It names the incarnation (P10). `resource` is what `app` was read
/// from, or a later state of it with the same digest.
pub fn status(resource: &Value, app: &App, report: &Report, now: Timestamp) -> Option<Value> {
    let old = object(resource);
    let mut new = old.clone();
    let mut run = Run { resource, app, report, conditions: Conditions::new(resource, now) };
    run.tell_stage(&mut new);
    run.tell_rest(&new);
    inventory::write(&report.inventory, &mut new);
    // A request is answered by the end of a run, or by nothing being run.
    let ended = matches!(report.stage, Stage::Done | Stage::Failed(..)) || app.suspended;
    if let Some(refreshed) = report.refreshed.as_ref().filter(|_| ended) {
        new["lastHandledReconcileAt"] = (*refreshed.token).into();
    }
    new["conditions"] = run.conditions.finish().into();
    finish(resource, &old, &new)
}

/// The patch for a Kustomization that cannot be read, by what is wrong with it: it is stalled, and
/// everything else stays. A bug of ours is not told as its user's mistake.
pub fn status_of_invalid(resource: &Value, wrong: &[Condition], now: Timestamp) -> Option<Value> {
    let old = object(resource);
    let mut new = old.clone();
    let mut conditions = Conditions::new(resource, now);
    let is_ours = wrong.iter().any(|condition| condition.kind == ConditionKind::Unknown);
    let reason = if is_ours { "UnknownError" } else { "InvalidSpec" };
    let messages: Vec<&str> = wrong.iter().map(|condition| &*condition.message).collect();
    stall(&mut conditions, reason, &messages.join("; "));
    new["conditions"] = conditions.finish().into();
    observe(resource, &mut new);
    finish(resource, &old, &new)
}

/// The patch for a Kustomization of which nothing can be decided, and what that failed at: it is not
/// ready, is tried again by itself, and everything else stays.
pub fn status_of_waiting(
    resource: &Value,
    point: FailurePoint,
    why: &str,
    now: Timestamp,
) -> Option<Value> {
    let old = object(resource);
    let mut new = old.clone();
    let mut conditions = Conditions::new(resource, now);
    conditions.set("Reconciling", "True", "ProgressingWithRetry", why);
    conditions.set("Ready", "False", reason(point), why);
    new["conditions"] = conditions.finish().into();
    finish(resource, &old, &new)
}

fn object(resource: &Value) -> Value {
    let status = read::at(resource, "status").filter(|status| status.is_object());
    status.cloned().unwrap_or_else(|| json!({}))
}

fn finish(resource: &Value, old: &Value, new: &Value) -> Option<Value> {
    let status = patch::merge_patch(old, new)?;
    Some(json!({"metadata": {"uid": read::at(resource, "metadata.uid")?}, "status": status}))
}

fn observe(resource: &Value, status: &mut Value) {
    if let Some(generation) = read::integer(resource, "metadata.generation") {
        status["observedGeneration"] = generation.into();
    }
}

fn stall(conditions: &mut Conditions, reason: &str, message: &str) {
    conditions.set("Stalled", "True", reason, message);
    conditions.set("Ready", "False", reason, message);
}

struct Run<'a> {
    resource: &'a Value,
    app: &'a App,
    report: &'a Report,
    conditions: Conditions,
}

/// What a run is about to do, as the family says it.
#[derive(Clone, Copy)]
enum Step {
    Fetching,
    Building,
    Detecting,
    Checking,
}

impl Run<'_> {
    /// Ready, Reconciling, Stalled and Healthy, and what moves with them.
    fn tell_stage(&mut self, status: &mut Value) {
        match &self.report.stage {
            // Waiting for a source that is on its way is no news.
            Stage::Idle | Stage::Waiting(_) => self.idle(),
            Stage::Applying => {
                self.progress(Step::Detecting);
                self.attempted(status);
            }
            Stage::CheckingHealth => {
                let message = self.progress(Step::Checking);
                self.conditions.set("Healthy", "Unknown", "Progressing", &message);
                self.attempted(status);
            }
            Stage::Done => self.done(status),
            Stage::Failed(point, why) => self.failed(*point, why, status),
        }
    }

    /// A resource that nobody has looked at says so.
    fn idle(&mut self) {
        if self.conditions.get("Ready").is_none() {
            self.conditions.set("Ready", "Unknown", "Progressing", "Reconciliation in progress");
        }
    }

    fn progress(&mut self, step: Step) -> String {
        let message = self.step_message(step);
        self.conditions.set("Reconciling", "True", "Progressing", &message);
        self.conditions.set("Ready", "Unknown", "Progressing", "Reconciliation in progress");
        message
    }

    fn step_message(&self, step: Step) -> String {
        let what = match step {
            Step::Fetching => "Fetching manifests",
            Step::Building => "Building manifests",
            Step::Detecting => "Detecting drift",
            Step::Checking => "Running health checks",
        };
        let revision = self.revision().map(revision_text).unwrap_or_default();
        let timeout = duration::format(self.timeout());
        format!("{what} for revision {revision} with a timeout of {timeout}")
    }

    /// The timeout as the spec has it or as it follows from the interval.
    fn timeout(&self) -> Duration {
        let spec = read::at(self.resource, "spec").unwrap_or(&Value::Null);
        crate::policy::times(spec).map(|times| times.timeout).unwrap_or_default()
    }

    /// The revision that the run is about.
    fn revision(&self) -> Option<&SourceRevision> {
        let operation = self.report.operation.as_ref();
        operation.and_then(|run| run.revisions.first()).or(self.report.revisions.first())
    }

    fn attempted(&self, status: &mut Value) {
        if let Some(revision) = self.revision() {
            status["lastAttemptedRevision"] = revision_text(revision).into();
        }
    }

    fn done(&mut self, status: &mut Value) {
        self.conditions.remove("Reconciling");
        self.conditions.remove("Stalled");
        let applied = self.report.applied.first().or(self.revision());
        let revision = applied.map(revision_text).unwrap_or_default();
        self.healthy(status, &revision);
        let message = format!("Applied revision: {revision}");
        self.conditions.set("Ready", "True", "ReconciliationSucceeded", &message);
        status["lastAppliedRevision"] = revision.clone().into();
        status["lastAttemptedRevision"] = revision.into();
        self.note(status, "ReconciliationSucceeded");
        observe(self.resource, status);
    }

    /// Healthy with the time that the run took; a later word about the same run keeps it.
    fn healthy(&mut self, status: &Value, revision: &str) {
        let HealthWait::All(_) = self.app.policy.health else {
            return self.conditions.remove("Healthy");
        };
        if self.report.objects.is_empty() {
            return self.conditions.remove("Healthy");
        }
        let told = self.conditions.get("Healthy").is_some_and(|old| old["status"] == "True")
            && self.conditions.get("Ready").is_some_and(|old| old["status"] == "True")
            && status["lastAppliedRevision"] == revision;
        if told && !self.is_new_run(status) {
            let message = self.conditions.get("Healthy").and_then(|old| old["message"].as_str());
            let message = message.unwrap_or_default().to_owned();
            return self.conditions.set("Healthy", "True", "Succeeded", &message);
        }
        let took = self.report.operation.as_ref().map(took).unwrap_or_default();
        let message = format!("Health check passed in {}", duration::format(took));
        self.conditions.set("Healthy", "True", "Succeeded", &message);
    }

    fn is_new_run(&self, status: &Value) -> bool {
        let finished = self.report.operation.as_ref().and_then(|run| run.finished_at);
        let last = read::list(status, "history").first();
        let last = last.and_then(|entry| read::text(entry, "lastReconciled"));
        finished.is_some_and(|finished| last != Some(read::seconds(finished).as_str()))
    }

    fn failed(&mut self, point: FailurePoint, why: &str, status: &mut Value) {
        let reason = reason(point);
        let step = match point {
            FailurePoint::Source => Step::Fetching,
            FailurePoint::Build => Step::Building,
            FailurePoint::Live | FailurePoint::Apply | FailurePoint::Prune => Step::Detecting,
            FailurePoint::Health => Step::Checking,
            FailurePoint::NotSupported => {
                stall(&mut self.conditions, reason, why);
                return observe(self.resource, status);
            }
        };
        // A gate before the work adds no Reconciling.
        if self.revision().is_some() {
            let message = self.step_message(step);
            self.conditions.set("Reconciling", "True", "ProgressingWithRetry", &message);
        }
        self.conditions.set("Ready", "False", reason, why);
        match point {
            FailurePoint::Health => {
                let prefixed = why.strip_prefix("health check failed after ");
                let cause = prefixed.and_then(|why| why.split_once(": "));
                let cause = cause.map_or(why, |(_, cause)| cause);
                self.conditions.set("Healthy", "False", "HealthCheckFailed", cause);
            }
            FailurePoint::Source | FailurePoint::Build | FailurePoint::Live => return,
            FailurePoint::Apply | FailurePoint::Prune | FailurePoint::NotSupported => {}
        }
        self.attempted(status);
        self.note(status, reason);
    }

    fn note(&self, status: &mut Value, ended: &str) {
        let Some(operation) = &self.report.operation else { return };
        let history = history::note(read::list(status, "history"), operation, ended);
        if !history.is_empty() {
            status["history"] = history.into();
        }
    }

    /// Conditions that the family does not have: each of our kinds is one, as long as it is told.
    fn tell_rest(&mut self, status: &Value) {
        let mut told: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for Condition { kind, message } in &self.report.conditions {
            if let Some(name) = own_name(*kind) {
                told.entry(name).or_default().push(message);
            }
        }
        let drift = self.drift();
        if let Some(drift) = &drift {
            told.insert(DRIFTED, vec![drift]);
        }
        let sharded = inventory::is_sharded(&self.report.inventory, status);
        if sharded {
            told.insert(
                SHARDED,
                vec!["the inventory stands in Inventory objects of this namespace"],
            );
        }
        for name in own_names() {
            match told.get(name) {
                Some(messages) => {
                    self.conditions.set(name, "True", name, &messages.join("; "));
                }
                None => self.conditions.remove(name),
            }
        }
    }

    /// Drift is shown at once, and repaired when the interval is over (P7).
    fn drift(&self) -> Option<String> {
        let settled = matches!(self.report.stage, Stage::Idle | Stage::Done);
        let same = self.report.revisions == self.report.applied;
        if !settled || !same || self.report.status != SyncStatus::OutOfSync {
            return None;
        }
        let drifted: Vec<String> = self
            .report
            .objects
            .iter()
            .filter(|object| object.status == SyncStatus::OutOfSync)
            .map(|object| object.key.to_string())
            .collect();
        let some = drifted.iter().take(10).map(String::as_str).collect::<Vec<_>>().join(", ");
        let objects = match drifted.len() {
            1 => "1 object differs".to_owned(),
            count => format!("{count} objects differ"),
        };
        Some(format!("{objects} from what was applied: {some}"))
    }
}

fn took(operation: &Operation) -> Duration {
    let end = operation.finished_at.unwrap_or(operation.started_at);
    end.duration_since(operation.started_at).try_into().unwrap_or_default()
}

/// Conditions of ours. What has come to stand in Ready or Stalled stands nowhere else.
pub(crate) fn own_names() -> impl Iterator<Item = &'static str> {
    ConditionKind::ALL.into_iter().filter_map(own_name).chain([DRIFTED, SHARDED])
}

/// The condition under which a kind of ours stands: one of its own, or the family's `Ready`.
pub fn condition_name(kind: ConditionKind) -> &'static str {
    own_name(kind).unwrap_or("Ready")
}

fn own_name(kind: ConditionKind) -> Option<&'static str> {
    match kind {
        ConditionKind::LeftOut => Some("LeftOut"),
        ConditionKind::SharedResource => Some("SharedResource"),
        ConditionKind::RepeatedResource => Some("RepeatedResource"),
        ConditionKind::PruneHeld => Some("PruneHeld"),
        ConditionKind::PruneWaiting => Some("PruneWaiting"),
        ConditionKind::Contended => Some("Contended"),
        ConditionKind::ClaimedBy => Some("ClaimedBy"),
        ConditionKind::Deletion => Some("DeletionFailed"),
        ConditionKind::Inventory => Some("InventoryFailed"),
        ConditionKind::InvalidSpec
        | ConditionKind::Comparison
        | ConditionKind::NotSupported
        | ConditionKind::Sync
        | ConditionKind::Window
        | ConditionKind::Truncated
        | ConditionKind::Unknown => None,
    }
}
