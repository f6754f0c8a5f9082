//! A tiny HTTPS client for the control plane: one request, one connection, nothing retried.

mod connection;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

pub use connection::Connection;

/// How long a connection may be silent.
const SILENCE_MAX: Duration = Duration::from_mins(1);
/// The longest answer that is read.
const ANSWER_BYTES_MAX: u64 = 256 << 20;

/// Who asks whom.
#[derive(Clone)]
pub struct Client {
    address: SocketAddr,
    tls: Arc<ClientConfig>,
    token: String,
}

/// What the server said.
#[derive(Debug)]
pub struct Response {
    /// The HTTP status code.
    pub code: u16,
    /// The body as it came.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The connection could not be made or broke.
    #[error("no answer from {address}")]
    Io {
        /// Who was asked.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The authority is not one that TLS can use.
    #[error("the certificate authority is not usable: {0}")]
    Authority(String),
    /// The server answered, but not as HTTP or JSON.
    #[error("the answer is not {0}")]
    Answer(&'static str),
    /// The server answered with another code than the one that was needed.
    #[error("{method} {path}: {code}: {message}")]
    Refused {
        /// The request's method.
        method: String,
        /// The request's path.
        path: String,
        /// The status code.
        code: u16,
        /// The `message` of the answer's Status, or the start of the answer.
        message: String,
    },
}

impl Client {
    /// A client that trusts `authority` (PEM) alone and shows `token`.
    ///
    /// # Errors
    /// When the authority is no certificate.
    pub fn new(address: SocketAddr, authority: &[u8], token: &str) -> Result<Self, Error> {
        let unusable = |why: &dyn std::fmt::Display| Error::Authority(why.to_string());
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(authority) {
            roots.add(certificate.map_err(|e| unusable(&e))?).map_err(|e| unusable(&e))?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| unusable(&e))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { address, tls: Arc::new(tls), token: token.into() })
    }

    /// GET, as it comes.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn get(&self, path: &str) -> Result<Response, Error> {
        self.send("GET", path, "application/json", b"")
    }

    /// GET of a JSON document that has to be there.
    ///
    /// # Errors
    /// When there is no answer, or one with another code than 200.
    pub fn read(&self, path: &str) -> Result<Value, Error> {
        self.must("GET", path, "application/json", &Value::Null)
    }

    /// POST of an object that has to be taken.
    ///
    /// # Errors
    /// When there is no answer, or one that refuses.
    pub fn create(&self, path: &str, object: &Value) -> Result<Value, Error> {
        self.must("POST", path, "application/json", object)
    }

    /// Server-side apply, forced, of an object that has to be taken.
    ///
    /// # Errors
    /// When there is no answer, or one that refuses.
    pub fn apply(&self, path: &str, manager: &str, object: &Value) -> Result<Value, Error> {
        let path = format!("{path}?fieldManager={manager}&force=true");
        self.must("PATCH", &path, "application/apply-patch+yaml", object)
    }

    /// DELETE of an object that has to be there.
    ///
    /// # Errors
    /// When there is no answer, or one that refuses.
    pub fn delete(&self, path: &str) -> Result<Value, Error> {
        self.must("DELETE", path, "application/json", &Value::Null)
    }

    /// A request with a JSON body (none when null) that has to succeed.
    ///
    /// # Errors
    /// When there is no answer, or one with a code from 300 on.
    pub fn must(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: &Value,
    ) -> Result<Value, Error> {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let response = self.send(method, path, content_type, &body)?;
        if response.code >= 300 {
            let (method, path, code) = (method.into(), path.into(), response.code);
            return Err(Error::Refused { method, path, code, message: response.message() });
        }
        response.json()
    }

    /// GET of a watch: hands on every event until `take` breaks off, the server ends the watch or the
    /// connection breaks. `path` names the collection and asks for the watch, with the seconds that it
    /// lasts.
    ///
    /// # Errors
    /// When there is no answer, or one that is no watch.
    pub fn watch(
        &self,
        path: &str,
        mut take: impl FnMut(Value) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut events = self.stream(path, Some(SILENCE_MAX))?;
        let _ended = events.try_for_each(&mut take);
        Ok(())
    }

    /// Any request, as it comes.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: &[u8],
    ) -> Result<Response, Error> {
        let answer = self
            .exchange(&self.request(method, path, content_type, body))
            .map_err(|source| Error::Io { address: self.address, source })?;
        Response::parse(&answer).ok_or(Error::Answer("HTTP"))
    }

    fn request(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
        // HTTP/1.0: the answer is never chunked and ends with the connection.
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             User-Agent: trimtab-testkit\r\nAccept: application/json\r\n\
             Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
            self.address,
            self.token,
            body.len()
        );
        [head.as_bytes(), body].concat()
    }

    fn exchange(&self, request: &[u8]) -> io::Result<Vec<u8>> {
        let mut answer = Vec::new();
        self.ask(request)?.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
        Ok(answer)
    }

    fn ask(&self, request: &[u8]) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let mut stream = self.open(Some(SILENCE_MAX))?;
        stream.write_all(request)?;
        stream.flush()?;
        Ok(stream)
    }
}

impl Response {
    fn parse(answer: &[u8]) -> Option<Self> {
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&answer[..end]).ok()?;
        let code = head.split(' ').nth(1)?.parse().ok()?;
        Some(Self { code, body: answer[end + 4..].to_vec() })
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is not.
    pub fn json(&self) -> Result<Value, Error> {
        serde_json::from_slice(&self.body).map_err(|_| Error::Answer("JSON"))
    }

    fn message(&self) -> String {
        let status = self.json().ok();
        let message = status.as_ref().and_then(|status| status["message"].as_str());
        match message {
            Some(message) => message.into(),
            None => String::from_utf8_lossy(&self.body).chars().take(400).collect(),
        }
    }
}
