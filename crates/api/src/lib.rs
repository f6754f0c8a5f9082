//! What the product says about applications, as `-o json` and `-o yaml` print it: one shape for both
//! families, with names that stay.
//!
//! Absent here: how it is found out, and how it is laid out on a terminal.

mod application;
mod difference;
mod planned;

pub use application::{
    Application, Condition, HistoryEntry, Operation, Resource, ResourceResult, Source,
};
pub use difference::Difference;
pub use planned::Planned;
