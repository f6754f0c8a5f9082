//! Whether one live object is as desired: by what we own of it, not by all that it has.

use super::is_older_than_ours;
use crate::{Baseline, DesiredObject, Finding, LiveObject, Sighting, World, options};
use serde_json::Value;
use std::borrow::Cow;
use trimtab_diff::Ignored;
use trimtab_merge::{
    Compare, Comparison, FieldSet, ManagedEntry, ManagedFields, Origin, Schema, compare,
    keyed_values_digest, last_applied, set_of, values_digest,
};
use trimtab_model::GroupVersionKind;

/// Compares one object.
pub(super) fn finding(world: &World<'_>, object: &DesiredObject, live: &LiveObject) -> Finding {
    if object.options.create_only || is_left_alone(world, live) {
        return Finding::Same;
    }
    if let Some(baseline) = world.memory.baseline(&object.key) {
        if is_older_than_ours(world, live) {
            return by_baseline(baseline, object);
        }
        if baseline.uid == live.uid && baseline.desired == object.digest {
            return drift(world, object, (live, baseline));
        }
    }
    if is_as_recalled(world, object, live) {
        return Finding::Same;
    }
    match decided(world, object, live) {
        Verdict::Same => Finding::Same,
        Verdict::Differs => Finding::Changed,
        Verdict::Undecided => dry_run(world, object, live, Finding::Changed),
    }
}

/// Whether the live object itself asks to be left alone.
fn is_left_alone(world: &World<'_>, live: &LiveObject) -> bool {
    let app = world.app;
    !live.annotations.is_empty()
        && options::live_options(&app.annotations, app.policy.options, live).leave_alone
}

/// What our last reply says: the watch has not come to it yet.
fn by_baseline(baseline: &Baseline, object: &DesiredObject) -> Finding {
    if baseline.desired == object.digest { Finding::Same } else { Finding::Changed }
}

/// Whether what we own is as our last apply left it: our entry is there, its set is S, its values
/// are D. A value that changed while the set stayed may be a new server's default, so a dry run
/// decides; ignore rules are asked before anything counts.
fn drift(
    world: &World<'_>,
    object: &DesiredObject,
    (live, baseline): (&LiveObject, &Baseline),
) -> Finding {
    if live.entry == Some(baseline.entry) {
        return Finding::Same;
    }
    if !ignored(world, object).is_empty() && decided(world, object, live) == Verdict::Same {
        return Finding::Same;
    }
    match live.entry {
        None => Finding::Drifted,
        Some(entry) if entry.fields != baseline.entry.fields => Finding::Drifted,
        Some(_) => dry_run(world, object, live, Finding::Drifted),
    }
}

/// Whether the object is in every field of ours as an earlier process left it, and the same is desired.
/// A local cache can say only this. Where it disagrees it may be wrong, so the cluster alone decides:
/// with it and without it the findings are the same, and only what they cost differs.
fn is_as_recalled(world: &World<'_>, object: &DesiredObject, live: &LiveObject) -> bool {
    world.memory.recalled(&object.key).is_some_and(|recalled| {
        recalled.uid == live.uid
            && recalled.desired == object.digest
            && live.entry == Some(recalled.entry)
            // A state older than one that we had: the cluster was restored from a copy.
            && !live.resource_version.is_older_than(&recalled.resource_version)
    })
}

/// Whether our entry says exactly what an apply would make it say: the same fields with the same
/// values. It tells of an object whose content is not kept, as a Secret's, and costs no request.
fn says_the_same(world: &World<'_>, object: &DesiredObject, live: &LiveObject) -> bool {
    let Some(entry) = live.entry.filter(|_| live.version == object.version) else { return false };
    let kind: GroupVersionKind = object.key.group_kind().at(object.version.clone());
    // The digests of rows are made with the table of built-in kinds alone.
    let table = Schema::built_in(&kind);
    let body = object.body.value();
    let fields = set_of(&schema(world, object), &body);
    if fields.digest() != entry.fields {
        return false;
    }
    let values = if object.key.is("", "Secret") {
        keyed_values_digest(world.secret_key, &body, &fields, table.as_ref())
    } else {
        values_digest(&body, &fields, table.as_ref())
    };
    values == entry.values
}

fn dry_run(
    world: &World<'_>,
    object: &DesiredObject,
    live: &LiveObject,
    if_it_changes: Finding,
) -> Finding {
    let answer = world.memory.dry_run(&object.key).filter(|answer| {
        answer.desired == object.digest && answer.against == live.resource_version
    });
    match answer.map(|answer| &answer.changes) {
        None => Finding::NeedsDryRun,
        Some(Ok(true)) => if_it_changes,
        Some(Ok(false)) => Finding::Same,
        Some(Err(why)) => Finding::Refused(why.clone()),
    }
}

