//! Every case in `tests/golden`, whose expected output kubectl wrote.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use trimtab_model::DuplicateKeys;
use trimtab_yaml::{Dialect, Rules, documents, emit};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn cases(folder: &str, extensions: &[&str]) -> Vec<PathBuf> {
    let entries = fs::read_dir(golden(folder)).unwrap().map(|entry| entry.unwrap().path());
    let wanted = |path: &PathBuf| extensions.iter().any(|e| path.extension().unwrap() == *e);
    let mut cases: Vec<_> = entries.filter(wanted).collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// Whether two values are the same to Kubernetes: integers of 63 bits exactly, others as floats. The
/// expected text is read by a parser that may be off by one unit in the last place.
fn same(expected: &Value, ours: &Value) -> bool {
    match (expected, ours) {
        (Value::Number(a), Value::Number(b)) if a.is_i64() || b.is_i64() => a == b,
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= a.abs() * 4.0 * f64::EPSILON
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|b| same(v, b)))
        }
        _ => expected == ours,
    }
}

/// The scalars that we read otherwise than a tool that answered in `expected`.
fn misread(expected: &str, rules: Rules) -> Vec<String> {
    let (input, expected) = (text(&golden("scalars.txt")), text(&golden(expected)));
    assert_eq!(input.lines().count(), expected.lines().count());
    let mut wrong = Vec::new();
    for (scalar, expected) in input.lines().zip(expected.lines()) {
        let head = "apiVersion: v1\nkind: Case\nmetadata: {name: case}\n";
        let read = documents(format!("{head}value: {scalar}\n").as_bytes(), rules);
        let good = if expected == "error" {
            !read.problems.is_empty()
        } else {
            let expected = serde_json::from_str(expected).unwrap();
            let ours = read.documents.first().map(|found| found.value["value"].clone());
            read.problems.is_empty() && ours.is_some_and(|ours| same(&expected, &ours))
        };
        if !good {
            wrong.push(scalar.to_owned());
        }
    }
    wrong
}

#[test]
fn scalars_mean_what_kubectl_makes_of_them() {
    assert_eq!(misread("scalars.expected", Rules::default()), [""; 0]);
}

#[test]
fn scalars_mean_what_kustomize_makes_of_them() {
    let rules = Rules {
        dialect: Dialect::Kustomize,
        duplicate_keys: DuplicateKeys::Refuse,
        ..Rules::default()
    };
    // Kustomize reads an empty value in braces as a text, NEL in quotes as a space, `!` as no tag, and
    // a quoted `<<` as a merge: none of these is meant by anyone.
    let known = [
        "{a:b}",
        "{a: }",
        "{a}",
        "{a, b: c}",
        "\"\\0\\a\\b\\e\\f\\v\\N\\_\\L\\P\"",
        "!!set {a, b}",
        "! 1",
        "!",
        "{\"<<\": {a: 1}}",
    ];
    assert_eq!(misread("scalars.kustomize", rules), known);
}

/// Where we go on reading and kubectl stops, so that what it printed is only the beginning.
fn stopped(expected: &str) -> (Vec<Value>, bool) {
    let values = expected.lines().filter(|line| line.starts_with('{'));
    let values = values.map(|line| serde_json::from_str(line).unwrap()).collect();
    (values, expected.lines().any(|line| line.starts_with("error: ")))
}

#[test]
fn files_hold_what_kubectl_reads() {
    for case in cases("documents", &["yaml", "json"]) {
        // kubectl means objects, and says so of a text that is none.
        let only_object_fails = case.ends_with("separator-in-text.yaml");
        let (expected, error) = stopped(&text(&case.with_extension("expected")));
        let read = documents(&fs::read(&case).unwrap(), Rules::default());
        let failed = !read.problems.is_empty();
        assert_eq!(failed, error && !only_object_fails, "{case:?}: {read:?}");
        assert!(read.documents.len() >= expected.len(), "{case:?}: {read:?}");
        assert!(error || read.documents.len() == expected.len(), "{case:?}: {read:?}");
        for (expected, ours) in expected.iter().zip(&read.documents) {
            assert!(same(expected, &ours.value), "{case:?}\n{expected}\n{}", ours.value);
        }
    }
}

#[test]
fn output_is_the_bytes_that_kubectl_writes() {
    for case in cases("emit", &["json"]) {
        let read = documents(&fs::read(&case).unwrap(), Rules::default());
        assert!(read.problems.is_empty(), "{case:?}: {:?}", read.problems);
        let expected = text(&case.with_extension("expected"));
        assert_eq!(emit(&read.documents[0].value), expected, "{case:?}");
    }
}

#[test]
fn output_is_read_back_as_it_was() {
    for case in cases("documents", &["yaml", "json"]) {
        for document in documents(&fs::read(&case).unwrap(), Rules::default()).documents {
            let again = documents(emit(&document.value).as_bytes(), Rules::default());
            assert_eq!(again.documents[0].value, document.value, "{case:?}");
        }
    }
}
