//! RIFF chunks: written, and walked from header to header.

mod common;

use std::io::{BufReader, BufWriter};

use criterion::{Criterion, criterion_group, criterion_main};

use common::candidates::{Ours, OursPositioned};
use common::chunks::{self, CHUNKS};
use common::table::{Before, EQUAL, Table};

fn riff(criterion: &mut Criterion) {
    let mut table = Table::new(criterion, "riff", EQUAL);
    table
        .row("write 1000 chunks", Before::Nothing, CHUNKS as u64, chunks::write_by_riff_chunks)
        .run::<Ours>(chunks::write)
        .run::<OursPositioned>(chunks::write)
        .run_as("riff over File", Ok, chunks::write_by_riff)
        .run_as("riff over BufWriter", |file| Ok(BufWriter::new(file)), chunks::write_by_riff)
        .run_as("riff-chunks over File", Ok, chunks::write_by_riff_chunks)
        .run_as(
            "riff-chunks over BufWriter",
            |file| Ok(BufWriter::new(file)),
            chunks::write_by_riff_chunks,
        );
    table
        .row("walk 1000 chunks", Before::Chunks, CHUNKS as u64, |_| Ok(()))
        .run::<Ours>(chunks::walk)
        .run::<OursPositioned>(chunks::walk)
        .run_as("riff over File", Ok, chunks::walk_by_riff)
        .run_as("riff over BufReader", |file| Ok(BufReader::new(file)), chunks::walk_by_riff)
        .run_as("riff-chunks over File", Ok, chunks::walk_by_riff_chunks)
        .run_as(
            "riff-chunks over BufReader",
            |file| Ok(BufReader::new(file)),
            chunks::walk_by_riff_chunks,
        );
}

criterion_group!(benches, riff);
criterion_main!(benches);
