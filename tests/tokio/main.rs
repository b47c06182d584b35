//! The buffer over streams that are polled: what is promised of a future that is dropped, and of a call
//! that fails. No runtime runs here: a loop polls. What needs one is in the package of the benches.

#[path = "../common/model.rs"]
#[allow(dead_code, reason = "no test binary uses all of it")]
mod model;

mod cancel;
mod poll;
mod promises;
mod stream;
mod trace;
mod view;
