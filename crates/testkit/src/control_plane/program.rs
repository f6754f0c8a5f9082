use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Error, Minor};
use crate::cache;

/// What `protocol` of our helpers answers (`tests/control-plane/standin`).
const STANDIN_PROTOCOL: &str = "trimtab-standin/1";

/// Where the programs of a control plane are.
#[derive(Debug, Clone)]
pub struct Program {
    parts: Parts,
    /// The program that has the helpers: keygen, guard, nodes.
    helpers: PathBuf,
}

#[derive(Debug, Clone)]
enum Parts {
    /// Ours: each of the three by its first argument, and it watches its standard input.
    Ours(PathBuf),
    /// Somebody's program that is each of the three by its first argument.
    One(PathBuf),
    /// A folder with three programs.
    Folder(PathBuf),
}

impl Program {
    /// Finds the programs: `CONTROL_PLANE` names one that is all three by its first argument,
    /// `KUBEBUILDER_ASSETS` a folder with the three; otherwise ours is built. The environment
    /// speaks of the default minor only.
    ///
    /// # Errors
    /// When something has to be built and cannot.
    pub fn find(minor: Minor) -> Result<Self, Error> {
        let parts = match from_environment(minor) {
            Some(parts) => parts,
            None => Parts::Ours(build(minor)?),
        };
        let helpers = match &parts {
            Parts::Ours(path) => path.clone(),
            Parts::One(_) | Parts::Folder(_) => {
                build_package(minor, "./cmd/standin", "standin")?.join("standin")
            }
        };
        Ok(Self { parts, helpers })
    }

    /// The one program for `--print-program`: `CONTROL_PLANE`, or ours, built if needed.
    ///
    /// # Errors
    /// When it has to be built and cannot.
    pub fn one(minor: Minor) -> Result<PathBuf, Error> {
        match from_environment(minor) {
            Some(Parts::Ours(path) | Parts::One(path)) => Ok(path),
            Some(Parts::Folder(_)) | None => build(minor),
        }
    }

    /// A command for `etcd`, `kube-apiserver` or `kube-controller-manager`, which ends when its
    /// standard input does.
    pub(super) fn part(&self, name: &str) -> Command {
        match &self.parts {
            Parts::Ours(path) => command(path, [name.into()]),
            Parts::One(path) => self.helper(["guard".into(), path.into(), name.into()]),
            Parts::Folder(folder) => self.helper(["guard".into(), folder.join(name).into()]),
        }
    }

    /// A command for one of our helpers.
    pub(super) fn helper<const N: usize>(&self, args: [OsString; N]) -> Command {
        command(&self.helpers, args)
    }
}

fn command<const N: usize>(program: &Path, args: [OsString; N]) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    command
}

fn from_environment(minor: Minor) -> Option<Parts> {
    let named = |key| std::env::var_os(key).filter(|value| !value.is_empty()).map(PathBuf::from);
    if minor != Minor::default() {
        None
    } else if let Some(path) = named("CONTROL_PLANE") {
        Some(if is_ours(&path) { Parts::Ours(path) } else { Parts::One(path) })
    } else {
        named("KUBEBUILDER_ASSETS").map(Parts::Folder)
    }
}

fn is_ours(program: &Path) -> bool {
    let output = Command::new(program).arg("protocol").stdin(Stdio::null()).output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == STANDIN_PROTOCOL.as_bytes())
}

/// Builds our program, once for each state of its sources: minutes the first time.
///
/// # Errors
/// When go is missing or fails.
pub fn build(minor: Minor) -> Result<PathBuf, Error> {
    Ok(build_package(minor, ".", "control-plane")?.join("control-plane"))
}

/// The folder that has `package` of our Go module as the program `name`.
fn build_package(minor: Minor, package: &str, name: &str) -> Result<PathBuf, Error> {
    let module = cache::repository().join("tests/control-plane");
    let flags = flags(minor);
    let key = key(&module, minor, &flags)?;
    let folder = cache::target().join("control-plane").join(format!("{name}-{minor}-{key}"));
    cache::once(&folder, |half| {
        let mut go = Command::new("go");
        go.arg("build").args(&flags).arg("-o").arg(half.join(name)).arg(package);
        // go's words go to standard error: standard output may be read by a program.
        go.current_dir(&module).env("CGO_ENABLED", "0").stdin(Stdio::null()).stdout(Stdio::null());
        let status = go.status().map_err(Error::file(Path::new("go")))?;
        if status.success() {
            Ok(())
        } else {
            Err(Error::Build { module: module.clone(), status: status.to_string() })
        }
    })
}

fn flags(minor: Minor) -> Vec<String> {
    let version = "-X k8s.io/component-base/version";
    vec![
        "-trimpath".into(),
        "-buildvcs=false".into(),
        format!("-modfile={}", minor.module_file()),
        format!(
            "-ldflags=-s -w {version}.gitVersion={} {version}.gitMajor=1 {version}.gitMinor={}",
            minor.version(),
            minor.number()
        ),
    ]
}

/// A digest of everything of ours that the build reads.
fn key(module: &Path, minor: Minor, flags: &[String]) -> Result<String, Error> {
    let mut hasher = blake3::Hasher::new();
    for flag in flags {
        hasher.update(flag.as_bytes());
    }
    let mut files = Vec::new();
    sources(module, &mut files)?;
    let sums = minor.module_file().replace(".mod", ".sum");
    files.extend([module.join(minor.module_file()), module.join(sums)]);
    files.sort();
    for file in files {
        hasher.update(&fs::read(&file).map_err(Error::file(&file))?);
    }
    Ok(hasher.finalize().to_hex()[..16].into())
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(Error::file(folder))? {
        let path = entry.map_err(Error::file(folder))?.path();
        if path.is_dir() {
            sources(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "go") {
            found.push(path);
        }
    }
    Ok(())
}
