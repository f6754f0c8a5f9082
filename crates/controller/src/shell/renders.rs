//! Renders, away from the loop: a batch is asked again first, and what changed is rendered.

use super::World;
use super::carry::said;
use crate::effect::RenderTask;
use crate::event::{Event, RenderOutcome, Rendering};
use futures::FutureExt as _;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use trimtab_model::{AppId, Commit, Remote, Source, chain};
use trimtab_ports::git::Git;
use trimtab_ports::tasks::{self, Ended};
use trimtab_render::{FileTree, Kept, Rendered, TreeInputs};

/// Renders of one batch come back together, so that a commit that changes one of a thousand
/// applications is one event; a batch is not larger than this.
const RENDERS_PER_BATCH_MAX: usize = 256;

/// How long one task renders before it gives the rest away.
const PART_MAX: Duration = Duration::from_millis(50);

/// Renders beside the loop.
pub(super) fn spawn(world: &World, events: &mpsc::Sender<Event>, tasks: Vec<RenderTask>) {
    for part in parts(tasks) {
        let (world, events) = (world.clone(), events.clone());
        let scope = world.tasks.clone();
        let batch = async move {
            let ready = with_trees(&*world.git, part).await;
            spawn_ready(&world, &events, ready);
        };
        scope.spawn("open trees", Box::pin(batch));
    }
}

/// Renders what is ready in one task. One that takes long gives what it has not begun away, in halves, so
/// that a slow one holds up nobody for longer than that.
fn spawn_ready(world: &World, events: &mpsc::Sender<Event>, ready: Vec<Ready>) {
    let (world, events) = (world.clone(), events.clone());
    let scope = world.tasks.clone();
    let part = async move {
        let asked: Vec<_> = ready.iter().map(|(task, _)| (task.app.clone(), task.ticket)).collect();
        let clock = world.clock.clone();
        let until = clock.monotonic() + PART_MAX;
        let work = move || rendered_until(ready, || clock.monotonic() >= until);
        let (renderings, mut rest) = tasks::block(&*world.tasks, "render", work)
            .await
            // Whoever asked waits for an answer.
            .unwrap_or_else(|ended| (lost(asked, &ended), Vec::new()));
        let half = rest.split_off(rest.len() / 2);
        for rest in [rest, half].into_iter().filter(|rest| !rest.is_empty()) {
            spawn_ready(&world, &events, rest);
        }
        // Nobody listens any more: the loop has ended.
        let _ = events.send(Event::Rendered(renderings)).await;
    };
    scope.spawn("render", Box::pin(part));
}

