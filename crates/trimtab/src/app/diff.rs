//! `trimtab app diff`: how the live objects of an application differ from what a sync would make of
//! them. Nothing is written, and no dry run is asked for: the merge is done here.

pub mod described;
mod predicted;
pub mod source;

use super::{Session, act, find};
use crate::plan::{Seen, reading, world};
use crate::terminal;
use anyhow::bail;
use serde_json::Value;
use source::Render;
use trimtab_api::{Condition, Difference};
use trimtab_cli::{Diff, Format, exit, formatted, printable};
use trimtab_diff::{Ignored, Pair, Sides};
use trimtab_inventory::Inventory;
use trimtab_model::{App, ObjectKey};
use trimtab_plan::{Desired, DesiredObject, Finding, Part};
use trimtab_ports::cluster::Target;

/// What was found, and what nobody could tell.
#[derive(Default)]
struct Compared {
    differences: Vec<Difference>,
    problems: Vec<String>,
}

/// Prints the differences. Exits with [`exit::DIFFERENCE`], or the code that the flags say, when there is
/// one, and with [`exit::FAILED`] when anything could not be compared.
pub async fn diff(flags: &Diff) -> anyhow::Result<u8> {
    if matches!(flags.output, Format::Wide | Format::Name) {
        bail!("differences have no such format: choose -o json or -o yaml")
    }
    let session = Session::start(&flags.app.cluster).await?;
    let mut found = find::one(&session, &flags.app).await?;
    if flags.refresh || flags.hard_refresh {
        found = act::refreshed(&session, found, flags.hard_refresh).await?;
    }
    let (app, record) = described::app(&session, &found, &flags.installation).await?;
    let conditions = found.application().conditions;
    act::warn(&conditions);
    let renders = match &flags.local {
        Some(path) => vec![source::local(&app, path)?],
        None => source::fetched(&session, &app, flags.revision.as_deref()).await?,
    };
    let compared = compared(&session, (&app, &conditions), &record.inventory, &renders).await?;
    tell(&compared, flags)
}

fn tell(compared: &Compared, flags: &Diff) -> anyhow::Result<u8> {
    let Compared { differences, problems } = compared;
    let text = formatted(flags.output, differences)
        .unwrap_or_else(|| trimtab_cli::differences(differences, terminal::paint()));
    terminal::print(&text)?;
    for problem in problems {
        eprintln!("error: {}", printable(problem));
    }
    Ok(match (problems.is_empty(), differences.is_empty()) {
        (false, _) => exit::FAILED,
        (true, false) if flags.exit_code => flags.code_of_difference,
        (true, _) => exit::OK,
    })
}

async fn compared(
    session: &Session,
    (app, told): (&App, &[Condition]),
    inventory: &Inventory,
    renders: &[Render],
) -> anyhow::Result<Compared> {
    let mut live = Seen::of(session.discovery().await?);
    let desired = desired(session, app, inventory, renders, &mut live).await;
    let is_told = |warning: &&String| told.iter().any(|one| one.message == **warning);
    for warning in desired.warnings.iter().filter(|warning| !is_told(warning)) {
        eprintln!("warning: {}", printable(warning));
    }
    let extras = extras(inventory, &desired);
    let wanted = desired
        .objects
        .values()
        .map(|object| Target { key: object.key.clone(), version: object.version.clone() });
    let targets = wanted.chain(extras.iter().cloned()).collect();
    reading::objects(session, &mut live, targets).await?;
    let mut compared = Compared { problems: problems(&desired, inventory), ..Compared::default() };
    compared.take_desired(session, &world(app, inventory, &live), &live, &desired);
    if desired.complete {
        compared.take_extras(app, &live, &extras);
    }
    compared.differences.sort();
    Ok(compared)
}

