//! The difference of two texts, as everybody reads it.

use crate::Error;
use similar::TextDiff;
use trimtab_model::limit;

/// How many equal lines stand around each change.
const CONTEXT: usize = 3;

/// Two texts, and what each is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sides<'a> {
    /// What the first is called, for example `live`.
    pub old_name: &'a str,
    /// The first text; empty where there is nothing.
    pub old: &'a str,
    /// What the second is called, for example `desired`.
    pub new_name: &'a str,
    /// The second text; empty where there is nothing.
    pub new: &'a str,
}

/// The unified difference of two texts with three lines of context; empty where they are equal. Texts
/// that differ in too much are an error: nobody would read the answer, and it would take long to find.
pub fn unified(sides: &Sides<'_>) -> Result<String, Error> {
    if sides.old == sides.new {
        return Ok(String::new());
    }
    let lines = differing_lines(sides.old, sides.new);
    let max = usize::try_from(limit::DIFF_LINES_MAX).unwrap_or(usize::MAX);
    if lines > max {
        return Err(Error::TooLarge { lines, max });
    }
    let diff = TextDiff::from_lines(sides.old, sides.new);
    let mut unified = diff.unified_diff();
    unified.context_radius(CONTEXT).header(sides.old_name, sides.new_name);
    Ok(unified.to_string())
}

fn differing_lines(old: &str, new: &str) -> usize {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let begin = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let ends = old[begin..].iter().rev().zip(new[begin..].iter().rev());
    let end = ends.take_while(|(a, b)| a == b).count();
    old.len() + new.len() - 2 * (begin + end)
}
