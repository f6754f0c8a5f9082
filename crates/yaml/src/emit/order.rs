//! The order of keys: as people sort, so that `a9` comes before `a10`. Source: go-yaml v2
//! `sorter.go`.

/// A mapping's entries in the order of output. go-yaml's comparison goes in circles for some keys
/// (`v10`, `v1beta1`, `v2`) and its output then varies from run to run; ours starts from byte order,
/// in which the entries must come, and is always the same. The standard sort panics at such circles,
/// hence the merge sort here.
pub fn sorted<T: Clone>(mut entries: Vec<T>, key: impl Fn(&T) -> &str) -> Vec<T> {
    let less = |a: &T, b: &T| less(key(a), key(b));
    if entries.is_sorted_by(|a, b| !less(b, a)) {
        return entries;
    }
    let mut width = 1;
    while width < entries.len() {
        entries = entries.chunks(2 * width).flat_map(|pair| merged(pair, width, less)).collect();
        width *= 2;
    }
    entries
}

/// Merges the two sorted halves of a part.
fn merged<T: Clone>(part: &[T], width: usize, less: impl Fn(&T, &T) -> bool) -> Vec<T> {
    let (mut left, mut right) = part.split_at(width.min(part.len()));
    let mut out = Vec::with_capacity(part.len());
    while let ([first, left_rest @ ..], [second, right_rest @ ..]) = (left, right) {
        if less(second, first) {
            out.push(second.clone());
            right = right_rest;
        } else {
            out.push(first.clone());
            left = left_rest;
        }
    }
    out.extend_from_slice(left);
    out.extend_from_slice(right);
    out
}

fn less(a: &str, b: &str) -> bool {
    let different = a.bytes().zip(b.bytes()).position(|(a, b)| a != b);
    let Some(mut at) = different else {
        return a.len() < b.len();
    };
    while !a.is_char_boundary(at) {
        at -= 1;
    }
    let (a_rest, b_rest) = (&a[at..], &b[at..]);
    let letter = |text: &str| text.chars().next().unwrap_or_default();
    let (first, second) = (letter(a_rest), letter(b_rest));
    match (first.is_alphabetic(), second.is_alphabetic()) {
        (true, true) => return first < second,
        (false, true) => return true,
        (true, false) => return false,
        (false, false) => {}
    }
    // Zeros inside a number count as digits of it, zeros at its start do not.
    let inside = (first == '0' || second == '0') && follows_nonzero_digit(&a[..at]);
    let start = i64::from(inside);
    let ((a_number, a_end), (b_number, b_end)) = (digits(a_rest, start), digits(b_rest, start));
    (a_number, a_end, first) < (b_number, b_end, second)
}

fn follows_nonzero_digit(before: &str) -> bool {
    before.bytes().rev().take_while(u8::is_ascii_digit).any(|digit| digit != b'0')
}

/// The number that digits make, and how many they are. It wraps around as Go's integers do.
fn digits(text: &str, start: i64) -> (i64, usize) {
    let digits = text.bytes().take_while(u8::is_ascii_digit);
    digits.fold((start, 0), |(number, count), digit| {
        let digit = i64::from(digit - b'0');
        (number.wrapping_mul(10).wrapping_add(digit), count + 1)
    })
}
