//! A small Git server on loopback: `git http-backend` over HTTP or HTTPS. It can ask for a password,
//! go away and come back.

use std::io::{self, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::request::{Request, read};

/// How long a client may be silent.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// A server of all repositories in one folder. Its threads end with the process.
pub struct GitServer {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    root: PathBuf,
    tls: Option<Arc<ServerConfig>>,
    /// What is asked for, as the `Authorization` header has it.
    asked: Mutex<Option<String>>,
    /// Which opening of the server this is; connections of an earlier one are over.
    turn: Mutex<Turn>,
    requests: AtomicU64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Open(u32),
    Closed(u32),
}

impl GitServer {
    /// Serves the repositories in a folder, over HTTPS where `tls` is given.
    ///
    /// # Errors
    /// When no port is free.
    pub fn start(root: &Path, tls: Option<ServerConfig>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            root: root.to_owned(),
            tls: tls.map(Arc::new),
            asked: Mutex::default(),
            turn: Mutex::new(Turn::Closed(0)),
            requests: AtomicU64::new(0),
        });
        let server = Self { address, state };
        server.listen(listener);
        Ok(server)
    }

    /// The URL of a repository in the folder.
    pub fn url(&self, repository: &str) -> String {
        let scheme = if self.state.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}/{repository}", self.address)
    }

    /// How many requests came so far.
    pub fn requests(&self) -> u64 {
        self.state.requests.load(Ordering::Relaxed)
    }

    /// Asks for this user name and password from now on, or for nothing.
    pub fn ask(&self, credential: Option<(&str, &str)>) {
        let header = credential.map(|(user, password)| {
            format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
        });
        *lock(&self.state.asked) = header;
    }

    /// Asks for this token from now on.
    pub fn ask_for_token(&self, token: &str) {
        *lock(&self.state.asked) = Some(format!("Bearer {token}"));
    }

    /// Goes away: connections are refused, and those that stand are cut.
    pub fn close(&self) {
        let turn = match *lock(&self.state.turn) {
            Turn::Open(number) | Turn::Closed(number) => number,
        };
        *lock(&self.state.turn) = Turn::Closed(turn);
        // The loop that accepts sees it with the next connection.
        drop(TcpStream::connect(self.address));
    }

    /// Comes back at the same address.
    ///
    /// # Errors
    /// When another program has taken the port.
    pub fn open(&self) -> io::Result<()> {
        let mut tries = 0;
        loop {
            match TcpListener::bind(self.address) {
                Ok(listener) => {
                    self.listen(listener);
                    return Ok(());
                }
                // The loop that accepted may not have let go of it yet.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries < 100 => tries += 1,
                Err(error) => return Err(error),
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn listen(&self, listener: TcpListener) {
        let number = match *lock(&self.state.turn) {
            Turn::Open(number) | Turn::Closed(number) => number + 1,
        };
        let turn = Turn::Open(number);
        *lock(&self.state.turn) = turn;
        let state = Arc::clone(&self.state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if *lock(&state.turn) != turn {
                    return;
                }
                let state = Arc::clone(&state);
                // A client that goes away is no failure of the server's.
                std::thread::spawn(move || drop(connection(&state, turn, stream)));
            }
        });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn connection(state: &State, turn: Turn, stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(SILENCE_MAX))?;
    match &state.tls {
        None => serve(state, turn, stream),
        Some(tls) => {
            let session = ServerConnection::new(Arc::clone(tls)).map_err(io::Error::other)?;
            serve(state, turn, StreamOwned::new(session, stream))
        }
    }
}

fn serve(state: &State, turn: Turn, stream: impl Read + Write) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream)? {
        if *lock(&state.turn) != turn {
            return Ok(());
        }
        state.requests.fetch_add(1, Ordering::Relaxed);
        let asked = lock(&state.asked).clone();
        let refused = asked.is_some_and(|asked| request.header("authorization") != Some(&asked));
        let answer = if refused {
            b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"git\"\r\n\
              Content-Length: 0\r\n\r\n"
                .to_vec()
        } else {
            backend(&state.root, &request)?
        };
        stream.get_mut().write_all(&answer)?;
        stream.get_mut().flush()?;
    }
    Ok(())
}

/// Git's own answer, as HTTP.
fn backend(root: &Path, request: &Request) -> io::Result<Vec<u8>> {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("REQUEST_METHOD", &request.method)
        .env("CONTENT_TYPE", request.header("content-type").unwrap_or_default())
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", request.header("content-encoding").unwrap_or_default())
        .env("GIT_PROTOCOL", request.header("git-protocol").unwrap_or_default())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // A request that Git does not read to its end is Git's to answer.
        let _ = input.write_all(&request.body);
    }
    let output = child.wait_with_output()?.stdout;
    let end = output.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.ok_or_else(|| io::Error::other("git http-backend gave no answer"))?;
    let (mut status, mut headers) = ("200".to_owned(), String::new());
    for line in String::from_utf8_lossy(&output[..end]).lines() {
        match line.split_once(": ") {
            Some(("Status", said)) => status = said.chars().take(3).collect(),
            _ => headers.extend([line, "\r\n"]),
        }
    }
    let body = &output[end + 4..];
    let head = format!("HTTP/1.1 {status} Git\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    Ok([head.as_bytes(), body].concat())
}
