//! Renders, away from the loop: a batch is asked again first, and what changed is rendered.

use super::World;
use crate::effect::RenderTask;
use crate::event::{Event, RenderOutcome, Rendering};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::mpsc;
use trimtab_model::chain;
use trimtab_ports::git::Git;
use trimtab_ports::tasks;
use trimtab_render::{FileTree, Kept, Rendered, TreeInputs};

/// Renders of one batch come back together, so that a commit that changes one of a thousand
/// applications is one event; a batch is not larger than this.
const BATCH: usize = 256;

/// Renders beside the loop.
pub(super) fn spawn(world: &World, events: &mpsc::Sender<Event>, mut batch: Vec<RenderTask>) {
    while !batch.is_empty() {
        let rest = batch.split_off(batch.len().min(BATCH));
        let part = std::mem::replace(&mut batch, rest);
        let (world, events) = (world.clone(), events.clone());
        let scope = world.tasks.clone();
        let batch = async move {
            let mut ready = Vec::new();
            for task in part {
                ready.push(with_trees(&*world.git, task).await);
            }
            let work = move || ready.into_iter().map(render).collect::<Vec<_>>();
            if let Ok(renderings) = tasks::block(&*world.tasks, "render", work).await {
                // Nobody listens any more: the loop has ended.
                let _ = events.send(Event::Rendered(renderings)).await;
            }
        };
        scope.spawn("render", Box::pin(batch));
    }
}

type Ready = (RenderTask, Result<Vec<Arc<dyn FileTree>>, String>);

async fn with_trees(git: &dyn Git, task: RenderTask) -> Ready {
    let mut trees = Vec::new();
    for (source, commit) in &task.sources {
        match git.tree(&source.remote, commit).await {
            Ok(tree) => trees.push(tree),
            Err(error) => return (task, Err(chain(&error))),
        }
    }
    (task, Ok(trees))
}

fn render((task, trees): Ready) -> Rendering {
    // A panic parks this one application, with a condition: a bug is loud.
    let outcome = catch_unwind(AssertUnwindSafe(|| outcome(&task, trees)));
    let outcome = outcome.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        RenderOutcome::Crashed(said)
    });
    Rendering { app: task.app, ticket: task.ticket, outcome }
}

fn outcome(task: &RenderTask, trees: Result<Vec<Arc<dyn FileTree>>, String>) -> RenderOutcome {
    let trees = match trees {
        Ok(trees) => trees,
        Err(reason) => {
            let rendered = Arc::new(Kept::new(Rendered::unreadable(reason)));
            return RenderOutcome::Rendered(vec![rendered; task.sources.len()]);
        }
    };
    let holds = |(last, tree): (&Arc<Kept>, &Arc<dyn FileTree>)| {
        last.still_holds(&TreeInputs::new(&**tree))
    };
    if task.last.len() == trees.len() && task.last.iter().zip(&trees).all(holds) {
        return RenderOutcome::Unchanged;
    }
    let rendered = task.sources.iter().zip(&trees).map(|((source, _), tree)| {
        let inputs = TreeInputs::new(&**tree);
        Arc::new(Kept::new(trimtab_render::render(&source.path, &source.renderer, &inputs)))
    });
    RenderOutcome::Rendered(rendered.collect())
}
