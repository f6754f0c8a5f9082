//! Repositories on disk.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use futures::StreamExt as _;
use trimtab_git::FileRemotes;
use trimtab_model::{Class, RevisionSpec};
use trimtab_ports::git::{Ancestry, Error, Git as _};

use crate::repository::Repository;
use crate::world::{World, remote};

#[tokio::test]
async fn branches_tags_and_head_are_seen_loose_and_packed() {
    let (mut repository, first) = Repository::with_one_commit();
    repository.git(&["tag", "plain"]);
    repository.git(&["tag", "-a", "-m", "words", "annotated"]);
    repository.git(&[
        "-c",
        "advice.nestedTag=false",
        "tag",
        "-a",
        "-m",
        "words",
        "twice",
        "annotated",
    ]);
    let second = repository.push_file("a.yaml", "a: 2\n");
    repository.push(&["--tags", "HEAD:refs/pull/4/head", "HEAD:refs/heads/feature/x"]);
    let (world, on_disk) = (World::new(), repository.on_disk());
    for _ in ["loose", "packed"] {
        let find = async |spec| world.resolve(&on_disk, spec).await.unwrap();
        assert_eq!(find(RevisionSpec::Head).await, second);
        assert_eq!(find(RevisionSpec::Branch("feature/x".into())).await, second);
        for tag in ["plain", "annotated", "twice"] {
            assert_eq!(find(RevisionSpec::Tag(tag.into())).await, first, "{tag}");
        }
        let short = first.as_str()[..8].into();
        assert_eq!(find(RevisionSpec::Named(short)).await, first);
        assert!(world.look(&on_disk).await.unwrap().get("refs/pull/4/head").is_none());
        let pull = [RevisionSpec::Ref("refs/pull/4/head".into())];
        let refs = world.look_for(&on_disk, &pull, None).await.unwrap();
        assert!(refs.get("refs/pull/4/head").is_some());
        repository.git_bare(&["pack-refs", "--all"]);
    }
}

#[tokio::test]
async fn an_unchanged_repository_gives_the_same_refs_again() {
    let (mut repository, _) = Repository::with_one_commit();
    let (world, remote) = (World::new(), repository.on_disk());
    let before = world.look(&remote).await.unwrap();
    let same = world.look_after(&remote, Some(&before)).await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&before, &same));
    repository.push_file("a.yaml", "a: 2\n");
    let after = world.look_after(&remote, Some(&before)).await.unwrap();
    assert_ne!(before, after);
}

#[tokio::test]
async fn descendants_rewritten_branches_moved_tags_and_deleted_branches_are_told_apart() {
    let (mut repository, first) = Repository::with_one_commit();
    let (world, remote) = (World::new(), repository.on_disk());
    assert_eq!(world.fetch(&remote, &first, None).await.unwrap(), Ancestry::First);
    let second = repository.push_file("a.yaml", "a: 2\n");
    assert_eq!(world.fetch(&remote, &second, Some(&first)).await.unwrap(), Ancestry::Descendant);
    assert_eq!(world.fetch(&remote, &second, Some(&second)).await.unwrap(), Ancestry::Descendant);
    repository.git(&["tag", "v1"]);
    repository.push(&["v1"]);
    repository.git(&["commit", "-q", "--amend", "-m", "other words"]);
    repository.git(&["tag", "-f", "v1"]);
    repository.push(&["--force", "v1", "HEAD:refs/heads/other"]);
    let amended = repository.head();
    assert_eq!(world.fetch(&remote, &amended, Some(&second)).await.unwrap(), Ancestry::Rewritten);
    let tag = world.resolve(&remote, RevisionSpec::Tag("v1".into())).await.unwrap();
    assert_eq!(tag, amended);
    repository.push(&[":other"]);
    let gone = world.branch(&remote, "other").await.unwrap_err();
    assert!(matches!(gone, Error::NoSuchRevision { .. }) && gone.class() == Class::User);
}

#[tokio::test]
async fn a_work_tree_a_linked_one_and_a_plain_path_are_read_as_well() {
    let (repository, commit) = Repository::with_one_commit();
    repository.git(&["worktree", "add", "-q", "-b", "side", "../linked"]);
    let linked = repository.served().join("linked");
    let world = World::new();
    for (path, head) in [(repository.work(), "main"), (linked, "side"), (repository.bare(), "main")]
    {
        let remote = remote(path.to_str().unwrap());
        let refs = world.look(&remote).await.unwrap();
        let target = refs.head().unwrap().target.as_deref();
        assert_eq!(target, Some(&*format!("refs/heads/{head}")), "{path:?}");
        assert_eq!(world.resolve(&remote, RevisionSpec::Head).await.unwrap(), commit);
        assert_eq!(world.file(&remote, &commit, "a.yaml").await, "a: 1\n");
    }
}

