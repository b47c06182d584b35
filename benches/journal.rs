//! The cost of edits that a crash can't cut in half: with a journal, and by copying and renaming, beside an
//! edit in place with a sync. Prints the table of `docs/benchmarks.md`.
//!
//! Syncs are what is measured, so the files lie on a disk: in `BENCH_DIR`, or in the temporary folder.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use mmio_file::{FlushFlags, MmioFile, Storage, journal};

const MIB: u64 = 1024 * 1024;
const LEN: u64 = 256 * MIB;
const ROUNDS: usize = 7;

#[derive(Clone, Copy)]
enum Work {
    /// A tag of 100 bytes is appended, and a size in the header follows.
    Tag,
    /// 1,000 records of 64 bytes all over the file.
    Records,
    /// 100 bytes are inserted, 16 MiB before the end.
    Insertion,
}

impl Work {
    fn on<S: Storage>(self, file: &mut MmioFile<S>) -> io::Result<()> {
        match self {
            Self::Tag => {
                let len = file.seek(SeekFrom::End(0))? + 100;
                file.write_all(&[b't'; 100])?;
                file.seek(SeekFrom::Start(4))?;
                file.write_all(&len.to_le_bytes())
            }
            Self::Records => (0..1000).try_for_each(|record: u64| {
                // Every place once, in no particular order.
                file.seek(SeekFrom::Start(record * 617 % 1000 * (LEN / 1000)))?;
                file.write_all(&[b'r'; 64])
            }),
            Self::Insertion => Ok(file.insert_range(LEN - 16 * MIB, 100)?),
        }
    }
}

#[derive(Clone, Copy)]
enum How {
    Plain,
    Journaled,
    Copied,
}

impl How {
    fn edit(self, path: &Path, work: Work) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Plain => edit_and_sync(path, work)?,
            Self::Journaled => journal::edit(path, |file| work.on(file))?,
            Self::Copied => {
                let copy = path.with_extension("copy");
                fs::copy(path, &copy)?;
                edit_and_sync(&copy, work)?;
                fs::rename(&copy, path)?;
                File::open(path.parent().expect("a file lies in a folder"))?.sync_all()?;
            }
        }
        Ok(())
    }

    /// How many syncs that makes; the crate's tests count those of the journal.
    fn syncs(self) -> u32 {
        match self {
            Self::Plain => 1,
            Self::Journaled => 6,
            Self::Copied => 2,
        }
    }
}

fn edit_and_sync(path: &Path, work: Work) -> io::Result<()> {
    let mut file = MmioFile::open_rw(path)?;
    work.on(&mut file)?;
    file.flush(FlushFlags::empty())?;
    Ok(file.sync_all()?)
}

/// How many bytes this process has given to the system to write; Linux counts them.
fn written() -> Option<u64> {
    let counts = fs::read_to_string("/proc/self/io").ok()?;
    counts.lines().find_map(|line| line.strip_prefix("wchar: "))?.parse().ok()
}

fn make(path: &Path) -> io::Result<()> {
    let mut file = File::create(path)?;
    io::copy(&mut io::repeat(b'.').take(LEN), &mut file)?;
    file.sync_all()
}

fn main() -> Result<(), Box<dyn Error>> {
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let folder = std::env::var_os("BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(folder)?;
    println!("| work | how | bytes written | syncs | ms | ÷ plain |");
    println!("|---|---|---:|---:|---:|---:|");
    for (work, name) in [
        (Work::Tag, "append a tag"),
        (Work::Records, "1,000 scattered records"),
        (Work::Insertion, "insert 100 bytes"),
    ] {
        let path = folder.path().join("file");
        let ways = [
            (How::Plain, "in place"),
            (How::Journaled, "with a journal"),
            (How::Copied, "copied and renamed"),
        ];
        let mut times = [const { Vec::new() }; 3];
        let mut bytes = [None; 3];
        // One way after the other, so that a disk that gets slower does so for all.
        for _ in 0..ROUNDS {
            for (index, (how, _)) in ways.iter().enumerate() {
                make(&path)?;
                let before = written();
                let begun = Instant::now();
                how.edit(&path, work)?;
                times[index].push(begun.elapsed().as_secs_f64() * 1000.0);
                bytes[index] = written().zip(before).map(|(after, before)| after - before);
            }
        }
        let medians = times.map(|mut times| {
            times.sort_by(f64::total_cmp);
            times[ROUNDS / 2]
        });
        for (index, (how, way)) in ways.iter().enumerate() {
            let bytes = bytes[index].map_or_else(|| "?".to_owned(), |bytes| bytes.to_string());
            let (syncs, median) = (how.syncs(), medians[index]);
            let ratio = median / medians[0];
            println!("| {name} | {way} | {bytes} | {syncs} | {median:.1} | {ratio:.2} |");
        }
    }
    Ok(())
}
