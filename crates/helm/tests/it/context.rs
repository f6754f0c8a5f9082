//! What a render's context decides: the time, randomness, and objects of a cluster.

use std::rc::Rc;

use serde_json::json;
use trimtab_helm::{
    Answer, Asked, Context, Failure, Inputs, KubernetesVersion, Lookup, Outcome, Question, Reply,
    Seed, Templates,
};
use trimtab_model::Class;
use trimtab_template::{Place, Text, Value};

fn outcome(text: &str, context: Context) -> Outcome {
    let mut templates = Templates::default();
    templates.parse("t", text).unwrap();
    templates.render([(Text::from("t"), Value::Nil)], context, None)
}

fn rendered(text: &str, context: Context) -> String {
    complete(text, context).0
}

fn complete(text: &str, context: Context) -> (String, Asked) {
    match outcome(text, context) {
        Outcome::Rendered { output, asked } => (output[0].1.to_string(), asked),
        other => panic!("{other:?}"),
    }
}

fn failed(text: &str, context: Context) -> Failure {
    match outcome(text, context) {
        Outcome::Failed { failure, .. } => failure,
        other => panic!("{other:?}"),
    }
}

fn context(seed: u8) -> Context {
    Context::new("2026-11-21T23:00:00Z".parse().unwrap(), Seed([seed; 32]))
}

const RANDOM: &str =
    "{{ randAlphaNum 20 }} {{ uuidv4 }} {{ randInt 0 1000000 }} {{ shuffle \"abcdefghij\" }}";

#[test]
fn one_seed_gives_the_same_render_again() {
    let first = rendered(RANDOM, context(1));
    assert_eq!(first, rendered(RANDOM, context(1)));
    assert_ne!(first, rendered(RANDOM, context(2)));
}

#[test]
fn each_call_has_randomness_of_its_own() {
    let text = rendered("{{ randAlphaNum 20 }} {{ randAlphaNum 20 }}", context(1));
    let (first, second) = text.split_once(' ').unwrap();
    assert_ne!(first, second);
}

#[test]
fn a_call_more_leaves_the_calls_before_it_as_they_were() {
    let one = rendered("{{ randAlphaNum 20 }}", context(1));
    let two = rendered("{{ randAlphaNum 20 }} {{ uuidv4 }}", context(1));
    assert!(two.starts_with(&one));
}

#[test]
fn what_cannot_be_repeated_is_told() {
    let text = "{{ now | date \"2006\" }} {{ uuidv4 }} {{ upper \"x\" }}";
    let (_, asked) = complete(text, context(1));
    let uses: Vec<(String, &str)> =
        asked.uses.into_iter().map(|used| (used.template.to_string(), used.function)).collect();
    assert_eq!(uses, [("t".to_owned(), "now"), ("t".to_owned(), "uuidv4")]);
}

#[test]
fn the_time_is_that_of_the_context() {
    let text = rendered("{{ now | date \"2006-01-02 15:04\" }} {{ ago (now) }}", context(1));
    assert_eq!(text, "2026-11-21 23:00 0s");
}

/// Knows one secret, refuses to tell of config maps, and has not asked for services yet.
struct Cluster;

impl Inputs for Cluster {
    fn lookup(&self, question: &Lookup) -> Answer {
        match (&*question.kind, &*question.namespace, &*question.name) {
            ("Secret", "n", "known") => {
                Answer::Found(json!({"data": {"key": "dmFsdWU="}, "count": 3}))
            }
            ("ConfigMap", ..) => Answer::Refused("forbidden".to_owned()),
            ("Service", ..) => Answer::Unanswered,
            _ => Answer::Absent,
        }
    }

    fn has_api(&self, api: &str) -> Option<bool> {
        (api != "unknown/v1").then(|| api.starts_with("apps/"))
    }

    fn apis(&self) -> Option<Vec<String>> {
        None
    }

    fn kubernetes(&self) -> Option<KubernetesVersion> {
        None
    }
}

fn in_cluster() -> Context {
    context(1).with_inputs(Rc::new(Cluster))
}

fn question(kind: &str, name: &str) -> Question {
    let (api_version, namespace) = ("v1".to_owned(), "n".to_owned());
    Question::Lookup(Lookup {
        api_version,
        kind: kind.to_owned(),
        namespace,
        name: name.to_owned(),
    })
}

#[test]
fn objects_of_a_cluster_are_asked_of_the_caller() {
    let text = "{{ $s := lookup \"v1\" \"Secret\" \"n\" \"known\" }}{{ $s.data.key | b64dec }} \
                {{ typeOf $s.count }} {{ lookup \"v1\" \"Secret\" \"n\" \"other\" | toJson }}";
    let (output, asked) = complete(text, in_cluster());
    assert_eq!(output, "value int64 {}");
    let known = (question("Secret", "known"), Reply::Unkept);
    assert_eq!(asked.questions, [known, (question("Secret", "other"), Reply::Absent)]);
    assert!(!asked.is_cacheable());
    let failure = failed("{{ lookup \"v1\" \"ConfigMap\" \"n\" \"x\" }}", in_cluster());
    assert!(failure.text.ends_with("error calling lookup: forbidden"), "{failure}");
}

#[test]
fn a_render_that_asks_what_is_not_known_yet_says_all_that_it_asks_and_nothing_else() {
    let text = "{{ range list \"b\" \"a\" }}{{ lookup \"v1\" \"Service\" \"n\" . }}{{ end }}\
                {{ lookup \"v1\" \"Secret\" \"n\" \"known\" }}";
    for text in [text.to_owned(), format!("{text}{{{{ fail \"no service\" }}}}")] {
        match outcome(&text, in_cluster()) {
            Outcome::Needs(questions) => {
                assert_eq!(questions, [question("Service", "a"), question("Service", "b")]);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_failure_names_its_place_and_who_can_do_something_about_it() {
    let failure = failed("\n  {{ fail \"no\" }}", context(1));
    assert_eq!(failure.text, "execution error at (t:2:5): no");
    let place = Place { template: "t".to_owned(), line: 2, column: 5 };
    assert_eq!((failure.place, failure.bound, failure.class), (Some(place), None, Class::User));
    let mut templates = Templates::default();
    let failure = templates.parse("t", "\n{{ if }}").unwrap_err();
    assert_eq!(failure.place.map(|place| place.line), Some(2));
}

#[test]
fn what_is_no_value_is_nothing() {
    assert_eq!(rendered("a{{ .x }}b<no value>c", context(1)), "abc");
}
