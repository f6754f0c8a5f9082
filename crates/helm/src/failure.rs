//! Why a render failed, in helm's words and lines.

use trimtab_model::Class;
use trimtab_template::{Bound, Error, Place};

/// What marks the message of `fail` and `required`, which is shown alone.
pub(crate) const MESSAGE_START: &str = "HELM_ERR_START";
pub(crate) const MESSAGE_END: &str = "HELM_ERR_END";

/// A link of the chain of errors, taken apart.
#[derive(PartialEq, Eq)]
struct Link {
    place: String,
    executing: String,
    message: String,
}

/// Why a template failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Failure {
    /// What helm prints after `Error: `. Source: helm `engine.go` (`cleanupParseError`,
    /// `reformatExecErrorMsg`).
    pub text: String,
    /// The outermost place in the chart that is to blame.
    pub place: Option<Place>,
    /// The bound that was reached, if that is the reason.
    pub bound: Option<Bound>,
    /// Who can do something about it.
    pub class: Class,
}

impl Failure {
    /// What a person must change, in helm's words.
    pub(crate) fn told(text: impl Into<String>) -> Self {
        Self { text: text.into(), place: None, bound: None, class: Class::User }
    }

    pub(crate) fn of(error: &Error) -> Self {
        let text = error.text();
        let text = match error {
            Error::Parse(_) => parse_failure(&text),
            Error::Execute(_) => execution_failure(error, text),
            Error::Message(_) | Error::Misuse(_) | Error::Because { .. } | Error::Bound(_) => text,
        };
        let bound = error.exceeded().map(|exceeded| exceeded.bound);
        Self { text, place: error.place(), bound, class: error.class() }
    }
}

/// The last piece of the text, as helm takes it for the reason, after the place.
fn parse_failure(text: &str) -> String {
    let pieces: Vec<&str> = text.split(": ").collect();
    match pieces.as_slice() {
        [_, place, .., reason] => format!("parse error at ({place}): {reason}"),
        [_, place] => format!("parse error at ({place}): {place}"),
        _ => text.to_owned(),
    }
}

fn execution_failure(error: &Error, text: String) -> String {
    let mut pieces = text.splitn(3, ": ");
    let (Some(_), Some(place), Some(rest)) = (pieces.next(), pieces.next(), pieces.next()) else {
        return text;
    };
    if let Some(message) = marked(rest) {
        return format!("execution error at ({place}): {message}");
    }
    match links(error) {
        Some(links) => {
            let blocks: String = links.iter().map(Link::block).collect();
            blocks.trim().to_owned()
        }
        None => text,
    }
}

/// What stands between the first and the last mark.
fn marked(text: &str) -> Option<&str> {
    let (_, inside) = text.split_once(MESSAGE_START)?;
    inside.rsplit_once(MESSAGE_END).map(|(message, _)| message)
}

/// How much of a chain is shown, in bytes.
const LINKS_BYTES_MAX: usize = 1 << 18;

/// The links of the chain, if each of them is text/template's own.
fn links(error: &Error) -> Option<Vec<Link>> {
    let (mut links, mut bytes): (Vec<Link>, usize) = (Vec::new(), 0);
    let mut next = Some(error);
    while let Some(error) = next {
        let link = Link::of(&error.text())?;
        bytes += link.message.len();
        if links.last() != Some(&link) {
            links.push(link);
        }
        if bytes > LINKS_BYTES_MAX {
            break;
        }
        next = match error {
            Error::Execute(execution) => execution.source.as_deref(),
            Error::Because { source, .. } => Some(source),
            Error::Parse(_) | Error::Message(_) | Error::Misuse(_) | Error::Bound(_) => None,
        };
    }
    Some(links)
}

impl Link {
    fn of(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("template: ")?;
        let plain = |place: &str, executing: String, message: &str| Self {
            place: place.to_owned(),
            executing,
            message: message.to_owned(),
        };
        if rest.starts_with("no template ") {
            return Some(plain("", String::new(), text));
        }
        if let Some((place, after)) = rest.split_once(": executing ")
            && let Some((function, node, message)) = executing(after)
        {
            let executing = format!("executing \"{function}\" at <{node}>:");
            return Some(plain(place, executing, before_next(message)));
        }
        let (place, message) = rest.rsplit_once(": ")?;
        Some(plain(place, String::new(), before_next(message)))
    }

    fn block(&self) -> String {
        let mut block = String::new();
        for (part, end) in
            [(&self.place, "\n  "), (&self.executing, "\n    "), (&self.message, "\n")]
        {
            if !part.is_empty() {
                block.push_str(part);
                block.push_str(end);
            }
        }
        block
    }
}

/// The template, the node and the message of `"template" at <node>: message`.
fn executing(text: &str) -> Option<(&str, &str, &str)> {
    let (function, rest) = text.strip_prefix('"')?.split_once('"')?;
    let (node, message) = rest.strip_prefix(" at <")?.split_once(">: ")?;
    Some((function, node, message))
}

fn before_next(message: &str) -> &str {
    message.split_once(" template:").map_or(message, |(before, _)| before)
}
