//! The two dialects, each read in one pass.

use super::Node;
use std::iter::Peekable;
use std::str::Chars;

/// How deep alternatives may stand in alternatives.
const DEPTH_MAX: usize = 16;

type Problem = &'static str;
type Input<'a> = Peekable<Chars<'a>>;

/// Reads the dialect that knows alternatives.
pub fn names(pattern: &str) -> Result<Vec<Node>, Problem> {
    let mut input = pattern.chars().peekable();
    // At depth 0 only the end of the input ends a sequence.
    sequence(&mut input, 0).map(|(nodes, _)| nodes)
}

/// What ended a sequence.
#[derive(PartialEq)]
enum End {
    Input,
    Comma,
    Close,
}

fn sequence(input: &mut Input<'_>, depth: usize) -> Result<(Vec<Node>, End), Problem> {
    let mut nodes = Vec::new();
    while let Some(next) = input.next() {
        nodes.push(match next {
            ',' if depth > 0 => return Ok((nodes, End::Comma)),
            '}' if depth > 0 => return Ok((nodes, End::Close)),
            '{' => alternatives(input, depth + 1)?,
            '[' => class(input)?,
            '?' => Node::One,
            '*' if input.next_if_eq(&'*').is_some() => Node::Everything,
            '*' => Node::Run,
            '\\' => match input.next() {
                Some(escaped) => Node::Literal(escaped),
                None => break,
            },
            literal => Node::Literal(literal),
        });
    }
    Ok((nodes, End::Input))
}

fn alternatives(input: &mut Input<'_>, depth: usize) -> Result<Node, Problem> {
    if depth > DEPTH_MAX {
        return Err("alternatives are nested too deeply");
    }
    let mut patterns = Vec::new();
    loop {
        let (nodes, end) = sequence(input, depth)?;
        patterns.push(nodes);
        if end != End::Comma {
            return Ok(Node::Either(patterns));
        }
    }
}

/// Either one range, or a list of characters; a `-` inside a list stands for itself.
fn class(input: &mut Input<'_>) -> Result<Node, Problem> {
    let negated = input.next_if_eq(&'!').is_some();
    let ranges = match (input.next(), input.peek()) {
        (None, _) => return Err("a `[` is never closed"),
        (Some(low), Some('-')) => {
            input.next();
            let high = input.next().ok_or("a `[` is never closed")?;
            if high < low || input.next() != Some(']') {
                return Err("a range is not of the form `[a-z]`");
            }
            vec![(low, high)]
        }
        (Some(first), _) => listed(first, input)?,
    };
    Ok(Node::Class { negated, ranges })
}

fn listed(first: char, input: &mut Input<'_>) -> Result<Vec<(char, char)>, Problem> {
    let (mut ranges, mut next) = (Vec::new(), Some(first));
    loop {
        let one = match next {
            None => return Err("a `[` is never closed"),
            Some(']') if ranges.is_empty() => return Err("a `[]` lists no character"),
            Some(']') => return Ok(ranges),
            Some('\\') => input.next().ok_or("a `[` is never closed")?,
            Some(one) => one,
        };
        ranges.push((one, one));
        next = input.next();
    }
}

/// Reads the dialect of Go's `path.Match`.
pub fn path(pattern: &str) -> Result<Vec<Node>, Problem> {
    let mut input = pattern.chars().peekable();
    let mut nodes = Vec::new();
    while let Some(next) = input.next() {
        nodes.push(match next {
            '*' => Node::Run,
            '?' => Node::One,
            '[' => path_class(&mut input)?,
            '\\' => Node::Literal(input.next().ok_or("it ends with a `\\`")?),
            literal => Node::Literal(literal),
        });
    }
    Ok(nodes)
}

/// One or more characters and ranges.
fn path_class(input: &mut Input<'_>) -> Result<Node, Problem> {
    let negated = input.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    loop {
        if !ranges.is_empty() && input.next_if_eq(&']').is_some() {
            return Ok(Node::Class { negated, ranges });
        }
        let low = path_member(input)?;
        let high = match input.next_if_eq(&'-') {
            Some(_) => path_member(input)?,
            None => low,
        };
        ranges.push((low, high));
    }
}

fn path_member(input: &mut Input<'_>) -> Result<char, Problem> {
    match input.next() {
        None => Err("a `[` is never closed"),
        Some('-' | ']') => Err("a `-` or `]` in a class must follow a `\\`"),
        Some('\\') => input.next().ok_or("it ends with a `\\`"),
        Some(member) => Ok(member),
    }
}
