//! Lists. None of these functions changes the list that it is given.

use std::borrow::Cow;

use trimtab_template::{Arguments, Error, Functions, Run, Signature, Type, UintType, Value};

use super::equal::deep_equal;
use super::{cast, check_room, nil_dereference, of_any};

pub(super) fn add(functions: &mut Functions) {
    add_makers(functions);
    add_parts(functions);
    add_filters(functions);
}

fn add_makers(functions: &mut Functions) {
    let all = || Signature::new([], Type::list()).and_any_number_of(Type::Any);
    for name in ["list", "tuple"] {
        functions.add_native(name, all(), |run, a| run.heap().list(a.0.to_vec()));
    }
    for name in ["append", "push", "mustAppend", "mustPush"] {
        functions.add_native(name, of_any(2, Type::list()), |run, a| {
            let items = items(a.at(0), |kind| format!("Cannot push on type {kind}"))?;
            joined(run, &[&items, std::slice::from_ref(a.at(1))])
        });
    }
    for name in ["prepend", "mustPrepend"] {
        functions.add_native(name, of_any(2, Type::list()), |run, a| {
            let items = items(a.at(0), |kind| format!("Cannot prepend on type {kind}"))?;
            joined(run, &[std::slice::from_ref(a.at(1)), &items])
        });
    }
    let concat = Signature::new([], Type::Any).and_any_number_of(Type::Any);
    functions.add_native("concat", concat, concatenated);
    for name in ["chunk", "mustChunk"] {
        let signature = Signature::new([Type::INT, Type::Any], Type::list_of(Type::list()));
        functions.add_native(name, signature, chunk);
    }
}

fn add_parts(functions: &mut Functions) {
    for name in ["first", "mustFirst"] {
        functions.add_native(name, of_any(1, Type::Any), |_, a| {
            let items = found(a.at(0), "first")?;
            Ok(items.first().cloned().unwrap_or_default())
        });
    }
    for name in ["last", "mustLast"] {
        functions.add_native(name, of_any(1, Type::Any), |_, a| {
            let items = found(a.at(0), "last")?;
            Ok(items.last().cloned().unwrap_or_default())
        });
    }
    for name in ["rest", "mustRest"] {
        functions.add_native(name, of_any(1, Type::list()), |run, a| {
            match found(a.at(0), "rest")?.split_first() {
                Some((_, rest)) => joined(run, &[rest]),
                None => Ok(Value::NilOf(Type::list())),
            }
        });
    }
    for name in ["initial", "mustInitial"] {
        functions.add_native(name, of_any(1, Type::list()), |run, a| {
            match found(a.at(0), "initial")?.split_last() {
                Some((_, initial)) => joined(run, &[initial]),
                None => Ok(Value::NilOf(Type::list())),
            }
        });
    }
    for name in ["reverse", "mustReverse"] {
        functions.add_native(name, of_any(1, Type::list()), |run, a| {
            let mut items = found(a.at(0), "reverse")?.into_owned();
            items.reverse();
            run.heap().list(items)
        });
    }
    for name in ["slice", "mustSlice"] {
        let signature = of_any(1, Type::Any).and_any_number_of(Type::Any);
        functions.add_native(name, signature, slice);
    }
}

fn add_filters(functions: &mut Functions) {
    for name in ["compact", "mustCompact"] {
        functions.add_native(name, of_any(1, Type::list()), |run, a| {
            let items = items(a.at(0), |kind| format!("Cannot compact on type {kind}"))?;
            run.heap().list(items.iter().filter(|item| item.truth()).cloned().collect())
        });
    }
    for name in ["uniq", "mustUniq"] {
        functions.add_native(name, of_any(1, Type::list()), |run, a| {
            let mut kept: Vec<Value> = Vec::new();
            for item in &*found(a.at(0), "uniq")? {
                if !contains(run, &kept, item)? {
                    kept.push(item.clone());
                }
            }
            run.heap().list(kept)
        });
    }
    for name in ["without", "mustWithout"] {
        let signature = of_any(1, Type::list()).and_any_number_of(Type::Any);
        functions.add_native(name, signature, |run, a| {
            let mut kept = Vec::new();
            for item in &*found(a.at(0), "without")? {
                if !contains(run, a.from(1), item)? {
                    kept.push(item.clone());
                }
            }
            run.heap().list(kept)
        });
    }
    for name in ["has", "mustHas"] {
        functions.add_native(name, of_any(2, Type::Bool), |run, a| {
            if a.at(1).is_nil() {
                return Ok(Value::Bool(false));
            }
            let items = found(a.at(1), "has")?;
            contains(run, &items, a.at(0)).map(Value::Bool)
        });
    }
}

