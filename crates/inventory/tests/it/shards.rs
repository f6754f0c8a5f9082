//! Parts of large inventories: nothing is lost, whatever is interrupted.

use crate::{entries, entry, key};
use proptest::prelude::*;
use trimtab_inventory::{
    Change, Entries, Error, FORMAT, Home, Inventory, Shard, ShardWrite, change, fits_inline, join,
    start_over,
};
use trimtab_model::limit;

/// What a cluster holds of one application's inventory.
#[derive(Clone)]
struct Stored {
    home: Home,
    shards: Vec<Shard>,
}

impl Stored {
    fn empty() -> Self {
        Self { home: Home::Inline(Entries::new()), shards: vec![] }
    }

    fn holding(entries: &Entries) -> Self {
        let mut stored = Self::empty();
        stored.carry_out(&change(&stored.home, &[], entries).expect("it is known"));
        stored
    }

    fn inventory(&self) -> Inventory {
        join(&self.home, &self.shards)
    }

    fn write(&mut self, write: &ShardWrite) {
        let (generation, index) = match write {
            ShardWrite::Put(shard) => (shard.generation, shard.index),
            ShardWrite::Delete { generation, index } => (*generation, *index),
        };
        self.shards.retain(|shard| (shard.generation, shard.index) != (generation, index));
        if let ShardWrite::Put(shard) = write {
            self.shards.push(shard.clone());
        }
    }

    /// The states after each single write, the last one being that of the whole change.
    fn states(&self, change: &Change) -> Vec<Self> {
        let (mut state, mut states) = (self.clone(), vec![]);
        for write in &change.before {
            state.write(write);
            states.push(state.clone());
        }
        state.home = change.home.clone();
        states.push(state.clone());
        for write in &change.after {
            state.write(write);
            states.push(state.clone());
        }
        states
    }

    fn carry_out(&mut self, change: &Change) {
        *self = self.states(change).pop().expect("a change writes at least the status");
    }

    fn change(&self, wanted: &Entries) -> Change {
        change(&self.home, &self.shards, wanted).expect("it is known")
    }
}

fn known(stored: &Stored) -> Entries {
    stored.inventory().known().expect("it must be known").clone()
}

#[test]
fn a_small_inventory_stands_in_the_status() {
    assert!(fits_inline(&entries(0..150)) && !fits_inline(&entries(0..151)));
    let stored = Stored::holding(&entries(0..150));
    assert!(matches!(stored.home, Home::Inline(_)) && stored.shards.is_empty());
}

#[test]
fn long_names_leave_the_status_earlier() {
    let long = |number: usize| {
        let mut key = key(number);
        key.name = format!("{}-{number}", "n".repeat(250)).into();
        (key, entry("v1"))
    };
    assert!(!fits_inline(&(0..150).map(long).collect()));
    assert!(fits_inline(&(0..100).map(long).collect()));
}

#[test]
fn a_large_inventory_stands_in_shards_that_are_not_too_full() {
    for size in [151, 700, 701, 1_000, 5_000, 20_000] {
        let stored = Stored::holding(&entries(0..size));
        assert_eq!(stored.home, Home::Sharded);
        let fullest = stored.shards.iter().map(|shard| shard.entries.len()).max();
        assert!(fullest.is_some_and(|most| most as u64 <= limit::INVENTORY_SHARD_ENTRIES_MAX));
        assert_eq!(known(&stored), entries(0..size));
    }
}

#[test]
fn a_change_writes_only_the_shards_that_it_touches() {
    let stored = Stored::holding(&entries(0..5_000));
    let shards = stored.shards.len();
    assert!(shards >= 5, "{shards}");
    let change = stored.change(&entries(0..5_001));
    assert_eq!((change.before.len(), change.after.len()), (1, 0));
    assert_eq!(stored.change(&entries(0..5_000)).before, []);
}

#[test]
fn an_inventory_that_grows_or_shrinks_much_is_divided_again() {
    let mut stored = Stored::holding(&entries(0..600));
    assert_eq!(stored.shards.len(), 1);
    stored.carry_out(&stored.change(&entries(0..2_000)));
    assert_eq!(stored.shards.len(), 3);
    assert!(stored.shards.iter().all(|shard| shard.generation == 2));
    stored.carry_out(&stored.change(&entries(0..20_000)));
    stored.carry_out(&stored.change(&entries(0..300)));
    assert_eq!(stored.shards.len(), 1);
    stored.carry_out(&stored.change(&entries(0..10)));
    assert_eq!((stored.shards.len(), known(&stored)), (0, entries(0..10)));
}

#[test]
fn shards_that_should_be_there_and_are_not_make_it_unknown() {
    let inventory = join(&Home::Sharded, &[]);
    assert_eq!(inventory, Inventory::Unknown(Error::NoShards));
}

