//! The order of keys: as people sort, so that `a9` comes before `a10`. Source: go-yaml v2
//! `sorter.go`.

use serde_json::{Map, Value};

/// A mapping's entries in the order of output. go-yaml's comparison goes in circles for some keys
/// (`v10`, `v1beta1`, `v2`) and its output then varies from run to run; ours starts from byte order
/// and is always the same. The standard sort panics at such circles, hence the merge sort here.
pub(super) fn sorted(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = map.iter().collect();
    let mut width = 1;
    while width < entries.len() {
        entries = entries.chunks(2 * width).flat_map(|pair| merged(pair, width)).collect();
        width *= 2;
    }
    entries
}

/// Merges the two sorted halves of a part.
fn merged<'m>(part: &[(&'m String, &'m Value)], width: usize) -> Vec<(&'m String, &'m Value)> {
    let (mut left, mut right) = part.split_at(width.min(part.len()));
    let mut out = Vec::with_capacity(part.len());
    while let ([first, left_rest @ ..], [second, right_rest @ ..]) = (left, right) {
        if less(second.0, first.0) {
            out.push(*second);
            right = right_rest;
        } else {
            out.push(*first);
            left = left_rest;
        }
    }
    out.extend_from_slice(left);
    out.extend_from_slice(right);
    out
}

fn less(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else {
        return a.len() < b.len();
    };
    let (first, second) = (a[at], b[at]);
    match (first.is_alphabetic(), second.is_alphabetic()) {
        (true, true) => return first < second,
        (false, true) => return true,
        (true, false) => return false,
        (false, false) => {}
    }
    // Zeros inside a number count as digits of it, zeros at its start do not.
    let inside = (first == '0' || second == '0') && follows_nonzero_digit(&a[..at]);
    let start = i64::from(inside);
    let ((a_number, a_end), (b_number, b_end)) = (digits(&a[at..], start), digits(&b[at..], start));
    (a_number, a_end, first) < (b_number, b_end, second)
}

fn follows_nonzero_digit(before: &[char]) -> bool {
    before.iter().rev().take_while(|c| c.is_ascii_digit()).any(|c| *c != '0')
}

/// The number that digits make, and how many they are. It wraps around as Go's integers do.
fn digits(text: &[char], start: i64) -> (i64, usize) {
    let digits = text.iter().map_while(|c| c.to_digit(10));
    digits.fold((start, 0), |(number, count), digit| {
        (number.wrapping_mul(10).wrapping_add(i64::from(digit)), count + 1)
    })
}
