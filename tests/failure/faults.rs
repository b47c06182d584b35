//! Nothing is lost: the failure contract, against every fault a stream can have.
//!
//! One oracle (`common/oracle.rs`) looks at each call: what was returned is right, the position is
//! where the contract says, an error has a cause. After the stream is repaired, a flush succeeds,
//! the stream holds exactly the model's bytes, and everything reads back. Two drivers use it:
//! exhaustively over short sequences, and at random over long ones. The fuzzer in `fuzz/` is a third.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Mutex;

use crate::common::oracle::Harness;
use crate::common::step::{Step, any_step};
use crate::common::stream::{Call, Class, Fault, Faulty, What};
use proptest::prelude::*;

type Reached = BTreeMap<(Class, What), u32>;

/// The results of the traces of a driver.
#[derive(Default)]
struct Tally {
    traces: u64,
    /// How many failed calls were repeated.
    repeated: u64,
    reached: Reached,
}

impl Tally {
    /// Records one trace.
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

/// How long a file is in which a buffer of 64 bytes meets every path, and one of two bytes, or none. There,
/// each two bytes are moved by calls of their own, and so only few are moved.
const LONG: usize = 150;
const SHORT: usize = 12;

/// What a trace begins with: a file, and whether it has been used.
#[derive(Clone, Copy)]
struct Start {
    len: usize,
    capacity: usize,
    is_in_use: bool,
    is_sole_owner: bool,
}

impl Start {
    /// A new file, near the start of its stream.
    fn unused(len: usize, capacity: usize) -> Self {
        Self { len, capacity, is_in_use: false, is_sole_owner: false }
    }

    /// A file with unwritten spots in pages of which not all is known, one of them past the end; in the
    /// other.
    fn in_use(len: usize, capacity: usize) -> Self {
        Self { is_in_use: true, ..Self::unused(len, capacity) }
    }

    /// The same, of which the file is the sole owner.
    fn solely(self) -> Self {
        Self { is_sole_owner: true, ..self }
    }

    fn part(self, of_150: usize) -> usize {
        (of_150 * self.len).div_ceil(LONG)
    }

    fn harness(self, repeats: bool) -> Harness {
        let bytes = (0_u8..).take(self.len).collect::<Vec<u8>>();
        let mut harness = Harness::new(self.capacity, Faulty::new(bytes).at(self.part(7)));
        if self.is_sole_owner {
            harness = harness.sole_owner();
        }
        if self.is_in_use {
            for (at, len) in [(53, 6), (151, 1)] {
                harness.take(&Step::SeekStart(self.part(at)));
                harness.take(&Step::WriteAll(len));
            }
            harness.take(&Step::SeekStart(self.part(55)));
            harness.stream.forget_calls();
        }
        harness.repeats = repeats;
        harness
    }

    /// Every operation, so long or so far that it meets every path.
    fn steps(self) -> Vec<Step> {
        let part = |of_150| self.part(of_150);
        let distance = |of_150| i64::try_from(part(of_150)).unwrap();
        vec![
            Step::Read(part(6)),
            Step::ReadExact(part(70)),
            Step::ReadVectored(part(5), part(80)),
            Step::ReadToEnd,
            Step::ReadUntil(u8::try_from(part(77)).unwrap()),
            Step::FillBuf(part(3)),
            Step::Write(part(70)),
            Step::WriteAll(part(3)),
            Step::WriteAll(part(63)),
            Step::WriteVectored(part(3), part(9)),
            Step::FillBufMut(part(2)),
            Step::WriteWith(5, 2),
            Step::ReadAt(part(70), part(100)),
            Step::ReadExactAt(part(6), part(40)),
            Step::WriteAt(part(70), part(100)),
            Step::WriteAllAt(part(6), part(40)),
            Step::SeekStart(part(21)),
            Step::SeekStart(part(170)),
            Step::SeekCurrent(-distance(5)),
            Step::SeekRelative(distance(30)),
            Step::SeekEnd(-distance(3)),
            Step::Rewind,
            Step::StreamLen,
            Step::Flush,
            Step::FlushEmpty,
            Step::SetCapacity(8),
            Step::SetLen(part(110)),
            Step::CopyWithin(part(4), part(30), part(26)),
            Step::InsertRange(part(100), part(25)),
            Step::RemoveRange(part(50), part(80)),
            Step::Sync,
            Step::Discard,
            Step::Close,
            Step::IntoInner,
            Step::IntoParts,
        ]
    }

