//! Applications on a terminal, in the columns of `argocd app list`, `app get` and `app history`.

use crate::paint::{Cell, printable};
use crate::table::table;
use crate::{AppKind, Colour, Format, Paint};
use std::fmt::Write;
use trimtab_api::{Application, Condition, Operation, Resource, ResourceResult};

/// One line for each application.
pub fn list(applications: &[Application], format: Format, paint: Paint) -> String {
    if format == Format::Name {
        return applications.iter().fold(String::new(), |mut text, a| {
            let _ = writeln!(text, "{}", printable(&format!("{}/{}", a.namespace, a.name)));
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
            format!("{}/{}", a.namespace, a.name).into(),
            (&a.kind).into(),
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
                or_none(&source.repository),
                or_none(&source.path),
                or_none(&source.target_revision),
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
    let mut field = |name: &str, value: &[Cell]| {
        let value: String = value.iter().map(Cell::as_str).collect();
        let _ = writeln!(text, "{:<20}{value}", format!("{name}:"));
    };
    field("Name", &[format!("{}/{}", a.namespace, a.name).into()]);
    field("Kind", &[(&a.kind).into()]);
    // The other family has no projects, and its sources follow their own revisions.
    let has = |value: &str| a.kind != AppKind::Kustomization.name() || !value.is_empty();
    let mut if_any = |name: &str, value: &str| {
        if has(value) {
            field(name, &[or_none(value)]);
        }
    };
    if_any("Project", &a.project);
    if_any("Server", &a.cluster);
    if_any("Namespace", &a.destination_namespace);
    for source in &a.sources {
        let suspended = if source.suspended { " (suspended)" } else { "" };
        field("Repo", &[(&source.repository).into(), suspended.into()]);
        if has(&source.target_revision) {
            field("Target", &[or_none(&source.target_revision)]);
        }
        field("Path", &[or_none(&source.path)]);
    }
    field("Sync Policy", &[or_none(&a.sync_policy)]);
    let status = paint.status(&a.sync_status);
    if a.revision.is_empty() {
        field("Sync Status", &[status]);
    } else {
        let revision = if wide { (&a.revision).into() } else { short(&a.revision) };
        field("Sync Status", &[status, " (".into(), revision, ")".into()]);
    }
    field("Health Status", &[paint.status(&a.health_status)]);
    if let Some(operation) = &a.operation {
        field("Operation", &[paint.status(&operation.phase)]);
        if wide {
            field("Of Revision", &[or_none(&operation.revision)]);
        }
        field("Message", &[(&operation.message).into()]);
        field("Started", &[(&operation.started_at).into()]);
        field("Finished", &[or_none(&operation.finished_at)]);
    }
    if !a.conditions.is_empty() {
        let row = |c: &Condition| {
            vec![paint.text(Colour::Attention, &c.r#type), (&c.message).into(), (&c.since).into()]
        };
        let rows: Vec<_> = a.conditions.iter().map(row).collect();
        let _ = write!(text, "\n{}", table(&["CONDITION", "MESSAGE", "SINCE"], &rows));
    }
    let _ = write!(text, "\n{}", resources(&a.resources, paint));
    text
}

/// One line for each object.
pub fn resources(all: &[Resource], paint: Paint) -> String {
    let rows: Vec<_> = all.iter().map(|resource| resource_row(resource, paint)).collect();
    let header = ["GROUP", "KIND", "NAMESPACE", "NAME", "STATUS", "HEALTH", "MESSAGE"];
    table(&header, &rows)
}

/// What a person should know, one line for each condition.
pub fn told(conditions: &[Condition]) -> impl Iterator<Item = String> {
    conditions.iter().map(|one| printable(&format!("{}: {}", one.r#type, one.message)))
}

fn resource_row(resource: &Resource, paint: Paint) -> Vec<Cell> {
    let message = match (resource.requires_pruning, resource.message.is_empty()) {
        (true, true) => "requires pruning",
        _ => &*resource.message,
    };
    vec![
        (&resource.group).into(),
        (&resource.kind).into(),
        (&resource.namespace).into(),
        (&resource.name).into(),
        paint.status(&resource.status),
        paint.status(&resource.health),
        message.into(),
    ]
}

/// What a sync did with each object; nothing where it came to none.
pub fn results(operation: &Operation, paint: Paint) -> String {
    let row = |one: &ResourceResult| {
        let place = [&one.group, &one.kind, &one.namespace, &one.name].map(Cell::from);
        [&place[..], &[paint.status(&one.status), (&one.message).into()]].concat()
    };
    if operation.results.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = operation.results.iter().map(row).collect();
    table(&["GROUP", "KIND", "NAMESPACE", "NAME", "STATUS", "MESSAGE"], &rows)
}

/// One line for each past sync; the wide format has whole revisions.
pub fn history(a: &Application, format: Format) -> String {
    let wide = format == Format::Wide;
    let row = |entry: &trimtab_api::HistoryEntry| {
        vec![
            entry.id.to_string().into(),
            (&entry.deployed_at).into(),
            if wide { (&entry.revision).into() } else { short(&entry.revision) },
            or_none(&entry.initiated_by),
        ]
    };
    let rows: Vec<_> = a.history.iter().map(row).collect();
    table(&["ID", "DATE", "REVISION", "INITIATED BY"], &rows)
}

/// Each type once, with how many there are of it.
fn condition_types(a: &Application) -> Cell {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for condition in &a.conditions {
        match counts.iter_mut().find(|(known, _)| *known == condition.r#type) {
            Some((_, count)) => *count += 1,
            None => counts.push((&condition.r#type, 1)),
        }
    }
    let shown = counts.into_iter().map(|(kind, count)| match count {
        1 => kind.to_owned(),
        _ => format!("{kind}({count})"),
    });
    or_none(&shown.collect::<Vec<_>>().join(","))
}

fn or_none(text: &str) -> Cell {
    if text.is_empty() { "<none>".into() } else { text.into() }
}

/// A revision with seven digits of its commit, as everywhere on a terminal; any other text whole. Flux
/// writes `main@sha1:<commit>`.
fn short(revision: &str) -> Cell {
    let of_one = |one: &str| {
        let before = one.find("@sha").and_then(|at| Some(at + one.get(at..)?.find(':')? + 1));
        let (name, commit) = one.split_at(before.unwrap_or_default());
        let is_commit = commit.len() >= 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
        if is_commit { format!("{name}{}", &commit[..7]) } else { one.to_owned() }
    };
    or_none(&revision.split(',').map(of_one).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::{details, history, list, results, short, told};
    use crate::{Format, Paint};
    use std::collections::BTreeMap;
    use trimtab_api::{
        Application, Condition, HistoryEntry, Operation, Resource, ResourceResult, Source,
    };

    /// What a tenant could put into a field to draw on a terminal, or to forge a row.
    fn hostile() -> String {
        "x\n\u{1b}[2J\u{7}\u{9b}31m\u{202e}y\r".to_owned()
    }

    fn application() -> Application {
        Application {
            kind: hostile(),
            namespace: hostile(),
            name: hostile(),
            labels: BTreeMap::from([(hostile(), hostile())]),
            project: hostile(),
            cluster: hostile(),
            destination_namespace: hostile(),
            sources: vec![Source {
                repository: hostile(),
                path: hostile(),
                target_revision: hostile(),
                suspended: true,
            }],
            sync_policy: hostile(),
            sync_status: hostile(),
            health_status: hostile(),
            revision: hostile(),
            conditions: vec![Condition { r#type: hostile(), message: hostile(), since: hostile() }],
            resources: vec![Resource {
                group: hostile(),
                kind: hostile(),
                namespace: hostile(),
                name: hostile(),
                status: hostile(),
                health: hostile(),
                requires_pruning: true,
                message: hostile(),
            }],
            operation: Some(operation()),
            history: vec![HistoryEntry {
                id: 1,
                deployed_at: hostile(),
                revision: hostile(),
                initiated_by: hostile(),
            }],
        }
    }

    fn operation() -> Operation {
        Operation {
            phase: hostile(),
            message: hostile(),
            started_at: hostile(),
            finished_at: hostile(),
            revision: hostile(),
            results: vec![ResourceResult {
                group: hostile(),
                kind: hostile(),
                namespace: hostile(),
                name: hostile(),
                status: hostile(),
                message: hostile(),
            }],
        }
    }

    #[test]
    fn a_commit_has_as_many_digits_wherever_it_stands() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let both = format!("{commit},{commit}");
        for (revision, shown) in [
            (commit.to_owned(), "0123456"),
            (format!("main@sha1:{commit}"), "main@sha1:0123456"),
            (
                format!("refs/tags/v1@sha256:{commit}{}", &commit[..24]),
                "refs/tags/v1@sha256:0123456",
            ),
            (both, "0123456,0123456"),
            ("v1.0.0".to_owned(), "v1.0.0"),
            ("main@sha1:0123".to_owned(), "main@sha1:0123"),
            (String::new(), "<none>"),
        ] {
            assert_eq!(short(&revision).as_str(), shown);
        }
    }

    #[test]
    fn a_past_sync_of_which_nobody_says_who_began_it_is_nobodys() {
        let entry = |by: &str| HistoryEntry { initiated_by: by.into(), ..HistoryEntry::default() };
        let a = Application {
            history: vec![entry("automated"), entry("me"), entry("")],
            ..Application::default()
        };
        let text = history(&a, Format::Text);
        let by: Vec<&str> =
            text.lines().skip(1).filter_map(|l| l.split_whitespace().last()).collect();
        assert_eq!(by, ["automated", "me", "<none>"]);
    }

    #[test]
    fn what_a_family_has_not_takes_no_line() {
        let of = |kind: &str| {
            let a = Application {
                kind: kind.into(),
                sources: vec![Source::default()],
                ..Application::default()
            };
            details(&a, Format::Text, Paint(false))
        };
        for name in ["Project:", "Server:", "Namespace:", "Target:"] {
            assert!(
                of("Application").contains(name) && !of("Kustomization").contains(name),
                "{name}"
            );
        }
    }

    #[test]
    fn a_suspended_source_is_shown_as_one() {
        let shown = |suspended: bool| {
            let repository = "GitRepository/environment".to_owned();
            let sources = vec![Source { repository, suspended, ..Source::default() }];
            details(&Application { sources, ..Application::default() }, Format::Text, Paint(false))
        };
        assert!(shown(true).contains("GitRepository/environment (suspended)\n"), "{}", shown(true));
        assert!(shown(false).contains("GitRepository/environment\n"), "{}", shown(false));
    }

    #[test]
    fn conditions_of_one_type_are_counted() {
        let condition = |kind: &str| Condition { r#type: kind.into(), ..Condition::default() };
        let kinds = ["ComparisonError", "NotSupportedWarning", "NotSupportedWarning"];
        let a = Application { conditions: kinds.map(condition).into(), ..Application::default() };
        let text = list(&[a], Format::Text, Paint(false));
        assert!(text.ends_with("   ComparisonError,NotSupportedWarning(2)\n"), "{text}");
    }

    #[test]
    fn several_sentences_of_one_condition_are_told_apart() {
        let message = "a.yaml:1: the first\nb.yaml:2: the second".to_owned();
        let conditions = [Condition { r#type: "Ready=False".into(), message, since: "s".into() }];
        let shown = "a.yaml:1: the first; b.yaml:2: the second";
        assert_eq!(told(&conditions).collect::<String>(), format!("Ready=False: {shown}"));
        let a = Application { conditions: conditions.into(), ..Application::default() };
        let text = details(&a, Format::Text, Paint(false));
        assert!(text.contains(&format!("Ready=False   {shown}   s\n")), "{text}");
    }

    #[test]
    fn no_field_of_an_application_draws_or_forges_a_line() {
        let a = application();
        let all = std::slice::from_ref(&a);
        for (text, lines) in [
            (list(all, Format::Text, Paint(false)), 2),
            (list(all, Format::Wide, Paint(false)), 2),
            (list(all, Format::Name, Paint(false)), 1),
            (details(&a, Format::Text, Paint(false)), 21),
            (history(&a, Format::Wide), 2),
            (results(&operation(), Paint(false)), 2),
        ] {
            assert_eq!(text.lines().count(), lines, "{text}");
            let unfit = text.chars().filter(|c| *c != '\n' && trimtab_model::is_hidden(*c));
            assert_eq!(unfit.collect::<Vec<_>>(), [], "{text:?}");
        }
        assert!(told(&a.conditions).all(|line| !line.chars().any(trimtab_model::is_hidden)));
        // With colour there is ours and no other.
        let painted = details(&a, Format::Text, Paint(true));
        assert!(!painted.contains("\u{1b}[2J") && !painted.contains('\u{9b}'), "{painted:?}");
    }
}
