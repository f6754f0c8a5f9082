//! Charts whose values and dependencies helm wrote (see `golden/charts/write.py`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};
use trimtab_helm::Chart;
use trimtab_helm::chart::{Error, File, Level, Limits, Metadata, Settings, Warning};
use trimtab_helm::values::{Given, ValuesFile};

/// One case: its title, helm's options, and its files by their paths.
struct Case {
    title: String,
    options: Vec<String>,
    files: BTreeMap<String, Vec<u8>>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/charts")
}

fn cases(text: &str) -> Vec<Case> {
    let text = format!("\n{text}");
    let parts = text.split("\n=== ").skip(1);
    parts.map(case).collect()
}

fn case(part: &str) -> Case {
    let (title, body) = part.split_once('\n').unwrap_or((part, ""));
    let body = format!("\n{body}");
    let mut parts = body.split("\n>>> ");
    let head = parts.next().unwrap();
    let options = head.lines().filter_map(|line| line.strip_prefix("$ ")).flat_map(words);
    let chart = b"apiVersion: v2\nname: p\nversion: 1.2.3\n".to_vec();
    let mut files = BTreeMap::from([("Chart.yaml".to_owned(), chart)]);
    for part in parts {
        let (path, text) = part.split_once('\n').unwrap_or((part, ""));
        let end = if text.is_empty() { "" } else { "\n" };
        let text = format!("{text}{end}").replace('␢', "\u{FEFF}");
        files.insert(path.to_owned(), text.into_bytes());
    }
    Case { title: title.to_owned(), options: options.collect(), files }
}

/// The words of a line, as a shell splits it.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match (c, quote) {
            (' ', None) => words.extend(word.take()),
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (_, Some(open)) if c == open => quote = None,
            ('\\', None | Some('"')) => word.get_or_insert_default().extend(characters.next()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

impl Case {
    /// The files of the chart, with its archives.
    fn chart(&self) -> Vec<File> {
        let mut archives = BTreeMap::<&str, Vec<(&str, &[u8])>>::new();
        let mut files = Vec::new();
        for (path, bytes) in &self.files {
            match path.split_once('!') {
                Some((archive, inside)) => {
                    archives.entry(archive).or_default().push((inside, bytes));
                }
                None if path.starts_with("+/") => {}
                None => files.push(file(path, bytes.clone())),
            }
        }
        files.extend(archives.iter().map(|(path, inside)| file(path, packed(inside))));
        // What helm rendered to show the values; it is no secret that it is there.
        files.push(file("templates/shown.yaml", Vec::new()));
        files
    }

    fn beside(&self, name: &str) -> Vec<u8> {
        self.files[&format!("+/{name}")].clone()
    }

    fn given(&self) -> Given {
        let mut given = Given::default();
        for pair in self.options.chunks(2) {
            let [flag, value] = pair else { panic!("{} has a flag alone", self.title) };
            let value = value.clone();
            match flag.as_str() {
                "-f" => given.files.extend(value.split(',').map(|name| ValuesFile {
                    name: name.to_owned(),
                    bytes: Arc::from(self.beside(name)),
                })),
                "--set" => given.sets.push(value),
                "--set-json" => given.json.push(value),
                "--set-string" => given.strings.push(value),
                "--set-file" => given.from_files.push(value),
                "--set-literal" => given.literals.push(value),
                other => panic!("{} has {other}", self.title),
            }
        }
        given
    }

    fn answer(&self) -> Value {
        self.processed().unwrap_or_else(|error| json!({"error": error.text}))
    }

    fn processed(&self) -> Result<Value, Error> {
        let read = &mut |name: &str| Ok(String::from_utf8(self.beside(name)).unwrap());
        let given = self.given().merged(read)?;
        let loaded = Chart::from_directory(self.chart(), Limits::default())?;
        let processed = loaded.chart.process(&given, Settings::default())?;
        let warnings = loaded.warnings.iter().chain(&processed.warnings);
        let warnings: BTreeSet<String> = warnings.map(line).collect();
        let shown = shown(&processed.chart, &processed.values, true);
        Ok(json!({"shown": shown, "warnings": warnings}))
    }
}

fn file(path: &str, bytes: Vec<u8>) -> File {
    File { path: path.to_owned(), bytes: Arc::from(bytes) }
}

/// An archive as `write.py` packs it.
pub fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        // As it is, because the builder refuses what is hostile.
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append(&header, *bytes).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

/// A warning as helm logs it.
fn line(warning: &Warning) -> String {
    let level = match warning.level() {
        Level::Info => "INFO",
        Level::Warn => "WARN",
    };
    let mut line = format!("level={level} msg={}", logged(&warning.with_values()));
    for (name, value) in warning.attributes() {
        line.extend([" ", name, "=", &logged(&value)]);
    }
    line
}

fn logged(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'=';
    if !text.is_empty() && text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        format!("{text:?}")
    }
}

