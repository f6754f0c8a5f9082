//! The documents of one file.

use crate::{Problem, ProblemKind, Warning};
use serde_json::Value;
use std::sync::Arc;
use trimtab_model::{Directory, FileSelection, Manifest, Origin};
use trimtab_yaml::{Document, Note, Rules, documents, one_json_object};

/// Objects as they come out of files.
#[derive(Default)]
pub(super) struct Documents {
    pub objects: Vec<Manifest>,
}

/// A file that says so is passed over. Source: argo-cd `reposerver/repository/repository.go`.
const SKIP_MARKER: &[u8] = b"+argocd:skip-file-rendering";

impl Documents {
    /// Takes the documents of a file.
    pub fn take(
        &mut self,
        path: &str,
        text: &[u8],
        rules: &Directory,
        problems: &mut Vec<Problem>,
        warnings: &mut Vec<Warning>,
    ) {
        let lenient = rules.files == FileSelection::LooksLikeManifests;
        if lenient && contains(text, SKIP_MARKER) {
            return;
        }
        let read = Rules { duplicate_keys: rules.duplicate_keys, ..Rules::default() };
        let read = if lenient && path.ends_with(".json") {
            one_json_object(text, read)
        } else {
            documents(text, read)
        };
        let file: Arc<str> = path.into();
        let mut found = Vec::new();
        let mut wrong: Vec<Problem> =
            read.problems.iter().map(|note| problem(path, note, ProblemKind::Syntax)).collect();
        for document in read.documents {
            warnings.extend(document.warnings.iter().map(|note| warning(path, note)));
            objects(&file, document, lenient, &mut found, &mut wrong);
        }
        if lenient && found.is_empty() && !wrong.is_empty() && !looks_like_manifests(text) {
            let message = "passed over: it does not look like manifests".to_owned();
            warnings.push(Warning { file: path.to_owned(), line: 0, message });
            return;
        }
        self.objects.append(&mut found);
        problems.append(&mut wrong);
    }
}

/// One document, or the items of a list, as manifests.
fn objects(
    file: &Arc<str>,
    document: Document,
    lenient: bool,
    found: &mut Vec<Manifest>,
    wrong: &mut Vec<Problem>,
) {
    let origin = Origin { file: file.clone(), line: document.line };
    let mut value = document.value;
    let is_list = value.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
    if let Some(items) = value.get_mut("items").filter(|_| is_list).and_then(Value::as_array_mut) {
        for item in std::mem::take(items) {
            one(item, &origin, lenient, found, wrong);
        }
        return;
    }
    one(value, &origin, lenient, found, wrong);
}

fn one(value: Value, origin: &Origin, lenient: bool, found: &mut Vec<Manifest>, wrong: &mut Vec<Problem>) {
    let name = name_of(&value);
    match Manifest::new(value, origin.clone()) {
        Ok(manifest) => found.push(manifest),
        // Source: fluxcd/pkg `ssa/utils`: what has no apiVersion, kind or name is no object, and is
        // passed over without a word.
        Err(trimtab_model::ManifestError::Missing { .. }) if !lenient => {}
        Err(error) => {
            let subject = name.map(|name| format!("{name}: ")).unwrap_or_default();
            wrong.push(Problem {
                file: origin.file.to_string(),
                line: origin.line,
                column: 0,
                kind: ProblemKind::NotAnObject,
                message: format!("{subject}{error}; every object needs apiVersion, kind and metadata.name"),
            });
        }
    }
}

fn name_of(value: &Value) -> Option<String> {
    let text = |path: &str| value.pointer(path).and_then(Value::as_str);
    match (text("/kind"), text("/metadata/name")) {
        (Some(kind), Some(name)) => Some(format!("{kind}/{name}")),
        (Some(kind), None) => Some(kind.to_owned()),
        (None, name) => name.map(str::to_owned),
    }
}

fn problem(path: &str, note: &Note, kind: ProblemKind) -> Problem {
    Problem { file: path.to_owned(), line: note.line, column: note.column, kind, message: note.message.clone() }
}

fn warning(path: &str, note: &Note) -> Warning {
    Warning { file: path.to_owned(), line: note.line, message: note.message.clone() }
}

fn looks_like_manifests(text: &[u8]) -> bool {
    [&b"apiVersion:"[..], b"kind:", b"metadata:"].iter().all(|word| contains(text, word))
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}
