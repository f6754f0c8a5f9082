//! What holds for every text and every value.

use proptest::prelude::*;
use serde_json::{Map, Value};
use trimtab_yaml::{Rules, documents, emit};

/// Texts that make writers and readers of YAML stumble.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\n"),
        Just(" "),
        Just("  "),
        Just("\t"),
        Just("- "),
        Just(": "),
        Just(":"),
        Just("#"),
        Just(" #"),
        Just("'"),
        Just("\""),
        Just("\\"),
        Just("yes"),
        Just("012"),
        Just("1e3"),
        Just("~"),
        Just("<<"),
        Just("---"),
        Just("..."),
        Just("\u{85}"),
        Just("\u{2028}"),
        Just("\u{FEFF}"),
        Just("\u{0}"),
        Just("\u{7F}"),
        Just("é"),
        Just("😀"),
        Just("{"),
        Just("]"),
        Just("|"),
        Just(">"),
        Just("*a"),
        Just("&a "),
        Just("!!str "),
        Just("%"),
        Just("word word word word word word word"),
        Just("2026-01-01"),
        Just("12:30"),
        Just("?"),
        Just("a"),
        Just("\r"),
        Just("\u{2029}"),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Values as Kubernetes holds them: integers of 63 bits, and floats that are no integers.
fn value() -> impl Strategy<Value = Value> {
    let float = any::<f64>().prop_filter("a fraction", |float| float.fract() != 0.0);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        float.prop_map(Value::from),
        text().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        let entries = prop::collection::vec((text(), inner.clone()), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(Value::from),
            entries.prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(value in value()) {
        let text = emit(&value);
        let read = documents(text.as_bytes(), Rules::default());
        prop_assert!(read.problems.is_empty(), "{text}\n{:?}", read.problems);
        let back = read.documents.first().map_or(Value::Null, |document| document.value.clone());
        prop_assert_eq!(back, value, "{}", text);
    }

    #[test]
    fn json_is_read_as_json(value in value().prop_filter("an object", Value::is_object)) {
        let read = documents(value.to_string().as_bytes(), Rules::default());
        prop_assert_eq!(&read.documents[0].value, &value);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        documents(&bytes, Rules::default());
    }

    #[test]
    fn any_text_is_read_or_refused(text in text(), more in text()) {
        let text = format!("{text}{more}");
        let read = documents(text.as_bytes(), Rules::default());
        let lines = u32::try_from(text.matches('\n').count()).unwrap() + 2;
        for note in read.problems {
            prop_assert!((1..=lines).contains(&note.line) && note.column >= 1, "{:?}", note);
        }
    }
}
