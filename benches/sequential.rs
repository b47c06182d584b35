//! From start to end: what std's buffers are made for.

mod common;

use criterion::{Criterion, criterion_group, criterion_main};

use common::candidates::{
    BufReadWrite, Memory, Ours, OursPositioned, PlainFile, Rabuf, StdReader, StdWriter,
};
use common::table::{Before, EQUAL, Table};
use common::workloads::{self, MIB};

/// `$work` by each candidate, compiled anew for each.
macro_rules! each_candidate {
    ($row:expr, $std:ty, $work:expr) => {
        $row.run::<$std>($work)
            .run::<Ours>($work)
            .run::<OursPositioned>($work)
            .run::<BufReadWrite>($work)
            .run::<Rabuf>($work)
            .run::<PlainFile>($work)
    };
}

/// Writes a new file, and reads one, of `len` bytes, `N` a call.
fn both_ways<const N: usize>(table: &mut Table, len: u64) {
    let count = len / N as u64;
    let mut row = table.row(&format!("write {N}"), Before::Nothing, count, move |file| {
        workloads::write_all::<N>(file, count)
    });
    each_candidate!(row, StdWriter, |stream| workloads::write_all::<N>(stream, count));
    drop(row);
    let mut row = table.row(&format!("read {N}"), Before::Bytes(len), count, |_| Ok(()));
    each_candidate!(row, StdReader, |stream| workloads::read_exact::<N>(stream, count));
}

fn lines(table: &mut Table) {
    const COUNT: usize = 100_000;
    table
        .row("lines", Before::Lines(COUNT), COUNT as u64, |_| Ok(()))
        .run::<StdReader>(workloads::lines)
        .run::<Ours>(workloads::lines)
        .run::<OursPositioned>(workloads::lines)
        .run::<BufReadWrite>(workloads::lines);
}

fn rows(table: &mut Table) {
    both_ways::<1>(table, MIB);
    both_ways::<4>(table, 4 * MIB);
    both_ways::<8>(table, 8 * MIB);
    both_ways::<64>(table, 16 * MIB);
    both_ways::<512>(table, 16 * MIB);
    both_ways::<4096>(table, 16 * MIB);
    both_ways::<{ 128 * 1024 }>(table, 16 * MIB);
    lines(table);
}

fn sequential(criterion: &mut Criterion) {
    rows(&mut Table::new(criterion, "equal", EQUAL));
    rows(&mut Table::new(criterion, "defaults", Memory::Default));
}

criterion_group!(benches, sequential);
criterion_main!(benches);
