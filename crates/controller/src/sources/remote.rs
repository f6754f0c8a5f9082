//! One remote.

use super::relations::Relations;
use super::{Ask, Attention, Hunt, Often, Pace, Tip, Trouble};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use trimtab_model::{AppId, Class, Commit, Remote, RevisionSpec, SourceRevision, Timestamp, limit};
use trimtab_ports::git::{Ancestry, Refs};

/// The pause after the first failed look; each further one is twice as long, up to the limit.
const FIRST_RETRY: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct RemoteState {
    wants: BTreeMap<RevisionSpec, Want>,
    refs: Option<Arc<Refs>>,
    looking: bool,
    /// Somebody asked while a look was running, which may have begun too early to see what they mean.
    look_again: bool,
    due: Timestamp,
    last_look: Option<Timestamp>,
    look_began: Option<Timestamp>,
    failures: u32,
    trouble: Option<Trouble>,
    hunt: Option<Hunt>,
    pub(super) renew_access: bool,
    pub(super) relations: Relations,
}

#[derive(Debug, Default)]
struct Want {
    readers: BTreeMap<AppId, Attention>,
    tip: Option<Tip>,
    coming: Option<SourceRevision>,
    trouble: Option<Trouble>,
}

impl RemoteState {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            wants: BTreeMap::new(),
            refs: None,
            looking: false,
            look_again: false,
            due: now,
            last_look: None,
            look_began: None,
            failures: 0,
            trouble: None,
            hunt: None,
            renew_access: false,
            relations: Relations::default(),
        }
    }

    pub(super) fn want(
        &mut self,
        app: &AppId,
        specs: &BTreeSet<RevisionSpec>,
        attention: Attention,
        (pace, now): (&Pace, Timestamp),
    ) {
        let before = self.pause_for_all(pace);
        for spec in specs {
            if !self.wants.contains_key(spec) {
                self.hurry(now);
            }
            self.wants.entry(spec.clone()).or_default().readers.insert(app.clone(), attention);
        }
        self.wants.retain(|spec, want| {
            if !specs.contains(spec) {
                want.readers.remove(app);
            }
            !want.readers.is_empty()
        });
        // Who wants it sooner than it is due does not wait for what others wanted.
        let sooner = self.pause_for_all(pace).filter(|pause| before.is_none_or(|b| *pause < b));
        if let (Some(last), Some(pause)) = (self.last_look, sooner) {
            self.due = self.due.min(last.checked_add(pause).unwrap_or(Timestamp::MAX).max(now));
        }
    }

    pub(super) fn forget(&mut self, app: &AppId) {
        self.wants.retain(|_, want| {
            want.readers.remove(app);
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
        self.trouble.as_ref().or_else(|| self.wants.get(spec)?.trouble.as_ref())
    }

    pub(super) fn seen_since(&self, asked: Timestamp) -> bool {
        self.is_settled() || self.last_look.is_some_and(|began| began >= asked)
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

    pub(super) fn hurry(&mut self, now: Timestamp) {
        self.due = self.due.min(now);
        self.look_again |= self.looking;
    }

    pub(super) fn hunt(&mut self, commit: Option<Commit>) {
        self.hunt = commit.map(Hunt::new).or_else(|| self.hunt.take());
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let look = (!self.looking).then_some(self.due);
        [look, self.relations.next_due()].into_iter().flatten().min()
    }

    pub(super) fn relations_due(&mut self, remote: &Remote, now: Timestamp) -> Vec<Ask> {
        let timeout = self.timeout();
        self.relations.due(remote, timeout, now)
    }

    pub(super) fn due(&mut self, remote: &Remote, now: Timestamp) -> Option<Ask> {
        if self.looking || self.due > now {
            return None;
        }
        if self.is_settled() {
            self.due = Timestamp::MAX;
            return None;
        }
        self.looking = true;
        self.look_began = Some(now);
        let others = self.wants.keys().filter_map(|spec| match spec {
            RevisionSpec::Ref(name) => Some(name.clone()),
            RevisionSpec::Named(name) if name.starts_with("refs/") => Some(name.clone()),
            _ => None,
        });
        Some(Ask::Look {
            remote: remote.clone(),
            others: others.collect(),
            previous: self.refs.clone(),
            renew_access: std::mem::take(&mut self.renew_access),
            timeout: self.timeout(),
        })
    }

    /// Refs were seen: every source's revision is resolved, and a commit that is not readable yet is
    /// fetched.
    pub(super) fn saw(
        &mut self,
        remote: &Remote,
        refs: &Arc<Refs>,
        pace: &Pace,
        (now, chance): (Timestamp, f64),
    ) -> (Vec<Ask>, BTreeSet<AppId>) {
        let recovered = self.trouble.take().is_some();
        self.failures = 0;
        self.last_look = self.look_began.take();
        self.refs = Some(refs.clone());
        self.schedule(pace, now, chance);
        let timeout = self.timeout();
        let mut asks = BTreeMap::new();
        let mut touched = if recovered { self.readers() } else { BTreeSet::new() };
        for (spec, want) in &mut self.wants {
            match refs.resolve(remote, spec, &|_| None) {
                Ok(revision) => {
                    want.resolved((remote, timeout), revision, &mut asks, &mut touched);
                }
                Err(error) => want.failed(user_trouble(&error), &mut touched),
            }
        }
        (asks.into_values().collect(), touched)
    }

    fn schedule(&mut self, pace: &Pace, now: Timestamp, chance: f64) {
        self.looking = false;
        let pause = self.pause_for_all(pace);
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
        if std::mem::take(&mut self.look_again) {
            self.due = now;
        }
    }

    fn attentions(&self) -> impl Iterator<Item = &Attention> {
        self.wants.values().flat_map(|want| want.readers.values())
    }

    /// The shortest pause that a reader wants; nothing where none wants any.
    fn pause_for_all(&self, pace: &Pace) -> Option<Duration> {
        self.attentions()
            .filter_map(|attention| match attention.often {
                Often::AtPace => Some(pace.poll),
                Often::Every(pause) => Some(pause),
                Often::AsOthers => None,
            })
            .min()
    }

    /// The longest that a reader allows: a remote that several read is asked once for all.
    fn timeout(&self) -> Option<Duration> {
        self.attentions().filter_map(|attention| attention.timeout).max()
    }

    /// A look failed. A tip that is readable stays in use (P13).
    pub(super) fn failed(&mut self, trouble: Trouble, now: Timestamp) -> BTreeSet<AppId> {
        self.looking = false;
        self.look_began = None;
        self.look_again = false;
        self.renew_access |= trouble.class == Class::User;
        self.due = now.checked_add(self.pause()).unwrap_or(Timestamp::MAX);
        self.failures = self.failures.saturating_add(1);
        let changed = self.trouble.as_ref() != Some(&trouble);
        self.trouble = Some(trouble);
        if changed { self.readers() } else { BTreeSet::new() }
    }

    fn pause(&self) -> Duration {
        let longest = Duration::from_secs(limit::BACKOFF_SECONDS_MAX);
        FIRST_RETRY.saturating_mul(2_u32.saturating_pow(self.failures.min(16))).min(longest)
    }

    pub(super) fn fetched(&mut self, commit: &Commit, ancestry: Ancestry) -> BTreeSet<AppId> {
        let mut touched = BTreeSet::new();
        for want in self.wants.values_mut() {
            if let Some(revision) = want.coming.take_if(|coming| coming.commit == *commit) {
                want.trouble = None;
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

    pub(super) fn fetch_failed(
        &mut self,
        commit: &Commit,
        trouble: Trouble,
        now: Timestamp,
    ) -> BTreeSet<AppId> {
        let mut touched = BTreeSet::new();
        for want in self.wants.values_mut() {
            if want.coming.take_if(|coming| coming.commit == *commit).is_some() {
                want.failed(trouble.clone(), &mut touched);
            }
        }
        // The next look resolves and fetches again.
        touched.extend(self.failed(trouble, now));
        touched
    }
}

impl Want {
    fn resolved(
        &mut self,
        (remote, timeout): (&Remote, Option<Duration>),
        revision: SourceRevision,
        asks: &mut BTreeMap<Commit, Ask>,
        touched: &mut BTreeSet<AppId>,
    ) {
        if self.trouble.take().is_some() {
            touched.extend(self.readers.keys().cloned());
        }
        if self.tip.as_ref().is_some_and(|tip| tip.revision == revision) {
            self.coming = None;
            return;
        }
        if self.coming.as_ref() == Some(&revision) {
            return;
        }
        let known_tip = self.tip.as_ref().map(|tip| tip.revision.commit.clone());
        let commit = revision.commit.clone();
        asks.entry(commit.clone()).or_insert(Ask::Fetch {
            remote: remote.clone(),
            commit,
            known_tip,
            timeout,
        });
        self.coming = Some(revision);
    }

    fn failed(&mut self, trouble: Trouble, touched: &mut BTreeSet<AppId>) {
        self.coming = None;
        if self.trouble.as_ref() != Some(&trouble) {
            self.trouble = Some(trouble);
            touched.extend(self.readers.keys().cloned());
        }
    }
}

fn user_trouble(error: &trimtab_ports::git::Error) -> Trouble {
    Trouble { class: error.class(), message: error.to_string() }
}
