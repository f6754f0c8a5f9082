//! What the cluster serves, and which collections are watched.

use super::resources::Reading;
use super::{DISCOVER_AGAIN, Engine};
use crate::effect::Effect;
use std::collections::BTreeSet;
use std::time::Duration;
use trimtab_model::{AppId, GroupKind, GroupVersionKind, Scope, Timestamp, limit};
use trimtab_ports::cluster::{Detail, Discovery, WatchRequest};
use trimtab_sync::Failure;

impl Engine {
    pub(super) fn discovered(&mut self, answer: Result<Discovery, Failure>, now: Timestamp) {
        match answer {
            Ok(discovery) => {
                self.ask_again_if_partial(&discovery, now);
                self.index.discovered(discovery);
                self.discovered = true;
                self.kinds_epoch += 1;
                self.read_resources();
                let all: Vec<AppId> = self.apps.keys().cloned().collect();
                for app in all {
                    self.touch(&app);
                }
            }
            Err(failure) => {
                tracing::warn!(message = failure.message, "discovery failed; again in 5 s");
                self.discover_at = now.checked_add(DISCOVER_AGAIN).ok();
            }
        }
    }

    /// A group that did not answer is asked for again, ever later while it stays silent: nothing else
    /// would tell that it is back.
    fn ask_again_if_partial(&mut self, discovery: &Discovery, now: Timestamp) {
        if !discovery.is_partial() {
            self.partial_discoveries = 0;
            return;
        }
        let longest = Duration::from_secs(limit::BACKOFF_SECONDS_MAX);
        let factor = 2_u32.saturating_pow(self.partial_discoveries);
        let pause = DISCOVER_AGAIN.saturating_mul(factor).min(longest);
        self.partial_discoveries = self.partial_discoveries.saturating_add(1);
        let due = now.checked_add(pause).unwrap_or(now);
        self.discover_at = Some(self.discover_at.map_or(due, |at| at.min(due)));
    }

    /// Begins to read every kind that we read and the cluster serves, and that is not read yet.
    fn read_resources(&mut self) {
        for reading in Reading::ALL {
            if self.readings.values().any(|known| *known == reading) {
                continue;
            }
            let kind = self.families.kind(reading);
            let Some(request) = self.request(&kind, Detail::Whole, reading.is_of_namespace())
            else {
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
        let kinds =
            kinds.into_iter().filter(|kind| self.index.served(&kind.group_kind()).is_some());
        let change = self.watches.need(app, kinds.collect());
        for (id, kind) in change.end {
            self.index.forget(&kind, None);
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

    /// Whether a kind's collection is read as far as it can be.
    pub(super) fn is_settled(&self, key: &trimtab_model::ObjectKey) -> bool {
        let kind: GroupKind = key.group_kind();
        self.index.is_whole(key)
            || self.index.trouble(key).is_some()
            || self.index.served(&kind).is_none()
            || !self.watches.is_watched(&kind)
    }
}
