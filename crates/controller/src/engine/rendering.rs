//! What an application is rendered from: what it wants of Git, what Git has, and how that relates to
//! what was applied.

use super::Engine;
use crate::effect::RenderTask;
use crate::interest::Interest;
use crate::slot::{History, Pending, Slot};
use crate::sources::{Attention, Tip, Wanted};
use std::collections::BTreeSet;
use trimtab_model::{App, AppId, Class, RevisionSpec, Source, SourceRevision, Timestamp};
use trimtab_sync::{Asked, Record, Source as SourceView};

/// What an application wants of Git.
pub(super) struct Wants {
    /// What is to be rendered, source by source.
    pub now: Vec<Wanted>,
    /// All that is to be kept up to date.
    pub all: BTreeSet<Wanted>,
    /// How it is to be asked for.
    pub attention: Attention,
}

impl Engine {
    /// Whether what is rendered rewrites what was applied; nothing while Git is asked.
    pub(super) fn rewrites(&mut self, app: &App, slot: &Slot, now: Timestamp) -> Option<bool> {
        let (revisions, digest) = slot.render.of.as_ref()?;
        let applied = slot.state.applied();
        let of_others = slot.state.operation().is_some_and(|last| last.sources != *digest);
        if of_others {
            return Some(false);
        }
        if applied.len() != revisions.len() {
            // Without a history nobody wrote down of which revision what was applied is: what cannot be
            // known counts as rewritten (P13).
            let is_unknown = app.policy.history_max == 0 && slot.state.operation().is_some();
            return Some(is_unknown);
        }
        let mut all_known = true;
        for ((source, new), old) in app.sources.iter().zip(revisions).zip(applied) {
            if old.commit == new.commit {
                // It is held already, or nothing was.
                if slot.state.began_rewritten() {
                    return Some(true);
                }
            } else if follows(source, new, old) {
                let pair = (&new.commit, &old.commit);
                match self.sources.relation((&app.id, &source.remote), pair, now) {
                    Some(ancestry) if ancestry.counts_as_rewritten() => return Some(true),
                    Some(_) => {}
                    None => all_known = false,
                }
            }
        }
        all_known.then_some(false)
    }

