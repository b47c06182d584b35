//! Reading, writing and seeking through the buffer: what a program sees, and what it costs.

#[path = "../common/mod.rs"]
mod common;

mod budgets;
mod calls;
mod copy_within;
mod costs;
mod direct_access;
mod hot_pages;
mod model;
mod no_alloc;
mod patterns;
mod positional;
mod promises;
mod ranges;
mod read_to_end;
mod start_position;
mod storage;
mod threads;
