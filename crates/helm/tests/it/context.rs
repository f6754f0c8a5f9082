//! What a render's context decides: the time, randomness, and objects of a cluster.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use trimtab_helm::{Context, Lookup, Question, Seed, failure, functions};
use trimtab_template::{Error, Limits, Run, Set, Settings, Text, Value};

fn rendered(text: &str, context: &Context) -> Result<String, Error> {
    let mut set = Set::new("gotpl", Arc::new(functions()), Limits::default());
    set.parse("t", text)?;
    context.begin(&Text::from("t"));
    let settings = Settings { context: Some(context), ..Settings::default() };
    Run::new(&set, settings).execute(b"t", Value::Nil).map(|text| text.to_string())
}

fn context(seed: u8) -> Context {
    Context::new("2026-11-21T23:00:00Z".parse().unwrap(), Seed([seed; 32]))
}

const RANDOM: &str =
    "{{ randAlphaNum 20 }} {{ uuidv4 }} {{ randInt 0 1000000 }} {{ shuffle \"abcdefghij\" }}";

#[test]
fn one_seed_gives_the_same_render_again() {
    let first = rendered(RANDOM, &context(1)).unwrap();
    assert_eq!(first, rendered(RANDOM, &context(1)).unwrap());
    assert_ne!(first, rendered(RANDOM, &context(2)).unwrap());
}

#[test]
fn each_call_has_randomness_of_its_own() {
    let text = rendered("{{ randAlphaNum 20 }} {{ randAlphaNum 20 }}", &context(1)).unwrap();
    let (first, second) = text.split_once(' ').unwrap();
    assert_ne!(first, second);
}

#[test]
fn a_call_more_leaves_the_calls_before_it_as_they_were() {
    let one = rendered("{{ randAlphaNum 20 }}", &context(1)).unwrap();
    let two = rendered("{{ randAlphaNum 20 }} {{ uuidv4 }}", &context(1)).unwrap();
    assert!(two.starts_with(&one));
}

#[test]
fn what_cannot_be_repeated_is_told() {
    let context = context(1);
    rendered("{{ now | date \"2006\" }} {{ uuidv4 }} {{ upper \"x\" }}", &context).unwrap();
    let uses: Vec<(String, &str)> =
        context.uses().into_iter().map(|used| (used.template.to_string(), used.function)).collect();
    assert_eq!(uses, [("t".to_owned(), "now"), ("t".to_owned(), "uuidv4")]);
}

#[test]
fn the_time_is_that_of_the_context() {
    let text = rendered("{{ now | date \"2006-01-02 15:04\" }} {{ ago (now) }}", &context(1));
    assert_eq!(text.unwrap(), "2026-11-21 23:00 0s");
}

/// Knows one secret, and refuses to tell of config maps.
struct Cluster;

impl Lookup for Cluster {
    fn lookup(&self, question: Question<'_>) -> Result<Option<Json>, String> {
        match (question.kind, question.namespace, question.name) {
            ("Secret", "n", "known") => Ok(Some(json!({"data": {"key": "dmFsdWU="}, "count": 3}))),
            ("ConfigMap", ..) => Err("forbidden".to_owned()),
            _ => Ok(None),
        }
    }
}

#[test]
fn objects_of_a_cluster_are_asked_of_the_caller() {
    let context = context(1).with_lookup(Cluster);
    let text = "{{ $s := lookup \"v1\" \"Secret\" \"n\" \"known\" }}{{ $s.data.key | b64dec }} \
                {{ typeOf $s.count }} {{ lookup \"v1\" \"Secret\" \"n\" \"other\" | toJson }}";
    assert_eq!(rendered(text, &context).unwrap(), "value int64 {}");
    let error = rendered("{{ lookup \"v1\" \"ConfigMap\" \"n\" \"x\" }}", &context).unwrap_err();
    assert!(failure(&error).ends_with("error calling lookup: forbidden"), "{}", failure(&error));
}
