//! Packs that cost more than their share: they are refused, come last, and hold up nobody.

use std::collections::BTreeSet;
use std::time::Duration;

use trimtab_model::{Class, Commit, Remote};
use trimtab_ports::git::{Ancestry, Cost, Error, Git as _};

use crate::repository::{Repository, noise};
use crate::server::Server;
use crate::world::World;

/// Files that are nearly the same: each is a delta of a few bytes.
fn alike(repository: &mut Repository, count: u8) -> Commit {
    for number in 0..count {
        let mut content = vec![0; 1 << 20];
        content[0] = number;
        repository.write(&format!("{number}.bin"), &content);
    }
    let commit = repository.commit();
    repository.push(&[]);
    commit
}

fn served() -> (Server, Remote, Commit, Repository) {
    let (repository, commit) = Repository::with_one_commit();
    let server = Server::new(repository.served());
    let remote = server.remote();
    (server, remote, commit, repository)
}

#[tokio::test]
async fn a_small_pack_of_many_large_objects_is_refused_before_any_is_built() {
    let mut repository = Repository::new();
    let commit = alike(&mut repository, 20);
    let server = Server::new(repository.served());
    let mut world = World::new();
    world.config.unpacked_bytes_max = 10 << 20;
    world.restart();
    for pause in [60, 120, 240] {
        let error = world.fetch(&server.remote(), &commit, None).await.unwrap_err();
        let Error::Costly { cost: Cost::Bytes(limit), pause: told, .. } = error else {
            panic!("{error}")
        };
        assert_eq!((limit, told.as_secs()), (10 << 20, pause));
        assert_eq!(error.retry_after(), Some(told));
        assert_eq!(error.class(), Class::Retry);
    }
    let left: Vec<_> = world.packs();
    assert!(left.is_empty(), "{left:?}");
    world.config.unpacked_bytes_max = 30 << 20;
    world.restart();
    world.fetch(&server.remote(), &commit, None).await.unwrap();
    let tree = world.tree(&server.remote(), &commit).await.unwrap();
    assert_eq!(tree.list("").unwrap().unwrap().entries().len(), 20);
}

#[tokio::test]
async fn a_history_that_is_too_large_counts_as_rewritten_and_the_commit_is_there() {
    let (mut repository, first) = Repository::with_one_commit();
    for number in 0..20 {
        let mut content = vec![0; 1 << 20];
        content[0] = number;
        repository.write("a.bin", &content);
        repository.commit();
    }
    let last = repository.head();
    repository.push(&[]);
    let server = Server::new(repository.served());
    let mut world = World::new();
    world.config.unpacked_bytes_max = 10 << 20;
    world.restart();
    world.fetch(&server.remote(), &first, None).await.unwrap();
    let ancestry = world.fetch(&server.remote(), &last, Some(&first)).await.unwrap();
    assert_eq!(ancestry, Ancestry::Unknown);
    assert!(world.tree(&server.remote(), &last).await.unwrap().entry("a.bin").unwrap().is_some());
}

#[tokio::test]
async fn a_pack_that_takes_too_long_says_so_and_a_good_one_is_forgiven() {
    let (_server, remote, commit, _repository) = served();
    let mut world = World::new();
    world.config.index_time_max = Duration::from_millis(20);
    world.restart();
    let held = world.hold_indexing().await;
    let error = world.fetch(&remote, &commit, None).await.unwrap_err();
    assert!(
        matches!(error, Error::Costly { cost: Cost::Time(_), pause, .. } if pause.as_secs() == 60),
        "{error}"
    );
    drop(held);
    world.config.index_time_max = Duration::from_mins(1);
    world.restart();
    world.fetch(&remote, &commit, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remote_that_nobody_reads_any_more_gives_its_turn_back() {
    let bad = [served(), served()];
    let (_server, good, commit, _repository) = served();
    let world = World::new();
    let held = world.hold_indexing().await;
    let both = futures::future::join_all(
        bad.iter().map(|(_, remote, commit, _)| world.fetch(remote, commit, None)),
    );
    let waits = async {
        while world.most_indexings() < 2 {
            tokio::task::yield_now().await;
        }
        let fetching = world.fetch(&good, &commit, None);
        let ending = async {
            while !world.git().waits_for_its_turn(&good) {
                tokio::task::yield_now().await;
            }
            world.git().retain(&BTreeSet::from([good.clone()])).await;
            drop(held);
        };
        futures::join!(fetching, ending).0
    };
    let (ended, fetched) = futures::join!(both, waits);
    for end in ended {
        assert!(matches!(end, Err(Error::Interrupted { .. })), "{end:?}");
    }
    fetched.unwrap();
    assert!(!world.git().waits_for_its_turn(&good));
    let packs = world.packs();
    assert_eq!(packs.len(), 1, "{packs:?}");
}

/// Files of which each differs in a little more from the first: the smallest delta is that of a
/// neighbour.
fn in_a_row(repository: &mut Repository, count: usize) -> Commit {
    let mut content = noise(7, 8_192);
    for number in 0..count {
        content[number * 100..][..100].copy_from_slice(&noise(number as u64 + 100, 100));
        repository.write(&format!("{number}.bin"), &content);
    }
    let commit = repository.commit();
    repository.push(&[]);
    repository.git_bare(&["repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=50"]);
    commit
}

#[tokio::test]
async fn what_is_stored_as_too_long_a_chain_of_deltas_is_refused_with_a_remedy() {
    let mut repository = Repository::new();
    let commit = in_a_row(&mut repository, 40);
    let server = Server::new(repository.served());
    let mut world = World::new();
    let read_all = async |world: &World, remote: &Remote| -> Result<(), Error> {
        world.fetch(remote, &commit, None).await?;
        let tree = world.tree(remote, &commit).await?;
        for entry in tree.list("")?.unwrap().entries() {
            tree.read(&entry.id, 1 << 20)?;
        }
        Ok(())
    };
    for remote in [server.remote(), repository.on_disk()] {
        world.config.chain_deltas_max = 3;
        world.restart();
        let error = read_all(&world, &remote).await.unwrap_err();
        assert!(matches!(error, Error::LongChain { limit: 3, .. }), "{error}");
        assert_eq!(error.class(), Class::User);
        let told = "is stored as a chain of more than 3 deltas: repack it (`git repack -a -d -f`)";
        assert!(error.to_string().ends_with(told), "{error}");
        world.config.chain_deltas_max = 50;
        world.restart();
        read_all(&world, &remote).await.unwrap();
    }
}

#[tokio::test]
async fn a_pack_of_too_many_objects_says_how_many_and_holds_up_nobody() {
    let mut repository = Repository::new();
    let commit = in_a_row(&mut repository, 40);
    let server = Server::new(repository.served());
    let mut world = World::new();
    world.config.pack_objects_max = 41;
    world.restart();
    let error = world.fetch(&server.remote(), &commit, None).await.unwrap_err();
    let told = "sent a pack of 42 objects, more than the 41 that one may have: it is asked again in \
                60 s, and what others send goes first";
    assert!(error.to_string().ends_with(told), "{error}");
    assert_eq!(error.class(), Class::Retry);
    world.config.pack_objects_max = 42;
    world.restart();
    world.fetch(&server.remote(), &commit, None).await.unwrap();
}
