//! What is read is what was written.

use crate::fixtures::{load, save, store};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Strategy, any, prop_oneof, proptest};
use std::collections::BTreeMap;
use trimtab_model::{Digest, ObjectKey};
use trimtab_plan::{Baseline, Entry};
use trimtab_ports::store::{Change, Kept, Place};

fn places() -> impl Strategy<Value = Place> {
    // Few of each, so that some meet again; and any text, for an entry must not depend on what is in it.
    let text = || prop_oneof![4 => "[a-c]{0,2}", 1 => any::<String>()];
    (text(), text(), text(), option::of(text()), text()).prop_map(
        |(manager, group, kind, namespace, name)| Place {
            manager: manager.into(),
            key: ObjectKey {
                group: group.into(),
                kind: kind.into(),
                namespace: namespace.map(Into::into),
                name: name.into(),
            },
        },
    )
}

fn baselines() -> impl Strategy<Value = Baseline> {
    let digest = || any::<[u8; 32]>().prop_map(Digest::from_bytes);
    (any::<String>(), any::<String>(), digest(), digest(), digest()).prop_map(
        |(uid, version, desired, fields, values)| Baseline {
            uid: uid.into(),
            desired,
            entry: Entry { fields, values },
            resource_version: version.into(),
        },
    )
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => (places(), baselines())
            .prop_map(|(place, baseline)| Kept::new(place, baseline))
            .prop_filter_map("a Secret", |kept| kept.map(Change::Keep)),
        1 => places().prop_map(Change::Forget),
    ]
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 48, ..Default::default() })]

    #[test]
    fn what_is_read_is_what_was_written(sessions in vec(vec(vec(changes(), 0..12), 0..4), 1..4)) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store");
        let mut model: BTreeMap<Place, Kept> = BTreeMap::new();
        for (number, batches) in sessions.into_iter().enumerate() {
            let store = store(&path);
            assert_eq!(sorted(load(&store)), model);
            for batch in batches {
                for change in &batch {
                    match change {
                        Change::Keep(kept) => drop(model.insert(kept.place().clone(), kept.clone())),
                        Change::Forget(place) => drop(model.remove(place)),
                    }
                }
                save(&store, batch).expect("saved");
            }
            // A process that is killed leaves its file as it is.
            if number % 2 == 0 {
                let copy = folder.path().join("copy");
                std::fs::copy(&path, &copy).expect("copied");
                drop(store);
                std::fs::rename(&copy, &path).expect("moved");
            }
        }
        assert_eq!(sorted(load(&store(&path))), model);
    }
}

fn sorted(kept: Vec<Kept>) -> BTreeMap<Place, Kept> {
    kept.into_iter().map(|kept| (kept.place().clone(), kept)).collect()
}
