//! Real libraries over a file, over std's buffer where that has what they ask for, and over this
//! crate: how many calls reach the file, and how long the work takes. Prints a table of
//! `docs/benchmarks.md`.
//!
//! The three take turns, round after round, so that all meet the same machine; the times are medians.

mod common;
#[path = "tests/clients/workloads.rs"]
#[allow(dead_code, reason = "what only checks is not measured")]
mod workloads;

use std::cell::Cell;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use common::table::folder;
use mmio_file::MmioFile;
use workloads::Outcome;

/// What std's buffers and ours get.
const CAPACITY: usize = 64 * 1024;
const ROUNDS: usize = 31;

/// A file that counts the calls it gets.
struct Counted {
    file: File,
    calls: Rc<Cell<u64>>,
}

impl Counted {
    fn count(&mut self) -> &mut File {
        self.calls.set(self.calls.get() + 1);
        &mut self.file
    }
}

impl Read for Counted {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.count().read(out)
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.count().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        // A file has nothing to do here.
        self.file.flush()
    }
}

impl Seek for Counted {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.count().seek(target)
    }
}

type Work = Box<dyn Fn(Counted) -> Outcome>;

fn over_file(work: impl Fn(&mut Counted) -> Outcome + 'static) -> Work {
    Box::new(move |mut file| work(&mut file))
}

fn over_writer(work: impl Fn(&mut BufWriter<Counted>) -> Outcome + 'static) -> Work {
    Box::new(move |file| {
        let mut buffered = BufWriter::with_capacity(CAPACITY, file);
        work(&mut buffered)?;
        Ok(buffered.flush()?)
    })
}

fn over_reader(work: impl Fn(&mut BufReader<Counted>) -> Outcome + 'static) -> Work {
    Box::new(move |file| work(&mut BufReader::with_capacity(CAPACITY, file)))
}

fn over_ours(work: impl Fn(&mut MmioFile<Counted>) -> Outcome + 'static) -> Work {
    Box::new(move |file| {
        let mut buffered = MmioFile::with_capacity(CAPACITY, file);
        work(&mut buffered)?;
        Ok(buffered.close()?)
    })
}

/// A contender: what the row needs of it, and what it measured.
struct Contender {
    work: Option<Work>,
    calls: u64,
    times: Vec<Duration>,
}

impl Contender {
    fn new(work: Option<Work>) -> Self {
        Self { work, calls: 0, times: Vec::new() }
    }

    /// Does the work once to the file at `path`.
    fn run(&mut self, path: &Path) -> Outcome {
        let Some(work) = &self.work else {
            return Ok(());
        };
        let calls = Rc::new(Cell::new(0));
        let file = File::options().read(true).write(true).open(path)?;
        let counted = Counted { file, calls: Rc::clone(&calls) };
        let start = Instant::now();
        work(counted)?;
        self.times.push(start.elapsed());
        self.calls = calls.get();
        Ok(())
    }

    /// Its part of the row.
    fn cells(&mut self) -> String {
        self.times.sort();
        match self.times.get(self.times.len() / 2) {
            Some(median) => format!("{} | {} µs", self.calls, median.as_micros()),
            None => "– | –".to_owned(),
        }
    }
}

/// Measures a row: the work over a plain file, over std's buffer, and over ours, each time to what
/// `prepare` leaves in an empty file.
fn row(name: &str, prepare: fn(&mut File) -> Outcome, works: [Option<Work>; 3]) -> Outcome {
    let path = folder().join(format!("mmio-file-clients-{}", std::process::id()));
    let mut contenders = works.map(Contender::new);
    for round in 0..ROUNDS {
        for turn in 0..contenders.len() {
            prepare(&mut File::create_new(&path)?)?;
            contenders[(round + turn) % 3].run(&path)?;
            std::fs::remove_file(&path)?;
        }
    }
    let cells = contenders.map(|mut contender| contender.cells());
    println!("| {name} | {} |", cells.join(" | "));
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "others that prepare can fail")]
fn nothing(_: &mut File) -> Outcome {
    Ok(())
}

fn zip(file: &mut File) -> Outcome {
    workloads::zip_write(&mut BufWriter::new(file))
}

fn wav(file: &mut File) -> Outcome {
    workloads::wav_write(&mut BufWriter::new(file))
}

fn csv(file: &mut File) -> Outcome {
    workloads::csv_write(file)
}

fn read_wav(stream: &mut impl Read) -> Outcome {
    workloads::wav_sum(stream)?;
    Ok(())
}

fn count_lines(stream: &mut impl BufRead) -> Outcome {
    for line in stream.lines() {
        black_box(line?);
    }
    Ok(())
}

fn copy_into(stream: &mut impl Write) -> Outcome {
    let text = workloads::text(1, 10_000);
    // In pieces, as they come out of a pipe or a socket.
    for piece in text.as_bytes().chunks(1000) {
        io::copy(&mut &piece[..], stream)?;
    }
    Ok(())
}

/// The three works of a row; the middle one names std's buffer, if one will do.
macro_rules! works {
    ($work:expr) => {
        [Some(over_file($work)), None, Some(over_ours($work))]
    };
    ($work:expr, $over_std:ident) => {
        [Some(over_file($work)), Some($over_std($work)), Some(over_ours($work))]
    };
}

fn main() -> Outcome {
    println!("| library | `File`: calls | time | std: calls | time | mmio-file: calls | time |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    row("`zip`, write", nothing, works!(workloads::zip_write, over_writer))?;
    row("`zip`, append", zip, works!(workloads::zip_append))?;
    row("`hound`, write", nothing, works!(workloads::wav_write, over_writer))?;
    row("`hound`, append", wav, works!(workloads::wav_append))?;
    row("`hound`, read", wav, works!(read_wav, over_reader))?;
    let volume = |file: &mut File| Ok(file.set_len(workloads::FAT_LEN)?);
    row("`fatfs`", volume, works!(workloads::fat_fill))?;
    row("`image`, PNG", nothing, works!(workloads::png_encode, over_writer))?;
    row("`image`, WebP", nothing, works!(workloads::webp_encode, over_writer))?;
    row("`byteorder`, write", nothing, works!(workloads::records_write, over_writer))?;
    row("`csv`, write", nothing, works!(workloads::csv_write, over_writer))?;
    row("`csv`, read", csv, works!(workloads::csv_check, over_reader))?;
    let lines = [None, Some(over_reader(count_lines)), Some(over_ours(count_lines))];
    row("`BufRead::lines`", csv, lines)?;
    row("`io::copy`", nothing, works!(copy_into, over_writer))
}
