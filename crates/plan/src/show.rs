//! A plan as people read it, one line for each step and each thing that is left alone for a reason.

use crate::{Action, GroupName, Held, HeldReason, KeepReason, Kept, Plan, Reason, Step};
use std::fmt;

/// Displays steps in their order, then what is left alone, then what waits. What is as desired is
/// not listed.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for group in &self.groups {
            for step in &group.steps {
                writeln!(f, "{:<10} {step}", group.name.to_string())?;
            }
        }
        for kept in self.kept.iter().filter(|kept| kept.reason != KeepReason::Same) {
            writeln!(f, "{:<10} {kept}", "-")?;
        }
        self.held.iter().try_for_each(|held| writeln!(f, "{held}"))
    }
}

impl fmt::Display for GroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Namespace => f.write_str("namespace"),
            Self::Wave(wave) => write!(f, "wave {}", wave.0),
            Self::Stage(stage) => write!(f, "stage {stage}"),
            Self::Prune(wave) => write!(f, "prune {}", wave.0),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match (&self.action, &self.reason) {
            (Action::Create(_), _) => "create",
            (Action::Update { .. }, Reason::Adopt) => "adopt",
            (Action::Update { .. }, Reason::HandOver(_)) => "hand over",
            (Action::Update { .. }, _) => "update",
            (Action::Prune { .. }, _) => "prune",
        };
        write!(f, "{verb:<9}  {}  ({})", self.key, self.reason)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("absent"),
            Self::Changed => f.write_str("changed"),
            Self::Drifted => f.write_str("drifted"),
            Self::Adopt => f.write_str("not in the inventory"),
            Self::HandOver(former) => write!(f, "from {former}"),
            Self::NamespaceAskedFor => f.write_str("asked for"),
            Self::SyncApplies => f.write_str("this sync applies everything"),
            Self::NoLongerDesired => f.write_str("no longer desired"),
            Self::Cascade => f.write_str("the application is deleted"),
        }
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<9}  {}  ({})", "keep", self.key, self.reason)
    }
}

impl fmt::Display for KeepReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Same => "as desired",
            Self::PruneOff => "requires pruning",
            Self::AskedTo => "asked to be left alone",
            Self::NotOurs => "does not carry our mark",
            Self::Unnamed => {
                "carries our mark from before the installation had a name, and may be another one's: \
                 delete it by hand, or take our mark off"
            }
            Self::ClaimedBy(owner) => return write!(f, "claimed by {owner}"),
            Self::NotInInventory => "carries our mark and is not in the inventory",
            Self::NotReadable => "could not be read",
            Self::RenderIncomplete => "the render is not complete",
            Self::Held => "waits for a yes",
            Self::Refused(why) => return write!(f, "refused: {why}"),
            Self::NeedsDryRun => "only a dry run can tell",
            Self::Terminating => "being deleted",
            Self::NotSelected => "not among what this sync was asked for",
            Self::InventoryUnknown => "the inventory is not known",
            Self::ClaimantUnknown(None) => "an application that may want it is not known yet",
            Self::ClaimantUnknown(Some(owner)) => {
                return write!(
                    f,
                    "{owner} may want it, and what that one renders is not known yet"
                );
            }
            Self::OthersRefused => "another object was refused",
        })
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = self.set.short();
        match self.reason {
            HeldReason::OverBudget { prunes, inventory } => write!(
                f,
                "{prunes} of {inventory} objects would be pruned, more than the budget: nothing is \
                 pruned until set {set} is approved"
            ),
            HeldReason::FilePassedOver => write!(
                f,
                "{} objects would be pruned, and a file that may have held them holds no manifests: \
                 nothing is pruned until set {set} is approved or the file is excluded or removed",
                self.keys.len()
            ),
            HeldReason::BranchRewritten => write!(
                f,
                "the branch was rewritten and {} objects would be pruned: nothing is pruned until set \
                 {set} is approved or a descendant of the last synced commit comes",
                self.keys.len()
            ),
        }
    }
}
