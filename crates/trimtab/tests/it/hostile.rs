//! Directories that somebody made to break us, or by mistake: each gets its sentence, and an end.

use crate::{text, trimtab};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use tempfile::TempDir;

const GOOD: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: good\n";

fn directory(files: &[(&str, &[u8])]) -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    for (name, content) in files {
        fs::write(directory.path().join(name), content).expect("written");
    }
    directory
}

/// What `render` prints, what it says without the directory's own name, and its exit code.
fn rendered(directory: &Path, more: &[&str]) -> (String, String, Option<i32>) {
    let path = directory.to_str().expect("UTF-8");
    let output = trimtab(&[&["render", path], more].concat());
    let said = text(&output.stderr).replace(path, "DIR");
    (text(&output.stdout).to_owned(), said, output.status.code())
}

#[test]
fn a_directory_of_nothing_says_so_and_where_else_to_look() {
    let empty = directory(&[("readme.md", b"hello")]);
    let none = "warning: DIR: there are no manifests";
    let (printed, said, code) = rendered(empty.path(), &[]);
    assert_eq!((&*printed, code), ("", Some(0)));
    assert_eq!(said, format!("{none}; --recurse reads its sub-directories, too\n"));
    let (_, said, _) = rendered(empty.path(), &["--recurse"]);
    assert_eq!(said, format!("{none}\n"));
}

#[test]
fn three_broken_files_are_all_told_in_one_go() {
    let broken = directory(&[
        ("a.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata: {\n  name: a\n"),
        ("b.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n\tdata: x\n"),
        ("c.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n"),
        ("good.yaml", GOOD.as_bytes()),
    ]);
    let (printed, said, code) = rendered(broken.path(), &[]);
    assert_eq!((&*printed, code), (GOOD, Some(1)));
    let places: Vec<&str> =
        said.lines().map(|line| line.split(": ").nth(1).expect("a place")).collect();
    assert_eq!(places, ["DIR/a.yaml:5:1", "DIR/b.yaml:5:1", "DIR/c.yaml:1"], "{said}");
}

#[test]
fn what_is_no_manifest_is_passed_over() {
    let binary = directory(&[
        ("noise.yaml", &[0xff, 0xfe, 0x00, 0x80, 0x0a, 0xc3]),
        ("zero.yaml", b"\0\x01apiVersion: v1\nkind: ConfigMap\n"),
        ("good.yaml", GOOD.as_bytes()),
    ]);
    let (printed, said, code) = rendered(binary.path(), &[]);
    assert_eq!((&*printed, code), (GOOD, Some(0)));
    assert_eq!(said.matches("passed over: it does not look like manifests").count(), 2, "{said}");
}

#[test]
fn a_huge_file_is_not_read() {
    let huge = directory(&[("good.yaml", GOOD.as_bytes())]);
    let file = fs::File::create(huge.path().join("huge.yaml")).expect("created");
    file.set_len(1 << 40).expect("a sparse file");
    let (printed, said, code) = rendered(huge.path(), &[]);
    assert_eq!((&*printed, code), (GOOD, Some(1)));
    assert!(said.starts_with("error: DIR/huge.yaml: the file has 1099511627776 bytes"), "{said}");
}

#[test]
fn links_in_a_circle_end_and_none_leads_out() {
    let circle = directory(&[("good.yaml", GOOD.as_bytes())]);
    for (link, target) in [("up", ".."), ("self.yaml", "self.yaml"), ("passwd.yaml", "/etc/passwd")]
    {
        symlink(target, circle.path().join(link)).expect("linked");
    }
    let (printed, said, code) = rendered(circle.path(), &["--recurse"]);
    assert_eq!((&*printed, code), (GOOD, Some(1)));
    assert!(said.contains("DIR/passwd.yaml") && said.contains("out of the source"), "{said}");
    assert!(said.contains("DIR/self.yaml"), "{said}");
}

#[test]
fn a_pattern_that_is_none_says_what_is_wrong_with_it() {
    let good = directory(&[("good.yaml", GOOD.as_bytes())]);
    let (_, said, code) = rendered(good.path(), &["--include", "["]);
    assert_eq!(code, Some(1));
    assert!(said.contains("a `[` is never closed"), "{said}");
}
