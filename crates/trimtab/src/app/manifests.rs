//! `trimtab app manifests`: the objects of an application, whole.

use super::diff::{described, desired, source};
use super::find::Found;
use super::{Session, find, health};
use crate::plan::Seen;
use crate::{offline, terminal};
use anyhow::bail;
use futures::StreamExt;
use serde_json::Value;
use trimtab_cli::{Format, Manifests, Origin, exit, printable};
use trimtab_diff::{Pair, mask};

/// How many objects are read at a time.
const AT_A_TIME: usize = 8;

/// The objects, and what nobody could tell.
#[derive(Default)]
struct Objects {
    all: Vec<Value>,
    problems: Vec<String>,
}

/// Prints the manifests. Exits with [`exit::FAILED`] when any of them is not known.
pub async fn print(flags: &Manifests) -> anyhow::Result<u8> {
    let is_json = match flags.output {
        Format::Yaml => false,
        Format::Json => true,
        Format::Text | Format::Wide | Format::Name => {
            bail!("manifests are objects: choose -o yaml or -o json")
        }
    };
    if flags.source == Origin::Live && (flags.revision.is_some() || flags.local.is_some()) {
        bail!("live objects are of no revision: leave --revision and --local out")
    }
    let session = Session::start(&flags.app.cluster).await?;
    let found = find::one(&session, &flags.app).await?;
    let objects = match flags.source {
        Origin::Git => of_git(&session, &found, flags).await?,
        Origin::Live => live(&session, &found).await?,
    };
    terminal::print(&offline::text(&objects.all, is_json))?;
    for problem in &objects.problems {
        eprintln!("error: {}", printable(problem));
    }
    Ok(if objects.problems.is_empty() { exit::OK } else { exit::FAILED })
}

/// What a sync would apply.
async fn of_git(session: &Session, found: &Found, flags: &Manifests) -> anyhow::Result<Objects> {
    let (app, record) = described::app(session, found, &flags.installation).await?;
    let renders = match &flags.local {
        Some(path) => vec![source::local(&app, path)?],
        None => source::fetched(session, &app, flags.revision.as_deref()).await?,
    };
    let mut seen = Seen::of(session.discovery().await?);
    let desired = desired(session, &app, &record.inventory, &renders, &mut seen).await;
    let refused = desired.refused.iter().map(|(key, refusal)| format!("{key}: {refusal}"));
    Ok(Objects {
        problems: desired.problems.iter().cloned().chain(refused).collect(),
        all: desired.objects.values().map(|object| shown(object.body.value())).collect(),
    })
}

/// The objects that the application's status lists, as they are.
async fn live(session: &Session, found: &Found) -> anyhow::Result<Objects> {
    let application = found.application();
    let discovery = session.discovery().await?;
    let mut objects = Objects::default();
    let mut targets = Vec::new();
    for resource in &application.resources {
        match health::target(resource, &discovery) {
            Some(target) => targets.push(target),
            None => objects
                .problems
                .push(format!("{}/{} is not served any more", resource.group, resource.kind)),
        }
    }
    let read = targets.into_iter().map(|target| session.get(target));
    let mut answers = futures::stream::iter(read).buffered(AT_A_TIME);
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(object) => objects.all.extend(object.map(shown)),
            Err(error) => objects.problems.push(format!("{error:#}")),
        }
    }
    Ok(objects)
}

/// An object for people: values of Secrets are hidden, and who owns which field is left out.
fn shown(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    let is_secret = object["kind"] == "Secret" && object["apiVersion"] == "v1";
    if !is_secret {
        return object;
    }
    mask(Pair { desired: Some(object), live: None }).desired.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::shown;
    use serde_json::json;

    #[test]
    fn no_value_of_a_secret_is_printed() {
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "web", "managedFields": [{"manager": "a"}]},
            "data": {"password": "Y2FuYXJ5"}, "stringData": {"token": "canary"},
        });
        let text = shown(secret).to_string();
        assert!(text.contains("password") && !text.contains("managedFields"), "{text}");
        assert!(!text.contains("Y2FuYXJ5") && !text.contains("canary"), "{text}");
    }
}
