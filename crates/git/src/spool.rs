//! A pack on its way from the network to its store.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Cursor, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A pack up to this size never touches the disk before it is indexed. Unit: bytes.
pub(crate) const MEMORY_BYTES_MAX: usize = 4 << 20;

/// A pack that is not in its store yet: in memory while it is small, else in a file without a name.
pub(crate) struct Spool {
    directory: PathBuf,
    file: Option<File>,
    memory: Vec<u8>,
}

impl Spool {
    /// An empty one, that spills into a directory.
    pub(crate) fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), file: None, memory: Vec::new() }
    }

    /// What is held in memory, to be appended to.
    pub(crate) fn memory(&mut self) -> &mut Vec<u8> {
        &mut self.memory
    }

    /// Writes what is held in memory to disk. Blocks.
    pub(crate) fn spill(&mut self) -> io::Result<()> {
        let file = match self.file.take() {
            Some(file) => file,
            None => nameless(&self.directory)?,
        };
        let file = self.file.insert(file);
        file.write_all(&self.memory)?;
        self.memory.clear();
        Ok(())
    }

    /// How large the pack is. Unit: bytes.
    pub(crate) fn bytes(&self) -> io::Result<u64> {
        let written = self.file.as_ref().map(File::metadata).transpose()?;
        Ok(written.map_or(0, |file| file.len()) + self.memory.len() as u64)
    }

    /// The whole pack, from its beginning. Blocks.
    pub(crate) fn reader(mut self) -> io::Result<Box<dyn BufRead + Send>> {
        if self.file.is_none() {
            return Ok(Box::new(Cursor::new(self.memory)));
        }
        self.spill()?;
        let mut file = self.file.take().ok_or(io::ErrorKind::NotFound)?;
        file.rewind()?;
        Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
    }
}

/// A file that is gone as soon as nobody has it open.
fn nameless(directory: &Path) -> io::Result<File> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let path = directory.join(format!("spool-{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
    let file = File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
    fs::remove_file(path)?;
    Ok(file)
}
