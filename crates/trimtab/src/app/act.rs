//! What is asked of an application: by fields and annotations of its resource, as `kubectl` would.

pub mod end;
mod request;

use super::find::{self, Found};
use super::follow::follow;
use super::{Session, kustomization, operator};
use crate::terminal;
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::time::Duration;
use trimtab_api::Condition;
use trimtab_cli::{AppKind, AppName, Refresh, Sync, Wait, exit, printable};
use trimtab_crd::read::{list, text};
use trimtab_fluxcd::names::REQUESTED_AT;
use trimtab_model::ObjectKey;
use trimtab_ports::cluster::WriteError;
use trimtab_sync::{APPROVE, held_set};

/// How often a sync is asked for again when somebody else changes the resource at the same time.
const SYNC_ATTEMPTS_MAX: u32 = 5;

/// How long a refresh may take that comes before another command.
const REFRESH_MAX: Duration = Duration::from_mins(2);

/// Asks for a sync, and waits for its end unless told not to.
pub async fn sync(flags: &Sync) -> anyhow::Result<u8> {
    let session = Session::start(&flags.app.cluster).await?;
    let found = find::one(&session, &flags.app).await?;
    operator::expect(&session, &found).await?;
    for unlisted in request::unlisted(&found.application(), &flags.resources) {
        eprintln!("{}", printable(&format!("warning: {} lists no {unlisted}", found.target.key)));
    }
    let (found, token) = asked_to_sync(&session, found, flags).await?;
    if flags.no_wait {
        terminal::print(&format!("{}: a sync was asked for\n", found.target.key))?;
        return Ok(exit::OK);
    }
    let (mut told, mut operation) = (String::new(), end::Operation::default());
    let ended = follow(&session, &found, flags.timeout, |resource| {
        let end = match found.kind {
            AppKind::Application => operation.seen(resource),
            AppKind::Kustomization => {
                operation.last = Some(resource.clone());
                end::of_reconcile(resource, &token)
            }
        };
        let line = format!("{}  {}", end.phase, end.message).trim_end().to_owned();
        if line != told {
            eprintln!("{}", printable(&format!("{}: {line}", found.target.key)));
            told = line;
        }
        end.succeeded.map_or(ControlFlow::Continue(()), ControlFlow::Break)
    })
    .await?;
    let last = operation.last.as_ref().map(|resource| find::read(found.kind, resource));
    if let Some(application) = last {
        if let Some(operation) = &application.operation {
            terminal::print(&trimtab_cli::results(operation, terminal::paint()))?;
        }
        warn(&application.conditions);
        let held = application.operation.as_ref().map_or(0, end::held);
        if flags.prune && held > 0 && ended == Some(true) {
            let key = &found.target.key;
            eprintln!("{key}: synced; {}", end::waits(held, &application.name));
            return Ok(exit::DIFFERENCE);
        }
    }
    Ok(code(ended, &found.target.key, flags.timeout, "the sync has not ended"))
}

/// Sends the request; returns the resource after it, and what the end of a reconcile is told by.
async fn asked_to_sync(
    session: &Session,
    mut found: Found,
    flags: &Sync,
) -> anyhow::Result<(Found, String)> {
    for _ in 0..SYNC_ATTEMPTS_MAX {
        let token = session.now().to_string();
        let (body, seen) = match found.kind {
            AppKind::Application => {
                let version = text(&found.resource, "metadata.resourceVersion").map(str::to_owned);
                (request::operation(&found.resource, flags)?, version)
            }
            AppKind::Kustomization => {
                request::refuse_flags(flags)?;
                (annotation(REQUESTED_AT, &token), None)
            }
        };
        match session.merge(found.target.clone(), body, seen.as_deref()).await {
            Ok(resource) => return Ok((Found { resource, ..found }, token)),
            Err(WriteError::Stale(_)) => found = again(session, found).await?,
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("{}: no sync was asked for", found.target.key));
            }
        }
    }
    bail!("{} changes all the time: try again", found.target.key)
}

/// Ends the sync that runs, and does not wait for its end.
pub async fn terminate(flags: &AppName) -> anyhow::Result<u8> {
    let session = Session::start(&flags.cluster).await?;
    let mut found = find::one(&session, flags).await?;
    let key = found.target.key.clone();
    if found.kind == AppKind::Kustomization {
        bail!("{key}: a Kustomization has no operation to end: suspend it")
    }
    for _ in 0..SYNC_ATTEMPTS_MAX {
        let version = text(&found.resource, "metadata.resourceVersion").map(str::to_owned);
        let body = request::termination(&found.resource)?;
        match session.merge(found.target.clone(), body, version.as_deref()).await {
            Ok(_) => {
                terminal::print(&format!("{key}: its sync is being ended\n"))?;
                return Ok(exit::OK);
            }
            Err(WriteError::Stale(_)) => found = again(&session, found).await?,
            Err(error) => return Err(error).with_context(|| format!("{key}: nothing was ended")),
        }
    }
    bail!("{key} changes all the time: try again")
}

async fn again(session: &Session, found: Found) -> anyhow::Result<Found> {
    let resource = session.get(found.target.clone()).await?;
    let resource =
        resource.with_context(|| format!("{} was deleted meanwhile", found.target.key))?;
    Ok(Found { resource, ..found })
}

