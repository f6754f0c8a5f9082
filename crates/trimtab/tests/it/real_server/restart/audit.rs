//! The operator's writes as they come, by the audit log.

use crate::real_server::support::Place;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::time::{Duration, Instant};

/// How often to look whether the log has grown.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// Reads the log from where it was when this was made.
pub struct Follower {
    user: String,
    log: BufReader<File>,
    line: String,
}

impl Follower {
    pub fn of(place: &Place) -> Self {
        let mut file = File::open(place.server.data().join("audit.log")).expect("an audit log");
        file.seek(SeekFrom::End(0)).expect("its end");
        let user = format!("\"username\":\"{}\"", place.user);
        Self { user, log: BufReader::new(file), line: String::new() }
    }

    /// Waits until the operator has had the answers of this many writes.
    pub fn until_writes(&mut self, count: usize, longest: Duration) {
        let end = Instant::now() + longest;
        let mut writes = 0;
        while writes < count {
            if let Some(line) = self.next() {
                writes += usize::from(self.is_write(&line));
            } else {
                assert!(Instant::now() < end, "only {writes} of {count} writes");
                std::thread::sleep(LOOK_EVERY);
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
