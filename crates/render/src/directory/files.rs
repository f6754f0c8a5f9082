//! Which files of a directory are manifests. Sources: argo-cd `reposerver/repository/repository.go`,
//! fluxcd/pkg `kustomize/kustomize_generator.go` and source-controller's default exclusions.

use crate::questions::Asked;
use crate::walk::{Place, problem, resolve, unreadable};
use crate::{Entry, Kind, Problem, ProblemKind};
use globset::{GlobBuilder, GlobMatcher};
use std::collections::BTreeSet;
use trimtab_model::{Directory, FileSelection, limit};

/// A file to read.
pub(super) struct File {
    /// Its path as people know it.
    pub path: String,
    /// Its path without links.
    pub real: String,
}

/// Files that a source of the second family leaves out unless it says otherwise.
const LEFT_OUT: [&str; 9] = [
    ".travis.yml",
    ".gitlab-ci.yml",
    "appveyor.yml",
    ".drone.yml",
    "cloudbuild.yaml",
    ".goreleaser.yml",
    ".sops.yaml",
    ".flux.yaml",
    ".gitmodules",
];

const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Selects the files in byte order of their paths.
pub(super) fn select(
    root: &str,
    rules: &Directory,
    asked: &Asked<'_>,
    problems: &mut Vec<Problem>,
) -> Result<Vec<File>, Problem> {
    let mut walk = Walk {
        asked,
        rules,
        root,
        include: glob(rules.include.as_deref(), "include")?,
        exclude: glob(rules.exclude.as_deref(), "exclude")?,
        seen: BTreeSet::new(),
        files: Vec::new(),
        problems,
    };
    if rules.files == FileSelection::EveryYamlFile {
        walk.refuse_source_ignore_above(root)?;
    }
    walk.directory(root, root, 0)?;
    let mut files = walk.files;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

struct Walk<'a> {
    asked: &'a Asked<'a>,
    rules: &'a Directory,
    root: &'a str,
    include: Option<GlobMatcher>,
    exclude: Option<GlobMatcher>,
    /// Real directories on the way, so that a circle of links ends.
    seen: BTreeSet<String>,
    files: Vec<File>,
    problems: &'a mut Vec<Problem>,
}

