//! The health of an application from that of its objects.

use crate::Code;

/// What one object contributes to the health of its application. Hooks, and objects that a manifest
/// asks to skip, are no parts at all; objects that are only waiting to be pruned are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Desired, and not in the cluster. It does not worsen the application: its sync
    /// status says it.
    Missing,
    /// In the cluster and without a say: its kind has no check, its annotation asks to be left out,
    /// or it is the application itself.
    Silent,
    /// In the cluster, and judged.
    Live(Code),
    /// Another application, judged. One that is missing or cannot be judged does not worsen its
    /// parent.
    ChildApp(Code),
}

/// The health of an application: the worst of its parts; `Missing` where parts are wanted and none is
/// in the cluster; `Healthy` without any parts.
/// Source: argo-cd `controller/health.go`.
pub fn app(parts: impl IntoIterator<Item = Part>) -> Code {
    let (mut worst, mut some, mut live) = (Code::Healthy, false, false);
    for part in parts {
        some = true;
        live |= part != Part::Missing;
        worst = worst.worst(contribution(part));
    }
    if some && !live { worst.worst(Code::Missing) } else { worst }
}

fn contribution(part: Part) -> Code {
    match part {
        Part::Missing | Part::Silent | Part::ChildApp(Code::Missing | Code::Unknown) => {
            Code::Healthy
        }
        Part::Live(code) | Part::ChildApp(code) => code,
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, app};
    use crate::Code;

    #[test]
    fn an_application_without_objects_is_healthy() {
        assert_eq!(app([]), Code::Healthy);
    }

    #[test]
    fn the_worst_part_decides() {
        let parts = [Code::Progressing, Code::Degraded, Code::Suspended, Code::Healthy];
        assert_eq!(app(parts.map(Part::Live)), Code::Degraded);
    }

    #[test]
    fn a_missing_object_does_not_worsen_an_application_that_has_others() {
        assert_eq!(app([Part::Missing, Part::Live(Code::Healthy)]), Code::Healthy);
        assert_eq!(app([Part::Missing, Part::Silent]), Code::Healthy);
    }

    #[test]
    fn an_application_with_nothing_in_the_cluster_is_missing() {
        assert_eq!(app([Part::Missing, Part::Missing]), Code::Missing);
    }

    #[test]
    fn a_child_that_is_missing_or_unknown_leaves_its_parent_alone() {
        assert_eq!(app([Part::ChildApp(Code::Unknown)]), Code::Healthy);
        assert_eq!(app([Part::ChildApp(Code::Missing)]), Code::Healthy);
        assert_eq!(app([Part::ChildApp(Code::Degraded)]), Code::Degraded);
    }

    #[test]
    fn an_object_that_cannot_be_judged_is_the_worst() {
        assert_eq!(app([Part::Live(Code::Degraded), Part::Live(Code::Unknown)]), Code::Unknown);
    }
}
