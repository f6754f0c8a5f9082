//! The decoder and the index, by the values that go in and come out.

mod decoder;
mod fixtures;
mod index;
mod kinds;
mod order;
