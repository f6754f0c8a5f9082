//! A Kubernetes API server inside the process, for tests, simulation and previews: the service under
//! a [`kube::Client`].
//!
//! [`Sandbox`] is the handle: it makes clients, steps the controllers that move Deployments, Jobs,
//! namespaces and garbage ([`Sandbox::tick`]), lets a [`Fate`] befall requests and watches, and gives
//! persons and other controllers direct access ([`Sandbox::state`]). One seed gives one history: time
//! and chance are [`Seams`], and nothing runs beside its callers.
//!
//! What it answers is compared with a real kube-apiserver by one suite that runs on both. A verb or a
//! parameter that it does not serve is answered with 501 and named.
//!
//! Absent here: sockets, authentication and authorization (whoever asks may), admission webhooks,
//! quotas, conversion webhooks, strategic merge patch, the `scale` subresource, OpenAPI, tables, YAML
//! and protobuf; rules in CEL, formats and patterns of definitions; and of the values of built-in kinds
//! all checks but those that people run into: names, metadata, types, what must not change, selectors,
//! containers, ports, leases and events.

mod answer;
mod catalogue;
mod controllers;
mod definition;
mod discovery;
mod faults;
mod filled;
mod journal;
mod patch;
mod read;
mod refusal;
mod request;
mod route;
mod sandbox;
mod selector;
mod server;
mod service;
mod state;
mod store;
mod validate;
mod watch;
mod write;

pub use answer::Answer;
pub use faults::{Fate, RequestFacts, Verb, WatchFacts};
pub use journal::Written;
pub use refusal::Refusal;
pub use sandbox::{Sandbox, Seams};
pub use state::{Ask, By, State};
