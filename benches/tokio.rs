//! The async front end beside what async programs use today. It prints the table of `docs/benchmarks.md`.
//!
//! In each round all do the same work, one after the other, each on a file that is opened anew and over as many
//! operations as take some 30 ms. What is printed is the median of the rounds: the time an operation takes
//! over `PositionedFile`, and how many times as long the others take in the same round. The files lie in
//! `BENCH_DIR`, or in memory where the system has a folder there.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mmio_file::FlushFlags;
use mmio_file::tokio::MmioFile;
use tokio::fs::File;
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncSeek, AsyncSeekExt, AsyncWrite, AsyncWriteExt, BufReader,
    BufStream, BufWriter,
};
use tokio::task::spawn_blocking;

const CAPACITY: usize = 64 * 1024;
/// The file that is read, and that is updated.
const LEN: u64 = 16 << 20;
const ROUNDS: usize = 9;
/// About how long each works in a round.
const ROUND: Duration = Duration::from_millis(30);

#[derive(Clone, Copy)]
enum Work {
    /// Seeks, reads 64 bytes, seeks back, and writes them changed, within 32 KiB.
    Update,
    /// Seeks to where nothing is buffered, and reads 64 bytes.
    Miss,
    Read(usize),
    Write(usize),
}

impl Work {
    fn name(self) -> String {
        match self {
            Self::Update => "seek, read 64, seek, write 64".to_owned(),
            Self::Miss => "seek, read 64: a miss".to_owned(),
            Self::Read(1) => "read a byte".to_owned(),
            Self::Write(1) => "write a byte".to_owned(),
            Self::Read(len) => format!("read {len} bytes"),
            Self::Write(len) => format!("write {len} bytes"),
        }
    }

    /// How many operations there can be.
    fn most(self) -> u32 {
        match self {
            Self::Update | Self::Miss => 1 << 20,
            Self::Read(len) | Self::Write(len) => {
                u32::try_from(LEN / len as u64).expect("it is short")
            }
        }
    }

    /// Where the operation is made that has this number, if it seeks.
    fn place(self, number: u32) -> u64 {
        let number = u64::from(number);
        match self {
            Self::Update => number * 37 % 512 * 64,
            // Each is in another page, and none in one that the buffer may still have.
            _ => number * 1_000_003 % (LEN / 4096) * 4096,
        }
    }
}

/// What all have in common. A macro, because the methods of this crate's file win over those of traits.
macro_rules! work {
    ($work:expr, $file:ident, $count:expr, [$($await:tt)*], $flush:expr) => {{
        let (work, count) = ($work, $count);
        match work {
            Work::Update => {
                let mut record = [0; 64];
                for number in 0..count {
                    let place = SeekFrom::Start(work.place(number));
                    $file.seek(place)$($await)*?;
                    $file.read_exact(&mut record)$($await)*?;
                    record[0] ^= 1;
                    $file.seek(place)$($await)*?;
                    $file.write_all(&record)$($await)*?;
                }
                $flush
            }
            Work::Miss => {
                let mut record = [0; 64];
                for number in 0..count {
                    $file.seek(SeekFrom::Start(work.place(number)))$($await)*?;
                    $file.read_exact(&mut record)$($await)*?;
                    black_box(&record);
                }
            }
            Work::Read(len) => {
                let mut bytes = vec![0; len];
                for _ in 0..count {
                    $file.read_exact(&mut bytes)$($await)*?;
                    black_box(&bytes);
                }
            }
            Work::Write(len) => {
                let bytes = vec![7; len];
                for _ in 0..count {
                    $file.write_all(black_box(&bytes))$($await)*?;
                }
                $flush
            }
        }
        Ok(())
    }};
}

async fn ours<S: AsyncRead + AsyncWrite + AsyncSeek + Unpin>(
    file: &mut MmioFile<S>,
    work: Work,
    count: u32,
) -> io::Result<()> {
    work!(work, file, count, [.await], file.flush(FlushFlags::empty()).await?)
}

async fn theirs<S: AsyncRead + AsyncWrite + AsyncSeek + Unpin>(
    file: &mut S,
    work: Work,
    count: u32,
) -> io::Result<()> {
    work!(work, file, count, [.await], file.flush().await?)
}

fn blocking(file: &mut (impl Read + Write + Seek), work: Work, count: u32) -> io::Result<()> {
    work!(work, file, count, [], file.flush()?)
}

/// The blocking file, each of whose calls is a job of its own.
struct EachCall(Option<mmio_file::MmioFile>);

impl EachCall {
    async fn call<T: Send + 'static>(
        &mut self,
        call: impl FnOnce(&mut mmio_file::MmioFile) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let mut file = self.0.take().expect("no call is under way");
        let job = spawn_blocking(move || (call(&mut file), file));
        let (answer, file) = job.await?;
        self.0 = Some(file);
        answer
    }

    async fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.call(move |file| file.seek(target)).await
    }

    async fn read_exact(&mut self, out: &mut [u8]) -> io::Result<()> {
        let mut bytes = vec![0; out.len()];
        let job = self.call(move |file| file.read_exact(&mut bytes).map(|()| bytes));
        out.copy_from_slice(&job.await?);
        Ok(())
    }

    async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let bytes = bytes.to_vec();
        self.call(move |file| file.write_all(&bytes)).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.call(Write::flush).await
    }
}

