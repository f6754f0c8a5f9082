//! Charts and values on disk. Source: helm `load.go`, `directory.go`, `values/options.go`.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trimtab_helm::chart::{Chart, File, Limits, Loaded};
use trimtab_helm::values::{Given, ValuesFile};

use super::Refusal;
use trimtab_cli::HelmValues;

/// Where a chart lies.
pub fn located(name: &str) -> Result<PathBuf, Refusal> {
    let name = name.trim();
    let path = PathBuf::from(name);
    if path.exists() {
        return Ok(path);
    }
    if path.is_absolute() || name.starts_with('.') {
        return Err(Refusal(format!("path {} not found", quoted(name))));
    }
    Err(Refusal(format!(
        "{name} is neither a directory nor a file, and charts of repositories are not read yet: fetch it \
         with `helm pull --untar {name}`, and name its directory"
    )))
}

/// Loads a directory or a package.
pub fn loaded(path: &Path) -> Result<Loaded, Refusal> {
    let limits = Limits::default();
    let loaded = if path.is_dir() {
        let mut reader = Reader { root: path, limits, bytes: 0, files: Vec::new() };
        reader.directory(path, 0)?;
        Chart::from_directory(reader.files, limits)
    } else {
        let bytes = bounded(path, limits.bytes)?;
        Chart::from_archive(&bytes, limits)
    };
    loaded.map_err(|error| Refusal(error.text))
}

/// Reads a directory whole, as far as the limits allow. Links are followed, as in helm.
struct Reader<'p> {
    root: &'p Path,
    limits: Limits,
    bytes: u64,
    files: Vec<File>,
}

/// The deepest directory.
const LEVELS_MAX: usize = 64;

impl Reader<'_> {
    fn directory(&mut self, path: &Path, level: usize) -> Result<(), Refusal> {
        if level > LEVELS_MAX {
            return Err(Refusal(format!("{}: directories nest too deep", path.display())));
        }
        let mut entries = Vec::new();
        for entry in fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
            entries.push(entry.map_err(|error| unreadable(path, &error))?.path());
        }
        entries.sort();
        for entry in entries {
            let metadata = fs::metadata(&entry).map_err(|error| unreadable(&entry, &error))?;
            if metadata.is_dir() {
                self.directory(&entry, level + 1)?;
            } else if metadata.is_file() {
                self.file(&entry)?;
            } else {
                let name = self.name(&entry);
                return Err(Refusal(format!(
                    "cannot load irregular file {name} as it has file mode type bits set"
                )));
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Result<(), Refusal> {
        let bytes = bounded(path, self.limits.bytes.saturating_sub(self.bytes))?;
        self.bytes += bytes.len() as u64;
        if self.files.len() as u64 >= self.limits.files {
            return Err(Refusal(format!("more than {} files", self.limits.files)));
        }
        self.files.push(File { path: self.name(path), bytes: Arc::from(bytes) });
        Ok(())
    }

    fn name(&self, path: &Path) -> String {
        let name = path.strip_prefix(self.root).unwrap_or(path);
        name.to_string_lossy().into_owned()
    }
}

/// Reads a file of at most so many bytes.
fn bounded(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Refusal> {
    let file = fs::File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut bytes = Vec::new();
    let read = file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > bytes_max {
        let name = path.display();
        let max = Limits::default().bytes;
        return Err(Refusal(format!(
            "error reading {name}: chart exceeds maximum decompressed size of {max} bytes"
        )));
    }
    Ok(bytes)
}

/// The values that flags give.
pub fn given(flags: &HelmValues) -> Result<Given, Refusal> {
    let file = |name: String| {
        let bytes = read(&name)?;
        Ok(ValuesFile { name, bytes: Arc::from(bytes) })
    };
    Ok(Given {
        files: flags.files().into_iter().map(file).collect::<Result<_, Refusal>>()?,
        json: flags.set_json.clone(),
        sets: flags.set.clone(),
        strings: flags.set_string.clone(),
        from_files: flags.set_file.clone(),
        literals: flags.set_literal.clone(),
    })
}

/// Reads a file that a flag names; `-` is standard input.
pub fn read(name: &str) -> Result<Vec<u8>, Refusal> {
    if name.trim() == "-" {
        let mut bytes = Vec::new();
        let max = Limits::default().bytes;
        std::io::stdin().lock().take(max).read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    if ["http://", "https://", "oci://"].iter().any(|scheme| name.starts_with(scheme)) {
        return Err(Refusal(format!(
            "{name}: values are read from disk alone; fetch the file first, and name it"
        )));
    }
    bounded(Path::new(name), Limits::default().bytes)
}

/// An error of the disk in Go's words.
fn unreadable(path: &Path, error: &std::io::Error) -> Refusal {
    let reason = match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        _ => error.to_string(),
    };
    Refusal(format!("open {}: {reason}", path.display()))
}

fn quoted(text: &str) -> String {
    trimtab_template::quoted(text.as_bytes())
}
