//! The sentence about prunes that wait for a yes (P2, P13): written here, and read here.

use crate::words;
use trimtab_model::Name;
use trimtab_plan::{Held, HeldReason};

/// The annotation that says yes to one set of prunes.
pub const APPROVE: &str = "trimtab.dev/approve";

/// Why prunes wait, and how to say yes to exactly this set.
pub(crate) fn held_message(held: &Held, app: &Name, passed_over: Option<&str>) -> String {
    let set = held.set.short();
    let count = held.keys.len();
    let objects = if count == 1 { "object" } else { "objects" };
    let why = match held.reason {
        HeldReason::OverBudget { prunes, inventory } => {
            format!("{prunes} of {inventory} objects would be pruned, more than the budget")
        }
        HeldReason::BranchRewritten => {
            let why = words::BRANCH_REWRITTEN;
            format!("{why}, and {count} {objects} would be pruned")
        }
        HeldReason::FilePassedOver => {
            let file = passed_over.unwrap_or("a file");
            format!(
                "{file} holds no manifests, or fewer than it may have held, and {count} {objects} that may \
                 have been in it would be pruned (mend the file; if it is none of the manifests, exclude or \
                 remove it)"
            )
        }
    };
    format!(
        "{why}: nothing is pruned until it is approved; `trimtab app approve {app}`, or annotate {APPROVE}: {set}"
    )
}

/// The set that such a sentence names, and why it waits; `None` for any other sentence.
pub fn held_set(message: &str) -> Option<(&str, &str)> {
    let (said, set) = message.split_once(APPROVE)?;
    let set = set.strip_prefix(": ")?;
    let end = set.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(set.len());
    let set = set.get(..end).filter(|set| set.len() >= 12)?;
    Some((set, said.split(": ").next().unwrap_or(said)))
}

/// Whether a sentence is about prunes that wait because the branch was rewritten.
pub fn tells_of_rewriting(message: &str) -> bool {
    message.starts_with(words::BRANCH_REWRITTEN)
}

#[cfg(test)]
mod tests {
    use super::{held_message, held_set};
    use std::collections::BTreeSet;
    use trimtab_model::Digest;
    use trimtab_plan::{Held, HeldReason};

    #[test]
    fn the_set_that_waits_is_read_out_of_the_sentence_that_names_it() {
        let over = HeldReason::OverBudget { prunes: 30, inventory: 40 };
        for reason in [over, HeldReason::BranchRewritten] {
            let set = Digest::of(b"set");
            let held = Held { keys: BTreeSet::new().into_iter().collect(), set, reason };
            let message = held_message(&held, &"shop".into(), None);
            let (found, why) = held_set(&message).expect("a set");
            assert_eq!(found, held.set.short());
            assert!(message.contains("`trimtab app approve shop`"), "{message}");
            assert!(message.starts_with(why) && why.ends_with(['d', 't']), "{why}");
            assert_eq!(held_set(&format!("{message}; and more")), Some((found, why)));
        }
        assert_eq!(held_set("trimtab.dev/approve: 0123"), None);
        assert_eq!(held_set("nothing"), None);
    }
}
