//! One line for each object of a plan.

use super::Seen;
use std::collections::BTreeSet;
use trimtab_api::Planned;
use trimtab_model::{ObjectKey, Restraint};
use trimtab_plan::{Action, Desired, KeepReason, Plan, Refusal};
use trimtab_render::Rendered;

/// What would be done with each object, and why. Where something restrains the whole application, nothing is.
pub fn lines(plan: &Plan, desired: &Desired, (rendered, live): (&Rendered, &Seen)) -> Vec<Planned> {
    let mut lines: Vec<Line> = planned(plan, (desired, live));
    not_supported(desired, &mut lines);
    for line in lines.iter_mut().filter(|line| live.is_assumed(&line.key.group_kind())) {
        // Whether its kind has namespaces is not known either.
        let is_it = |key: &ObjectKey| {
            key.group_kind() == line.key.group_kind() && key.name == line.key.name
        };
        let written = rendered.objects.iter().map(|object| &object.key).find(|key| is_it(key));
        line.key.namespace = written.and_then(|key| key.namespace.clone());
    }
    lines.into_iter().map(Line::shown).collect()
}

/// What would be done with one object.
struct Line {
    action: &'static str,
    key: ObjectKey,
    reason: String,
}

fn planned(plan: &Plan, (desired, live): (&Desired, &Seen)) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut done = BTreeSet::new();
    let line = |action, key: &ObjectKey, reason| Line { action, key: key.clone(), reason };
    for step in plan.groups.iter().flat_map(|group| &group.steps) {
        let action = match step.action {
            Action::Create(_) => "create",
            Action::Update { .. } => "update",
            Action::Prune { .. } => "prune",
        };
        let unknown = if live.is_assumed(&step.key.group_kind()) {
            "; its kind is not known without a cluster"
        } else {
            ""
        };
        done.insert(&step.key);
        lines.push(line(action, &step.key, format!("{}{unknown}", step.reason)));
    }
    for (key, refusal) in &plan.refused {
        done.insert(key);
        lines.push(line("refuse", key, why(key, refusal, (desired, live))));
    }
    for kept in plan.kept.iter().filter(|kept| !done.contains(&kept.key)) {
        let action = if kept.reason == KeepReason::Same { "same" } else { "keep" };
        lines.push(line(action, &kept.key, kept.reason.to_string()));
    }
    lines
}

/// Why an object is refused.
fn why(key: &ObjectKey, refusal: &Refusal, (desired, live): (&Desired, &Seen)) -> String {
    match (refusal, desired.refused_at.get(key)) {
        (Refusal::UnknownKind(_), Some((version, _))) => {
            let whose = if live.discovery().is_some() { "the cluster" } else { "Kubernetes" };
            let kind = key.group_kind().at(version.clone());
            format!("{whose} has no kind {} ({})", key.kind, kind.api_version())
        }
        _ => refusal.to_string(),
    }
}

/// Puts what is not supported to the objects that ask for it. What restrains stops everything else, too.
fn not_supported(desired: &Desired, lines: &mut [Line]) {
    for field in &desired.not_supported {
        let sentence = trimtab_sync::not_supported(field).message;
        let action = match field.restraint {
            Restraint::Restrains => "refuse",
            Restraint::Adds => "keep",
        };
        // A field of an object ends with the object.
        let asks = |line: &Line| field.field.ends_with(&format!(" on {}", line.key));
        for line in lines.iter_mut().filter(|line| asks(line)) {
            // An option that is only left out leaves the object itself to be applied.
            if action == "refuse" || line.action == "keep" {
                (line.action, line.reason) = (action, sentence.clone());
            }
        }
    }
    if desired.not_supported.iter().any(|field| field.restraint == Restraint::Restrains) {
        let acts = |line: &&mut Line| matches!(line.action, "create" | "update" | "prune");
        for line in lines.iter_mut().filter(acts) {
            (line.action, line.reason) = ("keep", KeepReason::OthersRefused.to_string());
        }
    }
}

impl Line {
    fn shown(self) -> Planned {
        let key = self.key;
        Planned {
            action: self.action.to_owned(),
            group: key.group.to_string(),
            kind: key.kind.to_string(),
            namespace: key.namespace.as_ref().map(ToString::to_string).unwrap_or_default(),
            name: key.name.to_string(),
            reason: self.reason,
        }
    }
}
