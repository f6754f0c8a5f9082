//! Renders, away from the loop: a batch is asked again first, and what changed is rendered.

mod queue;
#[cfg(test)]
mod tests;

use super::World;
use super::carry::said;
use crate::effect::{Lane, RenderTask};
use crate::event::{Event, RenderOutcome, Rendering};
use futures::FutureExt as _;
use queue::{Queue, time_max};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use trimtab_model::{AppId, Commit, Remote, Source, chain, limit};
use trimtab_ports::clock::Clock;
use trimtab_ports::git::Git;
use trimtab_ports::tasks::{self, Ended, Tasks};
use trimtab_render::{FileTree, Kept, Rendered, TreeInputs};

/// Renders of one batch come back together, so that a commit that changes one of a thousand
/// applications is one event; a batch is not larger than this.
const RENDERS_PER_BATCH_MAX: usize = 256;

/// How long one turn renders before it gives the rest away.
const PART_MAX: Duration = Duration::from_millis(50);

/// Renders beside the loop.
pub(super) struct Renders(Arc<Shared>);

struct Shared {
    clock: Arc<dyn Clock>,
    tasks: Arc<dyn Tasks>,
    git: Arc<dyn Git>,
    events: mpsc::Sender<Event>,
    queue: Mutex<Queue>,
}

impl Renders {
    /// Nothing is asked for yet.
    pub(super) fn new(world: &World, events: mpsc::Sender<Event>) -> Self {
        let World { clock, tasks, git, .. } = world.clone();
        Self::of(Shared {
            clock,
            tasks,
            git,
            events,
            queue: Mutex::new(Queue::new(limit::RENDERS_MAX)),
        })
    }

