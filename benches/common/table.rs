//! How it is measured: a row for each kind of work, a criterion benchmark for each candidate in it.
//!
//! One iteration puts the candidate over a freshly opened file, does all of the work, and flushes.
//! What comes before (making or emptying the file) and after (closing it) is not timed.

use std::cell::OnceCell;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, SamplingMode, Throughput};

use super::candidates::{Candidate, Memory};
use super::chunks;
use super::workloads::GIB;

/// What each candidate gets where all get the same.
pub(crate) const EQUAL: Memory = Memory::Equal(64 * 1024);

/// What the file holds before the work begins.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Before {
    /// Nothing: it is emptied before each iteration.
    Nothing,
    /// This many bytes, all of them allocated.
    Bytes(u64),
    /// This many zeros that take no room, so a read has nothing to fetch.
    Hole(u64),
    /// This many lines of text.
    Lines(usize),
    /// RIFF chunks.
    Chunks,
}

impl Before {
    fn make(self, path: &Path) -> io::Result<()> {
        let mut file = File::create(path)?;
        match self {
            Self::Nothing => Ok(()),
            Self::Bytes(len) => io::copy(&mut io::repeat(b'.').take(len), &mut file).map(drop),
            Self::Hole(len) => file.set_len(len),
            Self::Lines(count) => (0..count)
                .try_for_each(|line| writeln!(file, "{line:08} {}", "x".repeat(line % 64))),
            Self::Chunks => chunks::write_by_riff_chunks(&mut file),
        }
    }

    /// Whether reading all of it, to compare, takes no more than moments.
    fn is_comparable(self) -> bool {
        !matches!(self, Self::Hole(len) if len > GIB)
    }

    fn open(self, path: &Path) -> io::Result<File> {
        let is_emptied = matches!(self, Self::Nothing);
        File::options().read(true).write(true).truncate(is_emptied).open(path)
    }
}

/// Several rows at the same memory; its name is the first part of each row's.
pub(crate) struct Table<'c> {
    criterion: &'c mut Criterion,
    name: &'static str,
    memory: Memory,
}

impl<'c> Table<'c> {
    pub(crate) fn new(criterion: &'c mut Criterion, name: &'static str, memory: Memory) -> Self {
        Self { criterion, name, memory }
    }

    /// A row of `operations` operations. `reference` does the work to a plain file; every
    /// candidate must leave the same bytes.
    pub(crate) fn row(
        &mut self,
        name: &str,
        before: Before,
        operations: u64,
        reference: impl Fn(&mut File) -> io::Result<()> + 'static,
    ) -> Row<'_> {
        let mut group = self.criterion.benchmark_group(format!("{}/{name}", self.name));
        group
            .throughput(Throughput::Elements(operations))
            .sampling_mode(SamplingMode::Flat)
            .sample_size(10)
            .warm_up_time(Duration::from_millis(30))
            .measurement_time(Duration::from_millis(100))
            .nresamples(2000);
        Row {
            group,
            memory: self.memory,
            before,
            reference: Box::new(reference),
            expected: OnceCell::new(),
            path: folder().join(format!("mmio-file-bench-{}", std::process::id())),
        }
    }
}

type Work = dyn Fn(&mut File) -> io::Result<()>;

pub(crate) struct Row<'c> {
    group: BenchmarkGroup<'c, WallTime>,
    memory: Memory,
    before: Before,
    reference: Box<Work>,
    expected: OnceCell<u64>,
    path: PathBuf,
}

impl Row<'_> {
    /// Measures `C`.
    pub(crate) fn run<C: Candidate>(
        &mut self,
        work: impl Fn(&mut C::Stream) -> io::Result<()>,
    ) -> &mut Self {
        let memory = self.memory;
        self.run_as(C::NAME, |file| C::over(file, memory), work)
    }

    /// Compares the file that is left with the reference's, and measures.
    pub(crate) fn run_as<S>(
        &mut self,
        name: &str,
        over: impl Fn(File) -> io::Result<S>,
        work: impl Fn(&mut S) -> io::Result<()>,
    ) -> &mut Self {
        let Self { group, before, reference, expected, path, .. } = self;
        let mut is_prepared = false;
        group.bench_function(name, |bencher| {
            if !is_prepared {
                is_prepared = true;
                before.make(path).expect("a file can be made");
                if before.is_comparable() {
                    let expected = expected.get_or_init(|| {
                        bytes_after(*before, path, &**reference).expect("a plain file works")
                    });
                    let left =
                        bytes_after(*before, path, |file| work(&mut over(file.try_clone()?)?));
                    if !left.as_ref().is_ok_and(|left| left == expected) {
                        println!("WRONG: {name} leaves another file: {left:?}");
                    }
                }
            }
            bencher.iter_batched(
                || before.open(path).expect("the file is there"),
                |file| {
                    let mut stream = over(file).expect("an open file");
                    work(&mut stream).expect("the work can be done");
                    stream
                },
                BatchSize::PerIteration,
            );
        });
        self
    }
}

impl Drop for Row<'_> {
    fn drop(&mut self) {
        // There is no file if the filter left no candidate in the row.
        let _ = fs::remove_file(&self.path);
    }
}

/// The folder for the files: `BENCH_DIR`, or one in memory where the system has it.
pub(crate) fn folder() -> PathBuf {
    let in_memory = Path::new("/dev/shm");
    match std::env::var_os("BENCH_DIR") {
        Some(folder) => folder.into(),
        None if in_memory.is_dir() => in_memory.to_owned(),
        None => std::env::temp_dir(),
    }
}

/// A hash of all the bytes of the file after `work`.
fn bytes_after(
    before: Before,
    path: &Path,
    work: impl Fn(&mut File) -> io::Result<()>,
) -> io::Result<u64> {
    before.make(path)?;
    work(&mut before.open(path)?)?;
    let mut file = File::open(path)?;
    let mut hasher = DefaultHasher::new();
    let mut bytes = vec![0; 1 << 20];
    loop {
        match file.read(&mut bytes)? {
            0 => return Ok(hasher.finish()),
            n => hasher.write(&bytes[..n]),
        }
    }
}
