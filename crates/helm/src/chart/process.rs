//! Which charts below a chart are rendered, under which names, and with which values. Source: helm
//! `dependencies.go`, `coalesce.go`, `values.go` (`ToRenderValues`).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::part::{Copies, Part};
use super::{Chart, Dependency, Error, Limits, Warning, Warnings, schema};
use crate::values::{Coalescer, Id, Mark, Node, Nulls, Tables, tree};

/// A chart that is ready to be rendered.
#[derive(Clone, Debug, PartialEq)]
pub struct Processed {
    /// The chart, with the charts below that are enabled. Its own `values` are as they were loaded.
    pub chart: Chart,
    /// The values of the root. Those of a chart below stand under its name.
    pub values: Map<String, Value>,
    /// What helm would warn of.
    pub warnings: Vec<Warning>,
}

/// What is asked of [`Chart::process`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Whether values may break the schemas of their charts (`--skip-schema-validation`).
    pub skip_schemas: bool,
    /// The bounds.
    pub limits: Limits,
}

impl Chart {
    /// Decides which charts below are enabled, under which names, and puts all values under those that
    /// someone gives.
    ///
    /// # Errors
    /// The chart is a library, lacks a chart that it depends on, or the values do not fit; in helm's words.
    pub fn process(
        &self,
        given: &Map<String, Value>,
        settings: Settings,
    ) -> Result<Processed, Error> {
        let mut warnings = Warnings::default();
        self.check_installable()?;
        if self.metadata.deprecated {
            warnings.push(Warning::Deprecated);
        }
        self.check_dependencies()?;
        let mut root = Part::of(self);
        let mut process = Process {
            tables: Tables::new(settings.limits),
            copies: Copies::new(settings.limits),
            warnings,
        };
        let failed = |error: Error| error.within("chart dependencies processing failed");
        let start = process.tables.mark();
        let given = tree(given);
        let given_table = process.tables.plant(&given, 0)?;
        process.enable(&mut root, given_table, "").map_err(failed)?;
        process.import(&mut root).map_err(failed)?;
        process.tables.release(start);
        let values = process.tables.plant(&given, 0)?;
        process.coalesce(&root, values, Nulls::Remove)?;
        let values = process.tables.json(values)?;
        if !settings.skip_schemas {
            schema::validate(&root, &values, settings.limits, &mut process.warnings)?;
        }
        let warnings = process.warnings.into_vec();
        Ok(Processed { chart: root.into_chart(), values, warnings })
    }

    /// Source: helm `cmd/install.go` (`checkIfInstallable`).
    fn check_installable(&self) -> Result<(), Error> {
        match self.metadata.kind.as_str() {
            "" | "application" => Ok(()),
            other => Err(Error::refused(format!("{other} charts are not installable"))),
        }
    }

    /// Source: helm `action/install.go` (`CheckDependencies`).
    fn check_dependencies(&self) -> Result<(), Error> {
        let is_missing = |name: &&str| !self.dependencies.iter().any(|below| below.name() == *name);
        let asked = self.metadata.dependencies.iter().flatten().map(|asked| asked.name.as_str());
        let missing: Vec<&str> = asked.filter(is_missing).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::refused(format!(
            "an error occurred while checking for chart dependencies. You may need to run 'helm \
             dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in \
             charts/ directory: {}",
            missing.join(", ")
        )))
    }
}

/// A chart that is being processed.
pub(super) struct Process {
    pub(super) tables: Tables,
    pub(super) warnings: Warnings,
    copies: Copies,
}

/// Helm looks at the charts below in the order in which they are declared, and each chart sees the values
/// of the one above as if they were its own, with its paths in front of conditions.
impl Process {
    pub(super) fn coalesce(&mut self, part: &Part, into: Id, nulls: Nulls) -> Result<(), Error> {
        let Self { tables, warnings, .. } = self;
        Coalescer { tables, warnings }.coalesce(part, into, "", nulls)
    }

    /// Removes what is disabled (`processDependencyEnabled`).
    fn enable(&mut self, part: &mut Part, above: Id, path: &str) -> Result<(), Error> {
        let Some(mut asked) = part.metadata.dependencies.take() else {
            return Ok(());
        };
        let existing = std::mem::take(&mut part.dependencies);
        let is_undeclared = |below: &&Part| !asked.iter().any(|asked| below.fulfils(asked));
        let mut below: Vec<Part> = existing.iter().filter(is_undeclared).cloned().collect();
        for dependency in &mut asked {
            below.extend(self.copies.found(&existing, dependency)?);
            if !dependency.alias.is_empty() {
                dependency.name.clone_from(&dependency.alias);
            }
            dependency.enabled = true;
        }
        part.dependencies = below;
        let mark = self.tables.mark();
        let values = self.tables.deep_copy(above, 0)?;
        self.coalesce(part, values, Nulls::Remove)?;
        self.decide_by_tags(&mut asked, values);
        self.decide_by_conditions(&mut asked, values, path);
        self.keep_enabled(part, asked, (values, path), mark)
    }

    fn keep_enabled(
        &mut self,
        part: &mut Part,
        asked: Vec<Dependency>,
        (values, path): (Id, &str),
        mark: Mark,
    ) -> Result<(), Error> {
        let disabled = asked.iter().filter(|asked| !asked.enabled);
        let disabled: BTreeSet<String> = disabled.map(|asked| asked.name.clone()).collect();
        part.dependencies.retain(|below| !disabled.contains(below.name()));
        for below in &mut part.dependencies {
            let path = format!("{path}{}.", below.name());
            self.enable(below, values, &path)?;
        }
        let kept = asked.into_iter().filter(|asked| !disabled.contains(&asked.name));
        let kept: Vec<Dependency> = kept.collect();
        part.metadata.dependencies = (!kept.is_empty()).then_some(kept);
        self.tables.release(mark);
        Ok(())
    }

    /// `processDependencyTags`.
    fn decide_by_tags(&mut self, asked: &mut [Dependency], values: Id) {
        let Some(Node::Table(tags)) = self.tables.get(values, "tags") else {
            return;
        };
        for dependency in asked {
            let (mut is_on, mut is_off) = (false, false);
            for tag in &dependency.tags {
                match self.tables.get(*tags, tag).map(truth) {
                    Some(Some(true)) => is_on = true,
                    Some(Some(false)) => is_off = true,
                    Some(None) => {
                        let (tag, chart) = (tag.clone(), dependency.name.clone());
                        self.warnings.push(Warning::TagNotBool { tag, chart });
                    }
                    None => {}
                }
            }
            dependency.enabled = is_on || !is_off;
        }
    }

    /// `processDependencyConditions`.
    fn decide_by_conditions(&mut self, asked: &mut [Dependency], values: Id, path: &str) {
        for dependency in asked {
            let conditions = dependency.condition.trim().split(',');
            for condition in conditions.filter(|condition| !condition.is_empty()) {
                let path = format!("{path}{condition}");
                match self.tables.value(values, &path).map(truth) {
                    Some(Some(truth)) => {
                        dependency.enabled = truth;
                        break;
                    }
                    Some(None) => {
                        let chart = dependency.name.clone();
                        self.warnings.push(Warning::ConditionNotBool { path, chart });
                    }
                    None => {}
                }
            }
        }
    }
}

fn truth(node: &Node) -> Option<bool> {
    match node {
        Node::Leaf(leaf) => leaf.value.as_bool(),
        Node::Null | Node::Table(_) => None,
    }
}
