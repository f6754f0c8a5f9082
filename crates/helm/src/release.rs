//! A chart carried out as a release: which of its templates see what, in which order, and what becomes of
//! their texts. Source: helm `engine.go`, `action.go` (`renderResources`).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::{Map, Value as Json};
use trimtab_template::{Error, Limits, Run, Text};

use crate::chart::{Chart, Metadata};
use crate::context::Context;
use crate::failure::Failure;
use crate::render::{Outcome, Templates, executed};

mod capabilities;
mod files;
mod glob;
mod head;
mod hook;
mod manifest;
mod metadata;
mod name;
mod print;
mod root;
mod split;
mod table;

use files::Paths;
pub use hook::{Event, Hook, SkippedHook};
pub use manifest::Manifest;
pub use name::{InvalidName, templated_name};
pub use print::{Document, Part, Printed};

/// What templates see as `.Release`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The name.
    pub name: String,
    /// The namespace.
    pub namespace: String,
    /// Which try of this release it is, from 1.
    pub revision: i64,
    /// Whether a release of that name is there already.
    pub is_upgrade: bool,
}

/// A chart and those below it with their templates parsed, to be rendered any number of times. The chart
/// is one whose dependencies were decided.
#[derive(Debug)]
pub struct ParsedChart {
    templates: Templates,
    /// The charts, each behind the one that it is part of.
    charts: Vec<Nested>,
    /// The files that are carried out, in that order, with the chart that each is of.
    executed: Vec<(Text, usize)>,
    definitions: Vec<Definition>,
    kubernetes: String,
}

/// A chart in a chart.
#[derive(Debug)]
struct Nested {
    /// The chart that it is part of; `None` for the root.
    parent: Option<usize>,
    /// Its path from the root: `app/charts/db`.
    path: String,
    metadata: Metadata,
    files: Arc<Paths>,
}

/// A file of `crds/`, which no template is carried out in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its path from the root chart: `app/charts/db/crds/a.yaml`.
    pub path: String,
    /// What it holds.
    pub bytes: Arc<[u8]>,
}

/// What a chart renders to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The files of `crds/`, those of a chart before those of the charts below it.
    pub definitions: Vec<Definition>,
    /// The manifests in the order in which helm applies them.
    pub manifests: Vec<Manifest>,
    /// The hooks, by their kinds.
    pub hooks: Vec<Hook>,
    /// The hooks that helm drops without a word in its output.
    pub skipped: Vec<SkippedHook>,
    /// What the root chart tells its user.
    pub notes: String,
}

/// What bounds a render.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds<'i> {
    /// What its templates may ask of us.
    pub limits: Limits,
    /// Stops it soon after it becomes true.
    pub interrupt: Option<&'i AtomicBool>,
}

/// A template that is to be parsed.
struct Source<'c> {
    text: &'c [u8],
    chart: usize,
}

