//! Wire types of the toolkit.fluxcd.io groups.
//!
//! Source: source-controller 1.9.1 and kustomize-controller 1.9.4, `api/v1`.

mod git_repository;
mod kustomization;
mod parts;

pub use git_repository::GIT_REPOSITORY;
pub use kustomization::KUSTOMIZATION;
