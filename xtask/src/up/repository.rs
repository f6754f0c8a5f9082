//! The environment repository: what should be in the cluster.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::run_folder::RunFolder;
use anyhow::{Context, anyhow, bail, ensure};
use trimtab_testkit::git_server::GitServer;
use url::Url;

/// The repository that the applications follow.
pub struct Repository {
    /// Its URL.
    pub url: String,
    /// Where the example, which a person may push to, is also served: one family reads no repository on
    /// disk. Nothing for a repository of the user's.
    served: Option<Served>,
}

/// A server of the example.
struct Served {
    server: GitServer,
    url: String,
}

/// The name of the example.
const EXAMPLE: &str = "environment.git";

impl Repository {
    /// A bare repository on disk with one commit on `main`: the directories of `tests/shapes`.
    pub fn example(folder: &RunFolder) -> anyhow::Result<Self> {
        let bare = folder.path().join(EXAMPLE);
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
        let server =
            GitServer::start(folder.path(), None).context("no port is free on loopback")?;
        let served = Served { url: server.url(EXAMPLE), server };
        Ok(Self { url: file_url(&bare)?, served: Some(served) })
    }

    /// Whether it is the example, which a person may push to.
    pub fn is_example(&self) -> bool {
        self.served.is_some()
    }

    /// Its URL for those who read it over the network.
    pub fn http_url(&self) -> &str {
        self.served.as_ref().map_or(&self.url, |served| &served.url)
    }

    /// Forgets the requests that the server remembers for tests, so that they do not pile up.
    pub fn forget_requests(&self) {
        if let Some(served) = &self.served {
            drop(served.server.take_requests());
        }
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
        Ok(Self::at(&url))
    }

    /// The repository of a URL.
    pub fn at(url: &str) -> Self {
        Self { url: url.to_owned(), served: None }
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
