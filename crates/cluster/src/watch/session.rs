//! Where a watch stands, and what it does next.

use super::backoff::Backoff;
use super::lines::{End, Lines};
use super::listing;
use super::telling::Telling;
use crate::answer::{Answer, NoAnswer};
use crate::cluster::Edge;
use crate::refusal;
use crate::resources::Resource;
use crate::wire::Call;
use bytes::Bytes;
use kube::client::Body;
use std::sync::Arc;
use std::time::Duration;
use trimtab_index::answer::{Line, Page, Refusal};
use trimtab_model::ResourceVersion;
use trimtab_model::limit::{
    READ_TIMEOUT_SECONDS_MAX, WATCH_FIRST_SECONDS_MAX, WATCH_SECONDS, WATCH_SILENCE_SECONDS_MAX,
};
use trimtab_ports::clock::{Monotonic, jittered, sleep};
use trimtab_ports::cluster::{Trouble, WatchEvent, WatchRequest};

/// By how much the server's end of a watch comes earlier at most, so that watches that began
/// together do not end together.
const SPREAD: Duration = Duration::from_secs(WATCH_SECONDS / 6);

/// A watch that lasts as long as this has stood.
const STOOD: Duration = Duration::from_secs(1);

/// One watch.
pub struct Session {
    edge: Arc<Edge>,
    request: WatchRequest,
    counted_as: Arc<str>,
    telling: Telling,
    backoff: Backoff,
    /// Whether the server can begin a watch with the whole collection.
    can_stream: bool,
    /// Whether it was told that the watch does not stand, and not yet that it stands again.
    is_broken: bool,
    /// How often the collection was read from its beginning.
    beginnings: u64,
    at: At,
}

/// Where a watch stands.
enum At {
    /// It reads the collection from its beginning.
    Beginning,
    /// It reads the collection page by page; this asks for the next one.
    Paging(String),
    /// All up to this version was told; it goes on from there.
    Resting(ResourceVersion),
    /// It reads events.
    Reading(Reading),
    /// It waits, and then goes on there.
    Waiting(Duration, Box<At>),
}

/// An open watch.
struct Reading {
    lines: Lines,
    began: Monotonic,
    /// Until when the server must have ended it.
    ends: Monotonic,
    /// The last version that was told; `None` until the whole collection has come.
    told: Option<ResourceVersion>,
}

/// Why a step has failed, and where it is tried again.
struct Failed {
    trouble: Trouble,
    message: String,
    pause: Option<Duration>,
    again: At,
}

impl Session {
    /// A watch that has not begun.
    pub fn new(edge: Arc<Edge>, request: WatchRequest) -> Self {
        let resource = Resource::new(&request.kind.group, &request.plural, request.scope);
        Self {
            telling: Telling::new(edge.clone(), request.clone()),
            edge,
            request,
            counted_as: resource.counted_as,
            backoff: Backoff::default(),
            can_stream: true,
            is_broken: false,
            beginnings: 0,
            at: At::Beginning,
        }
    }

    /// The next thing to tell.
    pub async fn next(&mut self) -> WatchEvent {
        loop {
            if let Some(event) = self.telling.queue.pop_front() {
                return event;
            }
            let at = std::mem::replace(&mut self.at, At::Beginning);
            self.at = match self.step(at).await {
                Ok(at) => at,
                Err(failed) => self.failed(failed),
            };
        }
    }

    async fn step(&mut self, at: At) -> Result<At, Failed> {
        match at {
            At::Beginning if self.can_stream => self.begin_streaming().await,
            At::Beginning => self.page(None).await,
            At::Paging(next) => self.page(Some(next)).await,
            At::Resting(version) => self.resume(version).await,
            At::Reading(reading) => self.read(reading).await,
            At::Waiting(pause, then) => {
                sleep(&*self.edge.seams.clock, pause).await;
                Ok(*then)
            }
        }
    }

    /// Tells that the watch does not stand, once until it stands again, and waits.
    fn failed(&mut self, failed: Failed) -> At {
        let Failed { trouble, message, pause, again } = failed;
        tracing::debug!(resource = &*self.counted_as, reason = message, "a watch has broken");
        self.is_broken = true;
        self.telling.queue.push_back(WatchEvent::Broken { trouble, message });
        let backoff = self.backoff.pause(&*self.edge.seams.randomness);
        At::Waiting(pause.map_or(backoff, |pause| pause.max(backoff)), Box::new(again))
    }

