//! One remote.

use super::attentions::Attentions;
use super::relations::Relations;
use super::{Ask, Attention, Hunt, Pace, Seen, Tip, Trouble};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use trimtab_model::{
    AppId, Backoff, Class, Commit, Remote, RevisionSpec, SourceRevision, Timestamp, limit,
};
use trimtab_ports::git::{Ancestry, Refs, WantedRefs, abbreviated};

/// The longest that a server keeps us from asking it.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(limit::GIT_RETRY_AFTER_SECONDS_MAX);

/// The least pause between two looks that pushes ask for.
const PUSH_PAUSE: Duration = Duration::from_secs(limit::WEBHOOK_PAUSE_SECONDS);

/// The pauses after looks, or fetches of one commit, that failed in a row.
const RETRY: Backoff = Backoff {
    first: Duration::from_secs(2),
    factor: 2,
    longest: Some(Duration::from_secs(limit::BACKOFF_SECONDS_MAX)),
};

#[derive(Debug)]
pub(super) struct RemoteState {
    wants: BTreeMap<RevisionSpec, Want>,
    /// Of all readers of all wants.
    attentions: Attentions,
    refs: Option<Arc<Refs>>,
    looking: bool,
    /// Somebody asked while a look was running, which may have begun too early to see what they mean: when
    /// it is looked at again.
    look_again: Option<Timestamp>,
    /// Somebody says that it was pushed to, and no look has begun since.
    pushed: bool,
    /// No look is made before that time only because somebody says so again.
    no_push_before: Timestamp,
    due: Timestamp,
    /// The server asked us to come back later: whoever wants what, nothing is asked before that time.
    not_before: Timestamp,
    last_look: Option<Timestamp>,
    look_began: Option<Timestamp>,
    failures: u32,
    trouble: Option<Trouble>,
    hunt: Option<Hunt>,
    pub(super) renew_access: bool,
    pub(super) relations: Relations,
    /// The readers that were promised a look of their own.
    promised: BTreeMap<AppId, Promise>,
}

/// A look that a reader waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Promise {
    /// It has not begun: one that runs already may have begun too early.
    Open,
    /// It runs.
    UnderWay,
}

#[derive(Debug, Default)]
struct Want {
    readers: BTreeMap<AppId, Attention>,
    /// Whether a look has asked for it: one that runs since before does not know of it.
    asked: bool,
    tip: Option<Tip>,
    coming: Option<SourceRevision>,
    trouble: Option<Trouble>,
    /// What is said while the commit that is coming waits for its turn.
    waits: Option<Trouble>,
    missed: Option<Missed>,
}

/// A commit that could not be fetched. That is the trouble of whoever wants it, and of nobody else.
#[derive(Debug)]
struct Missed {
    commit: Commit,
    /// How often in a row.
    times: u32,
    /// When it is asked for again.
    again: Timestamp,
}

