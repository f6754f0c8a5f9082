//! Patterns of `.Files.Glob`: `config/**/{a,b}-[0-9]?.yaml`. Source: gobwas/glob 0.2.3 (`lexer.go`,
//! `parser.go`, `compiler.go`) with `/` as the separator.

use std::iter::Peekable;
use std::str::Chars;

use trimtab_template::{Bound, Error};

/// A pattern. What cannot be read as one matches every path, as in helm.
pub(super) struct Glob {
    /// `None` for what is no pattern.
    sequence: Option<Sequence>,
    /// How many nodes it has.
    nodes: u64,
}

/// Nodes one behind the other.
type Sequence = Vec<Node>;

enum Node {
    Text(Vec<char>),
    /// `*`: characters, none of them a separator.
    Any,
    /// `**`: characters.
    Super,
    /// `?`: a character that is no separator.
    Single,
    /// `[abc]`, or `[!abc]`.
    List {
        characters: Vec<char>,
        is_negated: bool,
    },
    /// `[a-z]`, or `[!a-z]`.
    Range {
        first: char,
        last: char,
        is_negated: bool,
    },
    /// `{a,b}`.
    AnyOf(Vec<Sequence>),
}

const SEPARATOR: char = '/';

/// The deepest nesting of braces.
const LEVELS_MAX: usize = 64;

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Its braces nest too deep.
    pub(super) fn parse(pattern: &[u8]) -> Result<Self, Error> {
        let Ok(text) = std::str::from_utf8(pattern) else {
            return Ok(Self { sequence: None, nodes: 1 });
        };
        // A zero byte ends a pattern, and so does what Go takes for a mistake of its encoding.
        let text = text.split('\0').next().unwrap_or_default();
        if text.contains(char::REPLACEMENT_CHARACTER) {
            return Ok(Self { sequence: None, nodes: 1 });
        }
        let sequence = sequence(&mut text.chars().peekable())?;
        Ok(Self { sequence, nodes: 1 + text.len() as u64 })
    }

    /// About how many steps it takes to hold it against a path.
    pub(super) fn steps(&self, path: &str) -> u64 {
        self.nodes.saturating_mul(1 + path.len() as u64 / 16)
    }

    /// Whether it matches a path whole.
    pub(super) fn matches(&self, path: &str) -> bool {
        let Some(sequence) = &self.sequence else {
            return true;
        };
        let text: Vec<char> = path.chars().collect();
        let mut at = vec![false; text.len() + 1];
        at[0] = true;
        overlaps(sequence, path) || behind(sequence, &text, at)[text.len()]
    }
}

/// Whether a pattern `a**b` matches a path whose beginning and end overlap, as in helm.
fn overlaps(sequence: &[Node], path: &str) -> bool {
    match sequence {
        [Node::Text(first), Node::Super, Node::Text(last)] => {
            let text = |characters: &[char]| characters.iter().collect::<String>();
            path.starts_with(&text(first)) && path.ends_with(&text(last))
        }
        [Node::AnyOf(alternatives)] => alternatives.iter().any(|one| overlaps(one, path)),
        _ => false,
    }
}

/// The places where a sequence may end that begins at one of the given places.
fn behind(sequence: &[Node], text: &[char], mut at: Vec<bool>) -> Vec<bool> {
    for node in sequence {
        at = match node {
            Node::Any => spread(&at, |next| text[next] != SEPARATOR),
            Node::Super => spread(&at, |_| true),
            Node::Single => step(&at, |place| text[place] != SEPARATOR),
            Node::List { characters, is_negated } => {
                step(&at, |place| characters.contains(&text[place]) != *is_negated)
            }
            Node::Range { first, last, is_negated } => {
                step(&at, |place| (*first..=*last).contains(&text[place]) != *is_negated)
            }
            Node::Text(characters) => shifted(&at, text, characters),
            Node::AnyOf(alternatives) => {
                let mut all = vec![false; at.len()];
                for alternative in alternatives {
                    let ends = behind(alternative, text, at.clone());
                    all.iter_mut().zip(ends).for_each(|(all, end)| *all |= end);
                }
                all
            }
        };
    }
    at
}

