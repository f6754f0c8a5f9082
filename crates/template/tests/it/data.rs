//! `golden/data.json` as values. What JSON has no type for is tagged: `{"$int": 3}`.

use serde_json::Value as Json;
use trimtab_template::{FloatType, IntType, Text, Type, UintType, Value};

use crate::objects;

/// The data of the golden cases.
pub fn data() -> Value {
    value(&serde_json::from_str(include_str!("../golden/data.json")).unwrap())
}

/// The same without pointers, which print as addresses, and without large numbers.
pub fn pointerless() -> Value {
    let data = data();
    let inner = |name: &[u8]| data.as_map().unwrap().get(name).unwrap();
    for name in ["version", "named", "error", "noversion"] {
        inner(b"o").as_map().unwrap().remove(name.as_bytes()).unwrap();
    }
    for name in ["int64", "huge", "rune", "int", "uint", "byte"] {
        inner(b"n").as_map().unwrap().remove(name.as_bytes()).unwrap();
    }
    data
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => Value::float(number.as_f64().unwrap()),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::list(items.iter().map(value).collect()),
        Json::Object(entries) => match entries.iter().next() {
            Some((tag, inner)) if tag.starts_with('$') => tagged(tag, inner),
            _ => Value::map(entries.iter().map(|(k, item)| (Text::from(k.as_str()), value(item)))),
        },
    }
}

fn texts(json: &Json) -> Vec<Value> {
    json.as_array().unwrap().iter().map(|text| Value::from(text.as_str().unwrap())).collect()
}

fn tagged(tag: &str, json: &Json) -> Value {
    let int = |kind| Value::Int(json.as_i64().unwrap(), kind);
    let uint = |kind| Value::Uint(json.as_u64().unwrap(), kind);
    match tag {
        "$int" => int(IntType::Int),
        "$int8" => int(IntType::Int8),
        "$int16" => int(IntType::Int16),
        "$int32" => int(IntType::Int32),
        "$int64" => int(IntType::Int64),
        "$uint" => uint(UintType::Uint),
        "$uint8" => uint(UintType::Uint8),
        "$uint16" => uint(UintType::Uint16),
        "$uint32" => uint(UintType::Uint32),
        "$uint64" => uint(UintType::Uint64),
        "$float32" => {
            let single = json.to_string().parse::<f32>().unwrap();
            Value::Float(f64::from(single), FloatType::Float32)
        }
        "$float" => Value::float(json.as_str().unwrap().parse().unwrap()),
        "$complex" => Value::Complex(json[0].as_f64().unwrap(), json[1].as_f64().unwrap()),
        "$bytes" => Value::Bytes(Text::from(json.as_str().unwrap())),
        "$raw" => {
            let byte = |byte: &Json| u8::try_from(byte.as_u64().unwrap()).unwrap();
            let bytes: Vec<u8> = json.as_array().unwrap().iter().map(byte).collect();
            Value::String(Text::from(bytes))
        }
        "$strings" => Value::list_of(Type::String, texts(json)),
        "$ints" => {
            let items = json.as_array().unwrap().iter();
            let items = items.map(|item| Value::int(item.as_i64().unwrap()));
            Value::list_of(Type::INT, items.collect())
        }
        "$stringmap" => {
            let entries = json.as_object().unwrap().iter();
            let entries = entries.map(|(k, v)| (Text::from(k.as_str()), value(v)));
            Value::Map(std::rc::Rc::new(trimtab_template::Map::of(Type::String, entries)))
        }
        "$nil" => Value::NilOf(match json.as_str().unwrap() {
            "map" => Type::map(),
            "list" => Type::list(),
            "strings" => Type::list_of(Type::String),
            "bytes" => Type::Bytes,
            _ => Type::named("*main.Version"),
        }),
        "$version" => Value::object(objects::Version { major: json.as_i64().unwrap() }),
        "$named" => Value::object(objects::Named { name: Text::from(json.as_str().unwrap()) }),
        "$values" => Value::named(objects::Values, value(json)),
        "$names" => Value::named(objects::Names, Value::list_of(Type::String, texts(json))),
        "$span" => Value::named(objects::Span, Value::int64(json.as_i64().unwrap())),
        "$error" => Value::object(objects::Failure { text: Text::from(json.as_str().unwrap()) }),
        other => panic!("unknown tag {other}"),
    }
}
