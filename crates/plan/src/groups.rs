//! From decisions to groups: the two families' ways of putting steps in an order.

use crate::{Group, GroupName, Step, order};
use std::collections::BTreeMap;
use trimtab_model::{GroupKind, Namespace, ObjectKey, Wave};

/// A removal on its way into a group.
pub(crate) struct Removal {
    pub wave: Wave,
    pub last: bool,
    pub step: Step,
}

/// Groups by wave: prunes in the mirrored waves, before the applies of the same wave; every wave but
/// the last is waited for. Source: argo-cd `gitops-engine/pkg/sync/sync_context.go`.
pub(crate) fn waves(applies: Vec<(Wave, Step)>, prunes: Vec<Removal>) -> Vec<Group> {
    let mut steps: BTreeMap<Wave, (Vec<Step>, Vec<Step>)> = BTreeMap::new();
    for (wave, step) in pulled_forward(applies) {
        steps.entry(wave).or_default().1.push(step);
    }
    let highest = steps.keys().next_back().copied();
    for (wave, step) in mirrored(prunes, highest) {
        steps.entry(wave).or_default().0.push(step);
    }
    let last = steps.keys().next_back().copied();
    let mut groups = Vec::new();
    for (wave, (mut prunes, mut applies)) in steps {
        let waits = Some(wave) != last;
        prunes.sort_by(|a, b| order::place_in_wave(&b.key).cmp(&order::place_in_wave(&a.key)));
        for step in &mut applies {
            step.tier = order::tier_in_wave(&step.key);
        }
        applies.sort_by(|a, b| in_wave(a).cmp(&in_wave(b)));
        // The applies' wait, where there is one, covers the prunes before them.
        let prunes_wait = waits && applies.is_empty();
        push(&mut groups, GroupName::Prune(wave), prunes, (prunes_wait, false));
        push(&mut groups, GroupName::Wave(wave), applies, (waits, false));
    }
    groups
}

fn in_wave(step: &Step) -> (u8, (usize, &str, &ObjectKey)) {
    (step.tier, order::place_in_wave(&step.key))
}

/// Groups by stage, each validated as a whole; definitions and classes are waited for; prunes come
/// after all stages, in reverse order. Source: fluxcd/pkg `ssa/manager_apply.go`.
pub(crate) fn stages(applies: Vec<(Wave, Step)>, prunes: Vec<Removal>) -> Vec<Group> {
    let mut stages: BTreeMap<u8, Vec<Step>> = BTreeMap::new();
    for (_, mut step) in applies {
        step.tier = order::tier_in_stage(&step.key);
        stages.entry(order::stage(&step.key)).or_default().push(step);
    }
    let mut groups = Vec::new();
    for (stage, mut steps) in stages {
        steps.sort_by(|a, b| order::place_in_stage(&a.key).cmp(&order::place_in_stage(&b.key)));
        push(&mut groups, GroupName::Stage(stage), steps, (stage < order::LAST_STAGE, true));
    }
    let mut removals: Vec<Step> = prunes.into_iter().map(|removal| removal.step).collect();
    removals.sort_by(|a, b| order::place_in_stage(&b.key).cmp(&order::place_in_stage(&a.key)));
    push(&mut groups, GroupName::Prune(Wave(0)), removals, (false, false));
    groups
}

fn push(
    groups: &mut Vec<Group>,
    name: GroupName,
    steps: Vec<Step>,
    (waits, all_or_nothing): (bool, bool),
) {
    if !steps.is_empty() {
        groups.push(Group { name, steps, waits, all_or_nothing });
    }
}

/// A namespace, and the definition of a kind, moves into the wave of the first object that needs it,
/// if that is an earlier one.
fn pulled_forward(mut applies: Vec<(Wave, Step)>) -> Vec<(Wave, Step)> {
    let mut namespaces: BTreeMap<Namespace, Wave> = BTreeMap::new();
    let mut kinds: BTreeMap<GroupKind, Wave> = BTreeMap::new();
    for (wave, step) in &applies {
        if let Some(namespace) = &step.key.namespace {
            earliest(&mut namespaces, namespace.clone(), *wave);
        }
        earliest(&mut kinds, step.key.group_kind(), *wave);
    }
    for (wave, step) in &mut applies {
        let needed = if step.key.is("", "Namespace") {
            namespaces.get(step.key.name.as_str())
        } else if step.key.is("apiextensions.k8s.io", "CustomResourceDefinition") {
            defined_kind(step).and_then(|kind| kinds.get(&kind))
        } else {
            None
        };
        *wave = needed.map_or(*wave, |needed| (*wave).min(*needed));
    }
    applies
}

fn earliest<K: Ord>(waves: &mut BTreeMap<K, Wave>, key: K, wave: Wave) {
    let entry = waves.entry(key).or_insert(wave);
    *entry = (*entry).min(wave);
}

/// The kind that a definition defines.
fn defined_kind(step: &Step) -> Option<GroupKind> {
    let body = step.action.body()?.value();
    let spec = body.get("spec")?;
    let group = spec.get("group")?.as_str()?;
    Some(GroupKind::new(group, spec.get("names")?.get("kind")?.as_str()?))
}

/// Prunes go in the mirrored order of their own waves: what came last goes first. Those that wait for
/// everything else go in a wave of their own after the highest one, which is at least wave 1.
fn mirrored(prunes: Vec<Removal>, highest_apply: Option<Wave>) -> Vec<(Wave, Step)> {
    let mut waves: Vec<Wave> = prunes.iter().map(|removal| removal.wave).collect();
    waves.sort_unstable();
    waves.dedup();
    let mirror = |wave: Wave| match waves.binary_search(&wave) {
        Ok(place) => waves[waves.len() - 1 - place],
        Err(_) => wave,
    };
    let highest = waves.last().copied().max(highest_apply).unwrap_or_default().max(Wave(0));
    let after_all = Wave(highest.0.saturating_add(1));
    let place = |removal: &Removal| if removal.last { after_all } else { mirror(removal.wave) };
    prunes.into_iter().map(|removal| (place(&removal), removal.step)).collect()
}

/// Groups for the removal of a whole application: highest wave first, each waited for.
/// Source: argo-cd `controller/sort_delete.go`.
pub(crate) fn cascade(removals: Vec<Removal>, waits: bool) -> Vec<Group> {
    let mut waves: BTreeMap<Wave, Vec<Step>> = BTreeMap::new();
    for removal in removals {
        waves.entry(removal.wave).or_default().push(removal.step);
    }
    let mut groups = Vec::new();
    for (wave, mut steps) in waves.into_iter().rev() {
        steps.sort_by(|a, b| order::place_in_stage(&b.key).cmp(&order::place_in_stage(&a.key)));
        push(&mut groups, GroupName::Prune(wave), steps, (waits, false));
    }
    groups
}
