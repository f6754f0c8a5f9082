//! `trimtab helm template`: what a chart renders to, in helm's bytes. Source: helm `template.go`,
//! `install.go`.

use std::io::Read;
use std::rc::Rc;

use trimtab_cli::HelmTemplate;
use trimtab_helm::chart::Level;
use trimtab_helm::{
    Bounds, Context, KubernetesVersion, NoCluster, Outcome, Printed, Release, Rendered, Seed, log,
    render, templated_name,
};
use trimtab_template::{Limits, stack_bytes};

use super::{Refusal, disk, output, say};

/// Renders and prints, on a thread with the stack that the limit of depth asks for.
pub fn run(flags: &HelmTemplate) -> Result<(), Refusal> {
    let stack = stack_bytes(Limits::default().depth);
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(stack);
        let thread = thread.spawn_scoped(scope, || on_thread(flags))?;
        thread.join().unwrap_or_else(|_| Err(Refusal("the render has ended in a bug".to_owned())))
    })
}

/// What helm adds where templates or what they render to are to blame.
const HINT: &str = "\n\nUse --debug flag to render out invalid YAML";

fn on_thread(flags: &HelmTemplate) -> Result<(), Refusal> {
    refuse_what_does_not_act(flags)?;
    let mut cluster = NoCluster::default();
    if let Some(version) = flags.release.kube_version.as_ref().filter(|text| !text.is_empty()) {
        cluster.kubernetes = KubernetesVersion::parse(version)?;
    }
    cluster.apis.extend(flags.release.apis());
    let context = context()?.with_inputs(Rc::new(cluster));
    let (name, chart) = name_and_chart(flags, &context)?;
    let path = disk::located(&chart)?;
    let read = &mut |name: &str| {
        let bytes = disk::read(name).map_err(|Refusal(text)| text)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let given = disk::given(&flags.values)?.merged(read).map_err(|error| Refusal(error.text))?;
    let loaded = disk::loaded(&path)?;
    loaded.warnings.iter().for_each(warn);
    let namespace = Some(&*flags.release.namespace).filter(|name| !name.is_empty());
    let mut release = Release::new(&name, namespace.unwrap_or("default"))
        .inspect_err(|error| say(&error.log()))?;
    release.is_upgrade = flags.release.is_upgrade;
    let processed = output::processed(flags, &loaded.chart, &given)?;
    processed.warnings.iter().for_each(warn);
    let bounds = Bounds::default();
    let rendered = match render(&processed.chart, &release, processed.values, context, bounds) {
        Outcome::Rendered { output, .. } => output,
        Outcome::Failed { failure, .. } => return Err(Refusal(format!("{failure}{HINT}"))),
        Outcome::Needs(_) => return Err(Refusal("there is no cluster to ask".to_owned())),
    };
    print(flags, &release, &rendered)
}

fn print(flags: &HelmTemplate, release: &Release, rendered: &Rendered) -> Result<(), Refusal> {
    rendered.skipped.iter().for_each(|hook| say(&hook.log()));
    let printed = Printed {
        definitions: flags.printed.include_crds,
        no_hooks: flags.printed.no_hooks,
        no_tests: flags.printed.skip_tests,
        only: flags.printed.show_only.clone(),
    };
    match &flags.printed.output_dir {
        None => Ok(crate::terminal::print_bytes(&rendered.print(&printed)?)?),
        Some(directory) => {
            let below = flags.printed.release_name.then_some(&*release.name);
            output::write(rendered, &printed, directory, below)
        }
    }
}

/// Refuses what would have changed the output, and does not act yet.
fn refuse_what_does_not_act(flags: &HelmTemplate) -> Result<(), Refusal> {
    let source = &flags.source;
    let refusals = [
        (
            source.repo.is_some(),
            "--repo: charts of repositories are not read yet; fetch the chart \
                                 with `helm pull --untar`, and name its directory",
        ),
        (source.verify, "--verify: signatures are not verified yet; run `helm verify` first"),
        (
            source.enable_dns,
            "--enable-dns: templates ask no name server; give the address as a value",
        ),
        (source.dry_run != "client", "--dry-run: no cluster is asked; leave it out"),
    ];
    match refusals.iter().find(|(is_given, _)| *is_given) {
        Some((_, text)) => Err(Refusal((*text).to_owned())),
        None => Ok(()),
    }
}

/// The name of the release and where its chart is. Source: helm `NameAndChart`.
fn name_and_chart(flags: &HelmTemplate, context: &Context) -> Result<(String, String), Refusal> {
    let template = flags.release.name_template.as_ref().filter(|text| !text.is_empty());
    let refused = |text: &str| Err(Refusal(text.to_owned()));
    match &*flags.name_and_chart {
        [_, _] if flags.release.generate_name => {
            refused("cannot set --generate-name and also specify a name")
        }
        [_, _] if template.is_some() => {
            refused("cannot set --name-template and also specify a name")
        }
        [name, chart] => Ok((name.clone(), chart.clone())),
        [chart] => Ok(match template {
            Some(template) => {
                (templated_name(template, context, Limits::default())?, chart.clone())
            }
            None => ("release-name".to_owned(), chart.clone()),
        }),
        [_, _, more @ ..] => Err(Refusal(format!(
            "expected at most two arguments, unexpected arguments: {}",
            more.join(", ")
        ))),
        [] => refused("\"helm template\" requires at least 1 argument"),
    }
}

/// The time, the zone and the randomness of this render.
fn context() -> Result<Context, Refusal> {
    let mut seed = [0; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut seed)?;
    #[expect(clippy::disallowed_methods, reason = "the command is run once, at this time")]
    let now = jiff::Timestamp::now();
    let mut context = Context::new(now, Seed(seed));
    context.zone = jiff::tz::TimeZone::system();
    Ok(context)
}

fn warn(warning: &trimtab_helm::chart::Warning) {
    let level = match warning.level() {
        Level::Info => "INFO",
        Level::Warn => "WARN",
    };
    let attributes = warning.attributes();
    let attributes: Vec<(&str, &str)> =
        attributes.iter().map(|(name, value)| (*name, &**value)).collect();
    say(&log::line(level, &warning.with_values(), &attributes));
}
