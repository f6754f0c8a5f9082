//! What the templates of the golden cases see: the chart and the release of `golden/write.py`.

use std::any::Any;
use std::rc::Rc;

use serde_json::Value as Json;
use trimtab_helm::{Context, Seed};
use trimtab_template::{
    Arguments, Error, Function, NamedType, Native, Object, Run, Signature, Text, Type, Value,
};

/// The dot.
pub fn dot() -> Value {
    let values = include_str!("../golden/values.json");
    let values =
        value(trimtab_yaml::first(values.as_bytes(), trimtab_yaml::Limits::default()).unwrap());
    let texts = |pairs: &[(&str, &str)]| {
        Value::map(pairs.iter().map(|(key, text)| (Text::from(*key), Value::from(*text))))
    };
    let version = texts(&[("Version", "v1.37.0"), ("GitVersion", "v1.37.0"), ("Major", "1")]);
    Value::map([
        (Text::from("Values"), Value::named(Values, values)),
        (
            Text::from("Chart"),
            texts(&[("Name", "g"), ("Version", "1.2.3"), ("AppVersion", "4.5.6")]),
        ),
        (Text::from("Release"), texts(&[("Name", "r"), ("Namespace", "n")])),
        (Text::from("Capabilities"), Value::map([(Text::from("KubeVersion"), version)])),
        (Text::from("Files"), Value::object(Files)),
    ])
}

/// The context of a case, at a time when no golden date lies in the future.
pub fn context() -> Context {
    Context::new("2026-11-21T23:00:00Z".parse().unwrap(), Seed([7; 32]))
}

fn value(json: Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(truth) => Value::Bool(truth),
        Json::Number(number) => Value::float(number.as_f64().unwrap()),
        Json::String(text) => Value::from(text),
        Json::Array(items) => Value::list(items.into_iter().map(value).collect()),
        // Helm drops what is null in a chart's own values.
        Json::Object(map) => Value::map(
            map.into_iter()
                .filter(|(_, item)| !item.is_null())
                .map(|(key, item)| (Text::from(key), value(item))),
        ),
    }
}

/// The type of `common.Values`.
struct Values;

impl NamedType for Values {
    fn name(&self) -> &'static str {
        "common.Values"
    }

    fn method(&self, base: &Value, name: &[u8]) -> Option<Rc<dyn Function>> {
        let map = base.clone();
        let body =
            move |_: &mut Run<'_>, _: Arguments<'_>| -> Result<Value, Error> { Ok(map.clone()) };
        (name == b"AsMap").then(|| -> Rc<dyn Function> {
            Rc::new(Native::new(Signature::new([], Type::map()), body))
        })
    }
}

/// The files of a chart that has none.
struct Files;

impl Object for Files {
    fn go_type(&self) -> &'static str {
        "engine.files"
    }

    fn method(&self, name: &[u8]) -> Option<Rc<dyn Function>> {
        let body = |_: &mut Run<'_>, _: Arguments<'_>| -> Result<Value, Error> {
            Ok(Value::Bytes(Text::default()))
        };
        (name == b"GetBytes").then(|| -> Rc<dyn Function> {
            Rc::new(Native::new(Signature::new([Type::String], Type::Bytes), body))
        })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