/// Renders one after the other, the first in any case, and returns what the time did not suffice for.
fn rendered_until(ready: Vec<Ready>, is_over: impl Fn() -> bool) -> (Vec<Rendering>, Vec<Ready>) {
    let mut rest = ready.into_iter();
    let mut renderings = Vec::new();
    for ready in rest.by_ref() {
        renderings.push(render(ready));
        if is_over() {
            break;
        }
    }
    (renderings, rest.collect())
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

fn lost(asked: Vec<(AppId, u64)>, ended: &Ended) -> Vec<Rendering> {
    let crashed = |(app, ticket)| {
        let outcome = RenderOutcome::Crashed(ended.to_string());
        Rendering { app, ticket, outcome }
    };
    asked.into_iter().map(crashed).collect()
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

fn render((task, trees): Ready) -> Rendering {
    // A panic parks this one application, with a condition: a bug is loud.
    let outcome = catch_unwind(AssertUnwindSafe(|| outcome(&task, trees)));
    let outcome = outcome.unwrap_or_else(|panic| RenderOutcome::Crashed(said(&*panic)));
    Rendering { app: task.app, ticket: task.ticket, outcome }
}

fn outcome(task: &RenderTask, trees: Trees) -> RenderOutcome {
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

#[cfg(test)]
mod tests {
    use super::{
        Arc, Commit, FileTree, Git, RENDERS_PER_BATCH_MAX, Remote, RenderTask, Source, parts,
        rendered_until, with_trees,
    };
    use futures::FutureExt as _;
    use futures::future::BoxFuture;
    use futures::stream::BoxStream;
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::Mutex;
    use trimtab_model::{
        Directory, DuplicateKeys, FileSelection, GroupKind, Renderer, RevisionSpec, UnknownFields,
    };
    use trimtab_ports::git::{Error, Fetched, Look, Refs, Want};
    use trimtab_render::MemoryTree;

    /// Notes each tree that is asked for; one repository is not there.
    #[derive(Default)]
    struct Noting(Mutex<Vec<String>>);

    impl Git for Noting {
        fn tree<'a>(
            &'a self,
            remote: &'a Remote,
            commit: &'a Commit,
        ) -> BoxFuture<'a, Result<Arc<dyn FileTree>, Error>> {
            self.0.lock().expect("no panic").push(format!("{} {}", remote.url, commit.short()));
            let tree: Result<Arc<dyn FileTree>, Error> = match &*remote.url {
                "absent" => Err(Error::NotFound { remote: remote.clone() }),
                _ => Ok(Arc::new(MemoryTree::default())),
            };
            std::future::ready(tree).boxed()
        }

        fn refs<'a>(&'a self, _: Look<'a>) -> BoxFuture<'a, Result<Arc<Refs>, Error>> {
            unreachable!("only trees are asked for")
        }

        fn fetch<'a>(&'a self, _: Want<'a>) -> BoxFuture<'a, Result<Fetched, Error>> {
            unreachable!("only trees are asked for")
        }

        fn complete(&self, _: &Remote, _: &str) -> Option<Commit> {
            unreachable!("only trees are asked for")
        }

        fn waits_for_its_turn(&self, _: &Remote) -> bool {
            unreachable!("only trees are asked for")
        }

        fn watch_file(&self, _: &Remote) -> Result<BoxStream<'static, ()>, Error> {
            unreachable!("only trees are asked for")
        }

        fn retain<'a>(&'a self, _: &'a BTreeSet<Remote>) -> BoxFuture<'a, ()> {
            unreachable!("only trees are asked for")
        }
    }

    fn task(name: &str, sources: &[(&str, u8)]) -> RenderTask {
        let source = |(url, commit): &(&str, u8)| {
            let remote = Remote { url: (*url).into(), credential: None };
            let renderer = Renderer::Directory(Directory {
                recurse: false,
                include: None,
                exclude: None,
                files: FileSelection::EveryYamlFile,
                duplicate_keys: DuplicateKeys::Refuse,
                unknown_fields: UnknownFields::Refuse,
                namespace_override: None,
                common_labels: BTreeMap::new(),
                common_annotations: BTreeMap::new(),
            });
            let (revision, path) = (RevisionSpec::Head, name.into());
            let commit = Commit::parse(&format!("{commit:02x}").repeat(20)).expect("a commit");
            (Source { remote, revision, path, renderer }, commit)
        };
        let kind = GroupKind::new("g", "A");
        RenderTask {
            app: trimtab_model::AppId { kind, namespace: "n".into(), name: name.into() },
            ticket: 1,
            sources: sources.iter().map(source).collect(),
            last: Vec::new(),
        }
    }

    #[test]
    fn what_reads_the_same_repositories_is_rendered_together_and_apart_from_others() {
        let many = (0..RENDERS_PER_BATCH_MAX).map(|_| task("a", &[("one", 1)]));
        let tasks = many.chain([
            task("b", &[("two", 1)]),
            task("c", &[("two", 1), ("one", 1)]),
            task("d", &[("one", 2)]),
            task("e", &[("one", 1), ("two", 2)]),
        ]);
        let parts: Vec<Vec<String>> = parts(tasks.collect())
            .into_iter()
            .map(|part| part.iter().map(|task| task.app.name.to_string()).collect())
            .collect();
        assert_eq!(parts[0].len(), RENDERS_PER_BATCH_MAX);
        assert_eq!(parts[1..], [vec!["d"], vec!["c", "e"], vec!["b"]]);
    }

    #[test]
    fn a_slow_render_gives_what_is_behind_it_away() {
        let ready = || Vec::from(["a", "b", "c"].map(|name| (task(name, &[]), Ok(Vec::new()))));
        let (done, rest) = rendered_until(ready(), || true);
        assert_eq!((done.len(), rest.len()), (1, 2), "the first is rendered in any case");
        let (done, rest) = rendered_until(ready(), || false);
        assert_eq!((done.len(), rest.len()), (3, 0));
    }

    #[test]
    fn one_tree_is_opened_for_each_commit_of_a_repository() {
        let git = Noting::default();
        let both = [("one", 1), ("two", 1)];
        let batch = vec![
            task("a", &both[..1]),
            task("b", &both),
            task("c", &[("one", 2), ("absent", 1)]),
            task("d", &both),
        ];
        let ready = with_trees(&git, batch).now_or_never().expect("at once");
        let found: Vec<_> =
            ready.iter().map(|(_, trees)| trees.as_ref().map(Vec::len).ok()).collect();
        assert_eq!(found, [Some(1), Some(2), None, Some(2)]);
        assert_eq!(git.0.lock().expect("no panic").len(), 4, "{:?}", git.0);
    }
}