#[tokio::test]
async fn an_empty_repository_has_no_revision_yet() {
    let repository = Repository::new();
    let (world, remote) = (World::new(), repository.on_disk());
    let refs = world.look(&remote).await.unwrap();
    assert_eq!(refs.head().unwrap().commit, None);
    let head = world.resolve(&remote, RevisionSpec::Head).await;
    assert!(matches!(head, Err(Error::NoSuchRevision { .. })));
}

#[tokio::test]
async fn what_is_no_repository_says_so() {
    let (repository, commit) = Repository::with_one_commit();
    let mut world = World::new();
    for path in ["/nowhere/at/all", repository.served().to_str().unwrap()] {
        let error = world.look(&remote(path)).await.unwrap_err();
        assert!(matches!(error, Error::NotFound { .. }), "{error}");
    }
    repository
        .run(repository.served(), &["init", "-q", "--bare", "--object-format=sha256", "256.git"]);
    let sha256 = remote(repository.served().join("256.git").to_str().unwrap());
    assert!(matches!(world.look(&sha256).await, Err(Error::UnsupportedRepository { .. })));
    let absent = trimtab_model::Commit::parse(&"1".repeat(40)).unwrap();
    let error = world.fetch(&repository.on_disk(), &absent, Some(&commit)).await;
    assert!(matches!(error, Err(Error::NoSuchRevision { .. })));
    world.config.file_remotes = FileRemotes::Refused;
    world.restart();
    assert!(matches!(world.look(&repository.on_disk()).await, Err(Error::UnsupportedUrl { .. })));
}

#[tokio::test]
async fn only_repositories_below_the_directory_that_is_allowed_are_read() {
    let (allowed, _) = Repository::with_one_commit();
    let (elsewhere, _) = Repository::with_one_commit();
    let way_out = allowed.served().join("way-out.git");
    std::os::unix::fs::symlink(elsewhere.bare(), &way_out).unwrap();
    let mut world = World::new();
    world.config.file_remotes = FileRemotes::Below(allowed.served().to_owned());
    world.restart();
    assert!(world.look(&allowed.on_disk()).await.is_ok());
    let dots = allowed.served().join("../").join(elsewhere.served().file_name().unwrap());
    for path in [elsewhere.bare(), way_out, dots.join("bare.git"), "/nowhere".into()] {
        let error = world.look(&remote(path.to_str().unwrap())).await.unwrap_err();
        assert!(matches!(error, Error::UnsupportedUrl { .. }), "{error}");
        assert!(world.git().watch_file(&remote(path.to_str().unwrap())).is_err());
    }
}

/// Makes the first path, where a repository was, lead to the second.
type Way = fn(&std::path::Path, &std::path::Path);

#[tokio::test]
async fn no_way_of_git_s_own_leads_out_of_the_directory_that_is_allowed() {
    use std::os::unix::{ffi::OsStrExt as _, fs::symlink};
    let (allowed, _) = Repository::with_one_commit();
    let (elsewhere, _) = Repository::with_one_commit();
    let mut world = World::new();
    world.config.file_remotes = FileRemotes::Below(allowed.served().to_owned());
    world.restart();
    let make = |name: &str| {
        let path = allowed.served().join(name);
        allowed.run(allowed.served(), &["clone", "-q", "--bare", "bare.git", name]);
        path
    };
    let ways: [(&str, Way); 9] = [
        ("gitfile that leads nowhere", |path, out| {
            fs::remove_dir_all(path).unwrap();
            fs::create_dir(path).unwrap();
            let nowhere = out.join("nowhere");
            fs::write(path.join(".git"), format!("gitdir: {}\n", nowhere.display())).unwrap();
        }),
        ("gitfile", |path, out| {
            fs::remove_dir_all(path).unwrap();
            fs::create_dir(path).unwrap();
            fs::write(path.join(".git"), format!("gitdir: {}\n", out.display())).unwrap();
        }),
        ("commondir", |path, out| {
            fs::write(path.join("commondir"), out.to_str().unwrap()).unwrap();
        }),
        ("alternates", |path, out| {
            let lines = format!("# x\n{}\n", out.join("objects").display());
            fs::write(path.join("objects/info/alternates"), lines).unwrap();
        }),
        ("alternates behind what is no text", |path, out| {
            let mut list = b"#\xff\n".to_vec();
            list.extend(out.join("objects").as_os_str().as_bytes());
            fs::write(path.join("objects/info/alternates"), list).unwrap();
        }),
        ("alternates by a name that ends in a carriage return", |path, out| {
            symlink(out.join("objects"), path.join("away\r")).unwrap();
            fs::write(path.join("objects/info/alternates"), "../away\r\n").unwrap();
        }),
        ("objects", |path, out| {
            fs::remove_dir_all(path.join("objects")).unwrap();
            symlink(out.join("objects"), path.join("objects")).unwrap();
        }),
        ("refs", |path, out| {
            fs::remove_dir_all(path.join("refs")).unwrap();
            symlink(out.join("refs"), path.join("refs")).unwrap();
        }),
        ("ref", |path, out| {
            symlink(out.join("refs/heads/main"), path.join("refs/heads/other")).unwrap();
        }),
    ];
    for (name, lead_out) in ways {
        let path = make(name);
        let there = remote(path.to_str().unwrap());
        assert!(world.look(&there).await.is_ok(), "{name}");
        lead_out(&path, &elsewhere.bare());
        let error = world.look(&there).await.unwrap_err();
        assert!(matches!(error, Error::UnsupportedUrl { .. }), "{name}: {error}");
        assert!(world.git().watch_file(&there).is_err(), "{name}");
    }
    // What stays inside is read.
    let borrowed = make("borrowed");
    let inside = format!("{}\n", allowed.bare().join("objects").display());
    fs::write(borrowed.join("objects/info/alternates"), inside).unwrap();
    symlink("main", borrowed.join("refs/heads/link")).unwrap();
    assert!(world.look(&remote(borrowed.to_str().unwrap())).await.is_ok());
}

