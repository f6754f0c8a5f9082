//! Sets of several texts, and runs that use them.

use std::any::Any;
use std::sync::Arc;

use trimtab_template::{Functions, Limits, Run, Set, Settings, Signature, Text, Type, Value};

use crate::functions::functions;

fn set(texts: &[(&str, &str)]) -> Set {
    let mut set = Set::new("gotpl", Arc::new(functions()), Limits::default());
    for (name, text) in texts {
        set.parse(*name, *text).unwrap();
    }
    set
}

fn carried_out(set: &Set, name: &str) -> String {
    let mut run = Run::new(set, Settings::default());
    run.execute(name.as_bytes(), Value::map([])).unwrap().to_string()
}

#[test]
fn a_later_definition_replaces_an_earlier_one_unless_it_is_blank() {
    let texts = [("a", "{{ define \"x\" }}a{{ end }}"), ("b", "{{ define \"x\" }}b{{ end }}")];
    let mut set = set(&texts);
    set.parse("c", "{{ define \"x\" }} {{/* c */}}\n{{ end }}{{ template \"x\" }}").unwrap();
    assert_eq!(carried_out(&set, "c"), "b");
}

#[test]
fn a_definition_with_the_name_of_a_file_replaces_its_content() {
    let set = set(&[("a", "a"), ("b", "{{ define \"a\" }}b{{ end }}")]);
    assert_eq!(carried_out(&set, "a"), "b");
}

#[test]
fn a_text_that_does_not_parse_adds_nothing() {
    let mut set = set(&[]);
    assert!(set.parse("a", "{{ define \"x\" }}{{ end }}{{ nope }}").is_err());
    assert!(!set.has(b"x") && !set.has(b"a"));
}

#[test]
fn one_set_serves_many_threads() {
    fn is_shared<T: Send + Sync>(_: &T) {}
    let set = set(&[("a", "{{ range list 1 2 }}{{ . }}{{ end }}")]);
    is_shared(&set);
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| carried_out(&set, "a"))).collect();
        for run in runs {
            assert_eq!(run.join().unwrap(), "12");
        }
    });
}

#[test]
fn values_tell_their_kind_by_gos_name() {
    let kinds = [
        (Value::Nil, "invalid"),
        (Value::int64(1), "int64"),
        (Value::float(1.0), "float64"),
        (Value::from("a"), "string"),
        (Value::list(Vec::new()), "slice"),
        (Value::NilOf(Type::map()), "map"),
        (Value::NilOf(Type::named("*main.Version")), "ptr"),
    ];
    for (value, kind) in kinds {
        assert_eq!(value.kind_name(), kind);
    }
}

#[test]
fn what_one_template_sets_the_next_one_of_the_run_sees() {
    let set = set(&[("a", "{{ $_ := set . \"n\" 1 }}"), ("b", "{{ .n }}")]);
    let root = Value::map([]);
    let mut run = Run::new(&set, Settings::default());
    run.execute(b"a", root.clone()).unwrap();
    assert_eq!(run.execute(b"b", root).unwrap().as_str(), "1");
}

#[test]
fn maps_that_contain_themselves_are_freed_with_their_run() {
    let set = set(&[("a", "{{ $_ := set . \"self\" . }}")]);
    let root = Value::map([]);
    let watched = std::rc::Rc::downgrade(root.as_map().unwrap());
    Run::new(&set, Settings::default()).execute(b"a", root).unwrap();
    assert!(watched.upgrade().is_none());
}

#[test]
fn functions_find_the_callers_context() {
    let mut functions = Functions::default();
    functions.add_native("whoami", Signature::new([], Type::String), |run, _| {
        Ok(Value::from(*run.context::<&str>().unwrap()))
    });
    let mut set = Set::new("gotpl", Arc::new(functions), Limits::default());
    set.parse("a", "{{ whoami }}").unwrap();
    let context: &dyn Any = &"me";
    let settings = Settings { context: Some(context), ..Settings::default() };
    let text: Text = Run::new(&set, settings).execute(b"a", Value::Nil).unwrap();
    assert_eq!(text.as_str(), "me");
}
