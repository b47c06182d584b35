//! Edits that a crash can't cut in half: a disk that loses its power at any moment ([`disk`]), what a
//! program does with it ([`script`]), and what must be so afterwards.
#![allow(clippy::cast_possible_truncation, reason = "the files of these tests are small")]

mod believed;
mod crash;
#[allow(dead_code, reason = "a part of it is for the unit tests")]
mod disk;
mod edit;
mod faults;
mod hostile;
mod on_disk;
mod real;
#[allow(dead_code, reason = "a part of it is for the unit tests")]
mod script;
