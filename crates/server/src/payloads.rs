//! Payloads that are being read: each has a bound, and all of them together.
#![expect(
    clippy::disallowed_methods,
    reason = "payloads are timed by the machine itself: no rule of ours hangs on them"
)]

use axum::body::Body;
use axum::http::StatusCode;
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use trimtab_model::limit;

const PAYLOAD_MAX: Duration = Duration::from_secs(limit::WEBHOOK_SECONDS_MAX);

/// The room that all payloads share.
pub(crate) struct Payloads(Arc<Semaphore>);

/// A payload, as long as it is looked at.
pub(crate) struct Payload {
    bytes: Vec<u8>,
    room: Option<OwnedSemaphorePermit>,
}

/// Why a payload was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    #[error("the payload is larger than {} bytes", limit::WEBHOOK_BYTES_MAX)]
    TooLarge,
    #[error("the payload did not come within {} s", limit::WEBHOOK_SECONDS_MAX)]
    TooSlow,
    #[error("too many payloads are being read: try again later")]
    NoRoom,
    #[error("the payload did not come whole")]
    Broken,
}

impl Error {
    pub(crate) fn code(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::NoRoom => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::BAD_REQUEST,
        }
    }
}

impl Default for Payloads {
    fn default() -> Self {
        let bytes = usize::try_from(limit::WEBHOOKS_BYTES_MAX).unwrap_or(usize::MAX);
        Self(Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))))
    }
}

impl Payloads {
    /// Reads a payload. One that says that it is too large is not begun.
    pub(crate) async fn read(&self, body: Body) -> Result<Payload, Error> {
        use axum::body::HttpBody;
        if body.size_hint().lower() > limit::WEBHOOK_BYTES_MAX {
            return Err(Error::TooLarge);
        }
        timeout(PAYLOAD_MAX, self.whole(body)).await.unwrap_or(Err(Error::TooSlow))
    }

    async fn whole(&self, mut body: Body) -> Result<Payload, Error> {
        let mut payload = Payload { bytes: Vec::new(), room: None };
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Error::Broken)?;
            let Ok(data) = frame.into_data() else { continue };
            if (payload.bytes.len() + data.len()) as u64 > limit::WEBHOOK_BYTES_MAX {
                return Err(Error::TooLarge);
            }
            self.take(&mut payload, &data)?;
        }
        Ok(payload)
    }

    /// Appends a part of a payload. What it holds is counted, and not only what is in it: a buffer that
    /// grows is larger than its content.
    fn take(&self, payload: &mut Payload, data: &[u8]) -> Result<(), Error> {
        let (held, needed) = (payload.bytes.capacity(), payload.bytes.len() + data.len());
        if needed > held {
            let most = usize::try_from(limit::WEBHOOK_BYTES_MAX).unwrap_or(usize::MAX);
            let more = needed.max(held.saturating_mul(2).min(most));
            payload.hold(self.room(more - held)?);
            payload.bytes.reserve_exact(more - payload.bytes.len());
        }
        payload.bytes.extend_from_slice(data);
        Ok(())
    }

    fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Error> {
        let bytes = u32::try_from(bytes).map_err(|_| Error::TooLarge)?;
        Arc::clone(&self.0).try_acquire_many_owned(bytes).map_err(|_| Error::NoRoom)
    }
}

impl Payload {
    fn hold(&mut self, room: OwnedSemaphorePermit) {
        match &mut self.room {
            Some(all) => all.merge(room),
            None => self.room = Some(room),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, Payloads, limit};
    use axum::body::Bytes;
    use std::convert::Infallible;

    #[tokio::test]
    async fn what_a_payload_holds_is_counted() {
        let parts = [1, 700, 3, 5_000, 1, 900_000, 17];
        let frame = |bytes: usize| Ok::<_, Infallible>(Bytes::from(vec![b'x'; bytes]));
        let body = Body::from_stream(futures::stream::iter(parts.map(frame)));
        let payload = Payloads::default().read(body).await.unwrap();
        assert_eq!(payload.bytes().len(), parts.iter().sum::<usize>());
        let counted = payload.room.as_ref().unwrap().num_permits();
        assert!(payload.bytes.capacity() <= counted, "{} {counted}", payload.bytes.capacity());
        assert!(counted as u64 <= limit::WEBHOOK_BYTES_MAX);
    }
}
