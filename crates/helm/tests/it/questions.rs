//! What a chart asks of a cluster, and a chart that is parsed once.

use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use trimtab_helm::chart::{Chart, File};
use trimtab_helm::{
    Answer, Bounds, Context, Event, Failure, Inputs, KubernetesVersion, Lookup, NoCluster, Outcome,
    ParsedChart, Question, Release, Rendered, Reply, Seed, render,
};
use trimtab_template::{Bound, Limits};

fn chart(files: &[(&str, &str)]) -> Chart {
    let mut chart = Chart::default();
    "app".clone_into(&mut chart.metadata.name);
    let file = |(path, text): &(&str, &str)| File {
        path: (*path).to_owned(),
        bytes: Arc::from(text.as_bytes()),
    };
    chart.templates = files.iter().map(file).collect();
    chart
}

fn outcome(chart: &Chart, inputs: impl Inputs + 'static, limits: Limits) -> Outcome<Rendered> {
    let release = Release::new("r", "n").unwrap();
    let context = Context::new("2026-11-21T23:00:00Z".parse().unwrap(), Seed([7; 32]));
    let bounds = Bounds { limits, interrupt: None };
    render(chart, &release, Map::new(), context.with_inputs(Rc::new(inputs)), bounds)
}

fn asked(text: &str) -> Vec<(Question, Reply)> {
    let chart = chart(&[("templates/a.yaml", text)]);
    match outcome(&chart, NoCluster::default(), Limits::default()) {
        Outcome::Rendered { asked, .. } => asked.questions,
        other => panic!("{other:?}"),
    }
}

fn failure(chart: &Chart, limits: Limits) -> Failure {
    match outcome(chart, NoCluster::default(), limits) {
        Outcome::Failed { failure, .. } => failure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_api_is_one_question_and_no_other_is_asked() {
    let api = |name: &str| Question::Api(name.to_owned());
    let text = "a: {{ .Capabilities.APIVersions.Has \"apps/v1\" }}\n\
                b: {{ .Capabilities.APIVersions.Has \"x/v1\" }}\n";
    assert_eq!(asked(text), [(api("apps/v1"), Reply::Present), (api("x/v1"), Reply::Absent)]);
    assert_eq!(asked("a: {{ .Values }}\n"), []);
    let version = (Question::Kubernetes, Reply::Version("v1.37.0".to_owned()));
    assert_eq!(asked("a: {{ .Capabilities.KubeVersion.Minor }}\n"), [version]);
}

#[test]
fn the_list_of_apis_is_asked_for_by_who_goes_through_it() {
    for text in [
        "{{ range .Capabilities.APIVersions }}# {{ . }}\n{{ end }}",
        "# {{ len .Capabilities.APIVersions }}\n",
    ] {
        assert!(matches!(&*asked(text), [(Question::Apis, Reply::Apis(_))]), "{text}");
    }
}

/// Knows nothing yet.
struct Unknown;

impl Inputs for Unknown {
    fn lookup(&self, _question: &Lookup) -> Answer {
        Answer::Unanswered
    }

    fn has_api(&self, _api: &str) -> Option<bool> {
        None
    }

    fn apis(&self) -> Option<Vec<String>> {
        None
    }

    fn kubernetes(&self) -> Option<KubernetesVersion> {
        None
    }
}

#[test]
fn what_is_not_known_is_told_whole_before_anything_is_rendered() {
    let text = "{{ if .Capabilities.APIVersions.Has \"b/v1\" }}{{ end }}{{ .Capabilities.KubeVersion }}\
                {{ .Capabilities.APIVersions.Has \"a/v1\" }}: [";
    let chart = chart(&[("templates/a.yaml", text)]);
    let Outcome::Needs(questions) = outcome(&chart, Unknown, Limits::default()) else {
        panic!("it is rendered")
    };
    let api = |name: &str| Question::Api(name.to_owned());
    assert_eq!(questions, [api("a/v1"), api("b/v1"), Question::Kubernetes]);
}

#[test]
fn a_chart_that_is_parsed_once_is_rendered_with_any_values() {
    let text = "a: {{ .Values.a }}{{ $_ := set .Values \"a\" 5 }}\n";
    let parsed = ParsedChart::parse(&chart(&[("templates/a.yaml", text)]), Limits::default());
    let parsed = parsed.unwrap();
    let release = Release::new("r", "n").unwrap();
    for value in [json!(1.5), json!("x"), json!(7)] {
        let context = Context::new("2026-11-21T23:00:00Z".parse().unwrap(), Seed([7; 32]));
        let values = Map::from_iter([("a".to_owned(), value.clone())]);
        let Outcome::Rendered { output, .. } = parsed.render(&release, values, context, None)
        else {
            panic!("it fails")
        };
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        assert_eq!(output.manifests[0].text, format!("a: {shown}\n"));
    }
}

#[test]
fn a_hook_says_when_it_is_applied_and_when_it_is_deleted() {
    let text = "kind: Job\nmetadata:\n  name: j\n  annotations:\n    helm.sh/hook: Pre-Install, test\n    \
                helm.sh/hook-weight: \"-5\"\n    helm.sh/hook-delete-policy: Hook-Failed\n";
    let chart = chart(&[("templates/a.yaml", text)]);
    let outcome = outcome(&chart, NoCluster::default(), Limits::default());
    let Outcome::Rendered { output, .. } = outcome else { panic!("it fails") };
    let hook = &output.hooks[0];
    assert_eq!((&*hook.name, &*hook.kind, hook.weight), ("j", "Job", -5));
    assert_eq!(hook.events, [Event::PreInstall, Event::Test]);
    assert_eq!(hook.delete_policies, ["hook-failed"]);
}

#[test]
fn a_hostile_chart_fails_alone() {
    let limits = Limits {
        steps: 100_000,
        output_bytes: 1 << 16,
        memory_bytes: 1 << 20,
        depth: 100,
        ..Limits::default()
    };
    for (text, bound) in [
        ("{{ define \"s\" }}{{ include \"s\" . }}{{ end }}{{ include \"s\" . }}", Bound::Depth),
        ("{{ range 1000000 }}{{ end }}", Bound::Steps),
        ("{{ range 10000 }}0123456789{{ end }}", Bound::OutputBytes),
        ("{{ until 100000 | len }}", Bound::MemoryBytes),
    ] {
        let failure = failure(&chart(&[("templates/a.yaml", text)]), limits);
        assert_eq!(failure.bound, Some(bound), "{failure}");
    }
    let braces = format!("{{{{ .Files.Glob \"{}\" }}}}", "{".repeat(100));
    let failure = failure(&chart(&[("templates/a.yaml", &braces)]), limits);
    assert_eq!(failure.bound, Some(Bound::Nesting), "{failure}");
}

#[test]
fn values_keep_their_types() {
    let chart = chart(&[("templates/a.yaml", "# {{ typeOf .Values.f }} {{ typeOf .Values.i }}\n")]);
    let parsed = ParsedChart::parse(&chart, Limits::default()).unwrap();
    let context = Context::new("2026-11-21T23:00:00Z".parse().unwrap(), Seed([7; 32]));
    let Value::Object(values) = json!({"f": 1.0, "i": 1}) else { panic!("it is a map") };
    let release = Release::new("r", "n").unwrap();
    let Outcome::Rendered { output, .. } = parsed.render(&release, values, context, None) else {
        panic!("it fails")
    };
    assert_eq!(output.manifests[0].text, "# float64 int64\n");
}
