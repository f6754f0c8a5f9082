//! What a remote's names point to.

use std::fmt;
use std::sync::Arc;

use trimtab_model::{Commit, Remote, RevisionSpec, SourceRevision};

use super::Error;

/// The name of a Git object: a SHA-1, in twenty bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id([u8; 20]);

impl Id {
    /// Wraps the bytes.
    pub fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// Reads forty hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 40 {
            return None;
        }
        let mut bytes = [0; 20];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(bytes))
    }

    /// The object's name, if the commit's is a SHA-1.
    pub fn of(commit: &Commit) -> Option<Self> {
        Self::parse(commit.as_str())
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// The name as a commit's, where the object is known to be one.
    pub fn commit(self) -> Commit {
        let text = self.to_string();
        Commit::parse(&text).unwrap_or_else(|| unreachable!("an id prints as forty digits"))
    }
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Displays as forty lower-case hexadecimal digits.
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..4].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// One ref.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefRow {
    /// The full name, for example `refs/heads/main`.
    pub name: Box<str>,
    /// The object that it names: a commit or, for an annotated tag, the tag.
    pub object: Id,
    /// What the tag stands for in the end; the object itself where it is no tag.
    pub peeled: Id,
}

/// What `HEAD` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The full ref that it names, unless it names a commit itself or the server does not say.
    pub target: Option<Arc<str>>,
    /// The commit, unless the branch does not exist yet.
    pub commit: Option<Id>,
}

/// What a remote's names pointed to at one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refs {
    head: Option<Head>,
    /// Sorted by name, each name once.
    rows: Vec<RefRow>,
}

impl Refs {
    /// Takes the rows in any order; of two with one name the later counts.
    pub fn new(head: Option<Head>, mut rows: Vec<RefRow>) -> Self {
        rows.reverse();
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        rows.dedup_by(|later, first| later.name == first.name);
        rows.shrink_to_fit();
        Self { head, rows }
    }

    /// What `HEAD` says, if the remote has one.
    pub fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// Every ref, by name.
    pub fn rows(&self) -> &[RefRow] {
        &self.rows
    }

    /// One ref by its full name.
    pub fn get(&self, name: &str) -> Option<&RefRow> {
        self.rows.binary_search_by(|row| (*row.name).cmp(name)).ok().map(|index| &self.rows[index])
    }

    /// Finds the commit that a person or a ref rule means. A name is a whole commit, else a full ref,
    /// a branch, a tag, or an abbreviated commit; `complete` is asked about those that no ref's
    /// commit begins with. Source: argo-cd `util/git/client.go`, `lsRemote`.
    pub fn resolve(
        &self,
        remote: &Remote,
        spec: &RevisionSpec,
        complete: &dyn Fn(&str) -> Option<Commit>,
    ) -> Result<SourceRevision, Error> {
        let found = match spec {
            RevisionSpec::Head => self.resolve_head(),
            RevisionSpec::Branch(name) => self.named(&format!("refs/heads/{name}"), name),
            RevisionSpec::Tag(name) => self.named(&format!("refs/tags/{name}"), name),
            RevisionSpec::Ref(name) => self.named(name, name),
            RevisionSpec::Commit { commit, branch } => self
                .commit(commit, complete)
                .map(|commit| SourceRevision { commit, found_as: branch.clone() }),
            RevisionSpec::Named(name) if &**name == "HEAD" => self.resolve_head(),
            RevisionSpec::Named(name) => self.anything(name, complete),
        };
        found.ok_or_else(|| missing(remote, spec))
    }

    fn resolve_head(&self) -> Option<SourceRevision> {
        let head = self.head.as_ref()?;
        let branch = head
            .target
            .as_deref()
            .map(|target| Arc::from(target.strip_prefix("refs/heads/").unwrap_or(target)));
        Some(SourceRevision { commit: head.commit?.commit(), found_as: branch })
    }

