//! What the tests share: one stream that misbehaves on demand and counts its calls ([`stream`]), one
//! model of a file ([`model`]), what a program can do to a file ([`step`]), what must hold then
//! ([`oracle`]), which call is to blame if it fails ([`blame`]), a file whose calls are counted ([`counted`]), and the examples ([`example`]).
#![allow(dead_code, reason = "no test binary uses all of it")]

pub(crate) mod blame;
pub(crate) mod counted;
pub(crate) mod example;
pub(crate) mod model;
pub(crate) mod oracle;
pub(crate) mod step;
pub(crate) mod stream;

use proptest::test_runner::{Config, FileFailurePersistence};

/// `cases` random cases, or the number in the environment variable. Those that fail are kept beside the
/// test, and tried first from then on.
pub(crate) fn random(cases: u32, variable: &str) -> Config {
    let cases = std::env::var(variable).map_or(cases, |cases| cases.parse().unwrap());
    let kept = FileFailurePersistence::WithSource("proptest-regressions");
    Config { cases, failure_persistence: Some(Box::new(kept)), ..Config::default() }
}
