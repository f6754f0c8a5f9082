//! `Chart.yaml`, `requirements.yaml` and `Chart.lock`. Source: helm `metadata.go`, `dependency.go`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use trimtab_template::{is_printable, quoted};

use super::decode::{Decoder, into_struct};
use super::{Dependency, Error, Lock, Maintainer, Metadata};
use crate::function::{check_rfc3339, is_version};

/// What `Chart.yaml` and `requirements.yaml` said so far: the second is read over the first.
#[derive(Default)]
pub(super) struct Draft {
    metadata: Metadata,
    maintainers: Vec<Option<Maintainer>>,
    dependencies: Option<Vec<Option<Dependency>>>,
}

const METADATA: [&str; 17] = [
    "name",
    "home",
    "sources",
    "version",
    "description",
    "keywords",
    "maintainers",
    "icon",
    "apiVersion",
    "condition",
    "tags",
    "appVersion",
    "deprecated",
    "annotations",
    "kubeVersion",
    "dependencies",
    "type",
];

impl Draft {
    /// Reads a file over what is there.
    ///
    /// # Errors
    /// It does not fit, in helm's words.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<(), Error> {
        into_struct(bytes, "v2.Metadata", |decoder, map| {
            decoder.fields(map, &METADATA, |decoder, field, value| {
                self.field(decoder, field, value);
            });
        })
    }

    fn field(&mut self, decoder: &mut Decoder, field: &str, value: &Value) {
        let metadata = &mut self.metadata;
        let text = match field {
            "sources" => return decoder.texts(value, &mut metadata.sources),
            "keywords" => return decoder.texts(value, &mut metadata.keywords),
            "maintainers" => {
                return decoder.list(value, &mut self.maintainers, "[]*v2.Maintainer", maintainer);
            }
            "deprecated" => return decoder.truth(value, &mut metadata.deprecated),
            "annotations" => return decoder.map_of_texts(value, &mut metadata.annotations),
            "dependencies" => return dependencies(decoder, value, &mut self.dependencies),
            "name" => &mut metadata.name,
            "home" => &mut metadata.home,
            "version" => &mut metadata.version,
            "description" => &mut metadata.description,
            "icon" => &mut metadata.icon,
            "apiVersion" => &mut metadata.api_version,
            "condition" => &mut metadata.condition,
            "tags" => &mut metadata.tags,
            "appVersion" => &mut metadata.app_version,
            "kubeVersion" => &mut metadata.kube_version,
            _ => &mut metadata.kind,
        };
        decoder.text(value, text);
    }

    /// Which rules the chart follows.
    pub(super) fn api_version(&self) -> &str {
        &self.metadata.api_version
    }

    /// Makes it follow the rules of `v1` where `Chart.yaml` does not say.
    pub(super) fn default_api_version(&mut self) {
        if self.metadata.api_version.is_empty() {
            "v1".clone_into(&mut self.metadata.api_version);
        }
    }

    /// What the files say of the chart. Source: helm `Metadata.Validate`.
    ///
    /// # Errors
    /// Something is missing or not allowed, in helm's words.
    pub(super) fn finish(self) -> Result<Metadata, Error> {
        let Self { mut metadata, maintainers, dependencies } = self;
        sanitize(&mut metadata);
        check(&metadata)?;
        for maintainer in maintainers {
            let Some(mut maintainer) = maintainer else {
                return Err(invalid("maintainers must not contain empty or null nodes"));
            };
            clean(&mut maintainer.name);
            clean(&mut maintainer.email);
            clean(&mut maintainer.url);
            metadata.maintainers.push(maintainer);
        }
        metadata.dependencies = dependencies.map(checked).transpose()?;
        Ok(metadata)
    }
}

fn maintainer(decoder: &mut Decoder, value: &Value, into: &mut Option<Maintainer>) {
    decoder.pointer(value, into, "v2.Maintainer", |decoder, map, into| {
        decoder.fields(map, &["name", "email", "url"], |decoder, field, value| {
            let into = match field {
                "name" => &mut into.name,
                "email" => &mut into.email,
                _ => &mut into.url,
            };
            decoder.text(value, into);
        });
    });
}

fn dependencies(decoder: &mut Decoder, value: &Value, into: &mut Option<Vec<Option<Dependency>>>) {
    if value.is_null() {
        *into = None;
        return;
    }
    let mut list = into.take().unwrap_or_default();
    decoder.list(value, &mut list, "[]*v2.Dependency", dependency);
    *into = Some(list);
}

const DEPENDENCY: [&str; 8] =
    ["name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias"];

fn dependency(decoder: &mut Decoder, value: &Value, into: &mut Option<Dependency>) {
    decoder.pointer(value, into, "v2.Dependency", |decoder, map, into| {
        decoder.fields(map, &DEPENDENCY, |decoder, field, value| match field {
            "name" => decoder.text(value, &mut into.name),
            "version" => decoder.text(value, &mut into.version),
            "repository" => decoder.text(value, &mut into.repository),
            "condition" => decoder.text(value, &mut into.condition),
            "tags" => decoder.texts(value, &mut into.tags),
            "enabled" => decoder.truth(value, &mut into.enabled),
            "import-values" => decoder.any(value, &mut into.import_values),
            _ => decoder.text(value, &mut into.alias),
        });
    });
}

