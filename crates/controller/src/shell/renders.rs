//! Renders, away from the loop: a batch is asked again first, and what changed is rendered.

use super::World;
use crate::effect::RenderTask;
use crate::event::{Event, RenderOutcome, Rendering};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::mpsc;
use trimtab_ports::tasks;
use trimtab_render::{FileTree, Rendered, TreeInputs};

/// Renders of one batch come back together, so that a commit that changes one of a thousand
/// applications is one event; a batch is not larger than this.
const BATCH: usize = 256;

/// Renders beside the loop.
pub(super) fn spawn(world: World, events: mpsc::Sender<Event>, mut batch: Vec<RenderTask>) {
    while !batch.is_empty() {
        let rest = batch.split_off(batch.len().min(BATCH));
        let part = std::mem::replace(&mut batch, rest);
        let (world, events) = (world.clone(), events.clone());
        let scope = world.tasks.clone();
        scope.spawn("render", Box::pin(async move {
            let git = world.git.clone();
            let work = move || part.into_iter().map(|task| render(&*git, task)).collect::<Vec<_>>();
            if let Ok(renderings) = tasks::block(&*world.tasks, "render", work).await {
                let _ = events.send(Event::Rendered(renderings)).await;
            }
        }));
    }
}

fn render(git: &dyn trimtab_ports::git::Git, task: RenderTask) -> Rendering {
    // A panic parks this one application, with a condition (HOUSE 5: a bug is loud).
    let outcome = catch_unwind(AssertUnwindSafe(|| outcome(git, &task)));
    let outcome = outcome.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        RenderOutcome::Crashed(said)
    });
    Rendering { app: task.app, ticket: task.ticket, outcome }
}

fn outcome(git: &dyn trimtab_ports::git::Git, task: &RenderTask) -> RenderOutcome {
    let mut trees: Vec<Arc<dyn FileTree>> = Vec::new();
    for (source, commit) in &task.sources {
        match git.tree(&source.remote, commit) {
            Ok(tree) => trees.push(tree),
            Err(error) => return RenderOutcome::Rendered(vec![Arc::new(Rendered::unreadable(error.to_string()))]),
        }
    }
    let sources = || task.sources.iter().zip(&trees);
    let unchanged = task.last.len() == trees.len()
        && task.last.iter().zip(&trees).all(|(last, tree)| last.still_holds(&TreeInputs::new(&**tree)));
    if unchanged {
        return RenderOutcome::Unchanged;
    }
    let rendered = sources().map(|((source, _), tree)| {
        Arc::new(trimtab_render::render(&source.path, &source.renderer, &TreeInputs::new(&**tree)))
    });
    RenderOutcome::Rendered(rendered.collect())
}
