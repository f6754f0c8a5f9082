//! The documents of a text.

use crate::decode::{Decoded, decode};
use crate::json;
use crate::limits::{Budget, Limits};
use crate::parse::{Parsed, parse};
use crate::resolve::Dialect;
use crate::split::{Chunk, next_separator, split};
use crate::text::{Fault, Lines, as_utf8, characters};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use trimtab_model::DuplicateKeys;

/// How a text is read, where readers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Which tool's reading counts.
    pub dialect: Dialect,
    /// What a key that appears twice in one mapping means.
    pub duplicate_keys: DuplicateKeys,
    /// The bounds of the text.
    pub limits: Limits,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            dialect: Dialect::Kubectl,
            duplicate_keys: DuplicateKeys::LastWins,
            limits: Limits::default(),
        }
    }
}

/// What a text holds: every document that could be read, and what is wrong with every other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    /// The documents in the order of the text, without empty ones.
    pub documents: Vec<Document>,
    /// What is wrong, in the order of the text. If there is any, the text was not read whole.
    pub problems: Vec<Note>,
    /// How many nodes were read, aliases expanded.
    pub nodes: u64,
    /// How many bytes of texts aliases copied: a few of them make far more of a text than it has.
    pub copied: u64,
}

/// One document.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its value; never `null`.
    pub value: Value,
    /// The line where its value begins, from 1.
    pub line: u32,
    /// What kubectl would not have said about it.
    pub warnings: Vec<Note>,
    /// Whether `apiVersion` and `kind` each appear twice: two documents whose separator was lost look so.
    pub merged: bool,
}

/// A problem or a warning, and its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// One clause. It may quote keys of the text, never values of a Secret's kind.
    pub message: String,
}

/// The most warnings of one document; the last one then counts the rest.
const WARNINGS_MAX: usize = 20;

/// Reads every document of a text, as `kubectl apply -f` does. The text is a stream of JSON objects
/// if it begins with `{` and can be read as one, and else YAML. Where kubectl stops at the first
/// problem, reading goes on behind the next separator.
pub fn documents(text: &[u8], rules: Rules) -> Contents {
    let mut reader = match Reader::new(text, rules) {
        Ok(reader) => reader,
        Err(problem) => return Contents { problems: vec![problem], ..Contents::default() },
    };
    let yaml_from = if json::is_stream(&reader.bytes) { reader.json() } else { Some(0) };
    if let Some(from) = yaml_from {
        reader.yaml(from);
    }
    reader.finish()
}

/// Reads the one JSON object of a text, as Argo CD reads a `.json` file. Source: argo-cd
/// `repository.go` (`getObjsFromYAMLOrJSON`).
pub fn one_json_object(text: &[u8], rules: Rules) -> Contents {
    let mut reader = match Reader::new(text, rules) {
        Ok(reader) => reader,
        Err(problem) => return Contents { problems: vec![problem], ..Contents::default() },
    };
    match reader.next_json(0) {
        Ok(Some(next)) if json::skip_space(&reader.bytes, next) < reader.bytes.len() => {
            let at = json::skip_space(&reader.bytes, next);
            reader.problem(Fault::new(at, "a JSON file holds one object, and here is more"));
        }
        Ok(Some(_)) => {}
        Ok(None) => reader.problem(Fault::new(0, "the file holds no JSON object")),
        Err(fault) => reader.problem(fault),
    }
    reader.finish()
}

/// Reads one text from its start to its end.
struct Reader<'t> {
    bytes: Cow<'t, [u8]>,
    rules: Rules,
    budget: Budget,
    documents: Vec<Found>,
    faults: Vec<Fault>,
    /// Where the first bytes were replaced that are no text.
    replaced: Option<usize>,
}

/// A document whose places are still byte offsets.
struct Found {
    at: usize,
    value: Value,
    warnings: Vec<Fault>,
    merged: bool,
}

impl<'t> Reader<'t> {
    fn new(text: &'t [u8], rules: Rules) -> Result<Self, Note> {
        if text.len() as u64 > rules.limits.bytes {
            let message = format!("longer than {} bytes", rules.limits.bytes);
            return Err(Note { line: 1, column: 1, message });
        }
        let (mut bytes, replaced) = as_utf8(text);
        // kubectl reads line by line and ends each line.
        if bytes.last().is_some_and(|byte| *byte != b'\n') {
            bytes.to_mut().push(b'\n');
        }
        let budget = Budget::new(rules.limits);
        Ok(Self { bytes, rules, budget, documents: Vec::new(), faults: Vec::new(), replaced })
    }

