//! One request, one answer.

use crate::Seams;
use crate::answer::{Answer, NoAnswer};
use crate::connection::{ConnectionError, NotAfter};
use crate::requests::Requests;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use kube::client::Body;
use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;
pub use trimtab_model::chain;
use trimtab_model::limit::READ_BYTES_MAX;
use trimtab_ports::clock::{Monotonic, timeout};

/// One request.
pub struct Call {
    /// The HTTP method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// What is asked for, in the words of the API.
    pub verb: &'static str,
    /// The resource, for example `deployments.apps`.
    pub resource: Arc<str>,
    /// The type of the body.
    pub content_type: Option<&'static str>,
    /// The types of answer that are understood, if not plain JSON.
    pub accept: Option<&'static str>,
    /// The body.
    pub body: Vec<u8>,
    /// It is not sent later.
    pub not_after: Option<Monotonic>,
}

impl Call {
    /// A request that reads.
    pub fn read(verb: &'static str, resource: &Arc<str>, path: String) -> Self {
        Self {
            method: Method::GET,
            path,
            verb,
            resource: resource.clone(),
            content_type: None,
            accept: None,
            body: Vec::new(),
            not_after: None,
        }
    }
}

/// Sends requests to one cluster, each once, and counts them.
pub struct Exchange {
    client: kube::Client,
    user_agent: HeaderValue,
    seams: Seams,
    requests: Arc<Requests>,
}

impl Exchange {
    /// Sends over a client.
    pub fn new(client: kube::Client, seams: Seams) -> Self {
        let user_agent = concat!("trimtab/", env!("CARGO_PKG_VERSION"));
        let user_agent = HeaderValue::from_static(user_agent);
        Self { client, user_agent, seams, requests: Arc::default() }
    }

    /// The counts.
    pub fn requests(&self) -> &Arc<Requests> {
        &self.requests
    }

    /// Sends a request and reads the whole answer, at most this long.
    pub async fn ask(&self, call: Call, longest: Duration) -> Result<Answer, NoAnswer> {
        let (verb, resource) = (call.verb, call.resource.clone());
        let answer = timeout(&*self.seams.clock, longest, self.whole(call)).await;
        let answer = answer.unwrap_or_else(|late| Err(NoAnswer::Lost(late.to_string())));
        let code = answer.as_ref().map_or(0, |answer| answer.code);
        self.requests.count(verb, &resource, code);
        answer
    }

    /// Sends a request whose answer has no end, and waits for its beginning, at most this long.
    /// A refusal comes with its whole body.
    pub async fn open(
        &self,
        call: Call,
        longest: Duration,
    ) -> Result<Result<Response<Body>, Answer>, NoAnswer> {
        let (verb, resource) = (call.verb, call.resource.clone());
        let opening = async {
            let response = self.send(call).await?;
            if response.status().is_success() {
                return Ok(Ok(response));
            }
            collect(response).await.map(Err)
        };
        let opened = timeout(&*self.seams.clock, longest, opening).await;
        let opened = opened.unwrap_or_else(|late| Err(NoAnswer::Lost(late.to_string())));
        let code = match &opened {
            Ok(Ok(response)) => response.status().as_u16(),
            Ok(Err(refusal)) => refusal.code,
            Err(_) => 0,
        };
        self.requests.count(verb, &resource, code);
        opened
    }

    async fn whole(&self, call: Call) -> Result<Answer, NoAnswer> {
        collect(self.send(call).await?).await
    }

    async fn send(&self, call: Call) -> Result<Response<Body>, NoAnswer> {
        let request = self.request(call)?;
        self.client.send(request).await.map_err(|error| no_answer(&error))
    }

    fn request(&self, call: Call) -> Result<Request<Body>, NoAnswer> {
        let mut request = Request::builder()
            .method(call.method)
            .uri(call.path)
            .header(USER_AGENT, self.user_agent.clone())
            .header(ACCEPT, call.accept.unwrap_or("application/json"));
        if let Some(content_type) = call.content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        if let Some(not_after) = call.not_after {
            request = request.extension(NotAfter(not_after));
        }
        let request = request.body(Body::from(call.body));
        request
            .map_err(|error| NoAnswer::NotSent(format!("the request cannot be written: {error}")))
    }
}

async fn collect(response: Response<Body>) -> Result<Answer, NoAnswer> {
    let (head, body) = response.into_parts();
    let header = |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let answer = Answer {
        code: head.status.as_u16(),
        retry_after: header(RETRY_AFTER).and_then(|t| t.parse().ok()).map(Duration::from_secs),
        content_type: header(CONTENT_TYPE).unwrap_or_default().to_owned(),
        body: Bytes::new(),
    };
    let bytes_max = usize::try_from(READ_BYTES_MAX).unwrap_or(usize::MAX);
    match Limited::new(body, bytes_max).collect().await {
        Ok(body) => Ok(Answer { body: body.to_bytes(), ..answer }),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(NoAnswer::Lost(format!("the answer is longer than {bytes_max} bytes")))
        }
        Err(error) => Err(NoAnswer::Lost(chain(&*error))),
    }
}

fn no_answer(error: &kube::Error) -> NoAnswer {
    let mut source: Option<&(dyn StdError + 'static)> = Some(error);
    let mut is_unsent = false;
    while let Some(error) = source {
        is_unsent |= error.downcast_ref().is_some_and(ConnectionError::is_unsent);
        source = error.source();
    }
    // The client's own wrapper says nothing of the reason.
    let message = match error {
        kube::Error::Service(error) => chain(&**error),
        error => chain(error),
    };
    if is_unsent { NoAnswer::NotSent(message) } else { NoAnswer::Lost(message) }
}
