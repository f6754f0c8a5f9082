//! A render is asked again instead of being made again.

use crate::rules::{application, config_map, kustomization, recursive, rendered, tree};
use std::sync::atomic::{AtomicUsize, Ordering};
use trimtab_model::Directory;
use trimtab_render::{Entry, FileTree, MemoryTree, Rendered, TreeInputs, Unreadable};

fn holds(rendered: &Rendered, tree: &dyn FileTree) -> bool {
    rendered.still_holds(&TreeInputs::new(tree))
}

fn base() -> MemoryTree {
    tree(&[("a.yaml", &config_map("a")), ("sub/b.yaml", &config_map("b")), ("notes.txt", "1")])
        .with("shared/c.yaml", config_map("c"))
        .with_link("apps/c.yaml", "../shared/c.yaml")
        .with("other/x.yaml", config_map("x"))
}

#[test]
fn only_what_was_asked_matters() {
    let rendered = rendered(&base(), &application());
    assert!(rendered.complete);
    assert!(holds(&rendered, &base()));
    // Another directory, a file that is no manifest, and a directory that is not entered.
    assert!(holds(&rendered, &base().with("other/x.yaml", "changed")));
    assert!(holds(&rendered, &base().with("apps/notes.txt", "2")));
    assert!(holds(&rendered, &base().with("apps/sub/b.yaml", "changed")));
    assert!(holds(&rendered, &base().with("shared/d.yaml", "new")));
    // A file that was read, also through a link, a new file, and a link that leads elsewhere.
    assert!(!holds(&rendered, &base().with("apps/a.yaml", "changed")));
    assert!(!holds(&rendered, &base().with("shared/c.yaml", "changed")));
    assert!(!holds(&rendered, &base().with("apps/new.yaml", "")));
    assert!(!holds(&rendered, &base().with_link("apps/c.yaml", "a.yaml")));
    assert!(!holds(&rendered, &MemoryTree::default()));
}

#[test]
fn what_was_absent_matters_too() {
    let missing = rendered(&MemoryTree::default(), &application());
    assert!(holds(&missing, &MemoryTree::default().with("other", "")));
    assert!(!holds(&missing, &base()));
    let dangling = MemoryTree::default().with_link("apps/l.yaml", "../gone.yaml");
    let rendered = rendered(&dangling, &application());
    assert!(holds(&rendered, &dangling));
    assert!(!holds(&rendered, &dangling.clone().with("gone.yaml", config_map("l"))));
    let kustomization = crate::rules::rendered(&base(), &kustomization());
    assert!(!holds(&kustomization, &base().with(".sourceignore", "*")));
}

#[test]
fn a_link_is_not_a_file_with_the_same_content() {
    let link = MemoryTree::default().with("v2/a.yaml", config_map("a")).with_link("apps", "v2");
    let file = MemoryTree::default().with("v2/a.yaml", config_map("a")).with("apps", "v2");
    let rendered = rendered(&link, &application());
    assert!(holds(&rendered, &link) && !holds(&rendered, &file));
}

#[test]
fn a_problem_holds_until_its_cause_is_gone() {
    let broken = base().with("apps/a.yaml", "apiVersion: v1\nkind: A\nmetadata: [\n");
    let rendered = rendered(&broken, &application());
    assert!(!rendered.complete);
    assert!(holds(&rendered, &broken));
    assert!(!holds(&rendered, &base()));
}

/// Counts what it is asked.
struct Counting(MemoryTree, AtomicUsize);

impl FileTree for Counting {
    fn entry(&self, path: &str) -> Result<Option<Entry>, Unreadable> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.entry(path)
    }

    fn list(&self, path: &str) -> Result<Option<Vec<Entry>>, Unreadable> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.list(path)
    }

    fn size(&self, path: &str) -> Result<u64, Unreadable> {
        self.0.size(path)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        assert!(self.1.load(Ordering::Relaxed) == usize::MAX, "{path} was read again");
        self.0.read(path)
    }
}

fn asked_again(rules: &Directory, tree: MemoryTree) -> usize {
    let rendered = rendered(&tree, rules);
    assert!(rendered.questions().len() > 100);
    let counting = Counting(tree, AtomicUsize::new(0));
    assert!(holds(&rendered, &counting));
    counting.1.into_inner()
}

#[test]
fn an_unchanged_directory_is_one_comparison() {
    let many = (0..200).fold(MemoryTree::default(), |tree, n| {
        tree.with(&format!("apps/d{}/f{n}.yaml", n % 7), config_map(&format!("m{n}")))
    });
    assert_eq!(asked_again(&recursive(None, None), many.clone()), 1);
    // Two more: the ignore file of the root, and the file of this family's directory.
    assert!(asked_again(&kustomization(), many) <= 2);
}

/// A tree that cannot be read any more.
struct Torn;

impl FileTree for Torn {
    fn entry(&self, path: &str) -> Result<Option<Entry>, Unreadable> {
        Err(Unreadable { path: path.to_owned(), reason: "an object is missing".to_owned() })
    }

    fn list(&self, path: &str) -> Result<Option<Vec<Entry>>, Unreadable> {
        self.entry(path).map(|_| None)
    }

    fn size(&self, path: &str) -> Result<u64, Unreadable> {
        self.entry(path).map(|_| 0)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        self.entry(path).map(|_| Vec::new())
    }
}

#[test]
fn what_could_not_be_read_is_never_trusted() {
    let torn = rendered(&Torn, &application());
    assert!(!torn.complete && !holds(&torn, &Torn) && !holds(&torn, &base()));
    assert!(!holds(&rendered(&base(), &application()), &Torn));
    let unreadable = Rendered::unreadable("no such commit".to_owned());
    assert!(!unreadable.complete && !holds(&unreadable, &base()));
}
