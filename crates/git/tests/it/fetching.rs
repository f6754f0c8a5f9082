//! Fetches from servers: what they cost, and what they tell of a commit's ancestors.

use trimtab_model::{Commit, RevisionSpec};
use trimtab_ports::git::{Ancestry, Error};

use crate::repository::{Repository, noise};
use crate::server::{Server, contains, is_for_pack};
use crate::world::World;

/// A repository with a long history of files that do not compress: 40 commits of 20 kB.
fn with_a_history() -> (Repository, Commit) {
    let mut repository = Repository::new();
    for number in 0..40 {
        repository.write("noise.bin", &noise(number, 20_000));
        repository.write(&format!("old/{number}.yaml"), b"a: 1\n");
        repository.commit();
    }
    repository.push(&[]);
    let commit = repository.head();
    (repository, commit)
}

#[tokio::test]
async fn the_first_fetch_has_no_history() {
    let (repository, commit) = with_a_history();
    let server = Server::new(repository.served());
    for version in ["version=2", "version=1", "version=0"] {
        server.speaks(version);
        let (world, remote) = (World::new(), server.remote());
        assert_eq!(world.fetch(&remote, &commit, None).await.unwrap(), Ancestry::First);
        assert_eq!(world.file(&remote, &commit, "old/7.yaml").await, "a: 1\n");
        assert!(world.pack_bytes() < 60_000, "{version}: {}", world.pack_bytes());
    }
}

