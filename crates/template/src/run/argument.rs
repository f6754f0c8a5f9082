//! Arguments, checked against the types of parameters.

use super::call::Callee;
use super::evaluate::{Rest, constant};
use super::{Operand, Run, Scope};
use crate::error::Error;
use crate::show::shown;
use crate::tree::{Kind, NodeId};
use crate::types::Type;
use crate::value::Value;

impl Run<'_> {
    /// What a node comes to as an argument. Without a type, as the beginning of a chain.
    pub(super) fn argument(
        &mut self,
        scope: &mut Scope<'_>,
        dot: &Operand,
        wanted: Option<&Type>,
        node: NodeId,
    ) -> Result<Operand, Error> {
        scope.at = node;
        let source = scope.source();
        let value = match source.kind(node) {
            Kind::Dot => dot.clone(),
            Kind::Nil => return explicit_nil(scope, wanted),
            Kind::Field(_) | Kind::Variable(..) | Kind::Chain(..) => {
                self.access(scope, dot, node, Rest::NONE)?
            }
            Kind::Pipe(_) => self.pipeline(scope, dot, node)?,
            Kind::Function(id, name) => {
                self.call(scope, dot, Callee { function: *id, name, node }, Rest::NONE)?
            }
            _ => return typed_constant(scope, wanted, node),
        };
        match wanted {
            Some(wanted) => fitting(scope, value, wanted),
            None => Ok(value),
        }
    }
}

fn explicit_nil(scope: &Scope<'_>, wanted: Option<&Type>) -> Result<Operand, Error> {
    match wanted {
        Some(wanted) if !wanted.can_be_nil() => {
            Err(scope.fail(format!("cannot assign nil to {wanted}")))
        }
        Some(wanted) => Ok(Operand::of(Value::zero(wanted))),
        None => Ok(Operand::default()),
    }
}

/// The value, if a parameter of the type takes it.
pub(super) fn fitting(scope: &Scope<'_>, value: Operand, wanted: &Type) -> Result<Operand, Error> {
    match wanted {
        Type::Reflected => return Ok(value),
        Type::Any => return Ok(Operand::boxed(value.value)),
        _ => {}
    }
    if value.is_invalid() {
        if wanted.can_be_nil() {
            return Ok(Operand::of(Value::zero(wanted)));
        }
        return Err(scope.fail(format!("invalid value; expected {wanted}")));
    }
    if !value.value.is_assignable_to(wanted) {
        let given = match &value.value {
            Value::Nil => "interface {}".to_owned(),
            other => other.type_name(),
        };
        return Err(scope.fail(format!("wrong type for value; expected {wanted}; got {given}")));
    }
    // A function that wants a map gets the map of a named one.
    Ok(Operand::of(match wanted {
        Type::Map(_) | Type::List(_) | Type::Bytes => value.value.base().clone(),
        _ => value.value,
    }))
}

/// A constant becomes what the parameter wants, if it can.
fn typed_constant(
    scope: &Scope<'_>,
    wanted: Option<&Type>,
    node: NodeId,
) -> Result<Operand, Error> {
    let source = scope.source();
    let kind = source.kind(node);
    let number = match kind {
        Kind::Number(number, ..) => Some(number),
        _ => None,
    };
    let (value, expected) = match wanted {
        None | Some(Type::Any | Type::Reflected) => {
            return constant(scope, node).map(Operand::of);
        }
        Some(Type::Bool) => (
            match kind {
                Kind::Boolean(truth) => Some(Value::Bool(*truth)),
                _ => None,
            },
            "bool",
        ),
        Some(Type::String) => (
            match kind {
                Kind::String(text, ..) => Some(Value::String(text.clone())),
                _ => None,
            },
            "string",
        ),
        Some(Type::Int(kind)) => {
            let int = number.and_then(|number| number.int);
            (int.map(|int| Value::Int(kind.wrap(int), *kind)), "integer")
        }
        Some(Type::Uint(kind)) => {
            let uint = number.and_then(|number| number.uint);
            (uint.map(|uint| Value::Uint(kind.wrap(uint), *kind)), "unsigned integer")
        }
        Some(Type::Float(kind)) => {
            let float = number.and_then(|number| number.float);
            (float.map(|float| Value::Float(float, *kind)), "float")
        }
        Some(Type::Complex) => {
            let complex = number.and_then(|number| number.complex);
            (complex.map(|(real, imaginary)| Value::Complex(real, imaginary)), "complex")
        }
        Some(wanted) => {
            let word = shown(source, node);
            return Err(scope.fail(format!("can't handle {word} for arg of type {wanted}")));
        }
    };
    match value {
        Some(value) => Ok(Operand::of(value)),
        None => Err(scope.fail(format!("expected {expected}; found {}", shown(source, node)))),
    }
}
