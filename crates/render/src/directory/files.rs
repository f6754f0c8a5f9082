//! Which files of a directory are manifests. Sources: argo-cd `reposerver/repository/repository.go`,
//! fluxcd/pkg `kustomize/kustomize_generator.go`, `artifact/storage/archive.go` and `sourceignore`.

use super::collected::Collected;
use super::other;
use crate::questions::Asked;
use crate::walk::{Place, problem, resolve, unreadable};
use crate::{Entry, Kind, Problem, ProblemKind, Warning};
use trimtab_model::{Directory, FileSelection, Glob, limit};

/// A file to read.
pub(super) struct File {
    /// Its path as people know it.
    pub(super) path: String,
    /// Its path without links.
    pub(super) real: String,
    pub(super) sort: Sort,
}

/// What a file's name says that it holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Yaml,
    Json,
    Jsonnet,
}

/// Files that never get into the source of a Kustomization, wherever they lie.
const LEFT_OUT: [&str; 10] = [
    ".travis.yml",
    ".gitlab-ci.yml",
    "appveyor.yml",
    ".drone.yml",
    "cloudbuild.yaml",
    "codeship-services.yml",
    "codeship-steps.yml",
    ".goreleaser.yml",
    ".sops.yaml",
    ".flux.yaml",
];

/// Directories that do not either.
const DIRECTORIES_LEFT_OUT: [&str; 3] = [".git", ".github", ".circleci"];

/// Selects the files, in the order of a walk that goes through each directory by name.
pub(super) fn select(
    root: &str,
    rules: &Directory,
    asked: &Asked<'_>,
    out: &mut Collected,
) -> Result<Vec<File>, Problem> {
    let (include, exclude) = (rules.include.as_deref(), rules.exclude.as_deref());
    let mut walk = Walk {
        asked,
        rules,
        root,
        include: glob(include, "include")?,
        exclude: glob(exclude, "exclude")?,
        entries: 0,
        steps: 0,
        files: Vec::new(),
        out,
    };
    if rules.files == FileSelection::EveryYamlFile {
        walk.refuse_ignore_files_above()?;
    }
    walk.directory(root, 0)?;
    Ok(walk.files)
}

struct Walk<'a> {
    asked: &'a Asked<'a>,
    rules: &'a Directory,
    root: &'a str,
    include: Option<Glob>,
    exclude: Option<Glob>,
    entries: u64,
    /// What matching patterns has taken so far.
    steps: u64,
    files: Vec<File>,
    out: &'a mut Collected,
}