impl RemoteState {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            wants: BTreeMap::new(),
            attentions: Attentions::default(),
            refs: None,
            looking: false,
            look_again: None,
            pushed: false,
            no_push_before: Timestamp::MIN,
            due: now,
            not_before: Timestamp::MIN,
            last_look: None,
            look_began: None,
            failures: 0,
            trouble: None,
            hunt: None,
            renew_access: false,
            relations: Relations::default(),
            promised: BTreeMap::new(),
        }
    }

    pub(super) fn want(
        &mut self,
        app: &AppId,
        specs: &BTreeSet<RevisionSpec>,
        attention: Attention,
        (pace, now): (&Pace, Timestamp),
    ) {
        let before = self.attentions.pause(pace);
        for spec in specs {
            if !self.wants.contains_key(spec) {
                self.hurry(now);
                // A look that runs does not know of it.
                if let Some(promise) = self.promised.get_mut(app) {
                    *promise = Promise::Open;
                }
            }
            let want = self.wants.entry(spec.clone()).or_default();
            let former = want.readers.insert(app.clone(), attention);
            self.attentions.change(former, Some(attention));
        }
        self.unread(app, |spec| !specs.contains(spec));
        // Who wants it sooner than it is due does not wait for what others wanted.
        let sooner = self.attentions.pause(pace).filter(|pause| before.is_none_or(|b| *pause < b));
        if let (Some(last), Some(pause)) = (self.last_look, sooner) {
            self.due = self.due.min(last.checked_add(pause).unwrap_or(Timestamp::MAX).max(now));
        }
    }

    pub(super) fn forget(&mut self, app: &AppId) {
        self.promised.remove(app);
        self.unread(app, |_| true);
    }

    /// One reader reads these no more, and what nobody reads is not wanted.
    fn unread(&mut self, app: &AppId, which: impl Fn(&RevisionSpec) -> bool) {
        self.wants.retain(|spec, want| {
            if which(spec) {
                let former = want.readers.remove(app);
                self.attentions.change(former, None);
            }
            !want.readers.is_empty()
        });
    }

    pub(super) fn is_wanted(&self) -> bool {
        !self.wants.is_empty()
    }

    pub(super) fn is_troubled(&self) -> bool {
        self.trouble.is_some()
    }

    pub(super) fn readers(&self) -> BTreeSet<AppId> {
        self.wants.values().flat_map(|want| want.readers.keys().cloned()).collect()
    }

    pub(super) fn tip(&self, spec: &RevisionSpec) -> Option<&Tip> {
        self.wants.get(spec)?.tip.as_ref()
    }

    pub(super) fn trouble(&self, spec: &RevisionSpec) -> Option<&Trouble> {
        self.trouble.as_ref().or_else(|| self.wants.get(spec)?.trouble())
    }

    /// Promises a reader a look that begins from now on, unless there is nothing to learn.
    pub(super) fn ask(&mut self, reader: &AppId, now: Timestamp) {
        if !self.is_settled() {
            self.promised.insert(reader.clone(), Promise::Open);
            self.renew_access = true;
            self.hurry(now);
        }
    }

    pub(super) fn is_answered(&self, reader: &AppId, spec: &RevisionSpec) -> bool {
        let is_coming = self.wants.get(spec).is_some_and(|want| want.coming.is_some());
        !is_coming && !self.promised.contains_key(reader)
    }

    /// A look has come back. Returns the readers that it was promised to.
    fn keep_promises(&mut self) -> BTreeSet<AppId> {
        let (kept, open): (BTreeMap<_, _>, BTreeMap<_, _>) = std::mem::take(&mut self.promised)
            .into_iter()
            .partition(|(_, promise)| *promise == Promise::UnderWay);
        self.promised = open;
        kept.into_keys().collect()
    }

    /// Whether there is nothing to learn: all that is wanted are commits, and they are here.
    fn is_settled(&self) -> bool {
        let is_commit = |spec: &RevisionSpec| match spec {
            RevisionSpec::Commit { commit: name, .. } | RevisionSpec::Named(name) => {
                Commit::parse(name).is_some()
            }
            RevisionSpec::Head
            | RevisionSpec::Branch(_)
            | RevisionSpec::Tag(_)
            | RevisionSpec::Ref(_) => false,
        };
        self.trouble.is_none()
            && self.wants.iter().all(|(spec, want)| is_commit(spec) && want.tip.is_some())
    }

    /// It is to be looked at then, by a look that begins from now on.
    pub(super) fn hurry(&mut self, at: Timestamp) {
        self.due = self.due.min(at);
        if self.looking {
            self.look_again = Some(self.look_again.map_or(at, |again| again.min(at)));
        }
        for missed in self.wants.values_mut().filter_map(|want| want.missed.as_mut()) {
            missed.again = missed.again.min(at);
        }
    }

    /// Somebody says that it was pushed to, and may say so a thousand times a second.
    pub(super) fn pushed(&mut self, commit: Option<&Commit>, now: Timestamp) {
        self.pushed = true;
        self.hurry(now.max(self.no_push_before));
        self.hunt = commit.cloned().map(Hunt::new).or_else(|| self.hunt.take());
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let look = (!self.looking).then_some(self.due);
        let due = [look, self.relations.next_due()].into_iter().flatten().min();
        due.map(|due| due.max(self.not_before))
    }

    /// Takes in how long the server asks us to wait, if it does.
    pub(super) fn heed(&mut self, trouble: &Trouble, now: Timestamp) {
        if let Some(wait) = trouble.retry_after {
            let until = now.checked_add(wait.min(RETRY_AFTER_MAX)).unwrap_or(now);
            self.not_before = self.not_before.max(until);
        }
    }

    pub(super) fn relations_due(&mut self, remote: &Remote, now: Timestamp) -> Vec<Ask> {
        if self.not_before > now {
            return Vec::new();
        }
        let timeout = self.attentions.timeout();
        self.relations.due(remote, timeout, now)
    }

    pub(super) fn due(&mut self, remote: &Remote, now: Timestamp) -> Option<Ask> {
        if self.looking || self.due.max(self.not_before) > now {
            return None;
        }
        if self.is_settled() && self.promised.is_empty() {
            self.due = Timestamp::MAX;
            return None;
        }
        self.looking = true;
        self.look_began = Some(now);
        if std::mem::take(&mut self.pushed) {
            self.no_push_before = now.checked_add(PUSH_PAUSE).unwrap_or(now);
        }
        self.promised.values_mut().for_each(|promise| *promise = Promise::UnderWay);
        self.wants.values_mut().for_each(|want| want.asked = true);
        let mut wanted = WantedRefs::of(self.wants.keys());
        self.hunt.iter().for_each(|hunt| wanted.announced(hunt.commit()));
        Some(Ask::Look {
            remote: remote.clone(),
            wanted,
            abbreviated: self.wants.keys().filter_map(abbreviated).collect(),
            previous: self.refs.clone(),
            renew_access: std::mem::take(&mut self.renew_access),
            timeout: self.attentions.timeout(),
        })
    }

    /// Refs were seen: every source's revision is resolved, and a commit that is not readable yet is
    /// fetched.
    pub(super) fn saw(
        &mut self,
        remote: &Remote,
        seen: &Seen,
        pace: &Pace,
        (now, chance): (Timestamp, f64),
    ) -> (Vec<Ask>, BTreeSet<AppId>) {
        let recovered = self.trouble.take().is_some();
        self.failures = 0;
        self.last_look = self.look_began.take();
        self.refs = Some(seen.refs.clone());
        self.schedule(pace, now, chance);
        let timeout = self.attentions.timeout();
        let mut asks = BTreeMap::new();
        let mut touched = if recovered { self.readers() } else { BTreeSet::new() };
        for (spec, want) in self.wants.iter_mut().filter(|(_, want)| want.asked) {
            let complete = |name: &str| seen.completed.get(name).cloned();
            match seen.refs.resolve(remote, spec, &complete) {
                Ok(revision) => {
                    if want.is_news(&revision, now, &mut touched) {
                        let ask = want.fetch((remote, timeout), revision);
                        asks.entry(ask.0).or_insert(ask.1);
                    }
                }
                Err(error) => {
                    want.missed = None;
                    want.failed(Trouble::of(&error), &mut touched);
                }
            }
        }
        // What is being fetched is not looked for meanwhile.
        let missing = self.wants.values().filter(|want| want.coming.is_none());
        let again = missing.filter_map(|want| Some(want.missed.as_ref()?.again)).min();
        self.due = self.due.min(again.unwrap_or(self.due).max(now));
        touched.extend(self.keep_promises());
        (asks.into_values().collect(), touched)
    }

    fn schedule(&mut self, pace: &Pace, now: Timestamp, chance: f64) {
        self.looking = false;
        let pause = self.attentions.pause(pace);
        let due = pause.and_then(|pause| now.checked_add(pause + pace.jitter.mul_f64(chance)).ok());
        self.due = due.unwrap_or(Timestamp::MAX);
        let hunted = self.hunt.as_ref().map(Hunt::commit);
        if let (Some(commit), Some(refs)) = (hunted, &self.refs) {
            if refs.rows().iter().any(|row| row.peeled.to_string() == commit.as_str()) {
                self.hunt = None;
            } else if let Some(again) = self.hunt.as_mut().and_then(|hunt| hunt.missed(now)) {
                self.due = self.due.min(again);
            } else {
                self.hunt = None;
            }
        }
        if let Some(again) = self.look_again.take() {
            self.due = self.due.min(again.max(now));
        }
    }

    /// A look failed. A tip that is readable stays in use (P13).
    pub(super) fn failed(&mut self, trouble: Trouble, now: Timestamp) -> BTreeSet<AppId> {
        self.looking = false;
        self.look_began = None;
        self.renew_access |= trouble.class == Class::User;
        let mut touched = self.keep_promises();
        let retry = now.checked_add(RETRY.pause(self.failures)).unwrap_or(Timestamp::MAX);
        let promised = (!self.promised.is_empty()).then_some(now);
        let asked = self.look_again.take().into_iter().chain(promised).min();
        self.due = asked.map_or(retry, |asked| retry.min(asked.max(now)));
        self.failures = self.failures.saturating_add(1);
        self.heed(&trouble, now);
        if self.trouble.as_ref().is_none_or(|known| !known.says_as(&trouble)) {
            touched.extend(self.readers());
        }
        self.trouble = Some(trouble);
        touched
    }

    pub(super) fn fetched(&mut self, commit: &Commit, ancestry: Ancestry) -> BTreeSet<AppId> {
        let mut touched = BTreeSet::new();
        for want in self.wants.values_mut() {
            if let Some(revision) = want.coming.take_if(|coming| coming.commit == *commit) {
                (want.trouble, want.waits, want.missed) = (None, None, None);
                want.tip = Some(Tip { revision, ancestry });
                touched.extend(want.readers.keys().cloned());
            }
        }
        let tips: BTreeSet<&Commit> = self
            .wants
            .values()
            .filter_map(|want| Some(&want.tip.as_ref()?.revision.commit))
            .collect();
        self.relations.retain(|commit| tips.contains(commit));
        touched
    }

    /// A commit that is coming has waited long for its turn: people are told what for.
    pub(super) fn waits(&mut self, remote: &Remote, commit: &Commit) -> BTreeSet<AppId> {
        let mut touched = BTreeSet::new();
        for want in self.wants.values_mut() {
            if want.coming.as_ref().is_some_and(|coming| coming.commit == *commit) {
                want.waits = Some(waiting(remote, commit));
                touched.extend(want.readers.keys().cloned());
            }
        }
        touched
    }

    /// A commit cannot be had. Who wants another one of the same remote is not touched by that: were
    /// the remote itself in trouble, the next look would say so.
    pub(super) fn fetch_failed(
        &mut self,
        commit: &Commit,
        trouble: &Trouble,
        now: Timestamp,
    ) -> BTreeSet<AppId> {
        let mut touched = BTreeSet::new();
        for want in self.wants.values_mut() {
            if want.coming.take_if(|coming| coming.commit == *commit).is_some() {
                // The look at that time resolves and fetches again.
                self.due = self.due.min(want.miss(commit, now));
                want.failed(trouble.clone(), &mut touched);
                // Somebody may wait for the end of this fetch, whatever it brings.
                touched.extend(want.readers.keys().cloned());
            }
        }
        touched
    }
}

