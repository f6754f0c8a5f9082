//! Calls of functions.

use super::argument::fitting;
use super::evaluate::Rest;
use super::{Operand, Run, Scope};
use crate::builtin::Builtin;
use crate::error::Error;
use crate::format::Printer;
use crate::function::{Arguments, Body, Function, FunctionId, Signature};
use crate::show::shown;
use crate::sink::Sink;
use crate::text::Text;
use crate::tree::NodeId;
use crate::value::Value;

/// What is called: a function of the table by its number, or a function that is a value.
#[derive(Clone, Copy)]
pub(super) struct Callee<'n, F> {
    pub(super) function: F,
    pub(super) name: &'n Text,
    /// The node that an error of the function names.
    pub(super) node: NodeId,
}

impl Run<'_> {
    /// Calls a function of the table.
    pub(super) fn call(
        &mut self,
        scope: &mut Scope<'_>,
        dot: &Operand,
        callee: Callee<'_, FunctionId>,
        rest: Rest<'_>,
    ) -> Result<Operand, Error> {
        let Callee { function, name, node } = callee;
        let set = self.set;
        let entry = set.functions().entry(function);
        match &entry.body {
            Body::Other(function) => {
                let function = &**function;
                self.call_value(scope, dot, Callee { function, name, node }, rest)
            }
            Body::Builtin(builtin) => {
                check_count(scope, name, &entry.signature, &rest)?;
                self.step().map_err(|error| scope.located(error))?;
                if matches!(builtin, Builtin::And | Builtin::Or) {
                    return self.short_circuit(scope, dot, *builtin == Builtin::Or, rest);
                }
                let callee = rest.nodes.first().copied();
                let arguments = self.arguments(scope, dot, &entry.signature, rest)?;
                let bytes = arguments.iter().map(|argument| text_bytes(&argument.value)).sum();
                self.read(bytes).map_err(|error| scope.located(error))?;
                let result = match builtin {
                    Builtin::Call => {
                        let callee = callee.map(|callee| shown(scope.source(), callee));
                        self.call_argument(&callee.unwrap_or_default(), arguments)
                    }
                    other => other.call(self, &arguments),
                };
                result.map_err(|error| failed(scope, name, node, error))
            }
        }
    }

    /// Calls a function that is a value or a method.
    pub(super) fn call_value(
        &mut self,
        scope: &mut Scope<'_>,
        dot: &Operand,
        callee: Callee<'_, &dyn Function>,
        rest: Rest<'_>,
    ) -> Result<Operand, Error> {
        let Callee { function, name, node } = callee;
        let signature = function.signature();
        check_count(scope, name, signature, &rest)?;
        self.step().map_err(|error| scope.located(error))?;
        let operands = self.arguments(scope, dot, signature, rest)?;
        let values: Vec<Value> = operands.into_iter().map(|operand| operand.value).collect();
        self.check_texts(&values).map_err(|error| scope.located(error))?;
        let result = function.call(self, Arguments(&values));
        let mut value = result.map_err(|error| failed(scope, name, node, error))?;
        self.heap.own_value(&mut value).map_err(|error| scope.located(error))?;
        Ok(Operand { value, is_boxed: signature.result().is_interface() })
    }

    /// Refuses texts of which a function could not hold some copies while it works, in other forms.
    fn check_texts(&self, arguments: &[Value]) -> Result<(), Error> {
        let bytes = arguments.iter().map(text_bytes).sum();
        self.read(bytes)?;
        self.heap.check(bytes.saturating_mul(TEXT_COPIES))
    }

    /// Counts as work that a function may look at so many bytes.
    fn read(&self, bytes: usize) -> Result<(), Error> {
        self.work(bytes as u64 / TEXT_BYTES_A_STEP)
    }

    fn arguments(
        &mut self,
        scope: &mut Scope<'_>,
        dot: &Operand,
        signature: &Signature,
        rest: Rest<'_>,
    ) -> Result<Vec<Operand>, Error> {
        let mut arguments = Vec::with_capacity(rest.nodes.len() + 1);
        for (index, node) in rest.nodes.iter().enumerate() {
            arguments.push(self.argument(scope, dot, signature.parameter(index), *node)?);
        }
        if let Some(last) = rest.last {
            match signature.parameter(arguments.len()) {
                Some(wanted) => arguments.push(fitting(scope, last, wanted)?),
                None => arguments.push(last),
            }
        }
        Ok(arguments)
    }

    /// `and` and `or`: the first operand that decides, or the last. Those after it are not evaluated.
    fn short_circuit(
        &mut self,
        scope: &mut Scope<'_>,
        dot: &Operand,
        decides: bool,
        rest: Rest<'_>,
    ) -> Result<Operand, Error> {
        let wanted = crate::types::Type::Reflected;
        let mut value = Operand::default();
        for node in rest.nodes {
            value = self.argument(scope, dot, Some(&wanted), *node)?;
            if value.value.truth() == decides {
                return Ok(value);
            }
        }
        Ok(rest.last.unwrap_or(value))
    }

    /// The builtin `call`: its first argument is the function.
    fn call_argument(&mut self, name: &str, arguments: Vec<Operand>) -> Result<Operand, Error> {
        let mut values = arguments.into_iter().map(|operand| operand.value);
        let function = match values.next().unwrap_or_default() {
            Value::Function(function) => function,
            Value::Nil => return Err(Error::message("call of nil")),
            other => {
                let type_name = other.type_name();
                return Err(Error::message(format!("non-function {name} of type {type_name}")));
            }
        };
        let signature = function.signature();
        let values: Vec<Value> = values.collect();
        let (given, wanted) = (values.len(), signature.fixed());
        let is_wrong = if signature.is_variadic() { given < wanted } else { given != wanted };
        if is_wrong {
            let least = if signature.is_variadic() { "at least " } else { "" };
            let message =
                format!("wrong number of args for {name}: got {given} want {least}{wanted}");
            return Err(Error::message(message));
        }
        let prepared = values.into_iter().enumerate().map(|(index, value)| {
            let Some(wanted) = signature.parameter(index) else {
                return Ok(value);
            };
            crate::builtin::prepared(value, wanted)
                .map_err(|error| error.because(format!("arg {index}")))
        });
        let prepared = prepared.collect::<Result<Vec<Value>, Error>>()?;
        let mut value = function.call(self, Arguments(&prepared))?;
        self.heap.own_value(&mut value)?;
        Ok(Operand { value, is_boxed: signature.result().is_interface() })
    }

    /// A value as `%v` prints it; of a pointer, what it points to.
    pub(super) fn shown_pointee(value: &Value) -> String {
        let mut sink = Sink::up_to(SHOWN_BYTES_MAX);
        Printer::new(&mut sink).print_pointee(value);
        String::from_utf8_lossy(sink.written()).into_owned()
    }

    /// A value as a verb prints it, for error texts.
    pub(crate) fn shown(value: &Value, verb: char) -> String {
        let mut sink = Sink::up_to(SHOWN_BYTES_MAX);
        Printer::new(&mut sink).print_reflected(value, verb);
        String::from_utf8_lossy(sink.written()).into_owned()
    }
}

