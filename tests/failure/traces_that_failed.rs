//! Random traces that failed once, shrunk; kept as they are, since a seed is worth nothing once traces are
//! made in another way.

use std::io::ErrorKind::{StorageFull, WouldBlock};

use crate::common::oracle::Harness;
use crate::common::step::Step::{self, *};
use crate::common::stream::{Class, Fault, Faulty, What};

/// A file, and what is done to it before the faults are armed, then, and once the stream is repaired.
struct Trace {
    capacity: usize,
    len: usize,
    start: usize,
    per_call: usize,
    room: usize,
    steps: [&'static [Step]; 3],
    faults: &'static [Fault],
}

const WHOLE: usize = usize::MAX;

const fn fault(class: Class, what: What, after: u32, for_good: bool) -> Fault {
    Fault { class, what, after, for_good }
}

#[rustfmt::skip]
const TRACES: [Trace; 7] = [
    Trace {
        capacity: 0, len: 0, start: 0, per_call: 1, room: WHOLE,
        steps: [&[], &[ReadExact(1)], &[]],
        faults: &[
            fault(Class::Seek, What::FailsMidway(StorageFull), 1, false),
            fault(Class::Seek, What::Fails(WouldBlock), 0, false),
        ],
    },
    Trace {
        capacity: 0, len: 133, start: 0, per_call: 1, room: WHOLE,
        steps: [&[], &[CopyWithin(133, 1, 0)], &[]],
        faults: &[fault(Class::Seek, What::Fails(StorageFull), 0, true)],
    },
    Trace {
        capacity: 33, len: 43, start: 308, per_call: 1, room: 366,
        steps: [
            &[SeekStart(329), Read(205), SeekStart(0), WriteVectored(34, 19), WriteAll(10)],
            &[ReadExact(3), SeekCurrent(22), ReadToEnd, WriteWith(54, 63), WriteAll(14)],
            &[WriteAll(7), ReadExact(37), WriteWith(76, 18)],
        ],
        faults: &[
            fault(Class::Write, What::Interrupted(3), 0, false),
            fault(Class::Write, What::Half, 1, true),
        ],
    },
    Trace {
        capacity: 33, len: 15, start: 69, per_call: WHOLE, room: WHOLE,
        steps: [
            &[WriteAll(164), Read(2)],
            &[Read(5), FillBuf(10), ReadExact(60), Sync, Write(2), IntoInner, SeekCurrent(-19)],
            &[],
        ],
        faults: &[fault(Class::Flush, What::FailsMidway(StorageFull), 0, false)],
    },
    Trace {
        capacity: 16, len: 109, start: 0, per_call: 1, room: WHOLE,
        steps: [
            &[StreamLen, SetLen(123), SeekCurrent(11), SeekStart(181)],
            &[
                SeekStart(57), Sync, SetCapacity(64), Flush, Close, Sync, ReadExact(64),
                WriteAll(289), Write(6),
            ],
            &[],
        ],
        faults: &[fault(Class::Sync, What::FailsMidway(StorageFull), 1, false)],
    },
    Trace {
        capacity: 1, len: 267, start: 0, per_call: 1, room: WHOLE,
        steps: [&[], &[InsertRange(0, 1)], &[]],
        faults: &[
            fault(Class::SetLen, What::Fails(StorageFull), 0, false),
            fault(Class::Write, What::FailsMidway(StorageFull), 0, true),
        ],
    },
    Trace {
        capacity: 33, len: 43, start: 5, per_call: WHOLE, room: WHOLE,
        steps: [
            &[FillBufMut(1)],
            &[Write(8), Sync, WriteVectored(10, 6)],
            &[FillBufMut(0), WriteAt(2, 41)],
        ],
        faults: &[fault(Class::Write, What::HalfThenFails(StorageFull), 1, false)],
    },
];

#[test]
fn traces_that_failed_once_keep_the_contract() {
    for trace in &TRACES {
        for (asks, repeats) in [(false, false), (false, true), (true, false), (true, true)] {
            let bytes: Vec<u8> = (0_u8..=250).cycle().take(trace.len).collect();
            let stream = Faulty::short(bytes, trace.per_call).at(trace.start);
            let mut harness = Harness::new(trace.capacity, stream);
            harness.asks = asks;
            harness.repeats = repeats;
            let [before, during, repaired] = trace.steps;
            for step in before {
                harness.take(step);
            }
            for &fault in trace.faults {
                harness.stream.arm(fault);
            }
            harness.stream.edit().room = trace.room;
            for step in during {
                harness.take(step);
            }
            harness.stream.repair();
            for step in repaired {
                harness.take(step);
            }
            harness.finish();
        }
    }
}
