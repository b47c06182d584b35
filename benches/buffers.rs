//! This crate and its peers, side by side in one run, on a real file. `docs/benchmarks.md` says how
//! to run it and what came of it.

mod common;

use std::fs::File;
use std::io::{BufReader, BufWriter, Seek, Write};
use std::time::Duration;

use common::work::{self, FAT_LEN, SEQUENTIAL};
use common::{content, file};
use criterion::{BatchSize, BenchmarkGroup, Criterion, measurement::WallTime};
use mmio_file::{MmioFile, PositionedFile};

/// What everybody has in the table of equal capacities.
const CAPACITY: usize = 64 * 1024;

type Group<'a> = BenchmarkGroup<'a, WallTime>;

/// Measures one candidate in one row: from the open file to the flushed one.
fn measure<S>(
    group: &mut Group<'_>,
    candidate: &str,
    len: u64,
    make: impl Fn(File) -> S,
    work: impl Fn(&mut S),
) {
    group.bench_function(candidate, |bencher| {
        bencher.iter_batched(
            || file(len),
            |file| {
                let mut stream = make(file);
                work(&mut stream);
                stream
            },
            BatchSize::PerIteration,
        );
    });
}

/// Does the work once without measuring, and tells what the file holds then.
fn outcome<S: Write>(len: u64, make: impl Fn(File) -> S, work: impl Fn(&mut S)) -> Option<Vec<u8>> {
    let mut stream = make(file(len));
    work(&mut stream);
    stream.flush().unwrap();
    drop(stream);
    (len <= 16 << 20).then(content)
}

fn ours(file: File) -> MmioFile<File> {
    MmioFile::with_capacity(CAPACITY, file)
}

fn ours_positioned(file: File) -> MmioFile {
    MmioFile::with_capacity(CAPACITY, PositionedFile::new(file).unwrap())
}

fn buf_read_write(file: File) -> buf_read_write::BufStream<File> {
    buf_read_write::BufStream::with_capacity(file, CAPACITY)
}

fn rabuf(file: File) -> rabuf::BufFile {
    rabuf::BufFile::with_capacity("bench", file, 4096, 16).unwrap()
}

fn fscommon(file: File) -> fscommon::BufStream<File> {
    fscommon::BufStream::new(file)
}

/// Measures every candidate in a row of the table of equal capacities. `$work` is a closure over a
/// stream of any type, so it is written out for each.
macro_rules! row {
    ($criterion:expr, $table:literal, $row:expr, $len:expr, $work:expr, [$($name:literal: $make:expr),+ $(,)?]) => {{
        let mut group = $criterion.benchmark_group(format!("{}/{}", $table, $row));
        let expected = outcome($len, |file| file, $work);
        $(
            if outcome($len, $make, $work) != expected {
                println!("WRONG: {} leaves another file than std's in {}", $name, $row);
            }
            measure(&mut group, $name, $len, $make, |stream| {
                let work: fn(&mut _) = $work;
                work(stream);
                Write::flush(stream).unwrap();
            });
        )+
        group.finish();
    }};
}

macro_rules! everybody {
    ($criterion:expr, $row:expr, $len:expr, $work:expr) => {
        row!($criterion, "equal", $row, $len, $work, [
            "mmio-file": ours,
            "mmio-file, positioned": ours_positioned,
            "buf_read_write": buf_read_write,
            "rabuf": rabuf,
            "File": |file| file,
        ])
    };
}

macro_rules! everybody_at_defaults {
    ($criterion:expr, $row:expr, $len:expr, $work:expr) => {
        row!($criterion, "defaults", $row, $len, $work, [
            "mmio-file": |file| MmioFile::new(PositionedFile::new(file).unwrap()),
            "buf_read_write": buf_read_write::BufStream::new,
            "rabuf": |file| rabuf::BufFile::new("bench", file).unwrap(),
            "fscommon": fscommon,
            "File": |file| file,
        ])
    };
}

