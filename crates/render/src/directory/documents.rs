//! The documents of one file.

use super::collected::Collected;
use super::files::{File, Sort};
use super::items::items;
use crate::{Problem, ProblemKind, Warning};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use trimtab_model::{Directory, FileSelection, Manifest, ManifestError, Origin, limit};
use trimtab_yaml::{Dialect, Limits, Note, Rules, documents, one_json_object};

/// A file that says so is passed over. Source: argo-cd `reposerver/repository/repository.go`.
const SKIP_MARKER: &[u8] = b"+argocd:skip-file-rendering";

/// How a file begins whose content is elsewhere. It reads as one harmless text. Source: the Git LFS
/// specification, version 1.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1";

/// What is said of a character that nothing begins with. Source: libyaml, as Go's library has it.
const NO_TOKEN: &str = "found character that cannot start any token";

/// Takes the documents of a file.
pub(super) fn take(file: &File, text: &[u8], rules: &Directory, out: &mut Collected) {
    let lenient = rules.files == FileSelection::LooksLikeManifests;
    if lenient && contains(text, SKIP_MARKER) {
        return;
    }
    // Comments are a person's; nothing at all is what is left of a file that was cut short.
    if text.trim_ascii().is_empty() {
        out.passed_over(&file.path);
    }
    if let Some(message) = not_supported(file, text) {
        out.problem(crate::walk::problem(&file.path, ProblemKind::NotSupported, message));
        return;
    }
    let left = limit::RENDER_NODES_MAX.saturating_sub(out.nodes);
    let found = read(file, text, (rules, left));
    out.nodes += found.nodes;
    out.bytes += found.copied;
    if out.nodes >= limit::RENDER_NODES_MAX {
        // What the file holds is not known whole, and the caller goes no further.
        return;
    }
    if found.merged {
        out.passed_over(&file.path);
    }
    // A JSON file is never passed over: one that is broken holds objects that we cannot see.
    let may_be_none = lenient && file.sort == Sort::Yaml && !found.any_valid;
    if may_be_none && !found.problems.is_empty() && !looks_like_manifests(text) {
        out.passed_over(&file.path);
        let message = "passed over: it does not look like manifests".to_owned();
        out.warning(Warning { file: file.path.clone(), line: 0, message });
        return;
    }
    out.objects.extend(found.objects);
    found.problems.into_iter().for_each(|problem| out.problem(problem));
    found.warnings.into_iter().for_each(|warning| out.warning(warning));
}

/// Why a file holds objects that we cannot see.
fn not_supported(file: &File, text: &[u8]) -> Option<&'static str> {
    if file.sort == Sort::Jsonnet {
        return Some("Jsonnet is not supported yet: render it to YAML, or exclude the file");
    }
    let pointer = text.starts_with(LFS_POINTER);
    pointer.then_some("is kept in Git LFS, which is not supported yet: keep it in Git itself")
}

/// What one file holds.
#[derive(Default)]
struct Found {
    objects: Vec<Manifest>,
    problems: Vec<Problem>,
    warnings: Vec<Warning>,
    /// Whether a document is an object of some kind, so that the file means to be manifests.
    any_valid: bool,
    /// Whether a document looks like two whose separator was lost.
    merged: bool,
    nodes: u64,
    copied: u64,
}

/// Reads a file that may have so many nodes.
fn read(file: &File, text: &[u8], (rules, nodes): (&Directory, u64)) -> Found {
    let dialect = match rules.files {
        FileSelection::LooksLikeManifests => Dialect::Kubectl,
        FileSelection::EveryYamlFile => Dialect::Kustomize,
    };
    let limits = Limits::default();
    let limits = Limits { nodes: limits.nodes.min(nodes), ..limits };
    let read = Rules { dialect, duplicate_keys: rules.duplicate_keys, limits };
    let read = match file.sort {
        Sort::Json => one_json_object(text, read),
        Sort::Yaml | Sort::Jsonnet => documents(text, read),
    };
    let lines: Vec<&[u8]> = if read.problems.is_empty() {
        Vec::new()
    } else {
        text.split(|byte| *byte == b'\n').collect()
    };
    let syntax = |note: Note| Problem {
        file: file.path.clone(),
        line: note.line,
        column: note.column,
        kind: ProblemKind::Syntax,
        message: explained(note, &lines),
    };
    let problems = read.problems.into_iter().map(syntax).collect();
    let (nodes, copied) = (read.nodes, read.copied);
    let mut found = Found { problems, nodes, copied, ..Found::default() };
    let path = file.path.as_str().into();
    for document in read.documents {
        let warning = |note: Note| Warning {
            file: file.path.clone(),
            line: note.line,
            message: note.message,
        };
        found.warnings.extend(document.warnings.into_iter().map(warning));
        found.merged |= document.merged;
        found.any_valid |= document.value.get("kind").and_then(Value::as_str).is_some();
        let origin = Origin { file: std::sync::Arc::clone(&path), line: document.line };
        for item in items(document.value) {
            found.take(item, &origin, rules);
        }
    }
    found
}

