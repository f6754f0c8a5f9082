//! What came out.

use crate::Inputs;
use crate::questions::{Answer, Question, hold};
use crate::shown::shown;
use std::fmt;
use trimtab_model::{Digest, Document, Manifest, Origin, limit};

/// Objects, problems, and all that was asked.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The objects, in the order of files and documents. One may be in it several times.
    pub objects: Vec<Manifest>,
    /// What is wrong; any of it makes the render incomplete.
    pub problems: Vec<Problem>,
    /// What was left out, or looks wrong and stops nothing.
    pub warnings: Vec<Warning>,
    /// Files that are manifests by their names and hold none: empty ones, and those that were passed over
    /// because they do not look like manifests; and those in which two documents seem to have become one. A file that was cut short looks the same, so an object
    /// that is missed may have been in one of them.
    pub passed_over: Vec<String>,
    /// Whether every file was read and every question answered: only then may something be pruned (P1).
    pub complete: bool,
    questions: Vec<(Question, Answer)>,
}

impl Rendered {
    pub(crate) fn new(
        objects: Vec<Manifest>,
        problems: Vec<Problem>,
        warnings: Vec<Warning>,
        questions: Vec<(Question, Answer)>,
    ) -> Self {
        let complete = problems.is_empty();
        Self { complete, objects, problems, warnings, passed_over: Vec::new(), questions }
    }

    /// The render of a source that cannot be read at all.
    pub fn unreadable(reason: String) -> Self {
        let problem = Problem {
            file: String::new(),
            line: 0,
            column: 0,
            kind: ProblemKind::Unreadable,
            message: reason,
        };
        Self::new(Vec::new(), vec![problem], Vec::new(), Vec::new())
    }

    /// The render of a source that was not rendered to its end: nothing of what came out until then counts.
    pub(crate) fn broken_off() -> Self {
        let message = format!(
            "rendering took longer than {} s and was broken off; it is tried again later: split the \
             source over several applications, or let its files and patterns be fewer or shorter",
            limit::RENDER_SECONDS_MAX
        );
        let (file, kind) = (String::new(), ProblemKind::BrokenOff);
        let problem = Problem { file, line: 0, column: 0, kind, message };
        Self::new(Vec::new(), vec![problem], Vec::new(), Vec::new())
    }

    /// Whether the tree itself could not be read, which another try may do.
    pub fn is_unreadable(&self) -> bool {
        self.problems.iter().any(|problem| problem.kind == ProblemKind::Unreadable)
    }

    /// Whether it was not rendered to its end, because it was over before.
    pub fn is_broken_off(&self) -> bool {
        self.problems.iter().any(|problem| problem.kind == ProblemKind::BrokenOff)
    }

    /// Whether these inputs would give the same render: every question is answered as it was. A render
    /// that failed to read its tree, or was broken off, is never trusted.
    pub fn still_holds(&self, inputs: &dyn Inputs) -> bool {
        !self.is_unreadable() && !self.is_broken_off() && hold(&self.questions, inputs)
    }

    /// What was asked, with the digests of the answers.
    pub fn questions(&self) -> &[(Question, Answer)] {
        &self.questions
    }

    /// A digest of the objects and problems, whatever was asked for them.
    pub fn digest(&self) -> Digest {
        let mut parts: Vec<Vec<u8>> = Vec::new();
        for object in &self.objects {
            parts.push(Digest::of_json(&object.body).as_bytes().to_vec());
        }
        parts.extend(self.problems.iter().map(|problem| problem.to_string().into_bytes()));
        Digest::of_parts(parts.iter().map(Vec::as_slice))
    }
}

/// A render at rest: what was asked for it, and its objects as text.
#[derive(Clone, Debug)]
pub struct Kept {
    objects: Vec<(Document, Origin)>,
    /// Without objects.
    rest: Rendered,
}

impl Kept {
    /// Keeps a render.
    pub fn new(mut rendered: Rendered) -> Self {
        let objects = std::mem::take(&mut rendered.objects);
        let objects = objects.into_iter().map(|it| (Document::of(&it.body), it.origin)).collect();
        Self { objects, rest: rendered }
    }

    /// The render, read anew.
    pub fn open(&self) -> Rendered {
        let manifest = |(document, origin): &(Document, Origin)| {
            Manifest::new(document.value(), origin.clone())
        };
        // They were manifests before they were kept. A render with one less would not be whole.
        match self.objects.iter().map(manifest).collect() {
            Ok(objects) => Rendered { objects, ..self.rest.clone() },
            Err(error) => {
                Rendered::unreadable(format!("a bug of ours ({error}); please report it"))
            }
        }
    }

    /// As [`Rendered::is_unreadable`].
    pub fn is_unreadable(&self) -> bool {
        self.rest.is_unreadable()
    }

    /// As [`Rendered::is_broken_off`].
    pub fn is_broken_off(&self) -> bool {
        self.rest.is_broken_off()
    }

    /// As [`Rendered::still_holds`].
    pub fn still_holds(&self, inputs: &dyn Inputs) -> bool {
        self.rest.still_holds(inputs)
    }
}

/// Something wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, from the root of the source; empty when no file is meant.
    pub file: String,
    /// The line from 1; 0 when the whole file is meant.
    pub line: u32,
    /// The column from 1; 0 when the whole line is meant.
    pub column: u32,
    /// Its sort.
    pub kind: ProblemKind,
    /// What is wrong, and what to do.
    pub message: String,
}

/// The sorts of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// The path is not there.
    PathMissing,
    /// A text is not what it should be.
    Syntax,
    /// A document is no object of Kubernetes.
    NotAnObject,
    /// A link leads out of the source, or has no readable target.
    Link,
    /// A link leads in circles.
    LinkLoop,
    /// Something is larger than it may be.
    Limit,
    /// Something is accepted and not rendered yet.
    NotSupported,
    /// The tree could not be read.
    Unreadable,
    /// The render was not finished in its time.
    BrokenOff,
    /// A rule of the source cannot be read.
    Rule,
    /// Two documents describe one object, and nothing says which of them counts.
    Repeated,
}

/// Displays as `apps/web.yaml:3:5: message`, on one line whatever the file's name is.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, message) = (shown(&self.file), shown(&self.message));
        match (file.is_empty(), self.line, self.column) {
            (true, ..) => write!(f, "{message}"),
            (false, 0, _) => write!(f, "{file}: {message}"),
            (false, line, 0) => write!(f, "{file}:{line}: {message}"),
            (false, line, column) => write!(f, "{file}:{line}:{column}: {message}"),
        }
    }
}

/// Something that stops nothing, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// The file, from the root of the source.
    pub file: String,
    /// The line from 1; 0 when the whole file is meant.
    pub line: u32,
    /// What it is.
    pub message: String,
}

/// Displays as `apps/web.yaml:3: message`, on one line whatever the file's name is.
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, message) = (shown(&self.file), shown(&self.message));
        match self.line {
            0 => write!(f, "{file}: {message}"),
            line => write!(f, "{file}:{line}: {message}"),
        }
    }
}
