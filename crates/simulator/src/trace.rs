//! What happened in a world, line by line.

use crate::time::VirtualClock;
use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};

/// The lines so far, shared by everything in a world.
#[derive(Clone)]
pub struct Trace {
    clock: Arc<VirtualClock>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Trace {
    /// Nothing has happened.
    pub fn new(clock: Arc<VirtualClock>) -> Self {
        Self { clock, lines: Arc::default() }
    }

    /// Something happens: who does what.
    pub fn line(&self, who: &str, what: impl Display) {
        let at = self.clock.elapsed().as_secs_f64();
        let line = format!("{at:>9.3} {who:<6} {what}");
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    /// All of it, one line each.
    pub fn text(&self) -> String {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }
}
