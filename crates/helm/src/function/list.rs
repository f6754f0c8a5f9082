//! Lists. None of these functions changes the list that it is given.

use std::borrow::Cow;

use trimtab_template::{Arguments, Error, Functions, Run, Signature, Type, UintType, Value};

use super::equal::deep_equal;
use super::{cast, nil_dereference, of_any};

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
            let items = items(run, a.at(0), |kind| format!("Cannot push on type {kind}"))?;
            joined(run, &[&items, std::slice::from_ref(a.at(1))])
        });
    }
    for name in ["prepend", "mustPrepend"] {
        functions.add_native(name, of_any(2, Type::list()), |run, a| {
            let items = items(run, a.at(0), |kind| format!("Cannot prepend on type {kind}"))?;
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
        functions.add_native(name, of_any(1, Type::Any), |run, a| {
            let items = found(run, a.at(0), "first")?;
            Ok(items.first().cloned().unwrap_or_default())
        });
    }
    for name in ["last", "mustLast"] {
        functions.add_native(name, of_any(1, Type::Any), |run, a| {
            let items = found(run, a.at(0), "last")?;
            Ok(items.last().cloned().unwrap_or_default())
        });
    }
    for name in ["rest", "mustRest"] {
        functions.add_native(name, of_any(1, Type::list()), |run, a| {
            match found(run, a.at(0), "rest")?.split_first() {
                Some((_, rest)) => joined(run, &[rest]),
                None => Ok(Value::NilOf(Type::list())),
            }
        });
    }
    for name in ["initial", "mustInitial"] {
        functions.add_native(name, of_any(1, Type::list()), |run, a| {
            match found(run, a.at(0), "initial")?.split_last() {
                Some((_, initial)) => joined(run, &[initial]),
                None => Ok(Value::NilOf(Type::list())),
            }
        });
    }
    for name in ["reverse", "mustReverse"] {
        functions.add_native(name, of_any(1, Type::list()), |run, a| {
            let mut items = found(run, a.at(0), "reverse")?.into_owned();
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
            let items = items(run, a.at(0), |kind| format!("Cannot compact on type {kind}"))?;
            run.heap().list(items.iter().filter(|item| item.truth()).cloned().collect())
        });
    }
    for name in ["uniq", "mustUniq"] {
        functions.add_native(name, of_any(1, Type::list()), |run, a| {
            let mut kept: Vec<Value> = Vec::new();
            for item in &*found(run, a.at(0), "uniq")? {
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
            for item in &*found(run, a.at(0), "without")? {
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
            let items = found(run, a.at(1), "has")?;
            contains(run, &items, a.at(0)).map(Value::Bool)
        });
    }
}

/// The elements of a slice of any type; `None` for what is no slice.
pub(super) fn elements<'v>(
    run: &Run<'_>,
    value: &'v Value,
) -> Result<Option<Cow<'v, [Value]>>, Error> {
    Ok(match value.base() {
        Value::List(list) => Some(Cow::Borrowed(list.items())),
        Value::Bytes(bytes) => {
            run.heap().check(bytes.len().saturating_mul(size_of::<Value>()))?;
            let item = |byte: &u8| Value::Uint(u64::from(*byte), UintType::Uint8);
            Some(Cow::Owned(bytes.iter().map(item).collect()))
        }
        Value::NilOf(Type::List(_) | Type::Bytes) => Some(Cow::Borrowed(&[])),
        _ => None,
    })
}

/// The elements, each of which is work.
fn items<'v>(
    run: &Run<'_>,
    value: &'v Value,
    refusal: impl Fn(&str) -> String,
) -> Result<Cow<'v, [Value]>, Error> {
    if value.is_nil() {
        return Err(nil_dereference());
    }
    let items = elements(run, value)?;
    let items = items.ok_or_else(|| Error::message(refusal(value.kind_name())))?;
    run.work(items.len() as u64 / ITEMS_A_STEP)?;
    Ok(items)
}

/// How many elements are copied for a step.
const ITEMS_A_STEP: u64 = 32;

fn found<'v>(run: &Run<'_>, value: &'v Value, what: &str) -> Result<Cow<'v, [Value]>, Error> {
    items(run, value, |kind| format!("Cannot find {what} on type {kind}"))
}

fn joined(run: &Run<'_>, parts: &[&[Value]]) -> Result<Value, Error> {
    let count: usize = parts.iter().map(|part| part.len()).sum();
    run.heap().check(count.saturating_mul(size_of::<Value>()))?;
    run.heap().list(parts.concat())
}

/// Whether an item is deeply equal to another; each comparison is a step of the run.
fn contains(run: &Run<'_>, items: &[Value], wanted: &Value) -> Result<bool, Error> {
    run.work(items.len() as u64)?;
    for item in items {
        if deep_equal(run, wanted, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn concatenated(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let mut all = Vec::new();
    for list in a.0 {
        let items = items(run, list, |kind| format!("Cannot concat type {kind} as list"))?;
        run.heap().check((all.len() + items.len()).saturating_mul(size_of::<Value>()))?;
        all.extend_from_slice(&items);
    }
    if all.is_empty() {
        return Ok(Value::NilOf(Type::list()));
    }
    run.heap().list(all)
}

fn chunk(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let items = items(run, a.at(1), |kind| format!("Cannot chunk type {kind}"))?;
    let size = a.int(0)?;
    let Some(size) = usize::try_from(size).ok().filter(|size| *size > 0) else {
        return odd_chunks(run, &items, size);
    };
    let chunks: Result<Vec<Value>, Error> =
        items.chunks(size).map(|chunk| run.heap().list(chunk.to_vec())).collect();
    run.heap().list_of(Type::list(), chunks?)
}

/// What Go computes for sizes below 1: how many chunks there are follows from a division, and each has
/// what is left of the length.
fn odd_chunks(run: &Run<'_>, items: &[Value], size: i64) -> Result<Value, Error> {
    let last = i64::try_from(items.len()).unwrap_or(i64::MAX) - 1;
    let has_rest = last > 0 && last.checked_rem(size).is_some_and(|rest| rest != 0);
    let floor = last.checked_div(size).map(|quotient| quotient - i64::from(has_rest));
    match (floor.map(|floor| floor + 1), items) {
        (Some(0), _) => run.heap().list_of(Type::list(), Vec::new()),
        (Some(1), [item]) if size < -1 => {
            let chunk = run.heap().list(vec![item.clone()])?;
            run.heap().list_of(Type::list(), vec![chunk])
        }
        _ => Err(Error::message("runtime error: makeslice: len out of range")),
    }
}

fn slice(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let refusal = |kind: &str| format!("list should be type of slice or array but {kind}");
    let items = items(run, a.at(0), refusal)?;
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
