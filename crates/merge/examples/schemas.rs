//! Writes the table of built-in kinds from a folder of `/openapi/v3` documents and a file of facts:
//! `cargo run -p trimtab-merge --example schemas -- v1.36.3 FOLDER FACTS > TABLE`.

use std::{env, fs, io};
use trimtab_merge::Schema;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [server, folder, facts] = arguments.as_slice() else {
        return Err(io::Error::other("usage: schemas VERSION FOLDER FACTS"));
    };
    let mut documents = Vec::new();
    let mut files: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    files.sort_by_key(fs::DirEntry::path);
    for file in files {
        documents.push(serde_json::from_slice(&fs::read(file.path())?)?);
    }
    print!("{}", Schema::write_table(server, &documents, &fs::read_to_string(facts)?));
    Ok(())
}
