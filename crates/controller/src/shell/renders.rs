//! Renders, away from the loop: a batch is asked again first, and what changed is rendered.

use super::World;
use super::carry::said;
use crate::effect::RenderTask;
use crate::event::{Event, RenderOutcome, Rendering};
use futures::FutureExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::mpsc;
use trimtab_model::{AppId, chain};
use trimtab_ports::git::Git;
use trimtab_ports::tasks::{self, Ended};
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
            let asked: Vec<_> =
                ready.iter().map(|(task, _)| (task.app.clone(), task.ticket)).collect();
            let work = move || ready.into_iter().map(render).collect::<Vec<_>>();
            let renderings = tasks::block(&*world.tasks, "render", work).await;
            // Whoever asked waits for an answer.
            let renderings = renderings.unwrap_or_else(|ended| lost(asked, &ended));
            // Nobody listens any more: the loop has ended.
            let _ = events.send(Event::Rendered(renderings)).await;
        };
        scope.spawn("render", Box::pin(batch));
    }
}

fn lost(asked: Vec<(AppId, u64)>, ended: &Ended) -> Vec<Rendering> {
    let crashed = |(app, ticket)| {
        let outcome = RenderOutcome::Crashed(ended.to_string());
        Rendering { app, ticket, outcome }
    };
    asked.into_iter().map(crashed).collect()
}

type Ready = (RenderTask, Result<Vec<Arc<dyn FileTree>>, String>);

async fn with_trees(git: &dyn Git, task: RenderTask) -> Ready {
    let mut trees = Vec::new();
    for (source, commit) in &task.sources {
        match AssertUnwindSafe(git.tree(&source.remote, commit)).catch_unwind().await {
            Ok(Ok(tree)) => trees.push(tree),
            Ok(Err(error)) => return (task, Err(chain(&error))),
            Err(panic) => {
                let said = said(&*panic);
                return (task, Err(format!("a bug of ours ({said}); please report it")));
            }
        }
    }
    (task, Ok(trees))
}

fn render((task, trees): Ready) -> Rendering {
    // A panic parks this one application, with a condition: a bug is loud.
    let outcome = catch_unwind(AssertUnwindSafe(|| outcome(&task, trees)));
    let outcome = outcome.unwrap_or_else(|panic| RenderOutcome::Crashed(said(&*panic)));
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
