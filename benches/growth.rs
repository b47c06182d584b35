//! How the cost of an operation grows with the file and with the capacity: it should not.

mod common;

use criterion::{Criterion, criterion_group, criterion_main};

use common::candidates::{Memory, Ours, PlainFile, Rabuf};
use common::table::{Before, EQUAL, Table};
use common::workloads::{self, GIB, KIB, MIB};

const ROUNDS: u64 = 10_000;

fn name(bytes: u64) -> String {
    match bytes {
        GIB.. => format!("{} GiB", bytes / GIB),
        MIB.. => format!("{} MiB", bytes / MIB),
        _ => format!("{} KiB", bytes / KIB),
    }
}

/// Random changes, of which nearly each one misses the buffer, in a larger and larger file.
fn with_the_file(table: &mut Table) {
    for len in [MIB, 16 * MIB, 256 * MIB, GIB, 4 * GIB, 16 * GIB] {
        let work = move || workloads::random_offsets(len, ROUNDS);
        table
            .row(&format!("random in {}", name(len)), Before::Hole(len), ROUNDS, move |file| {
                workloads::change_at(file, work())
            })
            .run::<Ours>(|stream| workloads::change_at(stream, work()))
            .run::<PlainFile>(|stream| workloads::change_at(stream, work()));
    }
}

/// Random changes within half of the capacity, so many that the first read of each page does not count; and
/// in a file that is far larger.
fn with_the_capacity(criterion: &mut Criterion) {
    for capacity in [4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB] {
        let bytes = usize::try_from(capacity).expect("a capacity can be allocated");
        let mut table = Table::new(criterion, "capacity", Memory::Equal(bytes));
        let hits = ROUNDS.max(capacity / 2 / 4096 * 100);
        for (kind, span, rounds) in [("hits", capacity / 2, hits), ("misses", 256 * MIB, ROUNDS)] {
            let work = move || workloads::random_offsets(span, rounds);
            let name = format!("{kind} at {}", name(capacity));
            table
                .row(&name, Before::Hole(span), rounds, move |file| {
                    workloads::change_at(file, work())
                })
                .run::<Ours>(|stream| workloads::change_at(stream, work()))
                .run::<Rabuf>(|stream| workloads::change_at(stream, work()));
        }
    }
}

fn growth(criterion: &mut Criterion) {
    with_the_file(&mut Table::new(criterion, "file", EQUAL));
    with_the_capacity(criterion);
}

criterion_group!(benches, growth);
criterion_main!(benches);
