//! The operator's writes as they come, by the audit log.

use crate::real_server::support::Place;
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Reads the log from where it was when this was made.
pub struct Follower {
    user: String,
    log: BufReader<File>,
    line: String,
    /// Tells that the log may have grown.
    grown: Receiver<()>,
    _watcher: RecommendedWatcher,
}

impl Follower {
    pub fn of(place: &Place) -> Self {
        let path = place.server.data().join("audit.log");
        let (tell, grown) = channel();
        // Who follows no more need not be told.
        let watcher = notify::recommended_watcher(move |_| _ = tell.send(()));
        let mut watcher = watcher.expect("the system tells of files");
        watcher.watch(&path, RecursiveMode::NonRecursive).expect("an audit log");
        let mut file = File::open(path).expect("an audit log");
        file.seek(SeekFrom::End(0)).expect("its end");
        let user = format!("\"username\":\"{}\"", place.user);
        let (log, line) = (BufReader::new(file), String::new());
        Self { user, log, line, grown, _watcher: watcher }
    }

    /// Waits until the operator has had the answers of this many writes.
    pub fn until_writes(&mut self, count: usize, longest: Duration) {
        let end = Instant::now() + longest;
        let mut writes = 0;
        while writes < count {
            if let Some(line) = self.next() {
                writes += usize::from(self.is_write(&line));
            } else {
                let left = end.saturating_duration_since(Instant::now());
                let grown = self.grown.recv_timeout(left);
                assert!(grown.is_ok(), "only {writes} of {count} writes");
            }
        }
    }

    /// The next whole line, if one is there.
    fn next(&mut self) -> Option<String> {
        self.log.read_line(&mut self.line).expect("the log");
        self.line.ends_with('\n').then(|| std::mem::take(&mut self.line))
    }

    fn is_write(&self, line: &str) -> bool {
        if !line.contains(&self.user) {
            return false;
        }
        let event: Value = serde_json::from_str(line).expect("an event");
        let verb = event["verb"].as_str().unwrap_or_default();
        let uri = event["requestURI"].as_str().unwrap_or_default();
        matches!(verb, "create" | "update" | "patch" | "delete")
            && event["objectRef"]["resource"] != "leases"
            && !uri.contains("dryRun=")
    }
}
