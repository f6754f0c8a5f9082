//! One connection that stays open, and watches.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use serde_json::Value;

use super::{Client, Error, Response, SILENCE_MAX};

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// One connection that stays open, for many requests in a row.
pub struct Connection {
    client: Client,
    stream: Option<BufReader<Stream>>,
}

impl Client {
    /// A connection that stays open.
    pub fn connect(&self) -> Connection {
        Connection { client: self.clone(), stream: None }
    }

    /// The events of a watch as they come, until the server ends it.
    ///
    /// # Errors
    /// When the watch cannot be begun.
    pub fn events(&self, path: &str) -> Result<impl Iterator<Item = Value> + use<>, Error> {
        self.stream(path, None)
    }

    /// The same, where the server may be silent for only so long.
    pub(super) fn stream(
        &self,
        path: &str,
        silence: Option<Duration>,
    ) -> Result<impl Iterator<Item = Value> + use<>, Error> {
        let io = |source| Error::Io { address: self.address, source };
        // HTTP/1.0: the answer is never chunked and ends with the connection.
        let request = format!(
            "GET {path} HTTP/1.0\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Accept: application/json\r\n\r\n",
            self.address, self.token
        );
        let mut stream = self.open(silence).map_err(io)?;
        stream.write_all(request.as_bytes()).and_then(|()| stream.flush()).map_err(io)?;
        let mut stream = BufReader::new(stream);
        let status = line(&mut stream).map_err(io)?;
        if status.split(' ').nth(1) != Some("200") {
            return Err(Error::Answer("a watch"));
        }
        while !line(&mut stream).map_err(io)?.is_empty() {}
        let lines = stream.lines().map_while(Result::ok);
        Ok(lines.map_while(|line| serde_json::from_str(&line).ok()))
    }

    pub(super) fn open(&self, silence: Option<Duration>) -> io::Result<Stream> {
        let socket = TcpStream::connect(self.address)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(silence)?;
        socket.set_write_timeout(Some(SILENCE_MAX))?;
        let name = ServerName::IpAddress(self.address.ip().into());
        let session =
            ClientConnection::new(Arc::clone(&self.tls), name).map_err(io::Error::other)?;
        Ok(StreamOwned::new(session, socket))
    }
}

impl Connection {
    /// A request with a JSON body (none when null) that has to succeed. A connection that the server
    /// has closed meanwhile is opened again, and the request sent once more.
    ///
    /// # Errors
    /// When there is no answer, or one with a code from 300 on.
    pub fn must(
        &mut self,
        method: &str,
        path: &str,
        content_type: &str,
        body: &Value,
    ) -> Result<Value, Error> {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let Client { address, token, .. } = &self.client;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Accept: application/json\r\nContent-Type: {content_type}\r\n\
             Content-Length: {}\r\n\r\n{text}",
            text.len()
        );
        let is_old = self.stream.is_some();
        let answer = match self.exchange(&request) {
            Err(_) if is_old => self.exchange(&request),
            answer => answer,
        };
        let address = self.client.address;
        let response = answer.map_err(|source| Error::Io { address, source })?;
        if response.code >= 300 {
            let (method, path, code) = (method.into(), path.into(), response.code);
            return Err(Error::Refused { method, path, code, message: response.message() });
        }
        response.json()
    }

    fn exchange(&mut self, request: &str) -> io::Result<Response> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => BufReader::new(self.client.open(Some(SILENCE_MAX))?),
        };
        stream.get_mut().write_all(request.as_bytes())?;
        stream.get_mut().flush()?;
        let response = read(&mut stream)?;
        self.stream = Some(stream);
        Ok(response)
    }
}

/// Reads one answer and no further.
fn read(stream: &mut impl BufRead) -> io::Result<Response> {
    let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let code = line(stream)?.split(' ').nth(1).and_then(|code| code.parse().ok());
    let code = code.ok_or_else(cut)?;
    let (mut length, mut is_chunked) = (0, false);
    loop {
        let line = line(stream)?;
        let Some((name, value)) = line.split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(|_| cut())?,
            "transfer-encoding" => is_chunked = value == "chunked",
            _ => {}
        }
    }
    let mut body = Vec::new();
    if !is_chunked {
        stream.take(length).read_to_end(&mut body)?;
    }
    while is_chunked {
        let size = u64::from_str_radix(&line(stream)?, 16).map_err(|_| cut())?;
        stream.take(size).read_to_end(&mut body)?;
        line(stream)?;
        is_chunked = size > 0;
    }
    Ok(Response { code, body })
}

/// One line, without its end.
fn line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn an_answer_ends_where_it_says() {
        let plain = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}HTTP";
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                       1\r\n{\r\n1\r\n}\r\n0\r\n\r\nHTTP";
        for (text, code) in [(plain, 201), (chunked, 200)] {
            let mut stream = text.as_bytes();
            let answer = read(&mut stream).expect("an answer");
            assert_eq!((answer.code, &*answer.body, stream), (code, &b"{}"[..], &b"HTTP"[..]));
        }
    }
}