/// Waits until an application is as wished; without a wish, until it is synced, healthy and idle.
pub async fn wait(flags: &Wait) -> anyhow::Result<u8> {
    let session = Session::start(&flags.app.cluster).await?;
    let found = find::one(&session, &flags.app).await?;
    let all = !(flags.sync || flags.health || flags.operation);
    let (mut told, mut warned) = (String::new(), Vec::new());
    let mut look = |resource: &Value| {
        let application = find::read(found.kind, resource);
        let busy = end::is_busy(found.kind, resource);
        let idle = if busy { "busy" } else { "idle" };
        let line = format!("{}  {}  {idle}", application.sync_status, application.health_status);
        if line != told {
            eprintln!("{}", printable(&format!("{}: {line}", found.target.key)));
            told = line;
        }
        if application.conditions != warned {
            warn(&application.conditions);
            warned = application.conditions;
        }
        let good = (!(all || flags.sync) || application.sync_status == "Synced")
            && (!(all || flags.health) || application.health_status == "Healthy")
            && (!(all || flags.operation) || !busy);
        if good { ControlFlow::Break(true) } else { ControlFlow::Continue(()) }
    };
    // It was just read: what is as wished already takes none of the time.
    let ended = match look(&found.resource) {
        ControlFlow::Break(ended) => Some(ended),
        ControlFlow::Continue(()) => follow(&session, &found, flags.timeout, look).await?,
    };
    Ok(code(ended, &found.target.key, flags.timeout, "the application is not as wished"))
}

/// Says what a person should know, on standard error.
pub fn warn(conditions: &[Condition]) {
    for line in trimtab_cli::told(conditions) {
        eprintln!("warning: {line}");
    }
}

/// The exit code of a wait: whether it ended well, or its time was over.
pub fn code(ended: Option<bool>, key: &ObjectKey, longest: Duration, what: &str) -> u8 {
    match ended {
        Some(true) => exit::OK,
        Some(false) => exit::DIFFERENCE,
        None => {
            let seconds = longest.as_secs();
            eprintln!("{key}: {what} after {seconds} s; --timeout waits longer");
            exit::TIMEOUT
        }
    }
}

/// Asks for a look at the source and the cluster, and waits for it.
pub async fn refresh(flags: &Refresh) -> anyhow::Result<u8> {
    let session = Session::start(&flags.app.cluster).await?;
    let found = find::one(&session, &flags.app).await?;
    let key = found.target.key.clone();
    let Some(found) = looked_again(&session, found, flags.hard, flags.timeout).await? else {
        return Ok(code(None, &key, flags.timeout, "the application was not refreshed"));
    };
    let application = found.application();
    terminal::print(&format!(
        "{}: {}, {}\n",
        found.target.key, application.sync_status, application.health_status
    ))?;
    warn(&application.conditions);
    Ok(exit::OK)
}

/// The resource after a look that was asked for.
pub async fn refreshed(session: &Session, found: Found, hard: bool) -> anyhow::Result<Found> {
    let key = found.target.key.clone();
    looked_again(session, found, hard, REFRESH_MAX).await?.with_context(|| {
        format!(
            "{key} was not refreshed within {} s: check that the operator runs",
            REFRESH_MAX.as_secs()
        )
    })
}

/// The same; nothing when the time is over.
async fn looked_again(
    session: &Session,
    found: Found,
    hard: bool,
    longest: Duration,
) -> anyhow::Result<Option<Found>> {
    operator::expect(session, &found).await?;
    let token = session.now().to_string();
    let body = match (found.kind, hard) {
        (AppKind::Application, true) => annotation(trimtab_argoproj::names::REFRESH, "hard"),
        (AppKind::Application, false) => annotation(trimtab_argoproj::names::REFRESH, "normal"),
        (AppKind::Kustomization, true) => {
            bail!("a Kustomization has no hard refresh: leave --hard out")
        }
        (AppKind::Kustomization, false) => annotation(REQUESTED_AT, &token),
    };
    let key = found.target.key.clone();
    let written = session.merge(found.target.clone(), body, None).await;
    written.with_context(|| format!("{key}: no refresh was asked for"))?;
    let resource = follow(session, &found, longest, |resource| {
        if end::is_refreshed(found.kind, resource, &token) {
            ControlFlow::Break(resource.clone())
        } else {
            ControlFlow::Continue(())
        }
    })
    .await?;
    Ok(resource.map(|resource| Found { resource, ..found }))
}

/// Says yes to the prunes that wait.
pub async fn approve(flags: &AppName) -> anyhow::Result<u8> {
    let session = Session::start(&flags.cluster).await?;
    let found = find::one(&session, flags).await?;
    let key = &found.target.key;
    let Some((set, message)) = held(&found) else {
        bail!("{key}: no prunes wait for a yes; `trimtab app get` shows its conditions")
    };
    let written = session.merge(found.target.clone(), annotation(APPROVE, set), None).await;
    written.with_context(|| format!("{key}: the approval was not written"))?;
    terminal::print(&format!("{key}: set {set} is approved ({message})\n"))?;
    Ok(exit::OK)
}

/// The set of prunes that waits, and why it does.
fn held(found: &Found) -> Option<(&str, &str)> {
    let message = match found.kind {
        AppKind::Application => list(&found.resource, "status.conditions")
            .iter()
            .find(|condition| text(condition, "type") == Some("PruneHeldWarning"))
            .and_then(|condition| text(condition, "message")),
        AppKind::Kustomization => {
            kustomization::named(&found.resource, "PruneHeld").and_then(|c| text(c, "message"))
        }
    }?;
    held_set(message)
}

/// The patch that sets an annotation.
pub fn annotation(name: &str, value: &str) -> Value {
    json!({"metadata": {"annotations": {name: value}}})
}