    /// Reads a stream of JSON values. Returns where YAML begins instead: what fails as JSON behind
    /// at most one value may still be YAML. Source: apimachinery `YAMLOrJSONDecoder`.
    fn json(&mut self) -> Option<usize> {
        let (mut at, mut count) = (0, 0);
        loop {
            match self.next_json(at) {
                Ok(None) => return None,
                Ok(Some(next)) => at = next,
                // The decoder looks at four bytes before it turns to YAML.
                Err(_) if count <= 1 && at + 4 <= self.bytes.len() => {
                    return Some(json::skip_line_of_space(&self.bytes, at));
                }
                Err(fault) => {
                    let next = next_separator(&self.bytes, fault.at);
                    self.problem(fault);
                    return next;
                }
            }
            count += 1;
        }
    }

    /// Reads one JSON value. Returns where it ends, or `None` at the end of the text.
    fn next_json(&mut self, at: usize) -> Result<Option<usize>, Fault> {
        let start = json::skip_space(&self.bytes, at);
        if start >= self.bytes.len() {
            return Ok(None);
        }
        let (decoded, end) = json::value(&self.bytes, start, &mut self.budget)?;
        self.accept(start, decoded, None);
        Ok(Some(end))
    }

    fn yaml(&mut self, from: usize) {
        let bytes = std::mem::take(&mut self.bytes);
        let (chunks, faults) = split(&bytes, from);
        self.faults.extend(faults);
        for (index, chunk) in chunks.iter().enumerate() {
            if index >= self.rules.limits.documents {
                let message = format!("more than {} documents", self.rules.limits.documents);
                self.problem(Fault::new(chunk.at, message));
                break;
            }
            if let Err(fault) = self.yaml_document(chunk) {
                self.problem(fault.moved_by(chunk.at));
            }
            if self.budget.is_spent() {
                break;
            }
        }
        self.bytes = bytes;
    }

    fn yaml_document(&mut self, chunk: &Chunk<'_>) -> Result<(), Fault> {
        let text = characters(chunk.bytes)?;
        let Some(Parsed { graph, root, unread }) = parse(text, &mut self.budget)? else {
            return Ok(());
        };
        let mut decoded = decode(&graph, root, self.rules.dialect, &mut self.budget)?;
        let duplicates = std::mem::take(&mut decoded.duplicates).into_iter();
        decoded.duplicates = duplicates.map(|(at, key)| (at + chunk.at, key)).collect();
        let at = chunk.at + graph.get(root).at;
        self.accept(at, decoded, unread.map(|at| at + chunk.at));
        Ok(())
    }

    /// Keeps a document, unless a key that appears twice makes it a problem.
    fn accept(&mut self, at: usize, decoded: Decoded, unread: Option<usize>) {
        let Decoded { value, duplicates } = decoded;
        if !duplicates.is_empty() && self.rules.duplicate_keys == DuplicateKeys::Refuse {
            self.faults.extend(bounded(duplicates, "appears twice in one mapping"));
            return;
        }
        let merged = ["apiVersion", "kind"]
            .iter()
            .all(|key| duplicates.values().any(|duplicate| duplicate == key));
        let mut warnings = bounded(duplicates, "appears twice in one mapping; the last one counts");
        warnings.extend(unread.map(|at| {
            let message = "the document ends here: what follows, up to the next `---`, is not read";
            Fault::new(at, message)
        }));
        if !value.is_null() {
            self.documents.push(Found { at, value, warnings, merged });
        }
    }

    fn problem(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Says of the document that has them that bytes were replaced.
    fn warn_of_replaced(&mut self) {
        let Some(at) = self.replaced else { return };
        let behind = self.documents.partition_point(|document| document.at <= at);
        if let Some(document) = self.documents.get_mut(behind.saturating_sub(1)) {
            let message = "bytes that are not UTF-8 are read as U+FFFD";
            document.warnings.push(Fault::new(at, message));
        }
    }

    fn finish(mut self) -> Contents {
        self.warn_of_replaced();
        let lines = Lines::of(&self.bytes);
        let note = |fault: Fault| {
            let (line, column) = lines.place(fault.at);
            Note { line, column, message: fault.message.into_owned() }
        };
        self.faults.sort_by_key(|fault| fault.at);
        let document = |found: Found| Document {
            value: found.value,
            line: lines.place(found.at).0,
            warnings: found.warnings.into_iter().map(note).collect(),
            merged: found.merged,
        };
        Contents {
            documents: self.documents.into_iter().map(document).collect(),
            problems: self.faults.into_iter().map(note).collect(),
            nodes: self.budget.spent(),
            copied: self.budget.copied(),
        }
    }
}

/// A fault for each key that appears twice, up to a bound.
fn bounded(duplicates: BTreeMap<usize, String>, what: &str) -> Vec<Fault> {
    let rest = duplicates.len().saturating_sub(WARNINGS_MAX);
    let last = duplicates.keys().next_back().copied().unwrap_or(0);
    let key = |(at, key): (usize, String)| {
        Fault::new(at, format!("the key `{}` {what}", crate::decode::shown(&key)))
    };
    let mut faults: Vec<_> = duplicates.into_iter().take(WARNINGS_MAX).map(key).collect();
    if rest > 0 {
        faults.push(Fault::new(last, format!("{rest} more keys appear twice")));
    }
    faults
}
