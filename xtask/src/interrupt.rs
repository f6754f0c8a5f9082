//! Ctrl-C and SIGTERM, for commands that have something to put away.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

/// The wish of a person or of a system to end.
pub struct Interrupt {
    came: Receiver<()>,
}

/// Takes Ctrl-C and SIGTERM from now on: they no longer end the process by themselves.
///
/// # Errors
/// When the system does not allow it.
pub fn listen() -> std::io::Result<Interrupt> {
    let (tell, came) = channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let guard = runtime.enter();
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    drop(guard);
    std::thread::spawn(move || {
        runtime.block_on(async {
            loop {
                tokio::select! {
                    biased;
                    _ = interrupted.recv() => {}
                    _ = terminated.recv() => {}
                }
                // Nobody listens when the command is over, and then there is nothing to tell.
                if tell.send(()).is_err() {
                    return;
                }
            }
        });
    });
    Ok(Interrupt { came })
}

impl Interrupt {
    /// Whether it has come since somebody asked last.
    pub fn came(&self) -> bool {
        self.wait(Duration::ZERO)
    }

    /// Waits up to `time` and says whether it came.
    pub fn wait(&self, time: Duration) -> bool {
        !matches!(self.came.recv_timeout(time), Err(RecvTimeoutError::Timeout))
    }
}
