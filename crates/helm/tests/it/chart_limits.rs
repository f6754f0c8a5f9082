//! Charts that ask for too much, and bytes that are no charts.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use trimtab_helm::chart::{Error, Exceeded, File, Limits, Settings};
use trimtab_helm::values::{Given, ValuesFile};
use trimtab_helm::{Chart, archive};

use crate::charts::packed;

fn file(path: &str, text: impl AsRef<[u8]>) -> File {
    File { path: path.to_owned(), bytes: Arc::from(text.as_ref()) }
}

const CHART: &str = "{apiVersion: v2, name: p, version: 1.2.3}";

fn chart(files: &[(&str, &str)]) -> Result<Chart, Error> {
    let mut all = vec![];
    if files.iter().all(|(path, _)| *path != "Chart.yaml") {
        all.push(file("Chart.yaml", CHART));
    }
    all.extend(files.iter().map(|(path, text)| file(path, text)));
    Ok(Chart::from_directory(all, Limits::default())?.chart)
}

fn processed(files: &[(&str, &str)], limits: Limits) -> Result<Map<String, Value>, Error> {
    let settings = Settings { limits, ..Settings::default() };
    Ok(chart(files)?.process(&Map::new(), settings)?.values)
}

fn exceeded<T: std::fmt::Debug>(result: Result<T, Error>) -> Exceeded {
    result.unwrap_err().exceeded.unwrap()
}

fn set(options: &[&str]) -> Result<Map<String, Value>, Error> {
    let sets = options.iter().map(|option| (*option).to_owned()).collect();
    Given { sets, ..Given::default() }.merged(&mut |_| Err("none".to_owned()))
}

#[test]
fn an_archive_holds_no_more_than_the_limit() {
    let zeros = vec![0; 4_000];
    let bytes = packed(&[("p/Chart.yaml", CHART.as_bytes()), ("p/a", &zeros), ("p/b", &zeros)]);
    let read = |limits: Limits| archive::read(&bytes, limits).map(|files| files.len());
    assert_eq!(read(Limits::default()), Ok(3));
    let few_bytes = Limits { bytes: 8_000, ..Limits::default() };
    let error = read(few_bytes).unwrap_err();
    assert_eq!(error.text, "decompressed chart is larger than the maximum size 8000");
    assert_eq!(error.exceeded, Some(Exceeded::Bytes(8_000)));
    let few_files = Limits { files: 2, ..Limits::default() };
    assert_eq!(exceeded(read(few_files)), Exceeded::Files(2));
}

#[test]
fn archives_in_archives_share_one_limit() {
    let zeros = vec![0; 4_000];
    let below = packed(&[("s/Chart.yaml", b"{name: s, version: 1.0.0}"), ("s/a", &zeros)]);
    let files = |count: usize| {
        let mut files = vec![file("Chart.yaml", CHART)];
        files.extend((0..count).map(|n| file(&format!("charts/s{n}.tgz"), &below)));
        files
    };
    let limits = Limits { bytes: 10_000, ..Limits::default() };
    assert!(Chart::from_directory(files(2), limits).is_ok());
    assert_eq!(exceeded(Chart::from_directory(files(3), limits)), Exceeded::Bytes(10_000));
}

#[test]
fn charts_lie_no_deeper_than_the_limit() {
    let mut archive = packed(&[("p/Chart.yaml", CHART.as_bytes())]);
    for _ in 0..40 {
        archive = packed(&[("p/Chart.yaml", CHART.as_bytes()), ("p/charts/p.tgz", &archive)]);
    }
    assert_eq!(exceeded(Chart::from_archive(&archive, Limits::default())), Exceeded::Levels(32));
    let deep = format!("{}Chart.yaml", "charts/p/".repeat(5_000));
    let files = vec![file("Chart.yaml", CHART), file(&deep, CHART)];
    assert!(Chart::from_directory(files, Limits::default()).is_err());
}

#[test]
fn a_link_in_an_archive_is_an_empty_file() {
    let mut builder =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    header.set_mode(0o777);
    builder.append_link(&mut header, "p/passwd", "/etc/passwd").unwrap();
    let bytes = builder.into_inner().unwrap().finish().unwrap();
    let files = archive::read(&bytes, Limits::default()).unwrap();
    assert_eq!(files, [file("passwd", "")]);
}

#[test]
fn aliases_of_aliases_are_counted() {
    let aliases = |name: &str| {
        let dependencies: Vec<Value> = (0..10)
            .map(|n| json!({"name": name, "version": "*", "alias": format!("a{n}")}))
            .collect();
        json!(dependencies)
    };
    let mut files = Vec::new();
    for level in 0..8 {
        let path = format!("{}Chart.yaml", "charts/p/".repeat(level));
        let chart = json!({"apiVersion": "v2", "name": "p", "version": "1.0.0", "dependencies": aliases("p")});
        files.push(file(&path, chart.to_string()));
    }
    let bottom = format!("{}Chart.yaml", "charts/p/".repeat(8));
    files.push(file(&bottom, CHART));
    let chart = Chart::from_directory(files, Limits::default()).unwrap().chart;
    let result = chart.process(&Map::new(), Settings::default());
    assert!(matches!(
        exceeded(result),
        Exceeded::Charts(_) | Exceeded::Entries(_) | Exceeded::Steps(_)
    ));
}