/// What documents alone tell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Same,
    Differs,
    Undecided,
}

fn decided(world: &World<'_>, object: &DesiredObject, live: &LiveObject) -> Verdict {
    let Some(body) = world.live.body(live) else {
        let same = says_the_same(world, object, live);
        return if same { Verdict::Same } else { Verdict::Undecided };
    };
    let Ok(managed) = ManagedFields::of(&body) else { return Verdict::Undecided };
    let schema = schema(world, object);
    let ignored = ignored(world, object);
    let desired = as_live(object, &ignored, &body);
    let tracking = &world.app.tracking;
    let ours = |entry: &ManagedEntry| entry.is_apply_of(&tracking.manager);
    let owned = managed.0.iter().any(ours).then(|| managed.fields_of(ours));
    let is_predecessor =
        |entry: &ManagedEntry| tracking.predecessors.iter().any(|known| entry.is_update_of(known));
    let others = managed.fields_of(|entry| !ours(entry) && !is_predecessor(entry));
    let last_applied = last_applied(&body);
    let comparison = compare(&Compare {
        schema: &schema,
        desired: &desired,
        live: &body,
        owned: owned.as_ref(),
        others: &others,
        last_applied: last_applied.as_ref(),
    });
    match comparison {
        Comparison::Same if owns_all(&schema, &desired, (owned.as_ref(), &others)) => Verdict::Same,
        // The values are right and our entry is not: only the server can tell what an apply would
        // make of it. With ignore rules another writer may own what we ignore.
        Comparison::Same if !ignored.is_empty() => Verdict::Same,
        Comparison::Same | Comparison::Undecided(_) => Verdict::Undecided,
        Comparison::Different(_) => Verdict::Differs,
    }
}

/// Whether an apply would take nothing into our entry, and nothing out of it that matters to anybody. A
/// predecessor writes out what the server fills in (a port's protocol, a struct that Go always
/// writes): where such a field is nobody else's, giving it up changes nothing, and is left to the
/// object's first real change. What another one owns too is given up at once, so that it is theirs
/// alone. An object that was never applied server-side has no entry of ours.
fn owns_all(
    schema: &Schema,
    desired: &Value,
    (owned, others): (Option<&FieldSet>, &FieldSet),
) -> bool {
    let Some(owned) = owned.filter(|_| schema.origin() != Origin::Deduced) else { return true };
    let wanted = set_of(schema, desired);
    wanted.difference(owned).is_empty() && owned.difference(&wanted).intersection(others).is_empty()
}

/// The fields that do not count.
fn ignored(world: &World<'_>, object: &DesiredObject) -> Ignored {
    Ignored::of(&world.app.policy.ignore, &object.key)
}

/// The desired object with the live values in all fields that do not count: what is equal on both
/// sides is no difference, whoever owns it.
fn as_live(object: &DesiredObject, ignored: &Ignored, live: &Value) -> Value {
    let mut desired = object.body.value();
    if !ignored.is_empty() {
        ignored.copy(live, &mut desired);
    }
    desired
}

fn schema<'a>(world: &World<'a>, object: &DesiredObject) -> Cow<'a, Schema> {
    let kind: GroupVersionKind = object.key.group_kind().at(object.version.clone());
    let custom = || world.schemas.schema(&kind).map(|schema| Cow::Owned((*schema).clone()));
    Schema::built_in(&kind)
        .map(Cow::Owned)
        .or_else(custom)
        .unwrap_or_else(|| Cow::Owned(Schema::deduced()))
}

/// What to remember of an object that was found to be as desired without an apply of ours: the next
/// look then costs two comparisons of digests. `None` where there is nothing new to remember, or where
/// the object has no entry of ours yet.
pub fn baseline_after(
    world: &World<'_>,
    object: &DesiredObject,
    finding: &Finding,
) -> Option<Baseline> {
    let Sighting::Seen(live) = world.live.sighting(&object.key) else { return None };
    if *finding != Finding::Same || is_older_than_ours(world, live) {
        return None;
    }
    let baseline = Baseline {
        uid: live.uid.clone(),
        desired: object.digest,
        entry: live.entry?,
        resource_version: live.resource_version.clone(),
    };
    let known = world.memory.baseline(&object.key);
    let same = known.is_some_and(|known| {
        known.uid == baseline.uid
            && known.desired == baseline.desired
            && known.entry == baseline.entry
    });
    (!same).then_some(baseline)
}
