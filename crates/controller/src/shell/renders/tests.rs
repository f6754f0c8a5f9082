use super::*;
use crate::interest::Interest;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::task::noop_waker_ref;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::Context;
use trimtab_model::{
    Directory, DuplicateKeys, FileSelection, GroupKind, Renderer, RevisionSpec, Timestamp,
    UnknownFields,
};
use trimtab_ports::clock::Monotonic;
use trimtab_ports::git::{Error, Fetched, Look, Refs, Want};
use trimtab_render::{MemoryTree, Unreadable};

/// A clock that goes on when it is told to.
#[derive(Default)]
struct Told(AtomicU64);

impl Told {
    fn pass(&self, time: Duration) {
        let time = u64::try_from(time.as_millis()).expect("a short time");
        self.0.fetch_add(time, Ordering::Relaxed);
    }
}

impl Clock for Told {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::since_start(Duration::from_millis(self.0.load(Ordering::Relaxed)))
    }

    fn sleep_until(&self, _: Monotonic) -> BoxFuture<'static, ()> {
        std::future::pending().boxed()
    }
}

/// Tasks that go on when they are told to, and work that is done when it is.
#[derive(Default)]
struct Waiting {
    tasks: Mutex<Vec<BoxFuture<'static, ()>>>,
    work: Mutex<VecDeque<Box<dyn FnOnce() + Send>>>,
}

impl Tasks for Waiting {
    fn spawn(&self, _: &'static str, task: BoxFuture<'static, ()>) {
        self.tasks.lock().expect("no panic").push(task);
    }

    fn block(&self, _: &'static str, work: Box<dyn FnOnce() + Send>) {
        self.work.lock().expect("no panic").push_back(work);
    }
}

impl Waiting {
    /// Everything goes on as far as it can without the work.
    fn go_on(&self) {
        let mut waiting: Vec<BoxFuture<'static, ()>> = Vec::new();
        loop {
            let new = std::mem::take(&mut *self.tasks.lock().expect("no panic"));
            let before = waiting.len() + new.len();
            let is_news = !new.is_empty();
            waiting.extend(new);
            let mut context = Context::from_waker(noop_waker_ref());
            waiting.retain_mut(|task| task.poll_unpin(&mut context).is_pending());
            if !is_news && waiting.len() == before {
                *self.tasks.lock().expect("no panic") = waiting;
                return;
            }
        }
    }

    fn work_under_way(&self) -> usize {
        self.work.lock().expect("no panic").len()
    }
}

/// Files of which each takes so long to read.
struct Slow {
    files: MemoryTree,
    clock: Arc<Told>,
    each: Duration,
    reads: Arc<AtomicUsize>,
    /// What ends when so many were read.
    ends: Mutex<Option<(usize, Interest)>>,
}

impl FileTree for Slow {
    fn entry(&self, path: &str) -> Result<Option<trimtab_render::Entry>, Unreadable> {
        self.files.entry(path)
    }

    fn list(&self, path: &str) -> Result<Option<Vec<trimtab_render::Entry>>, Unreadable> {
        self.files.list(path)
    }

    fn size(&self, path: &str) -> Result<u64, Unreadable> {
        self.files.size(path)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        self.clock.pass(self.each);
        let reads = self.reads.fetch_add(1, Ordering::Relaxed) + 1;
        drop(self.ends.lock().expect("no panic").take_if(|(at, _)| *at == reads));
        self.files.read(path)
    }
}

/// Notes each tree that is asked for; one repository is not there.
#[derive(Default)]
struct Noting {
    asked: Mutex<Vec<String>>,
    trees: Mutex<BTreeMap<String, Arc<dyn FileTree>>>,
}