/// How many bytes a function may hold for a byte of its texts beside its result: as characters they are
/// four, and some are written as three or more.
const TEXT_COPIES: usize = 7;

/// How many bytes a function may look at for a step.
const TEXT_BYTES_A_STEP: u64 = 1024;

fn text_bytes(value: &Value) -> usize {
    match value.base() {
        Value::String(text) | Value::Bytes(text) => text.len(),
        _ => 0,
    }
}

/// How much of a value an error text shows, about.
const SHOWN_BYTES_MAX: u64 = 1 << 16;

fn check_count(
    scope: &Scope<'_>,
    name: &Text,
    signature: &Signature,
    rest: &Rest<'_>,
) -> Result<(), Error> {
    let given = rest.nodes.len() + usize::from(rest.last.is_some());
    let wanted = signature.fixed();
    if signature.is_variadic() && given < wanted {
        let given = rest.nodes.len();
        let message =
            format!("wrong number of args for {name}: want at least {wanted} got {given}");
        return Err(scope.fail(message));
    }
    if !signature.is_variadic() && given != wanted {
        let message = format!("wrong number of args for {name}: want {wanted} got {given}");
        return Err(scope.fail(message));
    }
    Ok(())
}

/// What a function says, at the node of its call. A bound stays what it is.
fn failed(scope: &mut Scope<'_>, name: &Text, node: NodeId, error: Error) -> Error {
    scope.at = node;
    if error.exceeded().is_some() {
        return scope.located(error);
    }
    scope.fail_because(format!("error calling {name}"), Some(error))
}
