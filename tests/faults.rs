//! Nothing is lost: the failure contract, against every fault a stream can have.
//!
//! One oracle (`common/oracle.rs`) looks at each call: what was returned is right, the position is
//! where the contract says, an error has a cause. After the stream is repaired, a flush succeeds,
//! the stream holds exactly the model's bytes, and everything reads back. Two drivers use it:
//! exhaustively over short sequences, and at random over long ones. The fuzzer in `fuzz/` is a third.

mod common;

use std::collections::BTreeMap;
use std::sync::Mutex;

use common::oracle::Harness;
use common::step::{Step, any_step};
use common::stream::{Class, Fault, Faulty, What};
use proptest::prelude::*;

type Reached = BTreeMap<(Class, What), u32>;

fn add(reached: &mut Reached, stream: &Faulty) {
    for (&pair, &times) in &stream.look().fired {
        *reached.entry(pair).or_default() += times;
    }
}

/// A row that never met its fault proves nothing.
fn show_and_check(driver: &str, traces: u64, reached: &Reached) {
    println!("{driver}: {traces} traces, 0 violations; how often each fault was met:");
    for class in Class::ALL {
        for what in class.faults() {
            let times = reached.get(&(class, what)).copied().unwrap_or(0);
            println!("  {class:?} {what:?}: {times}");
            assert!(times > 0, "no trace met {class:?} {what:?}");
        }
    }
}

// ----- exhaustive -----------------------------------------------------------------------------

/// Steps that between them meet every path, over a file of 40 bytes.
fn steps() -> Vec<Step> {
    vec![
        Step::Read(6),
        Step::ReadExact(70),
        Step::FillBuf(3),
        Step::WriteAll(3),
        Step::WriteAll(30),
        Step::Write(70),
        Step::FillBufMut(2),
        Step::WriteWith(5, 2),
        Step::SeekStart(21),
        Step::SeekStart(50),
        Step::SeekCurrent(-5),
        Step::SeekEnd(-3),
        Step::Rewind,
        Step::Flush,
        Step::FlushEmpty,
        Step::SetCapacity(8),
        Step::SetLen(22),
        Step::CopyWithin(4, 20, 9),
        Step::Sync,
        Step::Discard,
        Step::Close,
        Step::IntoInner,
        Step::IntoParts,
    ]
}

fn harness(capacity: usize) -> Harness {
    Harness::new(capacity, Faulty::new((0..40).collect::<Vec<u8>>()).at(7))
}

/// Every sequence of three steps, and in it every call of a class going wrong in every way.
#[test]
fn every_fault_in_every_call_of_every_three_steps() {
    let mut traces = 0;
    let mut reached = Reached::new();
    let steps = steps();
    // Few frames, so that room has to be made; pages of 2 bytes and of 4; and none.
    for capacity in [2, 32, 64, 0] {
        for first in &steps {
            for second in &steps {
                for third in &steps {
                    let trace = [first, second, third];
                    traces += fail_everywhere(capacity, trace, &mut reached);
                }
            }
        }
    }
    show_and_check("exhaustive", traces, &reached);
}

fn fail_everywhere(capacity: usize, trace: [&Step; 3], reached: &mut Reached) -> u64 {
    // Without a fault: once unobserved, once to know the calls.
    let mut alone = harness(capacity);
    alone.asks = false;
    let mut well = harness(capacity);
    for step in trace {
        alone.take(step);
        well.take(step);
    }
    alone.finish();
    let mut traces = 2;
    for class in Class::ALL {
        let calls = well.stream.look().log.iter().filter(|call| call.class == class).count();
        for (at, what) in (0..calls).flat_map(|at| class.faults().into_iter().map(move |w| (at, w)))
        {
            let after = u32::try_from(at).unwrap();
            let mut harness = harness(capacity);
            harness.stream.arm(Fault::once(class, what, after));
            for step in trace {
                harness.take(step);
            }
            add(reached, &harness.stream);
            harness.finish();
            traces += 1;
        }
    }
    traces
}

// ----- at random ------------------------------------------------------------------------------

fn any_fault() -> impl Strategy<Value = Fault> {
    let pair = prop::sample::select(Class::ALL.to_vec())
        .prop_flat_map(|class| (Just(class), prop::sample::select(class.faults())));
    (pair, 0..5_u32, prop::bool::weighted(0.3)).prop_map(|((class, what), after, for_good)| {
        // What is interrupted for good never ends, by contract.
        let for_good = for_good && !matches!(what, What::Interrupted(_));
        Fault { class, what, after, for_good }
    })
}

/// `MMIO_FAULT_TRACES` makes this run longer.
fn traces() -> u32 {
    std::env::var("MMIO_FAULT_TRACES").map_or(100_000, |traces| traces.parse().unwrap())
}

static REACHED: Mutex<Reached> = Mutex::new(Reached::new());

proptest! {
    #![proptest_config(ProptestConfig::with_cases(traces()))]

    fn run_random_traces(
        capacity in prop::sample::select(vec![0_usize, 1, 2, 3, 8, 16, 33, 64, 256]),
        len in 0..300_usize,
        start in prop::option::of(0..330_usize),
        asks: bool,
        per_call in prop::sample::select(vec![1_usize, 5, usize::MAX, usize::MAX]),
        room in prop::option::weighted(0.2, 0..400_usize),
        before in prop::collection::vec(any_step(), 0..6),
        faults in prop::collection::vec(any_fault(), 1..3),
        during in prop::collection::vec(any_step(), 1..10),
        repaired in prop::collection::vec(any_step(), 0..4),
    ) {
        let bytes: Vec<u8> = (0_u8..=250).cycle().take(len).collect();
        let stream = Faulty::short(bytes, per_call).at(start.unwrap_or(0));
        let mut harness = Harness::new(capacity, stream);
        harness.asks = asks;
        for step in &before {
            harness.take(step);
        }
        for fault in faults {
            harness.stream.arm(fault);
        }
        harness.stream.edit().room = room.unwrap_or(usize::MAX);
        for step in &during {
            harness.take(step);
        }
        harness.stream.repair();
        for step in &repaired {
            harness.take(step);
        }
        add(&mut REACHED.lock().unwrap(), &harness.stream);
        harness.finish();
    }
}

#[test]
fn random_traces_keep_the_contract() {
    run_random_traces();
    show_and_check("random", traces().into(), &REACHED.lock().unwrap());
}