#[derive(Clone, Copy)]
enum Way {
    Positioned,
    OverTokio,
    TokiosBuffer,
    TokiosFile,
    JobACall,
    OneJob,
}

const WAYS: [(Way, &str); 6] = [
    (Way::Positioned, "`MmioFile`"),
    (Way::OverTokio, "`MmioFile` over tokio's `File`"),
    (Way::TokiosBuffer, "tokio's buffers over its `File`"),
    (Way::TokiosFile, "tokio's `File`"),
    (Way::JobACall, "`spawn_blocking` a call"),
    (Way::OneJob, "one `spawn_blocking`"),
];

impl Way {
    /// How long the work takes, without opening and closing the file.
    async fn time(self, path: &Path, work: Work, count: u32) -> io::Result<Duration> {
        let tokios = File::options().read(true).write(true).open(path).await?;
        let std = || mmio_file::MmioFile::open_rw(path);
        Ok(match self {
            Self::Positioned => {
                let mut file = MmioFile::open_rw(path).await?;
                let begun = Instant::now();
                ours(&mut file, work, count).await?;
                begun.elapsed()
            }
            Self::OverTokio => {
                let mut file = MmioFile::new(tokios);
                let begun = Instant::now();
                ours(&mut file, work, count).await?;
                begun.elapsed()
            }
            Self::TokiosBuffer => match work {
                Work::Update => {
                    let mut file = BufStream::with_capacity(CAPACITY, CAPACITY, tokios);
                    let begun = Instant::now();
                    theirs(&mut file, work, count).await?;
                    begun.elapsed()
                }
                Work::Miss | Work::Read(_) => {
                    let mut file = BufReader::with_capacity(CAPACITY, tokios);
                    let begun = Instant::now();
                    theirs(&mut file, work, count).await?;
                    begun.elapsed()
                }
                Work::Write(_) => {
                    let mut file = BufWriter::with_capacity(CAPACITY, tokios);
                    let begun = Instant::now();
                    theirs(&mut file, work, count).await?;
                    begun.elapsed()
                }
            },
            Self::TokiosFile => {
                let mut file = tokios;
                let begun = Instant::now();
                theirs(&mut file, work, count).await?;
                begun.elapsed()
            }
            Self::JobACall => {
                let mut file = EachCall(Some(std()?));
                let begun = Instant::now();
                let answer: io::Result<()> =
                    work!(work, file, count, [.await], file.flush().await?);
                answer?;
                begun.elapsed()
            }
            Self::OneJob => {
                let mut file = std()?;
                let begun = Instant::now();
                spawn_blocking(move || blocking(&mut file, work, count)).await??;
                begun.elapsed()
            }
        })
    }
}

fn make(path: &Path, work: Work) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    match work {
        Work::Write(_) => Ok(()),
        _ => io::copy(&mut io::repeat(b'.').take(LEN), &mut file).map(drop),
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

async fn row(path: &Path, work: Work) -> io::Result<()> {
    let mut counts = Vec::new();
    for (way, _) in WAYS {
        let mut count = 1000;
        // The first calls are slower than the rest.
        for _ in 0..3 {
            make(path, work)?;
            let each = way.time(path, work, count).await? / count;
            let many = ROUND.as_nanos() / each.as_nanos().max(1);
            count = u32::try_from(many).unwrap_or(u32::MAX).clamp(1000, work.most());
        }
        counts.push(count);
    }
    let mut times = vec![Vec::new(); WAYS.len()];
    for _ in 0..ROUNDS {
        for (index, (way, _)) in WAYS.into_iter().enumerate() {
            make(path, work)?;
            let time = way.time(path, work, counts[index]).await?;
            times[index].push(time.as_secs_f64() * 1e9 / f64::from(counts[index]));
        }
    }
    print!("| {} | {:.0} ns |", work.name(), median(times[0].clone()));
    for other in &times[1..] {
        let ratios = other.iter().zip(&times[0]).map(|(other, ours)| other / ours);
        let ratio = median(ratios.collect());
        if ratio < 10.0 { print!(" {ratio:.2} |") } else { print!(" {ratio:.0} |") }
    }
    println!();
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let in_memory = Path::new("/dev/shm");
    let folder = match std::env::var_os("BENCH_DIR") {
        Some(folder) => folder.into(),
        None if in_memory.is_dir() => in_memory.to_owned(),
        None => std::env::temp_dir(),
    };
    let folder = tempfile::tempdir_in::<PathBuf>(folder)?;
    let path = folder.path().join("file");
    print!("| work |");
    for (_, name) in WAYS {
        print!(" {name} |");
    }
    println!("\n|---|{}", "---:|".repeat(WAYS.len()));
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    for work in [
        Work::Update,
        Work::Miss,
        Work::Read(1),
        Work::Read(64),
        Work::Read(4096),
        Work::Write(1),
        Work::Write(64),
        Work::Write(4096),
    ] {
        runtime.block_on(row(&path, work))?;
    }
    Ok(())
}
