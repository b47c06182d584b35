//! Nothing is lost: the failure contract, against every fault a stream can have.
//!
//! One oracle (`common/oracle.rs`) looks at each call: what was returned is right, the position is
//! where the contract says, an error has a cause. After the stream is repaired, a flush succeeds,
//! the stream holds exactly the model's bytes, and everything reads back. Two drivers use it:
//! exhaustively over short sequences, and at random over long ones. The fuzzer in `fuzz/` is a third.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::common::oracle::Harness;
use crate::common::step::{Step, any_step};
use crate::common::stream::{Class, Fault, Faulty, What};
use proptest::prelude::*;

type Reached = BTreeMap<(Class, What), u32>;

/// What became of the traces of a driver.
#[derive(Default)]
struct Tally {
    traces: u64,
    /// How many calls were done again after they had failed.
    repeated: u64,
    reached: Reached,
}

impl Tally {
    /// Takes note of one trace.
    fn count(&mut self, harness: &Harness) {
        self.traces += 1;
        self.repeated += harness.repeated;
        for (&pair, &times) in &harness.stream.look().fired {
            *self.reached.entry(pair).or_default() += times;
        }
    }

    fn add(&mut self, more: Self) {
        self.traces += more.traces;
        self.repeated += more.repeated;
        for (pair, times) in more.reached {
            *self.reached.entry(pair).or_default() += times;
        }
    }

    /// A row that never met its fault proves nothing.
    fn show_and_check(&self, driver: &str) {
        let Self { traces, repeated, reached } = self;
        println!("{driver}: {traces} traces, {repeated} calls done again, 0 violations");
        println!("how often each fault was met:");
        for class in Class::ALL {
            for what in class.faults() {
                let times = reached.get(&(class, what)).copied().unwrap_or(0);
                println!("  {class:?} {what:?}: {times}");
                assert!(times > 0, "no trace met {class:?} {what:?}");
            }
        }
    }
}

// ----- exhaustive -----------------------------------------------------------------------------

/// Every operation, so long or so far that in a file of 150 bytes it meets every path.
fn steps() -> Vec<Step> {
    vec![
        Step::Read(6),
        Step::ReadExact(70),
        Step::ReadVectored(5, 80),
        Step::ReadToEnd,
        Step::ReadUntil(77),
        Step::FillBuf(3),
        Step::Write(70),
        Step::WriteAll(3),
        Step::WriteAll(63),
        Step::WriteVectored(3, 9),
        Step::FillBufMut(2),
        Step::WriteWith(5, 2),
        Step::SeekStart(21),
        Step::SeekStart(170),
        Step::SeekCurrent(-5),
        Step::SeekRelative(30),
        Step::SeekEnd(-3),
        Step::Rewind,
        Step::StreamLen,
        Step::Flush,
        Step::FlushEmpty,
        Step::SetCapacity(8),
        Step::SetLen(52),
        Step::CopyWithin(4, 20, 9),
        Step::InsertRange(21, 37),
        Step::RemoveRange(13, 46),
        Step::Sync,
        Step::Discard,
        Step::Close,
        Step::IntoInner,
        Step::IntoParts,
    ]
}

/// A file that nobody has used, in the middle of its stream.
fn unused(capacity: usize) -> Harness {
    Harness::new(capacity, Faulty::new((0..150).collect::<Vec<u8>>()).at(7))
}

/// A file with unwritten spots in pages of which not all is known, one of them behind the end; near
/// the second.
fn in_use(capacity: usize) -> Harness {
    let mut harness = unused(capacity);
    for (at, len) in [(21, 1), (53, 6), (151, 1)] {
        harness.take(&Step::SeekStart(at));
        harness.take(&Step::WriteAll(len));
    }
    harness.take(&Step::SeekStart(55));
    harness
}

/// Whether the longest sequences are tried too, which takes minutes.
fn takes_its_time() -> bool {
    std::env::var_os("MMIO_FAULT_SEQUENCES").is_some()
}

/// One whose program does not do again what failed, but goes on.
fn going_on(mut harness: Harness) -> Harness {
    harness.repeats = false;
    harness
}

/// Every sequence of so many steps, and in it every call going wrong in every way; with two faults,
/// every further call too, of those that are then made.
fn every_sequence(len: usize, faults: usize, harness: impl Fn() -> Harness) -> Tally {
    let mut traces = Traces { harness, for_good: false, tally: Tally::default() };
    let steps = steps();
    let mut at = vec![0; len];
    loop {
        let trace: Vec<&Step> = at.iter().map(|&index| &steps[index]).collect();
        traces.fail_everywhere(&trace, faults);
        // The next sequence, as an odometer counts.
        let Some(turned) = at.iter().rposition(|&index| index + 1 < steps.len()) else {
            return traces.tally;
        };
        at[turned] += 1;
        at[turned + 1..].fill(0);
    }
}

