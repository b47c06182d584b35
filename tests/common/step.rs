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

/// Any step, over a file of some 300 bytes.
pub(crate) fn any_step() -> impl Strategy<Value = Step> {
    let offset = 0..330_usize;
    let near = -40..40_i64;
    let len = prop_oneof![4 => 0..20_usize, 2 => 20..80_usize, 1 => 80..300_usize];
    let range = (0..300_usize, 0..100_usize, 0..300_usize);
    prop_oneof![
        3 => len.clone().prop_map(Step::Read),
        3 => len.clone().prop_map(Step::ReadExact),
        1 => (len.clone(), len.clone()).prop_map(|(a, b)| Step::ReadVectored(a, b)),
        1 => Just(Step::ReadToEnd),
        1 => any::<u8>().prop_map(Step::ReadUntil),
        2 => len.clone().prop_map(Step::FillBuf),
        3 => len.clone().prop_map(Step::Write),
        4 => len.clone().prop_map(Step::WriteAll),
        1 => (len.clone(), len.clone()).prop_map(|(a, b)| Step::WriteVectored(a, b)),
        2 => len.clone().prop_map(Step::FillBufMut),
        2 => (len.clone(), len.clone()).prop_map(|(a, b)| Step::WriteWith(a, b)),
        1 => (len.clone(), offset.clone()).prop_map(|(len, at)| Step::ReadAt(len, at)),
        1 => (len.clone(), offset.clone()).prop_map(|(len, at)| Step::ReadExactAt(len, at)),
        1 => (len.clone(), offset.clone()).prop_map(|(len, at)| Step::WriteAt(len, at)),
        2 => (len.clone(), offset.clone()).prop_map(|(len, at)| Step::WriteAllAt(len, at)),
        5 => offset.clone().prop_map(Step::SeekStart),
        3 => near.clone().prop_map(Step::SeekCurrent),
        1 => near.clone().prop_map(Step::SeekRelative),
        2 => near.prop_map(Step::SeekEnd),
        1 => Just(Step::Rewind),
        1 => Just(Step::StreamLen),
        2 => Just(Step::Flush),
        1 => Just(Step::FlushEmpty),
        1 => prop::sample::select(CAPACITIES.to_vec()).prop_map(Step::SetCapacity),
        1 => offset.prop_map(Step::SetLen),
        1 => range.prop_map(|(start, len, dst)| Step::CopyWithin(start, len, dst)),
        1 => (0..330_usize, 0..100_usize).prop_map(|(at, len)| Step::InsertRange(at, len)),
        1 => (0..300_usize, 0..330_usize).prop_map(|(a, b)| Step::RemoveRange(a, b)),
        1 => Just(Step::Sync),
        1 => Just(Step::Discard),
        1 => Just(Step::Close),
        1 => Just(Step::IntoInner),
        1 => Just(Step::IntoParts),
    ]
}
