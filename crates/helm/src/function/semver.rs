//! Semantic versions and constraints. Source: Masterminds/semver 3.5.0.

use std::any::Any;
use std::rc::Rc;

use trimtab_template::{
    Arguments, Error, Function, Functions, Native, Object, Run, Signature, Text, Type, UintType,
    Value,
};

mod constraint;
mod version;

pub(crate) use constraint::Constraints;
pub(crate) use version::Version;

pub(super) fn add(functions: &mut Functions) {
    let version = Type::named("*semver.Version");
    functions.add_native("semver", Signature::new([Type::String], version), |_, a| {
        Ok(Value::object(Pointer(Version::parse(a.text(0)?).map_err(Error::message)?)))
    });
    let compare = Signature::new([Type::String, Type::String], Type::Bool);
    functions.add_native("semverCompare", compare, |_, a| {
        let constraints = Constraints::parse(a.text(0)?).map_err(Error::message)?;
        let version = Version::parse(a.text(1)?).map_err(Error::message)?;
        Ok(Value::Bool(constraints.allow(&version)))
    });
}

/// A `*semver.Version`.
struct Pointer(Version);

/// A `semver.Version`, as the methods that count up return it.
struct Plain(Version);

impl Object for Pointer {
    fn go_type(&self) -> &'static str {
        "*semver.Version"
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("original", Value::from(self.0.original.clone()))]
    }

    fn method(&self, name: &[u8]) -> Option<Rc<dyn Function>> {
        method(&self.0, name)
    }

    fn text(&self) -> Option<Text> {
        Some(Text::from(self.0.to_string()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Object for Plain {
    fn go_type(&self) -> &'static str {
        "semver.Version"
    }

    fn method(&self, name: &[u8]) -> Option<Rc<dyn Function>> {
        match name {
            // These have a pointer as their receiver.
            b"Original" | b"Equal" | b"Compare" | b"LessThan" | b"GreaterThan"
            | b"LessThanEqual" | b"GreaterThanEqual" => None,
            _ => method(&self.0, name),
        }
    }

    fn text(&self) -> Option<Text> {
        Some(Text::from(self.0.to_string()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The version in a value, if it is one.
fn version_of(value: &Value) -> Result<&Version, Error> {
    let found = match value {
        Value::Object(object) => {
            let any = object.as_any();
            let pointer = any.downcast_ref::<Pointer>().map(|pointer| &pointer.0);
            pointer.or_else(|| any.downcast_ref::<Plain>().map(|plain| &plain.0))
        }
        _ => None,
    };
    found.ok_or_else(super::nil_dereference)
}

type Body = Box<dyn Fn(&mut Run<'_>, Arguments<'_>) -> Result<Value, Error>>;

fn native(parameters: Vec<Type>, result: Type, body: Body) -> Rc<dyn Function> {
    Rc::new(Native::new(Signature::new(parameters, result), body))
}

fn method(version: &Version, name: &[u8]) -> Option<Rc<dyn Function>> {
    let uint = Type::Uint(UintType::Uint64);
    let number = |value: u64| {
        native(vec![], uint.clone(), Box::new(move |_, _| Ok(Value::Uint(value, UintType::Uint64))))
    };
    let text = |value: String| {
        native(vec![], Type::String, Box::new(move |_, _| Ok(Value::from(value.clone()))))
    };
    let next = |next: Result<Version, String>| {
        let next = move |_: &mut Run<'_>, _: Arguments<'_>| match &next {
            Ok(next) => Ok(Value::object(Plain(next.clone()))),
            Err(reason) => Err(Error::message(reason.clone())),
        };
        native(vec![], Type::named("semver.Version"), Box::new(next))
    };
    Some(match name {
        b"Major" => number(version.major),
        b"Minor" => number(version.minor),
        b"Patch" => number(version.patch),
        b"Prerelease" => text(version.prerelease.clone()),
        b"Metadata" => text(version.metadata.clone()),
        b"Original" => text(version.original.clone()),
        b"String" => text(version.to_string()),
        b"IncPatch" => next(version.next_patch()),
        b"IncMinor" => next(version.next_minor()),
        b"IncMajor" => next(version.next_major()),
        b"SetPrerelease" | b"SetMetadata" => setter(version.clone(), name == b"SetMetadata"),
        _ => return comparison(version.clone(), name),
    })
}

/// `SetPrerelease` and `SetMetadata`.
fn setter(version: Version, is_metadata: bool) -> Rc<dyn Function> {
    let body = move |_: &mut Run<'_>, a: Arguments<'_>| {
        let text = a.text(0)?.to_string();
        let next = version.with(&text, is_metadata).map_err(Error::message)?;
        Ok(Value::object(Plain(next)))
    };
    native(vec![Type::String], Type::named("semver.Version"), Box::new(body))
}

fn comparison(version: Version, name: &[u8]) -> Option<Rc<dyn Function>> {
    let other = || vec![Type::named("*semver.Version")];
    if name == b"Compare" {
        let body = move |_: &mut Run<'_>, a: Arguments<'_>| {
            Ok(Value::int(version.compare(version_of(a.at(0))?) as i64))
        };
        return Some(native(other(), Type::INT, Box::new(body)));
    }
    let holds: fn(std::cmp::Ordering) -> bool = match name {
        b"Equal" => std::cmp::Ordering::is_eq,
        b"LessThan" => std::cmp::Ordering::is_lt,
        b"LessThanEqual" => std::cmp::Ordering::is_le,
        b"GreaterThan" => std::cmp::Ordering::is_gt,
        b"GreaterThanEqual" => std::cmp::Ordering::is_ge,
        _ => return None,
    };
    let body = move |_: &mut Run<'_>, a: Arguments<'_>| {
        Ok(Value::Bool(holds(version.compare(version_of(a.at(0))?))))
    };
    Some(native(other(), Type::Bool, Box::new(body)))
}

/// Whether a version fulfils a constraint; not if either cannot be read. Source: helm `compatible.go`
/// (`IsCompatibleRange`).
pub(crate) fn is_compatible(constraint: &str, version: &str) -> bool {
    match (Constraints::parse(constraint.as_bytes()), Version::parse(version.as_bytes())) {
        (Ok(constraints), Ok(version)) => constraints.allow(&version),
        _ => false,
    }
}

/// Whether a text is a version.
pub(crate) fn is_version(text: &str) -> bool {
    Version::parse(text.as_bytes()).is_ok()
}