    async fn begin_streaming(&mut self) -> Result<At, Failed> {
        let (seconds, ends) = self.term();
        let path = listing::streamed(&self.request, seconds);
        let response = match self.open(path).await {
            Ok(Ok(response)) => response,
            Ok(Err(refusal)) if matches!(refusal.code, 400 | 422) => {
                self.can_stream = false;
                return Ok(At::Beginning);
            }
            Ok(Err(refusal)) => return Err(Self::refused(&refusal, At::Beginning)),
            Err(lost) => return Err(outage(lost.message(), At::Beginning)),
        };
        self.begin();
        Ok(self.reading(response, ends, None))
    }

    async fn resume(&mut self, version: ResourceVersion) -> Result<At, Failed> {
        let (seconds, ends) = self.term();
        let path = listing::resumed(&self.request, &version, seconds);
        let response = match self.open(path).await {
            Ok(Ok(response)) => response,
            Ok(Err(refusal)) if refusal.code == 410 => return Ok(At::Beginning),
            Ok(Err(refusal)) => return Err(Self::refused(&refusal, At::Resting(version))),
            Err(lost) => return Err(outage(lost.message(), At::Resting(version))),
        };
        if std::mem::take(&mut self.is_broken) {
            self.telling.queue.push_back(WatchEvent::Synced);
        }
        Ok(self.reading(response, ends, Some(version)))
    }

    fn reading(
        &self,
        response: http::Response<Body>,
        ends: Monotonic,
        told: Option<ResourceVersion>,
    ) -> At {
        let began = self.edge.seams.clock.monotonic();
        At::Reading(Reading { lines: Lines::new(response.into_body()), began, ends, told })
    }

    /// Goes on at once after a watch that has stood for a while. One that never stands is no reason
    /// to ask without pause.
    fn again(&mut self, began: Monotonic, then: At) -> At {
        if self.edge.seams.clock.monotonic().since(began) >= STOOD {
            return then;
        }
        At::Waiting(self.backoff.pause(&*self.edge.seams.randomness), Box::new(then))
    }

    async fn page(&mut self, next: Option<String>) -> Result<At, Failed> {
        let path = listing::page(&self.request, next.as_deref());
        let call = Call::read("list", &self.counted_as, path);
        let longest = Duration::from_secs(READ_TIMEOUT_SECONDS_MAX);
        let answer = self.edge.exchange.ask(call, longest).await;
        let answer = answer.map_err(|lost| outage(lost.message(), At::Beginning))?;
        if !answer.is_success() {
            return Err(Self::refused(&answer, At::Beginning));
        }
        if next.is_none() {
            self.begin();
        }
        let text = answer.text().map_err(|lost| outage(lost.message(), At::Beginning))?;
        let page = Page::read(text).map_err(|e| outage(&e.to_string(), At::Beginning))?;
        for item in page.items {
            self.telling.object(item).map_err(|message| outage(&message, At::Beginning))?;
        }
        match page.next {
            Some(next) => Ok(At::Paging(next)),
            None => Ok(At::Resting(self.whole(page.version))),
        }
    }

    async fn read(&mut self, mut reading: Reading) -> Result<At, Failed> {
        let line = self.line(&mut reading).await;
        let line = match (line, reading.told.clone()) {
            (Ok(line), _) => line,
            (Err(End::Silent), None) if self.within(reading.ends) => {
                // A server that does not know the request streams the objects, and never says
                // that they have all come.
                self.can_stream = false;
                return Ok(At::Beginning);
            }
            (Err(_), Some(version)) => {
                return Ok(self.again(reading.began, At::Resting(version)));
            }
            (Err(end), None) => return Err(outage(&end.to_string(), At::Beginning)),
        };
        let again = || reading.told.clone().map_or(At::Beginning, At::Resting);
        let text = std::str::from_utf8(&line);
        let text = text.map_err(|_| outage("an event is not UTF-8", again()))?;
        let line = Line::read(text).map_err(|error| outage(&error.to_string(), again()))?;
        let told = self.take(line, reading.told.is_some());
        match told {
            Ok(Some(version)) => reading.told = Some(version),
            Ok(None) => {}
            Err(Refused::Expired) => return Ok(self.again(reading.began, At::Beginning)),
            Err(Refused::Otherwise(message)) => return Err(outage(&message, At::Beginning)),
        }
        Ok(At::Reading(reading))
    }

