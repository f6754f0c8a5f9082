//! The render beside the cluster.

use super::Engine;
use crate::slot::{Made, Slot};
use std::collections::BTreeSet;
use std::sync::Arc;
use trimtab_inventory::Inventory;
use trimtab_model::{
    App, AppId, GroupKind, GroupVersionKind, NamespaceCreation, ObjectKey, Version,
};
use trimtab_plan::{Assessment, Desired, Part, Refusal, World};
use trimtab_render::Rendered;

impl Engine {
    /// Makes the render ready for the cluster, if anything that it was made of has changed.
    pub(super) fn make_desired(&mut self, id: &AppId, app: &App, slot: &mut Slot) {
        let Some((revisions, _)) = &slot.render.of else { return };
        if slot.render.parts.len() != app.sources.len() || !self.discovered {
            return;
        }
        let made =
            Made { app: app.digest, kinds: self.kinds_epoch, project: self.project_epoch(app) };
        if slot.desired.as_ref().is_some_and(|(_, known)| *known == made) {
            return;
        }
        let rendered: Vec<Rendered> = slot.render.parts.iter().map(|part| part.open()).collect();
        let parts: Vec<Part<'_>> = app
            .sources
            .iter()
            .zip(revisions)
            .zip(&rendered)
            .map(|((source, revision), rendered)| Part {
                source,
                revision: revision.clone(),
                rendered,
            })
            .collect();
        let manager = app.tracking.manager.clone();
        let desired = {
            let world = world(self, app, &manager, slot.state.inventory());
            Arc::new(trimtab_plan::desired(&world, &parts))
        };
        let keys = desired.objects.keys().cloned().collect();
        self.desires(id, keys);
        slot.desired = Some((desired, made));
    }

    /// The render beside the cluster; nothing while one of its collections has not been read.
    pub(super) fn assess(
        &mut self,
        app: &App,
        slot: &Slot,
        desired: &Desired,
    ) -> Option<Assessment> {
        let inventory =
            slot.state.inventory().known().into_iter().flat_map(|entries| entries.keys());
        let creates = app.policy.create_namespace == NamespaceCreation::WhenAbsent;
        let namespace = app.destination.namespace.as_ref().filter(|_| creates);
        let namespace = namespace
            .map(|name| ObjectKey::cluster(&GroupKind::new("", "Namespace"), name.as_str()));
        let refused = there_all_the_same(desired).map(|(key, _)| key);
        let wanted = desired.objects.keys().chain(refused);
        let mut keys = wanted.chain(inventory).chain(&namespace);
        let unsettled = keys.find(|key| !self.is_settled(key)).map(ObjectKey::group_kind);
        if let Some(until) = unsettled.as_ref().and_then(|kind| self.waited_for(kind)) {
            // That it lasts is no event.
            self.wake(&app.id, until);
        }
        if unsettled.is_some() || !self.registry.complete {
            return None;
        }
        let manager = app.tracking.manager.clone();
        let (assessment, baselines) = {
            let world = world(self, app, &manager, slot.state.inventory());
            let assessment = trimtab_plan::assess(&world, desired);
            let mut baselines = Vec::new();
            for (key, object) in &desired.objects {
                let finding = assessment.objects.get(key).map(|assessed| &assessed.finding);
                let baseline =
                    finding.and_then(|f| trimtab_plan::baseline_after(&world, object, f));
                baselines.extend(baseline.map(|baseline| (key.clone(), baseline)));
            }
            (assessment, baselines)
        };
        for (key, baseline) in baselines {
            self.memory.of(&manager).remember(key, baseline);
        }
        Some(assessment)
    }
}

/// The kinds that must be watched for an application: of what it desires, also where that is refused,
/// and of what it has.
pub(super) fn needed(slot: &Slot, app: &App) -> BTreeSet<GroupVersionKind> {
    let mut kinds = BTreeSet::new();
    if let Some((desired, _)) = &slot.desired {
        kinds.extend(desired.objects.values().map(|o| o.key.group_kind().at(o.version.clone())));
        let refused = there_all_the_same(desired);
        kinds.extend(refused.map(|(key, version)| key.group_kind().at(version.clone())));
    }
    if let Ok(entries) = slot.state.inventory().known() {
        let kind = |(key, entry): (&ObjectKey, &trimtab_inventory::Entry)| {
            (!entry.version.is_empty()).then(|| key.group_kind().at(entry.version.clone()))
        };
        kinds.extend(entries.iter().filter_map(kind));
    }
    if app.policy.create_namespace == NamespaceCreation::WhenAbsent {
        kinds.insert(GroupVersionKind::of("v1", "Namespace"));
    }
    kinds
}

/// What is refused for what it is or for whose it is may be there all the same; a kind that is not
/// permitted, or that nobody knows, is not looked at.
fn there_all_the_same(desired: &Desired) -> impl Iterator<Item = (&ObjectKey, &Version)> {
    let refused = desired.refused.iter().filter(|(_, refusal)| match refusal {
        Refusal::Invalid(_)
        | Refusal::OtherVersion(_)
        | Refusal::OwnedBy(_)
        | Refusal::OwnerUnknown(_)
        | Refusal::OwnerUnseen(..) => true,
        Refusal::NotPermitted(_) | Refusal::UnknownKind(_) | Refusal::KindUnknowable(_) => false,
    });
    refused.filter_map(|(key, _)| Some((key, &desired.refused_at.get(key)?.0)))
}

pub(super) fn world<'a>(
    engine: &'a Engine,
    app: &'a App,
    manager: &trimtab_model::FieldManager,
    inventory: &'a Inventory,
) -> World<'a> {
    World {
        app,
        project: engine.project(app),
        cluster: &engine.cluster,
        inventory,
        live: &engine.index,
        memory: engine.memory.peek(manager),
        claims: engine,
        schemas: &engine.schemas,
        secret_key: &engine.settings.secret_key,
    }
}
