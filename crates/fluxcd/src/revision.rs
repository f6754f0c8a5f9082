//! Revisions as the family writes them: `<ref>@<algorithm>:<hash>`, or without a ref.
//!
//! Source: fluxcd/flux2 RFC-0005.

use trimtab_model::{Commit, SourceRevision};

/// The text of a revision: `main@sha1:…`, or `sha1:…` for a commit that was chosen itself.
pub fn revision_text(revision: &SourceRevision) -> String {
    let algorithm = if revision.commit.as_str().len() == 64 { "sha256" } else { "sha1" };
    match &revision.found_as {
        Some(name) => format!("{name}@{algorithm}:{}", revision.commit),
        None => format!("{algorithm}:{}", revision.commit),
    }
}

/// Reads a revision; `None` for anything that is no commit of Git.
pub fn parse_revision(text: &str) -> Option<SourceRevision> {
    let (name, digest) = match text.rsplit_once('@') {
        Some((name, digest)) => (Some(name), digest),
        None => (None, text),
    };
    let commit = digest.strip_prefix("sha1:").or_else(|| digest.strip_prefix("sha256:"))?;
    Some(SourceRevision { commit: Commit::parse(commit)?, found_as: name.map(Into::into) })
}

#[cfg(test)]
mod tests {
    use super::{parse_revision, revision_text};

    #[test]
    fn a_revision_is_written_as_it_was_read() {
        let hash = "f20f585d9f422fb3dad84884bcfc3211db5ec609";
        for text in [
            format!("main@sha1:{hash}"),
            format!("sha1:{hash}"),
            format!("refs/pull/1/head@sha1:{hash}"),
            format!("user@host@sha1:{hash}"),
        ] {
            assert_eq!(revision_text(&parse_revision(&text).unwrap()), text);
        }
        for text in ["", "main", "main@sha1:12", "latest@sha256:xyz", "1.2.3"] {
            assert_eq!(parse_revision(text), None, "{text}");
        }
    }
}
