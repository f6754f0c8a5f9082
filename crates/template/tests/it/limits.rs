//! Bounds: what reaches one stops with an error that says so.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::Builder;

use trimtab_template::{
    Bound, Error, Limits, Run, Set, Settings, Signature, Text, Type, Value, stack_bytes,
};

use crate::data::data;
use crate::functions::functions;

fn carried_out(limits: Limits, text: &str) -> Result<Text, Error> {
    let mut set = Set::new("gotpl", Arc::new(functions()), limits);
    set.parse("t", text)?;
    Run::new(&set, Settings::default()).execute(b"t", data())
}

fn bound(limits: Limits, text: &str) -> Bound {
    let error = carried_out(limits, text).unwrap_err();
    error.exceeded().unwrap_or_else(|| panic!("{}", error.text())).bound
}

/// Runs on a thread with the stack that a run of that depth is said to need.
fn on_a_stack_for(depth: u32, run: impl FnOnce() + Send + 'static) {
    let thread = Builder::new().stack_size(stack_bytes(depth)).spawn(run).unwrap();
    thread.join().unwrap();
}

#[test]
fn steps_are_bounded() {
    let limits = Limits { steps: 1_000, ..Limits::default() };
    assert_eq!(bound(limits, "{{ range 1000000000 }}{{ end }}"), Bound::Steps);
    assert_eq!(bound(limits, "{{ range 100 }}{{ range 100 }}x{{ end }}{{ end }}"), Bound::Steps);
}

#[test]
fn output_is_bounded() {
    let limits = Limits { output_bytes: 1_000, ..Limits::default() };
    assert_eq!(bound(limits, "{{ range 1000 }}xx{{ end }}"), Bound::OutputBytes);
    assert_eq!(bound(limits, "{{ range 1000 }}{{ print \"xx\" }}{{ end }}"), Bound::OutputBytes);
}

#[test]
fn memory_is_bounded() {
    let limits = Limits { memory_bytes: 100_000, ..Limits::default() };
    let doubled = "{{ $x := \"x\" }}{{ range 100 }}{{ $x = print $x $x }}{{ end }}";
    assert_eq!(bound(limits, doubled), Bound::MemoryBytes);
    assert_eq!(bound(limits, "{{ printf \"%1000000d\" 1 }}"), Bound::MemoryBytes);
    let lists = "{{ $x := list 1 }}{{ range 10000 }}{{ $x = list $x }}{{ end }}";
    assert_eq!(bound(limits, lists), Bound::MemoryBytes);
    let maps = "{{ $x := dict }}{{ range 10000 }}{{ $_ := set $x (print .) . }}{{ end }}";
    assert_eq!(bound(limits, maps), Bound::MemoryBytes);
}

#[test]
fn nodes_and_nesting_are_bounded() {
    let few = Limits { nodes: 100, ..Limits::default() };
    assert_eq!(bound(few, &"{{ . }}".repeat(100)), Bound::Nodes);
    let flat = Limits { nesting: 100, ..Limits::default() };
    assert_eq!(bound(flat, &"{{ if . }}".repeat(200)), Bound::Nesting);
    assert_eq!(bound(flat, &format!("{{{{ {}", "(".repeat(200))), Bound::Nesting);
    let chained = format!("{{{{ if . }}}}{}{{{{ end }}}}", "{{ else if . }}".repeat(200));
    assert_eq!(bound(flat, &chained), Bound::Nesting);
}

