//! `simulate`: many seeds, one after the other or on several threads, to the first that fails.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// How many lines of a failing world's trace are shown, unless all are asked for.
const LINES: usize = 120;

fn main() -> ExitCode {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let lines = if std::env::args().any(|text| text == "all") { usize::MAX } else { LINES };
    let [from, seeds] = numbers[..] else {
        eprintln!("usage: simulate FROM SEEDS [all]");
        return ExitCode::FAILURE;
    };
    let (next, failed) = (AtomicU64::new(from), AtomicU64::new(u64::MAX));
    let end = from.saturating_add(seeds);
    thread::scope(|threads| {
        let parallel = thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..parallel {
            threads.spawn(|| work((&next, &failed), end));
        }
    });
    let seed = failed.into_inner();
    if seed == u64::MAX {
        println!("{seeds} seeds from {from}: all good");
        return ExitCode::SUCCESS;
    }
    println!("{}", trimtab_simulator::run(seed, None).report(lines));
    println!("again: cargo xtask sim --seeds 1 --from {seed}");
    ExitCode::FAILURE
}

fn work((next, failed): (&AtomicU64, &AtomicU64), end: u64) {
    loop {
        let seed = next.fetch_add(1, Ordering::SeqCst);
        if seed >= end || seed > failed.load(Ordering::SeqCst) {
            return;
        }
        if !trimtab_simulator::run(seed, None).is_good() {
            failed.fetch_min(seed, Ordering::SeqCst);
        }
    }
}
