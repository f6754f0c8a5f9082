//! Templates that want too much fail alone, and soon.

use std::sync::Arc;

use trimtab_helm::{Context, Seed, functions};
use trimtab_template::{Bound, Error, Limits, Run, Set, Settings, Value, stack_bytes};

fn error(text: &str) -> Error {
    let limits = Limits { memory_bytes: 1 << 20, steps: 100_000, ..Limits::default() };
    let mut set = Set::new("gotpl", Arc::new(functions()), Limits::default());
    set.parse("t", text).unwrap();
    let context = Context::new("2026-11-21T23:00:00Z".parse().unwrap(), Seed([0; 32]));
    let settings = Settings { limits, context: Some(&context), ..Settings::default() };
    Run::new(&set, settings).execute(b"t", Value::Nil).unwrap_err()
}

fn bound(text: &str) -> Bound {
    let error = error(text);
    error.exceeded().unwrap_or_else(|| panic!("{text}: {}", error.text())).bound
}

#[test]
fn texts_and_lists_are_counted_before_they_are_made() {
    for text in [
        "{{ repeat 1000000000 \"x\" }}",
        "{{ until 1000000000 }}",
        "{{ untilStep 0 1000000000 1 }}",
        "{{ seq 1000000000 }}",
        "{{ indent 1000000000 \"x\" }}",
        "{{ nindent 100000000 \"x\\ny\" }}",
        "{{ randAlphaNum 1000000000 }}",
        "{{ randBytes 1000000000 }}",
        "{{ $x := repeat 100000 \"x\" }}{{ replace \"\" $x $x }}",
        "{{ $x := repeat 100000 \"x\" }}{{ replace \"x\" $x $x }}",
        "{{ $x := repeat 100000 \"x\" }}{{ regexReplaceAllLiteral \"x\" $x $x }}",
        "{{ $x := repeat 100000 \"x\" }}{{ join $x (splitList \"\" $x) }}",
        "{{ $x := until 5000 }}{{ range until 5000 }}{{ $_ := concat $x $x }}{{ end }}",
        "{{ $d := dict }}{{ range until 20000 }}{{ $_ := set $d (toString .) (list .) }}{{ end }}",
        "{{ $d := dict \"a\" (repeat 10000 \"x\") }}{{ range until 200 }}{{ $_ := toYaml $d }}{{ end }}",
    ] {
        assert_eq!(bound(text), Bound::MemoryBytes, "{text}");
    }
}

#[test]
fn work_inside_of_functions_is_counted() {
    for text in [
        "{{ uniq (until 5000) }}",
        "{{ $l := until 5000 }}{{ range until 100 }}{{ $_ := has -1 $l }}{{ end }}",
        "{{ range until 1000 }}{{ $_ := deepCopy (dict \"a\" (until 500)) }}{{ end }}",
    ] {
        let found = bound(text);
        assert!(matches!(found, Bound::Steps | Bound::MemoryBytes), "{text}: {found:?}");
    }
}

#[test]
fn values_that_contain_themselves_are_refused() {
    let thread = std::thread::Builder::new().stack_size(stack_bytes(0));
    thread.spawn(refuse_those_that_contain_themselves).unwrap().join().unwrap();
}

fn refuse_those_that_contain_themselves() {
    let me = "{{ $d := dict }}{{ $_ := set $d \"me\" $d }}";
    for function in ["mustToYaml", "mustToJson", "deepCopy", "mustToToml", "mustToPrettyJson"] {
        let text = error(&format!("{me}{{{{ {function} $d }}}}")).text();
        assert!(text.contains("nests deeper than"), "{function}: {text}");
    }
    let text =
        error(&format!("{me}{{{{ merge $d (dict \"me\" (deepCopy (dict \"me\" $d))) }}}}")).text();
    assert!(text.contains("nests deeper than"), "{text}");
}
