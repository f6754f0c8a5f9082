//! Maps merged into maps. Source: mergo 1.0.1 `deepMerge`, as far as maps of charts reach it.

use std::rc::Rc;

use trimtab_template::{
    Arguments, Depth, Error, Functions, Kind, Map, Run, Signature, Type, Value,
};

pub(super) fn add(functions: &mut Functions) {
    let signature = || Signature::new([Type::map()], Type::Any).and_any_number_of(Type::map());
    for name in ["merge", "mustMerge"] {
        functions.add_native(name, signature(), |run, a| merged(run, a, false));
    }
    for name in ["mergeOverwrite", "mustMergeOverwrite"] {
        functions.add_native(name, signature(), |run, a| merged(run, a, true));
    }
}

fn merged(run: &mut Run<'_>, a: Arguments<'_>, overwrites: bool) -> Result<Value, Error> {
    let sources = a.from(1).iter().filter_map(Value::as_map);
    let Some(target) = a.map(0)? else {
        let mut sources = sources.peekable();
        if sources.peek().is_none() {
            return Ok(a.at(0).clone());
        }
        let target = Rc::new(Map::new([]));
        sources.try_for_each(|source| merge(run, &target, source, overwrites, Depth::of(run)))?;
        return Ok(Value::Map(target));
    };
    for source in sources {
        merge(run, target, source, overwrites, Depth::of(run))?;
    }
    Ok(a.at(0).clone())
}

/// Whether a value counts as not set: mergo looks behind pointers, and calls structs empty never.
fn is_empty(value: &Value) -> bool {
    !value.truth() && !matches!(value.kind(), Kind::Pointer | Kind::Struct | Kind::Complex)
}

fn merge(
    run: &Run<'_>,
    target: &Rc<Map>,
    source: &Rc<Map>,
    overwrites: bool,
    depth: Depth<'_>,
) -> Result<(), Error> {
    let depth = depth.enter(source.count())?;
    if Rc::ptr_eq(target, source) {
        return Ok(());
    }
    for (key, value) in source.snapshot() {
        let old = target.get(&key);
        if value.is_nil() {
            if overwrites {
                target.insert(run.heap(), key, value)?;
            }
            continue;
        }
        if let (Some(value), Some(old)) = (value.as_map(), old.as_ref().and_then(Value::as_map)) {
            merge(run, old, value, overwrites, depth)?;
        }
        let kind = value.kind();
        if kind == Kind::Slice && overwrites {
            target.insert(run.heap(), key.clone(), value.clone())?;
        }
        let is_kept = old.as_ref().is_some_and(|old| {
            let of_same_kind = kind == Kind::Slice || kind == Kind::Map && old.kind() == Kind::Map;
            !is_empty(old) && (of_same_kind || !overwrites)
        });
        if !is_kept {
            target.insert(run.heap(), key, value)?;
        }
    }
    Ok(())
}
