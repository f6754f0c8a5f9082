//! The values that someone gives to a chart.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::chart::{Error, Exceeded, Limits};

mod coalesce;
mod json;
mod read;
mod set;
mod shown;
mod table;

pub(crate) use coalesce::{Coalescer, Nulls};
pub(crate) use read::{NO_MAP, cannot_unmarshal, read, with_floats};
use set::Form;
pub(crate) use shown::shown;
pub(crate) use table::{Id, Lookup, Mark, Node, Tables, Tree, tree};

/// All values that one gives, in helm's options. Each kind goes over those before it, whatever the order
/// on a command line is. Source: helm `options.go` (`MergeValues`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// `-f`: files of values, later ones over earlier ones.
    pub files: Vec<ValuesFile>,
    /// `--set-json`.
    pub json: Vec<String>,
    /// `--set`.
    pub sets: Vec<String>,
    /// `--set-string`.
    pub strings: Vec<String>,
    /// `--set-file`: names and the paths of files whose texts are the values.
    pub from_files: Vec<String>,
    /// `--set-literal`.
    pub literals: Vec<String>,
}

/// A file of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuesFile {
    /// How errors name it.
    pub name: String,
    /// What it holds.
    pub bytes: Arc<[u8]>,
}

impl Given {
    /// All of them in one: numbers of files and of JSON are floats, those of `--set` integers. `file` answers
    /// with the text of a file that `--set-file` names, or with the reason why there is none.
    ///
    /// # Errors
    /// Something given cannot be read, in helm's words; or a limit is reached.
    pub fn merged(
        &self,
        file: &mut dyn FnMut(&str) -> Result<String, String>,
    ) -> Result<Map<String, Value>, Error> {
        let mut values = Map::new();
        for file in &self.files {
            let from = read(&file.bytes);
            read::merge(
                &mut values,
                from.map_err(|e| e.within(format!("failed to parse {}", file.name)))?,
            );
        }
        let mut room = Limits::default().entries;
        for option in &self.json {
            set_json(option, &mut values, &mut room)?;
        }
        let mut set = |options: &[String], flag, form: &mut dyn FnMut() -> Form<'static>| {
            options.iter().try_for_each(|option| {
                let result = set::set(option, form(), &mut values, &mut room);
                result.map_err(|error| error.within(format!("failed parsing {flag} data")))
            })
        };
        set(&self.sets, "--set", &mut || Form::Typed)?;
        set(&self.strings, "--set-string", &mut || Form::Text)?;
        for option in &self.from_files {
            let result = set::set(option, Form::File(file), &mut values, &mut room);
            result.map_err(|error| error.within("failed parsing --set-file data"))?;
        }
        for option in &self.literals {
            let result = set::set(option, Form::Literal, &mut values, &mut room);
            result.map_err(|error| error.within("failed parsing --set-literal data"))?;
        }
        check_depth(&values)?;
        Ok(values)
    }
}

/// Sets an object whole, or names with JSON.
fn set_json(option: &str, values: &mut Map<String, Value>, room: &mut u64) -> Result<(), Error> {
    let trimmed = option.trim();
    if trimmed.starts_with('{') {
        let Some(Value::Object(object)) = json::whole(trimmed) else {
            return Err(Error::refused(format!("failed parsing --set-json data JSON: {option}")));
        };
        read::merge(values, object);
        return Ok(());
    }
    set::set(option, Form::Json, values, room).map_err(|error| match error.exceeded {
        Some(_) => error.within("failed parsing --set-json data"),
        None => Error::refused(format!("failed parsing --set-json data {option}")),
    })
}

/// How deep values may nest, in levels.
const LEVELS_MAX: u64 = trimtab_model::limit::YAML_DEPTH_MAX;

fn check_depth(values: &Map<String, Value>) -> Result<(), Error> {
    fn is_within(value: &Value, left: u64) -> bool {
        match value {
            Value::Array(items) => left > 0 && items.iter().all(|item| is_within(item, left - 1)),
            Value::Object(map) => left > 0 && map.values().all(|item| is_within(item, left - 1)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        }
    }
    if values.values().all(|value| is_within(value, LEVELS_MAX)) {
        Ok(())
    } else {
        Err(Exceeded::ValueLevels(LEVELS_MAX).into())
    }
}

/// What Go calls the type of a value.
pub(crate) fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}
