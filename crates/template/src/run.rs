//! Carrying templates out.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::depth::Depth;
use crate::error::{Bound, Error, Execution, Shown};
use crate::heap::{Charge, Heap};
use crate::meter::Meter;
use crate::quote::quoted;
use crate::set::{Layer, Set, Template};
use crate::sink::Sink;
use crate::text::Text;
use crate::tree::{NameId, NodeId, Source};
use crate::value::Value;

mod argument;
mod call;
mod evaluate;
mod field;
mod walk;

/// What the key of a map stands for that is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// No value; it prints as `<no value>`.
    #[default]
    Invalid,
    /// The zero value of the map's elements. For `map[string]interface {}` that is nil, and a field of
    /// nil is an error.
    Zero,
    /// An error.
    Error,
}

/// How a run goes about.
#[derive(Clone, Copy, Default)]
pub struct Settings<'r> {
    /// What missing keys stand for.
    pub missing_key: MissingKey,
    /// Stops the run soon after it becomes true.
    pub interrupt: Option<&'r AtomicBool>,
    /// For functions: whatever the caller wants them to find.
    pub context: Option<&'r dyn Any>,
}

/// One use of a set, within the set's limits: templates are carried out one after the other, and what one changes in a map the
/// next one sees. Values belong to the run in which they are used, and must not be used after it.
///
/// Pipelines, and templates that functions carry out, nest on the stack, up to [`Limits::depth`](crate::Limits::depth): a
/// run needs a thread with [`stack_bytes`] of stack. Templates that templates carry out by
/// `{{template}}`, blocks and loops are not on the stack.
pub struct Run<'r> {
    set: &'r Set,
    settings: Settings<'r>,
    heap: Heap,
    meter: Meter<'r>,
    out: Vec<u8>,
    variables: Vec<(NameId, Operand)>,
    /// What the places of variables count.
    places: Charge,
    /// Templates that functions have parsed and are carrying out, the innermost last.
    layers: Vec<Arc<Layer>>,
    /// Texts that functions have parsed, by name and text.
    texts: BTreeMap<(Text, Text), Arc<Layer>>,
    depth: u32,
}

/// How much stack a run may use at a depth, in bytes: what a debug build was seen to use, and half as
/// much again.
pub const fn stack_bytes(depth: u32) -> usize {
    BASE_STACK_BYTES + depth as usize * LEVEL_STACK_BYTES
}

const BASE_STACK_BYTES: usize = 4 << 20;
const LEVEL_STACK_BYTES: usize = 12 << 10;

/// A value on its way. `is_boxed` tells the element of a `map[string]interface {}` from the same value
/// by itself, as Go's errors do; an unboxed nil is no value at all, a boxed one is a nil that is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operand {
    pub(crate) value: Value,
    pub(crate) is_boxed: bool,
}

impl Operand {
    pub(crate) fn of(value: Value) -> Self {
        Self { value, is_boxed: false }
    }

    pub(crate) fn boxed(value: Value) -> Self {
        Self { value, is_boxed: true }
    }

    /// Whether there is no value at all.
    pub(crate) fn is_invalid(&self) -> bool {
        self.value.is_nil() && !self.is_boxed
    }

    /// Its type as errors name it.
    pub(crate) fn type_name(&self) -> String {
        if self.is_boxed { "interface {}".to_owned() } else { self.value.type_name() }
    }
}

/// The template that is being carried out, and where.
pub(crate) struct Scope<'t> {
    template: &'t Template,
    /// Where its variables begin.
    base: usize,
    /// The node that errors name.
    at: NodeId,
    /// Whether it may carry out no further template by `{{template}}`.
    is_deepest: bool,
}

impl<'t> Scope<'t> {
    fn source(&self) -> &'t Source {
        &self.template.source
    }

    /// An error at the node.
    fn fail(&self, message: impl Into<String>) -> Error {
        self.fail_because(message, None)
    }

    fn fail_because(&self, message: impl Into<String>, source: Option<Error>) -> Error {
        Error::Execute(Box::new(Execution {
            place: self.source().place(self.at),
            executing: self.template.name.clone(),
            node: Shown::new(&self.template.source, self.at),
            message: message.into(),
            source: source.map(Box::new),
        }))
    }

    /// The same error, with the node if it is about a bound and names none.
    fn located(&self, error: Error) -> Error {
        match error {
            Error::Bound(mut exceeded) => {
                exceeded.place.get_or_insert_with(|| self.source().place(self.at));
                Error::Bound(exceeded)
            }
            other => other,
        }
    }
}

impl<'r> Run<'r> {
    /// A run of the set.
    pub fn new(set: &'r Set, settings: Settings<'r>) -> Self {
        let heap = Heap::new(set.limits().memory_bytes);
        Self {
            set,
            settings,
            places: heap.reserve(0).unwrap_or_default(),
            heap,
            meter: Meter::new(set.limits().steps, settings.interrupt),
            out: Vec::new(),
            variables: Vec::new(),
            layers: Vec::new(),
            texts: BTreeMap::new(),
            depth: 0,
        }
    }

    /// What values of the run are made of.
    pub fn heap(&self) -> &Heap {
        &self.heap
    }