#[tokio::test]
async fn a_file_of_git_s_own_that_is_too_large_is_not_read() {
    let world = World::new();
    let (repository, _) = Repository::with_one_commit();
    let config = fs::File::options().write(true).open(repository.bare().join("config")).unwrap();
    // More than there is memory: its end is a hole.
    config.set_len(1 << 42).unwrap();
    let error = world.look(&repository.on_disk()).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_directory_that_is_too_deep_is_refused_for_its_depth() {
    let world = World::new();
    let (repository, _) = Repository::with_one_commit();
    let deep: PathBuf = std::iter::repeat_n("d", 70).collect();
    fs::create_dir_all(repository.bare().join("refs").join(deep)).unwrap();
    let error = world.look(&repository.on_disk()).await.unwrap_err();
    assert!(error.to_string().ends_with("has more than 64 levels of directories"), "{error}");
}

#[tokio::test]
async fn a_pipe_keeps_nobody_waiting() {
    let world = World::new();
    for name in ["HEAD", "config", "packed-refs", "refs/heads/pipe"] {
        let (repository, _) = Repository::with_one_commit();
        let path = repository.bare().join(name);
        let _ = fs::remove_file(&path);
        Repository::make_pipe(&path);
        let remote = repository.on_disk();
        let look = world.look(&remote);
        let looked = tokio::time::timeout(Duration::from_secs(20), look).await;
        assert!(looked.expect("it waits for a writer").is_err(), "{name}");
    }
}

#[tokio::test]
async fn a_push_is_noticed_at_once_and_a_look_is_not() {
    let (mut repository, _) = Repository::with_one_commit();
    let (world, remote) = (World::new(), repository.on_disk());
    let mut changes = world.git().watch_file(&remote).unwrap();
    let soon = Duration::from_secs(20);
    for number in 2..5 {
        let commit = repository.push_file("a.yaml", &format!("a: {number}\n"));
        tokio::time::timeout(soon, changes.next()).await.unwrap().unwrap();
        // An event of the push may come before its last one; the next is awaited then.
        while world.branch(&remote, "main").await.unwrap() != commit {
            tokio::time::timeout(soon, changes.next()).await.unwrap().unwrap();
        }
    }
    repository.git_bare(&["pack-refs", "--all"]);
    tokio::time::timeout(soon, changes.next()).await.unwrap().unwrap();
    // Whatever the last writes still had to say is told before this file's.
    let quiet = async {
        loop {
            world.look(&remote).await.unwrap();
            let told = tokio::time::timeout(Duration::from_millis(200), changes.next()).await;
            if told.is_err() {
                break;
            }
        }
    };
    tokio::time::timeout(soon, quiet).await.expect("a look wakes the watcher, for ever");
}

#[tokio::test]
async fn objects_that_are_gone_are_damage_and_not_an_empty_tree() {
    let (repository, commit) = Repository::with_one_commit();
    let (world, remote) = (World::new(), repository.on_disk());
    let tree_id = repository.git(&["rev-parse", "HEAD^{tree}"]);
    let object = repository.bare().join("objects").join(&tree_id[..2]).join(&tree_id[2..]);
    let content = fs::read(&object).unwrap();
    fs::remove_file(&object).unwrap();
    let tree = world.tree(&remote, &commit).await.unwrap();
    let error = tree.list("").unwrap_err();
    assert!(matches!(error, Error::Corrupt { .. }) && error.class() == Class::Retry, "{error}");
    fs::write(&object, content).unwrap();
    assert_eq!(world.file(&remote, &commit, "a.yaml").await, "a: 1\n");
}
