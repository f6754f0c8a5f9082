//! When what was asked for has ended.

use super::kustomization::{condition, is_current, named};
use serde_json::Value;
use trimtab_api::ResourceResult;
use trimtab_cli::AppKind;
use trimtab_crd::read::{annotation, at, is_true, list, text};

/// How far a sync is.
#[derive(Debug, PartialEq, Eq)]
pub struct End {
    /// The family's word for it.
    pub phase: String,
    /// The sentence that stands beside it.
    pub message: String,
    /// Whether it ended well; nothing while it runs.
    pub succeeded: Option<bool>,
}

/// How far an Application's operation is. It has ended when its state says so and the request is gone.
pub fn of_operation(resource: &Value) -> End {
    let of = |field: &str| text(resource, &format!("status.operationState.{field}"));
    let phase = of("phase").unwrap_or("Pending");
    let asked = at(resource, "operation").is_some_and(Value::is_object);
    let succeeded = match phase {
        "Succeeded" => Some(true),
        "Failed" | "Error" => Some(false),
        _ => None,
    };
    End {
        phase: phase.to_owned(),
        message: of("message").unwrap_or_default().to_owned(),
        succeeded: succeeded.filter(|_| !asked),
    }
}

/// The operation that was asked for, told from those that begin after it.
#[derive(Debug, Default)]
pub struct Operation {
    /// When it began, which names it.
    begun: Option<String>,
    /// The resource as it was last seen to speak of it.
    pub last: Option<Value>,
}

impl Operation {
    /// How far it is. Who asked has cleared the state of the operation before, so that the first of a
    /// person is this one; one that began by itself took its place only when the request is gone.
    pub fn seen(&mut self, resource: &Value) -> End {
        let found = text(resource, "status.operationState.startedAt");
        let by_itself = is_true(resource, "status.operationState.operation.initiatedBy.automated");
        let asked = at(resource, "operation").is_some_and(Value::is_object);
        let is_another = match &self.begun {
            Some(begun) => found.is_some_and(|found| found != begun),
            None => by_itself && !asked,
        };
        if is_another {
            return ended_unseen(resource, self.begun.as_deref());
        }
        // It is written together with the end of its request.
        if !by_itself && !asked && self.begun.is_none() {
            self.begun = found.map(str::to_owned);
        }
        self.last = Some(resource.clone());
        of_operation(resource)
    }
}

/// Another operation has begun: of the one before the history says whether it succeeded.
fn ended_unseen(resource: &Value, begun: Option<&str>) -> End {
    let succeeded = begun.is_some()
        && list(resource, "status.history")
            .iter()
            .any(|entry| text(entry, "deployStartedAt") == begun);
    let (phase, message) = if succeeded {
        ("Succeeded", "another sync has begun since")
    } else {
        (
            "Unknown",
            "another sync began before the end of this one was seen, and the history has no success of it",
        )
    };
    End { phase: phase.to_owned(), message: message.to_owned(), succeeded: Some(succeeded) }
}

/// How many prunes of a sync wait for a yes.
pub fn held(operation: &trimtab_api::Operation) -> usize {
    let waits = |one: &&ResourceResult| {
        one.status == "PruneSkipped" && one.message == trimtab_sync::PRUNE_HELD
    };
    operation.results.iter().filter(waits).count()
}

/// That so many prunes of an application wait, and what to do.
pub fn waits(held: usize, name: &str) -> String {
    let prunes = if held == 1 { "1 prune waits".to_owned() } else { format!("{held} prunes wait") };
    format!("{prunes} for approval: `trimtab app approve {name}`")
}

/// How far the reconcile is that was asked for with this token.
pub fn of_reconcile(resource: &Value, token: &str) -> End {
    let ready = condition(resource, "Ready");
    let handled = text(resource, "status.lastHandledReconcileAt") == Some(token);
    let succeeded = match ready {
        Some("True") => Some(true),
        Some("False") => Some(false),
        _ => None,
    };
    let of = |field: &str| {
        named(resource, "Ready").and_then(|ready| text(ready, field)).unwrap_or_default()
    };
    // A failure is told of this generation in the condition alone: the status is of the last that went well.
    let is_of_it = named(resource, "Ready").and_then(|ready| at(ready, "observedGeneration"))
        == at(resource, "metadata.generation");
    let under_way = named(resource, "Reconciling")
        .is_some_and(|reconciling| text(reconciling, "reason") == Some("Progressing"));
    let ended = match succeeded {
        Some(false) => !under_way && (is_of_it || is_current(resource)),
        Some(true) | None => is_current(resource),
    };
    let phase = if handled { of("reason") } else { "Pending" };
    End {
        phase: phase.to_owned(),
        message: if handled { of("message").to_owned() } else { String::new() },
        succeeded: succeeded.filter(|_| handled && ended),
    }
}