/// Sequential rows, where std has a buffer for each direction.
fn sequential<const N: usize>(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(format!("equal/write {N}"));
    measure(&mut group, "mmio-file", 0, ours, |stream| {
        work::write_all::<N>(stream);
        Write::flush(stream).unwrap();
    });
    measure(&mut group, "mmio-file, positioned", 0, ours_positioned, |stream| {
        work::write_all::<N>(stream);
        Write::flush(stream).unwrap();
    });
    measure(
        &mut group,
        "std",
        0,
        |file| BufWriter::with_capacity(CAPACITY, file),
        |stream| {
            work::write_all::<N>(stream);
            stream.flush().unwrap();
        },
    );
    group.finish();

    let len = SEQUENTIAL as u64;
    let mut group = criterion.benchmark_group(format!("equal/read {N}"));
    measure(&mut group, "mmio-file", len, ours, work::read_exact::<N>);
    measure(&mut group, "mmio-file, positioned", len, ours_positioned, work::read_exact::<N>);
    measure(
        &mut group,
        "std",
        len,
        |file| BufReader::with_capacity(CAPACITY, file),
        work::read_exact::<N>,
    );
    group.finish();
}

fn sequential_at_defaults<const N: usize>(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(format!("defaults/write {N}"));
    let positioned = |file| MmioFile::new(PositionedFile::new(file).unwrap());
    measure(&mut group, "mmio-file", 0, positioned, |stream| {
        work::write_all::<N>(stream);
        Write::flush(stream).unwrap();
    });
    measure(&mut group, "std", 0, BufWriter::new, |stream| {
        work::write_all::<N>(stream);
        stream.flush().unwrap();
    });
    group.finish();
    let len = SEQUENTIAL as u64;
    let mut group = criterion.benchmark_group(format!("defaults/read {N}"));
    measure(&mut group, "mmio-file", len, positioned, work::read_exact::<N>);
    measure(&mut group, "std", len, BufReader::new, work::read_exact::<N>);
    group.finish();
}

fn lines(criterion: &mut Criterion) {
    let len = SEQUENTIAL as u64;
    let mut group = criterion.benchmark_group("equal/lines");
    measure(&mut group, "mmio-file", len, ours, work::lines);
    measure(&mut group, "mmio-file, positioned", len, ours_positioned, work::lines);
    let std = |file| BufReader::with_capacity(CAPACITY, file);
    measure(&mut group, "std", len, std, work::lines);
    measure(&mut group, "buf_read_write", len, buf_read_write, work::lines);
    group.finish();
}

fn patterns(criterion: &mut Criterion) {
    let records = work::RECORDS * 64;
    everybody!(criterion, "record update", records, work::update_records);
    everybody!(criterion, "append and patch", 0, work::append_and_patch);
    everybody!(criterion, "three patches", 0, work::three_patches);
    everybody!(criterion, "backwards", records, work::backwards);
    everybody!(criterion, "random in 48 KiB", 48 << 10, |s| work::change_at_random(s, 48 << 10));
    everybody!(criterion, "random in 1 MiB", 1 << 20, |s| work::change_at_random(s, 1 << 20));
    everybody!(criterion, "random in 256 MiB", 256 << 20, |s| work::change_at_random(s, 256 << 20));
    everybody!(criterion, "2 places", 16 << 20, |s| work::change_apart(s, 2));
    everybody!(criterion, "3 places", 16 << 20, |s| work::change_apart(s, 3));
    everybody!(criterion, "5 places", 16 << 20, |s| work::change_apart(s, 5));
    everybody!(criterion, "8 places", 16 << 20, |s| work::change_apart(s, 8));
    everybody!(criterion, "12 places", 16 << 20, |s| work::change_apart(s, 12));
    everybody!(criterion, "15 places", 16 << 20, |s| work::change_apart(s, 15));

    everybody_at_defaults!(criterion, "record update", records, work::update_records);
    everybody_at_defaults!(criterion, "append and patch", 0, work::append_and_patch);
    everybody_at_defaults!(criterion, "random in 1 MiB", 1 << 20, |s| {
        work::change_at_random(s, 1 << 20);
    });
    everybody_at_defaults!(criterion, "5 places", 16 << 20, |s| work::change_apart(s, 5));
}

