//! What `helm template` does between its input and its output, where files and flags decide. Source: helm
//! `template.go`, `action.go` (`writeToFile`).

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::{Map, Value};
use trimtab_cli::HelmTemplate;
use trimtab_helm::chart::{Chart, Processed, Settings};
use trimtab_helm::{Part, Printed, Rendered, log};

use super::{Refusal, say};

/// Decides the charts below a chart, and its values.
pub fn processed(
    flags: &HelmTemplate,
    chart: &Chart,
    given: &Map<String, Value>,
) -> Result<Processed, Refusal> {
    const DEPENDENCIES: &str = "chart dependencies processing failed";
    const MISSING: &str = "found in Chart.yaml, but missing in charts/";
    let settings =
        Settings { skip_schemas: flags.values.skip_schema_validation, ..Settings::default() };
    let processed = chart.process(given, settings);
    processed.map_err(|error| {
        let reason = error.text.strip_prefix(DEPENDENCIES).and_then(|rest| rest.strip_prefix(": "));
        if let Some(reason) = reason {
            say(&log::line("ERROR", DEPENDENCIES, &[("error", reason)]));
        }
        if flags.source.dependency_update && error.text.contains(MISSING) {
            return Refusal(format!(
                "--dependency-update: charts are not fetched yet; run `helm dependency build` first: {}",
                error.text
            ));
        }
        Refusal(error.text)
    })
}

/// Writes a file for each template, and says so; those of hooks are added to what is there.
pub fn write(
    rendered: &Rendered,
    printed: &Printed,
    directory: &Path,
    release: Option<&str>,
) -> Result<(), Refusal> {
    let below = release.map_or_else(|| directory.to_owned(), |name| directory.join(name));
    let mut written = BTreeSet::new();
    for document in rendered.documents(printed) {
        let directory = if document.part == Part::Definition { directory } else { &below };
        let path = format!("{}/{}", directory.display(), document.path);
        let is_there = document.part == Part::Hook && Path::new(&path).exists();
        let is_added = !written.insert(path.clone()) || is_there;
        if let Some(folder) = Path::new(&path).parent() {
            fs::create_dir_all(folder)?;
        }
        let mut options = fs::OpenOptions::new();
        let options =
            if is_added { options.append(true) } else { options.write(true).truncate(true) };
        let mut bytes = Vec::new();
        document.print(&mut bytes);
        options.create(true).open(&path)?.write_all(&bytes)?;
        crate::terminal::print(&format!("wrote {path}\n"))?;
    }
    Ok(crate::terminal::print("\n")?)
}
