//! Sources of an Application.

use crate::application::Invalid;
use crate::options::AppOptions;
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use trimtab_crd::read;
use trimtab_model::{
    Directory, DuplicateKeys, FileSelection, NotSupported, Remote, Renderer, Restraint,
    RevisionSpec, Source, UnknownFields, UrlFlaw, shown_url,
};
use trimtab_sync::ConditionKind;
use url::Url;

/// The sources as `spec` names them: `sources` before `source`. A hydrated application has none here:
/// `sourceHydrator` goes before both and does not act yet.
pub fn sources(
    spec: &Value,
    options: &AppOptions,
    not_supported: &mut Vec<NotSupported>,
) -> Result<Vec<Source>, Invalid> {
    if read::at(spec, "sourceHydrator").is_some() {
        return Ok(Vec::new());
    }
    let several = read::list(spec, "sources");
    if several.is_empty() {
        let source = read::at(spec, "source").unwrap_or(&Value::Null);
        check_single(source)?;
        return Ok(vec![one(source, options, "spec.source", not_supported)?]);
    }
    let each = several.iter().enumerate().map(|(index, source)| {
        check_of_several(source)?;
        one(source, options, &format!("spec.sources[{index}]"), not_supported)
    });
    each.collect()
}

/// Reads sources as an operation or a status holds them, for a comparison with the spec's: what is
/// wrong with them is of no interest.
pub fn recorded(holder: &Value, unknown_fields: UnknownFields) -> Vec<Source> {
    let several = read::list(holder, "sources");
    let single = read::at(holder, "source").filter(|_| several.is_empty());
    let read = |source: &Value| Source {
        remote: Remote { url: url(source).0.into(), credential: None },
        revision: revision(source),
        path: clean(read::text(source, "path").unwrap_or_default()).unwrap_or_default(),
        renderer: Renderer::Directory(directory(source, unknown_fields)),
    };
    several.iter().chain(single).map(read).collect()
}

/// The texts of a source that are repeated wherever the source is.
const TEXTS: [&str; 7] =
    ["repoURL", "targetRevision", "path", "chart", "ref", "directory.include", "directory.exclude"];

/// What is wrong with the length of texts in the sources of a spec or of an operation.
pub fn too_long(holder: &Value, shown: &str) -> Vec<String> {
    let single = read::at(holder, "source").map(|source| (source, format!("{shown}.source")));
    let several = read::list(holder, "sources").iter().enumerate();
    let several = several.map(|(at, source)| (source, format!("{shown}.sources[{at}]")));
    let each = single.into_iter().chain(several);
    each.flat_map(|(source, shown)| trimtab_crd::too_long(source, &shown, &TEXTS)).collect()
}

/// Source of the texts: argo-cd `util/argo/argo.go`.
fn check_single(source: &Value) -> Result<(), Invalid> {
    let has = |field: &str| read::text(source, field).is_some();
    if !has("repoURL") || !has("path") && !has("chart") {
        return Err(Invalid::spec(
            "spec.source.repoURL and either spec.source.path or spec.source.chart are required",
        ));
    }
    check_chart(source)
}

fn check_of_several(source: &Value) -> Result<(), Invalid> {
    let has = |field: &str| read::text(source, field).is_some();
    if !has("repoURL") || !has("path") && !has("chart") && !has("ref") {
        let mut shown = source.clone();
        if let Some(url) = read::text(source, "repoURL") {
            shown["repoURL"] = shown_url(url).into();
        }
        return Err(Invalid::spec(format!(
            "spec.source.repoURL and either source.path, source.chart, or source.ref are required \
             for source {shown}"
        )));
    }
    check_chart(source)
}

fn check_chart(source: &Value) -> Result<(), Invalid> {
    if read::text(source, "chart").is_some() && read::text(source, "targetRevision").is_none() {
        return Err(Invalid::spec(
            "spec.source.targetRevision is required if the manifest source is a helm chart",
        ));
    }
    Ok(())
}

fn one(
    source: &Value,
    options: &AppOptions,
    place: &str,
    not_supported: &mut Vec<NotSupported>,
) -> Result<Source, Invalid> {
    let mut add = |field: &str, restraint| {
        let field = format!("{place}.{field}").into();
        not_supported.push(NotSupported { field, restraint });
    };
    let (url, form) = url(source);
    check_url(source, place)?;
    match form {
        UrlForm::Supported => {}
        // The password is dropped: a fetch fails where it would have succeeded.
        UrlForm::WithPassword => add("repoURL: password", Restraint::Adds),
        UrlForm::NotSupported => add(&format!("repoURL: {}", form_of(&url)), Restraint::Restrains),
    }
    if read::text(source, "targetRevision").is_some_and(is_version_range) {
        add("targetRevision", Restraint::Restrains);
    }
    let path = read::text(source, "path").unwrap_or_default();
    let path = clean(path).map_err(|why| {
        let message = format!("{place}.path {path}: {why}");
        Invalid::new(ConditionKind::Comparison, message)
    })?;
    Ok(Source {
        remote: Remote { url: url.into(), credential: None },
        revision: revision(source),
        path,
        renderer: Renderer::Directory(directory(source, options.unknown_fields())),
    })
}

/// A URL that rules about URLs could read as another one is no source. It is not quoted: what stands in
/// it may be a token.
fn check_url(source: &Value, shown: &str) -> Result<(), Invalid> {
    let url = read::text(source, "repoURL").unwrap_or_default();
    UrlFlaw::of(url).map_or(Ok(()), |flaw| {
        Err(Invalid::spec(format!("{shown}.repoURL cannot be used: {}", flaw.reason())))
    })
}