impl Walk<'_> {
    fn directory(&mut self, path: &str, real: &str, depth: u64) -> Result<(), Problem> {
        if !self.seen.insert(real.to_owned()) || depth > limit::YAML_DEPTH_MAX {
            return Ok(());
        }
        let entries = self.asked.list(real).map_err(|error| unreadable(&error))?.unwrap_or_default();
        self.detect(path, real, &entries)?;
        for entry in entries {
            let path = join(path, &entry.name);
            match entry.kind {
                Kind::Directory => self.enter(&path, &join(real, &entry.name), &entry, depth)?,
                Kind::File => self.file(&path, &join(real, &entry.name), &entry.name)?,
                Kind::Link => self.link(&path, &join(real, &entry.name), &entry.name, depth)?,
                Kind::Other => {}
            }
        }
        Ok(())
    }

    fn enter(&mut self, path: &str, real: &str, entry: &Entry, depth: u64) -> Result<(), Problem> {
        let every = self.rules.files == FileSelection::EveryYamlFile;
        let left_out = every && matches!(&*entry.name, ".git" | ".github" | ".circleci");
        if self.rules.recurse && !left_out { self.directory(path, real, depth + 1) } else { Ok(()) }
    }

    /// A link is followed where it stays inside; one that leaves is a problem wherever it stands.
    fn link(&mut self, path: &str, real: &str, name: &str, depth: u64) -> Result<(), Problem> {
        match resolve(self.asked, real) {
            Ok(Place::At(real, entry)) => match entry.kind {
                Kind::File => self.file(path, &real, name),
                Kind::Directory if self.rules.files == FileSelection::EveryYamlFile => {
                    self.directory(path, &real, depth + 1)
                }
                Kind::Directory | Kind::Link | Kind::Other => Ok(()),
            },
            Ok(Place::Absent) => {
                let manifest = is_yaml(name) || has_end(name, "json");
                if manifest {
                    self.problems.push(problem(path, ProblemKind::Link, "is a link to nothing"));
                }
                Ok(())
            }
            Err(error) => {
                self.problems.push(Problem { file: path.to_owned(), ..error });
                Ok(())
            }
        }
    }

    fn file(&mut self, path: &str, real: &str, name: &str) -> Result<(), Problem> {
        let relative = path.strip_prefix(self.root).unwrap_or(path).trim_start_matches('/');
        if !self.selects(name, relative) {
            return Ok(());
        }
        if has_end(name, "jsonnet") {
            let message = "Jsonnet is not supported yet: render it to YAML, or exclude the file";
            self.problems.push(problem(path, ProblemKind::NotSupported, message));
            return Ok(());
        }
        // The content is part of what the render depends on.
        self.asked.entry(real).map_err(|error| unreadable(&error))?;
        self.files.push(File { path: path.to_owned(), real: real.to_owned() });
        if self.files.len() as u64 > limit::RENDER_FILES_MAX {
            let message = format!("the source has more than {} manifest files", limit::RENDER_FILES_MAX);
            return Err(problem(self.root, ProblemKind::Limit, &message));
        }
        Ok(())
    }

    fn selects(&self, name: &str, relative: &str) -> bool {
        let sort = match self.rules.files {
            FileSelection::LooksLikeManifests => {
                is_yaml(name) || has_end(name, "json") || has_end(name, "jsonnet")
            }
            FileSelection::EveryYamlFile => {
                is_yaml(name) && !LEFT_OUT.contains(&name) && !name.starts_with("codeship-")
            }
        };
        sort && !self.exclude.as_ref().is_some_and(|glob| glob.is_match(relative))
            && self.include.as_ref().is_none_or(|glob| glob.is_match(relative))
    }

    /// What the reference would render by another tool is not read as plain manifests.
    fn detect(&mut self, path: &str, real: &str, entries: &[Entry]) -> Result<(), Problem> {
        let has = |name: &str| entries.iter().any(|entry| entry.name == name);
        let here = path == self.root;
        let not_supported = |file: &str, tool: &str| {
            let message = format!("{tool} is not supported yet: point `path` to plain manifests");
            problem(&join(path, file), ProblemKind::NotSupported, &message)
        };
        let every = self.rules.files == FileSelection::EveryYamlFile;
        if let Some(name) = KUSTOMIZATIONS.into_iter().find(|name| has(name)).filter(|_| here || every) {
            return Err(not_supported(name, "Kustomize"));
        }
        if let Some(chart) = entries.iter().find(|e| e.name.ends_with("Chart.yaml")).filter(|_| here && !every) {
            return Err(not_supported(&chart.name, "Helm"));
        }
        if every && has(".sourceignore") {
            self.source_ignore(real)?;
        }
        Ok(())
    }

    fn refuse_source_ignore_above(&mut self, root: &str) -> Result<(), Problem> {
        let mut above = root;
        while let Some((parent, _)) = above.rsplit_once('/').or((!above.is_empty()).then_some(("", ""))) {
            if self.asked.entry(&join(parent, ".sourceignore")).map_err(|e| unreadable(&e))?.is_some() {
                self.source_ignore(parent)?;
            }
            above = parent;
        }
        Ok(())
    }

    /// The file leaves something out of the source: without it more would be applied than asked.
    fn source_ignore(&mut self, directory: &str) -> Result<(), Problem> {
        let path = join(directory, ".sourceignore");
        Err(problem(&path, ProblemKind::NotSupported, "`.sourceignore` is not supported yet: remove it"))
    }
}

fn is_yaml(name: &str) -> bool {
    has_end(name, "yaml") || has_end(name, "yml")
}

/// Ends are compared as the references compare them: by case.
fn has_end(name: &str, end: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, last)| last == end)
}

fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// `*` crosses `/`, and `{a,b}` chooses.
fn glob(pattern: Option<&str>, field: &str) -> Result<Option<GlobMatcher>, Problem> {
    let Some(pattern) = pattern.filter(|pattern| !pattern.is_empty()) else { return Ok(None) };
    let glob = GlobBuilder::new(pattern).literal_separator(false).build();
    glob.map(|glob| Some(glob.compile_matcher())).map_err(|error| Problem {
        file: String::new(),
        line: 0,
        column: 0,
        kind: ProblemKind::Rule,
        message: format!("`directory.{field}` is not a glob: {error}"),
    })
}
