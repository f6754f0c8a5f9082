//! Where the desired state comes from, and how its files become objects.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A Git remote together with the credential that it is read with. Two sources that differ in the
/// credential are different remotes: what one may read, the other may not (P8).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Remote {
    /// The URL as the user wrote it, without a user name or password.
    pub url: Arc<str>,
    /// The Secret that holds the credential, `namespace/name`; `None` reads anonymously.
    pub credential: Option<Arc<str>>,
}

/// Displays the URL alone, without anything secret that may stand in it.
impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::shown_url(&self.url))
    }
}

/// Which revision of a remote is wanted, as a person or a ref rule wrote it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RevisionSpec {
    /// The remote's `HEAD`.
    Head,
    /// The tip of a branch.
    Branch(Arc<str>),
    /// A tag.
    Tag(Arc<str>),
    /// A full ref, for example `refs/pull/4/head`.
    Ref(Arc<str>),
    /// One commit, whole or (where the family accepts it) abbreviated, optionally looked for on a
    /// branch.
    Commit {
        /// The hexadecimal name.
        commit: Arc<str>,
        /// The branch that has it, if the source names one.
        branch: Option<Arc<str>>,
    },
    /// A name whose sort the remote decides: a branch, else a tag, else a commit.
    Named(Arc<str>),
}

/// Displays the name alone.
impl fmt::Display for RevisionSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Head => "HEAD",
            Self::Branch(name) | Self::Tag(name) | Self::Ref(name) | Self::Named(name) => name,
            Self::Commit { commit, .. } => commit,
        })
    }
}

impl RevisionSpec {
    /// Whether a person chose one fixed content: a tag or a commit. Such a source never counts as
    /// rewritten (P13).
    pub fn is_pinned(&self) -> bool {
        matches!(self, Self::Tag(_) | Self::Commit { .. })
    }
}

/// A commit's full hexadecimal name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Commit(Arc<str>);

impl Commit {
    /// Reads a full name: 40 or 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let hexadecimal = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        (hexadecimal && matches!(text.len(), 40 | 64)).then(|| Self(text.into()))
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first seven digits, as people say it.
    pub fn short(&self) -> &str {
        &self.0[..7]
    }
}

impl fmt::Display for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.short())
    }
}

/// What a source's revision turned out to be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceRevision {
    /// The commit.
    pub commit: Commit,
    /// What it was found as: a branch's or tag's name, or nothing for a bare commit.
    pub found_as: Option<Arc<str>>,
}

/// One place that desired objects come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// The repository.
    pub remote: Remote,
    /// The revision that is wanted.
    pub revision: RevisionSpec,
    /// The directory within the tree, without a leading or trailing `/`; empty for the root.
    pub path: Arc<str>,
    /// How the directory's files become objects.
    pub renderer: Renderer,
}

impl Source {
    /// A digest of what sources say, whatever credential they are read with: two operations with equal
    /// digests were asked for the same. Not stable between versions of the product, so never stored.
    pub fn digest_of(sources: &[Self]) -> crate::Digest {
        let parts: Vec<String> = sources
            .iter()
            .map(|source| {
                let (url, revision) = (&source.remote.url, &source.revision);
                format!("{url:?} {revision:?} {:?} {:?}", source.path, source.renderer)
            })
            .collect();
        crate::Digest::of_parts(parts.iter().map(String::as_bytes))
    }
}

/// How files become objects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Renderer {
    /// Plain manifests in a directory.
    Directory(Directory),
}

/// The rules by which a directory of plain manifests is read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Directory {
    /// Whether sub-directories are read too.
    pub recurse: bool,
    /// Only files whose path from the directory matches this glob; `*` crosses `/`, `{a,b}` works.
    pub include: Option<Arc<str>>,
    /// Files whose path from the directory matches are left out, before `include` is asked.
    pub exclude: Option<Arc<str>>,
    /// Which files count as manifests.
    pub files: FileSelection,
    /// What a key that appears twice in one mapping means.
    pub duplicate_keys: DuplicateKeys,
    /// What a field that the kind's schema does not have means.
    pub unknown_fields: UnknownFields,
    /// Namespace that every object of a namespaced kind gets, whatever it names itself.
    pub namespace_override: Option<crate::Namespace>,
    /// Labels and annotations that every object gets, over its own.
    pub common_labels: BTreeMap<String, String>,
    /// See [`Directory::common_labels`].
    pub common_annotations: BTreeMap<String, String>,
}

/// Which files of a directory are manifests, and what one that does not parse means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileSelection {
    /// `.yaml`, `.yml` and `.json`. A file that does not look like manifests (it has no valid
    /// document, and not all of `apiVersion:`, `kind:` and `metadata:`) is passed over, and so is one
    /// that says `+argocd:skip-file-rendering`. A `.json` file holds one object.
    /// Source: argo-cd `reposerver/repository/repository.go`.
    LooksLikeManifests,
    /// `.yaml` and `.yml`; each must hold only objects. Documents without `apiVersion`, `kind` or
    /// name are skipped. Source: fluxcd/pkg `kustomize/kustomize_generator.go`.
    EveryYamlFile,
}

/// What a key that appears twice in one mapping means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DuplicateKeys {
    /// The last one counts, with a warning.
    LastWins,
    /// The object is a problem.
    Refuse,
}

/// What a field that the kind's schema does not have means. The server refuses such an apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnknownFields {
    /// The object fails, naming the field.
    Refuse,
    /// The field is left out, with a warning that names it.
    DropWithWarning,
}
