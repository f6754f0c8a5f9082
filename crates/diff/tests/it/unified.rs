//! The difference of two texts.

use proptest::prelude::*;
use trimtab_diff::{Error, Sides, unified};
use trimtab_model::limit;

fn diff(old: &str, new: &str) -> String {
    unified(&Sides { old_name: "live", old, new_name: "desired", new }).expect("it is small")
}

#[test]
fn a_difference_is_shown_with_three_lines_around() {
    let old = "kind: Deployment\nmetadata:\n  name: web\nspec:\n  paused: false\n  replicas: 3\n";
    let new = old.replace("replicas: 3", "replicas: 5");
    assert_eq!(
        diff(old, &new),
        "--- live\n+++ desired\n@@ -3,4 +3,4 @@\n   name: web\n spec:\n   paused: false\n-  replicas: \
         3\n+  replicas: 5\n"
    );
}

#[test]
fn what_is_not_there_is_an_empty_text() {
    assert_eq!(diff("", "kind: A\n"), "--- live\n+++ desired\n@@ -0,0 +1 @@\n+kind: A\n");
    assert_eq!(diff("kind: A\n", ""), "--- live\n+++ desired\n@@ -1 +0,0 @@\n-kind: A\n");
}

#[test]
fn equal_texts_have_no_difference() {
    assert_eq!(diff("a\n", "a\n"), "");
}

#[test]
fn texts_that_differ_in_too_much_are_not_compared() {
    let max = usize::try_from(limit::DIFF_LINES_MAX).expect("a few lines");
    let many = |word: &str| format!("{word}\n").repeat(max);
    let (old, new) = (format!("same\n{}", many("old")), format!("same\n{}", many("new")));
    let sides = Sides { old_name: "live", old: &old, new_name: "desired", new: &new };
    assert_eq!(unified(&sides), Err(Error::TooLarge { lines: 2 * max, max }));
    // A long text that differs in little is fine.
    let new = old.replacen("old", "new", 1);
    assert!(diff(&old, &new).contains("+new"));
}

/// Applies a unified difference by its line numbers, as `patch` does.
fn applied(old: &str, diff: &str) -> String {
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let (mut new, mut at) = (String::new(), 0);
    for line in diff.split_inclusive('\n').skip(2) {
        match line.split_at(1) {
            ("@", rest) => {
                let (begin, length) = rest[3..]
                    .split_once(' ')
                    .map_or(("", ""), |(range, _)| range.split_once(',').unwrap_or((range, "1")));
                let begin: usize = begin.parse().expect("a line number");
                let begin = if length == "0" { begin } else { begin - 1 };
                new.extend(old[at..begin].iter().copied());
                at = begin;
            }
            ("-", _) => at += 1,
            ("+", added) => new.push_str(added),
            (" ", _) => {
                new.push_str(old[at]);
                at += 1;
            }
            _ => {}
        }
    }
    new.extend(old[at..].iter().copied());
    new
}

fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec("[a-c]{0,2}\n", 0..40).prop_map(|lines| lines.concat())
}

proptest! {
    #[test]
    fn applying_the_difference_makes_one_text_the_other(old in text(), new in text()) {
        prop_assert_eq!(applied(&old, &diff(&old, &new)), new);
    }

    #[test]
    fn no_text_is_too_odd(old in ".{0,40}", new in "[ \n\r\t+@-]{0,20}") {
        prop_assert_eq!(diff(&old, &new).is_empty(), old == new);
    }
}
