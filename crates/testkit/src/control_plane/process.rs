use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use super::Error;

/// How much of a log an error carries.
const LOG_TAIL_BYTES: usize = 2_000;
/// How often to look whether a program has ended.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A program that obeys its standard input, as those of the control plane do: a byte there means
/// "stop in good order", its end (this process died, or dropped this) "exit now".
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    child: Child,
    stdin: Option<ChildStdin>,
    log: PathBuf,
}

impl Process {
    /// Starts `command`, its output appended to `<name>.log` in `data`.
    ///
    /// # Errors
    /// When the log cannot be written or the program not started.
    pub fn start(name: &'static str, mut command: Command, data: &Path) -> Result<Self, Error> {
        let log = data.join(format!("{name}.log"));
        let output = File::options().create(true).append(true).open(&log);
        let output = output.map_err(Error::file(&log))?;
        let errors = output.try_clone().map_err(Error::file(&log))?;
        command.stdin(Stdio::piped()).stdout(output).stderr(errors);
        // Its own group: a Ctrl-C on the terminal is for the starter, which stops it in order.
        command.env("TRIMTAB_EXIT_WITH_STDIN", "1").current_dir(data).process_group(0);
        let program = PathBuf::from(command.get_program());
        let mut child = command.spawn().map_err(Error::file(&program))?;
        let stdin = child.stdin.take();
        Ok(Self { name, child, stdin, log })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The end of its log.
    pub fn log_tail(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&text[text.len().saturating_sub(LOG_TAIL_BYTES)..]).into_owned()
    }

    /// Says whether it still runs.
    ///
    /// # Errors
    /// When it has exited, with the end of its log.
    pub fn check(&mut self) -> Result<(), Error> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(Error::Exited {
                program: self.name.into(),
                status: status.to_string(),
                log: self.log_tail(),
            }),
            Err(source) => Err(Error::File { path: self.log.clone(), source }),
        }
    }

    /// Asks it to stop in good order and waits.
    ///
    /// # Errors
    /// When it still ran at the end of its time. It is killed when this is dropped.
    pub fn stop(&mut self, time: Duration) -> Result<(), Error> {
        if let Some(stdin) = &mut self.stdin {
            // A program that has exited already does not read; that is stopped as well.
            let _ = stdin.write_all(b"\n");
        }
        let end = Instant::now() + time;
        while Instant::now() < end {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return Ok(());
            }
            std::thread::sleep(LOOK_EVERY);
        }
        let what = format!("{} did not stop", self.name);
        Err(Error::Late { what, seconds: time.as_secs(), log: self.log_tail() })
    }

    fn kill(&mut self) -> io::Result<()> {
        // A guard kills its program when its input ends; killed first, it could not on all systems.
        drop(self.stdin.take());
        let end = Instant::now() + Duration::from_secs(1);
        while Instant::now() < end {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(LOOK_EVERY);
        }
        self.child.kill()?;
        self.child.wait().map(drop)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Nothing can be done about a process that cannot be killed; it still sees its input end.
        let _ = self.kill();
    }
}
