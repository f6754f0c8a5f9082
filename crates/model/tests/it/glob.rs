//! Patterns match what the libraries match that the families use: `tests/golden/glob.tsv` was written
//! by gobwas/glob v0.2.3 (`glob` without a separator, `glob/` with `/`) and Go 1.26's `path.Match`
//! (`path`), one line for each dialect, pattern, text and answer. Left out are two mistakes of the
//! first: there `?` and `[!a]` alone match an empty text, and a `{` at the very end matches nothing.

use proptest::prelude::*;
use trimtab_model::Glob;

/// What those libraries say, in their words.
fn answer(dialect: &str, pattern: &str, text: &str) -> String {
    let (glob, separator) = match dialect {
        "glob" => (Glob::parse(pattern), None),
        "glob/" => (Glob::parse(pattern), Some('/')),
        _ => (Glob::parse_path(pattern), Some('/')),
    };
    glob.map_or_else(|_| "error".to_owned(), |glob| glob.matches(text, separator).to_string())
}

#[test]
fn patterns_match_as_in_the_reference_libraries() {
    let mut wrong = Vec::new();
    for line in include_str!("../golden/glob.tsv").lines() {
        let [dialect, pattern, text, expected] = line.split('\t').collect::<Vec<_>>()[..] else {
            continue;
        };
        if answer(dialect, pattern, text) != expected {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn many_stars_take_no_time() {
    let glob = Glob::parse(&"*a".repeat(200)).expect("a pattern");
    assert!(!glob.matches(&"a".repeat(199), None));
    assert!(glob.matches(&"a".repeat(400), None));
}

#[test]
fn alternatives_are_nested_only_so_deep() {
    assert!(Glob::parse(&"{".repeat(16)).is_ok());
    assert!(Glob::parse(&"{".repeat(17)).is_err());
}

proptest! {
    #[test]
    fn any_text_is_a_pattern_or_an_error(pattern in "[ab*?{},!^\\[\\]\\\\-]{0,12}", text in "[ab/]{0,8}") {
        let _ = Glob::parse(&pattern).map(|glob| glob.matches(&text, Some('/')));
        let _ = Glob::parse_path(&pattern).map(|glob| glob.matches(&text, Some('/')));
    }

    #[test]
    fn a_text_without_special_characters_matches_itself_alone(text in "[a-z/.:-]{0,12}", other in "[a-z/.:-]{0,12}") {
        let glob = Glob::parse(&text).expect("a plain text");
        prop_assert_eq!(glob.matches(&other, None), text == other);
    }
}
