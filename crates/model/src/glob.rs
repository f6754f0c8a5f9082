//! Patterns for names, in the two dialects that the field uses.

mod syntax;

use crate::limit;

/// A pattern that was read once and is matched often, in time proportional to pattern times text.
///
/// Where it is matched decides whether `*` and `?` stop at a separator.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Glob(Vec<Node>);

/// One piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Node {
    /// Exactly this character.
    Literal(char),
    /// Any one character but the separator.
    One,
    /// Any characters but the separator, also none.
    Run,
    /// Any characters at all, also none.
    Everything,
    /// One character inside the ranges, or outside all of them.
    Class { negated: bool, ranges: Vec<(char, char)> },
    /// One of several patterns.
    Either(Vec<Vec<Node>>),
}

/// A pattern cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a pattern: {problem}")]
pub struct GlobError {
    pattern: String,
    problem: &'static str,
}

impl Glob {
    /// Reads a pattern with `*`, `**` (which crosses separators), `?`, `[abc]`, `[a-z]`, `[!a]`,
    /// `{one,two}` and `\` before a character that stands for itself. A `{` that is never closed
    /// reaches to the end. Source: gobwas/glob 0.2.3, which Argo CD and Flux use for names.
    pub fn parse(pattern: &str) -> Result<Self, GlobError> {
        short(pattern)?;
        syntax::names(pattern).map(Self).map_err(|problem| error(pattern, problem))
    }

    /// Reads a pattern as Go's `path.Match` does: `*`, `?`, `[a-z]`, `[^a]` and `\`; match it with the
    /// separator `/`. Source: Go 1.26, `path/match.go`.
    pub fn parse_path(pattern: &str) -> Result<Self, GlobError> {
        short(pattern)?;
        syntax::path(pattern).map(Self).map_err(|problem| error(pattern, problem))
    }

    /// Whether the whole text is of the pattern. Without a separator nothing stops a `*`.
    pub fn matches(&self, text: &str, separator: Option<char>) -> bool {
        let text: Vec<char> = text.chars().collect();
        let mut starts = vec![false; text.len() + 1];
        starts[0] = true;
        let ends = Matching { text: &text, separator }.all(&self.0, starts);
        ends[text.len()]
    }
}

/// Matching takes pattern times text.
fn short(pattern: &str) -> Result<(), GlobError> {
    if pattern.len() as u64 <= limit::GLOB_BYTES_MAX {
        return Ok(());
    }
    let begin = &pattern[..pattern.floor_char_boundary(40)];
    Err(error(&format!("{begin}..."), "it is longer than a pattern may be"))
}

fn error(pattern: &str, problem: &'static str) -> GlobError {
    GlobError { pattern: pattern.to_owned(), problem }
}

/// The text that is looked at. A set of places says for each place in the text whether the pattern so
/// far can end there; its length is that of the text and one.
struct Matching<'a> {
    text: &'a [char],
    separator: Option<char>,
}

impl Matching<'_> {
    fn all(&self, nodes: &[Node], starts: Vec<bool>) -> Vec<bool> {
        nodes.iter().fold(starts, |places, node| self.one(node, places))
    }

    fn one(&self, node: &Node, starts: Vec<bool>) -> Vec<bool> {
        match node {
            Node::Literal(wanted) => self.step(&starts, |found| found == *wanted),
            Node::One => self.step(&starts, |found| !self.is_separator(found)),
            Node::Class { negated, ranges } => self.step(&starts, |found| {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&found)) != *negated
            }),
            Node::Run => self.sweep(starts, |passed| !self.is_separator(passed)),
            Node::Everything => self.sweep(starts, |_| true),
            Node::Either(patterns) => {
                let mut ends = vec![false; starts.len()];
                for pattern in patterns {
                    for (end, here) in ends.iter_mut().zip(self.all(pattern, starts.clone())) {
                        *end |= here;
                    }
                }
                ends
            }
        }
    }

    /// Goes on by one character that is accepted.
    fn step(&self, starts: &[bool], accepts: impl Fn(char) -> bool) -> Vec<bool> {
        let moved = self.text.iter().zip(starts).map(|(found, start)| *start && accepts(*found));
        std::iter::once(false).chain(moved).collect()
    }

    /// Goes on by any number of characters that are accepted.
    fn sweep(&self, mut places: Vec<bool>, accepts: impl Fn(char) -> bool) -> Vec<bool> {
        for (place, passed) in self.text.iter().enumerate() {
            places[place + 1] |= places[place] && accepts(*passed);
        }
        places
    }

    fn is_separator(&self, found: char) -> bool {
        self.separator == Some(found)
    }
}
