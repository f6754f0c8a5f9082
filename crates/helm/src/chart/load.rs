//! A chart out of its files. Source: helm `v2/loader/load.go` (`LoadFiles`).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::limits::Room;
use super::metadata::{Draft, api_version, lock};
use super::{Chart, Error, File, Limits, Warning, Warnings, ignore};
use crate::archive;
use crate::values;

/// A chart, and what helm warns of when it loads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The chart.
    pub chart: Chart,
    /// What helm would warn of.
    pub warnings: Vec<Warning>,
}

impl Chart {
    /// Reads a chart from all files of its directory, whose paths begin there. What `.helmignore` names is
    /// left out; links were followed already.
    ///
    /// # Errors
    /// It is no chart, in helm's words; or a limit is reached.
    pub fn from_directory(files: Vec<File>, limits: Limits) -> Result<Loaded, Error> {
        let mut room = Room::new(limits);
        let mut files = ignore::filtered(files)?;
        files.sort_by(|a, b| a.path.split('/').cmp(b.path.split('/')));
        for file in &mut files {
            if let Some(rest) = file.bytes.strip_prefix(&archive::BYTE_ORDER_MARK) {
                file.bytes = Arc::from(rest);
            }
            room.file(file.bytes.len())
                .map_err(|error| error.within(format!("error reading {}", file.path)))?;
        }
        Self::root(files, "Chart.yaml file is missing", &mut room)
    }

    /// Reads a packaged chart (`.tgz`).
    ///
    /// # Errors
    /// It is no archive or no chart, in helm's words; or a limit is reached.
    pub fn from_archive(bytes: &[u8], limits: Limits) -> Result<Loaded, Error> {
        let mut room = Room::new(limits);
        let files = archive::read_within(bytes, &mut room);
        let files = files.map_err(|error| error.within("unable to load chart archive"))?;
        Self::root(files, "unable to detect chart version, no Chart.yaml found", &mut room)
    }

    /// Source: helm `loader/load.go` (`LoadDir`, `LoadArchive`).
    fn root(files: Vec<File>, missing: &str, room: &mut Room) -> Result<Loaded, Error> {
        let Some(file) = files.iter().find(|file| file.path == "Chart.yaml") else {
            return Err(Error::refused(missing));
        };
        match &*api_version(&file.bytes).map_err(|error| error.within("cannot load Chart.yaml"))? {
            "" | "v1" | "v2" => {}
            "v3" => return Err(Error::refused("invalid chart apiVersion")),
            _ => return Err(Error::refused("unsupported chart version")),
        }
        let mut loader = Loader { room, warnings: Warnings::default() };
        let chart = loader.load(files, 0)?;
        Ok(Loaded { chart, warnings: loader.warnings.into_vec() })
    }
}

/// The files of each folder and archive in `charts/`, without `charts/`.
type Below = BTreeMap<String, Vec<File>>;

/// What charts in charts share.
struct Loader<'r> {
    room: &'r mut Room,
    warnings: Warnings,
}

/// What stands behind the last dot.
fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

impl Loader<'_> {
    fn load(&mut self, files: Vec<File>, level: u64) -> Result<Chart, Error> {
        self.room.chart(level)?;
        let mut draft = None;
        for file in files.iter().filter(|file| file.path == "Chart.yaml") {
            let draft: &mut Draft = draft.get_or_insert_default();
            draft.read(&file.bytes).map_err(|error| error.within("cannot load Chart.yaml"))?;
            draft.default_api_version();
        }
        let mut reading = Reading { chart: Chart::default(), draft, below: Below::new() };
        for file in files {
            reading.file(file, &mut self.warnings)?;
        }
        let Reading { mut chart, draft, below } = reading;
        let draft = draft.ok_or_else(|| Error::refused("Chart.yaml file is missing"))?;
        chart.metadata = draft.finish()?;
        for (name, files) in below {
            if name.starts_with(['_', '.']) {
                continue;
            }
            let loaded = self.below(&name, files, level + 1, chart.name());
            chart.dependencies.push(loaded?);
        }
        Ok(chart)
    }

    fn below(
        &mut self,
        name: &str,
        files: Vec<File>,
        level: u64,
        above: &str,
    ) -> Result<Chart, Error> {
        let place = || format!("error unpacking subchart {name} in {above}");
        if extension(name) != "tgz" {
            let inside = |file: File| {
                let (_, path) = file.path.split_once('/')?;
                Some(File { path: path.to_owned(), bytes: file.bytes })
            };
            let files = files.into_iter().filter_map(inside).collect();
            return self.load(files, level).map_err(|error| error.within(place()));
        }
        let Some(file) = files.into_iter().next() else {
            return Err(Error::refused("Chart.yaml file is missing").within(place()));
        };
        if file.path != name {
            let got = file.path;
            let place = format!("error unpacking subchart tar in {above}");
            return Err(Error::refused(format!("{place}: expected {name}, got {got}")));
        }
        let files =
            archive::read_within(&file.bytes, self.room).map_err(|error| error.within(place()))?;
        self.load(files, level).map_err(|error| error.within(place()))
    }
}

/// A chart whose files are being looked at.
struct Reading {
    chart: Chart,
    draft: Option<Draft>,
    below: Below,
}

impl Reading {
    fn file(&mut self, file: File, warnings: &mut Warnings) -> Result<(), Error> {
        let chart = &mut self.chart;
        match &*file.path {
            "Chart.yaml" => {}
            "Chart.lock" => {
                chart.lock = lock(&file.bytes).map_err(|e| e.within("cannot load Chart.lock"))?;
            }
            "values.yaml" => {
                let read = values::read(&file.bytes);
                chart.values = read.map_err(|e| e.within("cannot load values.yaml"))?;
            }
            "values.schema.json" => chart.schema = Some(file.bytes),
            "requirements.yaml" => {
                let draft = self.draft.get_or_insert_default();
                if draft.api_version() != "v1" {
                    warnings.push(Warning::Requirements);
                }
                draft.read(&file.bytes).map_err(|e| e.within("cannot load requirements.yaml"))?;
                if draft.api_version() == "v1" {
                    chart.files.push(file);
                }
            }
            "requirements.lock" => {
                let lock = lock(&file.bytes);
                chart.lock = lock.map_err(|e| e.within("cannot load requirements.lock"))?;
                if self.draft.get_or_insert_default().api_version() == "v1" {
                    chart.files.push(file);
                } else {
                    warnings.push(Warning::RequirementsLock);
                }
            }
            path if path.starts_with("templates/") => chart.templates.push(file),
            path => match path.strip_prefix("charts/") {
                Some(rest) if extension(rest) != "prov" => {
                    let name = rest.split('/').next().unwrap_or(rest).to_owned();
                    let file = File { path: rest.to_owned(), bytes: file.bytes };
                    self.below.entry(name).or_default().push(file);
                }
                _ => chart.files.push(file),
            },
        }
        Ok(())
    }
}
