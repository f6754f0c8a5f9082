//! The service under a client: reads requests, lets their fate befall them, and writes answers.

use crate::answer::{Answer, Reply};
use crate::faults::Fate;
use crate::request::Request;
use crate::sandbox::Sandbox;
use crate::watch::Stream;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{BoxStream, StreamExt as _};
use http::Response;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use kube::client::Body;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::BoxError;
use trimtab_ports::clock::sleep;

/// What can break a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    #[error("the connection broke before the request was read")]
    BeforeTheRequest,
    #[error("the connection broke before the answer")]
    BeforeTheAnswer,
    #[error("the watch's connection broke")]
    Watch,
}

type Frames = BoxStream<'static, Result<Frame<Bytes>, BoxError>>;

/// The service of one user.
#[derive(Clone)]
pub(crate) struct Service {
    sandbox: Sandbox,
    user: Arc<str>,
}

impl Service {
    pub fn new(sandbox: Sandbox, user: &str) -> Self {
        Self { sandbox, user: user.into() }
    }
}

impl tower::Service<http::Request<Body>> for Service {
    type Response = Response<StreamBody<Frames>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let (sandbox, user) = (self.sandbox.clone(), self.user.clone());
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
            let mut request = Request::new(&user, head.method, target, &head.headers);
            request.body = body.collect().await?.to_bytes();
            served(&sandbox, &request).await
        })
    }
}

/// Lets the request's fate befall it.
async fn served(
    sandbox: &Sandbox,
    request: &Request,
) -> Result<Response<StreamBody<Frames>>, BoxError> {
    let clock = &*sandbox.seams().clock;
    match sandbox.fate(request) {
        Fate::Serve => written(sandbox, reply(sandbox, request)),
        Fate::ServeAndLoseTheAnswer => {
            close(sandbox, reply(sandbox, request));
            Err(Broken::BeforeTheAnswer.into())
        }
        Fate::DelayTheAnswer(time) => {
            let reply = reply(sandbox, request);
            sleep(clock, time).await;
            written(sandbox, reply)
        }
        Fate::Delay(time) => {
            sleep(clock, time).await;
            written(sandbox, reply(sandbox, request))
        }
        Fate::Refuse { code, status, headers } => {
            let mut answer = Answer::json(code, status);
            answer.headers.extend(headers);
            written(sandbox, Reply::Whole(answer))
        }
        Fate::Drop => Err(Broken::BeforeTheRequest.into()),
        Fate::Swallow => std::future::pending().await,
    }
}

fn reply(sandbox: &Sandbox, request: &Request) -> Reply {
    sandbox.server().serve(request)
}

fn close(sandbox: &Sandbox, reply: Reply) {
    if let Reply::Watch(opened) = reply {
        sandbox.server().watches.close(opened.number);
    }
}

fn written(sandbox: &Sandbox, reply: Reply) -> Result<Response<StreamBody<Frames>>, BoxError> {
    let (code, headers, frames) = match reply {
        Reply::Whole(answer) => {
            let bytes = Bytes::from(answer.bytes());
            let frame = futures::stream::once(async move { Ok(Frame::data(bytes)) });
            (answer.code, answer.headers, frame.boxed())
        }
        Reply::Watch(opened) => {
            let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
            let frames = Stream::new(sandbox.clone(), &opened).map(|line| match line {
                Ok(line) => Ok(Frame::data(line)),
                Err(broken) => Err(broken.into()),
            });
            (200, headers, frames.boxed())
        }
    };
    let mut response = Response::builder().status(code);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    Ok(response.body(StreamBody::new(frames))?)
}
