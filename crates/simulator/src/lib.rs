//! The simulator: the real loop and the real edge to a cluster, over an API server inside the process,
//! Git in memory, and time that passes only when everybody waits.
//!
//! One seed gives one world ([`Model`](model::Model)): applications, commits, people, faults and
//! kills; one world gives one trace, byte for byte. [`run()`] lives through it; the judge
//! ([`checks`]) asks the invariants of every write, and in the end everything must be as
//! desired and at rest. [`Mutant`] are operators with one mistake each, which must be found.
//!
//! Absent here: sockets, disks, the time of day, and threads within a world.

mod acts;
mod api;
mod chance;
pub mod checks;
mod disk;
mod end;
mod facts;
mod faults;
mod git;
mod journal;
mod life;
pub mod model;
mod mutant;
mod objects;
mod ownership;
mod people;
mod process;
mod run;
mod scenario;
mod scope;
mod strangers;
mod time;
mod trace;
mod wire;
mod world;

pub use life::Moment;
pub use mutant::Mutant;
pub use run::{Outcome, run};
pub use scenario::{Deaths, Story, deaths};
