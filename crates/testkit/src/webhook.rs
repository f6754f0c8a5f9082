//! A small mutating admission webhook on loopback.

use std::io::{self, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use crate::authority::{Authority, Error};
use crate::request::{Answer, read};

/// How long the API server may be silent.
const SILENCE_MAX: Duration = Duration::from_mins(1);

/// What a webhook does: the `request` of a review → a JSON patch, or nothing.
type Change = dyn Fn(&Value) -> Option<Value> + Send + Sync;

/// A webhook that changes objects. Its threads end with the process.
pub struct Webhook {
    address: SocketAddr,
    authority: Authority,
}

impl Webhook {
    /// Serves `change` over TLS, under an authority of its own.
    ///
    /// # Errors
    /// When there is no certificate for it.
    ///
    /// # Panics
    /// When no port is free on loopback.
    pub fn start(
        change: impl Fn(&Value) -> Option<Value> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let authority = Authority::new()?;
        let tls = Arc::new(authority.server()?);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let change: Arc<Change> = Arc::new(change);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (tls, change) = (Arc::clone(&tls), Arc::clone(&change));
                // A caller that goes away is no failure of the webhook's.
                std::thread::spawn(move || drop(serve(tls, &*change, stream)));
            }
        });
        Ok(Self { address, authority })
    }

    /// How the API server reaches it: the `clientConfig` of a webhook's configuration.
    pub fn client_config(&self) -> Value {
        json!({
            "url": format!("https://{}/", self.address),
            "caBundle": BASE64_STANDARD.encode(self.authority.pem()),
        })
    }
}

fn serve(tls: Arc<ServerConfig>, change: &Change, stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(SILENCE_MAX))?;
    let session = ServerConnection::new(tls).map_err(io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(session, stream));
    while let Some(request) = read(&mut stream)? {
        let review: Value = serde_json::from_slice(&request.body)?;
        let answer = answer(&review, change).to_string();
        Answer::page("application/json", answer.as_bytes()).write(stream.get_mut())?;
    }
    Ok(())
}

fn answer(review: &Value, change: &Change) -> Value {
    let request = &review["request"];
    let mut response = json!({"uid": request["uid"], "allowed": true});
    if let Some(patch) = change(request) {
        response["patchType"] = "JSONPatch".into();
        response["patch"] = BASE64_STANDARD.encode(patch.to_string()).into();
    }
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response})
}
