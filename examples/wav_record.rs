//! Records raw PCM from standard input to a WAV file that is whole at every second, so that it can
//! be killed at any moment.
//!
//! `arecord -t raw -f cd | cargo run --example wav_record OUT.wav [RATE [CHANNELS [BITS [TITLE]]]]`
//!
//! Without an `OUT.wav`, three seconds of silence go to a temporary file. Beyond 4 GiB the file
//! becomes an RF64.

use std::error::Error;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::process::ExitCode;

use mmio_file::riff::{Find, FourCc, NewChunk, OpenChunk, RiffRead, RiffWrite};
use mmio_file::{FlushFlags, MmioError, MmioFile};

/// What a sample is, and how many there are.
#[derive(Clone, Copy)]
pub(crate) struct Format {
    pub(crate) rate: u32,
    pub(crate) channels: u16,
    pub(crate) bits: u16,
}

impl Format {
    fn block(self) -> u16 {
        self.channels * self.bits.div_ceil(8)
    }

    fn bytes_per_second(self) -> u32 {
        self.rate * u32::from(self.block())
    }

    /// The content of a `fmt ` chunk for PCM.
    fn encode(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[0] = 1;
        bytes[2..4].copy_from_slice(&self.channels.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.rate.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.bytes_per_second().to_le_bytes());
        bytes[12..14].copy_from_slice(&self.block().to_le_bytes());
        bytes[14..].copy_from_slice(&self.bits.to_le_bytes());
        bytes
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wav_record: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut format = Format { rate: 44_100, channels: 2, bits: 16 };
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(path) = arguments.first() else {
        let silence = io::repeat(0).take(3 * u64::from(format.bytes_per_second()));
        return record(silence, tempfile::tempdir()?.path().join("silence.wav").as_ref(), format);
    };
    if let Some(rate) = arguments.get(1) {
        format.rate = rate.parse()?;
    }
    if let Some(channels) = arguments.get(2) {
        format.channels = channels.parse()?;
    }
    if let Some(bits) = arguments.get(3) {
        format.bits = bits.parse()?;
    }
    record(io::stdin().lock(), path.as_ref(), format)?;
    match arguments.get(4) {
        Some(title) => set_title(path.as_ref(), title),
        None => Ok(()),
    }
}

/// Records all of `input` to a new file.
pub(crate) fn record(
    mut input: impl Read,
    path: &Path,
    format: Format,
) -> Result<(), Box<dyn Error>> {
    let mut file = MmioFile::create(path)?;
    let mut riff = file.create_chunk(NewChunk::riff(FourCc::new(*b"WAVE")).with_reserve())?;
    let fmt = NewChunk::id(FourCc::new(*b"fmt ")).with_size(16);
    file.write_chunk(fmt, |file| file.write_all(&format.encode()))?;
    let mut data = file.create_chunk(NewChunk::id(FourCc::new(*b"data")))?;
    loop {
        let second = u64::from(format.bytes_per_second());
        let n = io::copy(&mut input.by_ref().take(second), &mut file)?;
        save(&mut file, &mut riff, &mut data)?;
        let bytes = file.stream_position()? - data.data_offset();
        print!("\r{} s, {bytes} bytes", bytes / second.max(1));
        io::stdout().flush()?;
        if n < second {
            break;
        }
    }
    println!();
    file.finish_chunk(&mut data)?;
    file.finish_chunk(&mut riff)?;
    Ok(file.close()?)
}

/// Brings the file up to date, the samples first: a header never claims what is not there.
fn save(file: &mut MmioFile, riff: &mut OpenChunk, data: &mut OpenChunk) -> Result<(), MmioError> {
    file.flush(FlushFlags::empty())?;
    file.patch_size(data)?;
    file.patch_size(riff)?;
    file.flush(FlushFlags::empty())
}

/// Names a recording. It is whole already, and stays so if this fails.
fn set_title(path: &Path, title: &str) -> Result<(), Box<dyn Error>> {
    let mut file = MmioFile::open_rw(path)?;
    let riff = file.descend(None, Find::Riff(None))?;
    file.set_info(&riff, &[(FourCc::new(*b"INAM"), format!("{title}\0").as_bytes())])?;
    Ok(file.close()?)
}