#[test]
fn globals_times_charts_are_counted() {
    let names: Vec<String> = (0..200).map(|n| format!("charts/s{n}/Chart.yaml")).collect();
    let charts: Vec<String> =
        (0..200).map(|n| format!("{{apiVersion: v2, name: s{n}, version: 1.0.0}}")).collect();
    let globals: Vec<String> = (0..200).map(|n| format!("g{n}: {{a: 1}}")).collect();
    let values = format!("global: {{{}}}", globals.join(", "));
    let mut files = vec![("values.yaml", &*values)];
    files.extend(names.iter().zip(&charts).map(|(name, chart)| (&**name, &**chart)));
    let limits = Limits { entries: 20_000, ..Limits::default() };
    assert_eq!(exceeded(processed(&files, limits)), Exceeded::Entries(20_000));
    let limits = Limits { steps: 20_000, ..Limits::default() };
    assert_eq!(exceeded(processed(&files, limits)), Exceeded::Steps(20_000));
    let limits = Limits { value_bytes: 20_000, ..Limits::default() };
    assert_eq!(exceeded(processed(&files, limits)), Exceeded::ValueBytes(20_000));
    assert!(processed(&files, Limits::default()).is_ok());
}

#[test]
fn an_import_into_itself_ends() {
    let chart = "{apiVersion: v2, name: p, version: 1.2.3, dependencies: [{name: s, version: '*', \
                 import-values: [{child: data, parent: a}, {child: data, parent: a.x}]}]}";
    let files = [
        ("Chart.yaml", chart),
        ("charts/s/Chart.yaml", "{apiVersion: v2, name: s, version: 1.0.0}"),
        ("charts/s/values.yaml", "data: {b: 1}"),
    ];
    assert!(matches!(exceeded(processed(&files, Limits::default())), Exceeded::ValueLevels(_)));
}

#[test]
fn options_make_no_endless_lists() {
    assert!(set(&["a[65536]=1"]).is_ok());
    let many: Vec<String> = (0..20).map(|n| format!("a{n}[65536]=1")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(matches!(exceeded(set(&many)), Exceeded::Entries(_)));
    let deep = format!("a{}=1", "[0]".repeat(100_000));
    assert!(matches!(exceeded(set(&[&deep])), Exceeded::ValueLevels(_)));
}

#[test]
fn values_at_the_limit_of_depth_fit_on_a_small_stack() {
    let deep = |levels: usize| format!("a: {}1{}", "{a: ".repeat(levels), "}".repeat(levels));
    let values = deep(195);
    let schema = r##"{"$defs": {"x": {"additionalProperties": {"$ref": "#/$defs/x"}}}, "$ref": "#/$defs/x"}"##;
    let files = [
        ("values.yaml", values.as_str()),
        ("charts/s/Chart.yaml", "{apiVersion: v2, name: s, version: 1.0.0}"),
    ];
    assert!(processed(&files, Limits::default()).is_ok());
    let files = [("values.yaml", values.as_str()), ("values.schema.json", schema)];
    assert!(matches!(exceeded(processed(&files, Limits::default())), Exceeded::ValueLevels(_)));
    assert!(processed(&[("values.yaml", deep(250).as_str())], Limits::default()).is_err());
}

#[test]
fn a_schema_that_tries_everything_ends() {
    let schema = r##"{"$defs": {"x": {"anyOf": [
        {"properties": {"a": {"$ref": "#/$defs/x"}}, "required": ["b"]},
        {"properties": {"a": {"$ref": "#/$defs/x"}}, "required": ["c"]},
        {"properties": {"a": {"$ref": "#/$defs/x"}}, "required": ["d"]}
    ]}}, "$ref": "#/$defs/x"}"##;
    let values = format!("a: {}1{}", "{a: ".repeat(30), "}".repeat(30));
    let limits = Limits { schema_steps: 50_000, ..Limits::default() };
    let files = [("values.yaml", values.as_str()), ("values.schema.json", schema)];
    assert_eq!(exceeded(processed(&files, limits)), Exceeded::SchemaSteps(50_000));
}

#[test]
fn a_schema_reads_nothing_from_outside() {
    for reference in ["file:///etc/passwd", "http://127.0.0.1:1/x", "/etc/passwd", "other.json"] {
        let schema = json!({"properties": {"a": {"$ref": reference}}}).to_string();
        let files = [("values.yaml", "a: 1"), ("values.schema.json", schema.as_str())];
        let error = processed(&files, Limits::default()).unwrap_err();
        assert!(error.text.contains("failing loading"), "{error}");
    }
}

