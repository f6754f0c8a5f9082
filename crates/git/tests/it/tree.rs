//! Trees: what lies where, without a checkout.

use trimtab_git::EntryKind;
use trimtab_ports::git::Error;

use crate::repository::Repository;
use crate::world::World;

#[tokio::test]
async fn files_directories_links_and_their_sizes_are_told() {
    let mut repository = Repository::new();
    repository.write("apps/web/deployment.yaml", b"kind: Deployment\n");
    repository.write("run.sh", b"true\n");
    repository.make_executable("run.sh");
    repository.link("apps/link", "../../etc/passwd");
    let commit = repository.commit();
    repository.push(&[]);
    let (world, remote) = (World::new(), repository.on_disk());
    let tree = world.tree(&remote, &commit).await.unwrap();

    let file = tree.entry("apps/web/deployment.yaml").unwrap().unwrap();
    assert_eq!((file.kind, tree.size(&file.id).unwrap()), (EntryKind::File, 17));
    assert_eq!(tree.read(&file.id, 17).unwrap(), b"kind: Deployment\n");
    assert!(matches!(tree.read(&file.id, 16), Err(Error::TooLarge { limit: 16, .. })));
    assert_eq!(tree.entry("run.sh").unwrap().unwrap().kind, EntryKind::Executable);
    let link = tree.entry("apps/link").unwrap().unwrap();
    assert_eq!((link.kind, &*tree.link(&link.id).unwrap()), (EntryKind::Link, "../../etc/passwd"));
    let names = |path: &str| {
        let found = tree.list(path).unwrap()?;
        Some(found.entries().iter().map(|entry| entry.name.to_string()).collect::<Vec<_>>())
    };
    assert_eq!(names("").unwrap(), ["apps", "run.sh"]);
    assert_eq!(names("apps").unwrap(), ["link", "web"]);
    assert_eq!(names("run.sh"), None);
}

#[tokio::test]
async fn nothing_lies_outside_the_root_or_behind_a_link() {
    let mut repository = Repository::new();
    repository.write("d/a", b"a");
    repository.link("link", "d");
    let commit = repository.commit();
    repository.push(&[]);
    let (world, remote) = (World::new(), repository.on_disk());
    let tree = world.tree(&remote, &commit).await.unwrap();
    for path in
        ["..", "../bare.git/HEAD", "d/..", "d/../d/a", "/d/a", "d/", "link/a", ".", "d/a/b", "x"]
    {
        assert_eq!(tree.entry(path).unwrap(), None, "{path}");
    }
}

#[tokio::test]
async fn an_unchanged_directory_keeps_its_id() {
    let mut repository = Repository::new();
    repository.write("same/a", b"a");
    repository.write("other/b", b"b");
    let before = repository.commit();
    repository.write("other/b", b"c");
    let after = repository.commit();
    repository.push(&[]);
    let (world, remote) = (World::new(), repository.on_disk());
    let (old, new) =
        (world.tree(&remote, &before).await.unwrap(), world.tree(&remote, &after).await.unwrap());
    let id = |tree: &trimtab_git::Tree, path: &str| tree.entry(path).unwrap().unwrap().id;
    assert_eq!(id(&old, "same"), id(&new, "same"));
    assert_ne!(id(&old, "other"), id(&new, "other"));
    assert_eq!(id(&new, "same").to_string(), repository.git(&["rev-parse", "HEAD:same"]));
    assert_eq!(new.root().to_string(), repository.git(&["rev-parse", "HEAD^{tree}"]));
}

#[tokio::test]
async fn a_huge_file_is_not_read_to_know_its_size() {
    let mut repository = Repository::new();
    let file = std::fs::File::create(repository.work().join("huge.bin")).unwrap();
    file.set_len(100 << 20).unwrap();
    repository.write("a.yaml", b"a: 1\n");
    let commit = repository.commit();
    repository.push(&[]);
    let (world, remote) = (World::new(), repository.on_disk());
    let tree = world.tree(&remote, &commit).await.unwrap();
    let huge = tree.entry("huge.bin").unwrap().unwrap();
    assert_eq!(tree.size(&huge.id).unwrap(), 100 << 20);
    assert!(matches!(tree.read(&huge.id, 10 << 20), Err(Error::TooLarge { .. })));
    assert_eq!(world.file(&remote, &commit, "a.yaml").await, "a: 1\n");
}

#[tokio::test]
async fn ten_thousand_files_are_listed_from_a_pack() {
    let mut repository = Repository::new();
    for number in 0..10_000 {
        repository.write(&format!("many/{number:05}.yaml"), format!("n: {number}\n").as_bytes());
    }
    let commit = repository.commit();
    repository.push(&[]);
    repository.git_bare(&["repack", "-q", "-a", "-d"]);
    let (world, remote) = (World::new(), repository.on_disk());
    let tree = world.tree(&remote, &commit).await.unwrap();
    let many = tree.list("many").unwrap().unwrap();
    assert_eq!(many.entries().len(), 10_000);
    for (number, entry) in many.entries().iter().enumerate() {
        assert_eq!(tree.read(&entry.id, 100).unwrap(), format!("n: {number}\n").as_bytes());
    }
}

#[tokio::test]
async fn a_submodule_is_told_as_one() {
    let mut repository = Repository::new();
    repository.write("a", b"a");
    let inner = repository.commit();
    repository.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{inner},sub")]);
    repository.git(&["commit", "-q", "-m", "a submodule"]);
    repository.push(&[]);
    let (world, remote) = (World::new(), repository.on_disk());
    let tree = world.tree(&remote, &repository.head()).await.unwrap();
    let entry = tree.entry("sub").unwrap().unwrap();
    assert_eq!((entry.kind, entry.id.commit()), (EntryKind::Submodule, inner));
    assert_eq!(tree.list("sub").unwrap(), None);
}
