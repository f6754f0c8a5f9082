//! Deep copies. Source: mitchellh/copystructure.

use trimtab_template::{Error, Functions, Run, Type, Value};

use super::{deeper, no_type, of_any};

pub(super) fn add(functions: &mut Functions) {
    for name in ["deepCopy", "mustDeepCopy"] {
        functions.add_native(name, of_any(1, Type::Any), |run, a| {
            if a.at(0).is_nil() {
                return Err(no_type());
            }
            copied(run, a.at(0), 0)
        });
    }
}

fn copied(run: &mut Run<'_>, value: &Value, levels: u32) -> Result<Value, Error> {
    let levels = deeper(levels)?;
    match value {
        Value::List(list) => {
            run.work(list.items().len() as u64)?;
            let items = list.items().iter().map(|item| copied(run, item, levels));
            let items = items.collect::<Result<Vec<Value>, Error>>()?;
            run.heap().list_of(list.element().clone(), items)
        }
        Value::Map(map) => {
            let entries = map.snapshot();
            run.work(entries.len() as u64)?;
            let entries =
                entries.into_iter().map(|(key, item)| Ok((key, copied(run, &item, levels)?)));
            let entries = entries.collect::<Result<Vec<_>, Error>>()?;
            run.heap().map_of(map.element().clone(), entries)
        }
        Value::Object(object) => match object.base() {
            Some(base @ (Value::Map(_) | Value::List(_))) => {
                let copy = copied(run, base, levels)?;
                Ok(object.with_base(copy.clone()).unwrap_or(copy))
            }
            _ => Ok(value.clone()),
        },
        other => Ok(other.clone()),
    }
}