#[tokio::test]
async fn what_a_webhook_announces_costs_three_requests() {
    let (mut repository, first) = with_a_history();
    let (mut world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    world.branch(&remote, "main").await.unwrap();
    world.fetch(&remote, &first, None).await.unwrap();
    world.restart();
    server.requests();
    let second = repository.push_file("old/7.yaml", "a: 2\n");
    assert_eq!(world.branch(&remote, "main").await.unwrap(), second);
    let before = world.pack_bytes();
    let ancestry = world.fetch(&remote, &second, Some(&first)).await.unwrap();
    assert_eq!(ancestry, Ancestry::Descendant);
    assert_eq!(server.requests().len(), 3);
    assert!(world.pack_bytes() - before < 5_000, "{}", world.pack_bytes() - before);
    assert_eq!(world.file(&remote, &second, "old/7.yaml").await, "a: 2\n");
    assert_eq!(world.file(&remote, &first, "old/7.yaml").await, "a: 1\n");
}

#[tokio::test]
async fn a_commit_that_is_there_costs_no_request() {
    let (repository, first) = Repository::with_one_commit();
    let (mut world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    world.fetch(&remote, &first, None).await.unwrap();
    server.requests();
    assert_eq!(world.fetch(&remote, &first, None).await.unwrap(), Ancestry::First);
    assert_eq!(world.fetch(&remote, &first, Some(&first)).await.unwrap(), Ancestry::Descendant);
    world.restart();
    assert_eq!(world.file(&remote, &first, "a.yaml").await, "a: 1\n");
    assert_eq!(world.fetch(&remote, &first, Some(&first)).await.unwrap(), Ancestry::Descendant);
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn callers_that_want_the_same_commit_fetch_it_once() {
    let (repository, first) = Repository::with_one_commit();
    let (world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    let fetches = (0..20).map(|_| world.fetch(&remote, &first, None));
    for fetched in futures::future::join_all(fetches).await {
        assert_eq!(fetched.unwrap(), Ancestry::First);
    }
    assert_eq!(server.requests().iter().filter(|request| is_for_pack(request)).count(), 1);
    assert_eq!(world.packs().len(), 1);
}

#[tokio::test]
async fn every_version_tells_descendants_from_rewritten_branches() {
    for version in ["version=2", "version=1", "version=0"] {
        let (mut repository, first) = with_a_history();
        let server = Server::new(repository.served());
        server.speaks(version);
        let (world, remote) = (World::new(), server.remote());
        world.branch(&remote, "main").await.unwrap();
        world.fetch(&remote, &first, None).await.unwrap();
        repository.push_file("old/1.yaml", "a: 2\n");
        repository.push_file("old/2.yaml", "a: 2\n");
        let third = repository.push_file("old/3.yaml", "a: 2\n");
        let fetched = world.fetch(&remote, &third, Some(&first)).await.unwrap();
        assert_eq!(fetched, Ancestry::Descendant, "{version}");
        repository.set_clock(100);
        repository.git(&["commit", "-q", "--amend", "-m", "other words"]);
        repository.push(&["--force"]);
        let amended = repository.head();
        let fetched = world.fetch(&remote, &amended, Some(&third)).await.unwrap();
        assert_eq!(fetched, Ancestry::Rewritten, "{version}");
        assert_eq!(world.file(&remote, &amended, "old/3.yaml").await, "a: 2\n");
    }
}

#[tokio::test]
async fn a_branch_that_is_set_back_is_rewritten() {
    let (repository, tip) = with_a_history();
    let (world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    world.fetch(&remote, &tip, None).await.unwrap();
    repository.git(&["reset", "-q", "--hard", "HEAD~3"]);
    repository.push(&["--force"]);
    let back = repository.head();
    assert_eq!(world.fetch(&remote, &back, Some(&tip)).await.unwrap(), Ancestry::Rewritten);
    assert_eq!(world.file(&remote, &back, "old/1.yaml").await, "a: 1\n");
}

#[tokio::test]
async fn a_merge_of_an_old_branch_does_not_bring_the_whole_history() {
    let (mut repository, first) = with_a_history();
    let (world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    world.fetch(&remote, &first, None).await.unwrap();
    let before = world.pack_bytes();
    repository.git(&["checkout", "-q", "-b", "old-branch", "HEAD~20"]);
    repository.set_clock(21);
    repository.write("branch.yaml", b"a: 1\n");
    repository.commit();
    repository.git(&["checkout", "-q", "main"]);
    repository.set_clock(60);
    repository.git(&["merge", "-q", "--no-ff", "-m", "merge", "old-branch"]);
    repository.push(&[]);
    let merged = repository.head();
    server.requests();
    let fetched = world.fetch(&remote, &merged, Some(&first)).await.unwrap();
    assert_eq!(fetched, Ancestry::Descendant);
    assert!(world.pack_bytes() - before < 30_000, "{}", world.pack_bytes() - before);
    assert_eq!(world.file(&remote, &merged, "branch.yaml").await, "a: 1\n");
    let next = repository.push_file("branch.yaml", "a: 2\n");
    assert_eq!(world.fetch(&remote, &next, Some(&merged)).await.unwrap(), Ancestry::Descendant);
    assert_eq!(world.fetch(&remote, &next, Some(&first)).await.unwrap(), Ancestry::Descendant);
    assert_eq!(world.file(&remote, &next, "branch.yaml").await, "a: 2\n");
}

#[tokio::test]
async fn a_clock_that_runs_behind_rewrites_nothing() {
    let (mut repository, first) = with_a_history();
    let (world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    world.fetch(&remote, &first, None).await.unwrap();
    repository.set_clock(20);
    let second = repository.push_file("old/1.yaml", "a: 2\n");
    assert_eq!(world.fetch(&remote, &second, Some(&first)).await.unwrap(), Ancestry::Descendant);
}

#[tokio::test]
async fn a_lost_cache_loses_no_ancestry() {
    let (mut repository, first) = with_a_history();
    let server = Server::new(repository.served());
    let second = repository.push_file("old/1.yaml", "a: 2\n");
    let (world, remote) = (World::new(), server.remote());
    assert_eq!(world.fetch(&remote, &second, Some(&first)).await.unwrap(), Ancestry::Descendant);
    assert!(world.pack_bytes() < 100_000, "{}", world.pack_bytes());
    let gone = Commit::parse(&"1".repeat(40)).unwrap();
    assert_eq!(world.fetch(&remote, &second, Some(&gone)).await.unwrap(), Ancestry::Rewritten);
    assert_eq!(world.file(&remote, &second, "old/1.yaml").await, "a: 2\n");
}

#[tokio::test]
async fn a_history_longer_than_the_server_gives_counts_as_rewritten() {
    let (mut repository, first) = with_a_history();
    let shallow = repository.served().join("shallow.git");
    repository.push_file("old/2.yaml", "a: 2\n");
    let third = repository.push_file("old/1.yaml", "a: 2\n");
    let source = format!("file://{}", repository.bare().display());
    let target = shallow.to_str().unwrap();
    repository
        .run(repository.served(), &["clone", "-q", "--bare", "--depth", "1", &source, target]);
    let (world, server) = (World::new(), Server::new(repository.served()));
    let remote = crate::world::remote(&server.url().replace("bare.git", "shallow.git"));
    let fetched = world.fetch(&remote, &third, Some(&first)).await.unwrap();
    assert_eq!(fetched, Ancestry::Unknown);
    assert!(fetched.counts_as_rewritten());
    assert_eq!(world.file(&remote, &third, "old/1.yaml").await, "a: 2\n");
}

#[tokio::test]
async fn a_server_that_cannot_cut_gives_the_whole_history() {
    let (mut repository, first) = with_a_history();
    let server = Server::new(repository.served());
    server.speaks("version=0");
    server.changes(|request, answer| {
        if request.method == "GET" {
            let text = String::from_utf8_lossy(&answer.body);
            // The length of the line stays as it is.
            let text = text.replace(" shallow ", " sha_low ").replace(" deepen-", " deeper-");
            answer.body = text.into_bytes();
        }
    });
    let (world, remote) = (World::new(), server.remote());
    world.fetch(&remote, &first, None).await.unwrap();
    let requests = server.requests();
    assert!(!requests.iter().any(|request| contains(&request.body, b"deepen")));
    assert!(world.pack_bytes() > 400_000);
    let second = repository.push_file("old/1.yaml", "a: 2\n");
    assert_eq!(world.fetch(&remote, &second, Some(&first)).await.unwrap(), Ancestry::Descendant);
}

#[tokio::test]
async fn an_annotated_tag_that_no_branch_has_is_fetched_by_every_version() {
    let (repository, _) = Repository::with_one_commit();
    repository.write("tagged.yaml", b"a: 1\n");
    let mut repository = repository;
    let tagged = repository.commit();
    repository.git(&["tag", "-a", "-m", "words", "v1"]);
    repository.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repository.push(&["v1"]);
    let server = Server::new(repository.served());
    for version in ["version=2", "version=1", "version=0"] {
        server.speaks(version);
        let (world, remote) = (World::new(), server.remote());
        let found = world.resolve(&remote, RevisionSpec::Tag("v1".into())).await.unwrap();
        assert_eq!(found, tagged);
        world.fetch(&remote, &found, None).await.unwrap();
        assert_eq!(world.file(&remote, &found, "tagged.yaml").await, "a: 1\n", "{version}");
    }
}

#[tokio::test]
async fn a_commit_that_no_ref_names_is_fetched_and_known_by_its_beginning() {
    let (mut repository, first) = Repository::with_one_commit();
    repository.push_file("a.yaml", "a: 2\n");
    let (mut world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    let short = RevisionSpec::Named(first.as_str()[..7].into());
    let unknown = world.resolve(&remote, short.clone()).await.unwrap_err();
    assert!(matches!(unknown, Error::Abbreviated { .. }), "{unknown}");
    world.fetch(&remote, &first, None).await.unwrap();
    assert_eq!(world.resolve(&remote, short.clone()).await.unwrap(), first);
    world.restart();
    assert_eq!(world.resolve(&remote, short).await.unwrap(), first);
    assert_eq!(world.file(&remote, &first, "a.yaml").await, "a: 1\n");
}

#[tokio::test]
async fn a_commit_that_does_not_exist_is_named() {
    let (repository, first) = Repository::with_one_commit();
    let (world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    let absent = Commit::parse(&"1".repeat(40)).unwrap();
    for known in [None, Some(&first)] {
        let error = world.fetch(&remote, &absent, known).await.unwrap_err();
        assert!(matches!(error, Error::NoSuchRevision { .. }), "{error}");
        assert!(error.to_string().contains("1111111"));
    }
    let error = world.tree(&remote, &absent).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, Error::NoSuchRevision { .. }), "{error}");
    server.requests();
    assert!(world.tree(&remote, &absent).await.is_err());
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn a_commit_that_the_server_cut_at_and_did_not_send_is_not_taken_for_ours() {
    let mut repository = Repository::new();
    for number in 0..6 {
        repository.push_file(&format!("base/{number}"), "base");
    }
    let (world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    world.fetch(&remote, &repository.head(), None).await.unwrap();
    repository.set_clock(21);
    let tip = repository.push_file("main/0", "0");
    world.fetch(&remote, &tip, Some(&repository.commit_of("HEAD~1"))).await.unwrap();
    // Cut at the tip's time, the merge loses both parents: one is older, and so the other, which is
    // not, is out of reach.
    repository.set_clock(0);
    repository.push_file("main/10", "10");
    repository.git(&["checkout", "-q", "-B", "side", "HEAD~3"]);
    repository.set_clock(21);
    repository.write("side/11", b"side");
    repository.commit();
    repository.git(&["checkout", "-q", "main"]);
    repository.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    let merged = repository.push_file("main/11", "11");
    assert_eq!(world.fetch(&remote, &merged, Some(&tip)).await.unwrap(), Ancestry::Descendant);
}