impl Git for Noting {
    fn tree<'a>(
        &'a self,
        remote: &'a Remote,
        commit: &'a Commit,
    ) -> BoxFuture<'a, Result<Arc<dyn FileTree>, Error>> {
        self.asked.lock().expect("no panic").push(format!("{} {}", remote.url, commit.short()));
        let known = self.trees.lock().expect("no panic").get(&*remote.url).cloned();
        let tree: Result<Arc<dyn FileTree>, Error> = match &*remote.url {
            "absent" => Err(Error::NotFound { remote: remote.clone() }),
            _ => Ok(known.unwrap_or_else(|| Arc::new(MemoryTree::default()))),
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
        let (revision, path) = (RevisionSpec::Head, "apps".into());
        let commit = Commit::parse(&format!("{commit:02x}").repeat(20)).expect("a commit");
        (Source { remote, revision, path, renderer }, commit)
    };
    let kind = GroupKind::new("g", "A");
    // Nobody ever loses interest in it.
    let interest = std::mem::ManuallyDrop::new(Interest::default()).seen();
    RenderTask {
        app: AppId { kind, namespace: "n".into(), name: name.into() },
        ticket: 1,
        sources: sources.iter().map(source).collect(),
        last: Vec::new(),
        interest,
        lane: Lane::Quick,
    }
}

/// Renders over a clock, tasks and repositories of the test's own.
struct Bench {
    renders: Renders,
    clock: Arc<Told>,
    tasks: Arc<Waiting>,
    git: Arc<Noting>,
    answers: mpsc::Receiver<Event>,
}

impl Bench {
    fn new() -> Self {
        let (clock, tasks, git) =
            (Arc::<Told>::default(), Arc::<Waiting>::default(), Arc::<Noting>::default());
        let (events, answers) = mpsc::channel(1_000);
        let queue = Mutex::new(Queue::new(limit::RENDERS_MAX));
        let shared =
            Shared { clock: clock.clone(), tasks: tasks.clone(), git: git.clone(), events, queue };
        Self { renders: Renders::of(shared), clock, tasks, git, answers }
    }

    /// A repository of so many files, of which each takes so long to read. Returns how many were.
    fn slow(&self, url: &str, files: usize, each: Duration) -> Arc<AtomicUsize> {
        self.slow_until(url, (files, each), None)
    }

    fn slow_until(
        &self,
        url: &str,
        (files, each): (usize, Duration),
        ends: Option<(usize, Interest)>,
    ) -> Arc<AtomicUsize> {
        let text = |n| {
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m{n}, namespace: n}}\n")
        };
        let files = (0..files)
            .fold(MemoryTree::default(), |tree, n| tree.with(&format!("apps/{n}.yaml"), text(n)));
        let reads = Arc::<AtomicUsize>::default();
        let (clock, counts, ends) = (self.clock.clone(), reads.clone(), Mutex::new(ends));
        let tree = Slow { files, clock, each, reads: counts, ends };
        self.git.trees.lock().expect("no panic").insert(url.to_owned(), Arc::new(tree));
        reads
    }

    fn ask(&self, tasks: Vec<RenderTask>) {
        self.renders.ask(tasks);
        self.tasks.go_on();
    }

    /// The work that was begun first is done. Returns who was answered, and with what.
    fn work_one(&mut self) -> Vec<(String, RenderOutcome, Lane)> {
        let work = self.tasks.work.lock().expect("no panic").pop_front();
        work.expect("work that is under way")();
        self.tasks.go_on();
        let mut answered = Vec::new();
        while let Ok(Event::Rendered(renderings)) = self.answers.try_recv() {
            answered.extend(
                renderings.into_iter().map(|it| (it.app.name.to_string(), it.outcome, it.lane)),
            );
        }
        answered
    }

    /// Everything is done. Returns who was answered, in order.
    fn work_all(&mut self) -> Vec<(String, RenderOutcome, Lane)> {
        let mut answered = Vec::new();
        while self.tasks.work_under_way() > 0 {
            answered.extend(self.work_one());
        }
        answered
    }
}

fn names(answered: &[(String, RenderOutcome, Lane)]) -> Vec<&str> {
    answered.iter().map(|(name, ..)| &**name).collect()
}

