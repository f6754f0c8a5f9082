//! Which repositories a project knows.

use crate::{Deniable, Pattern};
use trimtab_model::{GlobError, UrlFlaw, percent_decoded};
use url::Url;

/// One entry of a project's repositories: a pattern on normalised URLs, in which `/` stops `*`. With
/// `!` in front, a repository that it matches is rejected whatever the other entries say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryRule {
    rule: Deniable,
    /// The same on plain URLs, so that no other spelling of a URL escapes a rule that denies.
    plain: Pattern,
}

impl From<&str> for RepositoryRule {
    fn from(text: &str) -> Self {
        let (denies, text) = match text.strip_prefix('!') {
            Some(denied) => (true, denied),
            None => (false, text),
        };
        let pattern = Pattern::from(normalized(text).as_str());
        let plain = Pattern::from(plain_rule(text).as_str());
        Self { rule: Deniable { denies, pattern }, plain }
    }
}

impl RepositoryRule {
    /// Why the rule denies and cannot be read, if that is so: it would deny nothing.
    pub fn problem(&self) -> Option<&GlobError> {
        self.rule.problem().or_else(|| self.plain.problem().filter(|_| self.rule.denies))
    }

    fn passes(&self, url: &str) -> bool {
        self.rule.passes_between(url, Some('/'))
    }

    fn denies(&self, url: &str, plain: &str) -> bool {
        self.rule.denies && (!self.passes(url) || self.plain.matches_between(plain, Some('/')))
    }
}

/// Whether the rules admit a repository: one of them passes it, and none denies it. A rule with `!`
/// passes everything that it does not deny. No rule admits a URL that has a [flaw](UrlFlaw).
pub fn admits(rules: &[RepositoryRule], url: &str) -> bool {
    if UrlFlaw::of(url).is_some() {
        return false;
    }
    let (url, plain) = (normalized(url), plain(url));
    let denied = rules.iter().any(|rule| rule.denies(&url, &plain));
    !denied && rules.iter().any(|rule| rule.passes(&url))
}

/// A URL in the form in which two that mean one repository are equal: lower case, without `.git`, and
/// both ways to write SSH alike. Source: argo-cd `util/git/git.go`, but for its percent-encoding,
/// which would keep `{a,b}` in a rule from matching anything, and for the user of an http URL, who does
/// not say which repository it is.
fn normalized(url: &str) -> String {
    let lower = without_user(&url.trim().to_lowercase());
    let mut url = lower.strip_prefix("ssh://").unwrap_or(&lower).to_owned();
    if lower.len() == url.len() && is_scp_like(&url) {
        url = url.replacen(':', "/", 1);
    }
    url.strip_suffix(".git").map(str::to_owned).unwrap_or(url)
}

fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| is_web(scheme)) else {
        return url.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    format!("{scheme}://{place}{path}")
}

fn is_web(scheme: &str) -> bool {
    matches!(scheme, "http" | "https")
}

/// A URL as one who asks for it reads it: host and port in their one form, the path decoded, without
/// empty segments.
fn plain(url: &str) -> String {
    let normal = normalized(url);
    let Some(url) = Url::parse(&normal).ok().filter(|url| is_web(url.scheme())) else {
        return normal;
    };
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let path = percent_decoded(url.path(), "").to_lowercase();
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    let path = names.join("/");
    let path = path.strip_suffix(".git").unwrap_or(&path);
    format!("{}://{host}{port}/{path}", url.scheme())
}

/// Characters that mean something in a pattern.
const PATTERN: &str = "*?[]{}\\!,";

/// A rule on plain URLs. One that is a pattern is no URL: what is certain of it is made plain.
fn plain_rule(rule: &str) -> String {
    let is_pattern = rule.contains(|character| PATTERN.contains(character));
    if !is_pattern {
        return plain(rule);
    }
    let rule = percent_decoded(&normalized(rule), PATTERN).to_lowercase();
    let Some((scheme, rest)) = rule.split_once("://") else { return rule };
    let (place, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let port = if scheme == "https" { ":443" } else { ":80" };
    let place = place.strip_suffix(port).filter(|_| is_web(scheme)).unwrap_or(place);
    format!("{scheme}://{place}{path}")
}

/// Whether a URL is of the form `user@host:path`.
fn is_scp_like(url: &str) -> bool {
    url.split_once('@').is_some_and(|(user, rest)| {
        !user.contains(['/', ':']) && !rest.is_empty() && !rest.contains('@')
    })
}

#[cfg(test)]
mod tests {
    use super::{normalized, plain, plain_rule};

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
        assert_eq!(normalized("https://me@dev.azure.com/me/p"), "https://dev.azure.com/me/p");
    }

    #[test]
    fn a_plain_url_is_what_is_asked() {
        for url in [
            "https://git.example/team/app",
            "https://me@GIT.example.:443//team/%61pp.git/",
            "https://git.example/Te%61m/app.git",
        ] {
            assert_eq!(plain(url), "https://git.example/team/app", "{url}");
        }
        assert_eq!(plain("http://2130706433/a"), "http://127.0.0.1/a");
        assert_eq!(plain("git@host:a"), "git@host/a");
        assert_eq!(plain_rule("https://git.example:443/%61/*"), "https://git.example/a/*");
        assert_eq!(plain_rule("https://git.example:443/%2a"), "https://git.example/*");
    }
}
