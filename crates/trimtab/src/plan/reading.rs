//! Reading a cluster, as far as one command needs it.

use super::Seen;
use crate::app::Session;
use futures::StreamExt;
use serde_json::Value;
use std::collections::BTreeSet;
use trimtab_merge::Schema;
use trimtab_model::{GroupVersionKind, Manifest, ObjectKey};
use trimtab_ports::cluster::Target;

/// How many objects are read at a time.
const AT_A_TIME: usize = 8;

/// The kind that defines others.
const DEFINITION: (&str, &str) = ("apiextensions.k8s.io/v1", "CustomResourceDefinition");

/// Reads objects. One that cannot be read is unknown, never absent.
pub async fn objects(
    session: &Session,
    seen: &mut Seen,
    targets: Vec<Target>,
) -> anyhow::Result<()> {
    let read = |target: Target| async move { (session.get(target.clone()).await, target) };
    let mut answers = futures::stream::iter(targets.into_iter().map(read)).buffered(AT_A_TIME);
    while let Some((answer, Target { key, version })) = answers.next().await {
        match answer {
            Ok(Some(body)) => seen.found(&key, &version, body, session.now())?,
            Ok(None) => {}
            Err(error) => seen.unreadable(&key, format!("{error:#}")),
        }
    }
    Ok(())
}

/// Reads the schemas of the kinds that the cluster has from definitions. Where one cannot be read,
/// documents show by themselves how they merge.
pub async fn definitions(session: &Session, seen: &mut Seen, manifests: &[Manifest]) {
    let kinds: BTreeSet<GroupVersionKind> = manifests.iter().map(Manifest::kind).collect();
    for kind in kinds.into_iter().filter(|kind| Schema::built_in(kind).is_none()) {
        let Some(target) = definition_of(seen, &kind) else { continue };
        let Ok(Some(definition)) = session.get(target).await else { continue };
        if let Some(schema) = schema(&definition, &kind) {
            seen.defined(kind, schema);
        }
    }
}

/// Where the definition of a served kind would be: an API server of one's own serves kinds without.
fn definition_of(seen: &Seen, kind: &GroupVersionKind) -> Option<Target> {
    let served = seen.discovery()?.served(&kind.group_kind())?;
    let name = format!("{}.{}", served.plural, kind.group);
    let definition = GroupVersionKind::of(DEFINITION.0, DEFINITION.1);
    let key = ObjectKey::cluster(&definition.group_kind(), &name);
    Some(Target { key, version: definition.version })
}

fn schema(definition: &Value, kind: &GroupVersionKind) -> Option<Schema> {
    Schema::from_crd(definition, kind.version.as_str()).ok()
}
