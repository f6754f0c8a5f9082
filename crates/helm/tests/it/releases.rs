//! Charts whose output helm wrote (see `golden/README.md`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use trimtab_helm::chart::{Error, File, Level, Loaded, Settings, Warning};
use trimtab_helm::log::line;
use trimtab_helm::values::{Given, ValuesFile};
use trimtab_helm::{
    Bounds, Chart, Context, KubernetesVersion, NoCluster, Outcome, Printed, Release, Seed, render,
};
use trimtab_template::{Limits, stack_bytes};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/releases")
}

/// The words of a line, as a shell takes them.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                word.get_or_insert_default();
                quote = Some(c);
            }
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// What the arguments of a case ask for.
#[derive(Default)]
struct Arguments {
    names: Vec<String>,
    options: BTreeMap<String, Vec<String>>,
}

/// Flags that take no value.
const SWITCHES: [&str; 8] = [
    "--include-crds",
    "--skip-crds",
    "--skip-tests",
    "--no-hooks",
    "--is-upgrade",
    "--skip-schema-validation",
    "-g",
    "--generate-name",
];

impl Arguments {
    fn of(line: &str) -> Self {
        let mut arguments = Self::default();
        let mut words = words(line).into_iter();
        while let Some(word) = words.next() {
            if !word.starts_with('-') {
                arguments.names.push(word);
                continue;
            }
            let value =
                if SWITCHES.contains(&&*word) { String::new() } else { words.next().unwrap() };
            let option = match &*word {
                "-n" => "--namespace",
                "-f" => "--values",
                "-a" => "--api-versions",
                "-s" => "--show-only",
                other => other,
            };
            arguments.options.entry(option.to_owned()).or_default().push(value);
        }
        if arguments.names.is_empty() {
            arguments.names = ["r".to_owned(), "chart".to_owned()].into();
        }
        arguments
    }

    /// Whether the command line decides the name, and not the render.
    fn is_about_names(&self) -> bool {
        self.names.len() > 2 || self.has("--name-template") || self.has("-g")
    }

    fn has(&self, option: &str) -> bool {
        self.options.contains_key(option)
    }

    fn all(&self, option: &str) -> Vec<String> {
        self.options.get(option).cloned().unwrap_or_default()
    }

    fn last(&self, option: &str) -> Option<String> {
        self.all(option).pop()
    }
}

/// What helm would have printed, and said.
type Said = (Vec<u8>, String);

fn carry_out(case: &Path, arguments: &Arguments) -> Said {
    match outcome(case, arguments) {
        Ok(said) => said,
        Err((log, failure)) => (Vec::new(), format!("{log}Error: {failure}\n")),
    }
}

fn logged(warning: &Warning) -> String {
    let level = match warning.level() {
        Level::Info => "INFO",
        Level::Warn => "WARN",
    };
    let attributes = warning.attributes();
    let attributes: Vec<(&str, &str)> =
        attributes.iter().map(|(name, value)| (*name, &**value)).collect();
    format!("{}\n", line(level, &warning.with_values(), &attributes))
}

fn missing(name: &str) -> String {
    format!("open {name}: no such file or directory")
}

fn given(case: &Path, arguments: &Arguments) -> Result<Given, (String, String)> {
    let names = arguments.all("--values");
    let names = names.iter().flat_map(|names| names.split(','));
    let file = |name: &str| match fs::read(case.join(name)) {
        Ok(bytes) => Ok(ValuesFile { name: name.to_owned(), bytes: Arc::from(bytes) }),
        Err(_) => Err((String::new(), missing(name))),
    };
    Ok(Given {
        files: names.map(file).collect::<Result<_, _>>()?,
        json: arguments.all("--set-json"),
        sets: arguments.all("--set"),
        strings: arguments.all("--set-string"),
        from_files: arguments.all("--set-file"),
        literals: arguments.all("--set-literal"),
    })
}

fn loaded(case: &Path, arguments: &Arguments) -> Result<Loaded, Error> {
    let path = case.join(arguments.names.last().unwrap());
    let limits = trimtab_helm::chart::Limits::default();
    if path.is_file() {
        return Chart::from_archive(&fs::read(path).unwrap(), limits);
    }
    let mut files = Vec::new();
    read(&path, &path, &mut files);
    Chart::from_directory(files, limits)
}

fn read(root: &Path, folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap().path();
        if entry.is_dir() {
            read(root, &entry, files);
        } else {
            let path = entry.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.push(File { path, bytes: Arc::from(fs::read(&entry).unwrap()) });
        }
    }
}