fn problems(outcome: &RenderOutcome) -> Vec<String> {
    let RenderOutcome::Rendered(parts) = outcome else { panic!("{outcome:?}") };
    let opened = parts.iter().map(|part| part.open());
    opened.flat_map(|part| part.problems).map(|problem| problem.to_string()).collect()
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
    let found: Vec<_> = ready.iter().map(|(_, trees)| trees.as_ref().map(Vec::len).ok()).collect();
    assert_eq!(found, [Some(1), Some(2), None, Some(2)]);
    let asked = git.asked.lock().expect("no panic");
    assert_eq!(asked.len(), 4, "{asked:?}");
}

#[test]
fn a_render_that_takes_a_while_gives_what_is_behind_it_away() {
    let mut bench = Bench::new();
    bench.slow("one", 1, Duration::from_millis(60));
    bench.ask(["a", "b", "c"].map(|name| task(name, &[("one", 1)])).into());
    assert_eq!(names(&bench.work_one()), ["a"], "the first is rendered in any case");
    assert_eq!(bench.tasks.work_under_way(), 2, "the others have turns of their own");
    let answered = bench.work_all();
    assert_eq!(names(&answered), ["b", "c"]);
    assert!(answered.iter().all(|(.., lane)| *lane == Lane::Quick));
}

#[test]
fn quick_renders_of_one_batch_have_one_turn() {
    let mut bench = Bench::new();
    bench.slow("one", 1, Duration::ZERO);
    bench.ask(["a", "b", "c"].map(|name| task(name, &[("one", 1)])).into());
    assert_eq!(names(&bench.work_one()), ["a", "b", "c"]);
    assert_eq!(bench.tasks.work_under_way(), 0);
}

#[test]
fn renders_that_are_not_quick_are_begun_again_behind_the_others() {
    let mut bench = Bench::new();
    bench.slow("slow", 20, Duration::from_millis(100));
    bench.slow("one", 1, Duration::ZERO);
    for n in 0..2 * limit::RENDERS_MAX {
        bench.ask(vec![task(&format!("s{n}"), &[("slow", 1)])]);
    }
    bench.ask(vec![task("a", &[("one", 1)])]);
    assert_eq!(bench.tasks.work_under_way() as u64, limit::RENDERS_MAX);
    let answered = bench.work_all();
    assert_eq!(answered.len() as u64, 2 * limit::RENDERS_MAX + 1);
    let place = answered.iter().position(|(name, ..)| name == "a");
    assert!(place < Some(4), "{:?}", names(&answered));
    for (name, outcome, lane) in &answered {
        assert!((*lane == Lane::Slow || name == "a") && problems(outcome).is_empty(), "{name}");
    }
}

#[test]
fn slow_renders_never_have_all_turns_and_always_one() {
    let mut bench = Bench::new();
    bench.slow("slow", 20, Duration::from_millis(100));
    bench.slow("one", 1, Duration::from_millis(60));
    let slow = |n| RenderTask { lane: Lane::Slow, ..task(&format!("s{n}"), &[("slow", 1)]) };
    bench.ask((0..10).map(slow).collect());
    assert_eq!(bench.tasks.work_under_way() as u64, limit::RENDERS_MAX - 1);
    bench.ask(vec![task("a", &[("one", 1)])]);
    assert_eq!(bench.tasks.work_under_way() as u64, limit::RENDERS_MAX, "one is left for others");
    // However many quick ones there are, the slow ones are answered, one after another.
    bench.ask((0..50).map(|n| task(&format!("q{n}"), &[("one", 1)])).collect());
    let mut answered = Vec::new();
    for _ in 0..20 {
        answered.extend(bench.work_one());
        assert_eq!(bench.tasks.work_under_way() as u64, limit::RENDERS_MAX);
    }
    let slow = answered.iter().filter(|(name, ..)| name.starts_with('s')).count();
    assert!((4..15).contains(&slow), "{:?}", names(&answered));
}

