//! What the cluster serves, and which collections are watched.

use super::resources::Reading;
use super::unread::TOLD_AFTER;
use super::{ASK_AGAIN, DISCOVER_AGAIN, Engine};
use crate::effect::Effect;
use std::collections::BTreeSet;
use std::time::Duration;
use trimtab_model::{AppId, GroupKind, GroupVersionKind, Scope, Timestamp, limit};
use trimtab_plan::{Desired, KindFact, Live};
use trimtab_ports::cluster::{Detail, Discovery, Trouble, WatchEvent, WatchRequest};
use trimtab_sync::Failure;

impl Engine {
    pub(super) fn discovered(&mut self, answer: Result<Discovery, Failure>, now: Timestamp) {
        match answer {
            Ok(discovery) => {
                self.discover_failures = 0;
                let is_partial = discovery.is_partial();
                let is_news = self.index.discovered(discovery);
                self.discovered = true;
                if is_news {
                    self.discover_pause = ASK_AGAIN;
                    self.kinds_epoch += 1;
                    self.read_resources(now);
                    self.touch_apps();
                }
                self.note_unknown_kinds(now);
                if is_partial || !self.missing_kinds.is_empty() {
                    self.discover_later(now);
                }
            }
            Err(failure) => {
                let pause = DISCOVER_AGAIN.pause(self.discover_failures);
                self.discover_failures = self.discover_failures.saturating_add(1);
                tracing::warn!(reason = failure.message, "discovery failed; again in {pause:?}");
                self.discover_at = now.checked_add(pause).ok();
            }
        }
    }

    /// Takes note of whether an application wants a kind that the cluster does not serve, or not at that
    /// version, as far as we know.
    pub(super) fn note_missing(&mut self, app: &AppId, desired: Option<&Desired>, now: Timestamp) {
        let refused = desired.into_iter().flat_map(|desired| &desired.refused_at);
        let mut facts = refused.map(|(key, (at, _))| self.index.kind(&key.group_kind(), at));
        if facts.all(|fact| matches!(fact, KindFact::Served(_))) {
            self.missing_kinds.remove(app);
        } else if self.missing_kinds.insert(app.clone()) {
            self.discover_later(now);
        }
    }

    /// A person asks for a look at an application that wants what is not served: so is the cluster.
    pub(super) fn discover_for(&mut self, app: &AppId, now: Timestamp) {
        if self.missing_kinds.contains(app) {
            self.discover_at = Some(now);
        }
    }

    /// Definitions are watched; that an aggregated API has come, or is back, only discovery says. It is
    /// asked while a group does not answer, or somebody wants a kind that is not there, less and less
    /// often.
    fn discover_later(&mut self, now: Timestamp) {
        let at = now.checked_add(self.discover_pause).unwrap_or(now);
        self.discover_at = Some(self.discover_at.map_or(at, |due| due.min(at)));
        let longest = Duration::from_secs(limit::BACKOFF_SECONDS_MAX);
        self.discover_pause = (self.discover_pause * 2).min(longest);
    }

    /// Begins to read every kind that we read and the cluster serves, and that is not read yet.
    fn read_resources(&mut self, now: Timestamp) {
        for reading in Reading::ALL {
            if self.readings.values().any(|known| *known == reading) {
                continue;
            }
            let kind = self.families.kind(reading);
            let Some(request) = self.request(&kind, Detail::Whole, reading.is_of_namespace())
            else {
                let fact = self.index.kind(&kind.group_kind(), &kind.version);
                if reading == Reading::Inventories && !matches!(fact, KindFact::Unknown(_)) {
                    self.shards_not_served(now);
                }
                continue;
            };
            let id = self.watches.reserve();
            self.readings.insert(id, reading);
            self.effects.push(Effect::Watch(id, request));
        }
        self.note_completeness();
    }

    fn request(&self, kind: &GroupVersionKind, detail: Detail, ours: bool) -> Option<WatchRequest> {
        let served = self.index.served(&kind.group_kind())?;
        let namespace =
            (ours && served.scope == Scope::Namespaced).then(|| self.settings.namespace.clone());
        Some(WatchRequest {
            kind: kind.clone(),
            plural: served.plural,
            scope: served.scope,
            namespace,
            detail,
        })
    }

    /// Watches exactly what an application needs, beside what others need.
    pub(super) fn need(&mut self, app: &AppId, kinds: BTreeSet<GroupVersionKind>) {
        let kinds = kinds.into_iter().filter_map(|kind| self.watched_at(kind)).collect();
        let change = self.watches.need(app, kinds);
        for (id, kind) in change.end {
            self.index.forget(&kind, None);
            self.outages.remove(&kind);
            if !change.begin.iter().any(|(_, begun)| begun.group_kind() == kind) {
                // Nobody would hear of the end of its objects.
                self.memory.forget_kind(&kind);
            }
            self.effects.push(Effect::Unwatch(id));
        }
        for (id, kind) in change.begin {
            if let Some(request) = self.request(&kind, Detail::Rows, false) {
                self.effects.push(Effect::Watch(id, request));
            } else {
                tracing::debug!(%kind, "not served");
            }
        }
    }

    /// The version at which a kind is watched: the one that is asked for, or another that the cluster
    /// serves, under which the objects are the same.
    fn watched_at(&self, kind: GroupVersionKind) -> Option<GroupVersionKind> {
        let served = self.index.served(&kind.group_kind())?;
        if served.at(&kind.version).is_some() {
            return Some(kind);
        }
        let other = served.versions.first()?;
        Some(kind.group_kind().at(other.version.clone()))
    }

    /// Takes note of since when a kind's collection cannot be read for a reason that may pass.
    pub(super) fn note_outage(&mut self, kind: &GroupKind, event: &WatchEvent, now: Timestamp) {
        match event {
            WatchEvent::Broken { trouble: Trouble::Outage, .. } => {
                self.outages.entry(kind.clone()).or_insert(now);
            }
            WatchEvent::Broken { .. } | WatchEvent::Synced => drop(self.outages.remove(kind)),
            WatchEvent::Started
            | WatchEvent::Row(_)
            | WatchEvent::Object(_)
            | WatchEvent::Gone { .. }
            | WatchEvent::Progress(_) => {}
        }
    }

    /// Whether a kind's collection is read as far as it can be. One that could not be read so far is waited
    /// for: a server that has just begun to serve a kind says no at first.
    pub(super) fn is_settled(&self, key: &trimtab_model::ObjectKey) -> bool {
        let kind: GroupKind = key.group_kind();
        self.index.is_whole(key)
            || (self.index.trouble(key).is_some() && self.waited_for(&kind).is_none())
            || self.index.served(&kind).is_none()
            || !self.watches.is_watched(&kind)
    }

    /// Until when it is waited for that a kind's collection can be read, if it is.
    pub(super) fn waited_for(&self, kind: &GroupKind) -> Option<Timestamp> {
        let until = self.outages.get(kind)?.checked_add(TOLD_AFTER).ok()?;
        (until > self.now).then_some(until)
    }
}