#[test]
fn references_in_a_circle_end() {
    for schema in [
        r##"{"properties": {"a": {"$ref": "#/properties/a"}}}"##,
        r##"{"allOf": [{"$ref": "#"}]}"##,
        r##"{"$defs": {"x": {"$ref": "#/$defs/y"}, "y": {"$ref": "#/$defs/x"}}, "$ref": "#/$defs/x"}"##,
    ] {
        let files = [("values.yaml", "a: 1"), ("values.schema.json", schema)];
        assert!(processed(&files, Limits::default()).is_err());
    }
}

#[test]
fn patterns_of_ignored_files_are_counted() {
    let rules = "*a*a*a*a*b\n".repeat(50_000);
    let long = format!("{}/x", "a/".repeat(2_000));
    let files = vec![file("Chart.yaml", CHART), file(".helmignore", &rules), file(&long, "")];
    let result = Chart::from_directory(files, Limits::default());
    assert!(matches!(exceeded(result), Exceeded::PatternSteps(_)));
}

#[test]
fn a_cluster_of_the_wrong_version_is_refused() {
    let asks = |constraint: &str| {
        let text =
            format!("{{apiVersion: v2, name: p, version: 1.0.0, kubeVersion: {constraint:?}}}");
        chart(&[("Chart.yaml", text.as_str())]).unwrap()
    };
    assert_eq!(asks("").check_kube_version("v1.30.2", "v1.30.2"), Ok(()));
    assert_eq!(asks(">=1.20").check_kube_version("v1.30.2", "v1.30.2-gke.1"), Ok(()));
    let error = asks(">=1.31").check_kube_version("v1.30.2", "v1.30.2-gke.1").unwrap_err();
    let wanted =
        "chart requires kubeVersion: >=1.31 which is incompatible with Kubernetes v1.30.2-gke.1";
    assert_eq!(error.text, wanted);
}

/// Text that looks like an option, or like YAML.
fn text(characters: &'static str) -> impl Strategy<Value = String> {
    let characters: Vec<char> = characters.chars().collect();
    prop::collection::vec(prop::sample::select(characters), 0..40)
        .prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_option_panics(
        options in prop::collection::vec(text("ab.[]{}=,\\0129-+ \"'\u{e9}:tnul"), 1..4),
        values in text("ab: [],{}-1\n\"'&*!|>#%\t"),
    ) {
        let file = ValuesFile { name: "v".to_owned(), bytes: Arc::from(values.as_bytes()) };
        for files in [vec![], vec![file]] {
            let given = Given {
                files,
                json: options.clone(),
                sets: options.clone(),
                strings: options.clone(),
                from_files: options.clone(),
                literals: options.clone(),
            };
            let _either = given.merged(&mut |name| Ok(name.to_owned()));
            for one in [
                Given { json: options.clone(), ..Given::default() },
                Given { sets: options.clone(), ..Given::default() },
                Given { literals: options.clone(), ..Given::default() },
            ] {
                let _either = one.merged(&mut |name| Ok(name.to_owned()));
            }
        }
    }

    #[test]
    fn no_file_of_a_chart_panics(
        metadata in text("abn: [],{}-1\n\"'ptvsd"),
        values in text("ab: [],{}-1\n\"'&*!|>#%\t"),
        ignored in text("ab*?[]!/\\\n#"),
        schema in text("{}[]\":,$ref#/ttype0"),
    ) {
        let files = vec![
            file("Chart.yaml", format!("{CHART}\n{metadata}")),
            file("requirements.yaml", &metadata),
            file("values.yaml", &values),
            file(".helmignore", &ignored),
            file("values.schema.json", &schema),
            file("charts/s/Chart.yaml", CHART),
            file("charts/s/values.yaml", &values),
            file("Chart.lock", &metadata),
        ];
        if let Ok(loaded) = Chart::from_directory(files, Limits::default()) {
            let _either = loaded.chart.process(&Map::new(), Settings::default());
        }
    }

    #[test]
    fn no_bytes_panic_as_an_archive(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let _either = archive::read(&bytes, Limits::default());
        let _either = Chart::from_archive(&packed(&[("p/Chart.yaml", &bytes)]), Limits::default());
        let mut good = packed(&[("p/Chart.yaml", CHART.as_bytes()), ("p/values.yaml", b"a: 1")]);
        let at = at.index(good.len());
        good[at] = byte;
        let _either = Chart::from_archive(&good, Limits::default());
    }

    #[test]
    fn names_in_archives_stay_inside(name in text("p/.\\c:C")) {
        let bytes = packed(&[(&name, b"x")]);
        if let Ok(files) = archive::read(&bytes, Limits::default()) {
            for file in files {
                prop_assert!(!file.path.starts_with('/') && !file.path.split('/').any(|part| part == ".."));
            }
        }
    }
}