impl Walk<'_> {
    fn directory(&mut self, path: &str, depth: u64) -> Result<(), Problem> {
        if depth > limit::RENDER_DEPTH_MAX {
            let message = format!("is nested deeper than {} levels", limit::RENDER_DEPTH_MAX);
            return Err(problem(path, ProblemKind::Limit, &message));
        }
        let entries = self.asked.list(path).map_err(|error| unreadable(&error))?;
        let entries = entries.unwrap_or_default();
        self.count(entries.len())?;
        other::refuse(path, &entries, self.rules, depth == 0)?;
        for entry in entries {
            let path = join(path, &entry.name);
            match entry.kind {
                Kind::Directory if self.enters(&entry) => self.directory(&path, depth + 1)?,
                Kind::Other if self.enters(&entry) => self.submodule(&path),
                Kind::Directory | Kind::Other => {}
                Kind::File => self.file(&path, path.clone(), &entry.name)?,
                Kind::Link => self.link(&path, &entry.name)?,
            }
        }
        Ok(())
    }

    /// A few objects of Git can make a tree with more entries than anyone can read.
    fn count(&mut self, entries: usize) -> Result<(), Problem> {
        self.entries += entries as u64;
        if self.entries <= limit::RENDER_ENTRIES_MAX {
            return Ok(());
        }
        let message = format!("has more than {} entries", limit::RENDER_ENTRIES_MAX);
        Err(problem(self.root, ProblemKind::Limit, &message))
    }

    /// Argo CD reads submodules, Flux only where a source asks for them.
    fn submodule(&mut self, path: &str) {
        if self.rules.files == FileSelection::LooksLikeManifests {
            let message =
                "is a submodule, which is not supported yet: copy its files into the repository";
            self.out.problem(problem(path, ProblemKind::NotSupported, message));
        }
    }

    fn enters(&self, entry: &Entry) -> bool {
        self.rules.recurse
            && match self.rules.files {
                FileSelection::LooksLikeManifests => true,
                FileSelection::EveryYamlFile => !DIRECTORIES_LEFT_OUT.contains(&&*entry.name),
            }
    }

    /// A link to a file is followed where it stays inside; one that leaves is a problem whatever its
    /// name is. A Kustomization's source has no links at all.
    fn link(&mut self, path: &str, name: &str) -> Result<(), Problem> {
        if self.sort(name, path)?.is_none() {
            self.stays_inside(path);
            return Ok(());
        }
        if self.rules.files == FileSelection::EveryYamlFile {
            self.pass_over(path, "it is a link");
            return Ok(());
        }
        match resolve(self.asked, path) {
            Ok(Place::At(real, entry)) if entry.kind == Kind::File => {
                return self.file(path, real, name);
            }
            Ok(Place::At(..)) => self.pass_over(path, "it is a link to something that is no file"),
            Ok(Place::Absent) => self.pass_over(path, "it is a link to nothing"),
            Err(error) => self.out.problem(at(path, error)),
        }
        Ok(())
    }

    /// Looks where a link leads that is not read: only out of the source is wrong. Source: argo-cd
    /// `util/app/path` (`CheckOutOfBoundsSymlinks`), which looks at the whole repository.
    fn stays_inside(&mut self, path: &str) {
        if self.rules.files == FileSelection::LooksLikeManifests
            && let Err(error) = resolve(self.asked, path)
            && error.kind != ProblemKind::LinkLoop
        {
            self.out.problem(at(path, error));
        }
    }

    fn pass_over(&mut self, path: &str, why: &str) {
        let message = format!("passed over: {why}");
        self.out.warning(Warning { file: path.to_owned(), line: 0, message });
    }

    fn file(&mut self, path: &str, real: String, name: &str) -> Result<(), Problem> {
        let Some(sort) = self.sort(name, path)? else { return Ok(()) };
        // The content is part of what the render depends on.
        self.asked.entry(&real).map_err(|error| unreadable(&error))?;
        self.files.push(File { path: path.to_owned(), real, sort });
        if self.files.len() as u64 > limit::RENDER_FILES_MAX {
            let message = format!("has more than {} manifest files", limit::RENDER_FILES_MAX);
            return Err(problem(self.root, ProblemKind::Limit, &message));
        }
        Ok(())
    }

    /// What a file holds by its name, if it is selected; `exclude` is asked before `include`.
    fn sort(&mut self, name: &str, path: &str) -> Result<Option<Sort>, Problem> {
        let Some((_, extension)) = name.rsplit_once('.') else { return Ok(None) };
        let sort = match (self.rules.files, extension) {
            (FileSelection::EveryYamlFile, "yaml" | "yml") if LEFT_OUT.contains(&name) => None,
            (_, "yaml" | "yml") => Some(Sort::Yaml),
            (FileSelection::LooksLikeManifests, "json") => Some(Sort::Json),
            (FileSelection::LooksLikeManifests, "jsonnet") => Some(Sort::Jsonnet),
            _ => None,
        };
        let Some(sort) = sort else { return Ok(None) };
        let relative = path.strip_prefix(self.root).unwrap_or(path).trim_start_matches('/');
        self.count_steps(relative)?;
        let excluded = self.exclude.as_ref().is_some_and(|glob| glob.matches(relative, None));
        let included = self.include.as_ref().is_none_or(|glob| glob.matches(relative, None));
        Ok(Some(sort).filter(|_| included && !excluded))
    }

    /// Many names and long patterns are each allowed, and together would take hours.
    fn count_steps(&mut self, relative: &str) -> Result<(), Problem> {
        if self.asked.is_over() {
            return Err(problem(relative, ProblemKind::BrokenOff, "was not looked at"));
        }
        let patterns = [&self.rules.include, &self.rules.exclude].into_iter().flatten();
        let pattern: usize = patterns.map(|pattern| pattern.len()).sum();
        self.steps =
            self.steps.saturating_add((pattern as u64).saturating_mul(relative.len() as u64 + 1));
        if self.steps <= limit::RENDER_GLOB_STEPS_MAX {
            return Ok(());
        }
        let message = "`directory.include` and `directory.exclude` take too long to match with so \
                       many files: make them shorter";
        Err(problem(self.root, ProblemKind::Limit, message))
    }

    /// An ignore file of a directory above narrows this directory too.
    fn refuse_ignore_files_above(&mut self) -> Result<(), Problem> {
        let mut above = self.root;
        while !above.is_empty() {
            above = above.rsplit_once('/').map_or("", |(parent, _)| parent);
            let path = join(above, other::SOURCE_IGNORE);
            if self.asked.entry(&path).map_err(|error| unreadable(&error))?.is_some() {
                return Err(problem(&path, ProblemKind::NotSupported, other::IGNORES));
            }
        }
        Ok(())
    }
}

/// The problem of a link, under the name by which it was found.
fn at(path: &str, problem: Problem) -> Problem {
    Problem { file: path.to_owned(), ..problem }
}

pub(super) fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// `*` crosses `/`, and `{a,b}` chooses.
fn glob(pattern: Option<&str>, field: &str) -> Result<Option<Glob>, Problem> {
    let Some(pattern) = pattern.filter(|pattern| !pattern.is_empty()) else { return Ok(None) };
    Glob::parse(pattern).map(Some).map_err(|error| Problem {
        file: String::new(),
        line: 0,
        column: 0,
        kind: ProblemKind::Rule,
        message: format!("`directory.{field}`: {error}"),
    })
}
