//! Templates that want too much fail alone, and soon.

use trimtab_template::{Bound, Limits};

use crate::render;

/// The bound that a template reaches.
fn bound_of(limits: Limits, text: &str) -> Bound {
    match render::output(limits, text) {
        Ok(output) => panic!("{text}: {} bytes", output.len()),
        Err(failure) => failure.bound.unwrap_or_else(|| panic!("{text}: {failure}")),
    }
}

fn bound(text: &str) -> Bound {
    let limits = Limits { memory_bytes: 1 << 20, steps: 100_000, ..Limits::default() };
    bound_of(limits, text)
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
        "{{ $x := until 5000 }}{{ range until 10 }}{{ $x = concat $x $x }}{{ end }}",
        "{{ $d := dict }}{{ range until 20000 }}{{ $_ := set $d (toString .) (list .) }}{{ end }}",
        "{{ $d := dict \"a\" (repeat 10000 \"x\") }}{{ toYaml (list $d $d $d $d $d $d $d $d $d $d $d) | repeat 11 }}",
    ] {
        assert_eq!(bound(text), Bound::MemoryBytes, "{text}");
    }
}

#[test]
fn work_inside_of_functions_is_counted() {
    let limits = Limits { memory_bytes: u64::MAX, steps: 100_000, ..Limits::default() };
    for text in [
        "{{ uniq (until 5000) }}",
        "{{ $l := until 5000 }}{{ range until 100 }}{{ $_ := has -1 $l }}{{ end }}",
        "{{ range until 1000 }}{{ $_ := deepCopy (dict \"a\" (until 500)) }}{{ end }}",
        "{{ $a := until 5000 }}{{ $b := until 5000 }}{{ range until 100 }}{{ $_ := deepEqual $a $b }}{{ end }}",
        "{{ $a := until 500 }}{{ range until 1000 }}{{ $_ := toJson $a }}{{ end }}",
        "{{ $a := until 500 }}{{ range until 1000 }}{{ $_ := toYaml $a }}{{ end }}",
        "{{ $a := dict \"a\" (until 500) }}{{ range until 1000 }}{{ $_ := toToml $a }}{{ end }}",
        "{{ $a := until 500 }}{{ range until 1000 }}{{ $_ := toYamlPretty $a }}{{ end }}",
        "{{ $a := toJson (until 5000) }}{{ range until 100 }}{{ $_ := fromJsonArray $a }}{{ end }}",
        "{{ $a := toYaml (until 5000) }}{{ range until 100 }}{{ $_ := fromYamlArray $a }}{{ end }}",
        "{{ $d := dict }}{{ range until 500 }}{{ $_ := set $d (toString .) . }}{{ end }}\
         {{ range until 1000 }}{{ $_ := merge (dict) $d }}{{ end }}",
        "{{ repeat 100000000 \"x\" }}",
        "{{ until 10000000 | len }}",
        "{{ $a := until 100000 }}{{ range until 100000 }}{{ $_ := rest $a }}{{ end }}",
        "{{ range $i := until 10000 }}{{ $_ := regexMatch (printf \"%d\" $i) \"x\" }}{{ end }}",
        "{{ $a := until 10000 }}{{ range until 10000 }}{{ $_ := print $a }}{{ end }}",
    ] {
        assert_eq!(bound_of(limits, text), Bound::Steps, "{text}");
    }
}

#[test]
fn values_that_contain_themselves_are_refused() {
    let me = "{{ $d := dict }}{{ $_ := set $d \"me\" $d }}";
    for call in [
        "toYaml $d",
        "toYamlPretty $d",
        "mustToYaml $d",
        "toJson $d",
        "mustToJson $d",
        "toPrettyJson $d",
        "toToml $d",
        "mustToToml $d",
        "deepCopy $d",
        "print $d",
        "merge $d (dict \"me\" (deepCopy (dict \"me\" $d)))",
    ] {
        let limits = Limits { depth: 60, ..Limits::default() };
        let found = bound_of(limits, &format!("{me}{{{{ {call} }}}}"));
        assert_eq!(found, Bound::ValueDepth, "{call}");
    }
}
