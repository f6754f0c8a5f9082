//! Charts that want the process dead: each of these templates is short, and ends at a bound.

use trimtab_helm::Failure;
use trimtab_template::{Bound, Limits};

use crate::render;

/// A megabyte for values, and steps for a second.
const SMALL: Limits = Limits {
    nodes: 1_000_000,
    nesting: 1_000,
    steps: 2_000_000,
    output_bytes: 1 << 20,
    memory_bytes: 1 << 20,
    depth: 1_000,
};

fn failure(limits: Limits, text: &str) -> Failure {
    match render::output(limits, text) {
        Ok(output) => panic!("{text}: {} bytes", output.len()),
        Err(failure) => failure,
    }
}

fn bound(limits: Limits, text: &str) -> Bound {
    let failure = failure(limits, text);
    failure.bound.unwrap_or_else(|| panic!("{text}: {failure}"))
}

fn output(text: &str) -> String {
    render::output(Limits::default(), text).unwrap_or_else(|failure| panic!("{text}: {failure}"))
}

/// A list that prints as 2^40 numbers and takes no memory, as `$a`.
const DOUBLED: &str = "{{ $a := list 1 }}{{ range until 40 }}{{ $a = list $a $a }}{{ end }}";

/// A list so deep that walking it takes a stack, as `$a`.
const DEEP: &str = "{{ $a := list 1 }}{{ range until 5000 }}{{ $a = list $a }}{{ end }}";

#[test]
fn a_value_too_deep_to_walk_is_a_bound_and_never_an_empty_text() {
    for call in [
        "toToml $a",
        "toYaml $a",
        "toYamlPretty $a",
        "toJson $a",
        "toPrettyJson $a",
        "toRawJson $a",
        "mustToYaml $a",
        "mustToJson $a",
        "mustToToml $a",
        "deepCopy $a",
        "deepEqual $a (list $a)",
        "has $a (list (list $a))",
        "toString $a",
        "print $a",
        "fromJson (print \"{\\\"a\\\":\" (repeat 300 \"[\") (repeat 300 \"]\") \"}\")",
        "fromJsonArray (print (repeat 300 \"[\") (repeat 300 \"]\"))",
        "mustFromJson (print (repeat 300 \"[\") (repeat 300 \"]\"))",
        "fromYaml (print \"a: \" (repeat 300 \"[\") (repeat 300 \"]\"))",
        "fromYamlArray (print (repeat 300 \"[\") (repeat 300 \"]\"))",
    ] {
        assert_eq!(bound(SMALL, &format!("{DEEP}{{{{ {call} }}}}")), Bound::ValueDepth, "{call}");
    }
}

#[test]
fn toml_of_a_value_deeper_than_the_stack_is_refused() {
    let deep = "{{ $a := list 1 }}{{ range until 200000 }}{{ $a = list $a }}{{ end }}";
    let text = format!("{deep}{{{{ toToml $a }}}}");
    let limits = Limits { depth: 100, ..Limits::default() };
    assert_eq!(bound(limits, &text), Bound::ValueDepth);
}

#[test]
fn maps_with_a_name_nested_deeper_than_the_stack_are_dropped() {
    let text = "{{ range keys .Values }}{{ $_ := unset $.Values . }}{{ end }}{{ $v := 1 }}\
                {{ range until 150000 }}{{ $o := deepCopy $.Values }}{{ $_ := set $o \"x\" $v }}\
                {{ $v = $o }}{{ end }}{{ len $v }}";
    assert_eq!(output(text), "1");
}

#[test]
fn what_is_written_of_shared_values_is_counted_as_it_grows() {
    for call in [
        "toYaml $a",
        "toYamlPretty $a",
        "toJson $a",
        "toPrettyJson $a",
        "toRawJson $a",
        "toToml (dict \"a\" $a)",
        "print $a",
        "printf \"%v\" $a",
        "toString $a",
        "quote $a",
        "squote $a",
        "cat $a",
        "html $a",
        "js $a",
        "urlquery $a",
        "dict $a 1",
        "upper (toString $a)",
    ] {
        let text = format!("{DOUBLED}{{{{ {call} | len }}}}");
        assert_eq!(bound(SMALL, &text), Bound::MemoryBytes, "{call}");
    }
    assert_eq!(bound(SMALL, &format!("{DOUBLED}{{{{ $a }}}}")), Bound::OutputBytes);
}

