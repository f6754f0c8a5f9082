//! Annotations of trimtab.dev, which mean the same on the resources of both families.

use crate::read;
use serde_json::Value;
use trimtab_model::{Approval, NotSupported, PruneLimit, Restraint, RewrittenBranch};

/// What a resource asks for in our own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// `trimtab.dev/prune-budget`: how much one plan may prune without a yes (P2).
    pub prune_limit: Option<PruneLimit>,
    /// `trimtab.dev/approve`: the yes to one set of prunes (P2).
    pub approval: Option<Approval>,
    /// `trimtab.dev/rewritten-branch`: `follow` or `hold` (P13).
    pub rewritten_branch: Option<RewrittenBranch>,
    /// `trimtab.dev/owner: trimtab`: the resource is ours, whoever else writes it (P9).
    pub owned_by_us: bool,
    /// `trimtab.dev/self-heal: immediate`: drift is repaired at once (P7).
    pub heals_at_once: bool,
    /// Annotations of ours that nobody knows, or whose values nobody understands. They restrain: the
    /// protection that was meant would be missing.
    pub not_understood: Vec<NotSupported>,
}

const PREFIX: &str = "trimtab.dev/";

/// Reads the annotations of a resource.
pub fn wishes(resource: &Value) -> Wishes {
    let mut wishes = Wishes::default();
    for (name, value) in read::entries(resource, "metadata.annotations") {
        let Some(short) = name.strip_prefix(PREFIX) else { continue };
        if wishes.take(short, value.trim()).is_none() {
            wishes
                .not_understood
                .push(NotSupported { field: name.into(), restraint: Restraint::Restrains });
        }
    }
    wishes
}

impl Wishes {
    fn take(&mut self, name: &str, value: &str) -> Option<()> {
        match (name, value) {
            ("prune-budget", _) => self.prune_limit = Some(value.parse().ok()?),
            ("approve", _) => self.approval = Some(Approval(value.into())),
            ("rewritten-branch", "follow") => {
                self.rewritten_branch = Some(RewrittenBranch::Follow);
            }
            ("rewritten-branch", "hold") => {
                self.rewritten_branch = Some(RewrittenBranch::HoldPrunes);
            }
            ("owner", "trimtab") => self.owned_by_us = true,
            ("self-heal", "immediate") => self.heals_at_once = true,
            _ => return None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::wishes;
    use serde_json::json;
    use trimtab_model::{PruneLimit, RewrittenBranch};

    #[test]
    fn what_is_asked_for_is_read() {
        let resource = json!({"metadata": {"annotations": {
            "trimtab.dev/prune-budget": "5",
            "trimtab.dev/approve": "0123456789ab",
            "trimtab.dev/rewritten-branch": "follow",
            "trimtab.dev/owner": "trimtab",
            "trimtab.dev/self-heal": "immediate",
            "example.com/other": "x",
        }}});
        let wishes = wishes(&resource);
        assert_eq!(wishes.prune_limit, Some(PruneLimit::Budget { objects: 5, percent: 0 }));
        assert_eq!(&*wishes.approval.unwrap().0, "0123456789ab");
        assert_eq!(wishes.rewritten_branch, Some(RewrittenBranch::Follow));
        assert!(wishes.owned_by_us && wishes.heals_at_once && wishes.not_understood.is_empty());
    }

    #[test]
    fn what_nobody_understands_restrains() {
        let resource = json!({"metadata": {"annotations": {
            "trimtab.dev/prune-budget": "a lot",
            "trimtab.dev/prune-budge": "5",
            "trimtab.dev/owner": "somebody",
        }}});
        let fields: Vec<String> =
            wishes(&resource).not_understood.iter().map(|found| found.field.to_string()).collect();
        assert_eq!(
            fields,
            ["trimtab.dev/owner", "trimtab.dev/prune-budge", "trimtab.dev/prune-budget"]
        );
    }
}
