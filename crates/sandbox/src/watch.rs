//! Open watches: what each is still to be told.

mod lines;
mod stream;

pub(crate) use stream::Stream;

use crate::faults::WatchFacts;
use crate::read::{Form, check_watch, number_parameter, selector, version_parameter};
use crate::refusal::Refusal;
use crate::request::Request;
use crate::selector::Selector;
use crate::server::{Server, Target};
use crate::store::{Change, Store};
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};
use std::task::Waker;
use std::time::Duration;
use trimtab_ports::clock::jittered;

/// A watch that is behind by more lines than this is ended, as the server ends one that is too slow.
const WATCH_LINES_MAX: usize = 100_000;
/// How long a watch lasts at least if nobody says.
const WATCH_DEFAULT: Duration = Duration::from_mins(30);

/// A watch that has just been opened.
#[derive(Debug)]
pub(crate) struct Opened {
    pub number: u64,
    /// After this time the server ends it.
    pub lasts: Duration,
    /// Whether it is told from time to time that nothing has happened.
    pub bookmarks: bool,
}

/// An open watch.
#[derive(Debug)]
struct Watch {
    facts: WatchFacts,
    target: Target,
    selector: Selector,
    form: Form,
    bookmarks: bool,
    /// All changes up to here are told or stand in the queue.
    position: u64,
    queue: VecDeque<Bytes>,
    end: Option<End>,
    waker: Option<Waker>,
}

/// How a watch ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The connection breaks.
    Cut,
    /// The server ends the answer after what stands in the queue.
    Closed,
}

/// What a watch is told next.
#[derive(Debug)]
pub(crate) enum Next {
    Line(Bytes),
    Nothing,
    Ended(End),
}

/// All open watches.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    opened: u64,
    open: BTreeMap<u64, Watch>,
    /// Watches that have something to be told and were not woken yet.
    behind: Vec<u64>,
}

impl Watches {
    pub fn facts(&self) -> Vec<WatchFacts> {
        self.open.values().map(|watch| watch.facts.clone()).collect()
    }

    /// The next thing that a watch is told; with nothing to tell, the waker is kept.
    pub fn next(&mut self, number: u64, waker: &Waker) -> Next {
        let Some(watch) = self.open.get_mut(&number) else { return Next::Ended(End::Cut) };
        if watch.end == Some(End::Cut) {
            return Next::Ended(End::Cut);
        }
        if !watch.facts.is_held {
            if let Some(line) = watch.queue.pop_front() {
                return Next::Line(line);
            }
            if let Some(end) = watch.end {
                return Next::Ended(end);
            }
        }
        watch.waker = Some(waker.clone());
        Next::Nothing
    }

    /// Lets every watch that is not held take the changes so far.
    pub fn take(&mut self, store: &Store) {
        for (number, watch) in &mut self.open {
            if !watch.facts.is_held && watch.take(store) {
                self.behind.push(*number);
            }
        }
        self.wake_behind();
    }

    fn wake_behind(&mut self) {
        for number in std::mem::take(&mut self.behind) {
            if let Some(waker) = self.open.get_mut(&number).and_then(|watch| watch.waker.take()) {
                waker.wake();
            }
        }
    }

    fn change(
        &mut self,
        which: impl Fn(&WatchFacts) -> bool,
        change: impl Fn(&mut Watch),
    ) -> usize {
        let mut changed = 0;
        for (number, watch) in &mut self.open {
            if which(&watch.facts) {
                change(watch);
                self.behind.push(*number);
                changed += 1;
            }
        }
        self.wake_behind();
        changed
    }

    pub fn cut(&mut self, which: impl Fn(&WatchFacts) -> bool) -> usize {
        self.change(which, |watch| {
            watch.queue.clear();
            watch.end = Some(End::Cut);
        })
    }

    pub fn expire(&mut self, which: impl Fn(&WatchFacts) -> bool) -> usize {
        self.change(which, |watch| watch.end_with(&lines::expired(watch.position, None)))
    }

    /// Holds watches, or releases them.
    pub fn hold(&mut self, which: impl Fn(&WatchFacts) -> bool, held: bool) -> usize {
        let changes = |facts: &WatchFacts| facts.is_held != held && which(facts);
        self.change(changes, |watch| watch.facts.is_held = held)
    }

    /// Tells watches that they were told everything.
    pub fn bookmark(&mut self, which: impl Fn(&WatchFacts) -> bool) -> usize {
        let told = |facts: &WatchFacts| !facts.is_held && which(facts);
        self.change(told, |watch| {
            if watch.bookmarks && watch.end.is_none() {
                let line = lines::bookmark(&watch.target, watch.form, watch.position, false);
                watch.queue.push_back(line);
            }
        })
    }

    pub fn close(&mut self, number: u64) {
        self.open.remove(&number);
    }
}

