//! The brain: desired, live and inventory become an assessment, and that becomes a plan whose every
//! step carries its reason.
//!
//! Absent here: the cluster, the clock, and both families' names. Live objects, dry runs and what we
//! remember arrive as values; the plan leaves nothing to choose later.
#![deny(clippy::disallowed_types)]

mod assessment;
mod baseline;
mod live;
mod step;

pub use assessment::{
    Assessed, Assessment, Desired, DesiredObject, Extra, Finding, ObjectOptions, Refusal,
    SyncStatus, Warning,
};
pub use baseline::{Baseline, DryRun, Memory};
pub use live::{Content, Entry, KindFact, Live, LiveObject, Sighting};
pub use step::{
    Action, Group, GroupName, Held, HeldReason, KeepReason, Kept, Plan, Reason, Step, SyncRequest,
};
