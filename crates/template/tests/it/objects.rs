//! Named types with methods, the same as the oracle's.

use std::any::Any;
use std::rc::Rc;

use trimtab_template::{
    Arguments, Error, Function, NamedType, Native, Object, Run, Signature, Text, Type, Value,
};

fn method<F>(parameters: &[Type], result: Type, body: F) -> Rc<dyn Function>
where
    F: Fn(&mut Run<'_>, Arguments<'_>) -> Result<Value, Error> + 'static,
{
    Rc::new(Native::new(Signature::new(parameters.to_vec(), result), body))
}

/// A pointer to a struct with methods.
pub struct Version {
    pub major: i64,
}

impl Object for Version {
    fn go_type(&self) -> &'static str {
        "*main.Version"
    }

    fn field(&self, name: &[u8]) -> Option<Value> {
        let mut fields = self.fields().into_iter();
        fields.find(|(known, _)| known.as_bytes() == name).map(|(_, value)| value)
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("Major", Value::int(self.major)),
            ("Name", Value::from("v")),
            ("Tags", Value::list_of(Type::String, vec![Value::from("a")])),
            ("Extra", Value::Nil),
        ]
    }

    fn method(&self, name: &[u8]) -> Option<Rc<dyn Function>> {
        let major = self.major;
        Some(match name {
            b"Next" => method(&[], Type::INT, move |_, _| Ok(Value::int(major + 1))),
            b"Above" => {
                method(&[Type::INT], Type::Bool, move |_, a| Ok(Value::Bool(major > a.int(0)?)))
            }
            b"Check" => method(&[Type::INT], Type::Bool, |_, a| {
                Err(Error::message(format!("no version {}", a.int(0)?)))
            }),
            _ => return None,
        })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A pointer to a struct with a String method.
pub struct Named {
    pub name: Text,
}

impl Object for Named {
    fn go_type(&self) -> &'static str {
        "*main.Named"
    }

    fn field(&self, name: &[u8]) -> Option<Value> {
        (name == b"Name").then(|| Value::String(self.name.clone()))
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("Name", Value::String(self.name.clone()))]
    }

    fn text(&self) -> Option<Text> {
        Some(Text::from(format!("named {}", self.name)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A named map with a method.
pub struct Values;

impl NamedType for Values {
    fn name(&self) -> &'static str {
        "main.Values"
    }

    fn method(&self, base: &Value, name: &[u8]) -> Option<Rc<dyn Function>> {
        let base = base.clone();
        let table = move |_: &mut Run<'_>, arguments: Arguments<'_>| {
            let name = arguments.text(0)?;
            match base.as_map().and_then(|map| map.get(name)) {
                Some(table @ Value::Map(_)) => Ok(Value::named(Self, table)),
                _ => Err(Error::message(format!("no table \"{name}\""))),
            }
        };
        (name == b"Table").then(|| method(&[Type::String], Type::named("main.Values"), table))
    }
}

/// A named slice with a method.
pub struct Names;

impl NamedType for Names {
    fn name(&self) -> &'static str {
        "main.Names"
    }

    fn method(&self, base: &Value, name: &[u8]) -> Option<Rc<dyn Function>> {
        let base = base.clone();
        let has = move |_: &mut Run<'_>, arguments: Arguments<'_>| {
            let wanted = arguments.text(0)?;
            let items = base.as_items().unwrap_or_default();
            Ok(Value::Bool(items.iter().any(|item| item.as_text() == Some(wanted))))
        };
        (name == b"Has").then(|| method(&[Type::String], Type::Bool, has))
    }
}

/// A named number with a String method.
pub struct Span;

impl NamedType for Span {
    fn name(&self) -> &'static str {
        "main.Span"
    }

    fn text(&self, base: &Value) -> Option<Text> {
        match base {
            Value::Int(number, _) => Some(Text::from(format!("{number} spans"))),
            _ => None,
        }
    }
}

/// An error as a value.
pub struct Failure {
    pub text: Text,
}

impl Object for Failure {
    fn go_type(&self) -> &'static str {
        "*errors.errorString"
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("s", Value::String(self.text.clone()))]
    }

    fn text(&self) -> Option<Text> {
        Some(self.text.clone())
    }

    fn is_error(&self) -> bool {
        true
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
