//! A small HTTP server on loopback that runs `git http-backend`, and can be told to misbehave.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use trimtab_model::Remote;

use crate::repository::git;
use crate::world::remote;

/// One request, as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn is_for_pack(&self) -> bool {
        self.method == "POST" && contains(&self.body, b"want ")
    }
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Breaks the connection after this many bytes of the body.
    pub cut_after: Option<usize>,
}

impl Answer {
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub fn page(content_type: &str, body: &[u8]) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self { status: 200, headers, body: body.to_vec(), cut_after: None }
    }

    pub fn redirect(to: &str) -> Self {
        let headers = vec![("Location".to_owned(), to.to_owned())];
        Self { status: 301, headers, ..Self::default() }
    }
}

/// What a server does with a request: an answer of its own, or nothing, and then Git answers the
/// request as it is now.
type Before = dyn Fn(&mut Request) -> Option<Answer> + Send + Sync;
/// What a server does to Git's answer.
type After = dyn Fn(&Request, &mut Answer) + Send + Sync;

struct Shared {
    root: PathBuf,
    requests: Mutex<Vec<Request>>,
    before: Mutex<Arc<Before>>,
    after: Mutex<Arc<After>>,
    tls: Option<Arc<ServerConfig>>,
}

/// A server. Its threads end with the test.
pub struct Server {
    port: u16,
    shared: Arc<Shared>,
}

impl Server {
    /// Serves the repositories in a directory over plain HTTP.
    pub fn new(root: &Path) -> Self {
        Self::begin(root, None)
    }

    /// Serves them over HTTPS.
    pub fn secure(root: &Path, tls: ServerConfig) -> Self {
        Self::begin(root, Some(Arc::new(tls)))
    }

    #[expect(clippy::disallowed_methods, reason = "a server of the test's own, without a runtime")]
    fn begin(root: &Path, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            root: root.to_owned(),
            requests: Mutex::default(),
            before: Mutex::new(Arc::new(|_| None)),
            after: Mutex::new(Arc::new(|_, _| {})),
            tls,
        });
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let serving = Arc::clone(&serving);
                // A client that goes away is no failure of the server's.
                std::thread::spawn(move || drop(connection(&serving, stream)));
            }
        });
        Self { port, shared }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self) -> String {
        let scheme = if self.shared.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}/bare.git", self.port)
    }

    pub fn remote(&self) -> Remote {
        remote(&self.url())
    }

    /// Answers some requests itself.
    pub fn answers(&self, before: impl Fn(&mut Request) -> Option<Answer> + Send + Sync + 'static) {
        *self.shared.before.lock().unwrap() = Arc::new(before);
    }

    /// Changes Git's answers.
    pub fn changes(&self, after: impl Fn(&Request, &mut Answer) + Send + Sync + 'static) {
        *self.shared.after.lock().unwrap() = Arc::new(after);
    }

    /// Behaves again.
    pub fn behaves(&self) {
        self.answers(|_| None);
        self.changes(|_, _| {});
    }

    /// Speaks an older version of the protocol.
    pub fn speaks(&self, version: &'static str) {
        self.answers(move |request| {
            request.headers.retain(|(name, _)| name != "git-protocol");
            request.headers.push(("git-protocol".to_owned(), version.to_owned()));
            None
        });
    }

    /// The requests since the last time this was asked.
    pub fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut *self.shared.requests.lock().unwrap())
    }
}

fn connection(shared: &Shared, stream: TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    match &shared.tls {
        None => serve(shared, stream),
        Some(tls) => {
            let session = ServerConnection::new(Arc::clone(tls)).map_err(std::io::Error::other)?;
            serve(shared, StreamOwned::new(session, stream))
        }
    }
}

fn serve(shared: &Shared, stream: impl Read + Write) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(mut request) = read(&mut stream)? {
        shared.requests.lock().unwrap().push(request.clone());
        let before = Arc::clone(&shared.before.lock().unwrap());
        let answer = before(&mut request).unwrap_or_else(|| {
            let mut answer = backend(&shared.root, &request);
            let after = Arc::clone(&shared.after.lock().unwrap());
            after(&request, &mut answer);
            answer
        });
        write(stream.get_mut(), &answer)?;
        if answer.cut_after.is_some() {
            return Ok(());
        }
    }
    Ok(())
}

fn read(stream: &mut impl BufRead) -> std::io::Result<Option<Request>> {
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
    let length = request.header("content-length").and_then(|text| text.parse().ok());
    request.body.resize(length.unwrap_or(0), 0);
    stream.read_exact(&mut request.body)?;
    Ok(Some(request))
}

fn write(stream: &mut impl Write, answer: &Answer) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 {} Whatever\r\n", answer.status)?;
    for (name, value) in &answer.headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    write!(stream, "Content-Length: {}\r\n\r\n", answer.body.len())?;
    let end = answer.cut_after.unwrap_or(answer.body.len()).min(answer.body.len());
    stream.write_all(&answer.body[..end])?;
    stream.flush()
}

fn backend(root: &Path, request: &Request) -> Answer {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let mut child = git(root)
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("REQUEST_METHOD", &request.method)
        .env("CONTENT_TYPE", request.header("content-type").unwrap_or_default())
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("GIT_PROTOCOL", request.header("git-protocol").unwrap_or_default())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // A request that Git does not read to its end is Git's to answer.
    let _ = child.stdin.take().unwrap().write_all(&request.body);
    let output = child.wait_with_output().unwrap().stdout;
    let end = output.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let mut answer = Answer { status: 200, body: output[end + 4..].to_vec(), ..Answer::default() };
    for line in String::from_utf8_lossy(&output[..end]).lines() {
        match line.split_once(": ") {
            Some(("Status", status)) => answer.status = status[..3].parse().unwrap(),
            Some((name, value)) => answer.headers.push((name.to_owned(), value.to_owned())),
            None => {}
        }
    }
    answer
}

pub fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
