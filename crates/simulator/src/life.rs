//! A process's life: it may end at any effect, before it is done or after.

use crate::scope::Scope;
use crate::trace::Trace;
use futures::channel::mpsc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// When a process dies at an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before anything of it is done.
    Before,
    /// When it is done, and before the process hears of it.
    After,
}

/// What counts the effects of a world's processes: requests, watches, looks at repositories and saves,
/// Leases left out.
pub struct Mortality {
    effects: AtomicU64,
    appointed: Mutex<Option<(u64, Moment)>>,
    told: mpsc::UnboundedSender<Arc<str>>,
    trace: Trace,
}

impl Mortality {
    /// Nobody has done anything. Deaths are told.
    pub fn new(told: mpsc::UnboundedSender<Arc<str>>, trace: Trace) -> Self {
        Self { effects: AtomicU64::new(0), appointed: Mutex::new(None), told, trace }
    }

    /// How many effects there were.
    pub fn effects(&self) -> u64 {
        self.effects.load(Ordering::SeqCst)
    }

    /// Who does the effect of that number will die at it.
    pub fn appoint(&self, death: Option<(u64, Moment)>) {
        *self.appointed.lock().unwrap_or_else(PoisonError::into_inner) = death;
    }
}

/// One process's life.
#[derive(Clone)]
pub struct Life {
    /// The process.
    pub process: Arc<str>,
    /// Its tasks.
    pub scope: Arc<Scope>,
    /// What is counted.
    pub mortality: Arc<Mortality>,
}

impl Life {
    /// Counts an effect, and says whether it is the last.
    pub fn effect(&self) -> Option<Moment> {
        let number = self.mortality.effects.fetch_add(1, Ordering::SeqCst) + 1;
        let mut appointed = self.mortality.appointed.lock().unwrap_or_else(PoisonError::into_inner);
        appointed.take_if(|(at, _)| *at == number).map(|(_, moment)| moment)
    }

    /// Ends it.
    pub fn die(&self) {
        self.scope.kill();
        // The world may have ended.
        let _ = self.mortality.told.unbounded_send(self.process.clone());
    }

    /// Does an effect that is no request, unless the process dies before it; then nobody hears.
    pub async fn does<T>(&self, what: &str, effect: impl Future<Output = T>) -> T {
        let last = self.effect();
        if last == Some(Moment::Before) {
            self.end(what, "killed before").await;
        }
        let done = effect.await;
        if last == Some(Moment::After) {
            self.end(what, "killed after").await;
        }
        done
    }

    async fn end(&self, what: &str, how: &str) {
        self.mortality.trace.line(&self.process, format_args!("{what} -> {how}"));
        self.die();
        std::future::pending::<()>().await;
    }
}
