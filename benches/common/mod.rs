//! What the benches share: who is measured ([`candidates`]), at what ([`workloads`], and
//! [`chunks`] for RIFF), and how ([`table`]).
#![allow(dead_code, reason = "no bench uses all of it")]

pub(crate) mod candidates;
pub(crate) mod chunks;
pub(crate) mod table;
pub(crate) mod workloads;