const HINT: &str = "\n\nUse --debug flag to render out invalid YAML";

fn outcome(case: &Path, arguments: &Arguments) -> Result<Said, (String, String)> {
    let told = |text: String| (String::new(), text);
    let mut cluster = NoCluster::default();
    if let Some(version) = arguments.last("--kube-version") {
        cluster.kubernetes =
            KubernetesVersion::parse(&version).map_err(|error| told(error.to_string()))?;
    }
    for apis in arguments.all("--api-versions") {
        cluster.apis.extend(apis.split(',').map(str::to_owned));
    }
    let name = match &*arguments.names {
        [name, _] => name,
        _ => "release-name",
    };
    let namespace = arguments.last("--namespace").filter(|name| !name.is_empty());
    let mut release = Release::new(name, namespace.as_deref().unwrap_or("default"))
        .map_err(|error| (format!("{}\n", error.log()), error.to_string()))?;
    release.is_upgrade = arguments.has("--is-upgrade");
    let read = &mut |name: &str| fs::read_to_string(case.join(name)).map_err(|_| missing(name));
    let given = given(case, arguments)?.merged(read).map_err(|error| told(error.text))?;
    let loaded = loaded(case, arguments).map_err(|error| told(error.text))?;
    let mut log: String = loaded.warnings.iter().map(logged).collect();
    let settings =
        Settings { skip_schemas: arguments.has("--skip-schema-validation"), ..Settings::default() };
    let processed = loaded.chart.process(&given, settings).map_err(|error| {
        const FAILED: &str = "chart dependencies processing failed";
        let reason = error.text.strip_prefix(FAILED).and_then(|text| text.strip_prefix(": "));
        let log = reason.map(|reason| format!("{}\n", line("ERROR", FAILED, &[("error", reason)])));
        (log.unwrap_or_default(), error.text)
    })?;
    log.extend(processed.warnings.iter().map(logged));
    let context = Context::new("2026-11-21T23:00:00Z".parse().unwrap(), Seed([7; 32]));
    let context = context.with_inputs(Rc::new(cluster));
    let outcome = render(&processed.chart, &release, processed.values, context, Bounds::default());
    let rendered = match outcome {
        Outcome::Rendered { output, .. } => output,
        Outcome::Failed { failure, .. } => return Err((log, format!("{failure}{HINT}"))),
        Outcome::Needs(questions) => panic!("{questions:?}"),
    };
    for hook in &rendered.skipped {
        log.push_str(&hook.log());
        log.push('\n');
    }
    let printed = Printed {
        definitions: arguments.has("--include-crds"),
        no_hooks: arguments.has("--no-hooks"),
        no_tests: arguments.has("--skip-tests"),
        only: arguments.all("--show-only"),
    };
    match rendered.print(&printed) {
        Ok(out) => Ok((out, log)),
        Err(failure) => Err((log, failure.to_string())),
    }
}

fn expected(case: &Path, name: &str) -> Said {
    let read =
        |extension| fs::read(case.join(format!("expected/{name}.{extension}"))).unwrap_or_default();
    (read("out"), String::from_utf8(read("err")).unwrap())
}

/// Where two texts begin to differ.
fn difference(helm: &str, ours: &str) -> String {
    let same = helm.chars().zip(ours.chars()).take_while(|(a, b)| a == b).count();
    let tail = |text: &str| text.chars().skip(same.max(40) - 40).take(240).collect::<String>();
    format!("  helm  {:?}\n  we    {:?}", tail(helm), tail(ours))
}

fn check() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    let mut folders: Vec<PathBuf> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    for case in folders {
        let cases = fs::read_to_string(case.join("cases.txt")).unwrap();
        for line in cases.lines().filter(|line| !line.starts_with('#')) {
            let (name, arguments) = line.split_once(':').unwrap_or((line, ""));
            let arguments = Arguments::of(arguments);
            if arguments.is_about_names() {
                continue;
            }
            let ours = carry_out(&case, &arguments);
            let helm = expected(&case, name);
            count += 1;
            if ours != helm {
                let text = |said: &Said| format!("{}{}", String::from_utf8_lossy(&said.0), said.1);
                let place = case.file_name().unwrap().to_string_lossy().into_owned();
                let difference = difference(&text(&helm), &text(&ours));
                wrong.push(format!("{place} {name}\n{difference}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn charts_render_as_helm_renders_them() {
    let thread = std::thread::Builder::new().stack_size(stack_bytes(Limits::default().depth));
    thread.spawn(check).unwrap().join().unwrap();
}