fn fat(criterion: &mut Criterion) {
    row!(criterion, "equal", "FAT image", FAT_LEN, work::fat_image, [
        "mmio-file": ours,
        "mmio-file, positioned": ours_positioned,
        "buf_read_write": buf_read_write,
        "rabuf": rabuf,
        "fscommon": fscommon,
        "File": |file| file,
    ]);
}

/// The limit: no stream at all.
fn mapped(criterion: &mut Criterion) {
    for (name, len) in [("48 KiB", 48 << 10), ("1 MiB", 1 << 20), ("256 MiB", 256 << 20)] {
        let mut group = criterion.benchmark_group(format!("equal/random in {name}"));
        let map = |file| {
            #[allow(unsafe_code, reason = "nobody else has this file")]
            unsafe { memmap2::MmapMut::map_mut(&file) }.unwrap()
        };
        measure(&mut group, "memmap2", len, map, |map| work::change_in_map(map));
        group.finish();
    }
}

/// Measures one crate in a row of RIFF chunks: over a file as it is left by `prepare`.
fn measure_riff<S>(
    group: &mut Group<'_>,
    candidate: &str,
    prepare: impl Fn() -> File,
    make: impl Fn(File) -> S,
    work: impl Fn(&mut S),
) {
    group.bench_function(candidate, |bencher| {
        bencher.iter_batched(
            &prepare,
            |file| {
                let mut stream = make(file);
                work(&mut stream);
                stream
            },
            BatchSize::PerIteration,
        );
    });
}

fn riff(criterion: &mut Criterion) {
    let empty = || file(0);
    let mut group = criterion.benchmark_group("riff/write 1000 chunks");
    measure_riff(&mut group, "mmio-file", empty, ours, |stream| {
        work::write_chunks(stream);
        Write::flush(stream).unwrap();
    });
    measure_riff(&mut group, "riff over File", empty, |file| file, work::write_chunks_by_riff);
    measure_riff(&mut group, "riff over BufWriter", empty, BufWriter::new, |stream| {
        work::write_chunks_by_riff(stream);
        stream.flush().unwrap();
    });
    measure_riff(
        &mut group,
        "riff-chunks over File",
        empty,
        |file| file,
        work::write_chunks_by_riff_chunks,
    );
    measure_riff(&mut group, "riff-chunks over BufWriter", empty, BufWriter::new, |stream| {
        work::write_chunks_by_riff_chunks(stream);
        stream.flush().unwrap();
    });
    group.finish();

    let written = || {
        let mut file = file(0);
        work::write_chunks_by_riff(&mut file);
        file.rewind().unwrap();
        file
    };
    let mut group = criterion.benchmark_group("riff/walk 1000 chunks");
    measure_riff(&mut group, "mmio-file", written, ours, work::walk_chunks);
    let walk = work::walk_chunks_by_riff;
    measure_riff(&mut group, "riff over File", written, |file| file, walk);
    measure_riff(&mut group, "riff over BufReader", written, BufReader::new, walk_by_riff_buffered);
    let walk = work::walk_chunks_by_riff_chunks;
    measure_riff(&mut group, "riff-chunks over File", written, |file| file, walk);
    let walk = work::walk_chunks_by_riff_chunks;
    measure_riff(&mut group, "riff-chunks over BufReader", written, BufReader::new, walk);
    group.finish();
}

fn walk_by_riff_buffered(stream: &mut BufReader<File>) {
    work::walk_chunks_by_riff(stream);
}

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(15)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(700))
        .configure_from_args();
    sequential::<1>(&mut criterion);
    sequential::<4>(&mut criterion);
    sequential::<8>(&mut criterion);
    sequential::<64>(&mut criterion);
    sequential::<512>(&mut criterion);
    sequential::<4096>(&mut criterion);
    sequential::<131_072>(&mut criterion);
    sequential_at_defaults::<8>(&mut criterion);
    sequential_at_defaults::<4096>(&mut criterion);
    lines(&mut criterion);
    patterns(&mut criterion);
    fat(&mut criterion);
    mapped(&mut criterion);
    riff(&mut criterion);
    criterion.final_summary();
}