/// The elements of a slice of any type; `None` for what is no slice.
pub(super) fn elements(value: &Value) -> Option<Cow<'_, [Value]>> {
    match value.base() {
        Value::List(list) => Some(Cow::Borrowed(list.items())),
        Value::Bytes(bytes) => {
            let item = |byte: &u8| Value::Uint(u64::from(*byte), UintType::Uint8);
            Some(Cow::Owned(bytes.iter().map(item).collect()))
        }
        Value::NilOf(Type::List(_) | Type::Bytes) => Some(Cow::Borrowed(&[])),
        _ => None,
    }
}

fn items(value: &Value, refusal: impl Fn(&str) -> String) -> Result<Cow<'_, [Value]>, Error> {
    if value.is_nil() {
        return Err(nil_dereference());
    }
    elements(value).ok_or_else(|| Error::message(refusal(value.kind_name())))
}

fn found<'v>(value: &'v Value, what: &str) -> Result<Cow<'v, [Value]>, Error> {
    items(value, |kind| format!("Cannot find {what} on type {kind}"))
}

fn joined(run: &Run<'_>, parts: &[&[Value]]) -> Result<Value, Error> {
    run.heap().list(parts.concat())
}

/// Whether an item is deeply equal to another; each comparison is a step of the run.
fn contains(run: &mut Run<'_>, items: &[Value], wanted: &Value) -> Result<bool, Error> {
    run.work(items.len() as u64)?;
    for item in items {
        if deep_equal(wanted, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn concatenated(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let mut all = Vec::new();
    for list in a.0 {
        let items = items(list, |kind| format!("Cannot concat type {kind} as list"))?;
        check_room(run, (all.len() + items.len()).saturating_mul(size_of::<Value>()))?;
        all.extend_from_slice(&items);
    }
    if all.is_empty() {
        return Ok(Value::NilOf(Type::list()));
    }
    run.heap().list(all)
}

fn chunk(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let items = items(a.at(1), |kind| format!("Cannot chunk type {kind}"))?;
    let size = usize::try_from(a.int(0)?).ok().filter(|size| *size > 0);
    // What Go computes for other sizes is no length of a slice.
    let size = size.ok_or_else(|| Error::message("runtime error: makeslice: len out of range"))?;
    let chunks: Result<Vec<Value>, Error> =
        items.chunks(size).map(|chunk| run.heap().list(chunk.to_vec())).collect();
    run.heap().list_of(Type::list(), chunks?)
}

fn slice(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let refusal = |kind: &str| format!("list should be type of slice or array but {kind}");
    let items = items(a.at(0), refusal)?;
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    let place = |index: usize| {
        let place = a.0.get(index).map(cast::to_int);
        place.map(|place| usize::try_from(place).unwrap_or(usize::MAX))
    };
    let (start, end) = (place(1).unwrap_or(0), place(2).unwrap_or(items.len()));
    let part = items
        .get(start..end)
        .ok_or_else(|| Error::message("reflect.Value.Slice: slice index out of bounds"))?;
    match a.at(0).base() {
        Value::Bytes(bytes) => Ok(Value::Bytes(bytes[start..end].into())),
        Value::List(list) => run.heap().list_of(list.element().clone(), part.to_vec()),
        _ => run.heap().list(part.to_vec()),
    }
}
