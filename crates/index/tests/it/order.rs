//! A watch tells the truth in order, our own writes' answers come when they come: the index ends at
//! the truth.

use crate::fixtures::{config_key, config_kind, config_row};
use proptest::prelude::*;
use std::collections::BTreeMap;
use trimtab_index::Index;
use trimtab_plan::{Live, Sighting};
use trimtab_ports::cluster::WatchEvent;

/// One thing that happens in the cluster.
#[derive(Clone, Debug)]
enum Step {
    Write {
        name: usize,
        ours: bool,
    },
    Delete {
        name: usize,
    },
    /// The watch tells what it has not told yet, up to so many changes.
    Tell(usize),
    /// An answer of ours arrives, if one is under way.
    Answer(usize),
    /// The watch is cut and lists again.
    List,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..4_usize, any::<bool>()).prop_map(|(name, ours)| Step::Write { name, ours }),
        2 => (0..4_usize).prop_map(|name| Step::Delete { name }),
        3 => (1..4_usize).prop_map(Step::Tell),
        3 => (0..4_usize).prop_map(Step::Answer),
        1 => Just(Step::List),
    ]
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

#[derive(Clone, Debug)]
enum Change {
    Written { name: usize, uid: u64, version: u64 },
    Deleted { name: usize, uid: u64, version: u64 },
}

impl Change {
    fn version(&self) -> u64 {
        match self {
            Self::Written { version, .. } | Self::Deleted { version, .. } => *version,
        }
    }
}

/// The cluster, its watch, and the answers that are under way.
#[derive(Default)]
struct World {
    version: u64,
    objects: BTreeMap<usize, (u64, u64)>,
    untold: Vec<Change>,
    /// What the watch has shown, as the edge remembers it.
    shown: BTreeMap<usize, u64>,
    answers: Vec<(usize, u64, u64)>,
    index: Index,
}

impl World {
    fn start() -> Self {
        let mut world = Self { version: 10, ..Self::default() };
        world.list();
        world
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Write { name, ours } => self.write(name, ours),
            Step::Delete { name } => self.delete(name),
            Step::Tell(count) => (0..count).for_each(|_| self.tell()),
            Step::Answer(_) if self.answers.is_empty() => {}
            Step::Answer(at) => {
                let (name, uid, version) = self.answers.remove(at % self.answers.len());
                self.index.answered(row(name, uid, version));
            }
            Step::List => self.list(),
        }
    }

    fn write(&mut self, name: usize, ours: bool) {
        self.version += 1;
        let version = self.version;
        let uid = self.objects.get(&name).map_or(version, |(uid, _)| *uid);
        self.objects.insert(name, (uid, version));
        self.untold.push(Change::Written { name, uid, version });
        if ours {
            self.answers.push((name, uid, version));
        }
    }

    fn delete(&mut self, name: usize) {
        if let Some((uid, _)) = self.objects.remove(&name) {
            self.version += 1;
            self.untold.push(Change::Deleted { name, uid, version: self.version });
        }
    }

    fn tell(&mut self) {
        if self.untold.is_empty() {
            return;
        }
        match self.untold.remove(0) {
            Change::Written { name, uid, version } => self.show(name, uid, version),
            Change::Deleted { name, uid, version } => self.hide(name, uid, version),
        }
    }

    fn list(&mut self) {
        self.observe(WatchEvent::Started);
        let gone: Vec<_> = self.shown.clone().into_iter().collect();
        let objects: Vec<_> = self.objects.clone().into_iter().collect();
        for (name, (uid, version)) in objects {
            self.show(name, uid, version);
        }
        for (name, uid) in gone {
            if !self.objects.contains_key(&name) {
                let version = self.version;
                self.hide(name, uid, version);
            }
        }
        self.observe(WatchEvent::Synced);
        self.observe(WatchEvent::Progress(self.version.to_string().into()));
        self.untold.retain(|change| change.version() > self.version);
    }

    fn show(&mut self, name: usize, uid: u64, version: u64) {
        self.shown.insert(name, uid);
        self.observe(WatchEvent::Row(Box::new(row(name, uid, version))));
    }

    fn hide(&mut self, name: usize, uid: u64, version: u64) {
        self.shown.remove(&name);
        self.observe(gone_event(name, uid, version));
    }

    fn observe(&mut self, event: WatchEvent) {
        self.index.observe(&config_kind().group_kind(), None, event);
    }

    /// All is told and answered, in the end.
    fn settle(&mut self, answers_first: bool) {
        let answers = std::mem::take(&mut self.answers);
        let answer = |world: &mut Self| {
            for (name, uid, version) in &answers {
                world.index.answered(row(*name, *uid, *version));
            }
        };
        if answers_first {
            answer(self);
        }
        while !self.untold.is_empty() {
            self.tell();
        }
        if !answers_first {
            answer(self);
        }
        self.observe(WatchEvent::Progress(self.version.to_string().into()));
    }
}

fn row(name: usize, uid: u64, version: u64) -> trimtab_plan::LiveObject {
    config_row(NAMES[name], &uid.to_string(), &version.to_string())
}

fn gone_event(name: usize, uid: u64, version: u64) -> WatchEvent {
    WatchEvent::Gone {
        key: config_key(NAMES[name]),
        uid: uid.to_string().into(),
        resource_version: version.to_string().into(),
    }
}

proptest! {
    /// However changes, answers and listings interleave, the index ends at what is in the cluster.
    #[test]
    fn the_index_ends_at_the_truth(
        steps in proptest::collection::vec(step(), 0..40),
        answers_first in any::<bool>(),
    ) {
        let mut world = World::start();
        for step in &steps {
            world.step(step);
        }
        world.settle(answers_first);
        for (name, text) in NAMES.iter().enumerate() {
            let found = match world.index.sighting(&config_key(text)) {
                Sighting::Absent => None,
                Sighting::Seen(row) => Some((row.uid.to_string(), row.resource_version.to_string())),
                Sighting::Unknown(why) => panic!("{why}"),
            };
            let truth = world.objects.get(&name);
            let truth = truth.map(|(uid, version)| (uid.to_string(), version.to_string()));
            prop_assert_eq!(found, truth, "{}", text);
        }
        prop_assert_eq!(world.index.size().objects, world.objects.len());
    }

    /// No state that was seen is followed by an older one.
    #[test]
    fn a_row_never_goes_back(steps in proptest::collection::vec(step(), 0..40)) {
        let mut world = World::start();
        let mut newest: BTreeMap<usize, u64> = BTreeMap::new();
        for step in &steps {
            world.step(step);
            for (name, text) in NAMES.iter().enumerate() {
                if let Some(row) = world.index.row(&config_key(text)) {
                    let version: u64 = row.resource_version.as_str().parse().expect("a number");
                    let before = newest.insert(name, version).unwrap_or_default();
                    prop_assert!(before <= version, "{} went back to {}", text, version);
                }
            }
        }
    }
}
