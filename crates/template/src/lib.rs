//! Go's text/template: texts are parsed once into a [`Set`], which any thread carries out any number of
//! times, each time in a [`Run`] of its own.
//!
//! Charts depend on Go's behaviour to the letter: on what is true, on which types compare, on how
//! numbers print, on maps that are shared and changed, and on the texts of errors. So the rules here
//! are those of Go 1.26's `text/template`, `fmt` and `strconv`; `tests/golden` holds what they
//! answered. Everything that a template may use is bounded by [`Limits`].
//!
//! Absent here: Sprig's and Helm's functions, files, the clock, randomness. Whoever uses the room adds
//! functions and gives them a context.
#![deny(clippy::disallowed_types)]
#![expect(
    clippy::mutable_key_type,
    reason = "what a text counts in its run takes no part in its order"
)]

mod builtin;
mod containers;
mod depth;
mod error;
mod format;
mod function;
mod heap;
mod lex;
mod limits;
mod meter;
mod named;
mod number;
mod object;
mod parse;
mod quote;
mod run;
mod set;
mod show;
mod sink;
mod text;
mod tree;
mod types;
mod unicode;
mod value;

pub use containers::{List, Map};
pub use depth::Depth;
pub use error::{Bound, Error, Exceeded, Execution, Place, Shown, Unparsable};
pub use format::Printer;
pub use format::{Digits, format_float};
pub use function::{Arguments, Function, Functions, Native, Signature};
pub use heap::{Charge, Heap};
pub use limits::Limits;
pub use named::{Named, NamedType};
pub use object::Object;
pub use quote::quoted;
pub use run::{MissingKey, Run, Settings, stack_bytes};
pub use set::Set;
pub use sink::Sink;
pub use text::Text;
pub use types::{FloatType, IntType, Type, UintType};
pub use unicode::is_printable;
pub use value::{Kind, Value};

/// Numbers as Go's source code writes them, with any base prefix and underscores.
pub mod literal {
    pub use crate::number::{float, int, uint};
}
