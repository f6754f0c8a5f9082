//! Packaged charts. Source: helm `loader/archive/archive.go`.

use std::io::{self, Read};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use tar::{Archive, EntryType};
use trimtab_template::quoted;

use crate::chart::{Error, Exceeded, File, Limits, Room};
use crate::function::clean;

/// What some editors put before a text. Helm takes it off every file.
pub(crate) const BYTE_ORDER_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// How much an archive may hold beside its files: heads, padding, long names.
const HEADS_BYTES_MAX: u64 = 64 << 20;

/// All files of a packaged chart, without the folder that they lie in. Links are files without bytes.
///
/// # Errors
/// It is no archive, or names a place outside of its folder, in helm's words; or a limit is reached.
pub fn read(bytes: &[u8], limits: Limits) -> Result<Vec<File>, Error> {
    read_within(bytes, &mut Room::new(limits))
}

pub(crate) fn read_within(bytes: &[u8], room: &mut Room) -> Result<Vec<File>, Error> {
    check_head(bytes)?;
    let unpacked_max = room.bytes_left().saturating_add(HEADS_BYTES_MAX);
    let mut archive = Archive::new(MultiGzDecoder::new(bytes).take(unpacked_max));
    let mut files = Vec::new();
    for entry in archive.entries().map_err(|error| damaged(&error))? {
        let mut entry = entry.map_err(|error| damaged(&error))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let sort = entry.header().entry_type();
        if sort == EntryType::Directory || name.ends_with('/') {
            continue;
        }
        if matches!(sort, EntryType::XGlobalHeader | EntryType::XHeader) {
            continue;
        }
        let path = path_inside(&name)?;
        // Links have a size in some archives, and no bytes.
        let size = if sort.is_file() || sort == EntryType::Continuous { entry.size() } else { 0 };
        if size > room.bytes_left() {
            return Err(too_large(room));
        }
        let mut bytes = Vec::new();
        if size > 0 {
            entry.read_to_end(&mut bytes).map_err(|error| damaged(&error))?;
        }
        if (bytes.len() as u64) < size {
            return Err(Error::refused("unexpected EOF"));
        }
        room.file(bytes.len()).map_err(|error| match error.exceeded {
            Some(Exceeded::Bytes(_)) => too_large(room),
            _ => error,
        })?;
        let bytes = bytes.strip_prefix(&BYTE_ORDER_MARK).unwrap_or(&bytes);
        files.push(File { path, bytes: Arc::from(bytes) });
    }
    if files.is_empty() { Err(Error::refused("no files in chart archive")) } else { Ok(files) }
}

/// Whether it begins as gzip does.
fn check_head(bytes: &[u8]) -> Result<(), Error> {
    match bytes {
        [] => Err(Error::refused("EOF")),
        [0x1F, 0x8B, 8, flags, ..] if bytes.len() >= 10 && flags & 0xE0 == 0 => Ok(()),
        _ if bytes.len() < 10 => Err(Error::refused("unexpected EOF")),
        _ => Err(Error::refused("gzip: invalid header")),
    }
}

fn too_large(room: &Room) -> Error {
    let max = room.bytes_max();
    Error {
        text: format!("decompressed chart is larger than the maximum size {max}"),
        exceeded: Some(Exceeded::Bytes(max)),
    }
}

fn damaged(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::refused("unexpected EOF"),
        _ => Error::refused(error.to_string()),
    }
}

/// Where a file lies in its chart.
fn path_inside(name: &str) -> Result<String, Error> {
    let refused = |text: &str| Err(Error::refused(text));
    // What was packed on Windows has its own separators.
    let delimiter = if name.contains('\\') { '\\' } else { '/' };
    let (first, rest) = name.split_once(delimiter).unwrap_or((name, ""));
    let rest = rest.replace(delimiter, "/");
    if rest.starts_with('/') {
        return refused("chart illegally contains absolute paths");
    }
    let path = clean(rest.as_bytes()).to_string();
    if path == "." {
        let name = quoted(name.as_bytes());
        let text = "chart illegally contains content outside the base directory";
        return Err(Error::refused(format!("{text}: {name}")));
    }
    if path.starts_with("..") {
        return refused("chart illegally references parent directory");
    }
    if matches!(path.as_bytes(), [drive, b':', b'/', ..] if drive.is_ascii_alphabetic()) {
        return refused("chart contains illegally named files");
    }
    if first == "Chart.yaml" {
        return refused("chart yaml not in base directory");
    }
    Ok(path)
}
