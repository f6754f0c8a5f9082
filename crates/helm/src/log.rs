//! What helm logs beside its output. Source: Go `log/slog` (`TextHandler`).

use trimtab_template::quoted;

use crate::release::{InvalidName, SkippedHook};

/// A line of helm's log: `level=WARN msg="returned non-bool value" path=a.enabled chart=a`.
pub fn line(level: &str, message: &str, attributes: &[(&str, &str)]) -> String {
    let mut line = format!("level={level} msg={}", shown(message));
    for (name, value) in attributes {
        line.extend([" ", name, "=", &shown(value)]);
    }
    line
}

fn shown(text: &str) -> String {
    let is_odd = |c: char| matches!(c, '"' | '=') || c.is_whitespace() || c.is_control();
    if text.is_empty() || text.contains(is_odd) { quoted(text.as_bytes()) } else { text.to_owned() }
}

impl SkippedHook {
    /// What helm logs of it.
    pub fn log(&self) -> String {
        line("INFO", "skipping unknown hooks", &[("hookTypes", &self.events)])
    }
}

impl InvalidName {
    /// What helm logs of it, before it fails.
    pub fn log(&self) -> String {
        const CHECK: &str = "release name check failed";
        let text = self.to_string();
        let reason = text.strip_prefix(CHECK).and_then(|rest| rest.strip_prefix(": "));
        line("ERROR", CHECK, &[("error", reason.unwrap_or(&text))])
    }
}
