//! A render ends when it is over, and nothing of it counts then.

use crate::rules::{application, config_map, kustomization, recursive};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use trimtab_model::{Directory, Renderer};
use trimtab_render::{
    Entry, FileTree, MemoryTree, Problem, ProblemKind, Rendered, TreeInputs, Unreadable, render,
};

/// Counts what is asked of it.
struct Counting(MemoryTree, AtomicUsize);

impl Counting {
    fn count(&self) {
        self.1.fetch_add(1, Ordering::Relaxed);
    }
}

impl FileTree for Counting {
    fn entry(&self, path: &str) -> Result<Option<Entry>, Unreadable> {
        self.count();
        self.0.entry(path)
    }

    fn list(&self, path: &str) -> Result<Option<Vec<Entry>>, Unreadable> {
        self.count();
        self.0.list(path)
    }

    fn size(&self, path: &str) -> Result<u64, Unreadable> {
        self.count();
        self.0.size(path)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        self.count();
        self.0.read(path)
    }
}

fn tree() -> MemoryTree {
    (0..20).fold(MemoryTree::default(), |tree, n| {
        let (name, text) = (format!("apps/d{}/f{n}.yaml", n % 3), config_map(&format!("m{n}")));
        tree.with(&name, text).with_link(&format!("apps/l{n}.yaml"), &name["apps/".len()..])
    })
}

/// Renders until it was asked so often whether it is over. Returns how often the tree was asked after.
fn until(asked_max: usize, rules: &Directory) -> (Rendered, usize) {
    let tree = Counting(tree(), AtomicUsize::new(0));
    let (asked, at_the_end) = (Cell::new(0), Cell::new(None));
    let is_over = || {
        asked.set(asked.get() + 1);
        let is_over = asked.get() > asked_max;
        if is_over && at_the_end.get().is_none() {
            at_the_end.set(Some(tree.1.load(Ordering::Relaxed)));
        }
        is_over
    };
    let inputs = TreeInputs::until(&tree, &is_over);
    let rendered = render("apps", &Renderer::Directory(rules.clone()), &inputs);
    let count = tree.1.load(Ordering::Relaxed);
    (rendered, at_the_end.get().map_or(0, |before| count - before))
}

#[test]
fn a_render_that_is_over_asks_nothing_more_and_has_nothing() {
    for rules in [recursive(None, None), recursive(Some("*.yaml"), Some("x*")), kustomization()] {
        let mut rendered_whole = false;
        for asked_max in 0..1_000 {
            let (rendered, after) = until(asked_max, &rules);
            assert_eq!(after, 0, "{asked_max}");
            rendered_whole = !rendered.is_broken_off();
            if rendered_whole {
                assert!(rendered.complete && rendered.objects.len() >= 20);
                break;
            }
            assert!(!rendered.complete && rendered.objects.is_empty(), "{asked_max}");
            let [Problem { kind: ProblemKind::BrokenOff, message, .. }] = &*rendered.problems
            else {
                panic!("{:?}", rendered.problems)
            };
            assert!(message.contains("took longer than 60 s"), "{message}");
            assert!(message.contains("split the source over several applications"), "{message}");
        }
        assert!(rendered_whole);
    }
}

#[test]
fn a_render_that_was_broken_off_is_not_trusted_and_none_is_that_is_not_asked_to_the_end() {
    let tree = tree();
    let (broken_off, _) = until(10, &application());
    assert!(!broken_off.still_holds(&TreeInputs::new(&tree)));
    let (whole, _) = until(usize::MAX, &recursive(None, None));
    assert!(whole.still_holds(&TreeInputs::new(&tree)));
    assert!(!whole.still_holds(&TreeInputs::until(&tree, &|| true)));
}
