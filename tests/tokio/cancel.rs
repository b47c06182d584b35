//! Futures dropped after any number of polls, over a stream that waits, fails, and defers its writes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::stream::Random;
use crate::trace::{Step, Tally, run_trace};

fn steps(seed: u64) -> Vec<Step> {
    let mut random = Random::new(!seed);
    let len = 2 + random.below(28);
    (0..len).map(|_| Step::random(&mut random)).collect()
}

fn holds(seed: u64, steps: &[Step]) -> bool {
    catch_unwind(AssertUnwindSafe(|| run_trace(seed, steps))).is_ok()
}

/// The trace without the steps that it does not need to fail.
fn shrunk(seed: u64, mut steps: Vec<Step>) -> Vec<Step> {
    std::panic::set_hook(Box::new(|_| ()));
    let mut at = steps.len();
    while at > 0 {
        at -= 1;
        let step = steps.remove(at);
        if holds(seed, &steps) {
            steps.insert(at, step);
        }
    }
    let _ = std::panic::take_hook();
    steps
}

#[test]
fn a_dropped_future_loses_and_doubles_nothing() {
    let traces =
        std::env::var("MMIO_TOKIO_TRACES").map_or(40_000, |traces| traces.parse().unwrap());
    let mut sum = Tally::default();
    for seed in 0..traces {
        let steps = steps(seed);
        let Ok(tally) = catch_unwind(AssertUnwindSafe(|| run_trace(seed, &steps))) else {
            let steps = shrunk(seed, steps);
            eprintln!("seed {seed}: {steps:#?}");
            run_trace(seed, &steps);
            unreachable!("the trace fails");
        };
        sum.traces += tally.traces;
        sum.calls += tally.calls;
        sum.dropped += tally.dropped;
        sum.failed += tally.failed;
    }
    println!("{sum:?}");
    assert!(sum.dropped > sum.traces / 4 && sum.failed > sum.traces / 4, "{sum:?}");
}
