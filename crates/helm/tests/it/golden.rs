//! Cases whose expectations helm wrote (see `golden/README.md`).

use std::fs;
use std::path::PathBuf;

use trimtab_helm::Failure;
use trimtab_template::{Limits, Text, stack_bytes};

use crate::data::{context, dot};
use crate::render;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn read(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

/// The name of a case's template, as in the chart that helm rendered.
const NAME: &str = "g/templates/t.yaml";

/// The template that asks for a case. Helm was asked in the same way: so what the case writes comes out as
/// it is, `<no value>` included.
const MAIN: (&str, &str) =
    ("g/templates/main.yaml", "{{ include \"g/templates/t.yaml\" . | b64enc }}");

/// The output of a case; where it fails, what it says by itself.
fn rendered(helpers: &str, text: &str) -> Result<Text, Failure> {
    let files = [(NAME, text), ("g/templates/_helpers.tpl", helpers), MAIN];
    let limits = Limits::default();
    match render::file(limits, context(), &files, (MAIN.0, dot())) {
        Ok(encoded) => Ok(Text::from(data_encoding::BASE64.decode(&encoded).unwrap())),
        Err(_) => render::file(limits, context(), &files, (NAME, dot())),
    }
}

/// One line for a result, as `write.py` writes it.
fn shown(result: &Result<Text, Failure>) -> String {
    let (word, text) = match result {
        Ok(text) => ("ok", text.to_string()),
        Err(failure) => ("error", failure.text.clone()),
    };
    format!("{word} {}", serde_json::to_string(&text).unwrap())
}

/// JSON writers differ in what they escape, and helm ends what it prints.
fn normal(line: &str) -> String {
    let Some((word, json)) = line.split_once(' ') else {
        return line.to_owned();
    };
    let text: String = serde_json::from_str(json).unwrap();
    let text = if word == "error" { text.trim_end_matches('\n') } else { &text };
    format!("{word} {}", serde_json::to_string(&text).unwrap())
}

fn check(name: &str) {
    let (cases, expected) = (read(&format!("{name}.txt")), read(&format!("{name}.expected")));
    let helpers = read("helpers.tpl");
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (line, expected) in cases.lines().zip(expected.lines()) {
        if line.is_empty() || line.starts_with("# ") {
            continue;
        }
        count += 1;
        let text = line.replace('␤', "\n");
        let found = normal(&shown(&rendered(&helpers, &text)));
        let expected = normal(expected);
        if found != expected {
            let same = found.chars().zip(expected.chars()).take_while(|(a, b)| a == b).count();
            let tail =
                |text: &str| text.chars().skip(same.max(40) - 40).take(160).collect::<String>();
            wrong.push(format!("{line}\n  helm  {}\n  we    {}", tail(&expected), tail(&found)));
        }
    }
    assert!(count > 0 && cases.lines().count() == expected.lines().count(), "{name} is cut");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Checks on a thread with the stack that the limit of depth needs.
fn check_deep(name: &'static str) {
    let stack = stack_bytes(Limits::default().depth);
    let thread = std::thread::Builder::new().stack_size(stack);
    thread.spawn(move || check(name)).unwrap().join().unwrap();
}

#[test]
fn strings() {
    check("strings");
}

#[test]
fn numbers() {
    check("numbers");
}

#[test]
fn lists() {
    check("lists");
}

#[test]
fn dicts() {
    check("dicts");
}

#[test]
fn flow() {
    check_deep("flow");
}

#[test]
fn json_and_toml() {
    check("json");
}

#[test]
fn yaml() {
    check("yaml");
}

#[test]
fn dates() {
    check("dates");
}

#[test]
fn versions() {
    check("versions");
}

#[test]
fn regex() {
    check("regex");
}

#[test]
fn urls() {
    check("urls");
}

#[test]
fn crypto() {
    check("crypto");
}
