//! Kubernetes' structured merge: who owns which field of an object, what an apply would change, and
//! the apply itself.
//!
//! A [`Schema`] says how the fields of a kind merge; a [`FieldSet`] is a set of fields, as
//! `managedFields` has them. [`set_of`] and [`values_digest`] are the S and D by which drift is
//! seen, [`compare`] decides without a request whether an apply would change anything, [`apply`] and
//! [`update`] do to an object and its managed fields what the API server does.
//!
//! Absent here: the cluster. Live objects arrive as values, and so does the time. Absent too: conversion
//! between versions, admission, and defaults that follow from other fields ([`stored`] fills in those
//! that do not).
#![deny(clippy::disallowed_types)]

mod apply;
mod combine;
mod compare;
mod differ;
mod digest;
mod element;
mod equivalent;
mod error;
mod field_set;
mod kubectl;
mod managed;
mod migrate;
mod order;
mod path;
mod prepare;
mod prune;
mod quantity;
mod reconcile;
mod schema;
mod set_of;
mod stored;
mod update;
mod validate;

pub use apply::{Applied, Apply, Conflict, Force, apply, is_settled};
pub use compare::{Compare, Comparison, Difference, DifferenceKind, compare};
pub use digest::{keyed_values_digest, values_digest};
pub use error::{Error, Problem, Problems};
pub use field_set::{CompactFieldSet, Entry, FieldSet};
pub use kubectl::{LAST_APPLIED, last_applied};
pub use managed::{ManagedEntry, ManagedFields, Operation, ownership, updates_of};
pub use migrate::{migration, restoration};
pub use path::{FieldPath, KeyField, PathElement};
pub use prepare::prepare;
pub use schema::{Origin, Schema};
pub use set_of::set_of;
pub use stored::stored;
pub use update::{Update, update};
pub use validate::{drop_unknown, duplicate_list_keys, type_problems, unknown_fields};