/// Goes on from each place for as long as characters fit.
fn spread(at: &[bool], fits: impl Fn(usize) -> bool) -> Vec<bool> {
    let mut reached = at.to_vec();
    for place in 1..at.len() {
        reached[place] |= reached[place - 1] && fits(place - 1);
    }
    reached
}

/// Goes on from each place by one character that fits.
fn step(at: &[bool], fits: impl Fn(usize) -> bool) -> Vec<bool> {
    let mut reached = vec![false; at.len()];
    for place in 1..at.len() {
        reached[place] = at[place - 1] && fits(place - 1);
    }
    reached
}

fn shifted(at: &[bool], text: &[char], characters: &[char]) -> Vec<bool> {
    let mut reached = vec![false; at.len()];
    for (place, _) in at.iter().enumerate().filter(|(_, is_there)| **is_there) {
        if text[place..].starts_with(characters) {
            reached[place + characters.len()] = true;
        }
    }
    reached
}

/// Reads a whole pattern; `None` if it is none.
fn sequence(rest: &mut Peekable<Chars<'_>>) -> Result<Option<Sequence>, Error> {
    // The alternatives of each open brace, the outermost first, and before each what it stands in.
    let mut open: Vec<(Sequence, Vec<Sequence>)> = Vec::new();
    let mut current = Sequence::new();
    while let Some(next) = rest.next() {
        match next {
            '{' => {
                if open.len() >= LEVELS_MAX {
                    return Err(Error::bound(Bound::Nesting, LEVELS_MAX as u64));
                }
                open.push((std::mem::take(&mut current), Vec::new()));
            }
            ',' if !open.is_empty() => {
                let done = std::mem::take(&mut current);
                if let Some((_, alternatives)) = open.last_mut() {
                    alternatives.push(done);
                }
            }
            '}' if !open.is_empty() => close(&mut open, &mut current),
            '[' => match class(rest) {
                Some(node) => current.push(node),
                None => return Ok(None),
            },
            '?' => current.push(Node::Single),
            '*' => current.push(match rest.next_if_eq(&'*') {
                Some(_) => Node::Super,
                None => Node::Any,
            }),
            first => {
                let text = text(first, rest, !open.is_empty());
                if !text.is_empty() {
                    current.push(Node::Text(text));
                }
            }
        }
    }
    // Braces that nobody closed end with the pattern.
    while !open.is_empty() {
        close(&mut open, &mut current);
    }
    Ok(Some(current))
}

fn close(open: &mut Vec<(Sequence, Vec<Sequence>)>, current: &mut Sequence) {
    if let Some((outside, mut alternatives)) = open.pop() {
        alternatives.push(std::mem::replace(current, outside));
        current.push(Node::AnyOf(alternatives));
    }
}

/// Reads plain characters; a backslash takes away the next one's meaning, and vanishes at the end.
fn text(first: char, rest: &mut Peekable<Chars<'_>>, is_in_braces: bool) -> Vec<char> {
    let ends =
        |c: &char| matches!(c, '?' | '*' | '[' | '{') || is_in_braces && matches!(c, '}' | ',');
    let mut text = Vec::new();
    let mut next = Some(first);
    while let Some(c) = next {
        if c == '\\' {
            text.extend(rest.next());
        } else {
            text.push(c);
        }
        next = rest.next_if(|c| !ends(c));
    }
    text
}

/// Reads what stands in brackets; `None` if it is no list and no range.
fn class(rest: &mut Peekable<Chars<'_>>) -> Option<Node> {
    let is_negated = rest.next_if_eq(&'!').is_some();
    let mut ahead = rest.clone();
    let first = ahead.next()?;
    if ahead.next() == Some('-') {
        *rest = ahead;
        let last = rest.next()?;
        let is_closed = rest.next() == Some(']');
        return (is_closed && first <= last).then_some(Node::Range { first, last, is_negated });
    }
    let mut characters = Vec::new();
    loop {
        match rest.next()? {
            ']' => break,
            '\\' => characters.push(rest.next()?),
            other => characters.push(other),
        }
    }
    (!characters.is_empty()).then_some(Node::List { characters, is_negated })
}
