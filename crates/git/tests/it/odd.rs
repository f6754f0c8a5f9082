//! What somebody pushed that makes no sense is that one's trouble: the store that all share stays.

use trimtab_model::{Class, Commit, Remote};
use trimtab_ports::git::Error;

use crate::repository::Repository;
use crate::server::Server;
use crate::world::World;

/// A repository of one good commit, and odd ones that nobody made with Git's own commands.
struct Odd {
    repository: Repository,
    good: Commit,
}

impl Odd {
    fn new() -> Self {
        let (repository, good) = Repository::with_one_commit();
        Self { repository, good }
    }

    fn blob(&self) -> String {
        self.repository.git_bare(&["rev-parse", &format!("{}:a.yaml", self.good.as_str())])
    }

    /// A branch at anything.
    fn branch(&self, name: &str, object: &str) -> Commit {
        let path = self.repository.bare().join("refs/heads").join(name);
        std::fs::write(path, format!("{object}\n")).unwrap();
        Commit::parse(object).unwrap()
    }

    /// A branch whose directory has entries of these names.
    fn directory(&self, branch: &str, names: &[&str]) -> Commit {
        let blob = self.blob();
        let id = (0..40).step_by(2).map(|at| u8::from_str_radix(&blob[at..at + 2], 16).unwrap());
        let id: Vec<u8> = id.collect();
        let entry = |name: &&str| [format!("100644 {name}\0").as_bytes(), &id].concat();
        let tree: Vec<u8> = names.iter().flat_map(entry).collect();
        self.repository.write("tree", &tree);
        let file = self.repository.work().join("tree");
        let file = file.to_str().unwrap();
        let arguments = ["hash-object", "-t", "tree", "--literally", "-w", file];
        let tree = self.repository.git_bare(&arguments);
        let commit = self.repository.git_bare(&["commit-tree", "-m", "odd", &tree]);
        self.branch(branch, &commit)
    }
}

/// Reads the good commit, then what is odd; the good one must still be there, unasked.
async fn stays(world: &World, remote: &Remote, good: &Commit, odd: &Commit) -> Error {
    world.fetch(remote, good, None).await.unwrap();
    let tree = world.tree(remote, good).await.unwrap();
    let packs = world.packs();
    let error = match world.fetch(remote, odd, Some(good)).await {
        Err(error) => error,
        Ok(_) => world.tree(remote, odd).await.unwrap().list("").unwrap_err(),
    };
    world.fetch(remote, good, None).await.unwrap();
    assert_eq!(world.file(remote, good, "a.yaml").await, "a: 1\n");
    let left = world.packs();
    assert!(packs.iter().all(|pack| left.contains(pack)), "{packs:?} are no longer in {left:?}");
    drop(tree);
    error
}

#[tokio::test]
async fn a_branch_at_a_file_is_refused_and_takes_nothing_from_others() {
    let odd = Odd::new();
    let blob = odd.branch("odd", &odd.blob());
    let server = Server::new(odd.repository.served());
    for remote in [server.remote(), odd.repository.on_disk()] {
        let error = stays(&World::new(), &remote, &odd.good, &blob).await;
        assert!(error.to_string().contains("is a blob, not a commit"), "{error}");
        assert_eq!(error.class(), Class::User);
    }
}

#[tokio::test]
async fn a_directory_of_impossible_names_is_refused_and_takes_nothing_from_others() {
    let odd = Odd::new();
    let names: [&[&str]; 3] = [&[".."], &["a/b"], &["a.yaml", "a.yaml"]];
    let commits: Vec<Commit> = names
        .iter()
        .enumerate()
        .map(|(number, names)| odd.directory(&format!("odd{number}"), names))
        .collect();
    let server = Server::new(odd.repository.served());
    for commit in &commits {
        for remote in [server.remote(), odd.repository.on_disk()] {
            let error = stays(&World::new(), &remote, &odd.good, commit).await;
            assert!(matches!(error, Error::Odd { .. }), "{error}");
        }
    }
}
