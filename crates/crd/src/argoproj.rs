//! Wire types of argoproj.io/v1alpha1.
//!
//! Source: argo-cd 3.5.1 `pkg/apis/application/v1alpha1`.

mod application;
mod operation;
mod project;
mod source;
mod status;

pub use application::APPLICATION;
pub use project::PROJECT;