impl Watch {
    /// Takes the changes so far into the queue. Returns whether there is something to be told.
    fn take(&mut self, store: &Store) -> bool {
        if self.end.is_some() || self.position >= store.revision() {
            return false;
        }
        if self.position < store.compacted() {
            self.end_with(&lines::expired(self.position, Some(store.compacted())));
            return true;
        }
        let before = self.queue.len();
        for change in store.changes_after(self.position) {
            if let Some(line) = self.line(change) {
                self.queue.push_back(line);
            }
        }
        self.position = store.revision();
        if self.queue.len() > WATCH_LINES_MAX {
            self.queue.clear();
            self.end = Some(End::Closed);
        }
        self.queue.len() != before || self.end.is_some()
    }

    /// Tells why it cannot go on, and ends.
    fn end_with(&mut self, why: &Refusal) {
        if self.end.is_none() {
            self.queue.push_back(lines::error(why));
            self.end = Some(End::Closed);
        }
    }

    /// What a change is to this watch. An object that begins to be selected is added to it, and one
    /// that ceases to be is gone.
    fn line(&self, change: &Change) -> Option<Bytes> {
        let Target { resource, namespace, .. } = &self.target;
        let within = namespace.is_empty() || **namespace == *change.key.namespace;
        if !within || !change.key.is_of(&resource.group, &resource.plural) {
            return None;
        }
        let was = change.before.as_ref().filter(|before| self.selector.matches(before));
        let is = !change.is_end && self.selector.matches(&change.after);
        match (was, is) {
            (None, false) => None,
            (None, true) => Some(self.event("ADDED", &change.after)),
            (Some(_), true) => Some(self.event("MODIFIED", &change.after)),
            (Some(_), false) if change.is_end => Some(self.event("DELETED", &change.after)),
            (Some(before), false) => {
                let mut last = serde_json::Value::clone(before);
                last["metadata"]["resourceVersion"] = change.revision.to_string().into();
                Some(self.event("DELETED", &last.into()))
            }
        }
    }

    fn event(&self, kind: &str, object: &std::sync::Arc<serde_json::Value>) -> Bytes {
        lines::event(kind, &self.form.object(&self.target.seen(object)))
    }
}

/// Where a watch begins.
struct Beginning {
    /// Whether it is told what is there first.
    objects: bool,
    /// Whether it is told when it was told all that is there.
    says_end: bool,
    position: u64,
    /// Why it ends at once.
    late: Option<Refusal>,
}

impl Server {
    pub(crate) fn watch(&mut self, request: &Request, target: &Target) -> Result<Opened, Refusal> {
        let form = Form::of(request)?;
        let selector = selector(request, target)?;
        let bookmarks = request.flag("allowWatchBookmarks");
        let lasts = self.duration(request)?;
        let beginning = self.beginning(request, bookmarks)?;
        self.watches.opened += 1;
        let number = self.watches.opened;
        let facts = WatchFacts {
            number,
            user: request.user.clone(),
            group: target.resource.group.clone(),
            resource: target.resource.plural.clone(),
            namespace: Some(target.namespace.clone()).filter(|namespace| !namespace.is_empty()),
            is_held: false,
        };
        let mut watch = Watch {
            facts,
            target: target.clone(),
            selector,
            form,
            bookmarks,
            position: beginning.position,
            queue: VecDeque::new(),
            end: None,
            waker: None,
        };
        match beginning.late {
            Some(refusal) => watch.end_with(&refusal),
            None => self.tell_beginning(&mut watch, beginning.objects, beginning.says_end),
        }
        self.watches.open.insert(number, watch);
        Ok(Opened { number, lasts, bookmarks })
    }

    fn tell_beginning(&self, watch: &mut Watch, objects: bool, says_end: bool) {
        if objects {
            let all = self.store.of_place(&watch.target.resource, &watch.target.namespace);
            let selected = all.filter(|(_, object)| watch.selector.matches(object));
            let lines: Vec<Bytes> =
                selected.map(|(_, object)| watch.event("ADDED", object)).collect();
            watch.queue.extend(lines);
        }
        if says_end {
            let line = lines::bookmark(&watch.target, watch.form, watch.position, true);
            watch.queue.push_back(line);
        }
        watch.take(&self.store);
    }

    fn beginning(&self, request: &Request, bookmarks: bool) -> Result<Beginning, Refusal> {
        check_watch(request)?;
        let version =
            version_parameter(request).map_err(|message| Refusal::new(500, "", message))?;
        let current = self.store.revision();
        let from = version.filter(|version| *version > 0);
        // A watch that names no version begins with what is there. Source: apimachinery,
        // `pkg/apis/meta/internalversion/defaults.go`.
        let says = request.parameter("sendInitialEvents").is_some();
        let objects = if says { request.flag("sendInitialEvents") } else { from.is_none() };
        let late = from.filter(|asked| says && *asked > current);
        let late = late.map(|asked| Refusal::too_new(asked, current));
        let position = if objects { current } else { from.unwrap_or(current) };
        Ok(Beginning { objects, says_end: objects && bookmarks, position, late })
    }

    fn duration(&self, request: &Request) -> Result<Duration, Refusal> {
        let seconds = number_parameter(request, "timeoutSeconds")?.unwrap_or(0);
        Ok(match u64::try_from(seconds) {
            Ok(seconds) if seconds > 0 => Duration::from_secs(seconds),
            _ => jittered(&*self.seams.randomness, WATCH_DEFAULT, WATCH_DEFAULT),
        })
    }
}
