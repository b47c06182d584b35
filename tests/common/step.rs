//! What a program can do to a file, and how to make up a sequence of it.

use proptest::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Read(usize),
    ReadExact(usize),
    ReadVectored(usize, usize),
    ReadToEnd,
    ReadUntil(u8),
    FillBuf(usize),
    Write(usize),
    WriteAll(usize),
    WriteVectored(usize, usize),
    FillBufMut(usize),
    WriteWith(usize, usize),
    ReadAt(usize, usize),
    ReadExactAt(usize, usize),
    WriteAt(usize, usize),
    WriteAllAt(usize, usize),
    SeekStart(usize),
    SeekCurrent(i64),
    SeekRelative(i64),
    SeekEnd(i64),
    Rewind,
    StreamLen,
    Flush,
    FlushEmpty,
    SetCapacity(usize),
    SetLen(usize),
    CopyWithin(usize, usize, usize),
    InsertRange(usize, usize),
    RemoveRange(usize, usize),
    Sync,
    Discard,
    Close,
    IntoInner,
    IntoParts,
}

pub(crate) const CAPACITIES: [usize; 10] = [0, 1, 2, 3, 8, 16, 33, 64, 256, 64 * 1024];

/// Numbers for a step in a file of some 300 bytes. Each kind of step takes those it needs.
#[derive(Debug)]
struct Numbers {
    /// Lengths, most of them below 20.
    len: usize,
    more: usize,
    /// Offsets.
    at: usize,
    to: usize,
    by: i64,
    byte: u8,
    capacity: usize,
}

/// How often a kind of step is chosen, and how it is made.
type Kind = (usize, fn(&Numbers) -> Step);

const KINDS: [Kind; 33] = [
    (3, |n| Step::Read(n.len)),
    (3, |n| Step::ReadExact(n.len)),
    (1, |n| Step::ReadVectored(n.len, n.more)),
    (1, |_| Step::ReadToEnd),
    (1, |n| Step::ReadUntil(n.byte)),
    (2, |n| Step::FillBuf(n.len)),
    (3, |n| Step::Write(n.len)),
    (4, |n| Step::WriteAll(n.len)),
    (1, |n| Step::WriteVectored(n.len, n.more)),
    (2, |n| Step::FillBufMut(n.len)),
    (2, |n| Step::WriteWith(n.len, n.more)),
    (1, |n| Step::ReadAt(n.len, n.at)),
    (1, |n| Step::ReadExactAt(n.len, n.at)),
    (1, |n| Step::WriteAt(n.len, n.at)),
    (2, |n| Step::WriteAllAt(n.len, n.at)),
    (5, |n| Step::SeekStart(n.at)),
    (3, |n| Step::SeekCurrent(n.by)),
    (1, |n| Step::SeekRelative(n.by)),
    (2, |n| Step::SeekEnd(n.by)),
    (1, |_| Step::Rewind),
    (1, |_| Step::StreamLen),
    (2, |_| Step::Flush),
    (1, |_| Step::FlushEmpty),
    (1, |n| Step::SetCapacity(n.capacity)),
    (1, |n| Step::SetLen(n.at)),
    (1, |n| Step::CopyWithin(n.at, n.more, n.to)),
    (1, |n| Step::InsertRange(n.at, n.more)),
    (1, |n| Step::RemoveRange(n.at, n.to)),
    (1, |_| Step::Sync),
    (1, |_| Step::Discard),
    (1, |_| Step::Close),
    (1, |_| Step::IntoInner),
    (1, |_| Step::IntoParts),
];

/// Any step. Not by `prop_oneof!`, which seeds a generator for each of its alternatives: with so many, that
/// took thrice as long as the steps themselves.
pub(crate) fn any_step() -> impl Strategy<Value = Step> {
    let of_each = |(weight, make)| std::iter::repeat_n(make, weight);
    let makes: Vec<fn(&Numbers) -> Step> = KINDS.into_iter().flat_map(of_each).collect();
    let limits = prop::sample::select(&[20_usize, 20, 20, 20, 80, 80, 300][..]);
    let len = (limits, 0..300_usize).prop_map(|(limit, len)| len % limit);
    let capacity = prop::sample::select(&CAPACITIES[..]);
    let numbers =
        (len.clone(), len, 0..330_usize, 0..330_usize, -40..40_i64, any::<u8>(), capacity)
            .prop_map(|(len, more, at, to, by, byte, capacity)| Numbers {
                len,
                more,
                at,
                to,
                by,
                byte,
                capacity,
            });
    (prop::sample::select(makes), numbers).prop_map(|(make, numbers)| make(&numbers))
}