/// What a sync would bring about. What the cluster says of the kinds is read into `live` for it.
pub async fn desired(
    session: &Session,
    app: &App,
    inventory: &Inventory,
    renders: &[Render],
    live: &mut Seen,
) -> Desired {
    for render in renders {
        reading::definitions(session, live, &render.rendered.objects).await;
    }
    let parts: Vec<Part<'_>> = app.sources.iter().zip(renders).map(Render::part).collect();
    trimtab_plan::desired(&world(app, inventory, live), &parts)
}

/// What of the desired state nobody can compare.
fn problems(desired: &Desired, inventory: &Inventory) -> Vec<String> {
    let refused = desired.refused.iter().map(|(key, refusal)| format!("{key}: {refusal}"));
    let unknown = inventory
        .known()
        .err()
        .map(|error| format!("what is no longer desired is not known, and not shown: {error}"));
    desired.problems.iter().cloned().chain(refused).chain(unknown).collect()
}

/// What was applied and is no longer desired.
fn extras(inventory: &Inventory, desired: &Desired) -> Vec<Target> {
    let is_desired = |key: &ObjectKey| {
        desired.objects.contains_key(key)
            || desired.refused.contains_key(key)
            || desired.left_alone.contains_key(key)
    };
    let entries = inventory.known().into_iter().flatten();
    entries
        .filter(|(key, _)| !is_desired(key))
        .map(|(key, entry)| Target { key: key.clone(), version: entry.version.clone() })
        .collect()
}

impl Compared {
    fn take_desired(
        &mut self,
        session: &Session,
        world: &trimtab_plan::World<'_>,
        live: &Seen,
        desired: &Desired,
    ) {
        let assessment = trimtab_plan::assess(world, desired);
        for (key, object) in &desired.objects {
            let Some(assessed) = assessment.objects.get(key) else { continue };
            match &assessed.finding {
                Finding::Same => {}
                Finding::Unknown(why) => self.problems.push(format!("{key}: {why}")),
                _ => match after(session, world.app, live, object) {
                    Ok(pair) => self.add(key, pair),
                    Err(error) => self.problems.push(format!("{key}: {error}")),
                },
            }
        }
    }

    /// Objects that a sync with prune would remove. One that no longer carries our mark is nobody's
    /// business here.
    fn take_extras(&mut self, app: &App, live: &Seen, extras: &[Target]) {
        for Target { key, .. } in extras {
            let ours = live.is_owned(key, &app.tracking.claim);
            if let Some(body) = live.live(key).filter(|_| ours) {
                self.add(key, Pair { desired: None, live: Some(body.clone()) });
            }
        }
    }

    fn add(&mut self, key: &ObjectKey, pair: Pair) {
        let [old, new] = predicted::texts(key, pair);
        let sides = Sides { old_name: "live", old: &old, new_name: "desired", new: &new };
        match trimtab_diff::unified(&sides) {
            // Only a dry run could have told these apart, and they say the same.
            Ok(diff) if diff.is_empty() => {}
            Ok(diff) => self.differences.push(Difference {
                group: key.group.to_string(),
                kind: key.kind.to_string(),
                namespace: key.namespace.as_ref().map(ToString::to_string).unwrap_or_default(),
                name: key.name.to_string(),
                diff,
            }),
            Err(error) => self.problems.push(format!("{key}: {error}")),
        }
    }
}

/// The object as it is, and as a sync would leave it.
fn after(
    session: &Session,
    app: &App,
    live: &Seen,
    object: &DesiredObject,
) -> Result<Pair, trimtab_merge::Error> {
    let kind = object.key.group_kind().at(object.version.clone());
    let sync = predicted::Sync {
        schema: &live.schema_of(&kind),
        tracking: &app.tracking,
        ignored: &Ignored::of(&app.policy.ignore, &object.key),
        keep_predecessors: object.options.keep_predecessors,
        now: session.now(),
    };
    let before: Option<&Value> = live.live(&object.key);
    let desired = sync.result(&object.body.value(), before)?;
    Ok(Pair { desired: Some(desired), live: before.cloned() })
}
