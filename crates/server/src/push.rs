//! A push, as a Git host tells it.

use serde::Deserialize;
use trimtab_model::Commit;

/// Something was pushed to a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// Every URL under which the payload names the repository.
    pub urls: Vec<String>,
    /// The ref that moved, for example `refs/heads/main`.
    pub reference: Option<String>,
    /// The commit that it moved to; `None` when the ref was deleted.
    pub commit: Option<Commit>,
}

/// Why a payload is not a push.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not JSON, or not of the shape that GitHub documents.
    #[error("the payload is not a GitHub push event: {0}")]
    Shape(#[from] serde_json::Error),
    /// Without a URL nobody can tell what was pushed to.
    #[error(
        "the payload names no repository URL (`repository.html_url` or `repository.clone_url`)"
    )]
    NoRepository,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "ref")]
    reference: Option<String>,
    after: Option<String>,
    repository: Option<Repository>,
}

#[derive(Default, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the payload's own names")]
struct Repository {
    html_url: Option<String>,
    clone_url: Option<String>,
    ssh_url: Option<String>,
    git_url: Option<String>,
}

impl Push {
    /// Reads GitHub's push event. Source: GitHub's documentation, "Webhook events and payloads: push".
    pub fn of_github(body: &[u8]) -> Result<Self, Error> {
        let payload: Payload = serde_json::from_slice(body)?;
        let repository = payload.repository.unwrap_or_default();
        let urls =
            [repository.html_url, repository.clone_url, repository.ssh_url, repository.git_url];
        let urls: Vec<String> = urls.into_iter().flatten().filter(|url| !url.is_empty()).collect();
        if urls.is_empty() {
            return Err(Error::NoRepository);
        }
        let deleted = |commit: &Commit| commit.as_str().bytes().all(|digit| digit == b'0');
        let commit = payload.after.as_deref().and_then(Commit::parse);
        let commit = commit.filter(|commit| !deleted(commit));
        Ok(Self { urls, reference: payload.reference, commit })
    }
}

#[cfg(test)]
mod tests {
    use super::Push;

    #[test]
    fn a_push_names_its_repository_and_commit() {
        let body = br#"{"ref": "refs/heads/main", "before": "0000000000000000000000000000000000000000",
            "after": "1111111111111111111111111111111111111111",
            "repository": {"html_url": "https://example.org/a/b", "clone_url": "https://example.org/a/b.git"}}"#;
        let push = Push::of_github(body).expect("a push");
        assert_eq!(push.urls, ["https://example.org/a/b", "https://example.org/a/b.git"]);
        assert_eq!(push.commit.expect("a commit").short(), "1111111");
    }

    #[test]
    fn a_deleted_branch_has_no_commit() {
        let body = br#"{"after": "0000000000000000000000000000000000000000", "repository": {"html_url": "u"}}"#;
        assert_eq!(Push::of_github(body).expect("a push").commit, None);
    }

    #[test]
    fn what_names_no_repository_is_refused() {
        for body in
            ["", "[]", "{}", r#"{"repository": null}"#, r#"{"repository": {"html_url": ""}}"#]
        {
            assert!(Push::of_github(body.as_bytes()).is_err(), "{body}");
        }
    }
}
