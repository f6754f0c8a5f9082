//! Nodes that are carried out one after the other: text, actions, choices, loops, templates.
//!
//! Choices, loops and templates nest in frames that we keep, not on the stack.

use std::rc::Rc;
use std::sync::Arc;

use super::{Operand, Run, Scope};
use crate::containers::List;
use crate::error::Error;
use crate::format::Printer;
use crate::heap::Charge;
use crate::quote::quoted;
use crate::set::Template;
use crate::sink::Sink;
use crate::text::Text;
use crate::tree::{Branch, Kind, NodeId, ROOT_NAME};
use crate::types::{IntType, Type, UintType};
use crate::value::Value;

/// How deep `{{template}}` may nest, as in Go.
const TEMPLATES_MAX: usize = 100_000;

/// A template that is under way.
struct Activation {
    template: Arc<Template>,
    frames: Vec<Frame>,
    /// Where its variables begin.
    base: usize,
    at: NodeId,
}

enum Frame {
    List(ListFrame),
    Loop(Loop),
}

/// Nodes that are carried out in turn.
struct ListFrame {
    list: NodeId,
    next: usize,
    dot: Operand,
    /// How many variables there are after it, if it ends a choice.
    mark: Option<usize>,
}

struct Loop {
    list: NodeId,
    pipe: NodeId,
    items: Items,
    next: usize,
    /// How many variables there are after the loop, and in each round at its begin.
    outside: usize,
    inside: usize,
}

/// What a loop goes over.
enum Items {
    /// The numbers below one, of its type.
    Ints(i64, IntType, Value),
    Uints(u64, UintType, Value),
    List(Rc<List>),
    Bytes(Text),
    Map(Snapshot),
}

/// The entries of a map as they were when the loop began.
struct Snapshot {
    entries: Vec<(Text, Value)>,
    element: Type,
    /// What the copy counts.
    _charge: Charge,
}

/// How it goes on.
enum Next {
    Again,
    Done,
    /// Another template first.
    Template(Arc<Template>, Operand),
}

impl Items {
    /// Key and element of a round.
    fn at(&self, index: usize) -> Option<(Operand, Operand)> {
        let number = || Operand::of(Value::int(index.try_into().unwrap_or(i64::MAX)));
        Some(match self {
            Self::Ints(end, kind, whole) => {
                let number = i64::try_from(index).ok().filter(|number| number < end)?;
                let value = whole.rebased(Value::Int(number, *kind));
                (Operand::default(), Operand::of(value))
            }
            Self::Uints(end, kind, whole) => {
                let number = u64::try_from(index).ok().filter(|number| number < end)?;
                let value = whole.rebased(Value::Uint(number, *kind));
                (Operand::default(), Operand::of(value))
            }
            Self::List(list) => {
                let value = list.items().get(index)?.clone();
                (number(), Operand { value, is_boxed: list.element().is_interface() })
            }
            Self::Bytes(bytes) => {
                let byte = u64::from(*bytes.get(index)?);
                (number(), Operand::of(Value::Uint(byte, UintType::Uint8)))
            }
            Self::Map(Snapshot { entries, element, .. }) => {
                let (key, value) = entries.get(index)?.clone();
                let is_boxed = element.is_interface();
                (Operand::of(Value::String(key)), Operand { value, is_boxed })
            }
        })
    }
}

