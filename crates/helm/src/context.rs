//! What one render brings along for its functions.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use trimtab_template::{Run, Text};

use crate::function::regex::Patterns;
use crate::inputs::{Answer, Inputs, Lookup, NoCluster, Question, Reply};
use crate::questions::Questions;
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
    questions: Rc<Questions>,
    template: RefCell<Text>,
    calls: Cell<u64>,
    uses: RefCell<BTreeSet<Use>>,
    /// How deep each name is included in itself.
    pub(crate) included: RefCell<BTreeMap<Text, u32>>,
    /// Patterns that were compiled.
    pub(crate) patterns: RefCell<Patterns>,
}

/// What a render depends on beside its templates and values, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The functions that made it one that cannot be repeated without the seed and the time.
    pub uses: Vec<Use>,
    /// The questions that were answered, and with what.
    pub questions: Vec<(Question, Reply)>,
    pub(crate) unanswered: Vec<Question>,
}

impl Asked {
    /// Whether the render may be kept for as long as its questions are answered alike. One that found an
    /// object of the cluster may not: what it made of it may be a secret.
    pub fn is_cacheable(&self) -> bool {
        self.questions.iter().all(|(_, reply)| *reply != Reply::Unkept)
    }
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
            questions: Rc::new(Questions::new(Rc::new(NoCluster::default()))),
            template: RefCell::default(),
            calls: Cell::new(0),
            uses: RefCell::default(),
            included: RefCell::default(),
            patterns: RefCell::default(),
        }
    }

    /// The same with someone who answers what templates ask.
    #[must_use]
    pub fn with_inputs(self, inputs: Rc<dyn Inputs>) -> Self {
        Self { questions: Rc::new(Questions::new(inputs)), ..self }
    }

    /// Says which template is rendered from here on.
    pub(crate) fn begin(&self, template: &Text) {
        self.template.replace(template.clone());
        self.calls.set(0);
    }

    /// What the render depends on.
    pub(crate) fn into_asked(self) -> Asked {
        let (questions, unanswered) = self.questions.told();
        Asked { uses: self.uses.into_inner().into_iter().collect(), questions, unanswered }
    }

    /// Whom values ask that are made for the render.
    pub(crate) fn questions(&self) -> &Rc<Questions> {
        &self.questions
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

    /// Asks for objects of a cluster.
    pub(crate) fn lookup(&self, lookup: Lookup) -> Answer {
        self.questions.lookup(lookup)
    }
}

/// The context of a run.
///
/// # Errors
/// The run was given none.
pub(crate) fn of<'r>(run: &Run<'r>) -> Result<&'r Context, trimtab_template::Error> {
    run.context().ok_or_else(|| trimtab_template::Error::misuse("the run has no helm context"))
}
