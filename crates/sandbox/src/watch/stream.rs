//! The lines of one watch as a stream: with its end after a time, and with bookmarks in between.

use super::{End, Next, Opened};
use crate::sandbox::Sandbox;
use crate::service::Broken;
use bytes::Bytes;
use futures::future::BoxFuture;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use trimtab_ports::clock::sleep;

/// How often a watch that wants it is told that nothing has happened.
const BOOKMARK_EVERY: Duration = Duration::from_mins(1);

/// The lines of one watch. Dropping it closes the watch.
pub(crate) struct Stream {
    sandbox: Sandbox,
    number: u64,
    ends: BoxFuture<'static, ()>,
    /// `None` where no bookmarks are wanted.
    bookmark: Option<BoxFuture<'static, ()>>,
    is_over: bool,
}

impl Stream {
    pub fn new(sandbox: Sandbox, opened: &Opened) -> Self {
        let clock = sandbox.seams().clock.clone();
        let bookmark = opened.bookmarks.then(|| sleep(&*clock, BOOKMARK_EVERY));
        let ends = sleep(&*clock, opened.lasts);
        Self { sandbox, number: opened.number, ends, bookmark, is_over: false }
    }

    /// Asks for a bookmark when it is time.
    fn mark(&mut self, context: &mut Context<'_>) {
        let is_due = |mark: &mut BoxFuture<'static, ()>| mark.as_mut().poll(context).is_ready();
        if !self.bookmark.as_mut().is_some_and(is_due) {
            return;
        }
        let number = self.number;
        self.sandbox.bookmark_watches(|facts| facts.number == number);
        let mut again = sleep(&*self.sandbox.seams().clock, BOOKMARK_EVERY);
        // It has to be asked once to be heard of.
        if again.as_mut().poll(context).is_ready() {
            context.waker().wake_by_ref();
        }
        self.bookmark = Some(again);
    }
}

impl futures::Stream for Stream {
    type Item = Result<Bytes, Broken>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.is_over {
            return Poll::Ready(None);
        }
        this.mark(context);
        let next = this.sandbox.server().watches.next(this.number, context.waker());
        match next {
            Next::Line(line) => Poll::Ready(Some(Ok(line))),
            Next::Ended(end) => {
                this.is_over = true;
                Poll::Ready((end == End::Cut).then_some(Err(Broken::Watch)))
            }
            Next::Nothing => {
                if this.ends.as_mut().poll(context).is_ready() {
                    this.is_over = true;
                    return Poll::Ready(None);
                }
                Poll::Pending
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.sandbox.server().watches.close(self.number);
    }
}
