//! Whatever is in a repository, a tree reads as `git` reads it, and a history says what `git` says.

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

/// What happens to a branch between two looks.
#[derive(Clone, Copy, Debug)]
enum Move {
    Commit,
    Amend,
    SetBack(u8),
    MergeOf(u8),
    BeginAnew,
}

fn moves() -> impl Strategy<Value = Vec<(Move, u64)>> {
    let one = prop_oneof![
        4 => Just(Move::Commit),
        2 => Just(Move::Amend),
        2 => (1_u8..4).prop_map(Move::SetBack),
        2 => (1_u8..5).prop_map(Move::MergeOf),
        1 => Just(Move::BeginAnew),
    ];
    prop::collection::vec((one, 0_u64..200), 1..4)
}

fn make(repository: &mut Repository, step: Move, number: usize) {
    let back = |count: u8| {
        let exists = repository.git(&["rev-list", "--count", "--first-parent", "HEAD"]);
        let most = exists.parse::<u8>().unwrap() - 1;
        format!("HEAD~{}", count.min(most))
    };
    match step {
        Move::Commit => {}
        Move::Amend => {
            drop(repository.git(&["commit", "-q", "--amend", "-m", &number.to_string()]));
        }
        Move::SetBack(count) => drop(repository.git(&["reset", "-q", "--hard", &back(count)])),
        Move::MergeOf(count) => {
            repository.git(&["checkout", "-q", "-B", "side", &back(count)]);
            repository.write(&format!("side/{number}"), b"side");
            repository.commit();
            repository.git(&["checkout", "-q", "main"]);
            repository.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
        }
        Move::BeginAnew => {
            repository.git(&["checkout", "-q", "--orphan", &format!("fresh-{number}")]);
            repository.commit();
            repository.git(&["checkout", "-q", "-B", "main"]);
        }
    }
    repository.write(&format!("main/{number}"), format!("{number}").as_bytes());
    repository.commit();
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

    #[test]
    fn ancestry_is_what_git_says_whatever_the_clocks_say(
        pushes in prop::collection::vec(moves(), 1..6),
        version in prop_oneof![Just("version=2"), Just("version=0")],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut repository = Repository::new();
            for number in 0..6 {
                repository.push_file(&format!("base/{number}"), "base");
            }
            let (world, server) = (World::new(), Server::new(repository.served()));
            server.speaks(version);
            let (served, on_disk) = (server.remote(), repository.on_disk());
            let mut tip = repository.head();
            world.fetch(&served, &tip, None).await.unwrap();
            for (push, steps) in pushes.into_iter().enumerate() {
                for (number, (step, minutes)) in steps.into_iter().enumerate() {
                    repository.set_clock(minutes);
                    make(&mut repository, step, push * 10 + number);
                }
                repository.push(&["--force"]);
                let commit = repository.head();
                let both = [tip.as_str(), commit.as_str()];
                let is_ancestor = crate::repository::git(&repository.work())
                    .args(["merge-base", "--is-ancestor"])
                    .args(both)
                    .status()
                    .unwrap()
                    .success();
                let expected =
                    if is_ancestor { Ancestry::Descendant } else { Ancestry::Rewritten };
                for remote in [&served, &on_disk] {
                    let fetched = world.fetch(remote, &commit, Some(&tip)).await.unwrap();
                    assert_eq!(fetched, expected, "{remote}");
                    let tree = world.tree(remote, &commit).await.unwrap();
                    assert_eq!(by_us(&tree), by_git(&repository));
                }
                tip = commit;
            }
        });
    }
}