fn waiting(remote: &Remote, commit: &Commit) -> Trouble {
    let message = format!(
        "commit {} of {remote} waits for its turn to be checked: what other repositories sent is, {} \
         packs at a time",
        commit.short(),
        limit::GIT_INDEXINGS_MAX,
    );
    Trouble { class: Class::Retry, message, of_access: false, retry_after: None }
}

impl Want {
    /// What is wrong with it, or else what its commit waits for.
    fn trouble(&self) -> Option<&Trouble> {
        let waits = self.waits.as_ref().filter(|_| self.coming.is_some());
        self.trouble.as_ref().or(waits)
    }

    /// Takes in what its revision is at the moment. Returns whether that is to be fetched now. A commit
    /// that could not be had stays the trouble that it is until it can.
    fn is_news(
        &mut self,
        revision: &SourceRevision,
        now: Timestamp,
        touched: &mut BTreeSet<AppId>,
    ) -> bool {
        if let Some(missed) = self.missed.as_ref().filter(|m| m.commit == revision.commit) {
            return missed.again <= now && self.coming.is_none();
        }
        self.missed = None;
        if self.trouble.take().is_some() {
            touched.extend(self.readers.keys().cloned());
        }
        if self.tip.as_ref().is_some_and(|tip| tip.revision == *revision) {
            (self.coming, self.waits) = (None, None);
            return false;
        }
        self.coming.as_ref() != Some(revision)
    }