/// Reads `Chart.lock`; none if it is empty.
///
/// # Errors
/// It does not fit, in helm's words.
pub(super) fn lock(bytes: &[u8]) -> Result<Option<Lock>, Error> {
    let mut lock = None;
    into_struct(bytes, "v2.Lock", |decoder, map| {
        let lock = lock.insert(Lock::default());
        decoder.fields(map, &["generated", "digest", "dependencies"], |decoder, field, value| {
            match field {
                "generated" => generated(decoder, value, &mut lock.generated),
                "digest" => decoder.text(value, &mut lock.digest),
                _ => {
                    let mut list = None;
                    dependencies(decoder, value, &mut list);
                    lock.dependencies = list.into_iter().flatten().flatten().collect();
                }
            }
        });
    })?;
    Ok(lock)
}

fn generated(decoder: &mut Decoder, value: &Value, into: &mut String) {
    match value {
        Value::Null => {}
        Value::String(text) => match check_rfc3339(text) {
            Ok(()) => into.clone_from(text),
            Err(reason) => decoder.fail(reason),
        },
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            decoder.refuse(value, "time.Time");
        }
    }
}

/// The `apiVersion` alone, as helm looks at it first. Source: helm `loader/load.go` (`chartBase`).
pub(super) fn api_version(bytes: &[u8]) -> Result<String, Error> {
    let mut found = String::new();
    into_struct(bytes, "loader.chartBase", |decoder: &mut Decoder, map: &Map<String, Value>| {
        decoder.fields(map, &["apiVersion"], |decoder, _, value| decoder.text(value, &mut found));
    })?;
    Ok(found)
}

fn invalid(text: impl AsRef<str>) -> Error {
    Error::refused(format!("validation: {}", text.as_ref()))
}

fn sanitize(metadata: &mut Metadata) {
    for text in [
        &mut metadata.name,
        &mut metadata.description,
        &mut metadata.home,
        &mut metadata.icon,
        &mut metadata.condition,
        &mut metadata.tags,
        &mut metadata.app_version,
        &mut metadata.kube_version,
    ] {
        clean(text);
    }
    metadata.sources.iter_mut().for_each(clean);
    metadata.keywords.iter_mut().for_each(clean);
}

/// Makes every space a blank, and drops what does not print.
fn clean(text: &mut String) {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return;
    }
    let plain = |character: char| match character {
        _ if character.is_whitespace() => Some(' '),
        _ if is_printable(character.into()) => Some(character),
        _ => None,
    };
    *text = text.chars().filter_map(plain).collect();
}

fn check(metadata: &Metadata) -> Result<(), Error> {
    let (name, version) = (&*metadata.name, &*metadata.version);
    let shown = |text: &str| quoted(text.as_bytes());
    if metadata.api_version.is_empty() {
        return Err(invalid("chart.metadata.apiVersion is required"));
    }
    if name.is_empty() {
        return Err(invalid("chart.metadata.name is required"));
    }
    if name == "." || name == ".." {
        return Err(invalid(format!("chart.metadata.name {} is not allowed", shown(name))));
    }
    if name.contains('/') && name != "/" {
        return Err(invalid(format!("chart.metadata.name {} is invalid", shown(name))));
    }
    if version.is_empty() {
        return Err(invalid("chart.metadata.version is required"));
    }
    if !is_version(version) {
        return Err(invalid(format!("chart.metadata.version {} is invalid", shown(version))));
    }
    match &*metadata.kind {
        "" | "application" | "library" => Ok(()),
        _ => Err(invalid("chart.metadata.type must be application or library")),
    }
}

fn checked(dependencies: Vec<Option<Dependency>>) -> Result<Vec<Dependency>, Error> {
    let mut names = BTreeSet::new();
    let mut checked = Vec::new();
    for dependency in dependencies {
        let Some(mut dependency) = dependency else {
            return Err(invalid("dependencies must not contain empty or null nodes"));
        };
        for text in [
            &mut dependency.name,
            &mut dependency.version,
            &mut dependency.repository,
            &mut dependency.condition,
        ] {
            clean(text);
        }
        dependency.tags.iter_mut().for_each(clean);
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if !dependency.alias.bytes().all(is_allowed) {
            let name = quoted(dependency.name.as_bytes());
            return Err(invalid(format!(
                "dependency {name} has disallowed characters in the alias"
            )));
        }
        let name = if dependency.alias.is_empty() { &dependency.name } else { &dependency.alias };
        if !names.insert(name.clone()) {
            let name = quoted(name.as_bytes());
            return Err(invalid(format!("more than one dependency with name or alias {name}")));
        }
        checked.push(dependency);
    }
    Ok(checked)
}