#[test]
fn the_deepest_text_is_parsed_and_carried_out() {
    on_a_stack_for(Limits::default().depth, || {
        let depth = Limits::default().nesting as usize - 1;
        let blocks = format!("{}x{}", "{{ if . }}".repeat(depth), "{{ end }}".repeat(depth));
        assert_eq!(carried_out(Limits::default(), &blocks).unwrap().as_str(), "x");
        let depth = depth - 1;
        let parentheses = format!("{{{{ {}1{} }}}}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(carried_out(Limits::default(), &parentheses).unwrap().as_str(), "1");
        let calls = format!("{{{{ {}1{} }}}}", "(add1 ".repeat(depth), ")".repeat(depth));
        let sum = (depth + 1).to_string();
        assert_eq!(carried_out(Limits::default(), &calls).unwrap().as_str(), sum);
    });
}

#[test]
fn a_run_at_the_depth_limit_keeps_to_its_stack() {
    on_a_stack_for(Limits::default().depth, || {
        // Each of these costs as much stack for a level as a template can make it cost.
        let endless = [
            "{{ define \"x\" }}{{ include \"x\" . }}{{ end }}{{ include \"x\" . }}",
            "{{ define \"x\" }}{{ $y := print (include \"x\" .) | upper }}{{ end }}{{ include \"x\" . }}",
            "{{ define \"x\" }}{{ tpl \"{{ include \\\"x\\\" . }}\" . }}{{ end }}{{ include \"x\" . }}",
            "{{ define \"x\" }}{{ range list 1 }}{{ with and true (include \"x\" .) }}{{ end }}{{ end }}\
             {{ end }}{{ include \"x\" . }}",
        ];
        for text in endless {
            assert_eq!(bound(Limits::default(), text), Bound::Depth, "{text}");
        }
    });
}

/// Where the stack stood, and how deep the run was, at the first and the last call of `mark`.
#[derive(Default)]
struct Marks {
    first: Cell<Option<(usize, u32)>>,
    last: Cell<(usize, u32)>,
}

/// The most bytes of stack that a level took.
fn stack_of_a_level(text: &str) -> usize {
    let mut functions = functions();
    functions.add_native("mark", Signature::new([], Type::String), |run, _| {
        let here = 0_u8;
        let mark = (std::ptr::from_ref(&here).addr(), run.depth());
        let marks = run.context::<Marks>().unwrap();
        marks.first.set(marks.first.get().or(Some(mark)));
        marks.last.set(mark);
        Ok(Value::from(""))
    });
    let mut set = Set::new("gotpl", Arc::new(functions), Limits::default());
    set.parse("t", text).unwrap();
    let marks = Marks::default();
    let settings = Settings { context: Some(&marks), ..Settings::default() };
    let error = Run::new(&set, settings).execute(b"t", data()).unwrap_err();
    assert_eq!(error.exceeded().unwrap().bound, Bound::Depth);
    let ((from, shallow), (to, deep)) = (marks.first.get().unwrap(), marks.last.get());
    from.abs_diff(to) / (deep - shallow) as usize
}

#[test]
fn the_stack_that_a_run_is_said_to_need_is_half_as_much_again_as_it_uses() {
    on_a_stack_for(Limits::default().depth, || {
        let said = stack_bytes(2) - stack_bytes(1);
        for call in [
            "include \"x\" .",
            "print (include \"x\" .) | upper",
            "tpl \"{{ template \\\"x\\\" . }}\" .",
        ] {
            let text = "{{ define \"x\" }}{{ mark }}{{ CALL }}{{ end }}{{ template \"x\" . }}";
            let used = stack_of_a_level(&text.replace("CALL", call));
            assert!(used * 3 / 2 <= said, "{call}: {used} of {said}");
        }
    });
}

#[test]
fn templates_nest_as_deep_as_in_go_without_a_stack() {
    let text = "{{ define \"x\" }}{{ template \"x\" }}{{ end }}{{ template \"x\" }}";
    let error = carried_out(Limits::default(), text).unwrap_err().text();
    assert!(error.ends_with("exceeded maximum template depth (100000)"), "{error}");
}

#[test]
fn a_value_that_contains_itself_is_printed_up_to_a_depth() {
    let text = "{{ $x := dict }}{{ $_ := set $x \"self\" $x }}{{ $x }}";
    assert_eq!(bound(Limits::default(), text), Bound::ValueDepth);
}

#[test]
fn a_deep_value_is_dropped_without_a_stack() {
    let text = "{{ $x := list 1 }}{{ range 200000 }}{{ $x = list $x }}{{ end }}{{ len $x }}";
    assert_eq!(carried_out(Limits::default(), text).unwrap().as_str(), "1");
    let text = "{{ $x := dict }}{{ $top := $x }}{{ range 200000 }}{{ $y := dict }}\
                {{ $_ := set $x \"y\" $y }}{{ $x = $y }}{{ end }}{{ len $top }}";
    assert_eq!(carried_out(Limits::default(), text).unwrap().as_str(), "1");
}

#[test]
fn a_run_can_be_stopped() {
    let stop = AtomicBool::new(true);
    let mut set = Set::new("gotpl", Arc::new(functions()), Limits::default());
    set.parse("t", "{{ range 1000000000 }}{{ end }}").unwrap();
    let settings = Settings { interrupt: Some(&stop), ..Settings::default() };
    let error = Run::new(&set, settings).execute(b"t", data()).unwrap_err();
    assert_eq!(error.exceeded().unwrap().bound, Bound::Interrupted);
}

#[test]
fn a_bound_names_the_place_where_it_was_reached() {
    let limits = Limits { steps: 10, ..Limits::default() };
    let text = "{{ define \"x\" }}\n {{ range 100 }}{{ end }}{{ end }}{{ include \"x\" . }}";
    let error = carried_out(limits, text).unwrap_err().text();
    assert!(error.starts_with("template: t:2:"), "{error}");
    assert!(error.ends_with("more than 10 steps"), "{error}");
}
