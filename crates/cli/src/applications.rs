//! Applications on a terminal, in the columns of `argocd app list`, `app get` and `app history`.

use crate::paint::printable;
use crate::table::table;
use crate::{Colour, Format, Paint};
use std::fmt::Write;
use trimtab_api::{Application, Operation, Resource, ResourceResult};

/// One line for each application.
pub fn list(applications: &[Application], format: Format, paint: Paint) -> String {
    if format == Format::Name {
        return applications.iter().fold(String::new(), |mut text, a| {
            let _ = writeln!(text, "{}/{}", a.namespace, a.name);
            text
        });
    }
    let wide = format == Format::Wide;
    let mut header =
        vec!["NAME", "KIND", "PROJECT", "STATUS", "HEALTH", "SYNCPOLICY", "CONDITIONS"];
    if wide {
        header.extend(["CLUSTER", "NAMESPACE", "REPO", "PATH", "TARGET", "REVISION"]);
    }
    let row = |a: &Application| {
        let mut row = vec![
            format!("{}/{}", a.namespace, a.name),
            a.kind.clone(),
            or_none(&a.project),
            paint.status(&a.sync_status),
            paint.status(&a.health_status),
            or_none(&a.sync_policy),
            condition_types(a),
        ];
        if wide {
            let source = a.sources.first().cloned().unwrap_or_default();
            row.extend([
                or_none(&a.cluster),
                or_none(&a.destination_namespace),
                or_none(&printable(&source.repository)),
                or_none(&printable(&source.path)),
                or_none(&printable(&source.target_revision)),
                short(&a.revision),
            ]);
        }
        row
    };
    table(&header, &applications.iter().map(row).collect::<Vec<_>>())
}

/// Everything about one application; the wide format has whole revisions.
pub fn details(a: &Application, format: Format, paint: Paint) -> String {
    if format == Format::Name {
        return list(std::slice::from_ref(a), format, paint);
    }
    let wide = format == Format::Wide;
    let mut text = String::new();
    let mut field = |name: &str, value: &str| {
        let _ = writeln!(text, "{:<20}{value}", format!("{name}:"));
    };
    field("Name", &format!("{}/{}", a.namespace, a.name));
    field("Kind", &a.kind);
    field("Project", &or_none(&a.project));
    field("Server", &or_none(&a.cluster));
    field("Namespace", &or_none(&a.destination_namespace));
    for source in &a.sources {
        field("Repo", &printable(&source.repository));
        field("Target", &printable(&source.target_revision));
        field("Path", &printable(&source.path));
    }
    field("Sync Policy", &or_none(&a.sync_policy));
    let revision = if wide { a.revision.clone() } else { short(&a.revision) };
    let from = if a.revision.is_empty() { String::new() } else { format!(" ({revision})") };
    field("Sync Status", &format!("{}{from}", paint.status(&a.sync_status)));
    field("Health Status", &paint.status(&a.health_status));
    if let Some(operation) = &a.operation {
        field("Operation", &paint.status(&operation.phase));
        if wide {
            field("Of Revision", &or_none(&operation.revision));
        }
        field("Message", &printable(&operation.message));
        field("Started", &operation.started_at);
        field("Finished", &or_none(&operation.finished_at));
    }
    if !a.conditions.is_empty() {
        let row = |c: &trimtab_api::Condition| {
            vec![paint.text(Colour::Attention, &c.r#type), printable(&c.message), c.since.clone()]
        };
        let rows: Vec<_> = a.conditions.iter().map(row).collect();
        let _ = write!(text, "\n{}", table(&["CONDITION", "MESSAGE", "SINCE"], &rows));
    }
    let rows: Vec<_> = a.resources.iter().map(|resource| resource_row(resource, paint)).collect();
    let header = ["GROUP", "KIND", "NAMESPACE", "NAME", "STATUS", "HEALTH", "MESSAGE"];
    let _ = write!(text, "\n{}", table(&header, &rows));
    text
}

fn resource_row(resource: &Resource, paint: Paint) -> Vec<String> {
    let message = match (resource.requires_pruning, resource.message.is_empty()) {
        (true, true) => "requires pruning".to_owned(),
        _ => printable(&resource.message),
    };
    vec![
        resource.group.clone(),
        resource.kind.clone(),
        resource.namespace.clone(),
        resource.name.clone(),
        paint.status(&resource.status),
        paint.status(&resource.health),
        message,
    ]
}

/// What a sync did with each object; nothing where it came to none.
pub fn results(operation: &Operation, paint: Paint) -> String {
    let row = |one: &ResourceResult| {
        let place = [&one.group, &one.kind, &one.namespace, &one.name].map(|text| printable(text));
        [&place[..], &[paint.status(&one.status), printable(&one.message)]].concat()
    };
    if operation.results.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = operation.results.iter().map(row).collect();
    table(&["GROUP", "KIND", "NAMESPACE", "NAME", "STATUS", "MESSAGE"], &rows)
}

/// One line for each past sync.
pub fn history(a: &Application) -> String {
    let row = |entry: &trimtab_api::HistoryEntry| {
        let by = if entry.initiated_by.is_empty() { "automated" } else { &entry.initiated_by };
        vec![entry.id.to_string(), entry.deployed_at.clone(), entry.revision.clone(), by.to_owned()]
    };
    let rows: Vec<_> = a.history.iter().map(row).collect();
    table(&["ID", "DATE", "REVISION", "INITIATED BY"], &rows)
}

fn condition_types(a: &Application) -> String {
    let types: Vec<&str> = a.conditions.iter().map(|condition| &*condition.r#type).collect();
    or_none(&types.join(","))
}

fn or_none(text: &str) -> String {
    if text.is_empty() { "<none>".to_owned() } else { text.to_owned() }
}

/// A commit's first seven digits; any other text whole.
fn short(revision: &str) -> String {
    let digits = revision.bytes().take_while(u8::is_ascii_hexdigit).count();
    if digits == revision.len() && digits >= 40 {
        revision[..7].to_owned()
    } else {
        or_none(revision)
    }
}
