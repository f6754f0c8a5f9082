//! The brain: desired, live and inventory become an assessment, and that becomes a plan whose every
//! step carries its reason.
//!
//! Absent here: the cluster, the clock, and both families' names. Live objects, dry runs and what we
//! remember arrive as values; the plan leaves nothing to choose later.
#![deny(clippy::disallowed_types)]

mod assess;
mod assessment;
mod baseline;
mod desired;
mod groups;
mod lint;
mod live;
mod options;
mod order;
mod ownership;
mod planning;
mod prune;
mod removal;
mod show;
mod step;
mod world;

pub use assess::{assess, baseline_after};
pub use assessment::{
    Assessed, Assessment, Desired, DesiredObject, Extra, Finding, ObjectOptions, Placed, Refusal,
    SourceFile, SyncStatus, Warning,
};
pub use baseline::{Baseline, DryRun, Memory};
pub use desired::{Part, desired, images};
pub use lint::{Breach, lint, lint_removal};
pub use live::{Content, Entry, KindFact, Live, LiveObject, Sighting};
pub use order::place_in_stage;
pub use ownership::{Ownership, RemovalRight, ownership, removal_right};
pub use planning::plan;
pub use prune::misses_nothing;
pub use removal::removal_plan;
pub use step::{
    Action, Group, GroupName, Held, HeldReason, KeepReason, Kept, Plan, Reason, Step, SyncRequest,
};
pub use world::{Claimant, Claims, Elsewhere, Schemas, Wanted, World};
