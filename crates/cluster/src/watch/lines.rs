//! The lines of an answer that has no end.

use bytes::{Buf, Bytes, BytesMut};
use http_body_util::BodyExt;
use kube::client::Body;
use std::fmt;
use std::time::Duration;
use trimtab_model::limit::WATCH_LINE_BYTES_MAX;
use trimtab_ports::clock::{Clock, timeout};

/// Reads lines.
pub struct Lines {
    body: Body,
    read: BytesMut,
    /// Up to here there is no end of a line.
    searched: usize,
}

/// How a line was not read.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// The server has ended the answer.
    Closed,
    /// Nothing came in time.
    Silent,
    /// The connection broke, or the line is too long.
    Broken(String),
}

impl Lines {
    /// The lines of a body.
    pub fn new(body: Body) -> Self {
        Self { body, read: BytesMut::new(), searched: 0 }
    }

    /// The next line, without its end. A last line that has no end is no line: it may be cut.
    pub async fn next(&mut self, clock: &dyn Clock, longest: Duration) -> Result<Bytes, End> {
        loop {
            if let Some(line) = self.take() {
                return Ok(line);
            }
            if self.read.len() as u64 > WATCH_LINE_BYTES_MAX {
                return Err(End::Broken(format!(
                    "an event is longer than {WATCH_LINE_BYTES_MAX} bytes"
                )));
            }
            let frame = timeout(clock, longest, self.body.frame()).await;
            let frame = frame.map_err(|_| End::Silent)?.ok_or(End::Closed)?;
            let frame = frame.map_err(|error| End::Broken(crate::wire::chain(&error)))?;
            if let Ok(data) = frame.into_data() {
                self.read.extend_from_slice(&data);
            }
        }
    }

    fn take(&mut self) -> Option<Bytes> {
        let end = self.read[self.searched..].iter().position(|byte| *byte == b'\n');
        let Some(end) = end else {
            self.searched = self.read.len();
            return None;
        };
        let line = self.read.split_to(self.searched + end).freeze();
        self.read.advance(1);
        self.searched = 0;
        Some(line)
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the cluster has ended the watch"),
            Self::Silent => f.write_str("the cluster is silent"),
            Self::Broken(why) => f.write_str(why),
        }
    }
}
