//! `eq`, `lt` and what follows from them.

use std::rc::Rc;

use super::{is_comparable, is_nil, value_of};
use crate::error::Error;
use crate::run::{Operand, Run};
use crate::value::{Kind, Value};

/// What can be compared by size or content.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Basic {
    None,
    Bool,
    Complex,
    Int,
    Float,
    String,
    Uint,
}

fn basic(value: &Value) -> Basic {
    match value.kind() {
        Kind::Bool => Basic::Bool,
        Kind::Complex => Basic::Complex,
        Kind::Int => Basic::Int,
        Kind::Float => Basic::Float,
        Kind::String => Basic::String,
        Kind::Uint => Basic::Uint,
        Kind::Invalid | Kind::Slice | Kind::Map | Kind::Function | Kind::Pointer | Kind::Struct => {
            Basic::None
        }
    }
}

/// Whether the first equals any of the others. Go stops at the first that does, so what comes after it
/// is not checked.
pub(super) fn equal(first: &Value, others: &[Operand]) -> Result<bool, Error> {
    if others.is_empty() {
        return Err(Error::message("missing argument for comparison"));
    }
    for other in others {
        if equal_to_one(first, &other.value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal_to_one(first: &Value, second: &Value) -> Result<bool, Error> {
    match (first.base(), second.base()) {
        (Value::Int(int, _), Value::Uint(uint, _)) | (Value::Uint(uint, _), Value::Int(int, _)) => {
            Ok(u64::try_from(*int).is_ok_and(|int| int == *uint))
        }
        (Value::Bool(first), Value::Bool(second)) => Ok(first == second),
        (Value::Int(first, _), Value::Int(second, _)) => Ok(first == second),
        (Value::Uint(first, _), Value::Uint(second, _)) => Ok(first == second),
        (Value::Float(first, _), Value::Float(second, _)) => Ok(is_same(*first, *second)),
        (Value::Complex(first, i), Value::Complex(second, j)) => {
            Ok(is_same(*first, *second) && is_same(*i, *j))
        }
        (Value::String(first), Value::String(second)) => Ok(first == second),
        _ if basic(first) == basic(second) => equal_others(first, second),
        _ if first.is_nil() || second.is_nil() => Ok(false),
        _ => Err(incompatible(first, second)),
    }
}

#[expect(clippy::float_cmp, reason = "Go compares floats exactly")]
fn is_same(first: f64, second: f64) -> bool {
    first == second
}

/// Nils, structs and pointers.
fn equal_others(first: &Value, second: &Value) -> Result<bool, Error> {
    let (left, right) = (first.kind(), second.kind());
    let can_compare = left == right || left == Kind::Invalid || right == Kind::Invalid;
    if !can_compare {
        let (shown, other) = (Run::shown(first, 's'), Run::shown(second, 'v'));
        let (type_name, other_type) = (first.type_name(), second.type_name());
        let message = format!("non-comparable types {shown}: {type_name}, {other_type}: {other}");
        return Err(Error::message(message));
    }
    if is_nil(first) || is_nil(second) {
        return Ok(is_nil(first) == is_nil(second));
    }
    if !is_comparable(second) {
        let (shown, type_name) = (Run::shown(second, 's'), second.type_name());
        return Err(Error::message(format!("non-comparable type {shown}: {type_name}")));
    }
    Ok(match (first, second) {
        (Value::Object(left), Value::Object(right)) => {
            left.equals(second).unwrap_or_else(|| Rc::ptr_eq(left, right))
        }
        _ => false,
    })
}

fn incompatible(first: &Value, second: &Value) -> Error {
    let (first, second) = (first.type_name(), second.type_name());
    Error::message(format!("incompatible types for comparison: {first} and {second}"))
}

/// Whether the first is less than the second.
pub(super) fn less(first: &Value, second: &Value) -> Result<bool, Error> {
    let bad = || Error::message("invalid type for comparison");
    if basic(first) == Basic::None || basic(second) == Basic::None {
        return Err(bad());
    }
    match (first.base(), second.base()) {
        (Value::Int(first, _), Value::Int(second, _)) => Ok(first < second),
        (Value::Uint(first, _), Value::Uint(second, _)) => Ok(first < second),
        (Value::Int(first, _), Value::Uint(second, _)) => {
            Ok(u64::try_from(*first).map_or(true, |first| first < *second))
        }
        (Value::Uint(first, _), Value::Int(second, _)) => {
            Ok(u64::try_from(*second).is_ok_and(|second| *first < second))
        }
        (Value::Float(first, _), Value::Float(second, _)) => Ok(first < second),
        (Value::String(first), Value::String(second)) => Ok(first < second),
        (Value::Bool(_), Value::Bool(_)) | (Value::Complex(..), Value::Complex(..)) => Err(bad()),
        _ => Err(incompatible(first, second)),
    }
}

/// Whether the first is less than the second or equals it.
pub(super) fn less_or_equal(first: &Value, second: &[Operand]) -> Result<bool, Error> {
    Ok(less(first, value_of(second))? || equal(first, second)?)
}
