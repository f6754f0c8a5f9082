//! `simulate`: many seeds, on all cores, to the first that fails; or all stories with their deaths.

use std::ops::Range;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use trimtab_simulator::checks::Violation;
use trimtab_simulator::{Mutant, Outcome, Story, deaths, run};

/// How many lines of a failing world's trace are shown, unless all are asked for.
const LINES: usize = 120;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "stories") {
        return stories();
    }
    if words.iter().any(|word| word == "mutants") {
        return mutants();
    }
    let numbers: Vec<u64> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let [from, count] = numbers[..] else {
        eprintln!(
            "usage: simulate FROM SEEDS [all] [every]\n       simulate stories\n       simulate mutants"
        );
        return ExitCode::FAILURE;
    };
    if words.iter().any(|word| word == "every") {
        return every_failure(from, count);
    }
    let lines = if words.iter().any(|word| word == "all") { usize::MAX } else { LINES };
    let Some(outcome) = first_failure(from, count) else {
        println!("{count} seeds from {from}: all good");
        return ExitCode::SUCCESS;
    };
    println!("{}", outcome.report(lines));
    println!("again: cargo xtask sim --seeds 1 --from {} --all", outcome.seed);
    ExitCode::FAILURE
}

/// The world of the lowest seed that fails.
fn first_failure(from: u64, count: u64) -> Option<Outcome> {
    let failed = AtomicU64::new(u64::MAX);
    on_all_cores(from..from.saturating_add(count), |seed| {
        if seed < failed.load(Ordering::SeqCst) && !run(seed, None).is_good() {
            failed.fetch_min(seed, Ordering::SeqCst);
        }
    });
    let seed = failed.into_inner();
    (seed != u64::MAX).then(|| run(seed, None))
}

/// Each seed that fails with its first violation, in the order in which they are found.
fn every_failure(from: u64, count: u64) -> ExitCode {
    let failed = AtomicU64::new(0);
    on_all_cores(from..from.saturating_add(count), |seed| {
        if let Some(violation) = run(seed, None).violations.first() {
            failed.fetch_add(1, Ordering::SeqCst);
            println!("seed {seed}: {violation}");
        }
    });
    let failed = failed.into_inner();
    println!("{count} seeds from {from}: {failed} fail");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn on_all_cores(seeds: Range<u64>, work: impl Fn(u64) + Sync) {
    let next = AtomicU64::new(seeds.start);
    thread::scope(|threads| {
        let parallel = thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..parallel {
            threads.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= seeds.end {
                        return;
                    }
                    work(seed);
                }
            });
        }
    });
}

/// By which seed each operator with a mistake is found, by the rule that it breaks.
fn mutants() -> ExitCode {
    let mut all_found = true;
    for mutant in Mutant::ALL {
        let found = mutant.found();
        all_found &= found.is_some();
        println!("{}", told(mutant, found));
    }
    if all_found { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn told(mutant: Mutant, found: Option<(u64, Violation)>) -> String {
    let lives = || format!("{mutant:?} lives: {} finds nothing", mutant.breaks());
    found.map_or_else(lives, |(seed, violation)| format!("{mutant:?}: seed {seed}: {violation}"))
}

fn stories() -> ExitCode {
    let (mut count, mut wrong) = (0, 0);
    for story in Story::ALL {
        for second in [false, true] {
            let deaths = deaths(story, second);
            let door = if second { "second" } else { "first" };
            println!("{story:?}, {door} door: {} deaths", deaths.count);
            for (effect, moment, violation) in &deaths.violations {
                println!("  {moment:?} effect {effect}: {violation}");
            }
            count += deaths.count;
            wrong += deaths.violations.len();
        }
    }
    println!("{count} deaths, {wrong} violations");
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