/// What `shown.tpl` writes.
fn shown(chart: &Chart, values: &Map<String, Value>, is_root: bool) -> Value {
    let mut below = Map::from_iter([(String::new(), json!(0))]);
    for chart in &chart.dependencies {
        let Some(Value::Object(values)) = values.get(chart.name()) else {
            panic!("{} has no values", chart.name());
        };
        below.insert(chart.name().to_owned(), shown(chart, values, false));
    }
    json!({"chart": metadata(&chart.metadata, is_root), "values": values, "below": below})
}

fn metadata(metadata: &Metadata, is_root: bool) -> Value {
    let maintainer = |one: &trimtab_helm::chart::Maintainer| json!({"Name": one.name, "Email": one.email, "URL": one.url});
    let dependency = |one: &trimtab_helm::chart::Dependency| {
        json!({
            "Name": one.name, "Version": one.version, "Repository": one.repository,
            "Condition": one.condition, "Tags": one.tags, "Enabled": one.enabled,
            "ImportValues": one.import_values, "Alias": one.alias,
        })
    };
    let maintainers: Vec<Value> = metadata.maintainers.iter().map(maintainer).collect();
    let dependencies: Vec<Value> = metadata.dependencies.iter().flatten().map(dependency).collect();
    json!({
        "Name": metadata.name, "Home": metadata.home, "Sources": metadata.sources,
        "Version": metadata.version, "Description": metadata.description,
        "Keywords": metadata.keywords, "Maintainers": maintainers, "Icon": metadata.icon,
        "APIVersion": metadata.api_version, "Condition": metadata.condition, "Tags": metadata.tags,
        "AppVersion": metadata.app_version, "Deprecated": metadata.deprecated,
        "Annotations": metadata.annotations, "KubeVersion": metadata.kube_version,
        "Dependencies": dependencies, "Type": metadata.kind, "IsRoot": is_root,
    })
}

/// JSON as helm writes it: a float without a fraction has no point there. The reader of what helm wrote
/// loses the sign of nothing.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e21 => {
                Value::String(format!("number {}", float + 0.0))
            }
            _ => Value::String(format!("number {number}")),
        },
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), plain(value))).collect(),
        other => other.clone(),
    }
}

fn check(name: &str) {
    let text = std::fs::read_to_string(folder().join(format!("{name}.txt"))).unwrap();
    let expected = std::fs::read_to_string(folder().join(format!("{name}.expected"))).unwrap();
    let cases = cases(&text);
    assert!(!cases.is_empty() && cases.len() == expected.lines().count(), "{name} is cut");
    let mut wrong = Vec::new();
    for (case, expected) in cases.iter().zip(expected.lines()) {
        let expected = in_order(plain(&serde_json::from_str(expected).unwrap()));
        let found = in_order(plain(&case.answer()));
        if found != expected {
            wrong.push(format!("{}\n{}", case.title, difference("", &expected, &found)));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// Helm tells what breaks a schema in an order that changes from run to run.
fn in_order(mut answer: Value) -> Value {
    if let Some(Value::String(error)) = answer.get_mut("error")
        && error.starts_with("values don't meet")
    {
        let mut lines: Vec<&str> = error.trim_end().lines().collect();
        lines[1..].sort_unstable();
        *error = lines.join("\n");
    }
    answer
}

/// The places where two values differ.
fn difference(path: &str, helm: &Value, we: &Value) -> String {
    match (helm, we) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            let none = json!("NONE");
            let of = |map: &'_ Map<String, Value>, key: &String| {
                map.get(key).cloned().unwrap_or(none.clone())
            };
            keys.iter()
                .filter(|key| a.get(**key) != b.get(**key))
                .map(|key| difference(&format!("{path}.{key}"), &of(a, key), &of(b, key)))
                .collect()
        }
        _ => format!("  {path}\n    helm {helm}\n    we   {we}\n"),
    }
}

#[test]
fn values() {
    check("values");
}

#[test]
fn options_that_set_values() {
    check("set");
}

#[test]
fn schemas() {
    check("schema");
}

#[test]
fn charts_below() {
    check("below");
}

#[test]
fn dependencies() {
    check("dependencies");
}

#[test]
fn metadata_and_ignored_files() {
    check("metadata");
}