    fn named(&self, full: &str, found_as: &Arc<str>) -> Option<SourceRevision> {
        let commit = self.get(full)?.peeled.commit();
        Some(SourceRevision { commit, found_as: Some(Arc::clone(found_as)) })
    }

    fn anything(
        &self,
        name: &Arc<str>,
        complete: &dyn Fn(&str) -> Option<Commit>,
    ) -> Option<SourceRevision> {
        let bare = |commit| SourceRevision { commit, found_as: None };
        if let Some(commit) = Commit::parse(&name.to_ascii_lowercase()) {
            return Some(bare(commit));
        }
        self.named(name, name)
            .or_else(|| self.named(&format!("refs/heads/{name}"), name))
            .or_else(|| self.named(&format!("refs/tags/{name}"), name))
            .or_else(|| self.commit(name, complete).map(bare))
    }

    fn commit(&self, text: &str, complete: &dyn Fn(&str) -> Option<Commit>) -> Option<Commit> {
        let text = text.to_ascii_lowercase();
        if let Some(commit) = Commit::parse(&text) {
            return Some(commit);
        }
        if !is_abbreviation(&text) {
            return None;
        }
        let mut tips: Vec<_> = self.rows.iter().map(|row| row.peeled).collect();
        tips.sort_unstable();
        tips.dedup();
        let mut matching = tips.into_iter().filter(|id| id.to_string().starts_with(&text));
        match (matching.next(), matching.next()) {
            (Some(id), None) => Some(id.commit()),
            (None, _) => complete(&text),
            (Some(_), Some(_)) => None,
        }
    }
}

fn missing(remote: &Remote, spec: &RevisionSpec) -> Error {
    let revision: Arc<str> = spec.to_string().into();
    let remote = remote.clone();
    match spec {
        RevisionSpec::Named(name) if looks_like_range(name) => {
            Error::RangeNotSupported { remote, revision }
        }
        RevisionSpec::Named(_) | RevisionSpec::Commit { .. } if is_abbreviation(&revision) => {
            Error::Abbreviated { remote, revision }
        }
        _ => Error::NoSuchRevision { remote, revision },
    }
}

