//! How the readers of one remote want it to be asked, all together.

use super::{Attention, Often, Pace};
use std::collections::BTreeMap;
use std::time::Duration;

/// How many readers want each way. Most want one of a few, so that what all of them want costs the same
/// for one reader as for thousands.
#[derive(Debug, Default)]
pub(super) struct Attentions(BTreeMap<Attention, usize>);

impl Attentions {
    /// A reader that wanted the one wants the other now.
    pub(super) fn change(&mut self, former: Option<Attention>, now: Option<Attention>) {
        if let Some(attention) = now {
            *self.0.entry(attention).or_default() += 1;
        }
        let Some(former) = former else { return };
        let readers = self.0.get(&former).copied().unwrap_or_default();
        if readers > 1 {
            self.0.insert(former, readers - 1);
        } else {
            self.0.remove(&former);
        }
    }

    /// The shortest pause between two looks that a reader wants; nothing where none wants any.
    pub(super) fn pause(&self, pace: &Pace) -> Option<Duration> {
        self.0
            .keys()
            .filter_map(|attention| match attention.often {
                Often::AtPace => Some(pace.poll),
                Often::Every(pause) => Some(pause),
                Often::AsOthers => None,
            })
            .min()
    }

    /// The longest that a reader allows: a remote that several read is asked once for all.
    pub(super) fn timeout(&self) -> Option<Duration> {
        self.0.keys().filter_map(|attention| attention.timeout).max()
    }
}
