//! Which refs somebody wants.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use trimtab_model::{Commit, RevisionSpec};

use super::refs::is_abbreviation;
use super::{Id, RefRow};

/// Which refs somebody wants, besides `HEAD`. A remote may have very many: others are not asked for where
/// its server can be told so, and never kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedRefs {
    /// Full names.
    names: BTreeSet<Arc<str>>,
    /// Beginnings of commits, or whole ones, in lower case: refs that lead to them are of use.
    commits: BTreeSet<Arc<str>>,
    /// Whether any branch or tag may lead to one of the commits, and it matters which.
    any: bool,
}

impl WantedRefs {
    /// Those that these revisions need.
    pub fn of<'a>(specs: impl IntoIterator<Item = &'a RevisionSpec>) -> Self {
        let mut wanted = Self::default();
        specs.into_iter().for_each(|spec| wanted.add(spec));
        wanted
    }

    fn add(&mut self, spec: &RevisionSpec) {
        match spec {
            RevisionSpec::Head => {}
            RevisionSpec::Branch(name) => self.name(format!("refs/heads/{name}")),
            RevisionSpec::Tag(name) => self.name(format!("refs/tags/{name}")),
            RevisionSpec::Ref(name) => self.name(name.to_string()),
            RevisionSpec::Commit { commit, .. } => self.commit(commit),
            RevisionSpec::Named(name) => {
                self.commit(name);
                self.name(name.to_string());
                self.name(format!("refs/heads/{name}"));
                self.name(format!("refs/tags/{name}"));
            }
        }
    }

    /// A ref by its full name. What has no full name, or cannot stand in a line, is no ref's.
    pub fn name(&mut self, name: String) {
        if name.starts_with("refs/") && !name.contains(|c: char| c.is_control() || c == ' ') {
            self.names.insert(name.into());
        }
    }

    /// Whatever leads to a commit that was announced.
    pub fn announced(&mut self, commit: &Commit) {
        self.commits.insert(commit.as_str().into());
        self.any = true;
    }

    fn commit(&mut self, text: &str) {
        let text = text.to_ascii_lowercase();
        if Commit::parse(&text).is_some() {
            // It is known without any ref; a server of old gives it only by a tag that leads to it.
            self.commits.insert(text.into());
        } else if is_abbreviation(&text) {
            self.commits.insert(text.into());
            self.any = true;
        }
    }

    /// Whether every branch and tag is to be looked at.
    pub fn needs_all(&self) -> bool {
        self.any
    }

    /// The full names.
    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.names.iter()
    }

    /// Whether a ref is wanted by its name.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

/// Two commits that begin alike are enough to know that the beginning says nothing.
const ALIKE_MAX: usize = 2;

/// Takes the refs of a remote one by one, and keeps what is wanted.
#[derive(Debug)]
pub struct Sieve {
    wanted: WantedRefs,
    rows: BTreeMap<Box<str>, RefRow>,
    /// The commits that rows are kept for, by what of them was wanted.
    alike: Vec<(Arc<str>, BTreeSet<Id>)>,
}

impl Sieve {
    /// Has seen nothing yet.
    pub fn new(wanted: &WantedRefs) -> Self {
        let alike = wanted.commits.iter().map(|text| (text.clone(), BTreeSet::new())).collect();
        Self { wanted: wanted.clone(), rows: BTreeMap::new(), alike }
    }

    /// Keeps a ref, if it is wanted. Of two with one name the later counts.
    pub fn take(&mut self, row: RefRow) {
        let is_named = self.wanted.has(&row.name);
        if self.is_new(row.peeled) || is_named {
            self.rows.insert(row.name.clone(), row);
        }
    }

    fn is_new(&mut self, commit: Id) -> bool {
        if self.alike.is_empty() {
            return false;
        }
        let text = commit.to_string();
        let mut is_new = false;
        for (beginning, found) in &mut self.alike {
            if text.starts_with(&**beginning) && found.len() < ALIKE_MAX {
                is_new |= found.insert(commit);
            }
        }
        is_new
    }

    /// What was kept.
    pub fn rows(self) -> Vec<RefRow> {
        self.rows.into_values().collect()
    }
}