/// Whether a sync runs or waits to begin.
pub fn is_busy(kind: AppKind, resource: &Value) -> bool {
    match kind {
        AppKind::Application => {
            let phase = text(resource, "status.operationState.phase");
            at(resource, "operation").is_some_and(Value::is_object)
                || matches!(phase, Some("Running" | "Terminating"))
        }
        AppKind::Kustomization => {
            condition(resource, "Reconciling") == Some("True") || !is_current(resource)
        }
    }
}

/// Whether the look that was asked for has been taken.
pub fn is_refreshed(kind: AppKind, resource: &Value, token: &str) -> bool {
    match kind {
        AppKind::Application => annotation(resource, trimtab_argoproj::names::REFRESH).is_none(),
        AppKind::Kustomization => text(resource, "status.lastHandledReconcileAt") == Some(token),
    }
}

#[cfg(test)]
mod tests {
    use super::{Operation, held, of_operation, of_reconcile, waits};
    use serde_json::json;

    #[test]
    fn prunes_that_wait_for_a_yes_are_counted() {
        let entry = |status: &str, message: &str| json!({"kind": "ConfigMap", "name": "a", "status": status, "message": message});
        let resources = [
            entry("PruneSkipped", "held (waits for approval)"),
            entry("PruneSkipped", "ignored (requires pruning)"),
            entry("Synced", "held (waits for approval)"),
        ];
        let state = json!({"phase": "Succeeded", "syncResult": {"resources": resources}});
        let resource = json!({"status": {"operationState": state}});
        let application = crate::app::application::read(&resource);
        assert_eq!(held(&application.operation.expect("an operation")), 1);
        assert_eq!(waits(1, "shop"), "1 prune waits for approval: `trimtab app approve shop`");
        assert!(waits(45, "shop").starts_with("45 prunes wait for approval"));
    }

    #[test]
    fn the_operation_that_was_asked_for_is_told_from_the_next_one() {
        let state = |started: &str, phase: &str, automated: bool| {
            json!({"phase": phase, "startedAt": started,
                "operation": {"initiatedBy": {"automated": automated}}})
        };
        let ours = |phase: &str| json!({"status": {"operationState": state("t1", phase, false)}});
        let next = |phase: &str, began: &str| {
            json!({"status": {"operationState": state("t2", phase, true),
                "history": [{"deployStartedAt": began}]}})
        };
        let mut operation = Operation::default();
        assert_eq!(operation.seen(&ours("Running")).succeeded, None);
        assert_eq!(operation.seen(&next("Failed", "t1")).succeeded, Some(true));
        assert_eq!(operation.seen(&next("Succeeded", "t0")).succeeded, Some(false));
        assert_eq!(operation.last, Some(ours("Running")), "its own results are shown");
        // One that ran already when the request was sent.
        let mut waits = next("Succeeded", "t0");
        waits["operation"] = json!({"sync": {}});
        let mut operation = Operation::default();
        assert_eq!(operation.seen(&waits).succeeded, None);
        assert_eq!(operation.seen(&ours("Failed")).succeeded, Some(false));
    }

    #[test]
    fn an_operation_ends_when_its_request_is_gone() {
        let state = |phase: &str| json!({"status": {"operationState": {"phase": phase}}});
        assert_eq!(of_operation(&json!({})).succeeded, None);
        assert_eq!(of_operation(&state("Running")).succeeded, None);
        assert_eq!(of_operation(&state("Succeeded")).succeeded, Some(true));
        assert_eq!(of_operation(&state("Error")).succeeded, Some(false));
        let mut asked = state("Succeeded");
        asked["operation"] = json!({"sync": {}});
        assert_eq!(of_operation(&asked).succeeded, None);
    }

    #[test]
    fn a_reconcile_ends_when_its_token_was_handled() {
        let resource = json!({
            "metadata": {"generation": 1},
            "status": {
                "observedGeneration": 1,
                "lastHandledReconcileAt": "b",
                "conditions": [{"type": "Ready", "status": "False", "reason": "BuildFailed", "message": "m"}],
            },
        });
        assert_eq!(of_reconcile(&resource, "a").succeeded, None);
        let end = of_reconcile(&resource, "b");
        assert_eq!((end.succeeded, &*end.phase), (Some(false), "BuildFailed"));
    }

    #[test]
    fn a_reconcile_that_failed_at_a_new_generation_has_ended_when_nothing_is_under_way() {
        let with = |reconciling: &str| {
            json!({
                "metadata": {"generation": 2},
                "status": {
                    "observedGeneration": 1,
                    "lastHandledReconcileAt": "a",
                    "conditions": [
                        {"type": "Ready", "status": "False", "reason": "ArtifactFailed", "observedGeneration": 2},
                        {"type": "Reconciling", "status": "True", "reason": reconciling},
                    ],
                },
            })
        };
        assert_eq!(of_reconcile(&with("ProgressingWithRetry"), "a").succeeded, Some(false));
        assert_eq!(of_reconcile(&with("Progressing"), "a").succeeded, None);
        assert_eq!(of_reconcile(&with("ProgressingWithRetry"), "b").succeeded, None);
    }
}
