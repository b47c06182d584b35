//! What the tests share: one stream that misbehaves on demand and counts its calls ([`stream`]), one
//! model of a file ([`model`]), and what a program can do to a file ([`step`]).
#![allow(dead_code, reason = "no test binary uses all of it")]

pub(crate) mod model;
pub(crate) mod step;
pub(crate) mod stream;
