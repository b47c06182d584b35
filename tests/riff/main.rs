//! Chunks: what is read of any file, and what is written.

#[path = "../common/mod.rs"]
mod common;
#[cfg(target_os = "linux")]
#[path = "../common/small_disk.rs"]
mod small_disk;

mod append;
mod appended;
mod beside;
mod claims;
mod costs;
mod cut;
mod files;
mod full_disk;
mod hostile;
mod long;
mod make;
mod model;
mod players;
mod read;
mod reopened;
mod stopping;
mod write;
