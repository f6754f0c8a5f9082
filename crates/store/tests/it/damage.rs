//! A damaged file is thrown away and never believed.

use crate::fixtures::{kept, load, save, store, written};
use proptest::collection::vec;
use proptest::prelude::{any, proptest};
use proptest::sample::Index;
use std::fs;
use std::path::Path;
use trimtab_ports::store::{Change, Kept};

/// Whatever has happened to the file: what is read was written, and the store works on.
fn believes_nothing_else(path: &Path, written: &[Kept]) -> usize {
    let store = store(path);
    let read = load(&store);
    for entry in &read {
        assert!(written.contains(entry), "{entry:?} was never written");
    }
    save(&store, vec![Change::Keep(kept("after"))]).expect("saved");
    drop(store);
    let again = load(&crate::fixtures::store(path));
    assert!(again.contains(&kept("after")));
    assert_eq!(again.len(), read.len() + 1);
    read.len()
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 64, ..Default::default() })]

    #[test]
    fn a_file_that_was_cut_short_is_thrown_away(length in any::<Index>()) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store");
        let entries = written(&path, 100);
        let bytes = fs::read(&path).expect("the file");
        fs::write(&path, &bytes[..length.index(bytes.len())]).expect("cut");
        believes_nothing_else(&path, &entries);
    }

    #[test]
    fn a_file_with_other_bits_is_not_believed(
        flips in vec((any::<Index>(), 1..=255_u8), 1..20),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store");
        let entries = written(&path, 100);
        let mut bytes = fs::read(&path).expect("the file");
        // Most of a file is empty pages, whose bits say nothing: half of the damage falls on the rest.
        let used: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
        for (number, (at, bits)) in flips.iter().enumerate() {
            let at = if number % 2 == 0 { used[at.index(used.len())] } else { at.index(bytes.len()) };
            bytes[at] ^= bits;
        }
        fs::write(&path, bytes).expect("damaged");
        believes_nothing_else(&path, &entries);
    }
}

#[test]
fn a_file_that_is_no_store_is_thrown_away() {
    for text in [&b"something else"[..], &[0; 10_000], b"\n"] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store");
        fs::write(&path, text).expect("a file");
        assert_eq!(believes_nothing_else(&path, &[]), 0);
    }
}

#[test]
fn a_file_that_nobody_may_write_costs_nothing_but_the_cache() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("no such folder").join("store");
    let store = store(&path);
    assert!(load(&store).is_empty());
    save(&store, vec![Change::Keep(kept("a"))]).expect("it keeps nothing, and says nothing");
}
