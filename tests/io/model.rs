//! Any sequence of all operations looks like a vector of bytes and a position, call by call, at any
//! capacity and over streams that give and take short counts.

use crate::common::oracle::Harness;
use crate::common::step::{CAPACITIES, any_step};
use crate::common::stream::Faulty;
use proptest::prelude::*;

proptest! {
    #![proptest_config(crate::common::random(20_000, "MMIO_MODEL_CASES"))]

    #[test]
    fn a_file_is_a_vector_of_bytes_and_a_position(
        capacity in prop::sample::select(CAPACITIES.to_vec()),
        len in 0..300_usize,
        per_call in prop::sample::select(vec![1, 2, 3, 7, 64, usize::MAX]),
        start in prop::option::of(0..330_usize),
        asks: bool,
        is_sole_owner: bool,
        steps in prop::collection::vec(any_step(), 1..24),
    ) {
        let bytes: Vec<u8> = (0_u8..=250).cycle().take(len).collect();
        let stream = Faulty::short(bytes, per_call).at(start.unwrap_or(0));
        let mut harness = Harness::new(capacity, stream);
        harness.asks = asks;
        if is_sole_owner {
            harness = harness.sole_owner();
        }
        for step in &steps {
            harness.take(step);
        }
        harness.finish();
    }
}