/// The reference's words, and what they mean where a tab indents, which nobody sees.
fn explained(note: Note, lines: &[&[u8]]) -> String {
    let place = |number: u32| usize::try_from(number).unwrap_or(usize::MAX).wrapping_sub(1);
    let line = lines.get(place(note.line)).map(|line| String::from_utf8_lossy(line));
    let is_tab = line.is_some_and(|line| line.chars().nth(place(note.column)) == Some('\t'));
    if is_tab && note.message == NO_TOKEN {
        return format!("{NO_TOKEN}: it is a tab; indent with spaces");
    }
    note.message
}

impl Found {
    fn take(&mut self, value: Value, origin: &Origin, rules: &Directory) {
        if let Some(message) = passed_over(&value, rules) {
            let (file, line) = (origin.file.to_string(), origin.line);
            self.warnings.push(Warning { file, line, message });
            return;
        }
        let subject = subject(&value);
        match Manifest::new(value, origin.clone()) {
            Ok(mut manifest) => {
                if rules.files == FileSelection::EveryYamlFile {
                    annotations_as_texts(&mut manifest.body);
                }
                set_over(&mut manifest.body, "labels", &rules.common_labels);
                set_over(&mut manifest.body, "annotations", &rules.common_annotations);
                self.objects.push(manifest);
            }
            Err(error) => self.problems.push(Problem {
                file: origin.file.to_string(),
                line: origin.line,
                column: 0,
                kind: ProblemKind::NotAnObject,
                message: format!("{subject}{error}; {}", advice(&error)),
            }),
        }
    }
}

/// Why a document that stands among manifests is none, where the reference drops it without a word:
/// Kustomize takes what has no `apiVersion`, and what follows it does not. Source: fluxcd/pkg
/// `ssa/utils` (`ReadObjects`).
fn passed_over(value: &Value, rules: &Directory) -> Option<String> {
    if rules.files != FileSelection::EveryYamlFile {
        return None;
    }
    let text = |path: &str| value.pointer(path).and_then(Value::as_str).filter(|t| !t.is_empty());
    let (kind, _) = (text("/kind")?, text("/metadata/name")?);
    match text("/apiVersion") {
        None => Some(format!("passed over: {}it has no apiVersion", subject(value))),
        Some(version) => {
            let kustomization = kind.eq_ignore_ascii_case("kustomization")
                && version.starts_with("kustomize.config.k8s.io/");
            kustomization.then(|| "passed over: it is for Kustomize".to_owned())
        }
    }
}

/// Names a document, as far as it names itself.
fn subject(value: &Value) -> String {
    let text = |path: &str| value.pointer(path).and_then(Value::as_str);
    match (text("/kind"), text("/metadata/name")) {
        (Some(kind), Some(name)) => format!("{kind}/{name}: "),
        (Some(name), None) | (None, Some(name)) => format!("{name}: "),
        (None, None) => String::new(),
    }
}

fn advice(error: &ManifestError) -> &'static str {
    match error {
        ManifestError::NotText { .. } => "put quotes around it",
        ManifestError::NotAName { .. } => "give the object's own name",
        ManifestError::NotAVersion(_) => "give the version of its kind",
        ManifestError::NotAnObject | ManifestError::Missing { .. } => {
            "every object needs apiVersion, kind and metadata.name"
        }
    }
}

/// Makes texts of annotations that are none. Those of a document are texts already, as they were
/// written; Kustomize does the same to the items of a list, of which only values are left.
fn annotations_as_texts(body: &mut Value) {
    let annotations = body.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut);
    for value in annotations.into_iter().flat_map(|annotations| annotations.values_mut()) {
        if value.is_boolean() || value.is_number() || value.is_null() {
            *value = Value::String(value.to_string());
        }
    }
}

/// Sets labels or annotations of an object over its own. What is no mapping there is left to the
/// server, which refuses it.
fn set_over(body: &mut Value, field: &str, values: &BTreeMap<String, String>) {
    let metadata = body.get_mut("metadata").filter(|_| !values.is_empty());
    let Some(Value::Object(metadata)) = metadata else { return };
    let own = metadata.entry(field).or_insert(Value::Null);
    if own.is_null() {
        *own = Value::Object(Map::new());
    }
    if let Value::Object(own) = own {
        own.extend(values.iter().map(|(name, value)| (name.clone(), value.as_str().into())));
    }
}

/// Whether a text that cannot be read has the three words that objects begin with, as keys. The
/// reference looks for them without quotes only; broken JSON in a YAML file would then be no
/// manifests, and all its objects would be pruned.
fn looks_like_manifests(text: &[u8]) -> bool {
    ["apiVersion", "kind", "metadata"].iter().all(|word| has_key(text, word.as_bytes()))
}

fn has_key(text: &[u8], word: &[u8]) -> bool {
    let is_key = |at: usize| {
        let rest = &text[at + word.len()..];
        let rest = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'")).unwrap_or(rest);
        rest.trim_ascii_start().starts_with(b":")
    };
    let windows = text.windows(word.len()).enumerate();
    windows.filter(|(_, window)| *window == word).any(|(at, _)| is_key(at))
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}
