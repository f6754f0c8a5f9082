//! Ctrl-C and SIGTERM, for commands that have something to put away.

use std::cell::Cell;
use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

/// The wish of a person or of a system to end.
pub struct Interrupt {
    came: Receiver<()>,
    has_come: Cell<bool>,
}

/// A wish to end that came before the command had done what it is for.
#[derive(Debug)]
pub struct Interrupted(pub &'static str);

/// The exit code of a command that was interrupted, as shells have it of SIGINT.
pub const INTERRUPTED: u8 = 130;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "interrupted before {}", self.0)
    }
}

impl std::error::Error for Interrupted {}

/// Takes Ctrl-C and SIGTERM from now on: they no longer end the process by themselves. At the first, it
/// says at once that it ends.
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
            let mut is_first = true;
            loop {
                tokio::select! {
                    biased;
                    _ = interrupted.recv() => {}
                    _ = terminated.recv() => {}
                }
                if std::mem::take(&mut is_first) {
                    eprintln!("Ending");
                }
                // Nobody listens when the command is over, and then there is nothing to tell.
                if tell.send(()).is_err() {
                    return;
                }
            }
        });
    });
    Ok(Interrupt { came, has_come: Cell::new(false) })
}

impl Interrupt {
    /// Whether it has come.
    pub fn came(&self) -> bool {
        self.wait(Duration::ZERO)
    }

    /// Waits up to `time` and says whether it came.
    pub fn wait(&self, time: Duration) -> bool {
        let has_come = self.has_come.get()
            || !matches!(self.came.recv_timeout(time), Err(RecvTimeoutError::Timeout));
        self.has_come.set(has_come);
        has_come
    }
}

/// One that comes when the sender says so.
#[cfg(test)]
pub fn planted() -> (std::sync::mpsc::Sender<()>, Interrupt) {
    let (tell, came) = channel();
    (tell, Interrupt { came, has_come: Cell::new(false) })
}

#[cfg(test)]
mod tests {
    use super::planted;

    #[test]
    fn a_wish_to_end_is_not_forgotten() {
        let (tell, interrupt) = planted();
        assert!(!interrupt.came());
        tell.send(()).expect("it listens");
        assert!(interrupt.came() && interrupt.came());
    }
}
