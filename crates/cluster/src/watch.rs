//! Watching one collection without end.
//!
//! A watch begins with the whole collection: streamed (`WatchList`) where the server can, else page
//! by page. It then goes on from version to version; the server ends it every few minutes, and a
//! version that has expired begins it anew. What was shown and is not in a new beginning is gone.

mod backoff;
mod lines;
mod listing;
mod session;
mod telling;

use crate::cluster::Edge;
use futures::stream::{BoxStream, StreamExt as _};
use session::Session;
use std::sync::Arc;
use trimtab_ports::cluster::{WatchEvent, WatchRequest};

/// The stream of a watch. Nothing is asked of the cluster while nobody reads it.
pub fn stream(edge: Arc<Edge>, request: WatchRequest) -> BoxStream<'static, WatchEvent> {
    let session = Session::new(edge, request);
    let next = |mut session: Session| async move {
        let event = session.next().await;
        Some((event, session))
    };
    futures::stream::unfold(session, next).boxed()
}