#[test]
fn a_format_that_nobody_knows_makes_it_unknown() {
    let mut stored = Stored::holding(&entries(0..1_500));
    stored.shards[0].format = FORMAT + 1;
    let error = Error::Format { found: FORMAT + 1, known: FORMAT };
    assert_eq!(stored.inventory(), Inventory::Unknown(error.clone()));
    assert_eq!(change(&stored.home, &stored.shards, &entries(0..1_501)), Err(error));
}

#[test]
fn shards_that_contradict_each_other_make_it_unknown() {
    let stored = Stored::holding(&entries(0..1_500));
    let twice = [stored.shards.clone(), vec![stored.shards[0].clone()]].concat();
    let error = Inventory::Unknown(Error::Contradiction { generation: 1 });
    assert_eq!(join(&Home::Sharded, &twice), error);
    let mut miscounted = stored.clone();
    miscounted.shards[0].count += 1;
    assert_eq!(miscounted.inventory(), error);
    let mut outside = stored;
    outside.shards[0].index = outside.shards[0].count;
    assert_eq!(outside.inventory(), error);
}

#[test]
fn what_is_unknown_is_not_written_over_unless_a_person_says_so() {
    let mut stored = Stored::holding(&entries(0..1_500));
    stored.shards.pop();
    assert!(change(&stored.home, &stored.shards, &entries(0..1_501)).is_err());
    stored.carry_out(&start_over(&stored.shards, &entries(0..200)));
    assert_eq!(known(&stored), entries(0..200));
    assert_eq!(stored.shards.len(), 1);
}

#[test]
fn an_interrupted_division_is_replaced_by_the_next() {
    let stored = Stored::holding(&entries(0..600));
    let half = stored.states(&stored.change(&entries(0..2_000))).remove(1);
    assert_eq!(half.shards.len(), 3);
    let mut next = half.clone();
    next.carry_out(&half.change(&entries(0..2_000)));
    assert_eq!(known(&next), entries(0..2_000));
    assert!(next.shards.iter().all(|shard| shard.generation == 3));
}

/// Sizes on both sides of every bound.
fn size() -> impl Strategy<Value = usize> {
    prop_oneof![140_usize..160, 0_usize..200, 690_usize..710, 1_390_usize..1_410]
}

fn some_entries() -> impl Strategy<Value = Entries> {
    (size(), 0_usize..200).prop_map(|(size, from)| entries(from..from + size))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn what_is_split_is_joined_again(wanted in some_entries()) {
        prop_assert_eq!(known(&Stored::holding(&wanted)), wanted);
    }

    #[test]
    fn any_missing_shard_makes_it_unknown(size in 151_usize..1_500, lost in any::<prop::sample::Index>()) {
        let mut stored = Stored::holding(&entries(0..size));
        stored.shards.remove(lost.index(stored.shards.len()));
        prop_assert!(stored.inventory().is_unknown());
    }

    #[test]
    fn a_crash_after_any_write_loses_nothing_and_invents_nothing(old in some_entries(), new in some_entries()) {
        let before = Stored::holding(&old);
        let change = before.change(&new);
        let states = before.states(&change);
        for state in &states {
            let now = known(state);
            for key in old.keys().filter(|key| new.contains_key(*key)) {
                prop_assert!(now.contains_key(key), "{key} is lost");
            }
            for key in now.keys() {
                prop_assert!(old.contains_key(key) || new.contains_key(key), "{key} is invented");
            }
        }
        prop_assert_eq!(known(&states[states.len() - 1]), new);
    }

    #[test]
    fn a_sync_that_crashes_anywhere_goes_on_to_the_same_end(
        old in some_entries(), new in some_entries(), crash in any::<prop::sample::Index>(),
    ) {
        let before = Stored::holding(&old);
        let union = before.inventory().union(&Inventory::Known(new.clone()));
        let union = union.known().expect("both are known").clone();
        let additions = before.states(&before.change(&union));
        // Nothing was applied yet, so the next try begins with what is stored.
        let mut crashed = additions[crash.index(additions.len())].clone();
        for key in old.keys() {
            prop_assert!(known(&crashed).contains_key(key), "{key} is lost");
        }
        crashed.carry_out(&crashed.change(&union));
        prop_assert_eq!(known(&crashed), union);
        let removals = crashed.states(&crashed.change(&new));
        let mut again = removals[crash.index(removals.len())].clone();
        again.carry_out(&again.change(&new));
        prop_assert_eq!(known(&again), new);
    }

    #[test]
    fn the_order_in_which_shards_are_read_changes_nothing(size in 151_usize..1_500, seed in any::<u64>()) {
        let stored = Stored::holding(&entries(0..size));
        let mut shuffled = stored.clone();
        shuffled.shards.sort_by_key(|shard| (u64::from(shard.index) + 1).wrapping_mul(seed | 1));
        prop_assert_eq!(shuffled.inventory(), stored.inventory());
    }
}
