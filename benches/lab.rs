//! How many calls a buffer needs for what programs do, beside a peer and beside perfect knowledge.
//!
//! Traces, made up or recorded from real libraries, are replayed over a stream that counts. One line a
//! trace: reads + writes / KiB read / KiB written.
//!
//! `cargo bench -p mmio-file-benches --bench lab`, with parts of names after `--` for only those;
//! `--capacity=BYTES` for a capacity other than 64 KiB; `--ours` for only this crate's calls, which is
//! quick.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "offsets and sizes are small here"
)]

mod common;
#[path = "lab/counted.rs"]
mod counted;
#[path = "lab/libraries.rs"]
mod libraries;
#[path = "lab/limit.rs"]
mod limit;
#[path = "lab/patterns.rs"]
mod patterns;
#[path = "lab/trace.rs"]
mod trace;
#[path = "tests/clients/workloads/mod.rs"]
#[allow(dead_code, reason = "not every function is traced")]
mod workloads;

use std::error::Error;

use counted::Tally;

fn main() -> Result<(), Box<dyn Error>> {
    let mut capacity = 64 * 1024;
    let mut only_ours = false;
    let mut wanted = Vec::new();
    for argument in std::env::args().skip(1) {
        if let Some(bytes) = argument.strip_prefix("--capacity=") {
            capacity = bytes.parse()?;
        } else if argument == "--ours" {
            only_ours = true;
        } else if !argument.starts_with("--") {
            wanted.push(argument);
        }
    }

    println!("| at {} KiB | mmio-file | rabuf | perfect knowledge |", capacity / 1024);
    println!("|---|---:|---:|---:|");
    let traces = patterns::all().into_iter().chain(libraries::all()?);
    for trace in traces {
        if !wanted.is_empty() && !wanted.iter().any(|part| trace.name.contains(part)) {
            continue;
        }
        let ours = counted::ours(&trace, capacity)?;
        if only_ours {
            println!("| {} | {} | | |", trace.name, cell(ours));
            continue;
        }
        let theirs = counted::rabuf(&trace, capacity)?;
        let limit = limit::limit(&trace, capacity);
        let theirs = theirs.map_or_else(|| "–".to_owned(), cell);
        println!("| {} | {} | {theirs} | {} |", trace.name, cell(ours), cell(limit));
    }
    Ok(())
}

fn cell(tally: Tally) -> String {
    let [read, written] = [tally.bytes_read, tally.bytes_written].map(|bytes| bytes.div_ceil(1024));
    format!("{} + {} / {read} / {written}", tally.reads, tally.writes)
}
