//! Maps. `set` and `unset` change the map that they are given, which everyone sees who holds it.

use std::collections::BTreeSet;
use std::rc::Rc;

use trimtab_template::{Arguments, Error, Functions, Map, Run, Signature, Text, Type, Value};

use super::split::list_of_texts;
use super::text::text_of;

pub(super) fn add(functions: &mut Functions) {
    add_entries(functions);
    let dict = Signature::new([], Type::map()).and_any_number_of(Type::Any);
    functions.add_native("dict", dict, dict_of);
    let maps = |result| Signature::new([], result).and_any_number_of(Type::map());
    functions.add_native("keys", maps(Type::list_of(Type::String)), |run, a| {
        let mut keys = Vec::new();
        for map in present(a.0) {
            keys.extend(map.entries().keys().cloned());
        }
        list_of_texts(run, keys)
    });
    functions.add_native("values", Signature::new([Type::map()], Type::list()), |run, a| {
        let values = a.map(0)?.map(|map| map.entries().values().cloned().collect());
        run.heap().list(values.unwrap_or_default())
    });
    let pluck = Signature::new([Type::String], Type::list()).and_any_number_of(Type::map());
    functions.add_native("pluck", pluck, |run, a| {
        let key = a.text(0)?;
        run.heap().list(present(a.from(1)).filter_map(|map| map.get(key)).collect())
    });
    let chosen = || Signature::new([Type::map()], Type::map()).and_any_number_of(Type::String);
    functions.add_native("pick", chosen(), |run, a| {
        let Some(map) = a.map(0)? else {
            return run.heap().map([]);
        };
        let keys = a.from(1).iter().filter_map(Value::as_text);
        run.heap().map(keys.filter_map(|key| Some((key.clone(), map.get(key)?))))
    });
    functions.add_native("omit", chosen(), |run, a| {
        let Some(map) = a.map(0)? else {
            return run.heap().map([]);
        };
        let keys = a.from(1).iter().filter_map(Value::as_text);
        let keys: BTreeSet<&[u8]> = keys.map(Text::as_bytes).collect();
        let entries = map.snapshot().into_iter();
        run.heap().map(entries.filter(|(key, _)| !keys.contains(key.as_bytes())))
    });
    let dig = Signature::new([], Type::Any).and_any_number_of(Type::Any);
    functions.add_native("dig", dig, dig_into);
}

fn add_entries(functions: &mut Functions) {
    let key = |result| Signature::new([Type::map(), Type::String], result);
    functions.add_native("get", key(Type::Any), |_, a| {
        let found = match a.map(0)? {
            Some(map) => map.get(a.text(1)?),
            None => None,
        };
        Ok(found.unwrap_or_else(|| Value::from("")))
    });
    functions.add_native("hasKey", key(Type::Bool), |_, a| {
        let key = a.text(1)?;
        Ok(Value::Bool(a.map(0)?.is_some_and(|map| map.has(key))))
    });
    functions.add_native("unset", key(Type::map()), |_, a| {
        if let Some(map) = a.map(0)? {
            map.remove(a.text(1)?);
        }
        Ok(a.at(0).clone())
    });
    let set = Signature::new([Type::map(), Type::String, Type::Any], Type::map());
    functions.add_native("set", set, |run, a| {
        let map = a.map(0)?.ok_or_else(|| Error::message("assignment to entry in nil map"))?;
        map.insert(run.heap(), a.text(1)?.clone(), a.at(2).clone())?;
        Ok(a.at(0).clone())
    });
}

/// The maps that are not nil.
fn present(values: &[Value]) -> impl Iterator<Item = &Rc<Map>> {
    values.iter().filter_map(Value::as_map)
}

/// A map of keys and values by turns. A key at the end has an empty text; of a key that comes twice,
/// the last value counts.
fn dict_of(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let mut entries = Vec::with_capacity(a.count().div_ceil(2));
    for pair in a.0.chunks(2) {
        let value = pair.get(1).cloned().unwrap_or_else(|| Value::from(""));
        entries.push((text_of(run, &pair[0])?, value));
    }
    run.heap().map(entries)
}

fn dig_into(_: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let [keys @ .., default, dict] = a.0 else {
        return Err(Error::message("dig needs at least three arguments"));
    };
    let Some((_, others)) = keys.split_first() else {
        return Err(Error::message("dig needs at least three arguments"));
    };
    let mut map = plain_map(dict)?;
    let names: Vec<&Text> = keys.iter().map(plain_text).collect::<Result<_, _>>()?;
    for (index, name) in names.iter().enumerate() {
        match map.get(name) {
            None => return Ok(default.clone()),
            Some(value) if index == others.len() => return Ok(value),
            Some(value) => map = plain_map(&value)?,
        }
    }
    Ok(default.clone())
}

/// A map of exactly the type `map[string]interface {}`: `dig` takes no other.
fn plain_map(value: &Value) -> Result<Rc<Map>, Error> {
    match value {
        Value::Map(map) if *map.element() == Type::Any => Ok(Rc::clone(map)),
        Value::NilOf(nil) if *nil == Type::map() => Ok(Rc::new(Map::new([]))),
        other => Err(conversion(other, "map[string]interface {}")),
    }
}

fn plain_text(value: &Value) -> Result<&Text, Error> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(conversion(other, "string")),
    }
}

fn conversion(value: &Value, wanted: &str) -> Error {
    let given = if value.is_nil() { "nil".to_owned() } else { value.type_name() };
    Error::message(format!("interface conversion: interface {{}} is {given}, not {wanted}"))
}
