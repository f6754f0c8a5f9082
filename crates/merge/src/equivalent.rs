//! Whether the server would store one value as the other: the same amount in another spelling, a
//! zero that it leaves out, a default that it fills in.

use crate::differ::Change;
use crate::schema::{Atom, Field, ListType, MapType, Scalar, Shape, TypeRef};
use crate::{order, quantity};
use serde_json::{Map, Value, json};
use trimtab_model::Timestamp;

/// Whether a change is one to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Same,
    /// The schema cannot tell.
    Unsure,
    Different,
}

/// Whether storing `after` over `before` would change what is stored.
pub(crate) fn verdict(change: &Change<'_>) -> Verdict {
    let field = change.field;
    match (change.before, change.after) {
        (Some(Value::Null), None) if field.is_some_and(|field| field.null_kept) => {
            Verdict::Different
        }
        (None | Some(Value::Null), None) => Verdict::Same,
        (Some(before), None) if field.is_some_and(|field| filled(field, before)) => {
            if is_filled_up(change) { Verdict::Same } else { Verdict::Unsure }
        }
        (before, Some(Value::Null)) => unset(field, before),
        (None, Some(after)) if vanishes(field, after) => Verdict::Same,
        (Some(_), None) | (None, Some(_)) => Verdict::Different,
        // A list that is always written is null where it is empty.
        (Some(Value::Null), Some(after)) if is_empty(after) => match field {
            Some(field) if field.filled == Some(Value::Null) => Verdict::Same,
            _ => Verdict::Unsure,
        },
        (Some(before), Some(after)) if vanishes(field, after) => {
            let again = field.is_some_and(|field| filled(field, before));
            // What is not known to be filled in may be, by something else in the object.
            if again || is_zero(before) { Verdict::Same } else { Verdict::Unsure }
        }
        (Some(before), Some(after)) => within(change.of, after, before),
    }
}

/// Whether all that the server fills in beside a field is there already. What is not may be filled in
/// together with the field: `rollingUpdate` with `type`.
fn is_filled_up(change: &Change<'_>) -> bool {
    change.siblings.is_some_and(|(of, members)| {
        let there = |field: &Field| {
            field.filled.as_ref().is_none_or(Value::is_null) || members.contains_key(&*field.name)
        };
        of.fields.iter().all(there)
    })
}

/// Whether the server leaves a field with this value out.
fn vanishes(field: Option<&Field>, value: &Value) -> bool {
    is_zero(value) && field.is_some_and(|field| field.zero_omitted)
}

/// A field set to null: the server fills in its default or leaves it out, but for a custom resource
/// whose definition lets it be null. In a map of texts null becomes the empty text.
fn unset(field: Option<&Field>, live: Option<&Value>) -> Verdict {
    match (field, live) {
        (Some(field), None) if field.null_kept => Verdict::Different,
        (Some(_), None) => Verdict::Same,
        (_, Some(live)) if is_empty(live) => Verdict::Same,
        (Some(field), Some(live)) if filled(field, live) => Verdict::Same,
        _ => Verdict::Unsure,
    }
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::Object(_)) && is_zero(value)
}

/// Whether a value is the zero of its type, as Go has it.
pub(crate) fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

fn within(of: Atom<'_>, desired: &Value, live: &Value) -> Verdict {
    if order::equal(desired, live) {
        return Verdict::Same;
    }
    match (of.shape(Some(desired)), desired, live) {
        (Shape::Scalar(scalar), ..) => scalars(scalar, desired, live),
        (Shape::List { of, .. }, Value::Array(desired), Value::Array(live)) => {
            lists(of, desired, live)
        }
        (Shape::Map { of, .. }, Value::Object(desired), Value::Object(live)) => {
            maps(of, desired, live)
        }
        _ => Verdict::Different,
    }
}

fn lists(of: &ListType, desired: &[Value], live: &[Value]) -> Verdict {
    if desired.len() != live.len() {
        return Verdict::Different;
    }
    let pairs = desired.iter().zip(live);
    let verdicts = pairs.map(|(desired, live)| within(of.element.resolve(), desired, live));
    verdicts.max().unwrap_or(Verdict::Same)
}

fn maps(of: &MapType, desired: &Map<String, Value>, live: &Map<String, Value>) -> Verdict {
    let wanted = desired.iter().map(|(name, desired)| match live.get(name) {
        live if desired.is_null() => unset(of.field(name), live),
        Some(live) => match of.member(name) {
            Some(of) => within(of.resolve(), desired, live),
            None => Verdict::Different,
        },
        None if vanishes(of.field(name), desired) => Verdict::Same,
        None => Verdict::Different,
    });
    let unasked = live.iter().filter(|(name, _)| !desired.contains_key(*name));
    let unasked = unasked.map(|(name, live)| extra(of, name, live));
    wanted.chain(unasked).max().unwrap_or(Verdict::Same)
}

/// A member that only the live value has: filled in by the server, or put there by somebody.
fn extra(of: &MapType, name: &str, live: &Value) -> Verdict {
    match of.field(name) {
        Some(field) if live.is_null() || filled(field, live) => Verdict::Same,
        Some(_) => Verdict::Unsure,
        None if live.is_null() => Verdict::Same,
        None => Verdict::Different,
    }
}

/// Whether the server fills in this value where nothing is said. A struct that is always there is
/// filled in member by member.
fn filled(field: &Field, live: &Value) -> bool {
    let empty = json!({});
    let always = field.filled.as_ref() == Some(&empty)
        || (field.default.as_ref() == Some(&empty) && !field.zero_omitted);
    is_default(field, live) || (always && filled_below(&field.of, live))
}

fn filled_below(of: &TypeRef, live: &Value) -> bool {
    let (Some(Shape::Map { of, .. }), Some(members)) = (of.resolve().map(), live.as_object())
    else {
        return false;
    };
    members.iter().all(|(name, live)| {
        live.is_null() || of.field(name).is_some_and(|field| filled(field, live))
    })
}

fn is_default(field: &Field, live: &Value) -> bool {
    let is = |default: &Option<Value>| default.as_ref().is_some_and(|d| order::equal(d, live));
    is(&field.filled) || is(&field.default)
}

fn scalars(scalar: Scalar, desired: &Value, live: &Value) -> Verdict {
    let same = match scalar {
        Scalar::Quantity => {
            both(quantity::amount(desired).as_ref(), quantity::amount(live).as_ref())
        }
        Scalar::Time => both(time(desired).as_ref(), time(live).as_ref()),
        Scalar::Bytes => both(bytes(desired).as_ref(), bytes(live).as_ref()),
        Scalar::Text | Scalar::Number | Scalar::Boolean | Scalar::Untyped => false,
    };
    if same { Verdict::Same } else { Verdict::Different }
}

fn both<T: PartialEq>(left: Option<&T>, right: Option<&T>) -> bool {
    left.is_some() && left == right
}

fn time(value: &Value) -> Option<i64> {
    Some(value.as_str()?.parse::<Timestamp>().ok()?.as_second())
}

/// Base64 text without the line breaks that decoding skips.
fn bytes(value: &Value) -> Option<String> {
    Some(value.as_str()?.chars().filter(|c| !matches!(c, '\r' | '\n')).collect())
}