/// Whether this can be the beginning of a commit. Git abbreviates to seven digits or more, and accepts
/// no fewer than four.
pub(super) fn is_abbreviation(text: &str) -> bool {
    (4..40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Fewer digits are not completed among what was fetched: not all of the history is, and another commit
/// may begin so. Source: argo-cd `util/git/git.go`, `IsTruncatedCommitSHA`.
const COMPLETED_DIGITS_MIN: usize = 7;

/// The beginning of a commit, in lower case, that a revision may be and that may be completed among what
/// was fetched.
pub fn abbreviated(spec: &RevisionSpec) -> Option<Arc<str>> {
    let (RevisionSpec::Named(name) | RevisionSpec::Commit { commit: name, .. }) = spec else {
        return None;
    };
    let name = name.to_ascii_lowercase();
    (name.len() >= COMPLETED_DIGITS_MIN && is_abbreviation(&name)).then(|| name.into())
}

/// Whether a name that is no ref reads as a range of versions, such as `>=1.2`, `~1.2`, `^1`, `1.*`
/// or `1.x`.
fn looks_like_range(name: &str) -> bool {
    let version = name.trim_start_matches(['v', 'V']);
    // Behind a name they count back from it, as in `HEAD~2`.
    name.starts_with(['~', '^'])
        || name.contains(['<', '>', '=', '*', '|'])
        || (version.starts_with(|c: char| c.is_ascii_digit())
            && version.split('.').any(|part| matches!(part, "x" | "X")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> Id {
        Id::parse(&digit.to_string().repeat(40)).unwrap()
    }

    fn row(name: &str, object: char, peeled: char) -> RefRow {
        RefRow { name: name.into(), object: id(object), peeled: id(peeled) }
    }

    fn refs() -> Refs {
        let head = Head { target: Some("refs/heads/main".into()), commit: Some(id('a')) };
        let rows = vec![
            row("refs/tags/v1", 'd', 'c'),
            row("refs/heads/main", 'a', 'a'),
            row("refs/heads/v1", 'b', 'b'),
            row("refs/tags/v2", 'e', 'e'),
            row("refs/pull/4/head", 'f', 'f'),
        ];
        Refs::new(Some(head), rows)
    }

    fn remote() -> Remote {
        Remote { url: "https://example.org/r.git".into(), credential: None }
    }

    fn resolve(spec: &RevisionSpec) -> Result<(Commit, Option<Arc<str>>), Error> {
        let found = refs().resolve(&remote(), spec, &|_| None)?;
        Ok((found.commit, found.found_as))
    }

    #[test]
    fn each_sort_of_revision_is_found_where_it_says() {
        let (commit, name) = resolve(&RevisionSpec::Head).unwrap();
        assert_eq!((commit, name.as_deref()), (id('a').commit(), Some("main")));
        assert_eq!(resolve(&RevisionSpec::Branch("v1".into())).unwrap().0, id('b').commit());
        assert_eq!(resolve(&RevisionSpec::Tag("v1".into())).unwrap().0, id('c').commit());
        let pull = RevisionSpec::Ref("refs/pull/4/head".into());
        assert_eq!(resolve(&pull).unwrap().0, id('f').commit());
        let whole = RevisionSpec::Commit { commit: id('9').to_string().into(), branch: None };
        assert_eq!(resolve(&whole).unwrap(), (id('9').commit(), None));
    }

    #[test]
    fn a_name_is_a_branch_before_it_is_a_tag_or_a_commit() {
        assert_eq!(resolve(&RevisionSpec::Named("v1".into())).unwrap().0, id('b').commit());
        assert_eq!(resolve(&RevisionSpec::Named("v2".into())).unwrap().0, id('e').commit());
        assert_eq!(resolve(&RevisionSpec::Named("HEAD".into())).unwrap().0, id('a').commit());
        let full = RevisionSpec::Named("refs/tags/v1".into());
        assert_eq!(resolve(&full).unwrap().0, id('c').commit());
        assert_eq!(
            resolve(&RevisionSpec::Named("CCCCCCC".into())).unwrap(),
            (id('c').commit(), None)
        );
    }

    #[test]
    fn an_abbreviated_commit_that_no_ref_has_is_looked_for_among_the_fetched() {
        let asked = |text: &str| (text == "1234567").then(|| id('1').commit());
        let spec = RevisionSpec::Named("1234567".into());
        let found = refs().resolve(&remote(), &spec, &asked).unwrap();
        assert_eq!(found.commit, id('1').commit());
        assert!(refs().resolve(&remote(), &RevisionSpec::Named("12".into()), &asked).is_err());
        assert_eq!(abbreviated(&spec).as_deref(), Some("1234567"));
        let whole = RevisionSpec::Commit { commit: "ABCDEF0".into(), branch: None };
        assert_eq!(abbreviated(&whole).as_deref(), Some("abcdef0"));
        for other in ["123456", "feature", &id('1').to_string()] {
            assert_eq!(abbreviated(&RevisionSpec::Named(other.into())), None, "{other}");
        }
    }

    #[test]
    fn what_is_missing_is_named_and_a_range_is_not_supported_yet() {
        let missing = resolve(&RevisionSpec::Branch("nope".into())).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "https://example.org/r.git has no revision `nope`: push it, or change the source"
        );
        let before = resolve(&RevisionSpec::Named("HEAD~2".into())).unwrap_err();
        assert!(matches!(before, Error::NoSuchRevision { .. }), "{before}");
        for range in [">=1.2.0", "1.*", "v1.x", "~1.2", "^2", "1.2 || 1.3"] {
            let error = resolve(&RevisionSpec::Named(range.into())).unwrap_err();
            assert!(matches!(error, Error::RangeNotSupported { .. }), "{range}: {error}");
        }
    }
}
