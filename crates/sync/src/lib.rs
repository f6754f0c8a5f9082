//! One application's life: every event is one step, `(State, View, Event, now) → (State, Effects)`.
//!
//! Absent here: the cluster, tasks, and time that passes. A step never waits; what it waits for comes
//! as the next event.
#![deny(clippy::disallowed_types)]

mod attempt;
mod claimant;
mod deletion;
mod dry_run;
mod effect;
mod ending;
mod gate;
mod held;
mod operation;
mod report;
mod reporting;
mod results;
mod run;
mod state;
mod step;
mod view;
mod waiting;
mod words;

pub use effect::{
    Announcement, Change, Effect, Event, Failure, Happening, Incarnation, Outcome, Urgency,
};
pub use held::{APPROVE, held_set, tells_of_rewriting};
pub use operation::{
    HistoryEntry, ObjectResult, Operation, Phase, Record, Refresh, Request, ResultCode,
};
pub use report::{Condition, ConditionKind, FailurePoint, ObjectReport, Report, Stage};
pub use reporting::{not_supported, report, tells_of_a_failed_sync};
pub use state::{Asked, State};
pub use step::{step, take_in};
pub use view::{Habits, Room, Source, View, Window, Windows, Writes};
pub use words::PRUNE_HELD;
