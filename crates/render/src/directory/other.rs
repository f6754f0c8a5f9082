//! What the references would not read as plain manifests: other renderers, and files that narrow what
//! is read. Rendering it as if it were not there would apply or prune the wrong objects.

use super::files::join;
use crate::walk::problem;
use crate::{Entry, Kind, Problem, ProblemKind};
use trimtab_model::{Directory, FileSelection};

const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Refuses a directory that is not, or not only, for the renderer of plain manifests.
pub(super) fn refuse(
    path: &str,
    entries: &[Entry],
    rules: &Directory,
    is_root: bool,
) -> Result<(), Problem> {
    let found = match rules.files {
        FileSelection::LooksLikeManifests if is_root => of_application(entries, rules),
        FileSelection::LooksLikeManifests => None,
        FileSelection::EveryYamlFile => of_kustomization(entries),
    };
    let Some((name, message)) = found else { return Ok(()) };
    Err(problem(&join(path, name), ProblemKind::NotSupported, message))
}

/// In the directory itself the last file in byte order decides; `recurse`, `include` or `exclude` say
/// that plain manifests are meant. Sources: argo-cd `util/app/discovery`, `util/argo` (a block without
/// any rule counts as none), `repository.go` (`mergeSourceParameters`).
fn of_application<'e>(entries: &'e [Entry], rules: &Directory) -> Option<(&'e str, &'static str)> {
    let files = || entries.iter().filter(|entry| entry.kind != Kind::Directory);
    let overrides = |entry: &&Entry| {
        let name = entry.name.strip_prefix(".argocd-source");
        let name = name.and_then(|name| name.strip_suffix(".yaml"));
        name.is_some_and(|name| name.is_empty() || name.starts_with('-'))
    };
    if let Some(entry) = files().find(overrides) {
        return Some((&entry.name, "is not supported yet: put what it says into the application"));
    }
    if rules.recurse || rules.include.is_some() || rules.exclude.is_some() {
        return None;
    }
    files().filter_map(|entry| tool(&entry.name).map(|message| (&*entry.name, message))).next_back()
}

fn tool(name: &str) -> Option<&'static str> {
    if KUSTOMIZATIONS.contains(&name) {
        return Some(KUSTOMIZE);
    }
    name.ends_with("Chart.yaml")
        .then_some("Helm is not supported yet: point `path` to plain manifests")
}

const KUSTOMIZE: &str = "Kustomize is not supported yet: point `path` to plain manifests";

/// Source: fluxcd/pkg `kustomize/kustomize_generator.go`, at the root and below.
fn of_kustomization(entries: &[Entry]) -> Option<(&str, &'static str)> {
    let file = |name: &str| entries.iter().find(|e| e.name == name && e.kind == Kind::File);
    if let Some(entry) = file(SOURCE_IGNORE) {
        return Some((&entry.name, IGNORES));
    }
    let entry = KUSTOMIZATIONS.into_iter().find_map(file)?;
    Some((&entry.name, KUSTOMIZE))
}

/// The file leaves something out of the source: without it more would be applied than is asked for.
pub(super) const SOURCE_IGNORE: &str = ".sourceignore";
pub(super) const IGNORES: &str = "`.sourceignore` is not supported yet: remove it";
