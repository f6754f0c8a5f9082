//! Opening one connection.

use super::ConnectionError;
use http::Uri;
use kube::Config;
use kube::client::ConfigExt;
use rustls::pki_types::ServerName;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use trimtab_model::limit::CONNECT_SECONDS_MAX;
use trimtab_ports::clock::{Clock, timeout};

/// Knows where the server is and how it is recognised.
pub struct Dialer {
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    clock: Arc<dyn Clock>,
}

/// An open connection.
pub struct Dialed {
    /// The bytes.
    pub stream: Bytestream,
    /// Whether the server speaks HTTP/2.
    pub http2: bool,
}

/// The bytes of a connection, with TLS or without.
pub enum Bytestream {
    /// Over `https`.
    Tls(Box<TlsStream<TcpStream>>),
    /// Over `http`.
    Plain(TcpStream),
}

impl Dialer {
    /// Reads address and certificates from a configuration.
    pub fn new(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, crate::Error> {
        let url = &config.cluster_url;
        let bad = || crate::Error::Url(url.to_string());
        let host = url.host().ok_or_else(bad)?.trim_matches(['[', ']']).to_owned();
        let tls = match url.scheme_str() {
            Some("https") => {
                let name = config.tls_server_name.clone().unwrap_or_else(|| host.clone());
                let name = ServerName::try_from(name).map_err(|_| bad())?;
                Some((connector(config)?, name))
            }
            Some("http") => None,
            _ => return Err(bad()),
        };
        let port = url.port_u16().unwrap_or(if tls.is_some() { 443 } else { 80 });
        Ok(Self { host, port, tls, clock })
    }

    /// Opens a connection, TLS included.
    pub async fn dial(&self) -> Result<Dialed, ConnectionError> {
        let longest = Duration::from_secs(CONNECT_SECONDS_MAX);
        let opened = timeout(&*self.clock, longest, self.open()).await;
        let opened =
            opened.unwrap_or_else(|late| Err(io::Error::new(io::ErrorKind::TimedOut, late)));
        let address = || format!("{}:{}", self.host, self.port);
        opened.map_err(|source| ConnectionError::NotConnected { address: address(), source })
    }

    #[expect(clippy::disallowed_methods, reason = "this is the client of the API server")]
    async fn open(&self) -> io::Result<Dialed> {
        let tcp = TcpStream::connect((self.host.as_str(), self.port)).await?;
        // Requests are small and each is waited for.
        tcp.set_nodelay(true)?;
        let Some((connector, name)) = &self.tls else {
            return Ok(Dialed { stream: Bytestream::Plain(tcp), http2: false });
        };
        let tls = connector.connect(name.clone(), tcp).await?;
        let http2 = tls.get_ref().1.alpn_protocol() == Some(b"h2");
        Ok(Dialed { stream: Bytestream::Tls(Box::new(tls)), http2 })
    }
}

/// The `Host` of a request, as HTTP/1 wants it.
pub fn host_of(uri: &Uri) -> Option<http::HeaderValue> {
    http::HeaderValue::from_str(uri.authority()?.as_str()).ok()
}

fn connector(config: &Config) -> Result<TlsConnector, crate::Error> {
    let tls = config.rustls_client_config();
    let mut tls = tls.map_err(|error| crate::Error::Identity(Box::new(error)))?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(tls)))
}

impl AsyncRead for Bytestream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Bytestream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