    /// A text that is being made for a value.
    pub fn sink(&self) -> Sink<'_> {
        Sink::of_heap(&self.heap, &self.meter)
    }

    /// Where a function stands that begins to walk through a value.
    pub(crate) fn surface(&self) -> Depth<'_> {
        Depth::surface(&self.meter)
    }

    /// What the caller gave for functions, if it is of the type.
    pub fn context<T: 'static>(&self) -> Option<&'r T> {
        self.settings.context?.downcast_ref()
    }

    /// How many steps the run has taken.
    pub fn steps(&self) -> u64 {
        self.meter.steps()
    }

    /// How deep pipelines and templates nest at the moment.
    pub fn depth(&self) -> u32 {
        self.depth
    }

    /// Counts steps of work that a function does: comparisons, elements that it walks through.
    ///
    /// # Errors
    /// A bound is reached, or the run was told to stop.
    pub fn work(&self, steps: u64) -> Result<(), Error> {
        self.meter.work(steps)
    }

    /// Whether a template of that name can be carried out at the moment.
    pub fn has(&self, name: &[u8]) -> bool {
        self.template(name).is_some()
    }

    /// Carries out the template of that name. Functions call it, too: what they get is not part of the
    /// output.
    ///
    /// # Errors
    /// There is no such template, it failed, or a bound was reached.
    pub fn execute(&mut self, name: &[u8], dot: Value) -> Result<Text, Error> {
        let Some(template) = self.template(name).cloned() else {
            let (name, set) = (quoted(name), quoted(self.set.name()));
            let message = format!("template: no template {name} associated with template {set}");
            return Err(Error::message(message));
        };
        self.capture(template, dot)
    }

    /// Parses a text under a name and carries it out. Templates that it defines are seen by it, and by
    /// all templates that it makes be carried out, until it ends.
    ///
    /// # Errors
    /// The text is no template, it failed, or a bound was reached.
    pub fn execute_text(&mut self, name: &Text, text: &Text, dot: Value) -> Result<Text, Error> {
        let layer = self.layer(name, text)?;
        let root = Arc::clone(&layer.root);
        self.layers.push(layer);
        let result = self.capture(root, dot);
        self.layers.pop();
        result
    }

    fn layer(&mut self, name: &Text, text: &Text) -> Result<Arc<Layer>, Error> {
        let key = (name.clone(), text.clone());
        if let Some(layer) = self.texts.get(&key) {
            return Ok(Arc::clone(layer));
        }
        let mut charge = self.heap.reserve(PARSED_FACTOR * text.len() as u64)?;
        self.work(text.len() as u64 / PARSED_BYTES_A_STEP)?;
        let (functions, limits) = (self.set.functions(), self.set.limits());
        let mut layer = Layer::parse(name, text, functions, limits)?;
        charge.resize(layer.bytes())?;
        layer.charge = charge;
        let layer = Arc::new(layer);
        if self.texts.len() >= PARSED_TEXTS_MAX {
            self.texts.clear();
        }
        self.texts.insert(key, Arc::clone(&layer));
        Ok(layer)
    }

    fn template(&self, name: &[u8]) -> Option<&Arc<Template>> {
        // A blank template replaces none, so it is the last that is asked.
        let layers = self.layers.iter().rev().filter_map(|layer| layer.templates.get(name));
        let candidates = layers.chain(self.set.template(name));
        let mut blank = None;
        for template in candidates {
            if !template.is_blank {
                return Some(template);
            }
            blank = Some(template);
        }
        blank
    }

    fn capture(&mut self, template: Arc<Template>, dot: Value) -> Result<Text, Error> {
        let mark = self.out.len();
        let variables = self.variables.len();
        self.enter()?;
        let result = self.carry_out(template, Operand::of(dot));
        self.depth -= 1;
        let text = result.and_then(|()| {
            let mut sink = self.sink();
            sink.push(&self.out[mark..])?;
            sink.finish()
        });
        self.out.truncate(mark);
        self.variables.truncate(variables);
        text
    }

    /// Goes one level deeper on the stack.
    fn enter(&mut self) -> Result<(), Error> {
        let max = self.set.limits().depth;
        if self.depth >= max {
            return Err(Error::bound(Bound::Depth, u64::from(max)));
        }
        self.depth += 1;
        Ok(())
    }

    fn step(&self) -> Result<(), Error> {
        self.meter.work(1)
    }

    /// Adds a variable.
    fn declare(&mut self, name: NameId, value: Operand) -> Result<(), Error> {
        if self.variables.len() == self.variables.capacity() {
            let places = 2 * self.variables.len().max(32);
            self.places.resize((places * size_of::<(NameId, Operand)>()) as u64)?;
            self.variables.reserve_exact(places - self.variables.len());
        }
        self.variables.push((name, value));
        Ok(())
    }

    fn check_output(&self) -> Result<(), Error> {
        let max = self.set.limits().output_bytes;
        if self.out.len() as u64 > max {
            return Err(Error::bound(Bound::OutputBytes, max));
        }
        Ok(())
    }
}

/// How many bytes of nodes a byte of text becomes, as a guess before it is parsed.
const PARSED_FACTOR: u64 = 16;

/// How many bytes are parsed for a step.
const PARSED_BYTES_A_STEP: u64 = 16;

/// How many parsed texts a run keeps, in case that they come again.
const PARSED_TEXTS_MAX: usize = 256;
