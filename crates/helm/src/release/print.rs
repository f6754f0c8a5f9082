//! What `helm template` prints of a release. Source: helm `template.go`, `action.go`.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::Rendered;
use super::hook::Event;
use super::split::documents;
use crate::failure::Failure;
use crate::pattern::Pattern;

/// What is printed, and what is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// Whether the files of `crds/` are printed, before all others.
    pub definitions: bool,
    /// Whether hooks are left out.
    pub no_hooks: bool,
    /// Whether hooks that test the release are left out.
    pub no_tests: bool,
    /// Patterns of templates' paths in the chart; if there are any, nothing else is printed.
    pub only: Vec<String>,
}

/// A document that is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Document<'r> {
    /// The path of its file.
    pub path: &'r str,
    /// What it holds.
    pub bytes: &'r [u8],
    /// What it is.
    pub part: Part,
}

/// The parts of a release, in the order in which they are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A file of `crds/`.
    Definition,
    /// A manifest.
    Manifest,
    /// A hook.
    Hook,
}

impl Rendered {
    /// The documents that are printed, in order.
    pub fn documents<'r>(&'r self, printed: &Printed) -> Vec<Document<'r>> {
        let document = |path: &'r str, bytes: &'r [u8], part| Document { path, bytes, part };
        let definitions = self.definitions.iter().filter(|_| printed.definitions);
        let definitions =
            definitions.map(|file| document(&file.path, &file.bytes, Part::Definition));
        let manifests = self.manifests.iter();
        let manifests =
            manifests.map(|one| document(&one.path, one.text.as_bytes(), Part::Manifest));
        let is_test = |events: &[Event]| printed.no_tests && events.contains(&Event::Test);
        let hooks = self.hooks.iter().filter(|hook| !printed.no_hooks && !is_test(&hook.events));
        let hooks = hooks.map(|hook| document(&hook.path, hook.text.as_bytes(), Part::Hook));
        definitions.chain(manifests).chain(hooks).collect()
    }

    /// The text that is printed.
    ///
    /// # Errors
    /// One of the patterns matches none of the templates that render to something.
    pub fn print(&self, printed: &Printed) -> Result<Vec<u8>, Failure> {
        let (mut out, mut hooks) = (Vec::new(), Vec::new());
        for document in self.documents(printed) {
            let is_hook = document.part == Part::Hook;
            document.print(if is_hook { &mut hooks } else { &mut out });
        }
        let mut out = trimmed(&out).to_vec();
        out.push(b'\n');
        out.extend_from_slice(&hooks);
        if printed.only.is_empty() { Ok(out) } else { only(&out, &printed.only) }
    }
}

impl Document<'_> {
    /// Writes it under a line that names its file.
    pub fn print(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"---\n# Source: ");
        out.extend_from_slice(self.path.as_bytes());
        out.push(b'\n');
        out.extend_from_slice(self.bytes);
        out.push(b'\n');
    }
}

/// A text without the blanks of Unicode around it.
fn trimmed(text: &[u8]) -> &[u8] {
    let Ok(valid) = std::str::from_utf8(text) else {
        return text.trim_ascii();
    };
    valid.trim().as_bytes()
}

/// The documents whose paths match one of the patterns, in the patterns' order.
fn only(text: &[u8], patterns: &[String]) -> Result<Vec<u8>, Failure> {
    let documents = documents(text);
    let mut out = Vec::new();
    for pattern in patterns {
        let parsed = Pattern::parse(pattern);
        let matches = |document: &&&[u8]| match (&parsed, source(document)) {
            (Some(parsed), Some(path)) => parsed.matches(&path),
            _ => false,
        };
        let before = out.len();
        for document in documents.iter().filter(matches) {
            out.extend_from_slice(b"---\n");
            out.extend_from_slice(document);
            out.push(b'\n');
        }
        if out.len() == before {
            return Err(Failure::told(format!("could not find template {pattern} in chart")));
        }
    }
    Ok(out)
}

/// The path in the chart that a document's first such line names.
fn source(document: &[u8]) -> Option<String> {
    static SOURCE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new("# Source: [^/]+/(.+)").ok());
    let path = SOURCE.as_ref()?.captures(document)?.get(1)?;
    Some(String::from_utf8_lossy(path.as_bytes()).into_owned())
}
