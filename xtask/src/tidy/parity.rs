//! `PARITY.md`: its tables, written from those that the doors act by, and the tests that it names.

use anyhow::{Context, bail};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use trimtab_crd::fields::{Effect, Row, Rule, rows};
use trimtab_crd::{APPLICATION, Definition, GIT_REPOSITORY, KUSTOMIZATION, PROJECT};

/// One table of the page.
struct Section {
    name: &'static str,
    definition: &'static Definition,
    part: &'static str,
    rules: &'static [Rule],
}

const SECTIONS: [Section; 5] = [
    Section {
        name: "application-spec",
        definition: &APPLICATION,
        part: "spec",
        rules: trimtab_argoproj::tables::SPEC,
    },
    Section {
        name: "application-operation",
        definition: &APPLICATION,
        part: "operation",
        rules: trimtab_argoproj::tables::OPERATION,
    },
    Section {
        name: "project",
        definition: &PROJECT,
        part: "spec",
        rules: trimtab_argoproj::tables::PROJECT,
    },
    Section {
        name: "kustomization",
        definition: &KUSTOMIZATION,
        part: "spec",
        rules: trimtab_fluxcd::tables::KUSTOMIZATION,
    },
    Section {
        name: "git-repository",
        definition: &GIT_REPOSITORY,
        part: "spec",
        rules: trimtab_fluxcd::tables::GIT_REPOSITORY,
    },
];

/// What is wrong with the page; first its tables are written, if that is wanted.
pub fn problems(write: bool) -> anyhow::Result<Vec<String>> {
    let page = read()?;
    let written = with_tables(&page)?;
    let mut problems = missing_tests(&written)?;
    if page != written && write {
        fs::write(path(), &written).context("cannot write PARITY.md")?;
    } else if page != written {
        problems.push("PARITY.md is not what the doors say: `cargo xtask tidy --write`".to_owned());
    }
    Ok(problems)
}

fn path() -> PathBuf {
    trimtab_testkit::repository().join("PARITY.md")
}

fn read() -> anyhow::Result<String> {
    fs::read_to_string(path()).context("cannot read PARITY.md")
}

/// The page with every table written anew, between its marks.
fn with_tables(page: &str) -> anyhow::Result<String> {
    let mut page = page.to_owned();
    for section in &SECTIONS {
        let begin = format!("<!-- table: {} -->\n", section.name);
        let from = page.find(&begin).map(|at| at + begin.len());
        let to = from.and_then(|from| page[from..].find("<!-- end -->").map(|to| from + to));
        let (Some(from), Some(to)) = (from, to) else {
            bail!("PARITY.md has no place for the table `{}`", section.name);
        };
        page.replace_range(from..to, &table(section)?);
    }
    Ok(page)
}

fn table(section: &Section) -> anyhow::Result<String> {
    let schema = section.definition.schema().into_value();
    let schema = &schema["properties"][section.part];
    let mut text = String::from(
        "| Field | | The test that fails without it, or why it does not act |\n|---|---|---|\n",
    );
    for row in rows(schema, section.part, section.rules) {
        let Some(rule) = row.rule else { bail!("{} has no rule", row.path) };
        // Several sources have the fields of one.
        if row.path.starts_with("spec.sources[]") || row.path.starts_with("operation.sync.source") {
            continue;
        }
        writeln!(text, "| `{}` | {} | {} |", row.path, word(&rule), note(&row, &rule))?;
    }
    Ok(text)
}

fn word(rule: &Rule) -> &'static str {
    match rule.effect {
        Effect::Acts | Effect::Fields(_) => "acts",
        Effect::ForClients => "for clients",
        Effect::NeedsNothing => "needs nothing",
        Effect::Restrains => "restrains",
        Effect::Adds => "left out",
    }
}

fn note(row: &Row, rule: &Rule) -> String {
    match rule.effect {
        Effect::Acts => format!("`{}`", rule.note),
        Effect::ForClients
        | Effect::NeedsNothing
        | Effect::Restrains
        | Effect::Adds
        | Effect::Fields(_) => {
            let except = match rule.neutral {
                [] => String::new(),
                values => format!(" (counts as not set: {})", values.join(", ")),
            };
            debug_assert!(!rule.note.is_empty(), "{}", row.path);
            format!("{}{except}", rule.note)
        }
    }
}

/// Tests that the page names and that are not there, and rows that act and name none.
fn missing_tests(page: &str) -> anyhow::Result<Vec<String>> {
    let mut missing = Vec::new();
    for name in page.split('`').filter(|name| is_test(name)) {
        if !is_there(name)? {
            missing.push(format!("PARITY.md names a test that is not there: {name}"));
        }
    }
    let acts = page.lines().filter(|line| line.contains("| acts |"));
    let untested = acts.filter(|line| !line.split('`').any(is_test));
    missing.extend(untested.map(|line| format!("PARITY.md names no test for the row {line}")));
    Ok(missing)
}

/// Whether a name reads as `room::module::test`.
fn is_test(name: &str) -> bool {
    let parts: Vec<&str> = name.split("::").collect();
    let is_word = |part: &&str| part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    parts.len() == 3 && parts.iter().all(is_word)
}

/// Whether that module of the room's tests has that function, and it is a test. The engine's proofs of
/// fields stand within its room: they ask what nobody else may see.
fn is_there(name: &str) -> anyhow::Result<bool> {
    let mut parts = name.split("::");
    let (Some(room), Some(module), Some(test)) = (parts.next(), parts.next(), parts.next()) else {
        return Ok(false);
    };
    let place = if room == "controller" { "src/tests/fields" } else { "tests/it" };
    let file = trimtab_testkit::repository().join(format!("crates/{room}/{place}/{module}.rs"));
    let text = fs::read_to_string(&file).with_context(|| format!("{name}: no {module}.rs"))?;
    Ok(is_test_in(&text, test))
}

/// Whether a file has the function, with `#[test]` among the attributes right before it.
fn is_test_in(text: &str, test: &str) -> bool {
    let Some((before, _)) = text.split_once(&format!("fn {test}(")) else { return false };
    let lines = before.lines().rev().map(str::trim);
    let attributes = lines.skip_while(|line| line.is_empty() || *line == "async");
    attributes
        .take_while(|line| line.starts_with("#[") || line.starts_with("//"))
        .any(|line| line == "#[test]" || line.starts_with("#[tokio::test"))
}

#[cfg(test)]
mod tests {
    use super::{is_test, is_test_in, problems};

    #[test]
    fn parity_is_what_the_doors_say_and_its_tests_are_there() {
        assert_eq!(problems(false).expect("PARITY.md"), [""; 0]);
    }

    #[test]
    fn a_name_has_three_parts_and_its_function_is_a_test() {
        assert!(is_test("argoproj::spec::it_works") && !is_test("a::b") && !is_test("a b::c::d"));
        let text = "#[test]\nfn one() {}\n\nfn two() {}\n#[expect(x)]\n#[test]\nfn three() {}\n";
        for (name, there) in [("one", true), ("two", false), ("three", true), ("four", false)] {
            assert_eq!(is_test_in(text, name), there, "{name}");
        }
    }
}
