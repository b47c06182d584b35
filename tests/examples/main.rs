//! The programs of `examples/` and of the README, run as a reader would run them.

#[path = "../common/mod.rs"]
mod common;

mod programs;
mod readme;
mod riff;
