//! Patterns of paths: `templates/*.yaml`. Source: Go `path/filepath` (`Match`).

use std::iter::Peekable;
use std::str::Chars;

/// A pattern.
pub(crate) struct Pattern(Vec<Part>);

enum Part {
    Character(char),
    /// `?`: a character that is no slash.
    One,
    /// `*`: characters that are no slashes.
    Any,
    /// `[a-c]`, or `[^a-c]`.
    Class {
        ranges: Vec<(char, char)>,
        is_negated: bool,
    },
}

impl Pattern {
    /// Reads a pattern; `None` for what is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut rest = text.chars().peekable();
        let mut parts = Vec::new();
        while let Some(next) = rest.next() {
            parts.push(match next {
                '*' => Part::Any,
                '?' => Part::One,
                '\\' => Part::Character(rest.next()?),
                '[' => class(&mut rest)?,
                other => Part::Character(other),
            });
        }
        Some(Self(parts))
    }

    /// Whether it matches a path whole.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let text: Vec<char> = path.chars().collect();
        let mut at = vec![false; text.len() + 1];
        at[0] = true;
        for part in &self.0 {
            at = part.behind(&text, &at);
        }
        at[text.len()]
    }
}

impl Part {
    /// The places behind it, if it begins at one of the given places.
    fn behind(&self, text: &[char], at: &[bool]) -> Vec<bool> {
        let is_any = matches!(self, Self::Any);
        let mut reached = if is_any { at.to_vec() } else { vec![false; at.len()] };
        for (place, character) in text.iter().enumerate() {
            let begins = if is_any { reached[place] } else { at[place] };
            reached[place + 1] |= begins && self.takes(*character);
        }
        reached
    }

    fn takes(&self, character: char) -> bool {
        match self {
            Self::Character(own) => *own == character,
            Self::One | Self::Any => character != '/',
            Self::Class { ranges, is_negated } => {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&character))
                    != *is_negated
            }
        }
    }
}

fn class(rest: &mut Peekable<Chars<'_>>) -> Option<Part> {
    let is_negated = rest.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    while ranges.is_empty() || rest.next_if_eq(&']').is_none() {
        let first = bound(rest)?;
        let last = if rest.next_if_eq(&'-').is_some() { bound(rest)? } else { first };
        ranges.push((first, last));
    }
    Some(Part::Class { ranges, is_negated })
}

fn bound(rest: &mut Peekable<Chars<'_>>) -> Option<char> {
    match rest.next()? {
        '-' | ']' => None,
        '\\' => rest.next(),
        other => Some(other),
    }
}
