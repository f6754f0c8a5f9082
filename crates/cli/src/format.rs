//! `-o`: how an answer is laid out.

use crate::paint::is_unfit;
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

/// JSON in which nothing draws on a terminal: outside of texts it has no such characters.
fn escaped(json: &str) -> String {
    let escape = |c: char| match c {
        '\n' => "\n".to_owned(),
        c if is_unfit(c) => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    json.chars().map(escape).collect()
}

/// The JSON or YAML text of an answer, or nothing when the format is for people.
pub fn formatted<T: Serialize>(format: Format, answer: &T) -> Option<String> {
    // Our own wire types have text keys and finite numbers, so they always become JSON.
    let value = || serde_json::to_value(answer).unwrap_or_default();
    match format {
        Format::Json => Some(format!("{}\n", escaped(&format!("{:#}", value())))),
        Format::Yaml => Some(trimtab_yaml::emit(&value())),
        Format::Text | Format::Wide | Format::Name => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, formatted};

    #[test]
    fn answers_for_programs_draw_nothing_on_a_terminal_and_say_the_same() {
        let hostile = "a\u{1b}[2J\u{9b}31m\u{7f}\u{202e}\u{2028}\n\u{e4}";
        let text = formatted(Format::Json, &vec![hostile]).expect("for programs");
        let unfit = text.chars().filter(|c| *c != '\n' && crate::paint::is_unfit(*c));
        assert_eq!(unfit.collect::<Vec<_>>(), [], "{text:?}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).expect("JSON"), [hostile]);
        let yaml = formatted(Format::Yaml, &vec![hostile]).expect("for programs");
        assert!(!yaml.chars().any(|c| c != '\n' && c.is_control()), "{yaml:?}");
    }
}
