//! What must have been read before anything is decided for an application, and what is said of it while
//! that cannot be.

use super::{Engine, Reading};
use std::collections::BTreeMap;
use std::time::Duration;
use trimtab_model::{AppId, GroupKind, Timestamp};
use trimtab_plan::{KindFact, Live};
use trimtab_ports::cluster::Trouble;

/// For how long a watch must have been refused before people are told: a server that starts refuses what
/// it allows in a moment.
pub(super) const TOLD_AFTER: Duration = Duration::from_secs(10);

/// What every family's objects depend on: without the applications of both, nobody can tell whose an
/// object is (P3), and without definitions, what it is.
pub(super) const FOR_ALL: [Reading; 3] =
    [Reading::Definitions, Reading::Applications, Reading::Kustomizations];

/// The readings whose watches do not stand.
#[derive(Debug, Default)]
pub struct Troubles(BTreeMap<Reading, Refused>);

/// A reading that cannot be had.
#[derive(Debug)]
struct Refused {
    trouble: Trouble,
    message: String,
    since: Timestamp,
    /// Whether it has lasted too long to be nothing.
    lasts: bool,
}

/// Why an application waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// What cannot be read.
    pub reading: Reading,
    /// The sentence for people.
    pub message: String,
}

impl Troubles {
    /// A watch does not stand. Returns whether that is to be told. The log has it once, and as a warning
    /// only when it does not pass: a server that has just begun to serve a kind says no at first.
    fn broken(
        &mut self,
        reading: Reading,
        (trouble, message): (Trouble, &str),
        now: Timestamp,
    ) -> bool {
        let first = || Refused { trouble, message: String::new(), since: now, lasts: false };
        let known = self.0.entry(reading).or_insert_with(first);
        if known.trouble != trouble {
            *known = first();
        }
        let age = Duration::try_from(now.duration_since(known.since)).unwrap_or_default();
        let (is_other, lasted) = (known.message != message, known.lasts);
        let is_news = is_other || !lasted;
        known.lasts = age >= TOLD_AFTER;
        let may_pass = trouble == Trouble::Outage && !known.lasts;
        if may_pass && is_other {
            tracing::info!(?reading, reason = message, "a watch does not stand yet");
        } else if !may_pass && (is_other || trouble == Trouble::Outage && !lasted) {
            tracing::warn!(?reading, ?trouble, reason = message, "a watch does not stand");
        }
        message.clone_into(&mut known.message);
        known.lasts && is_news
    }

    /// A watch stands again. Returns whether it was told that it did not.
    fn mended(&mut self, reading: Reading) -> bool {
        self.0.remove(&reading).is_some_and(|refused| refused.lasts)
    }
}

impl Engine {
    /// Whether all there is of a reading has been seen; nothing is where the cluster has no such kind.
    pub(super) fn is_read(&self, reading: Reading) -> bool {
        self.whole.contains(&reading) || self.not_served(reading).is_some()
    }

    /// Says that the cluster does not serve a kind of ours, where that is known.
    pub(super) fn not_served(&self, reading: Reading) -> Option<String> {
        let kind = self.families.kind(reading);
        let fact = self.index.kind(&kind.group_kind(), &kind.version);
        (fact == KindFact::Absent).then(|| not_served(&kind.group_kind()))
    }

    /// Why nothing can be decided for an application, where that lasts. In an outage, what was read before
    /// counts (P13).
    pub(super) fn unread(&self, id: &AppId) -> Option<Unread> {
        let own = self.families.judged_by(&id.kind);
        let mut refused = FOR_ALL.iter().chain([&own]).filter_map(|reading| {
            let refused = self.troubles.0.get(reading).filter(|refused| refused.lasts)?;
            let passes = refused.trouble == Trouble::Outage && self.whole.contains(reading);
            (!passes).then_some((*reading, refused))
        });
        let (reading, refused) = refused.next()?;
        Some(Unread { reading, message: self.sentence(reading, refused) })
    }

    fn sentence(&self, reading: Reading, Refused { trouble, message, .. }: &Refused) -> String {
        let kind = self.families.kind(reading).group_kind();
        match trouble {
            Trouble::NotServed => not_served(&kind),
            Trouble::Outage => {
                format!(
                    "{} of {} cannot be read, and are tried again: {message}",
                    kind.kind, kind.group
                )
            }
            Trouble::Forbidden => {
                let plural =
                    self.index.served(&kind).map_or_else(String::new, |s| s.plural.to_string());
                let place = if reading.is_of_namespace() {
                    format!("in namespace {}", self.settings.namespace)
                } else {
                    "in the whole cluster".to_owned()
                };
                format!(
                    "{message}; nothing is decided here before that: allow Trimtab `get`, `list` and `watch` on {plural}.{} {place} (`trimtab install --rbac-only` prints all that it needs)",
                    kind.group
                )
            }
        }
    }

    /// A watch of ours does not stand.
    pub(super) fn reading_broken(
        &mut self,
        reading: Reading,
        (trouble, message): (Trouble, &str),
        now: Timestamp,
    ) {
        if self.troubles.broken(reading, (trouble, message), now) {
            self.touch_apps();
        }
    }

    /// A watch of ours has been read whole.
    pub(super) fn reading_whole(&mut self, reading: Reading) -> bool {
        let is_first = self.whole.insert(reading);
        let was_told = self.troubles.mended(reading);
        if is_first || was_told {
            self.touch_apps();
        }
        is_first || was_told
    }

    /// Nobody can tell whether the cluster serves some kinds of ours.
    pub(super) fn note_unknown_kinds(&mut self, now: Timestamp) {
        for reading in Reading::ALL {
            let kind = self.families.kind(reading);
            match self.index.kind(&kind.group_kind(), &kind.version) {
                KindFact::Unknown(why) => {
                    self.reading_broken(reading, (Trouble::Outage, &why), now);
                }
                KindFact::Absent => {
                    self.troubles.mended(reading);
                }
                KindFact::Served(_) | KindFact::OtherVersions(..) => {}
            }
        }
    }
}

fn not_served(kind: &GroupKind) -> String {
    format!(
        "the cluster does not serve {} of {}; `trimtab install --crds-only` prints its definition",
        kind.kind, kind.group
    )
}

#[cfg(test)]
mod tests {
    use super::{Reading, Troubles};
    use crate::tests::listener::{Listener, heard};
    use std::time::Duration;
    use trimtab_model::Timestamp;
    use trimtab_ports::cluster::Trouble;

    /// What is logged when a watch is refused at each of these seconds.
    fn logged(trouble: Trouble, seconds: &[u64]) -> Vec<String> {
        let (mut troubles, listener) = (Troubles::default(), Listener::default());
        heard(listener.clone(), || {
            for second in seconds {
                let now = Timestamp::UNIX_EPOCH + Duration::from_secs(*second);
                troubles.broken(Reading::Projects, (trouble, "no"), now);
            }
        });
        listener.take()
    }

    #[test]
    fn an_outage_that_passes_is_no_warning_and_one_that_lasts_is_one() {
        let passing = logged(Trouble::Outage, &[0, 1]);
        assert!(passing.len() == 1 && passing[0].contains("does not stand yet"), "{passing:?}");
        let lasting = logged(Trouble::Outage, &[0, 11, 12]);
        assert!(lasting.len() == 2 && !lasting[1].contains("yet"), "{lasting:?}");
        let forbidden = logged(Trouble::Forbidden, &[0, 11, 12]);
        assert!(forbidden.len() == 1 && !forbidden[0].contains("yet"), "{forbidden:?}");
    }
}