#[test]
fn nothings_that_take_no_bytes_are_counted_as_work() {
    let nothing = "{{ $a := list (dict) }}{{ range until 40 }}{{ $a = list $a $a }}{{ end }}";
    let text = format!("{nothing}{{{{ deepCopy $a | len }}}}");
    assert!(matches!(bound(SMALL, &text), Bound::Steps | Bound::MemoryBytes));
}

#[test]
fn values_that_share_their_parts_are_compared_in_no_time() {
    let doubled = "{{ $a := list 1 }}{{ $b := list 1 }}{{ range until 100 }}{{ $a = list $a $a }}\
                   {{ $b = list $b $b }}{{ end }}";
    for (call, expected) in [
        ("deepEqual $a $b", "true"),
        ("deepEqual $a (list $b)", "false"),
        ("has $a (list $b)", "true"),
        ("without (list $a) $b | len", "0"),
        ("uniq (list $a $b) | len", "1"),
    ] {
        assert_eq!(output(&format!("{doubled}{{{{ {call} }}}}")), expected, "{call}");
    }
    let maps = "{{ $a := dict }}{{ $b := dict }}{{ range until 100 }}{{ $a = dict \"x\" $a \"y\" $a }}\
                {{ $b = dict \"x\" $b \"y\" $b }}{{ end }}{{ deepEqual $a $b }}";
    assert_eq!(output(maps), "true");
}

#[test]
fn loops_over_one_map_inside_of_each_other_are_counted() {
    let text = "{{ $d := dict }}{{ range until 2000 }}{{ $_ := set $d (printf \"k%d\" .) 1 }}{{ end }}\
                {{ define \"r\" }}{{ range $k, $v := . }}{{ template \"r\" $ }}{{ end }}{{ end }}\
                {{ template \"r\" $d }}";
    assert_eq!(bound(SMALL, text), Bound::MemoryBytes);
}

#[test]
fn patterns_cost_what_compiling_them_costs() {
    let text = "{{ range $i := until 100000 }}{{ $_ := regexMatch (printf \"%d[\\\\pL]{250}\" $i) \"x\" }}\
                {{ end }}";
    assert_eq!(bound(SMALL, text), Bound::MemoryBytes);
    let limits = Limits { steps: 2_000_000, ..Limits::default() };
    assert_eq!(bound(limits, text), Bound::Steps);
}

#[test]
fn patterns_that_search_the_same_text_again_and_again_are_stopped() {
    let limits = Limits { steps: 100_000, ..Limits::default() };
    let text = "{{ regexFindAll \"a.*b|a\" (repeat 20000 \"a\") -1 | len }}";
    assert_eq!(bound(limits, text), Bound::Steps);
}

#[test]
fn a_template_that_carries_itself_out_keeps_no_copies_of_its_text() {
    let text = "{{ tpl \"{{ tpl .s . }}\" (dict \"s\" (print \"{{ tpl .s . }}\" (repeat 300000 \"x\"))) }}";
    assert_eq!(bound(Limits::default(), text), Bound::Depth);
    let text = "{{ tpl \"{{ $_ := set . \\\"n\\\" (add1 .n) }}{{ if gt (int .n) 500 }}{{ fail \\\"no\\\" }}{{ end }}\
                {{ tpl .s . }}\" (dict \"n\" 0 \"s\" (print \"{{ $_ := set . \\\"n\\\" (add1 .n) }}\
                {{ if gt (int .n) 500 }}{{ fail \\\"no\\\" }}{{ end }}{{ tpl .s . }}\" (repeat 300000 \"x\"))) }}";
    let failure = failure(Limits::default(), text);
    assert_eq!(failure.bound, None);
    assert!(failure.text.len() <= 1 << 20, "{}", failure.text.len());
}

#[test]
fn each_argument_leaves_less_to_the_next() {
    let list =
        "{{ $s := repeat 100000 \"a\" }}{{ $l := list $s $s $s $s $s $s $s $s $s $s $s $s $s }}";
    for call in [
        "join \",\" $l",
        "quote $s $s $s $s $s $s $s $s $s $s $s $s $s",
        "squote $s $s $s $s $s $s $s $s $s $s $s $s $s",
        "cat $s $s $s $s $s $s $s $s $s $s $s $s $s",
        "toStrings (list $l $l)",
        "sortAlpha (list $l $l)",
    ] {
        let text = format!("{list}{{{{ {call} | len }}}}");
        assert_eq!(bound(SMALL, &text), Bound::MemoryBytes, "{call}");
    }
}

