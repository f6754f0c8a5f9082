//! Whether values are as the schemas of their charts want them. Source: helm `jsonschema.go`.
//!
//! The rules and the words are those of santhosh-tekuri/jsonschema 6, which helm uses, without what would
//! read a file or a URL. Each keyword at each value is a step, so that a schema which tries all
//! combinations comes to an end.

use serde_json::{Map, Value};

use super::part::Part;
use super::{Error, Exceeded, Limits, Warnings};

mod check;
mod document;
mod fault;
mod keyword;

use check::Check;
use document::Document;

/// Why a value or a schema is refused.
enum Stop {
    /// The value is not as it should be.
    Invalid(fault::Fault),
    /// The schema cannot be used, in the words of the library.
    Unusable(String),
    /// It is too much work.
    Beyond(Exceeded),
}

/// Refuses values that a schema of the chart, or of a chart below, does not allow.
///
/// # Errors
/// A value or a schema is not as it should be, in helm's words; or a limit is reached.
pub(super) fn validate(
    root: &Part,
    values: &Map<String, Value>,
    limits: Limits,
    warnings: &mut Warnings,
) -> Result<(), Error> {
    let mut text = String::new();
    let mut work = Work { steps: 0, max: limits.schema_steps, warnings };
    validate_part(root, values, &mut work, &mut text)?;
    if text.is_empty() {
        return Ok(());
    }
    Err(Error::refused(format!(
        "values don't meet the specifications of the schema(s) in the following chart(s):\n{text}"
    )))
}

/// What all schemas share.
struct Work<'w> {
    steps: u64,
    max: u64,
    warnings: &'w mut Warnings,
}

fn validate_part(
    part: &Part,
    values: &Map<String, Value>,
    work: &mut Work<'_>,
    text: &mut String,
) -> Result<(), Error> {
    if let Some(schema) = part.schema() {
        match validate_one(schema, values, work) {
            Ok(()) => {}
            Err(Stop::Beyond(exceeded)) => return Err(exceeded.into()),
            Err(Stop::Unusable(reason)) => text.extend([part.name(), ":\n", &reason]),
            Err(Stop::Invalid(fault)) => {
                text.extend([part.name(), ":\n", &fault.shown(), "\n"]);
            }
        }
    }
    for below in &part.dependencies {
        match values.get(below.name()) {
            None | Some(Value::Null) => {}
            Some(Value::Object(values)) => validate_part(below, values, work, text)?,
            Some(other) => {
                let got = crate::values::go_type(other);
                let wrong = ":
invalid type for values: expected object (map), got ";
                text.extend([
                    below.name(),
                    wrong,
                    got,
                    "
",
                ]);
            }
        }
    }
    Ok(())
}

fn validate_one(
    schema: &[u8],
    values: &Map<String, Value>,
    work: &mut Work<'_>,
) -> Result<(), Stop> {
    let root = document::parsed(schema)?;
    let document = Document::new(&root)?;
    let values = Value::Object(values.clone());
    Check::new(&document, work).root(&values)
}
