//! `-o`: how an answer is laid out.

use serde::Serialize;
use std::str::FromStr;

/// How an answer is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For people, with more columns.
    Wide,
    /// One JSON document.
    Json,
    /// One YAML document.
    Yaml,
    /// Names alone, one on a line.
    Name,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" | "" => Ok(Self::Text),
            "wide" => Ok(Self::Wide),
            "json" => Ok(Self::Json),
            "yaml" => Ok(Self::Yaml),
            "name" => Ok(Self::Name),
            _ => Err(format!("`{text}` is not an output format; choose json, yaml, wide or name")),
        }
    }
}

/// The JSON or YAML text of an answer, or nothing when the format is for people.
pub fn formatted<T: Serialize>(format: Format, answer: &T) -> Option<String> {
    // Our own wire types have text keys and finite numbers, so they always become JSON.
    let value = || serde_json::to_value(answer).unwrap_or_default();
    match format {
        Format::Json => Some(format!("{:#}\n", value())),
        Format::Yaml => Some(trimtab_yaml::emit(&value())),
        Format::Text | Format::Wide | Format::Name => None,
    }
}
