//! What the benches share: the candidates ([`candidates`]), their work ([`workloads`], and
//! [`chunks`] for RIFF), and how it is measured ([`table`]).
#![allow(dead_code, reason = "no bench uses all of it")]

pub(crate) mod candidates;
pub(crate) mod chunks;
pub(crate) mod table;
pub(crate) mod workloads;
