//! The repository with a folder for each application, behind plain HTTP on loopback.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use trimtab_testkit::git_server::GitServer;

use super::manifests::{folder, name, objects};

/// The repository.
pub struct Environment {
    /// Its server.
    pub server: GitServer,
    /// Its URL.
    pub url: String,
    work: PathBuf,
}

impl Environment {
    /// Makes it, with this many folders in one commit.
    pub fn new(root: &Path, count: u32) -> anyhow::Result<Self> {
        let work = root.join("work");
        for number in 0..count {
            write(&work, number, "1")?;
        }
        git(&work, &["init", "--quiet", "--initial-branch=main", "--object-format=sha1"])?;
        commit(&work, "The first")?;
        git(root, &["clone", "--quiet", "--bare", "work", "served/environment.git"])?;
        git(&work, &["remote", "add", "origin", "../served/environment.git"])?;
        let server = GitServer::start(&root.join("served"), None)?;
        let url = server.url("environment.git");
        Ok(Self { server, url, work })
    }

    /// Changes one file of one application, and commits it; the commits before and after.
    pub fn change(&self, number: u32, value: &str) -> anyhow::Result<[String; 2]> {
        let before = git(&self.work, &["rev-parse", "HEAD"])?;
        write(&self.work, number, value)?;
        commit(&self.work, "One file")?;
        Ok([before, git(&self.work, &["rev-parse", "HEAD"])?])
    }

    /// Adds a folder of this repository's own under a name of its own, and pushes it.
    pub fn add(&self, from: &Path, name: &str) -> anyhow::Result<()> {
        let to = self.work.join(name);
        fs::create_dir_all(&to)?;
        for entry in
            fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?
        {
            let entry = entry?;
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
        commit(&self.work, "A folder")?;
        self.push()
    }

    /// Removes folders, and commits that; the commits before and after.
    pub fn remove(&self, numbers: Range<u32>) -> anyhow::Result<[String; 2]> {
        let before = git(&self.work, &["rev-parse", "HEAD"])?;
        for number in numbers {
            fs::remove_dir_all(self.work.join(folder(number)))?;
        }
        commit(&self.work, "Some folders")?;
        Ok([before, git(&self.work, &["rev-parse", "HEAD"])?])
    }

    /// Pushes.
    pub fn push(&self) -> anyhow::Result<()> {
        git(&self.work, &["push", "--quiet", "origin", "main"]).map(drop)
    }
}

fn write(work: &Path, number: u32, value: &str) -> anyhow::Result<()> {
    let folder = work.join(folder(number));
    fs::create_dir_all(&folder)?;
    for object in objects(&name(number), value) {
        fs::write(folder.join(object.file), trimtab_yaml::emit(&object.body))?;
    }
    Ok(())
}

fn commit(work: &Path, message: &str) -> anyhow::Result<()> {
    git(work, &["add", "--all"])?;
    git(work, &["commit", "--quiet", "--message", message]).map(drop)
}

/// Runs git without the settings of the person and of the machine.
fn git(folder: &Path, args: &[&str]) -> anyhow::Result<String> {
    let mut git = Command::new("git");
    git.args(args).current_dir(folder).stdin(Stdio::null());
    git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    for role in ["AUTHOR", "COMMITTER"] {
        git.env(format!("GIT_{role}_NAME"), "Bench")
            .env(format!("GIT_{role}_EMAIL"), "bench@example.com");
    }
    let output = git.output().context("cannot start git")?;
    if !output.status.success() {
        bail!("git {} failed: {}", args[0], String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
