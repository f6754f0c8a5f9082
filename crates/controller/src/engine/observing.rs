//! What is told under `--observe`, where nothing is written: the plan of each application, in the log.

use super::Engine;
use crate::slot::{History, Slot};
use trimtab_model::{App, AppId, Digest, Timestamp, limit};
use trimtab_plan::{Plan, SyncRequest};
use trimtab_sync::{Condition, Record, Report};

impl Engine {
    /// Says what would be done for an application, each time that it is something else.
    pub(super) fn tell_plan(
        &mut self,
        id: &AppId,
        slot: &mut Slot,
        (app, record): (&App, &Record),
        now: Timestamp,
    ) {
        if !self.settings.observe {
            return;
        }
        let Some(report) = self.report(id, slot, (app, record), now) else { return };
        let plan = self.plan_of(app, slot);
        let (told, troubles) = (told(plan.as_ref()), self.troubles(id, &report));
        let digest = Some(Digest::of([&told[..], &troubles[..]].concat().join("\n").as_bytes()));
        if slot.plan_told == digest {
            return;
        }
        slot.plan_told = digest;
        let steps = plan.map_or(0, |plan| plan.groups.iter().map(|group| group.steps.len()).sum());
        tracing::info!(app = %id.with_kind(), sync = ?report.status, health = ?report.health.code, steps, "observed");
        let lines_max = usize::try_from(limit::PLAN_LINES_MAX).unwrap_or(usize::MAX);
        for line in told.iter().take(lines_max) {
            tracing::info!(app = %id.with_kind(), "{line}");
        }
        if let Some(more) = told.len().checked_sub(lines_max).filter(|more| *more > 0) {
            tracing::info!(app = %id.with_kind(), more, "further lines of this plan are left out");
        }
        for line in troubles.iter().take(lines_max) {
            tracing::warn!(app = %id.with_kind(), "{line}");
        }
    }

    /// The plan of a sync by itself, as things are now.
    fn plan_of(&mut self, app: &App, slot: &Slot) -> Option<Plan> {
        let (desired, _) = slot.desired.clone()?;
        let assessment = self.assess(app, slot, &desired)?;
        let manager = &app.tracking.manager;
        let world = super::comparing::world(self, app, manager, slot.state.inventory());
        let request = SyncRequest {
            prune: app.policy.prune,
            explicit: false,
            apply_all: false,
            only: None,
            rewritten: slot.render.history == History::Rewritten,
            passed_over: slot.state.may_have_lost(&desired),
        };
        Some(trimtab_plan::plan(&world, &desired, &assessment, &request))
    }

    /// What stands in the way, by the names that the conditions have in a status.
    fn troubles(&self, id: &AppId, report: &Report) -> Vec<String> {
        let line = |said: &Condition| {
            let name = self.families.condition_name(&id.kind, said.kind);
            format!("{name}: {}", said.message)
        };
        report.conditions.iter().map(line).collect()
    }
}

/// The lines that people read: what would be done, and what is refused.
fn told(plan: Option<&Plan>) -> Vec<String> {
    let steps = plan.map(ToString::to_string).unwrap_or_default();
    let refused = plan.into_iter().flat_map(|plan| &plan.refused);
    let refused = refused.map(|(key, why)| format!("refused    {key}  ({why})"));
    steps.lines().map(str::to_owned).chain(refused).collect()
}
