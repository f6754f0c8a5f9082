//! Time, chance and tasks of this machine: the real side of the seams.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the one place where the seams touch the machine"
)]

use futures::FutureExt as _;
use futures::future::BoxFuture;
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::task::JoinSet;
use trimtab_model::{Digest, Timestamp};
use trimtab_ports::clock::{Clock, Monotonic, Randomness};
use trimtab_ports::tasks::Tasks;

/// The machine's clocks.
pub struct SystemClock(Instant);

impl SystemClock {
    /// Begins to count now.
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::since_start(self.0.elapsed())
    }

    fn sleep_until(&self, moment: Monotonic) -> BoxFuture<'static, ()> {
        if moment == Monotonic::NEVER {
            return Box::pin(std::future::pending());
        }
        Box::pin(tokio::time::sleep(moment.since(self.monotonic())))
    }
}

/// Chance that nobody can foretell: a keyed count, under a key of this process.
pub struct SystemRandomness {
    key: [u8; 32],
    count: AtomicU64,
}

impl SystemRandomness {
    /// Takes its key from the system.
    pub fn new() -> Self {
        // The standard library seeds each of its hashers from the system's randomness.
        let word = || {
            use std::hash::{BuildHasher, Hasher};
            std::hash::RandomState::new().build_hasher().finish().to_le_bytes()
        };
        let bytes: Vec<u8> = (0..4).flat_map(|_| word()).collect();
        Self { key: *Digest::of(&bytes).as_bytes(), count: AtomicU64::new(0) }
    }

    /// Thirty-two bytes for a key.
    pub fn key(&self) -> [u8; 32] {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        *Digest::keyed(&self.key, &count.to_le_bytes()).as_bytes()
    }
}

impl Randomness for SystemRandomness {
    fn bits(&self) -> u64 {
        let key = self.key();
        let mut bits = [0; 8];
        bits.copy_from_slice(&key[..8]);
        u64::from_le_bytes(bits)
    }
}

/// The scope of all tasks: when it is dropped, what has not ended is dropped with it.
pub struct TokioTasks {
    runtime: tokio::runtime::Handle,
    tasks: Mutex<JoinSet<()>>,
}

impl TokioTasks {
    /// A scope in the runtime that this is called in.
    pub fn new() -> Self {
        Self { runtime: tokio::runtime::Handle::current(), tasks: Mutex::default() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Tasks for TokioTasks {
    fn spawn(&self, name: &'static str, task: BoxFuture<'static, ()>) {
        let mut tasks = self.lock();
        // What has ended needs no room any more.
        while tasks.try_join_next().is_some() {}
        tracing::trace!(name, "begun");
        let told = async move {
            if AssertUnwindSafe(task).catch_unwind().await.is_err() {
                tracing::error!(task = name, "a task panicked: a bug of ours, please report it");
            }
        };
        tasks.spawn_on(told, &self.runtime);
    }

    fn block(&self, _name: &'static str, work: Box<dyn FnOnce() + Send>) {
        let _detached = self.runtime.spawn_blocking(work);
    }
}
