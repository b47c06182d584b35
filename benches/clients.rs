//! Real libraries over a file, over std's buffer where that implements what they require, and over
//! this crate: how many calls reach the file, and how long the work takes. Prints a table of
//! `docs/benchmarks.md`.
//!
//! The three take turns, round after round, so that all meet the same machine; the times are medians.
//! What each leaves in the file is read back and checked once.
//!
//! `cargo bench -p mmio-file-benches --bench clients`, with `--features webm` for that library too.

mod common;
#[path = "tests/clients/workloads/mod.rs"]
#[allow(dead_code, reason = "not every function is measured")]
mod workloads;

use std::cell::Cell;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use common::table::folder;
use mmio_file::{MmioFile, Storage};
use workloads::{Outcome, documents, media};

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

impl Storage for Counted {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.count().set_len(len)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.count().sync_data()
    }

    fn sync_all(&mut self) -> io::Result<()> {
        self.count().sync_all()
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

/// `dbase` has a buffer of its own for what std's can't do.
fn over_bufrw(work: impl Fn(&mut bufrw::BufReaderWriter<Counted>) -> Outcome + 'static) -> Work {
    Box::new(move |file| {
        let mut buffered = bufrw::BufReaderWriter::with_capacity(file, CAPACITY);
        work(&mut buffered)?;
        Ok(buffered.flush()?)
    })
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

/// Measures a row: the work over a plain file, over std's buffer, and over ours, each time on what
/// `prepare` leaves in an empty file. The first time, `check` looks at the result of each.
fn row(name: &str, prepare: Step, check: Step, works: [Option<Work>; 3]) -> Outcome {
    let path = folder().join(format!("mmio-file-clients-{}", std::process::id()));
    let mut contenders = works.map(Contender::new);
    for round in 0..ROUNDS {
        for turn in 0..contenders.len() {
            prepare(&mut File::create_new(&path)?)?;
            let contender = &mut contenders[(round + turn) % 3];
            contender.run(&path)?;
            if round == 0 && contender.work.is_some() {
                check(&mut File::open(&path)?)?;
            }
            std::fs::remove_file(&path)?;
        }
    }
    let cells = contenders.map(|mut contender| contender.cells());
    println!("| {name} | {} |", cells.join(" | "));
    Ok(())
}

/// What is done to the file before and after the work.
type Step = fn(&mut File) -> Outcome;

#[expect(clippy::unnecessary_wraps, reason = "other steps can fail")]
fn nothing(_: &mut File) -> Outcome {
    Ok(())
}

fn zip(file: &mut File) -> Outcome {
    workloads::zip_write(&mut BufWriter::new(file))
}

fn wav(file: &mut File) -> Outcome {
    workloads::wav_write(&mut BufWriter::new(file))
}

fn volume(file: &mut File) -> Outcome {
    Ok(file.set_len(workloads::FAT_LEN)?)
}

fn volume_check(file: &mut File) -> Outcome {
    // It is mounted, which writes.
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    workloads::fat_check(io::Cursor::new(bytes))
}

fn png_check(file: &mut File) -> Outcome {
    workloads::picture_check(BufReader::new(file), image::ImageFormat::Png)
}

fn webp_check(file: &mut File) -> Outcome {
    workloads::picture_check(BufReader::new(file), image::ImageFormat::WebP)
}

fn csv(file: &mut File) -> Outcome {
    workloads::csv_write(file)
}

fn count_lines(stream: &mut impl BufRead) -> Outcome {
    let mut count = 0;
    for line in stream.lines() {
        black_box(line?);
        count += 1;
    }
    assert_eq!(count, workloads::ROWS);
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

fn copy_check(file: &mut File) -> Outcome {
    assert_eq!(io::read_to_string(file)?, workloads::text(1, 10_000));
    Ok(())
}

fn compound(file: &mut File) -> Outcome {
    documents::cfb_create(&mut MmioFile::new(file))
}

fn table(file: &mut File) -> Outcome {
    documents::dbase_write(&mut BufWriter::new(file))
}

fn structures(file: &mut File) -> Outcome {
    documents::binrw_write(&mut BufWriter::new(file))
}

fn structures_check(file: &mut File) -> Outcome {
    documents::binrw_check(&mut BufReader::new(file))
}

fn log(file: &mut File) -> Outcome {
    documents::mcap_write(&mut BufWriter::new(file))
}

fn movie(file: &mut File) -> Outcome {
    media::mp4_write(&mut BufWriter::new(file))
}

fn untagged(file: &mut File) -> Outcome {
    media::untagged(&mut BufWriter::new(file))
}

fn tagged(file: &mut File) -> Outcome {
    untagged(file)?;
    file.rewind()?;
    media::lofty_title(file)
}

fn tiff(file: &mut File) -> Outcome {
    media::tiff_write(&mut BufWriter::new(file))
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
    archives()?;
    text()?;
    documents()?;
    media()
}

fn archives() -> Outcome {
    let [written, appended]: [Step; 2] =
        [|file| workloads::zip_check(file, 50), |file| workloads::zip_check(file, 51)];
    row("`zip`, write", nothing, written, works!(workloads::zip_write, over_writer))?;
    row("`zip`, append", zip, appended, works!(workloads::zip_append))?;
    row("`fatfs`", volume, volume_check, works!(workloads::fat_fill))
}

fn text() -> Outcome {
    let csv_check: Step = workloads::csv_check;
    row("`csv`, write", nothing, csv_check, works!(workloads::csv_write, over_writer))?;
    row("`csv`, read", csv, nothing, works!(workloads::csv_check, over_reader))?;
    let lines = [None, Some(over_reader(count_lines)), Some(over_ours(count_lines))];
    row("`BufRead::lines`", csv, nothing, lines)?;
    row("`io::copy`", nothing, copy_check, works!(copy_into, over_writer))
}

fn documents() -> Outcome {
    use documents::{
        binrw_check, binrw_write, cfb_check, cfb_create, cfb_lengthen, dbase_change, dbase_check,
        dbase_write, mcap_check, mcap_find, mcap_write,
    };

    let records: Step = |file| Ok(workloads::records_check(&mut BufReader::new(file))?);
    row("`byteorder`, write", nothing, records, works!(workloads::records_write, over_writer))?;
    row("`binrw`, write", nothing, structures_check, works!(binrw_write, over_writer))?;
    row("`binrw`, read", structures, nothing, works!(binrw_check, over_reader))?;

    let [same, changed]: [Step; 2] = [|file| cfb_check(file, false), |file| cfb_check(file, true)];
    row("`cfb`, create", nothing, same, works!(cfb_create))?;
    row("`cfb`, lengthen", compound, changed, works!(cfb_lengthen))?;
    row("`cfb`, read", compound, nothing, works!(|file| cfb_check(file, false), over_reader))?;

    let [same, changed]: [Step; 2] =
        [|file| dbase_check(file, false), |file| dbase_check(file, true)];
    row("`dbase`, write", nothing, same, works!(dbase_write, over_writer))?;
    row("`dbase`, change (`bufrw` for std)", table, changed, works!(dbase_change, over_bufrw))?;
    row("`dbase`, read", table, nothing, works!(|file| dbase_check(file, false), over_reader))?;

    row("`mcap`, write", nothing, mcap_check, works!(mcap_write, over_writer))?;
    row("`mcap`, read", log, nothing, works!(mcap_check, over_reader))?;
    row("`mcap`, find", log, nothing, works!(mcap_find, over_reader))
}

fn media() -> Outcome {
    use media::{Taggable, lofty_check, lofty_read, lofty_title, mp4_check, mp4_write};
    use media::{tiff_check, tiff_write};

    let [written, appended]: [Step; 2] =
        [|file| workloads::wav_check(file, false), |file| workloads::wav_check(file, true)];
    row("`hound`, write", nothing, written, works!(workloads::wav_write, over_writer))?;
    row("`hound`, append", wav, appended, works!(workloads::wav_append))?;
    let read = works!(|file| workloads::wav_check(file, false), over_reader);
    row("`hound`, read", wav, nothing, read)?;

    let title = works!(|file| lofty_title(&mut Taggable::new(file)));
    row("`lofty`, title", untagged, lofty_check, title)?;
    let read = [None, Some(over_reader(lofty_read)), Some(over_ours(lofty_read))];
    row("`lofty`, read", tagged, nothing, read)?;

    row("`mp4`, write", nothing, mp4_check, works!(mp4_write, over_writer))?;
    row("`mp4`, read", movie, nothing, works!(mp4_check, over_reader))?;
    #[cfg(feature = "webm")]
    {
        let check: Step = |file| media::webm_check(&mut BufReader::new(file));
        row("`webm`, write", nothing, check, works!(media::webm_write, over_writer))?;
        let film: Step = |file| media::webm_write(&mut BufWriter::new(file));
        row("`matroska-demuxer`", film, nothing, works!(media::webm_check, over_reader))?;
    }

    row("`image`, PNG", nothing, png_check, works!(workloads::png_encode, over_writer))?;
    row("`image`, WebP", nothing, webp_check, works!(workloads::webp_encode, over_writer))?;
    row("`tiff`, write", nothing, tiff_check, works!(tiff_write, over_writer))?;
    row("`tiff`, read", tiff, nothing, works!(tiff_check, over_reader))
}
