//! What one render brings along for its functions.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use trimtab_template::{Run, Text};

use crate::function::regex::Patterns;
use crate::lookup::{Lookup, NoCluster};
use crate::random::{Seed, Stream};

/// What the functions of one render ask for: the time, randomness, objects of a cluster. It is given
/// to the run as its context, and serves that run alone.
///
/// Each call that wants randomness gets its own, from the seed, the name of the template and the number
/// of the call in it. So a change of one template leaves the secrets of the others as they were.
pub struct Context {
    /// The time that `now` says.
    pub now: Timestamp,
    /// The zone that dates are written in which name none.
    pub zone: TimeZone,
    seed: Seed,
    lookup: Box<dyn Lookup>,
    template: RefCell<Text>,
    calls: Cell<u64>,
    uses: RefCell<BTreeSet<Use>>,
    /// How deep each name is included in itself.
    pub(crate) included: RefCell<BTreeMap<Text, u32>>,
    /// Patterns that were compiled.
    pub(crate) patterns: RefCell<Patterns>,
}

/// A function that answers differently each time it is asked, and the template that asked it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The template that was being rendered.
    pub template: Text,
    /// The function.
    pub function: &'static str,
}

impl Context {
    /// A context without a cluster, in UTC.
    pub fn new(now: Timestamp, seed: Seed) -> Self {
        Self {
            now,
            zone: TimeZone::UTC,
            seed,
            lookup: Box::new(NoCluster),
            template: RefCell::default(),
            calls: Cell::new(0),
            uses: RefCell::default(),
            included: RefCell::default(),
            patterns: RefCell::default(),
        }
    }

    /// The same with someone who answers `lookup`.
    #[must_use]
    pub fn with_lookup(self, lookup: impl Lookup + 'static) -> Self {
        Self { lookup: Box::new(lookup), ..self }
    }

    /// Says which template is rendered from here on.
    pub fn begin(&self, template: &Text) {
        self.template.replace(template.clone());
        self.calls.set(0);
    }

    /// The functions that made the render one that cannot be repeated without the seed and the time.
    pub fn uses(&self) -> Vec<Use> {
        self.uses.borrow().iter().cloned().collect()
    }

    /// Remembers that a function was asked whose answer is another each time.
    pub(crate) fn note(&self, function: &'static str) {
        let template = self.template.borrow().clone();
        self.uses.borrow_mut().insert(Use { template, function });
    }

    /// Randomness for one call.
    pub(crate) fn randomness(&self, function: &'static str) -> Stream {
        self.note(function);
        let call = self.calls.get();
        self.calls.set(call + 1);
        Stream::new(self.seed.part(&self.template.borrow(), call))
    }

    pub(crate) fn lookup(&self) -> &dyn Lookup {
        &*self.lookup
    }
}

/// The context of a run.
///
/// # Errors
/// The run was given none.
pub(crate) fn of<'r>(run: &Run<'r>) -> Result<&'r Context, trimtab_template::Error> {
    run.context().ok_or_else(|| trimtab_template::Error::message("the run has no helm context"))
}