impl Run<'_> {
    /// Carries a template out, and those that it asks for.
    pub(super) fn carry_out(&mut self, template: Arc<Template>, dot: Operand) -> Result<(), Error> {
        let mut under_way = vec![self.activation(template, dot)?];
        loop {
            let is_deepest = under_way.len() > TEMPLATES_MAX;
            let Some(activation) = under_way.last_mut() else {
                return Ok(());
            };
            match self.advance(activation, is_deepest)? {
                Next::Template(template, dot) => under_way.push(self.activation(template, dot)?),
                Next::Again | Next::Done => {
                    self.variables.truncate(activation.base);
                    under_way.pop();
                }
            }
        }
    }

    fn activation(&mut self, template: Arc<Template>, dot: Operand) -> Result<Activation, Error> {
        let base = self.variables.len();
        self.declare(ROOT_NAME, dot.clone())?;
        let (list, at) = (template.list, template.list);
        let frames = vec![Frame::List(ListFrame { list, next: 0, dot, mark: None })];
        Ok(Activation { template, frames, base, at })
    }

    /// Goes on until the template is done, or asks for another.
    fn advance(&mut self, activation: &mut Activation, is_deepest: bool) -> Result<Next, Error> {
        let Activation { template, frames, base, at } = activation;
        let mut scope = Scope { template, base: *base, at: *at, is_deepest };
        loop {
            let next = match frames.last_mut() {
                None => Next::Done,
                Some(Frame::List(_)) => self.walk_list(&mut scope, frames)?,
                Some(Frame::Loop(frame)) => {
                    if let Some(round) = self.next_round(&mut scope, frame)? {
                        frames.push(Frame::List(round));
                    } else {
                        self.variables.truncate(frame.outside);
                        frames.pop();
                    }
                    Next::Again
                }
            };
            if !matches!(next, Next::Again) {
                *at = scope.at;
                return Ok(next);
            }
        }
    }

    fn walk_list(&mut self, scope: &mut Scope<'_>, frames: &mut Vec<Frame>) -> Result<Next, Error> {
        let Some(Frame::List(frame)) = frames.last_mut() else {
            return Ok(Next::Done);
        };
        let Kind::List(nodes) = scope.source().kind(frame.list) else {
            return Err(scope.fail("unknown node"));
        };
        while let Some(&node) = nodes.get(frame.next) {
            frame.next += 1;
            scope.at = node;
            self.step().map_err(|error| scope.located(error))?;
            match scope.source().kind(node) {
                Kind::Text(from, to) => {
                    self.out.extend_from_slice(scope.source().slice(*from, *to));
                    self.check_output().map_err(|error| scope.located(error))?;
                }
                Kind::Action(pipe) => self.act(scope, &frame.dot, node, *pipe)?,
                Kind::If(branch) => {
                    let chosen = self.choose(scope, &frame.dot, branch, false)?;
                    frames.extend(chosen.map(Frame::List));
                    return Ok(Next::Again);
                }
                Kind::With(branch) => {
                    let chosen = self.choose(scope, &frame.dot, branch, true)?;
                    frames.extend(chosen.map(Frame::List));
                    return Ok(Next::Again);
                }
                Kind::Range(branch) => {
                    let chosen = self.range(scope, &frame.dot, branch)?;
                    frames.extend(chosen);
                    return Ok(Next::Again);
                }
                Kind::Template { name, pipe } => {
                    let (template, dot) = self.template_call(scope, &frame.dot, name, *pipe)?;
                    return Ok(Next::Template(template, dot));
                }
                Kind::Break => {
                    self.leave_round(frames, true);
                    return Ok(Next::Again);
                }
                Kind::Continue => {
                    self.leave_round(frames, false);
                    return Ok(Next::Again);
                }
                _ => return Err(scope.fail("unknown node")),
            }
        }
        if let Some(mark) = frame.mark {
            self.variables.truncate(mark);
        }
        frames.pop();
        Ok(Next::Again)
    }

    /// Evaluates an action and writes what it is, unless it sets variables.
    fn act(
        &mut self,
        scope: &mut Scope<'_>,
        dot: &Operand,
        node: NodeId,
        pipe: NodeId,
    ) -> Result<(), Error> {
        let value = self.pipeline(scope, dot, pipe)?.value;
        let is_silent =
            matches!(scope.source().kind(pipe), Kind::Pipe(pipe) if !pipe.variables.is_empty());
        if is_silent {
            return Ok(());
        }
        scope.at = node;
        match value {
            Value::String(text) => self.out.extend_from_slice(&text),
            Value::Nil => self.out.extend_from_slice(b"<no value>"),
            Value::Function(_) | Value::NilOf(Type::Function(_)) => {
                let shown = crate::show::shown(scope.source(), node);
                let type_name = value.type_name();
                return Err(scope.fail(format!("can't print {shown} of type {type_name}")));
            }
            Value::Object(object) if object.pointer_text().is_some() => {
                self.out.extend_from_slice(&object.pointer_text().unwrap_or_default());
            }
            other => {
                let max = self.set.limits().output_bytes;
                let mut sink = Sink::of_output(std::mem::take(&mut self.out), max, &self.meter);
                Printer::new(&mut sink).print_pointee(&other);
                let (out, result) = sink.into_parts();
                self.out = out;
                result.map_err(|error| scope.located(error))?;
            }
        }
        self.check_output().map_err(|error| scope.located(error))
    }

    /// The branch of an `if` or `with` that is carried out.
    fn choose(
        &mut self,
        scope: &mut Scope<'_>,
        dot: &Operand,
        branch: &Branch,
        is_with: bool,
    ) -> Result<Option<ListFrame>, Error> {
        let mark = self.variables.len();
        let value = self.pipeline(scope, dot, branch.pipe)?;
        let list = |list, dot| Some(ListFrame { list, next: 0, dot, mark: Some(mark) });
        let chosen = match (value.value.truth(), branch.otherwise) {
            (true, _) if is_with => list(branch.list, value),
            (true, _) => list(branch.list, dot.clone()),
            (false, Some(otherwise)) => list(otherwise, dot.clone()),
            (false, None) => None,
        };
        if chosen.is_none() {
            self.variables.truncate(mark);
        }
        Ok(chosen)
    }

    /// The loop, or what stands for a loop without rounds.
    fn range(
        &mut self,
        scope: &mut Scope<'_>,
        dot: &Operand,
        branch: &Branch,
    ) -> Result<Option<Frame>, Error> {
        let outside = self.variables.len();
        let value = self.pipeline(scope, dot, branch.pipe)?.value;
        let inside = self.variables.len();
        let items = self.items(scope, &value, branch.pipe)?;
        if let Some(items) = items.filter(|items| items.at(0).is_some()) {
            let (list, pipe) = (branch.list, branch.pipe);
            return Ok(Some(Frame::Loop(Loop { list, pipe, items, next: 0, outside, inside })));
        }
        let Some(list) = branch.otherwise else {
            self.variables.truncate(outside);
            return Ok(None);
        };
        let dot = dot.clone();
        Ok(Some(Frame::List(ListFrame { list, next: 0, dot, mark: Some(outside) })))
    }

    fn items(
        &self,
        scope: &Scope<'_>,
        value: &Value,
        pipe: NodeId,
    ) -> Result<Option<Items>, Error> {
        let variables = match scope.source().kind(pipe) {
            Kind::Pipe(pipe) => pipe.variables.len(),
            _ => 0,
        };
        let is_number = matches!(value.base(), Value::Int(..) | Value::Uint(..));
        if is_number && variables > 1 {
            let number = Self::shown(value, 'v');
            let message = format!("can't use {number} to iterate over more than one variable");
            return Err(scope.fail(message));
        }
        Ok(Some(match value.base() {
            Value::Nil | Value::NilOf(Type::List(_) | Type::Map(_) | Type::Bytes) => {
                return Ok(None);
            }
            Value::Int(number, kind) => Items::Ints(*number, *kind, value.clone()),
            Value::Uint(number, kind) => Items::Uints(*number, *kind, value.clone()),
            Value::List(list) => Items::List(Rc::clone(list)),
            Value::Bytes(bytes) => Items::Bytes(bytes.clone()),
            Value::Map(map) => {
                let bytes = map.count() * size_of::<(Text, Value)>();
                let charge = self.heap.reserve(bytes as u64);
                let charge = charge.map_err(|error| scope.located(error))?;
                let (entries, element) = (map.snapshot(), map.element().clone());
                Items::Map(Snapshot { entries, element, _charge: charge })
            }
            _ => {
                let shown = Self::shown_pointee(value);
                return Err(scope.fail(format!("range can't iterate over {shown}")));
            }
        }))
    }

    fn next_round(
        &mut self,
        scope: &mut Scope<'_>,
        frame: &mut Loop,
    ) -> Result<Option<ListFrame>, Error> {
        self.variables.truncate(frame.inside);
        let Some((key, element)) = frame.items.at(frame.next) else {
            return Ok(None);
        };
        frame.next += 1;
        self.step().map_err(|error| scope.located(error))?;
        if let Kind::Pipe(pipe) = scope.source().kind(frame.pipe) {
            match (&*pipe.variables, pipe.is_assignment) {
                ([], _) => {}
                ([only], true) => self.assign(scope, *only, element.clone())?,
                ([first, second, ..], true) => {
                    self.assign(scope, *first, key)?;
                    self.assign(scope, *second, element.clone())?;
                }
                ([_], false) => self.set_top(1, element.clone()),
                ([_, _, ..], false) => {
                    self.set_top(1, element.clone());
                    self.set_top(2, key);
                }
            }
        }
        Ok(Some(ListFrame { list: frame.list, next: 0, dot: element, mark: None }))
    }

    /// Sets the variable that many places from the end.
    fn set_top(&mut self, place: usize, value: Operand) {
        let index = self.variables.len().checked_sub(place);
        if let Some((_, variable)) = index.and_then(|index| self.variables.get_mut(index)) {
            *variable = value;
        }
    }

    /// Ends the round of the innermost loop, and the loop itself if it is broken off.
    fn leave_round(&mut self, frames: &mut Vec<Frame>, breaks: bool) {
        while let Some(frame) = frames.last() {
            if let Frame::Loop(frame) = frame {
                if breaks {
                    self.variables.truncate(frame.outside);
                    frames.pop();
                }
                return;
            }
            frames.pop();
        }
    }

    /// The template that `{{template}}` names, and its dot.
    fn template_call(
        &mut self,
        scope: &mut Scope<'_>,
        dot: &Operand,
        name: &Text,
        pipe: Option<NodeId>,
    ) -> Result<(Arc<Template>, Operand), Error> {
        let Some(template) = self.template(name).cloned() else {
            return Err(scope.fail(format!("template {} not defined", quoted(name))));
        };
        if scope.is_deepest {
            let message = format!("exceeded maximum template depth ({TEMPLATES_MAX})");
            return Err(scope.fail(message));
        }
        let dot = match pipe {
            Some(pipe) => self.pipeline(scope, dot, pipe)?,
            None => Operand::default(),
        };
        Ok((template, dot))
    }
}
