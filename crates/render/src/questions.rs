//! What was asked, and what was answered.

use crate::{FileTree, Id, Inputs, Kind, Unreadable};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use trimtab_model::Digest;

/// Something that a render asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// What lies at a path: its kind, and of a file or link its content.
    At(String),
    /// Which names and kinds a directory has; what lies below them is another question.
    Listing(String),
    /// Everything below a directory. Asked again first: if the answer holds, those below need not be
    /// asked.
    Below(String),
}

/// The digest of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// There is nothing.
    Absent,
    /// There is a directory.
    Directory,
    /// There is something with this content: a file, or all that is listed or lies below.
    Is(Id),
    /// There is a link with this target. A file may have the same content.
    Link(Id),
    /// There is something else, a submodule.
    Other(Id),
}

/// A render's eyes: every question passes here and is kept.
pub(crate) struct Asked<'a> {
    inputs: &'a dyn Inputs,
    questions: RefCell<BTreeMap<Question, Answer>>,
    broken_off: Cell<bool>,
}

impl<'a> Asked<'a> {
    pub(crate) fn new(inputs: &'a dyn Inputs) -> Self {
        Self { inputs, questions: RefCell::default(), broken_off: Cell::new(false) }
    }

    /// Whether the render is to be broken off. From then on nothing is answered any more.
    pub(crate) fn is_over(&self) -> bool {
        self.broken_off.set(self.broken_off.get() || self.inputs.is_over());
        self.broken_off.get()
    }

    /// Whether anything was not answered because the render was broken off.
    pub(crate) fn was_broken_off(&self) -> bool {
        self.broken_off.get()
    }

    /// The files, to ask about one path.
    fn files(&self, path: &str) -> Result<&'a dyn FileTree, Unreadable> {
        if self.is_over() {
            let (path, reason) = (path.to_owned(), "the render was broken off".to_owned());
            return Err(Unreadable { path, reason });
        }
        Ok(self.inputs.files())
    }

    /// As [`FileTree::size`]. What a file has was asked when it was found.
    pub(crate) fn size(&self, path: &str) -> Result<u64, Unreadable> {
        self.files(path)?.size(path)
    }

    /// As [`FileTree::read`]. What a file has was asked when it was found.
    pub(crate) fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        self.files(path)?.read(path)
    }

    pub(crate) fn entry(&self, path: &str) -> Result<Option<crate::Entry>, Unreadable> {
        let entry = self.files(path)?.entry(path)?;
        self.keep(Question::At(path.to_owned()), at(entry.as_ref()));
        Ok(entry)
    }

    pub(crate) fn list(&self, path: &str) -> Result<Option<Vec<crate::Entry>>, Unreadable> {
        let entries = listed(self.files(path)?, path)?;
        self.keep(Question::Listing(path.to_owned()), listing(entries.as_deref()));
        Ok(entries)
    }

    /// Notes that everything that is asked below a directory may be answered at once.
    pub(crate) fn below(&self, path: &str) -> Result<(), Unreadable> {
        let entry = self.files(path)?.entry(path)?;
        self.keep(Question::Below(path.to_owned()), below(entry.as_ref()));
        Ok(())
    }

    pub(crate) fn into_questions(self) -> Vec<(Question, Answer)> {
        self.questions.into_inner().into_iter().collect()
    }

    fn keep(&self, question: Question, answer: Answer) {
        self.questions.borrow_mut().insert(question, answer);
    }
}

/// Whether every question is answered as it was. An answer that cannot be had, also because there is no
/// time left to ask, is another answer.
pub(crate) fn hold(questions: &[(Question, Answer)], inputs: &dyn Inputs) -> bool {
    let files = inputs.files();
    let asked_again = |question: &Question| {
        if inputs.is_over() {
            return None;
        }
        Some(match question {
            Question::At(path) => at(files.entry(path).ok()?.as_ref()),
            Question::Listing(path) => listing(listed(files, path).ok()?.as_deref()),
            Question::Below(path) => below(files.entry(path).ok()?.as_ref()),
        })
    };
    let holds = |(question, answer): &(Question, Answer)| asked_again(question) == Some(*answer);
    let mut unchanged = Vec::new();
    for asked in questions {
        if let Question::Below(path) = &asked.0
            && holds(asked)
        {
            unchanged.push(path);
        }
    }
    let covered = |path: &str| unchanged.iter().any(|directory| is_in(path, directory));
    questions.iter().all(|asked| match &asked.0 {
        // A directory that changed somewhere is asked in detail.
        Question::Below(_) => true,
        Question::At(path) | Question::Listing(path) => covered(path) || holds(asked),
    })
}

/// A directory's entries by name, whatever order the tree has them in.
fn listed(files: &dyn FileTree, path: &str) -> Result<Option<Vec<crate::Entry>>, Unreadable> {
    let mut entries = files.list(path)?;
    if let Some(entries) = &mut entries {
        entries.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(entries)
}

fn is_in(path: &str, directory: &str) -> bool {
    directory.is_empty()
        || path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn at(entry: Option<&crate::Entry>) -> Answer {
    let Some(entry) = entry else { return Answer::Absent };
    match entry.kind {
        Kind::Directory => Answer::Directory,
        Kind::File => Answer::Is(entry.id),
        Kind::Link => Answer::Link(entry.id),
        Kind::Other => Answer::Other(entry.id),
    }
}

fn below(entry: Option<&crate::Entry>) -> Answer {
    entry.map_or(Answer::Absent, |entry| Answer::Is(entry.id))
}

fn listing(entries: Option<&[crate::Entry]>) -> Answer {
    let Some(entries) = entries else { return Answer::Absent };
    let kinds: Vec<[u8; 1]> = entries.iter().map(|entry| [entry.kind as u8]).collect();
    let parts =
        entries.iter().zip(&kinds).flat_map(|(e, kind)| [e.name.as_bytes(), kind.as_slice()]);
    Answer::Is(Id::new(Digest::of_parts(parts).as_bytes()))
}
