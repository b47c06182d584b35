//! Edits many WAV files at once: halves the volume of each and gives it a title, with one progress bar
//! over all of them.
//!
//! `cargo run -p mmio-file-benches --example edit_many [FILE.wav]...`: the given files, or some that are made
//! in a temporary folder.

use std::error::Error;
use std::io::{SeekFrom, Write};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressFinish};
use mmio_file::riff::{Chunk, Find, FourCc, NewChunk, RiffRead, RiffWrite};
use mmio_file::tokio::MmioFile;
use tokio::runtime::Builder;
use tokio::task::JoinSet;

/// Each file that is open has a buffer.
const AT_ONCE: usize = 16;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What was found in a file.
struct Wav {
    path: PathBuf,
    riff: Chunk,
    data: Chunk,
}

fn main() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let mut paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if paths.is_empty() {
        paths = make_files(folder.path())?;
    }
    Builder::new_multi_thread().build()?.block_on(edit_all(paths))
}

async fn edit_all(paths: Vec<PathBuf>) -> Outcome<()> {
    let files = at_once(paths, find_samples).await?;
    let len = files.iter().map(|wav| wav.data.data_len()).sum();
    let bar = ProgressBar::new(len).with_finish(ProgressFinish::AndLeave);
    let edited = at_once(files, |wav| edit(wav, bar.clone())).await?;
    bar.finish();
    println!("{} files: {len} bytes of samples halved, and a title set in each", edited.len());
    Ok(())
}

/// Runs `job` for each of `items`, several at once. The first error ends it.
async fn at_once<I, T: Send + 'static, F>(
    items: impl IntoIterator<Item = I>,
    job: impl Fn(I) -> F,
) -> Outcome<Vec<T>>
where
    F: Future<Output = Outcome<T>> + Send + 'static,
{
    let (mut tasks, mut done) = (JoinSet::new(), Vec::new());
    for item in items {
        if tasks.len() == AT_ONCE
            && let Some(answer) = tasks.join_next().await
        {
            done.push(answer??);
        }
        tasks.spawn(job(item));
    }
    while let Some(answer) = tasks.join_next().await {
        done.push(answer??);
    }
    Ok(done)
}

async fn find_samples(path: PathBuf) -> Outcome<Wav> {
    let mut file = MmioFile::open(&path).await?;
    let wave = Find::Riff(Some(FourCc::new(*b"WAVE")));
    let why = |what: &str| format!("{}: {what}", path.display());
    let riff = file.with_view(|view| view.find_chunk(None, wave)).await?;
    let riff = riff.ok_or_else(|| why("not a WAV file"))?;
    let samples = Find::Id(FourCc::new(*b"data"));
    let data = file.with_view(|view| view.find_chunk(Some(&riff), samples)).await?;
    let data = data.ok_or_else(|| why("a WAV file without samples"))?;
    Ok(Wav { path, riff, data })
}

/// Halves the samples, which are of 16 bits, and sets the title.
async fn edit(wav: Wav, bar: ProgressBar) -> Outcome<()> {
    let Wav { path, riff, data } = wav;
    let mut file = MmioFile::open_rw(&path).await?;
    file.seek(SeekFrom::Start(data.data_offset())).await?;
    let mut left = data.data_len();
    let mut block = [0; 4096];
    while left > 1 {
        let len = left.min(block.len() as u64) / 2 * 2;
        let block = &mut block[..usize::try_from(len)?];
        file.read_exact(block).await?;
        for sample in block.chunks_exact_mut(2) {
            let halved = i16::from_le_bytes([sample[0], sample[1]]) / 2;
            sample.copy_from_slice(&halved.to_le_bytes());
        }
        file.seek(SeekFrom::Current(-i64::try_from(len)?)).await?;
        file.write_all(block).await?;
        left -= len;
        bar.inc(len);
    }

    let title = format!("{}, at half the volume\0", path.file_stem().unwrap_or_default().display());
    let items = [(FourCc::new(*b"INAM"), title.as_bytes())];
    file.with_view(|view| Ok(view.set_info(&riff, &items))).await??;
    Ok(file.close().await?)
}

/// Makes 40 files of 400 KB. Here nothing else goes on, so the calls may block.
fn make_files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let paths: Vec<_> = (1..=40).map(|index| folder.join(format!("tone {index}.wav"))).collect();
    // A channel of 44,100 samples a second, of 16 bits.
    let format: [u8; 16] = *b"\x01\0\x01\0\x44\xAC\0\0\x88\x58\x01\0\x02\0\x10\0";
    let samples: Vec<u8> = (0..20_000)
        .cycle()
        .take(200_000)
        .flat_map(|n: i16| (n % 100 * 300).to_le_bytes())
        .collect();
    for path in &paths {
        let mut file = mmio_file::MmioFile::create(path)?;
        file.write_chunk(NewChunk::riff(FourCc::new(*b"WAVE")), |file| {
            file.write_chunk(NewChunk::id(FourCc::new(*b"fmt ")), |file| file.write_all(&format))?;
            file.write_chunk(NewChunk::id(FourCc::new(*b"data")), |file| file.write_all(&samples))
        })?;
        file.close()?;
    }
    Ok(paths)
}
