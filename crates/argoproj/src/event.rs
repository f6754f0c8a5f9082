//! Events of an Application.

use trimtab_sync::Happening;

/// The reason of the event that tells of a happening. Source: argo-cd `util/argo/audit_logger.go`.
pub fn reason(happening: Happening) -> &'static str {
    match happening {
        Happening::OperationCompleted => "OperationCompleted",
        Happening::Deletion => "StatusRefreshed",
        Happening::TakenOver => "TakenOver",
    }
}
