//! The applications: those of `examples`, of both families, or one for a repository of the user's.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::NAMESPACE;
use super::repository::Repository;

/// What stands in the examples for the URL of the environment repository.
const PLACEHOLDER: &str = "https://example.com/environment.git";

/// The kinds of applications, as kubectl names them.
pub const KINDS: [&str; 2] =
    ["applications.argoproj.io", "kustomizations.kustomize.toolkit.fluxcd.io"];

/// Applications to follow.
pub struct Applications {
    /// Their resources, with those that they name.
    pub manifests: Vec<Value>,
    /// Their names.
    pub names: Vec<String>,
}

impl Applications {
    /// Those of `examples/applications`, which follow the repository on disk, and of
    /// `examples/kustomizations`: their family reads repositories over the network alone.
    pub fn examples(repository: &Repository) -> anyhow::Result<Self> {
        let mut manifests = read("applications", &repository.url)?;
        manifests.extend(read("kustomizations", repository.http_url())?);
        Ok(Self::of(manifests))
    }

    /// One application of a directory of any repository, named for it.
    pub fn one(repository: &Repository, path: &str, revision: &str) -> Self {
        let name = name_for(&repository.url, path);
        let manifest = json!({
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {
                "project": "default",
                "source": {"repoURL": repository.url, "path": path, "targetRevision": revision},
                "destination": {"server": "https://kubernetes.default.svc", "namespace": name},
                "syncPolicy": {
                    "automated": {"prune": true, "selfHeal": true},
                    "syncOptions": ["CreateNamespace=true"],
                },
            },
        });
        Self::of(vec![manifest])
    }

    fn of(manifests: Vec<Value>) -> Self {
        let is_followed =
            |one: &&Value| one["kind"] == "Application" || one["kind"] == "Kustomization";
        let name = |one: &Value| one["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        Self { names: manifests.iter().filter(is_followed).map(name).collect(), manifests }
    }
}

/// The manifests of a folder of examples, with the repository's URL in them.
fn read(folder: &str, url: &str) -> anyhow::Result<Vec<Value>> {
    let mut manifests = Vec::new();
    for file in example_files(folder)? {
        let text = fs::read_to_string(&file)?.replace(PLACEHOLDER, url);
        let read = trimtab_yaml::documents(text.as_bytes(), trimtab_yaml::Rules::default());
        if let Some(problem) = read.problems.first() {
            bail!("{}:{}: {}", file.display(), problem.line, problem.message);
        }
        manifests.extend(read.documents.into_iter().map(|document| document.value));
    }
    Ok(manifests)
}

fn example_files(folder: &str) -> anyhow::Result<Vec<PathBuf>> {
    let folder = trimtab_testkit::repository().join("examples").join(folder);
    let entries =
        fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    Ok(files)
}

/// A name from the last part of the path or, at the root, of the URL, as Kubernetes takes it.
fn name_for(url: &str, path: &str) -> String {
    let part = |text: &str| {
        let text = text.trim_end_matches('/').trim_end_matches(".git").trim_end_matches('/');
        let last = text.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let fit = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let name: String = last.chars().map(fit).take(50).collect();
        Some(name.trim_matches('-').to_owned()).filter(|name| !name.is_empty())
    };
    part(path).or_else(|| part(url)).unwrap_or_else(|| "environment".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;
    use trimtab_model::App;
    use trimtab_render::{MemoryTree, TreeInputs, render};

    fn examples() -> Applications {
        Applications::examples(&Repository::at("https://example.com/other.git")).expect("examples")
    }

    /// Those of one kind.
    fn of_kind(kind: &str) -> Vec<Value> {
        examples().manifests.into_iter().filter(|one| one["kind"] == kind).collect()
    }

    /// `tests/shapes`, as a tree.
    fn shapes() -> MemoryTree {
        let root = trimtab_testkit::repository().join("tests/shapes");
        files(&root, &root, MemoryTree::default())
    }

    fn files(root: &Path, folder: &Path, mut tree: MemoryTree) -> MemoryTree {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                tree = files(root, &path, tree);
            } else {
                let name = path.strip_prefix(root).expect("below").display().to_string();
                tree = tree.with(&name, fs::read(&path).expect("a file"));
            }
        }
        tree
    }

    /// All examples, as the operator reads them.
    fn apps() -> Vec<App> {
        let settings = trimtab_argoproj::Settings::new(NAMESPACE);
        let of_argo = of_kind("Application").into_iter();
        let of_argo =
            of_argo.map(|one| trimtab_argoproj::app(&one, &settings).expect("an Application").0);
        let sources = of_kind("GitRepository");
        let source = trimtab_fluxcd::git_source(&sources[0]).expect("a source");
        let settings = trimtab_fluxcd::Settings::default();
        let of_flux = of_kind("Kustomization").into_iter().map(move |mut one| {
            // A server gives it one.
            one["metadata"]["generation"] = 1.into();
            trimtab_fluxcd::app(&one, Some(&source), &settings).expect("a Kustomization").0
        });
        of_argo.chain(of_flux).collect()
    }

    #[test]
    fn what_is_followed_is_what_applies_something() {
        let names = examples().names;
        assert!(names.contains(&"guestbook".to_owned()) && names.contains(&"blog".to_owned()));
        assert!(!names.contains(&"environment".to_owned()), "a source applies nothing");
    }

    #[test]
    fn every_example_uses_only_what_acts_and_renders_whole() {
        let tree = shapes();
        let mut used = BTreeSet::new();
        for app in apps() {
            assert_eq!(app.not_supported, []);
            for source in &app.sources {
                let rendered = render(&source.path, &source.renderer, &TreeInputs::new(&tree));
                let problems: Vec<String> =
                    rendered.problems.iter().map(ToString::to_string).collect();
                assert_eq!(problems, Vec::<String>::new(), "{}", app.id.name);
                assert!(!rendered.objects.is_empty(), "{}", app.id.name);
                used.insert(source.path.to_string());
            }
        }
        let folders = fs::read_dir(trimtab_testkit::repository().join("tests/shapes"));
        let folders: BTreeSet<String> = folders
            .expect("shapes")
            .map(|entry| entry.expect("an entry"))
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().into_string().expect("a name"))
            .collect();
        assert_eq!(used, folders, "each shape has its application");
    }

    #[test]
    fn the_tree_leaves_out_what_it_says() {
        let manifests = of_kind("Application");
        let tree = manifests.iter().find(|one| one["metadata"]["name"] == "tree").expect("there");
        let settings = trimtab_argoproj::Settings::new(NAMESPACE);
        let (app, _) = trimtab_argoproj::app(tree, &settings).expect("valid");
        let source = &app.sources[0];
        let rendered = render(&source.path, &source.renderer, &TreeInputs::new(&shapes()));
        let files: BTreeSet<&str> = rendered.objects.iter().map(|one| &*one.origin.file).collect();
        let wanted = [
            "tree/accounts/reader.yaml",
            "tree/web/config/pages.yaml",
            "tree/web/stateful-set.yml",
        ];
        assert_eq!(files.into_iter().collect::<Vec<_>>(), wanted);
        assert_eq!(rendered.warnings, []);
    }

    #[test]
    fn a_repository_of_ones_own_is_named_for_its_path_or_itself() {
        let url = "https://example.com/team/My_Environment.git";
        for (path, name) in [("apps/web", "web"), (".", "my-environment"), ("", "my-environment")] {
            assert_eq!(name_for(url, path), name, "{path}");
        }
        assert_eq!(name_for("https://example.com/", "."), "example-com");
        assert_eq!(name_for("", "./"), "environment");
    }
}
