//! The store on disk: crashes, damage, growth, other processes.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use trimtab_git::{Git, OpenError};
use trimtab_ports::git::{Ancestry, Git as _};

use crate::repository::Repository;
use crate::server::Server;
use crate::world::{Running, Threads, World};

#[tokio::test]
async fn a_store_with_too_many_packs_is_replaced_and_loses_no_ancestry() {
    let (mut repository, first) = Repository::with_one_commit();
    let (world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    world.fetch(&remote, &first, None).await.unwrap();
    let old_tree = world.tree(&remote, &first).await.unwrap();
    let mut tip = first.clone();
    for number in 0..51 {
        let commit = repository.push_file("a.yaml", &format!("n: {number}\n"));
        world.branch(&remote, "main").await.unwrap();
        let fetched = world.fetch(&remote, &commit, Some(&tip)).await.unwrap();
        assert_eq!(fetched, Ancestry::Descendant);
        tip = commit;
    }
    assert_eq!(world.packs().len(), 52);
    // Nobody waits for a look that finds nothing new.
    world.branch(&remote, "main").await.unwrap();
    let entry = old_tree.entry("a.yaml").unwrap().unwrap();
    assert_eq!(old_tree.read(&entry.id, 100).unwrap(), b"a: 1\n");
    drop(old_tree);
    assert_eq!(world.packs().len(), 1);
    assert_eq!(world.file(&remote, &tip, "a.yaml").await, "n: 50\n");
    let commit = repository.push_file("a.yaml", "n: 51\n");
    let fetched = world.fetch(&remote, &commit, Some(&tip)).await.unwrap();
    assert_eq!(fetched, Ancestry::Descendant);
}

#[tokio::test]
async fn a_damaged_store_is_fetched_afresh() {
    let (mut repository, first) = Repository::with_one_commit();
    for number in 0..50 {
        repository.write(&format!("d/{number}.yaml"), format!("n: {number}\n").as_bytes());
    }
    let second = repository.push_file("a.yaml", "a: 2\n");
    let (mut world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    world.fetch(&remote, &second, None).await.unwrap();
    world.restart();
    damage(&world.packs()[0]);
    assert!(world.tree(&remote, &second).await.is_err());
    let fetched = world.fetch(&remote, &second, Some(&first)).await.unwrap();
    assert_eq!(fetched, Ancestry::Descendant);
    assert_eq!(world.file(&remote, &second, "d/49.yaml").await, "n: 49\n");
}

#[tokio::test]
async fn what_a_crash_leaves_behind_is_swept_away() {
    let (repository, first) = Repository::with_one_commit();
    let (mut world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    world.fetch(&remote, &first, None).await.unwrap();
    let store = world.packs()[0].ancestors().nth(3).unwrap().to_owned();
    let stray = [
        store.join("incoming/half.pack"),
        store.join("objects/pack/pack-1234.pack"),
        store.join("state.new"),
        store.with_file_name("2.new").join("objects/pack/x"),
        store.with_file_name("7").join("objects/pack/x"),
    ];
    for path in &stray {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"half").unwrap();
    }
    world.restart();
    assert_eq!(world.file(&remote, &first, "a.yaml").await, "a: 1\n");
    for path in stray.iter().filter(|path| !path.ends_with("state.new")) {
        assert!(!path.exists(), "{}", path.display());
    }
}

#[tokio::test]
async fn a_store_without_a_whole_state_is_begun_anew() {
    let (repository, first) = Repository::with_one_commit();
    let (mut world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    world.fetch(&remote, &first, None).await.unwrap();
    let state = world.packs()[0].ancestors().nth(3).unwrap().join("state");
    fs::write(state, "trimtab git store 99\nend\n").unwrap();
    world.restart();
    assert!(world.tree(&remote, &first).await.is_err());
    world.fetch(&remote, &first, None).await.unwrap();
    assert_eq!(world.file(&remote, &first, "a.yaml").await, "a: 1\n");
}

#[tokio::test]
async fn credentials_do_not_share_a_store() {
    let (repository, first) = Repository::with_one_commit();
    let (world, server) = (World::new(), Server::new(repository.served()));
    let mine = server.remote();
    let theirs = trimtab_model::Remote { credential: Some("them/secret".into()), ..mine.clone() };
    world.fetch(&mine, &first, None).await.unwrap();
    assert!(world.tree(&theirs, &first).await.is_err());
    world.fetch(&theirs, &first, None).await.unwrap();
    assert_eq!(world.packs().len(), 2);
}

#[tokio::test]
async fn a_forgotten_remote_leaves_nothing_behind() {
    let (repository, first) = Repository::with_one_commit();
    let (mut world, server) = (World::new(), Server::new(repository.served()));
    let mine = server.remote();
    let theirs = trimtab_model::Remote { credential: Some("them/secret".into()), ..mine.clone() };
    for remote in [&mine, &theirs] {
        world.fetch(remote, &first, None).await.unwrap();
    }
    world.git().retain(&BTreeSet::from([mine.clone()])).await;
    assert_eq!(world.packs().len(), 1);
    assert_eq!(world.file(&mine, &first, "a.yaml").await, "a: 1\n");
    world.restart();
    world.git().retain(&BTreeSet::new()).await;
    assert_eq!(world.packs().len(), 0);
}

#[tokio::test]
async fn two_processes_do_not_share_a_cache() {
    let mut world = World::new();
    let second =
        Git::open(world.config.clone(), Arc::new(Threads::default()), Arc::new(Running::new()))
            .map(|_| ());
    assert!(matches!(second, Err(OpenError::InUse { .. })));
    world.restart();
}

#[tokio::test]
async fn a_cache_that_is_deleted_under_way_heals_itself() {
    let (mut repository, first) = Repository::with_one_commit();
    let (world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    world.fetch(&remote, &first, None).await.unwrap();
    let home = world.packs()[0].ancestors().nth(4).unwrap().to_owned();
    fs::remove_dir_all(home).unwrap();
    let second = repository.push_file("a.yaml", "a: 2\n");
    let _ = world.fetch(&remote, &second, Some(&first)).await;
    let fetched = world.fetch(&remote, &second, Some(&first)).await.unwrap();
    assert_eq!(fetched, Ancestry::Descendant);
    assert_eq!(world.file(&remote, &second, "a.yaml").await, "a: 2\n");
}

#[tokio::test]
async fn a_commit_that_was_fetched_stays_readable_whatever_becomes_of_the_store() {
    let (mut repository, first) = Repository::with_one_commit();
    let second = repository.push_file("a.yaml", "a: 2\n");
    let (mut world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    for commit in [&first, &second] {
        world.fetch(&remote, commit, None).await.unwrap();
    }
    world.restart();
    world.look(&remote).await.unwrap();
    for pack in world.packs() {
        damage(&pack);
    }
    assert_eq!(world.file(&remote, &first, "a.yaml").await, "a: 1\n");
    assert_eq!(world.file(&remote, &second, "a.yaml").await, "a: 2\n");
}

/// Turns some bits of a pack over.
fn damage(pack: &std::path::Path) {
    let mut bytes = fs::read(pack).unwrap();
    let end = bytes.len() - 20;
    bytes[40..end].iter_mut().for_each(|byte| *byte ^= 0x55);
    fs::remove_file(pack).unwrap();
    fs::write(pack, bytes).unwrap();
}