    fn fetch(
        &mut self,
        (remote, timeout): (&Remote, Option<Duration>),
        revision: SourceRevision,
    ) -> (Commit, Ask) {
        let known_tip = self.tip.as_ref().map(|tip| tip.revision.commit.clone());
        let commit = revision.commit.clone();
        let ask = Ask::Fetch { remote: remote.clone(), commit: commit.clone(), known_tip, timeout };
        (self.coming, self.waits) = (Some(revision), None);
        (commit, ask)
    }

    /// Its commit could not be fetched. Returns when it is asked for again.
    fn miss(&mut self, commit: &Commit, now: Timestamp) -> Timestamp {
        let before = self.missed.take().filter(|missed| missed.commit == *commit);
        let times = before.map_or(0, |missed| missed.times);
        let again = now.checked_add(RETRY.pause(times)).unwrap_or(Timestamp::MAX);
        let times = times.saturating_add(1);
        self.missed = Some(Missed { commit: commit.clone(), times, again });
        again
    }

    fn failed(&mut self, trouble: Trouble, touched: &mut BTreeSet<AppId>) {
        self.coming = None;
        if self.trouble.as_ref().is_none_or(|known| !known.says_as(&trouble)) {
            self.trouble = Some(trouble);
            touched.extend(self.readers.keys().cloned());
        }
    }
}