impl ParsedChart {
    /// Parses the templates of a chart and of those below it.
    ///
    /// # Errors
    /// A file is no template.
    pub fn parse(chart: &Chart, limits: Limits) -> Result<Self, Failure> {
        let (mut charts, mut sources, mut definitions) = (Vec::new(), BTreeMap::new(), Vec::new());
        gather(chart, None, &mut charts, &mut sources, &mut definitions);
        let mut ordered: Vec<(String, Source<'_>)> = sources.into_iter().collect();
        // The deepest first, and backwards within one depth: of two definitions of a name the last counts.
        ordered.sort_by(|(a, _), (b, _)| (slashes(b), b).cmp(&(slashes(a), a)));
        let mut templates = Templates::new(limits);
        let mut executed = Vec::new();
        for (path, source) in ordered {
            let name = Text::from(&*path);
            templates.parse(name.clone(), source.text)?;
            if !is_partial(&path) {
                executed.push((name, source.chart));
            }
        }
        let kubernetes = chart.metadata.kube_version.clone();
        Ok(Self { templates, charts, executed, definitions, kubernetes })
    }

    /// Renders it with values, which are those of the root chart with all others in them. It takes the
    /// stack of [`trimtab_template::stack_bytes`] at the depth of the limits, and stops soon after
    /// `interrupt` becomes true.
    pub fn render(
        &self,
        release: &Release,
        values: Map<String, Json>,
        context: Context,
        interrupt: Option<&AtomicBool>,
    ) -> Outcome<Rendered> {
        if let Some(failure) = unfit(&self.kubernetes, &context) {
            return Outcome::of(Err(failure), context);
        }
        let outcome = self
            .templates
            .run(context, interrupt, |run, context| self.carry_out(run, context, release, values));
        outcome.and_then(|files| self.rendered(files))
    }

    fn carry_out(
        &self,
        run: &mut Run<'_>,
        context: &Context,
        release: &Release,
        values: Map<String, Json>,
    ) -> Result<BTreeMap<String, Text>, Error> {
        let roots = root::roots(run, &self.charts, release, values, context.questions())?;
        let mut rendered = BTreeMap::new();
        for (name, chart) in &self.executed {
            let root = &roots[*chart];
            root::tell_template(run, root, name, &self.charts[*chart].path)?;
            let text = executed(run, context, name, root::dot(root))?;
            rendered.insert(name.to_string(), text);
        }
        Ok(rendered)
    }

    /// Sorts what came out of files. Those that end with `NOTES.txt` are for the user's eyes.
    fn rendered(&self, mut files: BTreeMap<String, Text>) -> Result<Rendered, Failure> {
        const NOTES: &str = "NOTES.txt";
        let root = self.charts.first().map_or("", |root| &root.path);
        let notes = files.get(&format!("{root}/templates/{NOTES}"));
        let notes = notes.map(ToString::to_string).unwrap_or_default();
        files.retain(|path, _| !path.ends_with(NOTES));
        let manifest::Sorted { manifests, hooks, skipped } = manifest::sorted(&files)?;
        let definitions = self.definitions.clone();
        Ok(Rendered { definitions, manifests, hooks, skipped, notes })
    }
}

/// Renders a chart whose dependencies were decided. See [`ParsedChart::render`].
pub fn render(
    chart: &Chart,
    release: &Release,
    values: Map<String, Json>,
    context: Context,
    bounds: Bounds<'_>,
) -> Outcome<Rendered> {
    // Helm looks at the version before it looks at the templates.
    if let Some(failure) = unfit(&chart.metadata.kube_version, &context) {
        return Outcome::of(Err(failure), context);
    }
    match ParsedChart::parse(chart, bounds.limits) {
        Ok(parsed) => parsed.render(release, values, context, bounds.interrupt),
        Err(failure) => Outcome::of(Err(failure), context),
    }
}

/// Why the cluster's version does not fit a chart's constraint.
fn unfit(constraint: &str, context: &Context) -> Option<Failure> {
    if constraint.is_empty() {
        return None;
    }
    let version = context.questions().kubernetes();
    let version_text = &version.version;
    (!version.fits(constraint)).then(|| {
        Failure::told(format!(
            "chart requires kubeVersion: {constraint} which is incompatible with Kubernetes \
             {version_text}"
        ))
    })
}

/// Collects a chart, then those below it. Of two templates with one path, that of the chart that comes
/// last counts, and that of a parent over those of its parts.
fn gather<'c>(
    chart: &'c Chart,
    parent: Option<usize>,
    charts: &mut Vec<Nested>,
    sources: &mut BTreeMap<String, Source<'c>>,
    definitions: &mut Vec<Definition>,
) {
    let name = chart.name();
    let path = match parent.and_then(|parent| charts.get(parent)) {
        Some(parent) => format!("{}/charts/{name}", parent.path),
        None => name.to_owned(),
    };
    definitions.extend(chart.crds().map(|file| Definition {
        path: format!("{path}/{}", file.path),
        bytes: Arc::clone(&file.bytes),
    }));
    let number = charts.len();
    charts.push(Nested {
        parent,
        path: path.clone(),
        metadata: chart.metadata.clone(),
        files: Arc::new(Paths::new(&chart.files)),
    });
    for below in &chart.dependencies {
        gather(below, Some(number), charts, sources, definitions);
    }
    for file in &chart.templates {
        // A library has nothing but named templates for others.
        if !chart.is_library() || is_partial(&file.path) {
            let source = Source { text: &file.bytes, chart: number };
            sources.insert(format!("{path}/{}", file.path), source);
        }
    }
}

fn slashes(path: &str) -> usize {
    path.bytes().filter(|byte| *byte == b'/').count()
}

/// Whether a file only defines templates for others.
fn is_partial(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.starts_with('_'))
}
