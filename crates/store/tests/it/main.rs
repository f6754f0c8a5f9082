//! The local store, as the next process finds it.
#![expect(clippy::panic, reason = "a helper of tests fails its test as a test does")]

mod damage;
mod fixtures;
mod owners;
mod property;