#[test]
fn a_render_that_takes_too_long_is_broken_off_and_says_so() {
    let mut bench = Bench::new();
    let reads = bench.slow("endless", 1_000, Duration::from_secs(1));
    let fast = bench.slow("one", 1, Duration::ZERO);
    bench.ask(vec![task("a", &[("endless", 1), ("one", 1)])]);
    let answered = bench.work_all();
    let [(_, outcome, Lane::Slow)] = &*answered else { panic!("{answered:?}") };
    let told = problems(outcome);
    assert!(told[0].contains("took longer than 60 s"), "{told:?}");
    assert!(told[0].contains("split the source over several applications"), "{told:?}");
    // One in the quick lane, and then for as long as the limit is.
    assert_eq!(reads.load(Ordering::Relaxed), 61);
    assert_eq!(fast.load(Ordering::Relaxed), 0, "what comes after it is not read either");
    let RenderOutcome::Rendered(parts) = outcome else { panic!("{outcome:?}") };
    assert!(parts.iter().all(|part| !part.open().complete && part.open().objects.is_empty()));
}

#[test]
fn an_application_whose_files_are_as_they_were_is_quick_again() {
    let mut bench = Bench::new();
    bench.slow("one", 3, Duration::from_millis(400));
    bench.ask(vec![task("a", &[("one", 1)])]);
    let answered = bench.work_all();
    let [(_, RenderOutcome::Rendered(last), Lane::Slow)] = &*answered else {
        panic!("{answered:?}")
    };
    let last = last.clone();
    bench.ask(vec![RenderTask { last, lane: Lane::Slow, ..task("a", &[("one", 1)]) }]);
    let answered = bench.work_all();
    let [(_, RenderOutcome::Unchanged, Lane::Quick)] = &*answered else { panic!("{answered:?}") };
}

#[test]
fn a_render_that_nobody_waits_for_any_more_is_not_begun() {
    let mut bench = Bench::new();
    let reads = bench.slow("one", 1, Duration::ZERO);
    bench.slow("slow", 20, Duration::from_millis(100));
    let busy = (0..limit::RENDERS_MAX).map(|n| task(&format!("s{n}"), &[("slow", 1)]));
    for task in busy {
        bench.ask(vec![task]);
    }
    let interest = Interest::default();
    bench.ask(vec![RenderTask { interest: interest.seen(), ..task("a", &[("one", 1)]) }]);
    drop(interest);
    let answered = bench.work_all();
    assert_eq!(answered.len() as u64, limit::RENDERS_MAX);
    assert_eq!(reads.load(Ordering::Relaxed), 0);
}

#[test]
fn a_render_that_nobody_waits_for_any_more_ends_at_the_next_file() {
    let mut bench = Bench::new();
    let interest = Interest::default();
    let seen = interest.seen();
    let reads = bench.slow_until("one", (100, Duration::ZERO), Some((7, interest)));
    bench.ask(vec![
        RenderTask { interest: seen, ..task("a", &[("one", 1)]) },
        task("b", &[("one", 1)]),
    ]);
    let answered = bench.work_all();
    assert_eq!(names(&answered), ["b"], "nobody is told of the other");
    assert_eq!(reads.load(Ordering::Relaxed), 7 + 100);
}

#[test]
fn a_panic_gives_its_turn_back() {
    struct Broken;
    impl FileTree for Broken {
        fn entry(&self, _: &str) -> Result<Option<trimtab_render::Entry>, Unreadable> {
            panic!("a planted panic")
        }
        fn list(&self, _: &str) -> Result<Option<Vec<trimtab_render::Entry>>, Unreadable> {
            panic!("a planted panic")
        }
        fn size(&self, _: &str) -> Result<u64, Unreadable> {
            panic!("a planted panic")
        }
        fn read(&self, _: &str) -> Result<Vec<u8>, Unreadable> {
            panic!("a planted panic")
        }
    }
    let mut bench = Bench::new();
    bench.git.trees.lock().expect("no panic").insert("broken".to_owned(), Arc::new(Broken));
    for n in 0..=limit::RENDERS_MAX {
        bench.ask(vec![task(&format!("a{n}"), &[("broken", 1)])]);
    }
    let answered = bench.work_all();
    assert_eq!(answered.len() as u64, limit::RENDERS_MAX + 1);
    assert!(answered.iter().all(|(_, outcome, _)| matches!(outcome, RenderOutcome::Crashed(_))));
}
