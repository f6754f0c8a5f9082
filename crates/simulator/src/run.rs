//! One seed, one world, one trace.

use crate::chance::Chance;
use crate::checks::Violation;
use crate::faults::Rates;
use crate::model::Model;
use crate::mutant::Mutant;
use crate::world::World;
use crate::{acts, end, people};

/// What came of a world.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// Everything that happened, line by line.
    pub trace: String,
    /// Invariants that did not hold; none in a good world.
    pub violations: Vec<Violation>,
    /// How many writes processes sent, Leases left out.
    pub writes: u64,
}

/// Lives through a seed's world.
pub fn run(seed: u64, mutant: Option<Mutant>) -> Outcome {
    std::panic::catch_unwind(|| live(seed, mutant)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        let what = text.unwrap_or("the world has panicked").to_owned();
        let violations = vec![Violation { at: std::time::Duration::ZERO, rule: "panic", what }];
        Outcome { seed, trace: String::new(), violations, writes: 0 }
    })
}

fn live(seed: u64, mutant: Option<Mutant>) -> Outcome {
    in_time(async move {
        let mut chance = Chance::new(seed).fork("world");
        let model = Model::drawn(&mut chance);
        let script = acts::script(&mut chance);
        let rates = Rates::drawn(&mut chance);
        let world = World::new(seed, model, mutant).await;
        world.faults(rates);
        world.start("a");
        for (pause, act) in script {
            world.sleep(pause).await;
            if !world.judge.violations().is_empty() {
                break;
            }
            people::perform(&world, act).await;
        }
        finish(&world, seed).await
    })
}

/// Ends a world: all well, as desired, at rest. Stops at the first violation.
async fn finish(world: &std::sync::Arc<World>, seed: u64) -> Outcome {
    if world.violations().is_empty() {
        world.pause(60_000).await;
        people::settle(world).await;
        if end::converge(world).await && world.violations().is_empty() {
            end::rest(world).await;
        }
    }
    if !world.violations().is_empty() {
        tell_statuses(world).await;
    }
    let outcome = Outcome {
        seed,
        trace: world.trace.text(),
        violations: world.violations(),
        writes: world.network.writes.load(std::sync::atomic::Ordering::SeqCst),
    };
    world.end();
    outcome
}

/// What applications say of themselves, for who looks for the mistake.
async fn tell_statuses(world: &World) {
    let apps = world.model().apps.clone();
    for app in apps {
        let mut status = world.person.get(&app.owner()).await.unwrap_or_default()["status"].take();
        for long in ["history", "summary", "sourceType"] {
            status.as_object_mut().map(|status| status.remove(long));
        }
        world.trace.line("status", format_args!("{}: {status}", app.name));
    }
}

/// Runs a world's future on a runtime of its own, whose time passes only when all wait.
pub fn in_time<T>(world: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap_or_else(|error| unreachable!("a runtime without sockets: {error}"));
    runtime.block_on(world)
}

impl Outcome {
    /// Whether every invariant held.
    pub fn is_good(&self) -> bool {
        self.violations.is_empty()
    }

    /// What went wrong, with the last lines of the trace.
    pub fn report(&self, lines: usize) -> String {
        let all: Vec<&str> = self.trace.lines().collect();
        let last = all[all.len().saturating_sub(lines)..].join("\n");
        let wrong: Vec<String> = self.violations.iter().map(ToString::to_string).collect();
        format!("{last}\n\nseed {}:\n{}\n", self.seed, wrong.join("\n"))
    }
}
