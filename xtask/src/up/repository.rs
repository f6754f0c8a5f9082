//! The environment repository: what should be in the cluster.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::run_folder::RunFolder;
use anyhow::{Context, anyhow, bail, ensure};
use url::Url;

/// The repository that the applications follow.
pub struct Repository {
    /// Its URL.
    pub url: String,
    /// Whether it is the example, which a person may push to.
    pub is_example: bool,
}

impl Repository {
    /// A bare repository on disk with one commit on `main`: the directories of `tests/shapes`.
    pub fn example(folder: &RunFolder) -> anyhow::Result<Self> {
        let bare = folder.path().join("environment.git");
        git(
            &["init", "--quiet", "--bare", "--initial-branch=main", "--object-format=sha1"],
            |git| {
                git.arg(&bare);
            },
        )?;
        let shapes = trimtab_testkit::repository().join("tests/shapes");
        let in_shapes = |git: &mut Command| {
            git.env("GIT_DIR", &bare).env("GIT_WORK_TREE", &shapes).current_dir(&shapes);
        };
        git(&["add", "--all"], in_shapes)?;
        git(&["commit", "--quiet", "--message=The environment as it begins"], in_shapes)?;
        // A bare repository has no index; this one was only for the commit.
        std::fs::remove_file(bare.join("index"))?;
        Ok(Self { url: file_url(&bare)?, is_example: true })
    }

    /// A repository somewhere: a URL, or a folder on this machine.
    pub fn given(place: &str) -> anyhow::Result<Self> {
        let url = if Path::new(place).is_dir() {
            file_url(&std::fs::canonicalize(place)?)?
        } else {
            let is_url = Url::parse(place).is_ok();
            ensure!(is_url, "--repo {place}: there is no such folder, and it is no URL");
            place.to_owned()
        };
        Ok(Self { url, is_example: false })
    }
}

fn file_url(path: &Path) -> anyhow::Result<String> {
    let url = Url::from_file_path(path).map_err(|()| anyhow!("{} has no URL", path.display()))?;
    Ok(url.into())
}

/// Runs git without the settings of the person and of the machine.
fn git(args: &[&str], with: impl Fn(&mut Command)) -> anyhow::Result<()> {
    let mut git = Command::new("git");
    git.args(args).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    for role in ["AUTHOR", "COMMITTER"] {
        git.env(format!("GIT_{role}_NAME"), "Example")
            .env(format!("GIT_{role}_EMAIL"), "example@example.com");
    }
    with(&mut git);
    let output = git.stdin(Stdio::null()).output().context("cannot start git")?;
    if !output.status.success() {
        bail!("git {} failed: {}", args[0], String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