    fn of(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// Has applications rendered, each in its turn. Nothing comes back of what nobody waits for any more.
    pub(super) fn ask(&self, tasks: Vec<RenderTask>) {
        for part in parts(tasks) {
            let shared = Arc::clone(&self.0);
            let open = async move {
                let ready = with_trees(&*shared.git, part).await;
                shared.queue().push(ready);
                shared.begin();
            };
            self.0.tasks.spawn("open trees", Box::pin(open));
        }
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins what has a turn.
    fn begin(self: &Arc<Self>) {
        loop {
            let Some((lane, ready)) = self.queue().next() else { return };
            let shared = Arc::clone(self);
            let turn = async move { shared.turn(lane, ready).await };
            self.tasks.spawn("render", Box::pin(turn));
        }
    }

    /// One turn. What it has not begun it gives away, in halves, so that a slow render holds up nobody for
    /// longer than that.
    async fn turn(self: Arc<Self>, lane: Lane, ready: Vec<Ready>) {
        let asked: Vec<_> = ready.iter().map(|(task, _)| (task.app.clone(), task.ticket)).collect();
        let clock = Arc::clone(&self.clock);
        let work = move || rendered(ready, lane, &*clock);
        let done = tasks::block(&*self.tasks, "render", work).await;
        // Whoever asked waits for an answer.
        let Done { renderings, slow, mut rest } = done.unwrap_or_else(|ended| lost(asked, &ended));
        let half = rest.split_off(rest.len() / 2);
        for ready in [rest, half, slow] {
            self.queue().push(ready);
        }
        if !renderings.is_empty() {
            // Nobody listens any more: the loop has ended.
            let _ = self.events.send(Event::Rendered(renderings)).await;
        }
        self.queue().give_back(lane);
        self.begin();
    }
}

/// What a turn came to.
#[derive(Default)]
struct Done {
    renderings: Vec<Rendering>,
    /// What is not quick, and is begun again.
    slow: Vec<Ready>,
    /// What was not begun.
    rest: Vec<Ready>,
}

/// Renders one after the other, the first in any case.
fn rendered(ready: Vec<Ready>, lane: Lane, clock: &dyn Clock) -> Done {
    let until = clock.monotonic() + PART_MAX;
    let mut rest = ready.into_iter();
    let mut done = Done::default();
    for ready in rest.by_ref() {
        done.take(ready, lane, clock);
        if clock.monotonic() >= until {
            break;
        }
    }
    done.rest = rest.collect();
    done
}

impl Done {
    fn take(&mut self, (mut task, trees): Ready, lane: Lane, clock: &dyn Clock) {
        let begun = clock.monotonic();
        let until = begun + time_max(lane);
        let is_over = || !task.interest.lasts() || clock.monotonic() >= until;
        // A panic parks this one application, with a condition: a bug is loud.
        let outcome = catch_unwind(AssertUnwindSafe(|| outcome(&task, &trees, &is_over)));
        let outcome = outcome.unwrap_or_else(|panic| RenderOutcome::Crashed(said(&*panic)));
        if !task.interest.lasts() {
            return;
        }
        if lane == Lane::Quick && is_broken_off(&outcome) {
            task.lane = Lane::Slow;
            self.slow.push((task, trees));
            return;
        }
        let is_quick = clock.monotonic().since(begun) < time_max(Lane::Quick);
        let lane = if is_quick { Lane::Quick } else { Lane::Slow };
        self.renderings.push(Rendering { app: task.app, ticket: task.ticket, outcome, lane });
    }
}

fn is_broken_off(outcome: &RenderOutcome) -> bool {
    match outcome {
        RenderOutcome::Rendered(parts) => parts.iter().any(|part| part.is_broken_off()),
        RenderOutcome::Unchanged | RenderOutcome::Crashed(_) => false,
    }
}

/// What is rendered together: what reads the same repositories, so that one whose store is busy holds up
/// nobody else's.
fn parts(tasks: Vec<RenderTask>) -> Vec<Vec<RenderTask>> {
    let mut alike: BTreeMap<BTreeSet<Remote>, Vec<Vec<RenderTask>>> = BTreeMap::new();
    for task in tasks {
        let remotes = task.sources.iter().map(|(source, _)| source.remote.clone()).collect();
        let parts = alike.entry(remotes).or_default();
        match parts.last_mut().filter(|part| part.len() < RENDERS_PER_BATCH_MAX) {
            Some(part) => part.push(task),
            None => parts.push(vec![task]),
        }
    }
    alike.into_values().flatten().collect()
}

fn lost(asked: Vec<(AppId, u64)>, ended: &Ended) -> Done {
    let crashed = |(app, ticket)| {
        let outcome = RenderOutcome::Crashed(ended.to_string());
        Rendering { app, ticket, outcome, lane: Lane::Quick }
    };
    Done { renderings: asked.into_iter().map(crashed).collect(), ..Done::default() }
}

/// The trees of a render's sources, or why one of them cannot be read.
type Trees = Result<Vec<Arc<dyn FileTree>>, String>;

type Ready = (RenderTask, Trees);

/// Opens the trees of a batch, each once: what is rendered from one commit of a repository shares it.
async fn with_trees(git: &dyn Git, batch: Vec<RenderTask>) -> Vec<Ready> {
    let mut opened = BTreeMap::new();
    for (source, commit) in batch.iter().flat_map(|task| &task.sources) {
        let place = (source.remote.clone(), commit.clone());
        if let Entry::Vacant(vacant) = opened.entry(place) {
            let tree = opened_tree(git, vacant.key()).await;
            vacant.insert(tree);
        }
    }
    let trees = |task: &RenderTask| -> Trees {
        let places = task.sources.iter();
        let tree = |(source, commit): &(Source, Commit)| {
            opened[&(source.remote.clone(), commit.clone())].clone()
        };
        places.map(tree).collect()
    };
    batch
        .into_iter()
        .map(|task| {
            let trees = trees(&task);
            (task, trees)
        })
        .collect()
}

async fn opened_tree(
    git: &dyn Git,
    (remote, commit): &(Remote, Commit),
) -> Result<Arc<dyn FileTree>, String> {
    match AssertUnwindSafe(git.tree(remote, commit)).catch_unwind().await {
        Ok(tree) => tree.map_err(|error| chain(&error)),
        Err(panic) => Err(format!("a bug of ours ({}); please report it", said(&*panic))),
    }
}

fn outcome(task: &RenderTask, trees: &Trees, is_over: &dyn Fn() -> bool) -> RenderOutcome {
    let trees = match trees {
        Ok(trees) => trees,
        Err(reason) => {
            let rendered = Arc::new(Kept::new(Rendered::unreadable(reason.clone())));
            return RenderOutcome::Rendered(vec![rendered; task.sources.len()]);
        }
    };
    let holds = |(last, tree): (&Arc<Kept>, &Arc<dyn FileTree>)| {
        last.still_holds(&TreeInputs::until(&**tree, is_over))
    };
    if task.last.len() == trees.len() && task.last.iter().zip(trees).all(holds) {
        return RenderOutcome::Unchanged;
    }
    let rendered = task.sources.iter().zip(trees).map(|((source, _), tree)| {
        let inputs = TreeInputs::until(&**tree, is_over);
        Arc::new(Kept::new(trimtab_render::render(&source.path, &source.renderer, &inputs)))
    });
    RenderOutcome::Rendered(rendered.collect())
}
