//! What to say where an application is not there.

use std::collections::BTreeSet;
use trimtab_api::Application;
use trimtab_cli::{AppKind, List};
use trimtab_model::Namespace;

/// How many names a sentence holds.
const NAMES_MAX: usize = 10;

/// That an application is not there, and what helps. With a kind, only those of that kind count.
pub fn sentence(
    (namespace, short): (&Namespace, &str),
    kind: Option<AppKind>,
    known: &[Application],
) -> String {
    let Some(kind) = kind else {
        return format!(
            "there is no application {namespace}/{short}{}",
            hint(namespace, short, known)
        );
    };
    let of_kind = |one: &&Application| one.kind == kind.name();
    let is_it = |one: &&Application| one.namespace == namespace.as_str() && one.name == short;
    let kind = kind.name();
    if let Some(other) = known.iter().filter(|one| !of_kind(one)).find(is_it) {
        let other = &other.kind;
        return format!(
            "there is no {kind} {namespace}/{short}; this name has one of the kind {other}: leave --kind out"
        );
    }
    let known: Vec<Application> = known.iter().filter(of_kind).cloned().collect();
    format!("there is no {kind} {namespace}/{short}{}", hint(namespace, short, &known))
}

/// Which applications there are instead of one that is not, beginning with a semicolon.
fn hint(namespace: &Namespace, short: &str, known: &[Application]) -> String {
    let of = |wanted: &dyn Fn(&Application) -> bool, name: &dyn Fn(&Application) -> String| {
        known.iter().filter(|one| wanted(one)).map(name).collect::<Vec<String>>()
    };
    let whole = |one: &Application| format!("{}/{}", one.namespace, one.name);
    let elsewhere = of(&|one| one.name == short, &whole);
    let beside = of(&|one| one.namespace == namespace.as_str(), &|one| one.name.clone());
    match (elsewhere.len(), beside.len()) {
        (1..=NAMES_MAX, _) => format!("; there is {}", elsewhere.join(", ")),
        (_, 1..=NAMES_MAX) => format!("; the namespace {namespace} has {}", beside.join(", ")),
        (0, 0) => format!(
            "; the namespace {namespace} has none: --namespace names another namespace, and `trimtab app list -A` shows all"
        ),
        (_, _) => "; `trimtab app list -A` shows all of them".to_owned(),
    }
}

/// The projects that applications have.
pub fn projects(all: &[Application]) -> BTreeSet<String> {
    let named = all.iter().map(|one| one.project.clone());
    named.filter(|project| !project.is_empty()).collect()
}

/// Says of an empty list where it was looked. `projects` are those of all applications there.
pub fn nothing(namespace: Option<&Namespace>, flags: &List, projects: &BTreeSet<String>) -> String {
    if let Some(project) = flags.project.as_ref().filter(|project| !projects.contains(*project))
        && (1..=NAMES_MAX).contains(&projects.len())
    {
        let place = namespace
            .map_or_else(String::new, |namespace| format!(" in the namespace {namespace}"));
        let others: Vec<&str> = projects.iter().map(String::as_str).collect();
        return format!(
            "there are no applications of the project {project}{place}: those there are of {}",
            others.join(", ")
        );
    }
    let of = flags.project.as_ref().map(|project| format!(" of the project {project}"));
    let with = flags.selector.as_ref().map_or("", |_| " with these labels");
    let of = format!("{}{with}", of.unwrap_or_default());
    match namespace {
        Some(namespace) => format!(
            "there are no applications{of} in the namespace {namespace}: --namespace names another \
             namespace, -A looks in all"
        ),
        None => format!("there are no applications{of}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{hint, nothing, projects, sentence};
    use clap::Parser;
    use trimtab_api::Application;
    use trimtab_cli::{AppCommand, AppKind, Cli, Command, List};

    fn flags(more: &[&str]) -> List {
        let words = ["trimtab", "app", "list"].iter().chain(more);
        match Cli::try_parse_from(words).expect("valid").command {
            Command::App(AppCommand::List(list)) => list,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_project_that_nobody_has_is_told_with_those_that_there_are() {
        let of = |name: &str, project: &str| Application {
            project: project.into(),
            ..application("trimtab", name)
        };
        let known = projects(&[of("a", "default"), of("b", "team"), of("c", "")]);
        let namespace = "trimtab".into();
        let said = |more: &[&str]| nothing(Some(&namespace), &flags(more), &known);
        assert_eq!(
            said(&["-p", "nope"]),
            "there are no applications of the project nope in the namespace trimtab: those there are of \
             default, team"
        );
        let of_labels = said(&["-p", "team", "-l", "a=b"]);
        assert!(of_labels.contains("with these labels in the namespace trimtab: --namespace"));
    }

    fn application(namespace: &str, name: &str) -> Application {
        Application { namespace: namespace.into(), name: name.into(), ..Application::default() }
    }

    #[test]
    fn one_of_that_name_elsewhere_is_named_before_the_neighbours() {
        let known = [application("a", "web"), application("b", "shop"), application("b", "blog")];
        assert_eq!(hint(&"b".into(), "web", &known), "; there is a/web");
        assert_eq!(hint(&"b".into(), "shpo", &known), "; the namespace b has shop, blog");
        assert!(
            hint(&"c".into(), "shpo", &known)
                .starts_with("; the namespace c has none: --namespace")
        );
    }

    #[test]
    fn a_name_of_the_other_kind_is_not_offered_as_if_it_were_of_this_one() {
        let of = |kind: &str, name: &str| Application {
            kind: kind.into(),
            ..application("trimtab", name)
        };
        let known = [of("Application", "guestbook"), of("Kustomization", "blog")];
        let namespace = "trimtab".into();
        let said = |name: &str| sentence((&namespace, name), Some(AppKind::Kustomization), &known);
        assert_eq!(
            said("guestbook"),
            "there is no Kustomization trimtab/guestbook; this name has one of the kind Application: \
             leave --kind out"
        );
        assert_eq!(
            said("blgo"),
            "there is no Kustomization trimtab/blgo; the namespace trimtab has blog"
        );
    }

    #[test]
    fn many_are_not_all_named() {
        let known: Vec<_> = (0..11).map(|n| application("a", &format!("app-{n}"))).collect();
        assert_eq!(hint(&"a".into(), "x", &known), "; `trimtab app list -A` shows all of them");
    }
}
