//! What is kept, and what is reported, when a call on the stream fails.

#[path = "../common/mod.rs"]
mod common;

mod close_and_drop;
mod errors;
mod faults;
#[cfg(feature = "journal")]
mod journal_errors;
mod named_faults;
mod panics;
mod traces_that_failed;
