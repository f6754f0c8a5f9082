//! Charts from a directory of this repository, with their default values, as far as the cases need them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use trimtab_helm::chart::{Chart, File};
use trimtab_yaml::Limits;

/// The chart, with those below it and its values.
pub fn chart(root: &Path) -> (Chart, Map<String, Value>) {
    let mut files = Vec::new();
    read(root, root, &mut files);
    let table = |name: &str| {
        let file = files.iter().find(|file| file.path == name);
        let bytes = file.map(|file| Arc::clone(&file.bytes)).unwrap_or_default();
        match trimtab_yaml::first(&bytes, Limits::default()) {
            Ok(Value::Object(table)) => table,
            _ => Map::new(),
        }
    };
    let (about, mut values) = (table("Chart.yaml"), table("values.yaml"));
    let text = |key: &str| about.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut chart = Chart::default();
    chart.metadata.name = text("name");
    chart.metadata.version = text("version");
    chart.metadata.api_version = text("apiVersion");
    chart.metadata.kube_version = text("kubeVersion");
    chart.metadata.kind = text("type");
    values.values_mut().for_each(with_floats);
    (chart.templates, chart.files) = files
        .into_iter()
        .filter(|file| !["Chart.yaml", "values.yaml"].contains(&&*file.path))
        .partition(|file| file.path.starts_with("templates/"));
    for path in below(root) {
        let (part, mut own) = self::chart(&path);
        own.entry("global").or_insert(json!({}));
        values.insert(part.name().to_owned(), Value::Object(own));
        chart.dependencies.push(part);
    }
    (chart, values)
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut entries: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

fn below(root: &Path) -> Vec<std::path::PathBuf> {
    entries(&root.join("charts"))
}

fn read(root: &Path, folder: &Path, files: &mut Vec<File>) {
    for entry in entries(folder) {
        let path = entry.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        if entry.is_file() {
            let bytes = fs::read(&entry).unwrap();
            let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
            files.push(File { path, bytes: Arc::from(bytes) });
        } else if path != "charts" {
            read(root, &entry, files);
        }
    }
}

fn with_floats(value: &mut Value) {
    match value {
        Value::Number(number) => *value = json!(number.as_f64().unwrap()),
        Value::Array(items) => items.iter_mut().for_each(with_floats),
        Value::Object(entries) => entries.values_mut().for_each(with_floats),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}
