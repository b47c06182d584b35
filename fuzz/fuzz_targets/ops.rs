//! Operations with a fault plan, looked at by the same oracle as the tests.
#![no_main]

#[path = "../../tests/common/mod.rs"]
mod common;

use arbitrary::{Result, Unstructured};
use common::oracle::Harness;
use common::step::{CAPACITIES, Step};
use common::stream::{Class, Fault, Faulty, What};
use libfuzzer_sys::fuzz_target;

fn step(input: &mut Unstructured) -> Result<Step> {
    let mut len = || input.int_in_range(0..=120_usize);
    let (a, b, c) = (len()?, len()?, len()?);
    let near = a as i64 - 60;
    Ok(match input.int_in_range(0..=32)? {
        0 => Step::Read(a),
        1 => Step::ReadExact(a),
        2 => Step::ReadVectored(a, b),
        3 => Step::ReadToEnd,
        4 => Step::ReadUntil(a as u8),
        5 => Step::FillBuf(a),
        6 => Step::Write(a),
        7 => Step::WriteAll(a),
        8 => Step::WriteVectored(a, b),
        9 => Step::FillBufMut(a),
        10 => Step::WriteWith(a, b),
        11 => Step::SeekStart(a + b + c),
        12 => Step::SeekCurrent(near),
        13 => Step::SeekRelative(near),
        14 => Step::SeekEnd(near),
        15 => Step::Rewind,
        16 => Step::StreamLen,
        17 => Step::Flush,
        18 => Step::FlushEmpty,
        19 => Step::SetCapacity(*input.choose(&CAPACITIES[..9])?),
        20 => Step::SetLen(a + b),
        21 => Step::CopyWithin(a, b, c),
        22 => Step::Sync,
        23 => Step::Discard,
        24 => Step::Close,
        25 => Step::IntoInner,
        26 => Step::InsertRange(a + b, c),
        27 => Step::RemoveRange(a, a + b),
        28 => Step::ReadAt(a, b + c),
        29 => Step::ReadExactAt(a, b + c),
        30 => Step::WriteAt(a, b + c),
        31 => Step::WriteAllAt(a, b + c),
        _ => Step::IntoParts,
    })
}

fn fault(input: &mut Unstructured) -> Result<Fault> {
    let class = *input.choose(&Class::ALL)?;
    let what = *input.choose(&class.faults())?;
    // What is interrupted for good never ends, by contract.
    let for_good = !matches!(what, What::Interrupted(_)) && input.ratio(1, 4)?;
    Ok(Fault { class, what, after: input.int_in_range(0..=6)?, for_good })
}

fn run(input: &mut Unstructured) -> Result<()> {
    let capacity = *input.choose(&CAPACITIES[..9])?;
    let len = input.int_in_range(0..=250_u8)?;
    let per_call = *input.choose(&[1, 5, usize::MAX])?;
    let stream = Faulty::short((0..len).collect::<Vec<_>>(), per_call);
    let mut harness = Harness::new(capacity, stream.at(input.int_in_range(0..=250)?));
    harness.asks = input.arbitrary()?;
    if input.arbitrary()? {
        harness = harness.sole_owner();
    }
    for _ in 0..input.int_in_range(0..=2)? {
        harness.stream.arm(fault(input)?);
    }
    if input.ratio(1, 4)? {
        harness.stream.edit().room = input.int_in_range(0..=400)?;
    }
    while !input.is_empty() {
        if input.ratio(1, 16)? {
            harness.stream.repair();
        }
        harness.take(&step(input)?);
    }
    harness.finish();
    Ok(())
}

fuzz_target!(|bytes: &[u8]| {
    // Too little input for a whole plan is no finding.
    let _ = run(&mut Unstructured::new(bytes));
});
