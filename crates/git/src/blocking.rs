//! The seam to the threads that may block.

use std::sync::Arc;

use tokio::sync::oneshot;
use trimtab_model::Remote;
use trimtab_ports::git::{Blocking, Error};

/// Runs blocking work for a remote elsewhere and waits for what it returns. Work that is dropped (at
/// shutdown) or panics is `Interrupted`.
pub(crate) async fn run<T: Send + 'static>(
    blocking: &Arc<dyn Blocking>,
    remote: &Remote,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let (tell, told) = oneshot::channel();
    blocking.run(Box::new(move || {
        // Whoever asked may have gone; then nobody wants the answer.
        let _ = tell.send(work());
    }));
    told.await.map_err(|_| Error::Interrupted { remote: remote.clone() })
}
