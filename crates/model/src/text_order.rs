//! The order of texts that people read from above.

use std::cmp::Ordering;

/// Orders texts as people count: a number in them is compared as a number. So `a.yaml:5:14` stands before
/// `a.yaml:25:3`, and the first mistake of a file is the first that is read.
pub fn text_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (number, other) = (digits(left), digits(right));
        let ordering = match (number.is_empty(), other.is_empty()) {
            (false, false) => by_number(number, other),
            _ => left.chars().next().cmp(&right.chars().next()),
        };
        // Equal as numbers and not as texts: `01` and `1`.
        if ordering != Ordering::Equal || left.is_empty() {
            return ordering.then_with(|| a.cmp(b));
        }
        let past = |text: &str, digits: &str| match digits.len() {
            0 => text.chars().next().map_or(0, char::len_utf8),
            length => length,
        };
        left = &left[past(left, number)..];
        right = &right[past(right, other)..];
    }
}

/// The digits that a text begins with.
fn digits(text: &str) -> &str {
    &text[..text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len()]
}

/// Two rows of digits of any length, as numbers.
fn by_number(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::text_order;
    use std::cmp::Ordering;

    #[test]
    fn a_number_in_a_text_counts_as_a_number() {
        let mut texts = ["b.yaml:1", "a.yaml:25:14: x", "a.yaml:5:14: x", "a.yaml:5:2: x", "a", ""];
        texts.sort_by(|a, b| text_order(a, b));
        assert_eq!(
            texts,
            ["", "a", "a.yaml:5:2: x", "a.yaml:5:14: x", "a.yaml:25:14: x", "b.yaml:1"]
        );
    }

    #[test]
    fn only_equal_texts_are_equal() {
        assert_eq!(text_order("a:01", "a:1"), Ordering::Less);
        assert_eq!(text_order("a:1", "a:01"), Ordering::Greater);
        assert_eq!(text_order("é9", "é10"), Ordering::Less);
        assert_eq!(text_order("x", "x"), Ordering::Equal);
    }
}
