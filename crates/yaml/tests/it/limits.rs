//! Texts that ask for too much are refused, and quickly: the work is bounded by counts.

use trimtab_yaml::{Limits, Rules, documents};

fn problem(text: &str, limits: Limits) -> String {
    let read = documents(text.as_bytes(), Rules { limits, ..Rules::default() });
    read.problems.first().map(|note| note.message.clone()).unwrap_or_default()
}

#[test]
fn an_alias_bomb_is_refused() {
    let level = |level: usize| {
        let many = vec![format!("*a{}", level - 1); 10].join(", ");
        format!("a{level}: &a{level} [{many}]\n")
    };
    let levels: Vec<String> = (1..20).map(level).collect();
    let text = format!("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n{}", levels.concat());
    assert_eq!(problem(&text, Limits::default()), "document contains excessive aliasing");
    let loose = Limits { nodes: 1_000, ..Limits::default() };
    assert_eq!(problem(&text, loose), "more than 1000 nodes, aliases expanded");
}

#[test]
fn a_long_text_that_aliases_copy_is_refused() {
    let long = "x".repeat(1_000_000);
    let copies = "- *a\n".repeat(90);
    let text = format!("- &a {long}\n{copies}");
    assert_eq!(problem(&text, Limits::default()), "aliases copy more than 10485760 bytes");
}

#[test]
fn a_deep_text_is_refused() {
    let depth = 100_000;
    for text in [
        "[".repeat(depth),
        "{a: ".repeat(depth),
        "- ".repeat(depth),
        "? ".repeat(depth),
        format!("{{\"a\":{}", "[".repeat(depth)),
        (0..300).map(|n| " ".repeat(n) + "a:\n").collect(),
    ] {
        assert_eq!(problem(&text, Limits::default()), "nested deeper than 200 levels");
    }
}

#[test]
fn a_chain_of_aliases_is_as_deep_as_what_it_expands_to() {
    let links: Vec<String> = (1..300).map(|n| format!("- &a{n} [*a{}]\n", n - 1)).collect();
    let text = format!("- &a0 x\n{}", links.concat());
    assert_eq!(problem(&text, Limits::default()), "nested deeper than 200 levels");
}

#[test]
fn a_long_text_is_refused_unread() {
    let limits = Limits { bytes: 10, ..Limits::default() };
    assert_eq!(problem("a: 1\n# comment\n", limits), "longer than 10 bytes");
    assert_eq!(problem("a: 1\n", limits), "");
}

#[test]
fn too_many_documents_are_refused() {
    let limits = Limits { documents: 2, ..Limits::default() };
    assert_eq!(problem("a: 1\n---\nb: 1\n---\nc: 1\n", limits), "more than 2 documents");
}

#[test]
fn warnings_of_one_document_are_counted_beyond_the_first() {
    let read = documents("a: 1\n".repeat(1_000).as_bytes(), Rules::default());
    let warnings = &read.documents[0].warnings;
    assert_eq!(warnings.len(), 21);
    assert_eq!(warnings[20].message, "979 more keys appear twice");
}
