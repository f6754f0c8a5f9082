//! `cargo xtask tidy`: the rules of the house that a program can see. It runs with the
//! ordinary tests, too.

mod commands;
mod limits;
mod pages;
mod parity;
mod rooms;
mod texts;
mod walls;
mod words;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Deserialize;

use crate::process::cargo;

/// Libraries that a pure room cannot use and stay pure: they wait, ask the system or keep time.
const NEVER_IN_PURE: [&str; 10] = [
    "axum",
    "futures",
    "gix",
    "kube",
    "redb",
    "reqwest",
    "tempfile",
    "tokio",
    "tokio-util",
    "tower",
];

#[derive(clap::Args, Default)]
pub struct Arguments {
    /// Write the pages of the documentation that come from tables in the code
    #[arg(long)]
    write: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    eprintln!("\n$ tidy");
    let mut problems = problems(&workspace()?)?;
    problems.extend(limits::problem(arguments.write)?);
    problems.extend(commands::problem(arguments.write)?);
    problems.extend(parity::problems(arguments.write)?);
    problems.extend(pages::problems()?);
    problems.extend(walls::problems()?);
    problems.extend(words::problems()?);
    if problems.is_empty() {
        return Ok(());
    }
    bail!("the house is not tidy:\n  {}", problems.join("\n  "))
}

#[derive(Deserialize)]
struct Workspace {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `null` (ordinary), `build` or `dev`.
    kind: Option<String>,
    /// Only of what is in the workspace.
    path: Option<PathBuf>,
}

fn workspace() -> anyhow::Result<Workspace> {
    let mut metadata = cargo(&["metadata", "--no-deps", "--format-version", "1", "--offline"]);
    let output = metadata.output().context("cannot start cargo")?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn problems(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    let map = read(&trimtab_testkit::repository().join("ARCHITECTURE.md"))?;
    for package in &workspace.packages {
        let room = rooms::of_package(&package.name);
        if !is_on_the_map(room, &map) {
            problems.push(format!("{room} has no row in ARCHITECTURE.md"));
        }
        let Some(layer) = rooms::layer(room) else {
            let name = &package.name;
            problems.push(format!("{name} is no room of the house: add it to xtask's table"));
            continue;
        };
        problems.extend(wrong_arrows(room, package));
        problems.extend(missing_lints(room, &package.manifest_path)?);
        if layer.is_pure() {
            problems.extend(impure_libraries(room, package));
            problems.extend(missing_promises(room, &package.manifest_path)?);
        }
    }
    Ok(problems)
}

/// Whether a row of the table of rooms names it.
fn is_on_the_map(room: &str, map: &str) -> bool {
    let name = format!("`{room}`");
    let rooms = map.lines().filter_map(|line| line.strip_prefix("| ")?.split('|').nth(1));
    rooms.into_iter().any(|cell| cell.split(',').any(|word| word.trim() == name))
}

fn wrong_arrows(room: &str, package: &Package) -> Vec<String> {
    let rooms = package.dependencies.iter().filter(|dependency| dependency.path.is_some());
    // A set: one dependency can be listed for several platforms.
    let wrong: BTreeSet<String> = rooms
        .filter_map(|dependency| {
            let used = rooms::of_package(&dependency.name);
            let is_for_tests = dependency.kind.as_deref() == Some("dev");
            let why = rooms::objection(room, used, is_for_tests)?;
            Some(format!("{room} must not use {used}: {why}"))
        })
        .collect();
    wrong.into_iter().collect()
}

fn impure_libraries(room: &str, package: &Package) -> Vec<String> {
    let ordinary = package.dependencies.iter().filter(|one| one.kind.as_deref() != Some("dev"));
    let impure = ordinary.filter(|one| NEVER_IN_PURE.contains(&one.name.as_str()));
    impure.map(|one| format!("{room} is pure and must not use {}", one.name)).collect()
}

fn missing_lints(room: &str, manifest: &Path) -> anyhow::Result<Option<String>> {
    let text = read(manifest)?;
    let mut lines = text.lines().map(str::trim).skip_while(|line| *line != "[lints]").skip(1);
    let opted_in = lines.next() == Some("workspace = true");
    Ok((!opted_in).then(|| format!("{room} has no `[lints] workspace = true` in its manifest")))
}

fn missing_promises(room: &str, manifest: &Path) -> anyhow::Result<Vec<String>> {
    let text = read(&manifest.with_file_name("src").join("lib.rs"))?;
    let promises = ["Absent here", "#![deny(clippy::disallowed_types)]"];
    let missing = promises.into_iter().filter(|promise| !text.contains(promise));
    Ok(missing
        .map(|promise| format!("{room} is pure, but its lib.rs has no `{promise}`"))
        .collect())
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_is_tidy() {
        let problems = problems(&workspace().expect("cargo answers")).expect("files are there");
        assert_eq!(problems, Vec::<String>::new());
    }

    #[test]
    fn the_page_of_limits_is_what_the_limits_are() {
        assert_eq!(limits::problem(false).expect("read"), None);
    }

    #[test]
    fn the_page_of_commands_is_what_the_commands_are() {
        assert_eq!(commands::problem(false).expect("read"), None);
    }

    #[test]
    fn a_room_is_on_the_map_by_its_row() {
        let map = "`git` fetches.\n| edges | `git` | fetch |\n| | `argoproj`, `fluxcd` | doors |\n";
        for room in ["git", "argoproj", "fluxcd"] {
            assert!(is_on_the_map(room, map), "{room}");
        }
        assert!(!is_on_the_map("store", map));
    }

    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Package {
        let dependency = |(name, kind): &(&str, Option<&str>)| Dependency {
            name: (*name).into(),
            kind: kind.map(Into::into),
            path: name.starts_with("trimtab").then(PathBuf::new),
        };
        let dependencies = dependencies.iter().map(dependency).collect();
        Package { name: name.into(), manifest_path: PathBuf::new(), dependencies }
    }

    #[test]
    fn an_arrow_against_the_table_is_named_with_its_reason() {
        let plan = package("trimtab-plan", &[("trimtab-model", None), ("trimtab-git", None)]);
        assert_eq!(
            wrong_arrows("plan", &plan),
            ["plan must not use git: a pure room uses pure rooms above it"]
        );
    }

    #[test]
    fn a_pure_room_may_wait_only_in_its_tests() {
        let plan = package("trimtab-plan", &[("tokio", Some("dev")), ("futures", None)]);
        assert_eq!(impure_libraries("plan", &plan), ["plan is pure and must not use futures"]);
    }
}
