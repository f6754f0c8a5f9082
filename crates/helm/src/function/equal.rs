//! Deep equality (Go's `reflect.DeepEqual`): types count, and what is nil differs from what is empty.

use std::rc::Rc;

use trimtab_template::{Error, Value};

use super::deeper;

/// Whether two values are deeply equal.
pub(super) fn deep_equal(a: &Value, b: &Value) -> Result<bool, Error> {
    equal(a, b, 0)
}

#[expect(clippy::float_cmp, reason = "the question is whether they are the same")]
fn equal(a: &Value, b: &Value, levels: u32) -> Result<bool, Error> {
    Ok(match (a, b) {
        (Value::Nil, Value::Nil) => true,
        (Value::NilOf(a), Value::NilOf(b)) => a == b,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a, a_type), Value::Int(b, b_type)) => a == b && a_type == b_type,
        (Value::Uint(a, a_type), Value::Uint(b, b_type)) => a == b && a_type == b_type,
        (Value::Float(a, a_type), Value::Float(b, b_type)) => a == b && a_type == b_type,
        (Value::Complex(a, a_imaginary), Value::Complex(b, b_imaginary)) => {
            a == b && a_imaginary == b_imaginary
        }
        (Value::String(a), Value::String(b)) | (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            if a.element() != b.element() || a.items().len() != b.items().len() {
                return Ok(false);
            }
            // The same array is equal to itself, even if it has NaN in it.
            Rc::ptr_eq(a, b) || all_equal(a.items().iter().zip(b.items()), deeper(levels)?)?
        }
        (Value::Map(a), Value::Map(b)) => {
            if a.element() != b.element() || a.count() != b.count() {
                return Ok(false);
            }
            if Rc::ptr_eq(a, b) {
                return Ok(true);
            }
            let (a, b) = (a.entries(), b.entries());
            a.keys().eq(b.keys()) && all_equal(a.values().zip(b.values()), deeper(levels)?)?
        }
        (Value::Object(a), Value::Object(b)) => {
            if a.go_type() != b.go_type() {
                return Ok(false);
            }
            if let (Some(a), Some(b)) = (a.base(), b.base()) {
                return equal(a, b, levels);
            }
            let (a_fields, b_fields) = (a.fields(), b.fields());
            let values =
                |fields: Vec<(&str, Value)>| fields.into_iter().map(|(_, value)| value).collect();
            let (a_values, b_values): (Vec<Value>, Vec<Value>) =
                (values(a_fields), values(b_fields));
            a.text() == b.text() && all_equal(a_values.iter().zip(&b_values), deeper(levels)?)?
        }
        _ => false,
    })
}

fn all_equal<'v>(
    pairs: impl Iterator<Item = (&'v Value, &'v Value)>,
    levels: u32,
) -> Result<bool, Error> {
    for (a, b) in pairs {
        if !equal(a, b, levels)? {
            return Ok(false);
        }
    }
    Ok(true)
}
