//! Requests and answers of our small servers.

use std::io::{self, BufRead, Write};

/// The longest request that is read.
const REQUEST_BYTES_MAX: usize = 64 << 20;

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET` and the like.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body, whole.
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The code, as 200.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Breaks the connection after this many bytes of the body.
    pub cut_after: Option<usize>,
}

impl Request {
    /// The value of a header, whose name is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Answer {
    /// A code and nothing else.
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// The same with another header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A page.
    pub fn page(content_type: &str, body: &[u8]) -> Self {
        Self { body: body.to_vec(), ..Self::status(200).with("Content-Type", content_type) }
    }

    /// Leads elsewhere for good.
    pub fn redirect(to: &str) -> Self {
        Self::status(301).with("Location", to)
    }

    /// Writes it as HTTP/1.1.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn write(&self, stream: &mut impl Write) -> io::Result<()> {
        write!(stream, "HTTP/1.1 {} Whatever\r\n", self.status)?;
        for (name, value) in &self.headers {
            write!(stream, "{name}: {value}\r\n")?;
        }
        write!(stream, "Content-Length: {}\r\n\r\n", self.body.len())?;
        let end = self.cut_after.unwrap_or(self.body.len()).min(self.body.len());
        stream.write_all(&self.body[..end])?;
        stream.flush()
    }
}

/// Reads one request and no further; `None` at the end of the connection.
///
/// # Errors
/// When the connection breaks, or is silent for too long.
pub fn read(stream: &mut impl BufRead) -> io::Result<Option<Request>> {
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
