//! A bare repository and a work tree to push from, made by `git`.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use trimtab_model::{Commit, Remote};

use crate::world::remote;

/// A bare repository and a work tree to push from.
pub struct Repository {
    root: TempDir,
    /// Committed so far: each commit is a minute after the one before.
    minutes: u64,
}

impl Repository {
    pub fn new() -> Self {
        let root = TempDir::new().unwrap();
        let repository = Self { root, minutes: 0 };
        repository.run(repository.root.path(), &["init", "-q", "--bare", "-b", "main", "bare.git"]);
        repository.run(repository.root.path(), &["init", "-q", "-b", "main", "work"]);
        repository.git(&["remote", "add", "origin", "../bare.git"]);
        repository
    }

    /// With one commit of one file on `main`, pushed.
    pub fn with_one_commit() -> (Self, Commit) {
        let mut repository = Self::new();
        let commit = repository.push_file("a.yaml", "a: 1\n");
        (repository, commit)
    }

    /// The directory that holds the bare repository, as a server serves it.
    pub fn served(&self) -> &Path {
        self.root.path()
    }

    pub fn bare(&self) -> PathBuf {
        self.root.path().join("bare.git")
    }

    pub fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    pub fn on_disk(&self) -> Remote {
        remote(&format!("file://{}", self.bare().display()))
    }

    pub fn write(&self, path: &str, content: &[u8]) {
        let path = self.work().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// A pipe that nobody writes into.
    #[expect(clippy::disallowed_methods, reason = "the standard library makes none")]
    pub fn make_pipe(path: &Path) {
        let made = Command::new("mkfifo").arg(path).status().unwrap();
        assert!(made.success());
    }

    pub fn link(&self, path: &str, target: &str) {
        symlink(target, self.work().join(path)).unwrap();
    }

    pub fn make_executable(&self, path: &str) {
        fs::set_permissions(self.work().join(path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Commits all that is in the work tree.
    pub fn commit(&mut self) -> Commit {
        self.minutes += 1;
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "a change"]);
        self.head()
    }

    pub fn head(&self) -> Commit {
        self.commit_of("HEAD")
    }

    pub fn commit_of(&self, revision: &str) -> Commit {
        Commit::parse(&self.git(&["rev-parse", &format!("{revision}^{{commit}}")])).unwrap()
    }

    /// Pushes what is checked out, and everything that is told as well.
    pub fn push(&self, more: &[&str]) {
        self.git(&[&["push", "-q", "origin", "HEAD"], more].concat());
    }

    pub fn push_file(&mut self, path: &str, content: &str) -> Commit {
        self.write(path, content.as_bytes());
        let commit = self.commit();
        self.push(&[]);
        commit
    }

    /// Runs git in the work tree.
    pub fn git(&self, arguments: &[&str]) -> String {
        self.run(&self.work(), arguments)
    }

    /// Runs git in the bare repository.
    pub fn git_bare(&self, arguments: &[&str]) -> String {
        self.run(&self.bare(), arguments)
    }

    /// Commits happen at minute `minutes` from here on.
    pub fn set_clock(&mut self, minutes: u64) {
        self.minutes = minutes;
    }

    pub fn run(&self, directory: &Path, arguments: &[&str]) -> String {
        let date = format!("{} +0000", 1_700_000_000 + self.minutes * 60);
        let output = git(directory)
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .args(arguments)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success(), "git {arguments:?}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }
}

/// Git without anybody's settings.
#[expect(clippy::disallowed_methods, reason = "git is what the edge is compared with")]
pub fn git(directory: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "A Person")
        .env("GIT_AUTHOR_EMAIL", "person@example.org")
        .env("GIT_COMMITTER_NAME", "A Person")
        .env("GIT_COMMITTER_EMAIL", "person@example.org");
    command
}

/// Bytes that do not compress, the same for the same seed.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}