#[test]
fn blanks_of_deep_indentation_are_counted() {
    let text = "{{ $l := until 4000 }}{{ range until 190 }}{{ $l = list $l }}{{ end }}{{ toPrettyJson $l | len }}";
    assert_eq!(bound(SMALL, text), Bound::MemoryBytes);
}

#[test]
fn a_printer_that_may_write_no_more_writes_no_more() {
    let limits = Limits { memory_bytes: 200 << 20, ..Limits::default() };
    let text = "{{ printf \"%01000000d\" (until 4000000) | len }}";
    assert_eq!(bound(limits, text), Bound::MemoryBytes);
}

/// A text that declares a hundred thousand variables.
fn many_variables() -> String {
    let declared: Vec<String> = (0..100_000).map(|index| format!("{{{{$a{index}:=1}}}}")).collect();
    declared.concat()
}

#[test]
fn a_text_with_a_hundred_thousand_variables_is_parsed() {
    let text = many_variables();
    assert_eq!(output(&format!("{text}{{{{ $a0 }}}}")), "1");
}

#[test]
fn looking_for_a_variable_far_away_is_work() {
    let text = many_variables();
    let text = format!("{text}{{{{ range 1000000 }}}}{{{{ $_ := $a0 }}}}{{{{ end }}}}");
    let limits = Limits { steps: 2_000_000, ..Limits::default() };
    assert_eq!(bound(limits, &text), Bound::Steps);
}

#[test]
fn what_is_no_longer_held_is_no_longer_counted() {
    let text = "{{ $l := list }}{{ range until 10000 }}{{ $l = append $l . }}{{ end }}{{ len $l }}";
    assert_eq!(output(text), "10000");
    let text = "{{ $s := \"\" }}{{ range until 10000 }}{{ $s = printf \"%s12345678901234567890\" $s }}{{ end }}\
                {{ len $s }}";
    assert_eq!(output(text), "200000");
    let text = "{{ range until 3000 }}{{ $_ := toJson (dict \"a\" (repeat 1000 \"x\") \"b\" (until 100)) }}\
                {{ $d := dict }}{{ $_ := set $d \"a\" (list 1 2 3) }}{{ end }}ok";
    assert_eq!(render::output(SMALL, text).unwrap(), "ok");
}

#[test]
fn a_bound_says_how_much_there_was_in_all() {
    for call in ["printf \"%2000000d\" 1", "repeat 2000000 \"x\"", "print (until 200000)"] {
        let text = format!("{{{{ $s := repeat 1000 \"x\" }}}}{{{{ {call} }}}}");
        let failure = failure(SMALL, &text);
        assert!(failure.text.ends_with("more than 1048576 bytes of values"), "{call}: {failure}");
    }
}

#[test]
fn a_document_beyond_a_limit_is_a_bound_and_no_value() {
    for text in [
        "{{ fromYaml (repeat 11000000 \"#\") }}",
        "{{ fromYamlArray (print \"[\" (repeat 2100000 \"1,\") \"1]\") }}",
    ] {
        bound(Limits::default(), text);
    }
}

#[test]
fn a_search_for_a_long_text_takes_as_long_as_the_texts_are() {
    let long = "{{ $s := print (repeat 1000000 \"a\") \"b\" }}{{ $t := repeat 2000000 \"a\" }}";
    for (call, expected) in [
        ("contains $s $t", "false"),
        ("replace $s \"\" $t | len", "2000000"),
        ("splitList $s $t | len", "1"),
        ("trimAll (print (repeat 100000 \"ab\")) (repeat 100000 \"c\") | len", "100000"),
    ] {
        assert_eq!(output(&format!("{long}{{{{ {call} }}}}")), expected, "{call}");
    }
}

#[test]
fn comparing_long_texts_is_work() {
    let long = "{{ $a := repeat 1000000 \"a\" }}{{ $b := print $a \"\" }}{{ $l := list $a $b }}\
                {{ range until 10 }}{{ $l = concat $l $l }}{{ end }}";
    let limits = Limits { steps: 500_000, ..Limits::default() };
    for call in ["sortAlpha $l", "deepEqual $l (reverse $l)", "without $l \"\" $b"] {
        assert_eq!(bound(limits, &format!("{long}{{{{ {call} | len }}}}")), Bound::Steps, "{call}");
    }
    let text = format!("{long}{{{{ range until 10000 }}}}{{{{ $_ := eq $a $b }}}}{{{{ end }}}}");
    assert_eq!(bound(limits, &text), Bound::Steps);
}
