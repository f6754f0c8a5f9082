//! Which repositories a project knows.

use crate::Deniable;

/// One entry of a project's repositories: a pattern on normalised URLs, in which `/` stops `*`. With
/// `!` in front, a repository that it matches is rejected whatever the other entries say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryRule(Deniable);

impl From<&str> for RepositoryRule {
    fn from(text: &str) -> Self {
        Self(match text.strip_prefix('!') {
            Some(denied) => Deniable::from(format!("!{}", normalized(denied)).as_str()),
            None => Deniable::from(normalized(text).as_str()),
        })
    }
}

/// Whether the rules admit a repository: one of them passes it, and none denies it. A rule with `!`
/// passes everything that it does not deny.
pub fn admits(rules: &[RepositoryRule], url: &str) -> bool {
    let url = normalized(url);
    let passes = |rule: &RepositoryRule| rule.0.passes_between(&url, Some('/'));
    let denied = rules.iter().any(|rule| rule.0.denies && !passes(rule));
    !denied && rules.iter().any(passes)
}

/// A URL in the form in which two that mean one repository are equal: lower case, without `.git`, and
/// both ways to write SSH alike. Source: argo-cd `util/git/git.go`, but for its percent-encoding,
/// which would keep `{a,b}` in a rule from matching anything.
fn normalized(url: &str) -> String {
    let lower = url.trim().to_lowercase();
    let mut url = lower.strip_prefix("ssh://").unwrap_or(&lower).to_owned();
    if lower.len() == url.len() && is_scp_like(&url) {
        url = url.replacen(':', "/", 1);
    }
    url.strip_suffix(".git").map(str::to_owned).unwrap_or(url)
}

/// Whether a URL is of the form `user@host:path`.
fn is_scp_like(url: &str) -> bool {
    url.split_once('@').is_some_and(|(user, rest)| {
        !user.contains(['/', ':']) && !rest.is_empty() && !rest.contains('@')
    })
}

#[cfg(test)]
mod tests {
    use super::normalized;

    #[test]
    fn ways_to_write_one_repository_are_equal() {
        for url in [
            "git@github.com:Org/App.git",
            "ssh://git@github.com/org/app",
            " ssh://git@GitHub.com/org/app.git ",
            "git@github.com:org/app",
        ] {
            assert_eq!(normalized(url), "git@github.com/org/app", "{url}");
        }
        assert_eq!(normalized("https://GitHub.com/Org/App.git"), "https://github.com/org/app");
        assert_eq!(normalized("ssh://git@host:22/a"), "git@host:22/a");
    }
}
