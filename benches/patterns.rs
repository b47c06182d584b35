//! What programs do that look at more than one place of a file: update, patch, jump.

mod common;

use std::fs::File;
use std::io;

use criterion::{Criterion, criterion_group, criterion_main};
use memmap2::MmapMut;

use common::candidates::{
    BufReadWrite, Memory, Ours, OursPositioned, PlainFile, Rabuf, StdReader, StdWriter,
};
use common::table::{Before, EQUAL, Row, Table};
use common::workloads::{self, KIB, MIB};

/// A row in which each candidate that reads and writes does `$work`.
macro_rules! row {
    ($table:expr, $name:expr, $before:expr, $operations:expr, $work:expr) => {{
        let mut row = $table.row(&$name, $before, $operations, $work);
        row.run::<Ours>($work)
            .run::<OursPositioned>($work)
            .run::<BufReadWrite>($work)
            .run::<Rabuf>($work)
            .run::<PlainFile>($work);
        row
    }};
}

const RECORDS: u64 = 16_384;
const ROUNDS: u64 = 10_000;

fn update_and_patch(table: &mut Table) {
    let records = Before::Bytes(64 * RECORDS);
    row!(table, "record update", records, RECORDS, |s| workloads::update_records(s, RECORDS));
    row!(table, "append and patch", Before::Nothing, ROUNDS, |s| {
        workloads::append_and_patch(s, ROUNDS)
    })
    .run::<StdWriter>(|s| workloads::append_and_patch(s, ROUNDS));
    row!(table, "three patches", Before::Nothing, ROUNDS, |s| {
        workloads::append_and_patch_twice(s, ROUNDS)
    })
    .run::<StdWriter>(|s| workloads::append_and_patch_twice(s, ROUNDS));
    row!(table, "backwards", records, RECORDS, |s| workloads::read_backwards(s, RECORDS))
        .run::<StdReader>(|s| workloads::read_backwards(s, RECORDS));
}

fn random(table: &mut Table) {
    for (name, span) in [("48 KiB", 48 * KIB), ("1 MiB", MIB), ("256 MiB", 256 * MIB)] {
        let name = format!("random in {name}");
        let mut row = row!(table, name, Before::Bytes(span), ROUNDS, move |s| {
            workloads::change_at(s, workloads::random_offsets(span, ROUNDS))
        });
        map(&mut row, span);
    }
}

/// The limit: no stream at all.
fn map(row: &mut Row, span: u64) {
    #[allow(unsafe_code, reason = "no one else has this file open")]
    let map = |file: File| unsafe { MmapMut::map_mut(&file) };
    let work = move |map: &mut MmapMut| -> io::Result<()> {
        workloads::change_in_map(map, workloads::random_offsets(span, ROUNDS));
        Ok(())
    };
    row.run_as("memmap2", map, work);
}

fn distant(table: &mut Table) {
    for places in [2, 3, 5, 8, 12, 15] {
        let name = format!("{places} places");
        row!(table, name, Before::Bytes(16 * MIB), ROUNDS, move |s| {
            workloads::change_at(s, workloads::distant_offsets(places, ROUNDS))
        });
    }
}

/// What the READMEs of the peers recommend them for.
fn of_the_peers(table: &mut Table) {
    const CHUNKS: u64 = 1000;
    row!(table, "chunk headers", Before::Bytes(16 * MIB), CHUNKS, |s| {
        workloads::rewrite_headers(s, CHUNKS)
    });
    row!(table, "write, seek, read", Before::Nothing, ROUNDS, |s| {
        workloads::write_seek_read(s, ROUNDS)
    });
}

fn patterns(criterion: &mut Criterion) {
    for (name, memory) in [("equal", EQUAL), ("defaults", Memory::Default)] {
        let mut table = Table::new(criterion, name, memory);
        update_and_patch(&mut table);
        random(&mut table);
        distant(&mut table);
        of_the_peers(&mut table);
    }
}

criterion_group!(benches, patterns);
criterion_main!(benches);
