//! The applications' statuses as they change.

use std::fs::File;
use std::io::BufReader;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Deserializer, Value};

use super::NAMESPACE;
use super::applications::KINDS;
use super::cluster::Cluster;
use super::status::Status;
use crate::run_folder::RunFolder;

/// How long to wait before watching again when a watch has ended.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// Something happened to an application.
#[derive(Debug)]
pub enum Event {
    /// It is there, and this is how it is.
    Is {
        /// Its name.
        name: String,
        /// Its status.
        status: Status,
    },
    /// It was deleted.
    Gone {
        /// Its name.
        name: String,
    },
}

/// A watch that begins again whenever the server ends it. Dropped, it ends.
pub struct Watch {
    /// What happens, for each kind in its order.
    pub events: Receiver<Event>,
    /// One for each kind: kubectl watches one at a time.
    turns: Vec<Arc<Mutex<Turn>>>,
}

/// The kubectl that watches now.
#[derive(Default)]
struct Turn {
    child: Option<Child>,
    is_last: bool,
}

impl Watch {
    /// Begins with what is there.
    pub fn start(cluster: &Cluster, folder: &RunFolder) -> anyhow::Result<Self> {
        let (tell, events) = channel();
        let mut turns = Vec::new();
        for kind in KINDS {
            let log = File::create(folder.path().join(format!("watch-{kind}.log")))?;
            let mut command = cluster.command(&["get", kind]);
            command.args(["--namespace", NAMESPACE, "--watch", "--output-watch-events"]);
            // Its own group: a Ctrl-C on the terminal is for us.
            command.arg("--output=json").stdin(Stdio::null()).process_group(0);
            command.stdout(Stdio::piped()).stderr(log);
            let (turn, tell) = (Arc::new(Mutex::new(Turn::default())), tell.clone());
            turns.push(Arc::clone(&turn));
            thread::spawn(move || follow(&mut command, &turn, &tell));
        }
        Ok(Self { events, turns })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for turn in &self.turns {
            let mut turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            turn.is_last = true;
            turn.end();
        }
    }
}

impl Turn {
    fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            // One that has ended by itself cannot be killed, and need not be.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// The output of the next one; `None` when there is none any more.
    fn next(&mut self, command: &mut Command) -> Option<ChildStdout> {
        self.end();
        if self.is_last {
            return None;
        }
        let mut child = command.spawn().ok()?;
        let output = child.stdout.take();
        self.child = Some(child);
        output
    }
}

/// Reads one watch after the other, until nobody listens.
fn follow(command: &mut Command, turn: &Mutex<Turn>, tell: &Sender<Event>) {
    loop {
        let next = turn.lock().unwrap_or_else(PoisonError::into_inner).next(command);
        let Some(output) = next else { return };
        let values = Deserializer::from_reader(BufReader::new(output)).into_iter::<Value>();
        for event in values.map_while(Result::ok).filter_map(|value| event(&value)) {
            if tell.send(event).is_err() {
                return;
            }
        }
        thread::sleep(AGAIN_AFTER);
    }
}

fn event(value: &Value) -> Option<Event> {
    let application = &value["object"];
    let name = application["metadata"]["name"].as_str()?.to_owned();
    match value["type"].as_str()? {
        "ADDED" | "MODIFIED" => Some(Event::Is { name, status: Status::of(application) }),
        "DELETED" => Some(Event::Gone { name }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_no_application_is_passed_over() {
        let bookmark = json!({"type": "BOOKMARK", "object": {"metadata": {"name": ""}}});
        assert!(event(&bookmark).is_none());
        assert!(event(&json!({"type": "ERROR", "object": {"kind": "Status"}})).is_none());
        let gone = json!({"type": "DELETED", "object": {"metadata": {"name": "web"}}});
        assert!(matches!(event(&gone), Some(Event::Gone { name }) if name == "web"));
    }
}
