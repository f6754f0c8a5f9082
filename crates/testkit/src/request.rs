//! Requests, as our small servers read them.

use std::io::{self, BufRead};

/// The longest request that is read.
const REQUEST_BYTES_MAX: usize = 64 << 20;

/// A request.
pub(crate) struct Request {
    pub method: String,
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header, whose name is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads one request and no further; `None` at the end of the connection.
pub(crate) fn read(stream: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.to_owned())),
            None => break,
        }
    }
    let mut request = Request { method, target, headers, body: Vec::new() };
    let length: usize =
        request.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    request.body.resize(length.min(REQUEST_BYTES_MAX), 0);
    stream.read_exact(&mut request.body)?;
    Ok(Some(request))
}
