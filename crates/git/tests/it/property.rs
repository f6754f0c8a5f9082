//! Whatever is in a repository, a tree reads as `git` reads it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use trimtab_git::{EntryKind, Tree};
use trimtab_ports::git::Ancestry;

use crate::repository::Repository;
use crate::server::Server;
use crate::world::World;

/// What a change does to one path.
#[derive(Clone, Debug)]
enum Change {
    Write(Vec<u8>),
    Executable(Vec<u8>),
    Link(String),
    Remove,
}

fn change() -> impl Strategy<Value = Change> {
    let bytes = prop::collection::vec(any::<u8>(), 0..300);
    prop_oneof![
        4 => bytes.clone().prop_map(Change::Write),
        1 => bytes.prop_map(Change::Executable),
        1 => "[a-z./]{1,12}".prop_map(Change::Link),
        1 => Just(Change::Remove),
    ]
}

fn commit() -> impl Strategy<Value = Vec<(String, Change)>> {
    prop::collection::vec(("[a-c]{1,2}(/[a-cé .]{1,3}x){0,2}", change()), 1..8)
}

fn apply(repository: &Repository, path: &str, change: &Change) {
    let full = repository.work().join(path);
    let parent_is_free = full
        .ancestors()
        .skip(1)
        .take_while(|above| *above != repository.work())
        .all(|above| above.symlink_metadata().map_or(true, |found| found.is_dir()));
    if !parent_is_free || full.symlink_metadata().is_ok_and(|found| found.is_dir()) {
        return;
    }
    let _ = std::fs::remove_file(&full);
    match change {
        Change::Write(bytes) => repository.write(path, bytes),
        Change::Executable(bytes) => {
            repository.write(path, bytes);
            repository.make_executable(path);
        }
        Change::Link(target) => {
            std::fs::create_dir_all(full.parent().unwrap()).unwrap();
            repository.link(path, target);
        }
        Change::Remove => {}
    }
}

/// Mode, object and content of every file, as git lists them.
fn by_git(repository: &Repository) -> BTreeMap<String, (String, Vec<u8>)> {
    let listing = repository.git(&["-c", "core.quotePath=false", "ls-tree", "-r", "HEAD"]);
    let lines = listing.lines().filter_map(|line| line.split_once('\t'));
    lines
        .map(|(facts, path)| {
            let mut words = facts.split(' ');
            let (mode, id) = (words.next().unwrap(), words.nth(1).unwrap());
            let output = crate::repository::git(&repository.work())
                .args(["cat-file", "blob", id])
                .output()
                .unwrap();
            (path.to_owned(), (format!("{mode} {id}"), output.stdout))
        })
        .collect()
}

fn by_us(tree: &Tree) -> BTreeMap<String, (String, Vec<u8>)> {
    let (mut files, mut directories) = (BTreeMap::new(), vec![String::new()]);
    while let Some(directory) = directories.pop() {
        for entry in tree.list(&directory).unwrap().unwrap().entries() {
            let path = if directory.is_empty() {
                entry.name.to_string()
            } else {
                format!("{directory}/{}", entry.name)
            };
            assert_eq!(tree.entry(&path).unwrap().as_ref(), Some(entry));
            let mode = match entry.kind {
                EntryKind::File => "100644",
                EntryKind::Executable => "100755",
                EntryKind::Link => "120000",
                EntryKind::Submodule => "160000",
                EntryKind::Directory => {
                    directories.push(path);
                    continue;
                }
            };
            let content = tree.read(&entry.id, 1 << 20).unwrap();
            assert_eq!(tree.size(&entry.id).unwrap(), content.len() as u64);
            files.insert(path, (format!("{mode} {}", entry.id), content));
        }
    }
    files
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_tree_reads_as_git_reads_it(commits in prop::collection::vec(commit(), 1..5)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut repository = Repository::new();
            let (world, server) = (World::new(), Server::new(repository.served()));
            let (served, on_disk) = (server.remote(), repository.on_disk());
            let mut tip = None;
            for changes in commits {
                for (path, change) in &changes {
                    apply(&repository, path, change);
                }
                let commit = repository.commit();
                repository.push(&[]);
                let expected = by_git(&repository);
                for remote in [&served, &on_disk] {
                    let fetched = world.fetch(remote, &commit, tip.as_ref()).await.unwrap();
                    let known = if tip.is_some() { Ancestry::Descendant } else { Ancestry::First };
                    assert_eq!(fetched, known);
                    assert_eq!(by_us(&world.tree(remote, &commit).await.unwrap()), expected);
                }
                tip = Some(commit);
            }
        });
    }
}