    /// Every sequence of a number of steps, with every fault in every call it makes; with two faults,
    /// every further call too, of those that are then made.
    fn every_sequence(self, len: usize, faults: usize) -> Tally {
        let mut traces = Traces { start: self, for_good: false, calls: 0, tally: Tally::default() };
        let steps = self.steps();
        let mut at = vec![0; len];
        loop {
            let trace: Vec<&Step> = at.iter().map(|&index| &steps[index]).collect();
            if is_worth_it(&trace) {
                traces.fail_everywhere(&trace, faults);
            }
            // The next sequence, as an odometer counts.
            let Some(turned) = at.iter().rposition(|&index| index + 1 < steps.len()) else {
                return traces.tally;
            };
            at[turned] += 1;
            at[turned + 1..].fill(0);
        }
    }
}

/// Whether a sequence has more to show than the shorter ones.
fn is_worth_it(trace: &[&Step]) -> bool {
    let moves = |step: &&&Step| {
        matches!(step, Step::CopyWithin(..) | Step::InsertRange(..) | Step::RemoveRange(..))
    };
    // These are a seek that is there too; or a seek, a step that is there too, and a seek back.
    let is_twofold = |step: &&Step| {
        matches!(step, Step::Rewind | Step::SeekRelative(_) | Step::ReadAt(..) | Step::WriteAt(..))
    };
    let are_few = trace.len() < 3 || trace.iter().filter(moves).count() < 2;
    are_few && !trace.iter().any(is_twofold)
}

#[test]
fn every_fault_in_every_call_of_every_three_steps() {
    // Pages of four bytes.
    Start::in_use(LONG, 64).every_sequence(3, 1).show_and_check("three steps, 16 pages");
}

#[test]
fn every_fault_in_every_call_of_every_three_steps_with_little_buffer_or_none() {
    let mut tally = Start::unused(SHORT, 2).solely().every_sequence(3, 1);
    tally.add(Start::unused(SHORT, 0).every_sequence(3, 1));
    tally.show_and_check("three steps, two pages or none");
}

#[test]
fn every_two_faults_in_every_two_calls_of_every_two_steps() {
    let mut tally = Tally::default();
    for start in [
        Start::in_use(LONG, 64).solely(),
        Start::unused(SHORT, 2),
        Start::unused(SHORT, 0).solely(),
    ] {
        tally.add(start.every_sequence(2, 2));
    }
    tally.show_and_check("two steps, two faults");
}

#[test]
fn every_fault_for_once_and_for_good_in_every_call_of_every_step() {
    let mut tally = Tally::default();
    for capacity in [0, 1, 2, 8, 32, 33, 64, 256] {
        let starts = [Start::unused(LONG, capacity), Start::in_use(LONG, capacity)];
        for start in starts.into_iter().flat_map(|start| [start, start.solely()]) {
            for for_good in [false, true] {
                let mut traces = Traces { start, for_good, calls: 0, tally: Tally::default() };
                for step in &start.steps() {
                    traces.fail_everywhere(&[step], 1);
                }
                tally.add(traces.tally);
            }
        }
    }
    tally.show_and_check("one step");
}

/// What a program does about a call that fails.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Program {
    /// It makes the call again.
    Repeats,
    GoesOn,
    /// None has failed yet, so both are to be tried.
    DoesEither,
}

/// Traces that were made to fail.
struct Traces {
    start: Start,
    for_good: bool,
    /// How many calls were made to fail, each in every way.
    calls: u64,
    tally: Tally,
}

impl Traces {
    /// Takes the steps once without faults, and then with every fault in every call, up to a number at once.
    fn fail_everywhere(&mut self, trace: &[&Step], faults: usize) {
        let mut unobserved = self.start.harness(true);
        unobserved.asks = false;
        for step in trace {
            unobserved.take(step);
        }
        self.tally.count(&unobserved);
        unobserved.finish();
        self.fail_further(trace, &mut Vec::new(), faults, Program::DoesEither);
    }

    /// Takes the steps with the faults of `plan`, and then with up to `more` further ones in the calls
    /// after those.
    fn fail_further(
        &mut self,
        trace: &[&Step],
        plan: &mut Vec<Fault>,
        more: usize,
        mut program: Program,
    ) {
        let (calls, has_repeated) = self.run(trace, plan, program != Program::GoesOn);
        if has_repeated && program == Program::DoesEither {
            self.fail_further(trace, plan, more, Program::GoesOn);
            program = Program::Repeats;
        }
        if more == 0 {
            return;
        }
        let mut made = BTreeMap::new();
        let mut is_after = plan.is_empty();
        for call in calls {
            let class = call.class;
            let made = made.entry(class).or_insert(0);
            let after = *made;
            *made += 1;
            if is_after {
                self.calls += 1;
                for what in class.faults() {
                    if self.is_no_other(what, call) {
                        continue;
                    }
                    // What is interrupted for good never ends, by contract.
                    let for_good = self.for_good && !matches!(what, What::Interrupted(_));
                    plan.push(Fault { class, what, after, for_good });
                    self.fail_further(trace, plan, more - 1, program);
                    plan.pop();
                }
            }
            is_after |= plan.last().is_some_and(|last| (last.class, last.after) == (class, after));
        }
    }

    /// Whether a fault in this call is equivalent to another that is tried.
    fn is_no_other(&self, what: What, Call { class, moved, .. }: Call) -> bool {
        match what {
            // Of one byte half is all, and of two bytes it is one.
            What::Short(_) => moved < 2,
            What::Half => moved < 3,
            _ if self.for_good => false,
            // All is moved, and it is the next call that fails.
            What::HalfThenFails(_) => moved < 2,
            // Nothing is moved before it fails.
            What::FailsMidway(_) => class == Class::Read && moved == 0,
            // Those that differ in their kind alone take turns.
            What::Fails(kind) => (kind == ErrorKind::WouldBlock) != self.calls.is_multiple_of(2),
            _ => false,
        }
    }

    /// Takes the steps with these faults; returns the calls on the stream, and whether any step was
    /// taken again.
    fn run(&mut self, trace: &[&Step], plan: &[Fault], repeats: bool) -> (Vec<Call>, bool) {
        let mut harness = self.start.harness(repeats);
        for &fault in plan {
            harness.stream.arm(fault);
        }
        for step in trace {
            harness.take(step);
        }
        let calls = harness.stream.look().log.clone();
        let has_repeated = harness.repeated > 0;
        self.tally.count(&harness);
        for fault in plan {
            let met = harness.stream.look().fired.contains_key(&(fault.class, fault.what));
            assert!(met, "{fault:?} of {plan:?} was not met in {trace:?}");
        }
        harness.finish();
        (calls, has_repeated)
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
        is_sole_owner: bool,
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
        if is_sole_owner {
            harness = harness.sole_owner();
        }
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
