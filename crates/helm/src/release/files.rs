//! `.Files`: the files of a chart that are no templates. Source: helm `files.go`.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use trimtab_template::{
    Arguments, Error, Function, Map, NamedType, Native, Run, Signature, Text, Type, Value,
};

use super::glob::Glob;
use crate::chart::File;
use crate::function::{split, yaml};

/// The files of a chart, by their paths in it.
#[derive(Debug, Default)]
pub(super) struct Paths(BTreeMap<String, Arc<[u8]>>);

impl Paths {
    /// Of two files with one path, the last counts.
    pub(super) fn new(files: &[File]) -> Self {
        Self(files.iter().map(|file| (file.path.clone(), Arc::clone(&file.bytes))).collect())
    }

    fn bytes(&self, path: &[u8]) -> &[u8] {
        let found = std::str::from_utf8(path).ok().and_then(|path| self.0.get(path));
        found.map_or(&[], |bytes| bytes)
    }
}

/// `engine.files`: a map from paths to bytes, which is made only where a template goes through it.
pub(super) struct Files(Arc<Paths>);

impl Files {
    pub(super) fn value(files: &Arc<Paths>) -> Value {
        Value::lazy(Self(Arc::clone(files)))
    }
}

type Body = fn(&Arc<Paths>, &Run<'_>, &Text) -> Result<Value, Error>;

impl NamedType for Files {
    fn name(&self) -> &'static str {
        "engine.files"
    }

    fn base(&self) -> Value {
        let entry = |(path, bytes): (&String, &Arc<[u8]>)| {
            (Text::from(&**path), Value::Bytes(Text::from(&**bytes)))
        };
        Value::Map(Rc::new(Map::of(Type::Bytes, self.0.0.iter().map(entry))))
    }

    fn method(&self, _base: &Value, name: &[u8]) -> Option<Rc<dyn Function>> {
        let text = |result, body: Body| self.function([Type::String].into(), result, body);
        let plain = |body: Body| self.function(Vec::new(), Type::String, body);
        Some(match name {
            b"Get" => text(Type::String, |files, run, path| run.heap().text(files.bytes(path))),
            b"GetBytes" => {
                text(Type::Bytes, |files, _, path| Ok(Value::Bytes(files.bytes(path).into())))
            }
            b"Glob" => text(Type::named("engine.files"), glob),
            b"Lines" => text(Type::list_of(Type::String), lines),
            b"AsConfig" => {
                plain(|files, run, _| in_yaml(files, run, |bytes| run.heap().text(bytes)))
            }
            b"AsSecrets" => plain(|files, run, _| {
                in_yaml(files, run, |bytes| {
                    run.heap().check(bytes.len().saturating_mul(2))?;
                    run.heap().text(data_encoding::BASE64.encode(bytes))
                })
            }),
            _ => return None,
        })
    }
}

impl Files {
    fn function(&self, parameters: Vec<Type>, result: Type, body: Body) -> Rc<dyn Function> {
        let files = Arc::clone(&self.0);
        let none = Text::default();
        let call = move |run: &mut Run<'_>, a: Arguments<'_>| {
            let text = if a.count() == 0 { &none } else { a.text(0)? };
            body(&files, run, text)
        };
        Rc::new(Native::new(Signature::new(parameters, result), call))
    }
}

fn glob(files: &Arc<Paths>, run: &Run<'_>, pattern: &Text) -> Result<Value, Error> {
    let glob = Glob::parse(pattern)?;
    let mut found = BTreeMap::new();
    for (path, bytes) in &files.0 {
        run.work(glob.steps(path))?;
        if glob.matches(path) {
            found.insert(path.clone(), Arc::clone(bytes));
        }
    }
    Ok(Files::value(&Arc::new(Paths(found))))
}

fn lines(files: &Arc<Paths>, run: &Run<'_>, path: &Text) -> Result<Value, Error> {
    let bytes = files.bytes(path);
    let items = if bytes.is_empty() {
        Vec::new()
    } else {
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        split::parts(run, bytes, b"\n", -1)?
    };
    run.heap().list_of(Type::String, items)
}

/// A YAML map from the files' names, without their folders, to what they hold.
fn in_yaml(
    files: &Paths,
    run: &Run<'_>,
    value: impl Fn(&[u8]) -> Result<Value, Error>,
) -> Result<Value, Error> {
    let entry = |(path, bytes): (&String, &Arc<[u8]>)| {
        let name = path.rsplit('/').next().unwrap_or_default();
        Ok((Text::from(name), value(bytes)?))
    };
    let entries = files.0.iter().map(entry).collect::<Result<Vec<_>, Error>>()?;
    let map = run.heap().map_of(Type::String, entries)?;
    crate::function::json::empty_on_refusal(yaml::write(run, &map))
}
