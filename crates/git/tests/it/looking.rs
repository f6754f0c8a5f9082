//! Looks at servers: how many requests they cost, and what they tell.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use trimtab_model::RevisionSpec;

use crate::repository::Repository;
use crate::server::{Answer, Server};
use crate::world::World;

#[tokio::test]
async fn an_ordinary_look_is_one_request() {
    let (mut repository, first) = Repository::with_one_commit();
    let (world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    assert_eq!(world.branch(&remote, "main").await.unwrap(), first);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[0].target.ends_with("/info/refs?service=git-upload-pack"));
    let second = repository.push_file("a.yaml", "a: 2\n");
    assert_eq!(world.branch(&remote, "main").await.unwrap(), second);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn every_version_of_the_protocol_tells_the_same() {
    let (mut repository, first) = Repository::with_one_commit();
    repository.git(&["tag", "plain"]);
    repository.git(&["tag", "-a", "-m", "words", "annotated"]);
    let second = repository.push_file("a.yaml", "a: 2\n");
    repository.push(&["--tags", "HEAD:refs/pull/4/head"]);
    let server = Server::new(repository.served());
    let mut seen = Vec::new();
    for version in ["version=2", "version=1", "version=0"] {
        server.speaks(version);
        let (world, remote) = (World::new(), server.remote());
        for tag in ["plain", "annotated"] {
            let tag = RevisionSpec::Tag(tag.into());
            assert_eq!(world.resolve(&remote, tag).await.unwrap(), first, "{version}");
        }
        assert_eq!(world.resolve(&remote, RevisionSpec::Head).await.unwrap(), second, "{version}");
        let pull = [RevisionSpec::Ref("refs/pull/4/head".into())];
        let refs = world.look_for(&remote, &pull, None).await.unwrap();
        assert_eq!(refs.rows().len(), 1, "{version}: nothing else is kept");
        assert!(refs.get("refs/pull/4/head").is_some(), "{version}");
        seen.push(world.look(&remote).await.unwrap());
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
}

#[tokio::test]
async fn an_empty_repository_has_an_unborn_head() {
    let repository = Repository::new();
    let server = Server::new(repository.served());
    for version in ["version=2", "version=0"] {
        server.speaks(version);
        let world = World::new();
        let refs = world.look(&server.remote()).await.unwrap();
        assert!(refs.rows().is_empty(), "{version}");
        assert_eq!(refs.head().and_then(|head| head.commit), None, "{version}");
    }
}

#[tokio::test]
async fn callers_that_ask_at_once_share_a_look() {
    let (repository, first) = Repository::with_one_commit();
    let (world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    world.branch(&remote, "main").await.unwrap();
    server.requests();
    let looks = (0..20).map(|_| world.branch(&remote, "main"));
    for found in futures::future::join_all(looks).await {
        assert_eq!(found.unwrap(), first);
    }
    let requests = server.requests().len();
    assert!((1..=2).contains(&requests), "{requests} requests for 20 callers");
}

#[tokio::test]
async fn a_caller_never_gets_a_look_that_began_before_it_asked() {
    let (mut repository, first) = Repository::with_one_commit();
    let (world, server) = (Arc::new(World::new()), Server::new(repository.served()));
    let remote = server.remote();
    world.branch(&remote, "main").await.unwrap();
    // The first look's answer is Git's from before the push, and it comes after the push.
    let (came, comes) = (Arc::new(tokio::sync::Notify::new()), Arc::new(AtomicUsize::new(0)));
    let (pushed, push) = std::sync::mpsc::channel::<()>();
    let push = std::sync::Mutex::new(push);
    server.changes({
        let (came, comes) = (Arc::clone(&came), Arc::clone(&comes));
        move |_, _| {
            if comes.fetch_add(1, Ordering::SeqCst) == 0 {
                came.notify_one();
                push.lock().unwrap().recv().unwrap();
            }
        }
    });
    let early = async { world.branch(&remote, "main").await.unwrap() };
    let late = async {
        came.notified().await;
        let second = repository.push_file("a.yaml", "a: 2\n");
        let asked = async { world.branch(&remote, "main").await.unwrap() };
        let answered = async { pushed.send(()).unwrap() };
        assert_eq!(futures::join!(asked, answered).0, second);
    };
    assert_eq!(futures::join!(early, late).0, first);
}

#[tokio::test]
async fn a_server_that_changes_its_version_is_asked_anew() {
    let (mut repository, _) = Repository::with_one_commit();
    let (world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    let mut content = 1;
    for version in ["version=2", "version=0", "version=2", "version=0"] {
        server.speaks(version);
        content += 1;
        let commit = repository.push_file("a.yaml", &format!("a: {content}\n"));
        assert_eq!(world.branch(&remote, "main").await.unwrap(), commit, "{version}");
        world.fetch(&remote, &commit, None).await.unwrap();
    }
}

#[tokio::test]
async fn a_redirect_within_the_host_is_followed_and_remembered() {
    let (mut repository, first) = Repository::with_one_commit();
    let (world, server) = (World::new(), Server::new(repository.served()));
    let remote = crate::world::remote(&server.url().replace("bare.git", "old/name"));
    server.answers(|request| {
        let query = request.target.strip_prefix("/old/name/info/refs")?;
        Some(Answer::redirect(&format!("/bare.git/info/refs{query}")))
    });
    assert_eq!(world.branch(&remote, "main").await.unwrap(), first);
    world.fetch(&remote, &first, None).await.unwrap();
    server.requests();
    let second = repository.push_file("a.yaml", "a: 2\n");
    assert_eq!(world.branch(&remote, "main").await.unwrap(), second);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn many_refs_are_read() {
    let (repository, commit) = Repository::with_one_commit();
    let line = |number| format!("{commit} refs/heads/team/branch-{number:05}\n");
    let lines: Vec<_> = (0..5_000).map(line).collect();
    std::fs::write(repository.bare().join("packed-refs"), lines.concat()).unwrap();
    let (world, server) = (World::new(), Server::new(repository.served()));
    for remote in [server.remote(), repository.on_disk()] {
        let refs = world.look(&remote).await.unwrap();
        assert_eq!(refs.rows().len(), 1, "what nobody wants is not kept");
        let short = RevisionSpec::Named(commit.as_str()[..8].into());
        assert_eq!(world.resolve(&remote, short).await.unwrap(), commit);
        assert_eq!(world.branch(&remote, "team/branch-04999").await.unwrap(), commit);
    }
}