    /// Tells one line. Returns the version up to which all is told now, if that follows from it.
    fn take(
        &mut self,
        line: Option<Line<'_>>,
        is_whole: bool,
    ) -> Result<Option<ResourceVersion>, Refused> {
        let told = match line {
            None => return Ok(None),
            Some(Line::Object(text)) => self.telling.object(text),
            Some(Line::Deleted(text)) => self.telling.deleted(text),
            Some(Line::Bookmark { version, initial_end: true }) if !is_whole => {
                return Ok(Some(self.whole(version)));
            }
            Some(Line::Bookmark { version, .. }) => {
                if is_whole {
                    self.backoff.reset();
                    self.telling.progress(&version);
                }
                Ok(version)
            }
            Some(Line::Error(refusal)) => return Err(Refused::of(&refusal)),
        };
        let version = told.map_err(Refused::Otherwise)?;
        Ok(is_whole.then_some(version))
    }

    async fn line(&mut self, reading: &mut Reading) -> Result<Bytes, End> {
        let clock = &*self.edge.seams.clock;
        let left = reading.ends.since(clock.monotonic());
        let longest = match reading.told {
            Some(_) => left,
            None => left.min(Duration::from_secs(WATCH_FIRST_SECONDS_MAX)),
        };
        reading.lines.next(clock, longest).await
    }

    fn within(&self, ends: Monotonic) -> bool {
        self.edge.seams.clock.monotonic() < ends
    }

    fn begin(&mut self) {
        if self.beginnings > 0 {
            self.edge.exchange.requests().restarted(&self.counted_as);
        }
        self.beginnings += 1;
        self.telling.begin();
    }

    fn whole(&mut self, version: ResourceVersion) -> ResourceVersion {
        self.backoff.reset();
        self.is_broken = false;
        self.telling.whole(&version);
        version
    }

    /// For how many seconds the server is asked to keep a watch, and until when it must have ended.
    fn term(&self) -> (u64, Monotonic) {
        let seams = &self.edge.seams;
        let longest = Duration::from_secs(WATCH_SECONDS);
        let term = jittered(&*seams.randomness, longest.saturating_sub(SPREAD), SPREAD);
        let silence = Duration::from_secs(WATCH_SILENCE_SECONDS_MAX);
        (term.as_secs(), seams.clock.monotonic() + term + silence)
    }

    async fn open(
        &mut self,
        path: String,
    ) -> Result<Result<http::Response<Body>, Answer>, NoAnswer> {
        let call = Call::read("watch", &self.counted_as, path);
        self.edge.exchange.open(call, Duration::from_secs(READ_TIMEOUT_SECONDS_MAX)).await
    }

    fn refused(answer: &Answer, again: At) -> Failed {
        let refusal = answer.refusal();
        let (trouble, again) = match refusal.code {
            403 => (Trouble::Forbidden, At::Beginning),
            404 | 405 => (Trouble::NotServed, At::Beginning),
            410 => (Trouble::Outage, At::Beginning),
            _ => (Trouble::Outage, again),
        };
        let message = refusal::sentence(&refusal);
        Failed { trouble, message, pause: answer.retry_after, again }
    }
}

/// Why a watch was ended by the server.
enum Refused {
    /// The version is too old: the collection has to be read again.
    Expired,
    /// Anything else.
    Otherwise(String),
}

impl Refused {
    fn of(refusal: &Refusal) -> Self {
        match refusal.code {
            410 => Self::Expired,
            _ => Self::Otherwise(refusal.message.clone()),
        }
    }
}

fn outage(message: &str, again: At) -> Failed {
    Failed { trouble: Trouble::Outage, message: message.to_owned(), pause: None, again }
}
