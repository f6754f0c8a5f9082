//! Deep copies. Source: mitchellh/copystructure.

use trimtab_template::{Depth, Error, Functions, Run, Type, Value};

use super::{no_type, of_any};

pub(super) fn add(functions: &mut Functions) {
    for name in ["deepCopy", "mustDeepCopy"] {
        functions.add_native(name, of_any(1, Type::Any), |run, a| {
            if a.at(0).is_nil() {
                return Err(no_type());
            }
            copied(run, a.at(0), Depth::of(run))
        });
    }
}

fn copied(run: &Run<'_>, value: &Value, depth: Depth<'_>) -> Result<Value, Error> {
    match value {
        Value::List(list) => {
            let depth = depth.enter(list.items().len())?;
            let items = list.items().iter().map(|item| copied(run, item, depth));
            let items = items.collect::<Result<Vec<Value>, Error>>()?;
            run.heap().list_of(list.element().clone(), items)
        }
        Value::Map(map) => {
            let entries = map.entries();
            let depth = depth.enter(entries.len())?;
            let entries =
                entries.iter().map(|(key, item)| Ok((key.clone(), copied(run, item, depth)?)));
            let entries = entries.collect::<Result<Vec<_>, Error>>()?;
            run.heap().map_of(map.element().clone(), entries)
        }
        Value::Named(named) => Ok(named.with_base(copied(run, named.base(), depth)?)),
        other => Ok(other.clone()),
    }
}