    /// A person asks for a look: the sources are asked again, once for each request.
    #[expect(
        clippy::too_many_arguments,
        reason = "a step of one look: the parts are borrowed apart from each other"
    )]
    pub(super) fn refresh(
        &mut self,
        id: &AppId,
        app: &App,
        record: &Record,
        slot: &mut Slot,
        now: Timestamp,
    ) {
        let token = record.refresh.as_ref().map(|refresh| &refresh.token);
        let Some(refresh) = record.refresh.as_ref().filter(|_| token != record.refreshed.as_ref())
        else {
            slot.refreshing = None;
            return;
        };
        if slot.refreshing.as_ref() == token {
            return;
        }
        slot.refreshing = Some(refresh.token.clone());
        self.discover_for(id, now);
        self.ask_sources(id, app, slot, now);
        if refresh.hard {
            slot.render.forget();
        }
    }

    /// Has the sources of an application looked at on its behalf. Nobody looks for a suspended one, nor
    /// for one whose project does not permit it.
    pub(super) fn ask_sources(&mut self, id: &AppId, app: &App, slot: &Slot, now: Timestamp) {
        if self.suspended(slot.resource.source.as_ref()).is_some() || !slot.may_read_sources() {
            return;
        }
        for source in &app.sources {
            self.sources.ask(id, &source.remote, now);
        }
    }

    /// Whether the look at its sources that an application asked for last has come back, and what it
    /// found is here.
    pub(super) fn is_answered(&self, id: &AppId, app: &App, slot: &Slot) -> bool {
        if !slot.may_read_sources() {
            return true;
        }
        let wants = self.wants(app, slot).map(|wants| wants.now).unwrap_or_default();
        wants.iter().all(|wanted| self.sources.is_answered(id, wanted))
    }

    /// Whether the refresh that the resource asks for has been made: the sources were looked at, and
    /// what they have now is rendered, or known not to be.
    pub(super) fn is_refreshed(&self, id: &AppId, app: &App, record: &Record, slot: &Slot) -> bool {
        let asked = record.refresh.as_ref().map(|refresh| &refresh.token);
        asked.is_some()
            && asked == slot.refreshing.as_ref()
            && slot.source != SourceView::Coming
            && slot.render.pending.is_none()
            && self.is_answered(id, app, slot)
    }

    /// The sources of an application, as Git knows them: the revision that a sync asks for, the one
    /// that a suspended source had last, or the spec's own. Nothing where a suspended source never had
    /// any.
    pub(super) fn wants(&self, app: &App, slot: &Slot) -> Option<Wants> {
        let own = |source: &Source| (source.remote.clone(), source.revision.clone());
        let attention = match slot.resource.source {
            Some(_) => Attention::AS_OTHERS,
            None => Attention::AT_PACE,
        };
        if let Some(suspended) = self.suspended(slot.resource.source.as_ref()) {
            let rendered = slot.render.of.as_ref().and_then(|(revisions, _)| revisions.first());
            let last = rendered.cloned().or(suspended.last)?;
            let revision =
                RevisionSpec::Commit { commit: last.commit.as_str().into(), branch: last.found_as };
            let at = |source: &Source| (source.remote.clone(), revision.clone());
            let now: Vec<Wanted> = app.sources.iter().map(at).collect();
            return Some(Wants { all: now.iter().cloned().collect(), now, attention });
        }
        let asked = slot.state.asked();
        let is_tip = |wanted: &Wanted, asked: &str| {
            self.sources.tip(wanted).is_some_and(|tip| tip.revision.commit.as_str() == asked)
        };
        let at = |(place, source): (usize, &Source)| match asked
            .as_ref()
            .and_then(|asked| asked.of(place))
        {
            Some(asked) if !is_tip(&own(source), asked) => {
                (source.remote.clone(), RevisionSpec::Named(asked.into()))
            }
            _ => own(source),
        };
        let now: Vec<Wanted> = app.sources.iter().enumerate().map(at).collect();
        let all = app.sources.iter().map(own).chain(now.iter().cloned()).collect();
        Some(Wants { now, all, attention })
    }

    /// Has the newest revisions rendered, and says what stands in the way.
    pub(super) fn render(
        &mut self,
        id: &AppId,
        app: &App,
        slot: &mut Slot,
        now: Timestamp,
    ) -> SourceView {
        if !slot.may_read_sources() {
            self.sources.want(id, &BTreeSet::new(), Attention::AT_PACE, now);
            // What was read while it was permitted is not shown any longer either.
            forget_render(slot);
            self.no_longer_desires(id);
            // Nothing is on its way, and no repository is in trouble: what is invalid says why.
            return SourceView::Ready;
        }
        if app.sources.is_empty() {
            // Nothing to render from is not the same as nothing desired.
            forget_render(slot);
            let absent = self.not_served(self.families.judged_by(&id.kind));
            return self.families.sourceless(&slot.resource.value(), absent);
        }
        let Some(wants) = self.wants(app, slot) else {
            let message = "Source artifact not found: the source is suspended, and has none yet";
            return SourceView::Trouble {
                class: Class::User,
                message: message.to_owned(),
                asked: None,
            };
        };
        self.sources.want(id, &wants.all, wants.attention, now);
        let tips: Option<Vec<Tip>> =
            wants.now.iter().map(|wanted| self.sources.tip(wanted).cloned()).collect();
        let view = match wants.now.iter().find_map(|wanted| self.sources.trouble(wanted)) {
            Some(trouble) => SourceView::Trouble {
                class: trouble.class,
                message: trouble.message.clone(),
                asked: None,
            },
            None if tips.is_none() => SourceView::Coming,
            None => SourceView::Ready,
        };
        match tips {
            Some(tips) => self.render_at((id, app), slot, (&tips, view), now),
            None => view,
        }
    }

    /// Has tips rendered unless they are, or are about to be. The view is what a render that is there
    /// leaves to say.
    fn render_at(
        &mut self,
        (id, app): (&AppId, &App),
        slot: &mut Slot,
        (tips, view): (&[Tip], SourceView),
        now: Timestamp,
    ) -> SourceView {
        let revisions: Vec<SourceRevision> = tips.iter().map(|tip| tip.revision.clone()).collect();
        let digest = Source::digest_of(&app.sources);
        if slot.render.of.as_ref().is_some_and(|(r, d)| *r == revisions && *d == digest) {
            match slot.render.again {
                Some(again) if again > now => {
                    self.wake(id, again);
                    return view;
                }
                Some(_) => {}
                None => return view,
            }
        }
        if slot.render.pending.as_ref().is_some_and(|pending| pending.is_of(&revisions, &digest)) {
            return SourceView::Coming;
        }
        let ticket = self.ticket();
        // Another source, or another way to read it, has nothing to do with the last render.
        let same = slot.render.of.as_ref().is_some_and(|(_, known)| *known == digest);
        let last = if same { slot.render.parts.clone() } else { Vec::new() };
        let commits = revisions.iter().map(|revision| revision.commit.clone());
        let sources = app.sources.iter().cloned().zip(commits).collect();
        let interest = Interest::default();
        self.renders.push(RenderTask {
            app: id.clone(),
            ticket,
            sources,
            last,
            interest: interest.seen(),
            lane: slot.render.lane,
        });
        let rewritten = tips.iter().zip(&app.sources).any(|(tip, source)| {
            tip.ancestry.counts_as_rewritten() && !source.revision.is_pinned()
        });
        let again = slot.render.of.as_ref().is_some_and(|(known, _)| *known == revisions);
        let chosen = matches!(slot.state.asked(), Some(Asked::Named(_)));
        let was_chosen = std::mem::replace(&mut slot.render.chosen, chosen);
        slot.render.next = match slot.render.of {
            // Where the branch came from says nothing of what a person's choice has left behind.
            _ if was_chosen && !chosen && !is_any(slot.state.applied(), &revisions) => {
                History::Unasked
            }
            _ if rewritten => History::Rewritten,
            _ if again => slot.render.history,
            Some(_) if slot.render.history == History::GoesOn => History::GoesOn,
            // What was rewritten may never have been synced: then a commit that goes on from it rewrites
            // what was. Only what was synced last says (P13).
            Some(_) | None => History::Unasked,
        };
        // What was under way before ends here.
        slot.render.pending = Some(Pending { ticket, revisions, sources: digest, interest });
        SourceView::Coming
    }
}

/// Whether a revision is what the same branch has become: not a commit or tag that a person chose, and
/// not of another branch than before. A status does not say which branch is the repository's own.
fn follows(source: &Source, new: &SourceRevision, old: &SourceRevision) -> bool {
    let same = old.found_as.is_none() || old.found_as == new.found_as;
    same && new.found_as.is_some() && !source.revision.is_pinned()
}

/// Whether any of some revisions is of the commits that were applied.
fn is_any(applied: &[SourceRevision], revisions: &[SourceRevision]) -> bool {
    revisions.iter().any(|new| applied.iter().any(|old| old.commit == new.commit))
}

fn forget_render(slot: &mut Slot) {
    slot.desired = None;
    slot.render.forget();
}
