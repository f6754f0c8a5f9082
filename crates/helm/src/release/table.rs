//! `common.Values`: the map that templates see as their dot, and their values. Source: helm `values.go`.

use std::rc::Rc;

use trimtab_template::{
    Arguments, Error, Function, Map, Named, NamedType, Native, Run, Signature, Text, Type, Value,
    quoted,
};

use crate::function::yaml;

/// The type `common.Values`.
struct Table;

/// A map under the name `common.Values`. It stays the same map.
pub(super) fn table(map: Value) -> Value {
    Value::Named(Rc::new(Named::new(Rc::new(Table), map)))
}

/// The table under a path of keys with dots between them, if all of them are tables.
pub(super) fn found(map: &Rc<Map>, path: &[u8]) -> Result<Value, Error> {
    let mut table = Value::Map(Rc::clone(map));
    for key in path.split(|byte| *byte == b'.') {
        let next = table.as_map().and_then(|map| map.get(key));
        match next {
            Some(next) if next.as_map().is_some() => table = next.base().clone(),
            _ => return Err(Error::message(format!("{} is not a table", quoted(key)))),
        }
    }
    Ok(table)
}

type Body = fn(&Run<'_>, &Value, Arguments<'_>) -> Result<Value, Error>;

impl NamedType for Table {
    fn name(&self) -> &'static str {
        "common.Values"
    }

    fn method(&self, base: &Value, name: &[u8]) -> Option<Rc<dyn Function>> {
        let (parameters, result, body): (_, _, Body) = match name {
            b"AsMap" => (vec![], Type::map(), |_, base, _| Ok(base.clone())),
            b"YAML" => (vec![], Type::String, |run, base, _| in_yaml(run, base)),
            b"Table" => (vec![Type::String], Type::named("common.Values"), |_, base, a| {
                found(&map_of(base)?, a.text(0)?).map(table)
            }),
            b"PathValue" => {
                (vec![Type::String], Type::Any, |_, base, a| path_value(&map_of(base)?, a.text(0)?))
            }
            // Nothing that a template can have is a writer.
            b"Encode" => (vec![Type::named("io.Writer")], Type::Error, |_, _, _| Ok(Value::Nil)),
            _ => return None,
        };
        let base = base.clone();
        let call = move |run: &mut Run<'_>, a: Arguments<'_>| body(run, &base, a);
        Some(Rc::new(Native::new(Signature::new(parameters, result), call)))
    }
}

fn map_of(base: &Value) -> Result<Rc<Map>, Error> {
    base.as_map().cloned().ok_or_else(|| Error::misuse("a table has no map"))
}

fn in_yaml(run: &Run<'_>, base: &Value) -> Result<Value, Error> {
    let mut out = run.sink();
    out.push(&yaml::write(run, base)?)?;
    out.push(b"\n")?;
    out.finish().map(Value::String)
}

/// The value at the end of a path, if it is no table.
fn path_value(map: &Rc<Map>, path: &Text) -> Result<Value, Error> {
    if path.is_empty() {
        return Err(Error::message("YAML path cannot be empty"));
    }
    let (tables, key) = match path.iter().rposition(|byte| *byte == b'.') {
        Some(at) => (Some(&path[..at]), &path[at + 1..]),
        None => (None, &**path),
    };
    let holder = match tables {
        Some(tables) => found(map, tables).ok().and_then(|table| table.as_map().cloned()),
        None => Some(Rc::clone(map)),
    };
    let value = holder.and_then(|holder| holder.get(key));
    value
        .filter(|value| !matches!(value, Value::Map(_)))
        .ok_or_else(|| Error::message(format!("{} is not a value", quoted(key))))
}
