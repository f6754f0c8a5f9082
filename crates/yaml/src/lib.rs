//! Kubernetes' YAML, exactly as kubectl reads and writes it: YAML 1.1 scalars, documents split at
//! lines that begin with `---`, JSON streams, and output with sorted keys.
//!
//! YAML has no one meaning: `014`, `yes` and `1e3` differ between parsers, and some parsers refuse
//! files that kubectl takes. What a manifest means to Kubernetes is what kubectl makes of it, so the
//! rules here are those of libyaml as go-yaml v2 runs them (see `NOTICE`), then those of
//! sigs.k8s.io/yaml, then those of apimachinery's decoder. `tests/golden` holds what kubectl answered.
//!
//! Absent here: files, Kubernetes objects, and YAML that is edited in place. Text comes in, JSON
//! values with lines come out.
#![deny(clippy::disallowed_types)]

mod annotations;
mod decode;
mod document;
mod each;
mod emit;
mod first;
mod json;
mod limits;
mod node;
mod number;
mod parse;
mod resolve;
mod scan;
mod split;
mod text;
mod timestamp;

pub use document::{Contents, Document, Note, Rules, documents, one_json_object};
pub use each::{Each, EachError};
pub use emit::{
    Emitter, emit, emit_visible, escaped, is_break, is_plain_text, is_printable, sorted,
};
pub use first::{Error, first, first_as};
pub use limits::{Limit, Limits};
pub use number::{float_to_yaml, key as float_to_key};
pub use resolve::Dialect;
