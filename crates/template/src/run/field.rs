//! Fields, keys and methods.

use super::call::Callee;
use super::evaluate::Rest;
use super::{MissingKey, Operand, Run, Scope};
use crate::error::Error;
use crate::quote::quoted;
use crate::text::Text;
use crate::tree::NodeId;
use crate::types::Type;
use crate::value::Value;

/// Fields that are followed one after the other.
#[derive(Clone, Copy)]
pub(super) struct Path<'n> {
    /// The node that errors name.
    pub(super) node: NodeId,
    pub(super) receiver: &'n Operand,
    pub(super) fields: &'n [Text],
}

/// One of them.
#[derive(Clone, Copy)]
struct Step<'n> {
    node: NodeId,
    receiver: &'n Operand,
    name: &'n Text,
}

impl Run<'_> {
    /// Follows fields, one after the other. The last takes the arguments.
    pub(super) fn fields(
        &mut self,
        scope: &mut Scope<'_>,
        dot: &Operand,
        path: Path<'_>,
        rest: Rest<'_>,
    ) -> Result<Operand, Error> {
        let Path { node, receiver, fields } = path;
        let Some((last, before)) = fields.split_last() else {
            return Ok(receiver.clone());
        };
        let mut value = None;
        for name in before {
            let receiver = value.as_ref().unwrap_or(receiver);
            value = Some(self.field(scope, dot, Step { node, receiver, name }, Rest::NONE)?);
        }
        let receiver = value.as_ref().unwrap_or(receiver);
        self.field(scope, dot, Step { node, receiver, name: last }, rest)
    }

    fn field(
        &mut self,
        scope: &mut Scope<'_>,
        dot: &Operand,
        step: Step<'_>,
        rest: Rest<'_>,
    ) -> Result<Operand, Error> {
        let Step { node, receiver, name } = step;
        let value = &receiver.value;
        if let Value::Nil = value {
            return self.field_of_nil(scope, receiver, name);
        }
        let method = match value {
            Value::Object(object) => object.method(name),
            Value::Named(named) => named.method(name),
            _ => None,
        };
        if let Some(method) = method {
            return self.call_value(scope, dot, Callee { function: &*method, name, node }, rest);
        }
        if let Value::Object(object) = value
            && let Some(value) = object.field(name)
        {
            if !rest.is_empty() {
                let message = format!("{name} has arguments but cannot be invoked as function");
                return Err(scope.fail(message));
            }
            let is_boxed = value.is_nil();
            return Ok(Operand { value, is_boxed });
        }
        match value.base() {
            Value::Map(map) => {
                key_takes_no_arguments(scope, name, &rest)?;
                match map.get(name) {
                    Some(value) => Ok(Operand { value, is_boxed: map.element().is_interface() }),
                    None => self.missing(scope, name, map.element()),
                }
            }
            Value::NilOf(Type::Map(element)) => {
                key_takes_no_arguments(scope, name, &rest)?;
                self.missing(scope, name, element)
            }
            Value::NilOf(Type::Named(_)) => {
                let type_name = receiver.type_name();
                Err(scope.fail(format!("nil pointer evaluating {type_name}.{name}")))
            }
            _ => {
                let type_name = receiver.type_name();
                Err(scope.fail(format!("can't evaluate field {name} in type {type_name}")))
            }
        }
    }

    /// No value has no fields, and that is no error; a nil that is there is one.
    fn field_of_nil(
        &self,
        scope: &Scope<'_>,
        receiver: &Operand,
        name: &Text,
    ) -> Result<Operand, Error> {
        if receiver.is_boxed {
            return Err(scope.fail(format!("nil pointer evaluating interface {{}}.{name}")));
        }
        match self.settings.missing_key {
            MissingKey::Error => {
                Err(scope.fail(format!("nil data; no entry for key {}", quoted(name))))
            }
            MissingKey::Invalid | MissingKey::Zero => Ok(Operand::default()),
        }
    }

    fn missing(&self, scope: &Scope<'_>, name: &Text, element: &Type) -> Result<Operand, Error> {
        match self.settings.missing_key {
            MissingKey::Invalid => Ok(Operand::default()),
            MissingKey::Zero => {
                Ok(Operand { value: Value::zero(element), is_boxed: element.is_interface() })
            }
            MissingKey::Error => {
                Err(scope.fail(format!("map has no entry for key {}", quoted(name))))
            }
        }
    }
}

fn key_takes_no_arguments(scope: &Scope<'_>, name: &Text, rest: &Rest<'_>) -> Result<(), Error> {
    if rest.is_empty() {
        return Ok(());
    }
    Err(scope.fail(format!("{name} is not a method but has arguments")))
}