#[test]
fn every_fault_in_every_call_of_every_three_steps() {
    // Pages of four bytes.
    every_sequence(3, 1, || in_use(64)).show_and_check("three steps, 16 pages");
}

#[test]
fn every_fault_in_every_call_of_every_three_steps_with_little_buffer_or_none() {
    let mut tally = every_sequence(3, 1, || going_on(unused(2)));
    if takes_its_time() {
        tally.add(every_sequence(3, 1, || unused(0)));
    }
    tally.show_and_check("three steps, two pages or none");
}

#[test]
fn every_two_faults_in_every_two_calls_of_every_two_steps() {
    // Moving bytes makes many calls, and every two of them are minutes.
    if !takes_its_time() {
        println!("skipped: MMIO_FAULT_SEQUENCES is not set");
        return;
    }
    let mut tally = Tally::default();
    for start in [|| in_use(64), || unused(2), || unused(0)] {
        tally.add(every_sequence(2, 2, start));
        tally.add(every_sequence(2, 2, || going_on(start())));
    }
    tally.show_and_check("two steps, two faults");
}

#[test]
fn every_fault_for_once_and_for_good_in_every_call_of_every_step() {
    let mut tally = Tally::default();
    for capacity in [0, 1, 2, 8, 32, 33, 64, 256] {
        for start in [unused, in_use] {
            for for_good in [false, true] {
                for repeats in [false, true] {
                    let harness = || {
                        let harness = start(capacity);
                        if repeats { harness } else { going_on(harness) }
                    };
                    let mut traces = Traces { harness, for_good, tally: Tally::default() };
                    for step in &steps() {
                        traces.fail_everywhere(&[step], 1);
                    }
                    tally.add(traces.tally);
                }
            }
        }
    }
    tally.show_and_check("one step");
}

/// Traces that were made to fail.
struct Traces<H> {
    harness: H,
    for_good: bool,
    tally: Tally,
}

impl<H: Fn() -> Harness> Traces<H> {
    /// Takes the steps once unobserved, and then with every fault in every call, up to so many at once.
    fn fail_everywhere(&mut self, trace: &[&Step], faults: usize) {
        let mut unobserved = (self.harness)();
        unobserved.asks = false;
        for step in trace {
            unobserved.take(step);
        }
        self.tally.count(&unobserved);
        unobserved.finish();
        self.fail_further(trace, &mut Vec::new(), faults);
    }

    /// Takes the steps with the faults of `plan`, and then with up to `more` further ones in the calls
    /// behind those.
    fn fail_further(&mut self, trace: &[&Step], plan: &mut Vec<Fault>, more: usize) {
        let calls = self.run(trace, plan);
        if more == 0 {
            return;
        }
        let mut made = BTreeMap::new();
        let mut is_behind = plan.is_empty();
        for class in calls {
            let made = made.entry(class).or_insert(0);
            let after = *made;
            *made += 1;
            if is_behind {
                for what in class.faults() {
                    // What is interrupted for good never ends, by contract.
                    let for_good = self.for_good && !matches!(what, What::Interrupted(_));
                    plan.push(Fault { class, what, after, for_good });
                    self.fail_further(trace, plan, more - 1);
                    plan.pop();
                }
            }
            is_behind |= plan.last().is_some_and(|last| (last.class, last.after) == (class, after));
        }
    }

    /// Takes the steps with these faults; returns the calls on the stream.
    fn run(&mut self, trace: &[&Step], plan: &[Fault]) -> Vec<Class> {
        let mut harness = (self.harness)();
        harness.stream.forget_calls();
        for &fault in plan {
            harness.stream.arm(fault);
        }
        for step in trace {
            harness.take(step);
        }
        let calls = harness.stream.look().log.iter().map(|call| call.class).collect();
        self.tally.count(&harness);
        for fault in plan {
            let met = harness.stream.look().fired.contains_key(&(fault.class, fault.what));
            assert!(met, "{fault:?} of {plan:?} was not met in {trace:?}");
        }
        harness.finish();
        calls
    }
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

fn at_random() -> ProptestConfig {
    crate::common::random(100_000, "MMIO_FAULT_TRACES")
}

static TALLY: Mutex<Tally> = Mutex::new(Tally { traces: 0, repeated: 0, reached: Reached::new() });

proptest! {
    #![proptest_config(at_random())]

    fn run_random_traces(
        capacity in prop::sample::select(vec![0_usize, 1, 2, 3, 8, 16, 33, 64, 256]),
        len in 0..300_usize,
        start in prop::option::of(0..330_usize),
        asks: bool,
        repeats: bool,
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
        harness.repeats = repeats;
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
        TALLY.lock().unwrap().count(&harness);
        harness.finish();
    }
}

#[test]
fn random_traces_keep_the_contract() {
    run_random_traces();
    TALLY.lock().unwrap().show_and_check("random");
}
