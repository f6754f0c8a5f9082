//! Hears what is logged: to look at it, or to strike there.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, PoisonError};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use trimtab_model::AppId;

/// The lines that were logged, each with its fields.
#[derive(Clone, Default)]
pub struct Listener(Arc<Mutex<Vec<String>>>);

impl Listener {
    /// The lines that were logged so far, and no more from then on.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?} "),
            name => write!(self.0, "{name}={value:?} "),
        };
    }
}

impl Hears for Listener {
    fn hear(&self, level: Level, line: String) {
        // What people read who ask for nothing else.
        if level > Level::INFO {
            return;
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

/// A bug: whoever tells of a look at this application panics, when the look has asked for everything.
pub struct Bug(pub AppId);

impl Hears for Bug {
    fn hear(&self, level: Level, line: String) {
        let strikes =
            level == Level::TRACE && line.contains(&format!("app={} ", self.0.with_kind()));
        assert!(!strikes, "a planted panic");
    }
}

/// Runs what is to be heard.
pub fn heard<T>(ear: impl Hears, run: impl FnOnce() -> T) -> T {
    tracing::subscriber::with_default(Ear(ear), run)
}

/// Who is told each line that is logged.
pub trait Hears: Send + Sync + 'static {
    /// One line, with its fields.
    fn hear(&self, level: Level, line: String);
}

struct Ear<H>(H);

impl<H: Hears> Subscriber for Ear<H> {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.hear(*event.metadata().level(), line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
