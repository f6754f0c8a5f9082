//! When what was asked for has ended.

use super::kustomization::{condition, is_current, named};
use serde_json::Value;
use trimtab_cli::AppKind;
use trimtab_crd::read::{annotation, at, text};

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
    use super::{of_operation, of_reconcile};
    use serde_json::json;

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
