//! Cases whose expectations Go wrote (see `golden/README.md`).

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use trimtab_template::{Error, Functions, Limits, MissingKey, Run, Set, Settings, Text, Value};

use crate::data::{data, pointerless};
use crate::functions::functions;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn read(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

fn carried_out(
    functions: &Arc<Functions>,
    helpers: &str,
    missing_key: MissingKey,
    (text, dot): (&str, Value),
) -> Result<Text, Error> {
    let mut set = Set::new("gotpl", Arc::clone(functions), Limits::default());
    set.parse("helpers", helpers)?;
    set.parse("t", text)?;
    let settings = Settings { missing_key, ..Settings::default() };
    Run::new(&set, settings).execute(b"t", dot)
}

/// One line for a result, as the oracle writes it.
fn shown(result: &Result<Text, Error>) -> String {
    let (word, text) = match result {
        Ok(text) => ("ok", text.to_string()),
        Err(error) => ("error", error.text()),
    };
    format!("{word} {}", serde_json::to_string(&text).unwrap())
}

/// JSON writers differ in what they escape.
fn normal(line: &str) -> String {
    let Some((word, json)) = line.split_once(' ') else {
        return line.to_owned();
    };
    let text: String = serde_json::from_str(json).unwrap();
    format!("{word} {}", serde_json::to_string(&text).unwrap())
}

fn check(name: &str) {
    let (cases, expected) = (read(&format!("{name}.txt")), read(&format!("{name}.expected")));
    let functions = Arc::new(functions());
    let helpers = read("helpers.tpl");
    let mut missing_key = MissingKey::Invalid;
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (line, expected) in cases.lines().zip(expected.lines()) {
        match line {
            "# missingkey=zero" => missing_key = MissingKey::Zero,
            "# missingkey=error" => missing_key = MissingKey::Error,
            _ => {}
        }
        if line.is_empty() || line.starts_with("# ") {
            continue;
        }
        count += 1;
        let text = line.replace('␤', "\n");
        let dot = if name.starts_with("random") { pointerless() } else { data() };
        let result = carried_out(&functions, &helpers, missing_key, (&text, dot));
        let found = normal(&shown(&result));
        let expected = normal(expected);
        if found != expected {
            let same = found.chars().zip(expected.chars()).take_while(|(a, b)| a == b).count();
            let tail =
                |text: &str| text.chars().skip(same.max(60) - 60).take(400).collect::<String>();
            wrong.push(format!("{line}\n  Go  {}\n  we  {}", tail(&expected), tail(&found)));
        }
    }
    assert!(count > 0 && cases.lines().count() == expected.lines().count(), "{name} is cut");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_no_template() {
    check("parse");
}

#[test]
fn what_templates_come_to() {
    check("exec");
}

#[test]
fn missing_keys_that_are_zero() {
    check("zero");
}

#[test]
fn missing_keys_that_are_errors() {
    check("strict");
}

#[test]
fn random_templates() {
    let names = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap());
    let mut count = 0;
    for name in names.filter(|name| name.starts_with("random")) {
        if let Some(case) = name.strip_suffix(".txt") {
            check(case);
            count += 1;
        }
    }
    assert!(count >= 3, "{count}");
}

#[test]
fn what_formats_write() {
    check("formats");
}
