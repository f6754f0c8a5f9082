//! The pool as a service that takes requests.

use super::ConnectionError;
use super::pool::{Pool, Sender, for_http1};
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::client::conn::{TrySendError, http1};
use kube::client::Body;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use trimtab_ports::clock::{Clock, Monotonic};

/// Rides with a request: it is not sent later.
#[derive(Clone, Copy, Debug)]
pub struct NotAfter(pub Monotonic);

/// Sends requests over a pool.
#[derive(Clone)]
pub struct Wire {
    pool: Arc<Pool>,
    clock: Arc<dyn Clock>,
}

impl Wire {
    /// A service over a pool.
    pub fn new(pool: Pool, clock: Arc<dyn Clock>) -> Self {
        Self { pool: Arc::new(pool), clock }
    }

    async fn send(self, mut request: Request<Body>) -> Result<Response<Answer>, ConnectionError> {
        let sender = self.pool.sender().await?;
        let not_after = request.extensions().get::<NotAfter>().copied();
        if not_after.is_some_and(|NotAfter(last)| self.clock.monotonic() > last) {
            return Err(ConnectionError::TooLate);
        }
        match sender {
            Sender::Shared(mut sender, used) => {
                let answer = sender.try_send_request(request).await.map_err(lost)?;
                Ok(answer.map(|body| Answer { body, _used: Some(used), own: None }))
            }
            Sender::Own(mut sender) => {
                for_http1(&mut request);
                let answer = sender.try_send_request(request).await.map_err(lost)?;
                let own = Some((sender, self.pool));
                Ok(answer.map(|body| Answer { body, _used: None, own }))
            }
        }
    }
}

/// A request that comes back was not sent.
fn lost(mut error: TrySendError<Request<Body>>) -> ConnectionError {
    let is_unsent = error.take_message().is_some();
    let error = error.into_error();
    if is_unsent { ConnectionError::NotSent(error) } else { ConnectionError::Broken(error) }
}

impl tower::Service<Request<Body>> for Wire {
    type Response = Response<Answer>;
    type Error = ConnectionError;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.clone().send(request))
    }
}

/// The body of an answer; its connection counts as used until it is dropped.
pub struct Answer {
    body: Incoming,
    _used: Option<Arc<()>>,
    own: Option<(http1::SendRequest<Body>, Arc<Pool>)>,
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some((sender, pool)) = self.own.take() {
            pool.give_back(sender);
        }
    }
}
