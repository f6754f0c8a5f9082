//! Which kinds are watched: those that some application desires or has, and those that we read.

use crate::event::WatchId;
use std::collections::{BTreeMap, BTreeSet};
use trimtab_model::{AppId, GroupKind, GroupVersionKind};

/// Who needs which kind at which version, and under which number each is watched.
#[derive(Debug, Default)]
pub struct Watches {
    next: WatchId,
    needs: BTreeMap<AppId, BTreeSet<GroupVersionKind>>,
    count: BTreeMap<GroupVersionKind, usize>,
    running: BTreeMap<GroupKind, (WatchId, GroupVersionKind)>,
    by_id: BTreeMap<WatchId, GroupKind>,
}

/// What changes when an application's kinds do.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Watches to begin.
    pub begin: Vec<(WatchId, GroupVersionKind)>,
    /// Watches to end.
    pub end: Vec<(WatchId, GroupKind)>,
}

impl Watches {
    /// Makes the kinds that an application needs exactly these. A kind that is watched already at
    /// another version stays at that one while somebody needs it: it is the same objects.
    pub fn need(&mut self, app: &AppId, kinds: BTreeSet<GroupVersionKind>) -> Change {
        let old = self.needs.remove(app).unwrap_or_default();
        for kind in kinds.difference(&old) {
            *self.count.entry(kind.clone()).or_default() += 1;
        }
        for kind in old.difference(&kinds) {
            if let Some(count) = self.count.get_mut(kind) {
                *count -= 1;
                if *count == 0 {
                    self.count.remove(kind);
                }
            }
        }
        if !kinds.is_empty() {
            self.needs.insert(app.clone(), kinds);
        }
        self.settle()
    }

    fn settle(&mut self) -> Change {
        let mut change = Change::default();
        // A version that nobody needs any more may soon not be served.
        let unneeded = self.running.iter().filter(|(_, (_, at))| !self.count.contains_key(at));
        let unneeded: Vec<GroupKind> = unneeded.map(|(kind, _)| kind.clone()).collect();
        for kind in unneeded {
            if let Some((id, _)) = self.running.remove(&kind) {
                self.by_id.remove(&id);
                change.end.push((id, kind));
            }
        }
        for kind in self.count.keys() {
            if !self.running.contains_key(&kind.group_kind()) {
                let id = self.next;
                self.next += 1;
                self.running.insert(kind.group_kind(), (id, kind.clone()));
                self.by_id.insert(id, kind.group_kind());
                change.begin.push((id, kind.clone()));
            }
        }
        change
    }

    /// A number for a watch of something that we read.
    pub fn reserve(&mut self) -> WatchId {
        let id = self.next;
        self.next += 1;
        id
    }

    /// The kind behind a number, unless that watch was ended.
    pub fn kind(&self, id: WatchId) -> Option<&GroupKind> {
        self.by_id.get(&id)
    }

    /// Whether a kind is watched.
    pub fn is_watched(&self, kind: &GroupKind) -> bool {
        self.running.contains_key(kind)
    }

    /// The applications that need a kind.
    pub fn needing(&self, kind: &GroupKind) -> Vec<AppId> {
        let needs =
            |kinds: &BTreeSet<GroupVersionKind>| kinds.iter().any(|k| k.group_kind() == *kind);
        self.needs.iter().filter(|(_, kinds)| needs(kinds)).map(|(app, _)| app.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Watches;
    use std::collections::BTreeSet;
    use trimtab_model::{AppId, GroupKind, GroupVersionKind};

    fn app(name: &str) -> AppId {
        AppId { kind: GroupKind::new("g", "A"), namespace: "ns".into(), name: name.into() }
    }

    fn kinds(names: &[&str]) -> BTreeSet<GroupVersionKind> {
        names.iter().map(|name| GroupVersionKind::of("v1", name)).collect()
    }

    #[test]
    fn a_kind_is_watched_once_and_as_long_as_anybody_needs_it() {
        let mut watches = Watches::default();
        assert_eq!(watches.need(&app("a"), kinds(&["X"])).begin.len(), 1);
        let begun = watches.need(&app("b"), kinds(&["X", "Y"])).begin;
        let begun: Vec<&str> = begun.iter().map(|(_, kind)| kind.kind.as_str()).collect();
        assert_eq!(begun, ["Y"]);
        assert!(watches.need(&app("a"), kinds(&[])).end.is_empty());
        assert_eq!(watches.need(&app("b"), kinds(&["Y"])).end.len(), 1);
        assert!(!watches.is_watched(&GroupKind::new("", "X")));
    }

    #[test]
    fn another_version_of_a_watched_kind_begins_no_second_watch() {
        let mut watches = Watches::default();
        watches.need(&app("a"), [GroupVersionKind::of("g/v1", "X")].into());
        let change = watches.need(&app("b"), [GroupVersionKind::of("g/v2", "X")].into());
        assert_eq!(change, super::Change::default());
        // When it is the only one left, the kind is watched at it: the first may be served no more.
        let change = watches.need(&app("a"), [GroupVersionKind::of("g/v2", "X")].into());
        assert_eq!(change.end, [(0, GroupKind::new("g", "X"))]);
        assert_eq!(change.begin, [(1, GroupVersionKind::of("g/v2", "X"))]);
    }
}
