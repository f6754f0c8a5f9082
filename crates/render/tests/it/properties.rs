//! What holds for every tree.

use crate::rules::{application, config_map, kustomization, recursive, rendered};
use proptest::prelude::*;
use trimtab_model::Directory;
use trimtab_render::{Entry, FileTree, MemoryTree, Rendered, TreeInputs, Unreadable};

/// A change to one place of a tree.
#[derive(Clone, Debug)]
enum Change {
    File(String, String),
    Link(String, String),
}

fn path() -> impl Strategy<Value = String> {
    let directory = prop_oneof![
        Just(""),
        Just("apps/"),
        Just("apps/sub/"),
        Just("apps/sub/deep/"),
        Just("shared/")
    ];
    let name = prop_oneof![
        Just("a.yaml"),
        Just("b.yml"),
        Just("c.json"),
        Just("d.jsonnet"),
        Just("README"),
        Just("kustomization.yaml"),
        Just("Chart.yaml"),
        Just(".sourceignore"),
        Just("l.yaml"),
        Just("l"),
    ];
    (directory, name).prop_map(|(directory, name)| format!("{directory}{name}"))
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(config_map("one")),
        Just(config_map("two")),
        Just(format!("{}---\n{}", config_map("one"), config_map("three"))),
        Just("apiVersion: v1\nkind: A\nmetadata: [\n".to_owned()),
        Just("not: an object\n".to_owned()),
        Just("{\"apiVersion\":\"v1\",\"kind\":\"A\",\"metadata\":{\"name\":\"json\"}}".to_owned()),
        Just("kind: List\nitems: [{apiVersion: v1, kind: A, metadata: {name: item}}]\n".to_owned()),
        Just(String::new()),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let target = prop_oneof![
        Just("a.yaml"),
        Just("../shared/a.yaml"),
        Just("../a.yaml"),
        Just("l.yaml"),
        Just("/etc"),
        Just("../.."),
        Just("sub"),
        Just("nothing"),
    ];
    prop_oneof![
        4 => (path(), text()).prop_map(|(path, text)| Change::File(path, text)),
        1 => (path(), target).prop_map(|(path, target)| Change::Link(path, target.to_owned())),
    ]
}

fn grown(tree: MemoryTree, changes: &[Change]) -> MemoryTree {
    changes.iter().fold(tree, |tree, change| match change {
        Change::File(path, text) => tree.with(path, text.as_str()),
        Change::Link(path, target) => tree.with_link(path, target),
    })
}

fn all_rules() -> [Directory; 4] {
    [application(), recursive(None, None), recursive(Some("*a*"), Some("sub/*")), kustomization()]
}

/// Everything that a render says.
fn said(rendered: &Rendered) -> (Vec<String>, Vec<String>, Vec<String>, bool) {
    let object = |object: &trimtab_model::Manifest| format!("{} {}", object.origin, object.body);
    (
        rendered.objects.iter().map(object).collect(),
        rendered.problems.iter().map(ToString::to_string).collect(),
        rendered.warnings.iter().map(ToString::to_string).collect(),
        rendered.complete,
    )
}

/// The same tree, with each directory listed backwards.
struct Backwards(MemoryTree);

impl FileTree for Backwards {
    fn entry(&self, path: &str) -> Result<Option<Entry>, Unreadable> {
        self.0.entry(path)
    }

    fn list(&self, path: &str) -> Result<Option<Vec<Entry>>, Unreadable> {
        Ok(self.0.list(path)?.map(|mut entries| {
            entries.reverse();
            entries
        }))
    }

    fn size(&self, path: &str) -> Result<u64, Unreadable> {
        self.0.size(path)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        self.0.read(path)
    }
}

proptest! {
    #[test]
    fn a_render_that_holds_is_the_render(
        changes in prop::collection::vec(change(), 1..12),
        more in prop::collection::vec(change(), 1..3),
    ) {
        let before = grown(MemoryTree::default(), &changes);
        let after = grown(before.clone(), &more);
        for rules in all_rules() {
            let old = rendered(&before, &rules);
            prop_assert!(old.still_holds(&TreeInputs::new(&before)));
            if old.still_holds(&TreeInputs::new(&after)) {
                prop_assert_eq!(said(&old), said(&rendered(&after, &rules)));
            }
        }
    }

    #[test]
    fn the_order_of_listings_changes_nothing(changes in prop::collection::vec(change(), 1..12)) {
        let tree = grown(MemoryTree::default(), &changes);
        for rules in all_rules() {
            let (there, back) = (rendered(&tree, &rules), rendered(&Backwards(tree.clone()), &rules));
            prop_assert_eq!(said(&there), said(&back));
            prop_assert_eq!(there.digest(), back.digest());
            prop_assert!(there.still_holds(&TreeInputs::new(&Backwards(tree.clone()))));
        }
    }

    #[test]
    fn a_render_with_a_problem_is_never_complete(changes in prop::collection::vec(change(), 1..12)) {
        let tree = grown(MemoryTree::default(), &changes);
        for rules in all_rules() {
            let rendered = rendered(&tree, &rules);
            prop_assert_eq!(rendered.complete, rendered.problems.is_empty());
        }
    }
}
