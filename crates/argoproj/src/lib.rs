//! The first door: `Application` and `AppProject` of argoproj.io become the domain's words once, at
//! the door, and a report goes back as a status in the family's words.
//!
//! [`app`] reads an Application, [`project`] an `AppProject`, [`Repositories`] the Secrets of
//! repositories; [`status`] writes an Application's status as a JSON merge patch; [`tables`] says of
//! each field whether it acts.
//!
//! Absent here: the cluster, the clock, and every decision. Resources arrive as values, and what is
//! returned is a value.
#![deny(clippy::disallowed_types)]

mod annotations;
mod application;
mod conditions;
mod event;
mod finalizers;
pub mod names;
mod obstacles;
mod operation;
mod options;
mod policy;
mod project;
mod record;
mod repository;
mod resources;
mod results;
mod settings;
mod source;
mod state;
mod status;
pub mod tables;

pub use annotations::annotations;
pub use application::{
    Invalid, app, claim, home, id, in_any_namespace, is_skipped, known_as, mark, owner_in,
    parses_as_true, project_of, serves,
};
pub use conditions::name as condition_name;
pub use event::{event, obstacle_event, reason};
pub use finalizers::without_ours;
pub use obstacles::obstacles;
pub use project::{default_project, project};
pub use repository::{Changed, Repositories, Repository};
pub use settings::Settings;
pub use status::{status, status_of_invalid};
