//! A chart while its dependencies are decided.

use std::rc::Rc;
use std::sync::Arc;

use super::{Chart, Dependency, File, Limits, Lock, Metadata};
use crate::chart::{Error, Exceeded};
use crate::function::is_compatible;
use crate::values::{Tree, tree};

/// A chart whose files are shared with its copies, and whose values are what it has for the charts below.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) metadata: Metadata,
    pub(crate) values: Rc<Tree>,
    pub(crate) dependencies: Vec<Part>,
    source: Rc<Source>,
}

/// What nothing changes.
struct Source {
    templates: Vec<File>,
    files: Vec<File>,
    schema: Option<Arc<[u8]>>,
    lock: Option<Lock>,
    values: serde_json::Map<String, serde_json::Value>,
}

impl Part {
    pub(crate) fn of(chart: &Chart) -> Self {
        Self {
            metadata: chart.metadata.clone(),
            values: Rc::new(tree(&chart.values)),
            dependencies: chart.dependencies.iter().map(Self::of).collect(),
            source: Rc::new(Source {
                templates: chart.templates.clone(),
                files: chart.files.clone(),
                schema: chart.schema.clone(),
                lock: chart.lock.clone(),
                values: chart.values.clone(),
            }),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.metadata.name
    }

    pub(crate) fn schema(&self) -> Option<&[u8]> {
        self.source.schema.as_deref()
    }

    /// The chart that is left.
    pub(crate) fn into_chart(self) -> Chart {
        let source = &self.source;
        Chart {
            templates: source.templates.clone(),
            files: source.files.clone(),
            values: source.values.clone(),
            schema: source.schema.clone(),
            lock: source.lock.clone(),
            dependencies: self.dependencies.into_iter().map(Self::into_chart).collect(),
            metadata: self.metadata,
        }
    }

    /// Whether it is what is asked for.
    pub(crate) fn fulfils(&self, asked: &Dependency) -> bool {
        self.name() == asked.name && is_compatible(&asked.version, &self.metadata.version)
    }
}

/// How many charts were made of those that were loaded.
pub(crate) struct Copies {
    made: u64,
    max: u64,
}

impl Copies {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { made: 0, max: limits.charts }
    }

    /// The first chart that is what is asked for, under its alias. Source: helm `dependencies.go`
    /// (`getAliasDependency`).
    pub(crate) fn found(
        &mut self,
        among: &[Part],
        asked: &Dependency,
    ) -> Result<Option<Part>, Error> {
        let Some(part) = among.iter().find(|part| part.fulfils(asked)) else {
            return Ok(None);
        };
        self.made += 1;
        if self.made > self.max {
            return Err(Exceeded::Charts(self.max).into());
        }
        let mut copy = part.clone();
        if !asked.alias.is_empty() {
            copy.metadata.name.clone_from(&asked.alias);
        }
        Ok(Some(copy))
    }
}
