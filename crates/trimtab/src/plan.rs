//! `trimtab plan`: what a sync of a directory would do. Nothing is written.

mod lines;
mod live;
mod marks;
pub mod reading;

use crate::app::Session;
use crate::{app, offline, terminal};
use anyhow::{Context, bail};
use live::Nobody;
pub use live::{Seen, rules};
use serde_json::json;
use std::collections::BTreeSet;
use trimtab_cli::{DirectoryFlags, Format, Plan as Flags, exit, formatted, printable};
use trimtab_inventory::{Entry, Inventory};
use trimtab_model::{App, Commit, GroupKind, Mark, SourceRevision};
use trimtab_plan::{Desired, Part, SyncRequest, World};
use trimtab_ports::cluster::{Discovery, Target};
use trimtab_render::Rendered;

/// The namespace of objects that name none, as kubectl has it.
const NAMESPACE: &str = "default";

/// Why no cluster can be asked, and what helps.
fn without_cluster(error: &anyhow::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:#}; --offline plans without a cluster")
}

/// Prints what a sync would do with each object. Exits with [`exit::DIFFERENCE`] when something would
/// change or nobody can tell, with [`exit::FAILED`] when the sync would not do all that is asked.
pub fn print(flags: &Flags) -> anyhow::Result<u8> {
    if matches!(flags.output, Format::Wide | Format::Name) {
        bail!("a plan has no such format: choose -o json or -o yaml")
    }
    let rendered = offline::rendered(&flags.directory)?;
    offline::complain(&flags.directory, &rendered);
    if flags.offline {
        let namespace = flags.namespace.as_deref().unwrap_or(NAMESPACE);
        let app = application(&flags.directory, (namespace, Some(namespace)), &rendered)?;
        return show(flags.output, &app, &rendered, &Seen::without_cluster(&rendered.objects));
    }
    app::block_on(async {
        let named = flags.namespace.as_deref();
        let reached = Session::within(&flags.kubeconfig, named, NAMESPACE).await;
        let session = reached.map_err(|error| without_cluster(&error))?;
        let namespace = session.namespace.as_str();
        let app = application(&flags.directory, (namespace, Some(namespace)), &rendered)?;
        let discovery = session.discovery().await;
        let discovery = discovery.map_err(|error| without_cluster(&error))?;
        let live = observed(&session, discovery, &app, &rendered).await?;
        show(flags.output, &app, &rendered, &live)
    })
}

fn show(format: Format, app: &App, rendered: &Rendered, live: &Seen) -> anyhow::Result<u8> {
    let inventory = Inventory::Known(live.keys().map(|key| (key.clone(), entry())).collect());
    let world = world(app, &inventory, live);
    let desired = desired(&world, rendered);
    let assessment = trimtab_plan::assess(&world, &desired);
    let request = SyncRequest {
        prune: false,
        explicit: false,
        apply_all: false,
        only: None,
        rewritten: false,
        passed_over: false,
    };
    let plan = trimtab_plan::plan(&world, &desired, &assessment, &request);
    for repeated in &desired.repeated {
        eprintln!("warning: {}", printable(repeated));
    }
    let objects = lines::lines(&plan, &desired, (rendered, live));
    if let Some(text) = formatted(format, &objects) {
        terminal::print(&text)?;
    } else {
        terminal::print(&trimtab_cli::planned(&objects, terminal::paint()))?;
        eprintln!("{}", trimtab_cli::summary(&objects, desired.complete));
    }
    let failed = !desired.complete || objects.iter().any(|object| object.action == "refuse");
    Ok(match (failed, objects.iter().any(|object| object.action != "same")) {
        (true, _) => exit::FAILED,
        (false, true) => exit::DIFFERENCE,
        (false, false) => exit::OK,
    })
}

/// What the files ask for and an application of them would not do, one sentence for each.
pub fn not_supported(flags: &DirectoryFlags, rendered: &Rendered) -> anyhow::Result<Vec<String>> {
    let app = application(flags, (NAMESPACE, None), rendered)?;
    let (inventory, live) = (Inventory::default(), Seen::without_cluster(&rendered.objects));
    let desired = desired(&world(&app, &inventory, &live), rendered);
    let sentence = |field| trimtab_sync::not_supported(field).message;
    Ok(desired.not_supported.iter().map(sentence).collect())
}

/// An application of these files, which marks nothing: whose they will be is not asked here. Its own
/// namespace is named, and that of objects which name none, if there is one.
fn application(
    flags: &DirectoryFlags,
    (namespace, of_objects): (&str, Option<&str>),
    rendered: &Rendered,
) -> anyhow::Result<App> {
    let mut resource = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "plan", "namespace": namespace, "uid": "plan"},
        "spec": {
            "project": "default",
            "source": {"repoURL": "file:///", "path": "."},
            "destination": {"server": "https://kubernetes.default.svc"},
        },
    });
    if let Some(of_objects) = of_objects {
        resource["spec"]["destination"]["namespace"] = json!(of_objects);
    }
    let settings = trimtab_argoproj::Settings::new(namespace);
    let (mut app, _) = trimtab_argoproj::app(&resource, &settings)
        .map_err(|invalid| anyhow::anyhow!("{invalid:?}"))
        .context("the namespace cannot be used: check --namespace")?;
    let kinds: BTreeSet<GroupKind> = rendered.objects.iter().map(|m| m.key.group_kind()).collect();
    if let Mark::Annotation { unmarked, .. } = &mut app.tracking.mark {
        *unmarked = kinds.into_iter().collect();
    }
    for source in &mut app.sources {
        source.renderer = offline::renderer(flags);
    }
    Ok(app)
}

/// Reads the live object of each rendered one.
async fn observed(
    session: &Session,
    discovery: Discovery,
    app: &App,
    rendered: &Rendered,
) -> anyhow::Result<Seen> {
    let mut live = Seen::of(discovery);
    reading::definitions(session, &mut live, &rendered.objects).await;
    let desired = desired(&world(app, &Inventory::default(), &live), rendered);
    let targets = desired
        .objects
        .values()
        .map(|object| Target { key: object.key.clone(), version: object.version.clone() });
    reading::objects(session, &mut live, targets.collect()).await?;
    live.forget_marks();
    Ok(live)
}

/// What a decision about the application reads: nobody remembers anything, and nobody else wants
/// anything.
pub fn world<'a>(app: &'a App, inventory: &'a Inventory, live: &'a Seen) -> World<'a> {
    World {
        app,
        project: None,
        cluster: live.cluster(),
        inventory,
        live,
        memory: &Nobody,
        claims: &Nobody,
        schemas: live,
        // No digest leaves this process.
        secret_key: &[0; 32],
    }
}

fn desired(world: &World<'_>, rendered: &Rendered) -> Desired {
    let part = |source| Part { source, revision: no_revision(), rendered };
    trimtab_plan::desired(world, &world.app.sources.iter().map(part).collect::<Vec<_>>())
}

/// The revision of files that stand in no commit; nothing that is printed names it.
pub fn no_revision() -> SourceRevision {
    let commit = Commit::parse(&"0".repeat(40)).expect("forty digits are a commit");
    SourceRevision { commit, found_as: None }
}

fn entry() -> Entry {
    Entry { version: "".into() }
}
