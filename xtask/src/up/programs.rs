//! What has to be there before anything starts: kubectl and a control plane, found or built while cargo
//! builds the operator.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use trimtab_testkit::control_plane::{Minor, Program};
use trimtab_testkit::tools;

use crate::interrupt::Interrupt;

/// How often to look for Ctrl-C while something is built.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How often to say that something is still being built.
const SAY_EVERY: Duration = Duration::from_secs(30);

/// Programs that are being found or built.
pub struct Programs {
    result: Receiver<anyhow::Result<()>>,
    since: Instant,
}

impl Programs {
    /// Begins. With `control_plane` one is found or built, too.
    pub fn find(control_plane: bool) -> Self {
        let (tell, result) = channel();
        thread::spawn(move || {
            // Nobody listens any more when everything was ended meanwhile.
            let _ = tell.send(found(control_plane));
        });
        Self { result, since: Instant::now() }
    }

    /// Waits until they are there, and says now and then that it still does. `false` if somebody wished
    /// the end meanwhile.
    pub fn wait(&self, interrupt: &Interrupt) -> anyhow::Result<bool> {
        let mut say_at = SAY_EVERY;
        loop {
            match self.result.recv_timeout(LOOK_EVERY) {
                Ok(result) => return result.map(|()| true),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(anyhow!("the build of the control plane died"));
                }
            }
            if interrupt.came() {
                return Ok(false);
            }
            if self.since.elapsed() >= say_at {
                eprintln!(
                    "Building the control plane: {} s so far, once only (six minutes on two cores)",
                    self.since.elapsed().as_secs()
                );
                say_at = self.since.elapsed() + SAY_EVERY;
            }
        }
    }
}

fn found(control_plane: bool) -> anyhow::Result<()> {
    tools::kubectl()?;
    if control_plane {
        Program::find(Minor::default())?;
    }
    Ok(())
}
