//! A small Git server on loopback: `git http-backend` over HTTP or HTTPS. It can ask for a password,
//! go away and come back, and be told to misbehave.

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

use crate::request::{Answer, Request, read};

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
    count: AtomicU64,
    requests: Mutex<Vec<Request>>,
    before: Mutex<Arc<Before>>,
    after: Mutex<Arc<After>>,
}

/// What a server does with a request: an answer of its own, or nothing, and then Git answers the
/// request as it is now.
type Before = dyn Fn(&mut Request) -> Option<Answer> + Send + Sync;
/// What a server does to Git's answer.
type After = dyn Fn(&Request, &mut Answer) + Send + Sync;

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
            count: AtomicU64::new(0),
            requests: Mutex::default(),
            before: Mutex::new(Arc::new(|_| None)),
            after: Mutex::new(Arc::new(|_, _| {})),
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
        self.state.count.load(Ordering::Relaxed)
    }

    /// The requests since the last time this was asked, as they came.
    pub fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut *lock(&self.state.requests))
    }

    /// The port on loopback.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Answers some requests itself from now on, or changes them before Git answers.
    pub fn answers(&self, before: impl Fn(&mut Request) -> Option<Answer> + Send + Sync + 'static) {
        *lock(&self.state.before) = Arc::new(before);
    }

    /// Changes Git's answers from now on.
    pub fn changes(&self, after: impl Fn(&Request, &mut Answer) + Send + Sync + 'static) {
        *lock(&self.state.after) = Arc::new(after);
    }

    /// Behaves again.
    pub fn behaves(&self) {
        self.answers(|_| None);
        self.changes(|_, _| {});
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
    while let Some(mut request) = read(&mut stream)? {
        if *lock(&state.turn) != turn {
            return Ok(());
        }
        state.count.fetch_add(1, Ordering::Relaxed);
        lock(&state.requests).push(request.clone());
        let answer = answer(state, &mut request)?;
        answer.write(stream.get_mut())?;
        if answer.cut_after.is_some() {
            return Ok(());
        }
    }
    Ok(())
}

fn answer(state: &State, request: &mut Request) -> io::Result<Answer> {
    let asked = lock(&state.asked).clone();
    if asked.is_some_and(|asked| request.header("authorization") != Some(&asked)) {
        return Ok(Answer::status(401).with("WWW-Authenticate", "Basic realm=\"git\""));
    }
    let before = Arc::clone(&lock(&state.before));
    if let Some(answer) = before(request) {
        return Ok(answer);
    }
    let mut answer = backend(&state.root, request)?;
    let after = Arc::clone(&lock(&state.after));
    after(request, &mut answer);
    Ok(answer)
}

/// Git's own answer.
fn backend(root: &Path, request: &Request) -> io::Result<Answer> {
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
    let mut answer = Answer { body: output[end + 4..].to_vec(), ..Answer::status(200) };
    for line in String::from_utf8_lossy(&output[..end]).lines() {
        match line.split_once(": ") {
            Some(("Status", said)) => {
                let code = said.split(' ').next().and_then(|code| code.parse().ok());
                answer.status = code.ok_or_else(|| io::Error::other("no status code"))?;
            }
            Some((name, value)) => answer.headers.push((name.to_owned(), value.to_owned())),
            None => {}
        }
    }
    Ok(answer)
}
