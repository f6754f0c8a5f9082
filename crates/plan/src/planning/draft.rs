//! What was decided object by object, on its way into groups.

use crate::{
    Action, Desired, DesiredObject, Group, GroupName, Held, KeepReason, Kept, Plan, Reason,
    Refusal, Step, groups, order,
};
use std::collections::BTreeMap;
use trimtab_model::{Digest, ObjectKey, Order, Wave};

/// Decisions, not yet in an order.
pub(crate) struct Draft {
    order: Order,
    namespace: Option<Step>,
    applies: Vec<(Wave, Step)>,
    pub(crate) prunes: Vec<groups::Removal>,
    kept: Vec<Kept>,
    refused: BTreeMap<ObjectKey, Refusal>,
    pub(crate) held: Option<Held>,
}

impl Draft {
    pub(crate) fn new(order: Order) -> Self {
        Self {
            order,
            namespace: None,
            applies: Vec::new(),
            prunes: Vec::new(),
            kept: Vec::new(),
            refused: BTreeMap::new(),
            held: None,
        }
    }

    pub(crate) fn keep(&mut self, key: &ObjectKey, reason: KeepReason) {
        self.kept.push(Kept { key: key.clone(), reason });
    }

    pub(crate) fn refuse(&mut self, key: &ObjectKey, refusal: Refusal) {
        self.keep(key, KeepReason::Refused(refusal.to_string()));
        self.refused.insert(key.clone(), refusal);
    }

    pub(crate) fn apply(&mut self, object: &DesiredObject, action: Action, reason: Reason) {
        let step = Step {
            key: object.key.clone(),
            version: object.version.clone(),
            action,
            reason,
            tier: 0,
        };
        self.applies.push((object.wave, step));
    }

    pub(crate) fn create_namespace(&mut self, step: Step) {
        self.namespace = Some(step);
    }

    /// Takes back what the family does not apply beside a refused object, and says whether there is
    /// one. That another application has an object stops only that object.
    pub(crate) fn block(&mut self) -> bool {
        let bad = self.refused.iter().filter(|(_, refusal)| refusal.stops_others());
        let Some(first) = bad.map(|(key, _)| self.step_of(key)).min() else { return false };
        self.namespace = None;
        let applies = std::mem::take(&mut self.applies);
        let (stopped, rest): (Vec<_>, Vec<_>) =
            applies.into_iter().partition(|(_, step)| self.step_of(&step.key) >= first);
        self.applies = rest;
        for (_, step) in &stopped {
            self.keep(&step.key, KeepReason::OthersRefused);
        }
        true
    }

    /// What is validated as a whole before one object of it is applied: everything, or a stage.
    fn step_of(&self, key: &ObjectKey) -> u8 {
        match self.order {
            Order::Waves => 0,
            Order::Stages => order::stage(key),
        }
    }

    /// Orders what was decided.
    pub(crate) fn finish(mut self, desired: &Desired) -> Plan {
        self.kept.sort_by(|a, b| a.key.cmp(&b.key));
        let mut groups = match self.order {
            Order::Waves => groups::waves(self.applies, self.prunes),
            Order::Stages => groups::stages(self.applies, self.prunes),
        };
        if let Some(step) = self.namespace {
            let name = GroupName::Namespace;
            groups
                .insert(0, Group { name, steps: vec![step], waits: false, all_or_nothing: false });
        }
        let mut plan = Plan {
            revisions: desired.revisions.clone(),
            groups,
            kept: self.kept,
            refused: self.refused,
            held: self.held,
            digest: Digest::of(b""),
        };
        plan.digest = plan.own_digest();
        plan
    }
}
