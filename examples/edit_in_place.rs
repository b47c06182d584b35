//! Edits a WAV file in place: halves its volume sample by sample, and its sample rate in the header.
//!
//! `cargo run --example edit_in_place [FILE.wav]`: the given file, or a copy of one in `tests/data`.

use std::error::Error;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use mmio_file::riff::{Find, FourCc, RiffRead};
use mmio_file::{FlushFlags, MmioFile, PositionedFile};

/// A stream that counts the calls it gets.
struct Counted {
    file: PositionedFile,
    calls: u32,
}

fn main() -> ExitCode {
    let folder = tempfile::tempdir();
    let path = match (std::env::args_os().nth(1), &folder) {
        (Some(path), _) => Ok(PathBuf::from(path)),
        (None, Ok(folder)) => copy_of_test_file(folder.path()),
        (None, Err(error)) => Err(format!("no temporary folder: {error}").into()),
    };
    match path.and_then(|path| edit(&path)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("edit_in_place: {error}");
            ExitCode::FAILURE
        }
    }
}

fn copy_of_test_file(folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tone.wav");
    let copy = folder.join("tone.wav");
    std::fs::copy(&original, &copy).map_err(|error| format!("{}: {error}", original.display()))?;
    Ok(copy)
}

fn edit(path: &Path) -> Result<(), Box<dyn Error>> {
    let file = MmioFile::open_rw(path)?.into_inner()?;
    let mut file = MmioFile::new(Counted { file, calls: 0 });
    let wav = find_samples(&mut file).map_err(|why| format!("{}: {why}", path.display()))?;
    let before = describe(&mut file, &wav)?;

    // One sample after the other: read it, go back, write it. Each is three calls of ours.
    let mut calls = 0;
    file.seek(SeekFrom::Start(wav.data))?;
    for _ in 0..wav.len / 2 {
        let mut sample = [0; 2];
        file.read_exact(&mut sample)?;
        let halved = i16::from_le_bytes(sample) / 2;
        file.seek_relative(-2)?;
        file.write_all(&halved.to_le_bytes())?;
        calls += 3;
    }

    // Now go all the way back to the header, and patch it: the sample rate, and the bytes a second.
    for field in [wav.format + 4, wav.format + 8] {
        file.seek(SeekFrom::Start(field))?;
        let halved = read_u32(&mut file)? / 2;
        file.seek_relative(-4)?;
        file.write_all(&halved.to_le_bytes())?;
        calls += 4;
    }
    file.flush(FlushFlags::EMPTY_BUF)?;
    let on_file = file.get_ref().calls;

    // Nothing is cached any more: this is read from the file.
    let after = describe(&mut file, &wav)?;
    println!("{}", path.display());
    println!("before: {before}");
    println!("after:  {after}");
    println!("{calls} reads, writes and seeks of the program took {on_file} calls on the file");
    Ok(file.close()?)
}

/// Where in the file, in bytes, the format and the samples are.
struct Wav {
    format: u64,
    data: u64,
    len: u64,
}

/// Finds 16-bit samples, or says why there are none.
fn find_samples<S: Read + Write + Seek>(file: &mut MmioFile<S>) -> Result<Wav, Box<dyn Error>> {
    let wave = Find::Riff(Some(FourCc::new(*b"WAVE")));
    let riff = file.find_chunk(None, wave)?.ok_or("not a WAV file")?;
    let mut find = |id| file.find_chunk(Some(&riff), Find::Id(FourCc::new(id)));
    let data = find(*b"data")?.ok_or("a WAV file without samples")?;
    let format = find(*b"fmt ")?.ok_or("a WAV file without a format")?.data_offset();

    let mut bits = [0; 2];
    file.seek(SeekFrom::Start(format + 14))?;
    file.read_exact(&mut bits)?;
    if u16::from_le_bytes(bits) != 16 {
        return Err("only 16-bit samples are halved here".into());
    }
    Ok(Wav { format, data: data.data_offset(), len: data.data_len() })
}

/// The sample rate, and the loudest sample.
fn describe<S: Read + Write + Seek>(file: &mut MmioFile<S>, wav: &Wav) -> io::Result<String> {
    file.seek(SeekFrom::Start(wav.format + 4))?;
    let rate = read_u32(file)?;
    file.seek(SeekFrom::Start(wav.data))?;
    let mut loudest = 0;
    for _ in 0..wav.len / 2 {
        let mut sample = [0; 2];
        file.read_exact(&mut sample)?;
        loudest = loudest.max(i16::from_le_bytes(sample).unsigned_abs());
    }
    Ok(format!("{rate} samples a second, the loudest is {loudest}"))
}

fn read_u32(file: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    file.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

impl Read for Counted {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.calls += 1;
        self.file.read(bytes)
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls += 1;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.calls += 1;
        self.file.flush()
    }
}

impl Seek for Counted {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.calls += 1;
        self.file.seek(target)
    }
}
