//! One test's own place: a tenant of the real server, repositories, and the operator itself.

mod operator;
mod place;
mod repository;
mod restored;
mod shop;

pub use operator::Operator;
pub use place::{ARGOPROJ, KUSTOMIZE, Place, SOURCE, condition, define, value_of};
pub use repository::Repository;
pub use restored::{Alone, Restored};
pub use shop::{Shop, config_map};
