//! A repository that a test pushes to.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The work tree of a bare repository, which pushes to its branch `main`.
pub struct Repository {
    work: PathBuf,
}

impl Repository {
    /// An empty one, `<name>.git` in the folder.
    pub fn new(folder: &Path, name: &str) -> Self {
        let repository = Self { work: folder.join(name) };
        run(folder, &["init", "-q", "--bare", "-b", "main", &format!("{name}.git")]);
        run(folder, &["init", "-q", "-b", "main", name]);
        repository.git(&["remote", "add", "origin", &format!("../{name}.git")]);
        repository
    }

    /// The bare repository's URL for who may read this disk.
    pub fn file_url(&self) -> String {
        format!("file://{}.git", self.work.display())
    }

    /// Writes a file into the work tree.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.work.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
        self
    }

    /// A file of the work tree.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.work.join(path)).expect("a file")
    }

    /// Writes a symbolic link into the work tree.
    pub fn link(&self, path: &str, target: &str) -> &Self {
        std::os::unix::fs::symlink(target, self.work.join(path)).expect("a link");
        self
    }

    /// Removes a file or a folder from the work tree.
    pub fn remove(&self, path: &str) -> &Self {
        let path = self.work.join(path);
        let is_folder = path.is_dir();
        if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) }.expect("removed");
        self
    }

    /// Commits all that is in the work tree, and pushes it. Returns the commit.
    pub fn push(&self) -> String {
        self.commit(&["commit", "-q", "--allow-empty", "-m", "a change"]);
        self.git(&["push", "-q", "origin", "main"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Puts all that is in the work tree in the place of the last commit, and pushes by force.
    pub fn push_rewritten(&self) -> String {
        self.commit(&["commit", "-q", "--amend", "-m", "another history"]);
        self.git(&["push", "-q", "--force", "origin", "main"]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn commit(&self, arguments: &[&str]) {
        self.git(&["add", "-A"]);
        self.git(arguments);
    }

    /// Runs git in the work tree.
    pub fn git(&self, arguments: &[&str]) -> String {
        run(&self.work, arguments)
    }
}

/// Git without anybody's settings.
fn run(folder: &Path, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    git.current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for role in ["AUTHOR", "COMMITTER"] {
        git.env(format!("GIT_{role}_NAME"), "A Person");
        git.env(format!("GIT_{role}_EMAIL"), "person@example.com");
    }
    let output = git.args(arguments).output().expect("git runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {said}");
    String::from_utf8(output.stdout).expect("UTF-8").trim_end().to_owned()
}
