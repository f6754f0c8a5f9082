//! `-o`: how an answer is laid out.

use serde::Serialize;
use std::str::FromStr;
use trimtab_model::is_hidden;

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
        c if is_hidden(c) => {
            let mut units = [0; 2];
            let units = c.encode_utf16(&mut units).iter();
            units.map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat()
        }
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
        Format::Yaml => Some(trimtab_yaml::emit_visible(&value())),
        Format::Text | Format::Wide | Format::Name => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, formatted};

    #[test]
    fn answers_for_programs_draw_nothing_on_a_terminal_and_say_the_same() {
        let hostile = "a\u{1b}[2J\u{9b}31m\u{7f}\u{202e}\u{2028}\u{200b}\u{e0041}\n\u{e4}";
        for text in [hostile, "kind: a\u{200b}b", "- \u{202e}x", "\u{feff}", "a\n\u{2066}b\n"] {
            let answer = std::collections::BTreeMap::from([(text, vec![text])]);
            let json = formatted(Format::Json, &answer).expect("for programs");
            let yaml = formatted(Format::Yaml, &answer).expect("for programs");
            for shown in [&json, &yaml] {
                let unfit = shown.chars().filter(|c| *c != '\n' && trimtab_model::is_hidden(*c));
                assert_eq!(unfit.collect::<Vec<_>>(), [], "{shown:?}");
            }
            let whole = serde_json::json!({text: [text]});
            assert_eq!(serde_json::from_str::<serde_json::Value>(&json).expect("JSON"), whole);
            let read = trimtab_yaml::first(yaml.as_bytes(), trimtab_yaml::Limits::default());
            assert_eq!(read.expect("YAML"), whole);
        }
    }
}
