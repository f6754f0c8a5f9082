//! Lines, columns, warnings, and what goes on behind a problem.

use trimtab_model::DuplicateKeys;
use trimtab_yaml::{Contents, Rules, documents, one_json_object};

fn read(text: &str) -> Contents {
    documents(text.as_bytes(), Rules::default())
}

/// Problems as `line:column message`.
fn problems(read: &Contents) -> Vec<String> {
    let show =
        |note: &trimtab_yaml::Note| format!("{}:{} {}", note.line, note.column, note.message);
    read.problems.iter().map(show).collect()
}

#[test]
fn a_document_says_the_line_where_its_value_begins() {
    let read = read("# a comment\n\na: 1\n---\n\n# another\nb: 2\n---\n{\"c\": 3}\n");
    assert_eq!(read.documents.iter().map(|d| d.line).collect::<Vec<_>>(), [3, 7, 9]);
}

#[test]
fn a_broken_document_does_not_hide_its_neighbours() {
    let read = read("a: 1\n---\nb: [1\n---\nc: d: e\n---\nf: 2\n--- g\nh: 3\n");
    assert_eq!(
        problems(&read),
        [
            "4:1 did not find expected ',' or ']'",
            "5:5 mapping values are not allowed in this context",
            "8:1 invalid document separator: `---` is followed by text",
        ]
    );
    let values = read.documents.iter().map(|document| document.value.to_string());
    assert_eq!(values.collect::<Vec<_>>(), [r#"{"a":1}"#, r#"{"f":2}"#, r#"{"h":3}"#]);
}

#[test]
fn a_problem_says_where_it_is() {
    for (text, expected) in [
        ("a:\n\tb: 2\n", "2:1 found character that cannot start any token"),
        ("a: 1\n\tb: 2\n", "2:1 found a tab character that violates indentation"),
        ("a:\n  b: 1\n c: 2\n", "3:2 did not find expected key"),
        ("a: \"b\n\n", "1:4 found unexpected end of stream"),
        ("é: 'ü' x: 1\n", "1:8 did not find expected key"),
        ("a: 1\nkey without colon\nb: 2\n", "2:1 could not find expected ':'"),
        ("a: &x [*x]\n", "1:8 an anchor's value contains itself"),
        ("a: .inf\n", "1:4 infinity and NaN have no meaning in JSON"),
        ("a: {{ b }}\n", "1:5 a mapping's key cannot be a mapping"),
        ("a: \u{7}\n", "1:4 control characters are not allowed"),
        ("a: !!int b\n", "1:4 cannot decode !!str as a !!int"),
        ("a: 1\n%\n", "2:2 could not find expected directive name"),
    ] {
        assert_eq!(problems(&read(text)), [expected], "{text:?}");
    }
}

#[test]
fn json_problems_say_where_they_are() {
    let read = |text: &str| problems(&one_json_object(text.as_bytes(), Rules::default()));
    assert_eq!(
        read("{\n  \"a\": 1,\n  b\n}\n"),
        ["3:3 invalid character 'b' looking for the beginning of an object key"]
    );
    assert_eq!(read("{}\n{}\n"), ["2:1 a JSON file holds one object, and here is more"]);
    assert_eq!(read(""), ["1:1 the file holds no JSON object"]);
    assert_eq!(read("{\"a\": 1e999}"), ["1:7 the number is too large"]);
    assert!(read("{\"a\": 1}").is_empty());
}

#[test]
fn keys_that_appear_twice_are_warnings_or_problems() {
    let text = "a: 1\nb: {y: 1, on: 2}\na: 3\n---\n{\"c\": 1, \"c\": 2}\n";
    let read = read(text);
    let warnings: Vec<_> =
        read.documents.iter().flat_map(|d| &d.warnings).map(|w| w.line).collect();
    assert_eq!(warnings, [2, 3, 5]);
    assert_eq!(read.documents[0].value.to_string(), r#"{"a":3,"b":{"true":2}}"#);
    let rules = Rules { duplicate_keys: DuplicateKeys::Refuse, ..Rules::default() };
    let refused = documents(text.as_bytes(), rules);
    assert!(refused.documents.is_empty());
    assert_eq!(
        problems(&refused),
        [
            "2:11 the key `true` appears twice in one mapping",
            "3:1 the key `a` appears twice in one mapping",
            "5:10 the key `c` appears twice in one mapping",
        ]
    );
}

#[test]
fn a_merged_key_does_not_appear_twice() {
    let text = "d: &d {a: 1}\ne: {<<: *d, a: 2}\nf: {a: 3, <<: *d}\n";
    let rules = Rules { duplicate_keys: DuplicateKeys::Refuse, ..Rules::default() };
    let read = documents(text.as_bytes(), rules);
    assert!(read.problems.is_empty(), "{read:?}");
}

#[test]
fn text_behind_the_end_of_a_document_is_named() {
    let read = read("a: 1\n...\nb: 2\n---\nc: 3\n...\n# only a comment\n");
    assert_eq!(read.documents.len(), 2);
    assert_eq!(read.documents[0].warnings[0].line, 3);
    assert!(read.documents[1].warnings.is_empty());
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let read = documents(b"a: 1\n---\nb: \"\xFF\"\n", Rules::default());
    assert_eq!(read.documents[1].value["b"], "\u{FFFD}");
    assert_eq!(read.documents[1].warnings[0].line, 3);
}

#[test]
fn problems_quote_no_more_than_the_beginning_of_a_text() {
    let secret = "x".repeat(500);
    let read = read(&format!("a: !!int {secret}\n"));
    assert!(read.problems[0].message.len() < 200);
}

#[test]
fn a_value_is_never_in_a_problem() {
    let secret = "kind: Secret\nstringData:\n  p: ";
    for value in [
        "*CANARY",
        "&CANARY [*CANARY]",
        "!!int CANARY",
        "!!float CANARY",
        "!!null CANARY",
        "!!bool CANARY",
        "!!timestamp CANARY",
        "!!binary CANARY-",
        "!<CANARY> {a: [}",
        "\"CANARY\\q\"",
        "\"CANARY",
        "{CANARY",
        "@CANARY",
        "%CANARY",
        "\n--- CANARY",
    ] {
        let problems = problems(&read(&format!("{secret}{value}\n"))).concat();
        assert!(!problems.contains("CANARY"), "{value}: {problems}");
    }
}