enum UrlForm {
    Supported,
    WithPassword,
    NotSupported,
}

/// The URL without a user name or password, and whether we can read it. What is no URL at all
/// (`git@host:path`) is reached over ssh.
fn url(source: &Value) -> (String, UrlForm) {
    let text = read::text(source, "repoURL").unwrap_or_default();
    let Ok(mut url) = Url::parse(text) else {
        return (text.to_owned(), UrlForm::NotSupported);
    };
    if !matches!(url.scheme(), "http" | "https" | "file") {
        return (text.to_owned(), UrlForm::NotSupported);
    }
    if url.username().is_empty() && url.password().is_none() {
        return (text.to_owned(), UrlForm::Supported);
    }
    // Neither fails for a URL of these schemes that has a host, and only such a one has a user.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    (url.into(), UrlForm::WithPassword)
}

/// How a URL that we cannot read would be reached. It is not quoted: what stands in it may be a token.
fn form_of(url: &str) -> &'static str {
    match Url::parse(url).as_ref().map(Url::scheme) {
        Ok("ssh" | "git+ssh") => "ssh",
        Ok("oci") => "oci",
        Err(_) if url.contains('@') && url.contains(':') => "ssh",
        Ok(_) | Err(_) => "neither http nor https",
    }
}

/// A source as it is written, but for a password in its URL.
pub fn without_password(source: &Value) -> Value {
    let mut source = source.clone();
    let url = read::text(&source, "repoURL").and_then(|text| Url::parse(text).ok());
    if let Some(mut url) = url.filter(|url| url.password().is_some()) {
        // It cannot fail for a URL that has one.
        let _ = url.set_password(None);
        source["repoURL"] = String::from(url).into();
    }
    source
}

fn revision(source: &Value) -> RevisionSpec {
    match read::text(source, "targetRevision") {
        None | Some("HEAD") => RevisionSpec::Head,
        Some(name) => RevisionSpec::Named(name.into()),
    }
}

/// Whether a revision is a range that chooses among tags, and no name. A whole version is a name.
/// Source: Masterminds/semver `constraints.go`, as argo-cd `util/versions` asks it.
fn is_version_range(revision: &str) -> bool {
    static PART: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let number = r"(?:\d+|[xX*])";
        let suffix = r"(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?";
        let version = format!(r"v?{number}(?:\.{number})?(?:\.{number})?{suffix}");
        Regex::new(&format!(r"^(?:=|!=|>|<|>=|=>|<=|=<|~|~>|\^)?\s*{version}$")).ok()
    });
    static WHOLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^v?\d+(?:\.\d+)?(?:\.\d+)?(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$").ok()
    });
    let matches = |regex: &Option<Regex>, text: &str| {
        regex.as_ref().is_some_and(|regex| regex.is_match(text.trim()))
    };
    if matches(&WHOLE, revision) {
        return false;
    }
    let spread = revision.replace(" - ", ",");
    spread.split("||").all(|or| {
        let mut parts = or.split(',').flat_map(conjunction).peekable();
        parts.peek().is_some() && parts.all(|part| matches(&PART, &part))
    })
}

/// Parts that stand beside each other with white space only; an operator may stand apart from its
/// version.
fn conjunction(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match parts.last_mut() {
            Some(last) if last.chars().all(|c| "=!<>~^".contains(c)) => last.push_str(word),
            _ => parts.push(word.to_owned()),
        }
    }
    parts
}

/// What is wrong with a path, and what to do. Source of the first words: argo-cd `util/app/path/path.go`.
const ABSOLUTE: &str =
    "app path is absolute: write it from the repository's root, without the first slash";
const OUTSIDE: &str = "app path outside root: name a directory of the repository";

/// The path from the repository's root, without `.`, `..` and outer slashes.
fn clean(path: &str) -> Result<Arc<str>, &'static str> {
    if path.starts_with('/') {
        return Err(ABSOLUTE);
    }
    let mut names = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop().ok_or(OUTSIDE)?;
            }
            name => names.push(name),
        }
    }
    Ok(names.join("/").into())
}

fn directory(source: &Value, unknown_fields: UnknownFields) -> Directory {
    let glob = |field: &str| read::text(source, field).map(Into::into);
    Directory {
        recurse: read::is_true(source, "directory.recurse"),
        include: glob("directory.include"),
        exclude: glob("directory.exclude"),
        files: FileSelection::LooksLikeManifests,
        duplicate_keys: DuplicateKeys::LastWins,
        unknown_fields,
        namespace_override: None,
        common_labels: BTreeMap::new(),
        common_annotations: BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{clean, is_version_range};

    #[test]
    fn ranges_of_versions_are_told_from_names() {
        for range in ["*", "1.x", "^1.2", ">= 1.0, < 2", "~1.2.3", "1.2 - 2", "1.* || 3.*", ">1 <2"]
        {
            assert!(is_version_range(range), "{range}");
        }
        for name in ["main", "v1.2.3", "1.2", "release-1.x", "HEAD", "feature/x", "1.2.3-rc1", ""] {
            assert!(!is_version_range(name), "{name}");
        }
    }

    #[test]
    fn a_path_stays_inside_its_repository() {
        assert_eq!(clean("./apps//shop/").as_deref(), Ok("apps/shop"));
        assert_eq!(clean("a/../b").as_deref(), Ok("b"));
        assert_eq!(clean(".").as_deref(), Ok(""));
        assert_eq!(clean("../b"), Err(super::OUTSIDE));
        assert_eq!(clean("/etc"), Err(super::ABSOLUTE));
    }
}
