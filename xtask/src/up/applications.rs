//! The applications: those of `examples/applications`, or one for a repository of the user's.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::NAMESPACE;
use super::repository::Repository;

/// What stands in the examples for the URL of the environment repository.
const PLACEHOLDER: &str = "${ENVIRONMENT}";

/// Applications to follow.
pub struct Applications {
    /// Their resources.
    pub manifests: Vec<Value>,
    /// Their names.
    pub names: Vec<String>,
}

impl Applications {
    /// Those of `examples/applications`.
    pub fn examples(repository: &Repository) -> anyhow::Result<Self> {
        let mut manifests = Vec::new();
        for file in example_files()? {
            let text = fs::read_to_string(&file)?.replace(PLACEHOLDER, &repository.url);
            let read = trimtab_yaml::documents(text.as_bytes(), trimtab_yaml::Rules::default());
            if let Some(problem) = read.problems.first() {
                bail!("{}:{}: {}", file.display(), problem.line, problem.message);
            }
            manifests.extend(read.documents.into_iter().map(|document| document.value));
        }
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
        let name = |one: &Value| one["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        Self { names: manifests.iter().map(name).collect(), manifests }
    }
}

fn example_files() -> anyhow::Result<Vec<PathBuf>> {
    let folder = trimtab_testkit::repository().join("examples/applications");
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
    use trimtab_render::{MemoryTree, TreeInputs, render};

    fn examples() -> Applications {
        let url = "https://example.com/environment.git".to_owned();
        Applications::examples(&Repository { url, is_example: true }).expect("examples")
    }

    /// `tests/shapes`, as a tree.
    fn shapes() -> MemoryTree {
        let root = trimtab_testkit::repository().join("tests/shapes");
        read(&root, &root, MemoryTree::default())
    }

    fn read(root: &Path, folder: &Path, mut tree: MemoryTree) -> MemoryTree {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                tree = read(root, &path, tree);
            } else {
                let name = path.strip_prefix(root).expect("below").display().to_string();
                tree = tree.with(&name, fs::read(&path).expect("a file"));
            }
        }
        tree
    }

    #[test]
    fn every_example_uses_only_what_acts_and_renders_whole() {
        let (settings, tree) = (trimtab_argoproj::Settings::new(NAMESPACE), shapes());
        let mut used = BTreeSet::new();
        for manifest in examples().manifests {
            let (app, _) =
                trimtab_argoproj::app(&manifest, &settings).expect("a valid Application");
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
        assert_eq!(used, folders, "each shape has its Application");
    }

    #[test]
    fn the_tree_leaves_out_what_it_says() {
        let manifests = examples().manifests;
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
