//! The edge before a server that does what the test says, and before a real one.

mod faults;
mod fixtures;
mod limits;
mod real_server;
mod script;
mod seams;
mod watching;
