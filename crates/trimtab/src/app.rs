//! `trimtab app`: applications in the cluster, through their resources alone. Who may do what is what
//! the cluster permits the kubeconfig's user.

mod absent;
mod act;
mod application;
mod diff;
mod find;
mod follow;
mod health;
mod kustomization;
mod manifests;
mod operator;
mod session;
mod source;

pub use act::end::of_reconcile;
pub use act::{annotation, code};
pub use follow::follow_at;
pub use operator::warn_where_nobody_leads;
pub use session::{Session, block_on};
pub use source::warn_where_suspended;

use crate::terminal;
use anyhow::bail;
use find::Found;
use serde_json::Value;
use std::collections::BTreeMap;
use trimtab_cli::{AppCommand, Format, Get, History, List, Resources, exit, formatted};
use trimtab_crd::read::at;

/// Carries out one command.
pub fn run(command: &AppCommand) -> anyhow::Result<u8> {
    block_on(async {
        match command {
            AppCommand::List(flags) => list(flags).await,
            AppCommand::Get(flags) => get(flags).await,
            AppCommand::History(flags) => history(flags).await,
            AppCommand::Resources(flags) => resources(flags).await,
            AppCommand::Manifests(flags) => manifests::print(flags).await,
            AppCommand::Diff(flags) => diff::diff(flags).await,
            AppCommand::Sync(flags) => act::sync(flags).await,
            AppCommand::TerminateOp(flags) => act::terminate(flags).await,
            AppCommand::Wait(flags) => act::wait(flags).await,
            AppCommand::Refresh(flags) => act::refresh(flags).await,
            AppCommand::Approve(flags) => act::approve(flags).await,
        }
    })
}

async fn list(flags: &List) -> anyhow::Result<u8> {
    let session = Session::start(&flags.cluster).await?;
    let mut applications = find::all(&session, flags.all_namespaces).await?;
    let projects = absent::projects(&applications);
    if let Some(project) = &flags.project {
        applications.retain(|application| application.project == *project);
    }
    if let Some(selector) = &flags.selector {
        applications.retain(|application| selector.matches(&application.labels));
    }
    if applications.is_empty() {
        let namespace = (!flags.all_namespaces).then_some(&session.namespace);
        eprintln!("{}", absent::nothing(namespace, flags, &projects));
    }
    let text = formatted(flags.output, &applications)
        .unwrap_or_else(|| trimtab_cli::list(&applications, flags.output, terminal::paint()));
    terminal::print(&text)?;
    Ok(exit::OK)
}

async fn get(flags: &Get) -> anyhow::Result<u8> {
    let session = Session::start(&flags.app.cluster).await?;
    let mut found = find::one(&session, &flags.app).await?;
    if flags.refresh || flags.hard_refresh {
        found = act::refreshed(&session, found, flags.hard_refresh).await?;
    }
    let mut application = found.application();
    source::fill(&session, &found.resource, &mut application).await;
    health::fill(&session, found.kind, &mut application).await?;
    let text = formatted(flags.output, &application)
        .unwrap_or_else(|| trimtab_cli::details(&application, flags.output, terminal::paint()));
    terminal::print(&text)?;
    Ok(exit::OK)
}

async fn resources(flags: &Resources) -> anyhow::Result<u8> {
    if matches!(flags.output, Format::Wide | Format::Name) {
        bail!("a list of objects has no such format: choose -o json or -o yaml")
    }
    let session = Session::start(&flags.app.cluster).await?;
    let found = find::one(&session, &flags.app).await?;
    let mut application = found.application();
    health::fill(&session, found.kind, &mut application).await?;
    let text = formatted(flags.output, &application.resources)
        .unwrap_or_else(|| trimtab_cli::resources(&application.resources, terminal::paint()));
    terminal::print(&text)?;
    Ok(exit::OK)
}

async fn history(flags: &History) -> anyhow::Result<u8> {
    if flags.output == Format::Name {
        bail!("a history has no such format: choose -o json, -o yaml or -o wide")
    }
    let session = Session::start(&flags.app.cluster).await?;
    let application = Found::application(&find::one(&session, &flags.app).await?);
    let text = formatted(flags.output, &application.history)
        .unwrap_or_else(|| trimtab_cli::history(&application, flags.output));
    terminal::print(&text)?;
    Ok(exit::OK)
}

/// The labels of a resource.
fn labels(resource: &Value) -> BTreeMap<String, String> {
    let labels = at(resource, "metadata.labels").and_then(Value::as_object);
    let texts =
        labels.into_iter().flatten().filter_map(|(name, value)| Some((name, value.as_str()?)));
    texts.map(|(name, value)| (name.clone(), value.to_owned())).collect()
}
