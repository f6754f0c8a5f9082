//! For how long an application may have something written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The right of one life of an application to have objects written. It ends when the application is
/// gone, begins its life anew, or may not have written any more what was sent; every clone sees that at
/// once, so that what still waits for its turn is not written.
#[derive(Clone, Debug, Default)]
pub struct Right {
    ended: Arc<AtomicBool>,
}

impl Right {
    /// Ends it, for good.
    pub fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }
}
