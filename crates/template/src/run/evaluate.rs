//! Pipelines and commands.

use super::call::Callee;
use super::field::Path;
use super::{Operand, Run, Scope};
use crate::error::Error;
use crate::number::Number;
use crate::show::shown;
use crate::tree::{Kind, NameId, NodeId, Pipe};
use crate::value::Value;

/// How many variables are passed by for a step.
const VARIABLES_A_STEP: u64 = 32;

/// The arguments of a command beside its first word: nodes, and the result of the command before.
pub(super) struct Rest<'n> {
    pub(super) nodes: &'n [NodeId],
    pub(super) last: Option<Operand>,
}

impl Rest<'_> {
    pub(super) const NONE: Self = Rest { nodes: &[], last: None };

    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.last.is_none()
    }
}

impl Run<'_> {
    /// What a pipeline comes to. The result is never boxed.
    pub(super) fn pipeline(
        &mut self,
        scope: &mut Scope<'_>,
        dot: &Operand,
        node: NodeId,
    ) -> Result<Operand, Error> {
        scope.at = node;
        let Kind::Pipe(pipe) = scope.source().kind(node) else {
            return Err(scope.fail("unknown node"));
        };
        self.enter().map_err(|error| scope.located(error))?;
        let result = self.commands(scope, dot, pipe);
        self.depth -= 1;
        let value = result?;
        for name in &pipe.variables {
            if pipe.is_assignment {
                self.assign(scope, *name, value.clone())?;
            } else {
                self.declare(*name, value.clone())?;
            }
        }
        Ok(value)
    }

    fn commands(
        &mut self,
        scope: &mut Scope<'_>,
        dot: &Operand,
        pipe: &Pipe,
    ) -> Result<Operand, Error> {
        let mut last = None;
        for command in &pipe.commands {
            let result = self.command(scope, dot, *command, last)?;
            last = Some(Operand::of(result.value));
        }
        Ok(last.unwrap_or_default())
    }

    pub(super) fn assign(
        &mut self,
        scope: &Scope<'_>,
        name: NameId,
        value: Operand,
    ) -> Result<(), Error> {
        let index = self.place(scope, name)?;
        self.variables[index].1 = value;
        Ok(())
    }

    fn command(
        &mut self,
        scope: &mut Scope<'_>,
        dot: &Operand,
        node: NodeId,
        last: Option<Operand>,
    ) -> Result<Operand, Error> {
        let source = scope.source();
        let Kind::Command(words) = source.kind(node) else {
            return Err(scope.fail("unknown node"));
        };
        let Some((&first, nodes)) = words.split_first() else {
            return Err(scope.fail("empty command"));
        };
        let rest = Rest { nodes, last };
        match source.kind(first) {
            Kind::Field(_) | Kind::Chain(..) | Kind::Variable(..) => {
                return self.access(scope, dot, first, rest);
            }
            Kind::Function(id, name) => {
                scope.at = first;
                return self.call(scope, dot, Callee { function: *id, name, node }, rest);
            }
            Kind::Pipe(_) => {
                no_function(scope, first, &rest)?;
                return self.pipeline(scope, dot, first);
            }
            _ => scope.at = first,
        }
        no_function(scope, first, &rest)?;
        match source.kind(first) {
            Kind::Dot => Ok(dot.clone()),
            Kind::Nil => Err(scope.fail("nil is not a command")),
            _ => constant(scope, first).map(Operand::of),
        }
    }

    /// What a field, a chain of fields or a variable stands for; the last field may be a method that
    /// takes the arguments.
    pub(super) fn access(
        &mut self,
        scope: &mut Scope<'_>,
        dot: &Operand,
        node: NodeId,
        rest: Rest<'_>,
    ) -> Result<Operand, Error> {
        let source = scope.source();
        scope.at = node;
        match source.kind(node) {
            Kind::Field(fields) => {
                self.fields(scope, dot, Path { node, receiver: dot, fields }, rest)
            }
            Kind::Variable(name, fields) => {
                let value = self.variable(scope, *name)?;
                if fields.is_empty() {
                    no_function(scope, node, &rest)?;
                    return Ok(value);
                }
                self.fields(scope, dot, Path { node, receiver: &value, fields }, rest)
            }
            Kind::Chain(inner, fields) => {
                if matches!(source.kind(*inner), Kind::Nil) {
                    let chain = shown(source, node);
                    return Err(scope.fail(format!("indirection through explicit nil in {chain}")));
                }
                let value = self.argument(scope, dot, None, *inner)?;
                self.fields(scope, dot, Path { node, receiver: &value, fields }, rest)
            }
            _ => Err(scope.fail("unknown node")),
        }
    }

    fn variable(&self, scope: &Scope<'_>, name: NameId) -> Result<Operand, Error> {
        let index = self.place(scope, name)?;
        Ok(self.variables[index].1.clone())
    }

    /// Where the innermost variable of that name is. Looking far for it is work.
    fn place(&self, scope: &Scope<'_>, name: NameId) -> Result<usize, Error> {
        let mine = &self.variables[scope.base..];
        let found = mine.iter().rposition(|(known, _)| *known == name);
        let index = found.ok_or_else(|| undefined(scope, name))?;
        let passed = (mine.len() - index) as u64;
        self.work(passed / VARIABLES_A_STEP).map_err(|error| scope.located(error))?;
        Ok(scope.base + index)
    }
}

fn undefined(scope: &Scope<'_>, name: NameId) -> Error {
    scope.fail(format!("undefined variable: {}", scope.source().variable(name)))
}

fn no_function(scope: &Scope<'_>, node: NodeId, rest: &Rest<'_>) -> Result<(), Error> {
    if rest.is_empty() {
        return Ok(());
    }
    let word = shown(scope.source(), node);
    Err(scope.fail(format!("can't give argument to non-function {word}")))
}

/// A constant where no type is wanted.
pub(super) fn constant(scope: &Scope<'_>, node: NodeId) -> Result<Value, Error> {
    let source = scope.source();
    match source.kind(node) {
        Kind::Boolean(truth) => Ok(Value::Bool(*truth)),
        Kind::String(text, ..) => Ok(Value::String(text.clone())),
        Kind::Number(number, from, to) => ideal(source.slice(*from, *to), number)
            .ok_or_else(|| scope.fail(format!("{} overflows int", shown(source, node)))),
        _ => {
            let word = shown(source, node);
            Err(scope
                .fail(format!("can't evaluate command {}", crate::quote::quoted(word.as_bytes()))))
        }
    }
}

/// The type of a number follows from how it is written: `1e3` is a float, `0x1E` an integer.
fn ideal(text: &[u8], number: &Number) -> Option<Value> {
    if let Some((real, imaginary)) = number.complex {
        return Some(Value::Complex(real, imaginary));
    }
    let is_character = text.starts_with(b"'");
    let has_power = text.iter().any(|byte| matches!(byte, b'p' | b'P'));
    let is_hexadecimal = text.len() > 2 && matches!(text, [b'0', b'x' | b'X', ..]) && !has_power;
    let is_float = text.iter().any(|byte| b".eEpP".contains(byte));
    match number.float {
        Some(float) if is_float && !is_character && !is_hexadecimal => Some(Value::float(float)),
        _ => number.int.map(Value::int),
    }
}
