//! Smart HTTP on loopback over `git http-backend`, which counts its requests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// The server. It ends with the process.
pub struct GitServer {
    /// Where it listens.
    pub url: String,
    requests: Arc<AtomicU64>,
}

/// A request, as far as Git needs it.
#[derive(Default)]
struct Request {
    method: String,
    target: String,
    content_type: String,
    encoding: String,
    protocol: String,
    body: Vec<u8>,
}

impl GitServer {
    /// Serves the bare repositories in a folder.
    pub fn start(root: &Path) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let requests = Arc::new(AtomicU64::new(0));
        let (root, count): (PathBuf, _) = (root.to_owned(), Arc::clone(&requests));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (root, count) = (root.clone(), Arc::clone(&count));
                // A client that goes away is no failure of the server's.
                thread::spawn(move || drop(serve(&root, stream, &count)));
            }
        });
        Ok(Self { url, requests })
    }

    /// How many requests came so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }
}

fn serve(root: &Path, stream: TcpStream, count: &AtomicU64) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream)? {
        count.fetch_add(1, Ordering::Relaxed);
        let answer = backend(root, &request)?;
        stream.get_mut().write_all(&answer)?;
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
    let mut request = Request { method, target, ..Request::default() };
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap_or_default(),
            "content-type" => value.clone_into(&mut request.content_type),
            "content-encoding" => value.clone_into(&mut request.encoding),
            "git-protocol" => value.clone_into(&mut request.protocol),
            _ => {}
        }
    }
    stream.take(length).read_to_end(&mut request.body)?;
    Ok(Some(request))
}

/// Git's answer, as HTTP.
fn backend(root: &Path, request: &Request) -> std::io::Result<Vec<u8>> {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let mut git = Command::new("git");
    git.arg("http-backend").env("GIT_PROJECT_ROOT", root).env("GIT_HTTP_EXPORT_ALL", "1");
    git.env("PATH_INFO", path).env("QUERY_STRING", query).env("REQUEST_METHOD", &request.method);
    git.env("CONTENT_TYPE", &request.content_type).env("GIT_PROTOCOL", &request.protocol);
    git.env("CONTENT_LENGTH", request.body.len().to_string());
    git.env("HTTP_CONTENT_ENCODING", &request.encoding);
    let mut child = git.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(&request.body)?;
    }
    let output = child.wait_with_output()?.stdout;
    let end = output.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(output.len());
    let head = String::from_utf8_lossy(&output[..end]).into_owned();
    let body = output.get(end + 4..).unwrap_or_default();
    let status = head.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK");
    let mut answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for line in head.lines().filter(|line| !line.starts_with("Status: ")) {
        answer.push_str(line);
        answer.push_str("\r\n");
    }
    answer.push_str("\r\n");
    Ok([answer.as_bytes(), body].concat())
}
