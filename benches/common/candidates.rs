//! The candidates, each over the same kind of stream: an open [`File`].

use std::fs::File;
use std::io::{self, BufReader, BufWriter};

use mmio_file::{MmioFile, PositionedFile};

/// How much memory each candidate gets.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Memory {
    /// This many bytes, for each that can be configured.
    Equal(usize),
    /// The default of each.
    Default,
}

/// What is put over a file, or the file itself.
pub(crate) trait Candidate {
    /// As in the tables.
    const NAME: &'static str;
    type Stream;

    fn over(file: File, memory: Memory) -> io::Result<Self::Stream>;
}

/// No buffer at all: a call to the system for each call of the program.
pub(crate) struct PlainFile;

impl Candidate for PlainFile {
    const NAME: &'static str = "File";
    type Stream = File;

    fn over(file: File, _: Memory) -> io::Result<File> {
        Ok(file)
    }
}

pub(crate) struct StdReader;

impl Candidate for StdReader {
    const NAME: &'static str = "std";
    type Stream = BufReader<File>;

    fn over(file: File, memory: Memory) -> io::Result<BufReader<File>> {
        Ok(match memory {
            Memory::Equal(capacity) => BufReader::with_capacity(capacity, file),
            Memory::Default => BufReader::new(file),
        })
    }
}

pub(crate) struct StdWriter;

impl Candidate for StdWriter {
    const NAME: &'static str = "std";
    type Stream = BufWriter<File>;

    fn over(file: File, memory: Memory) -> io::Result<BufWriter<File>> {
        Ok(match memory {
            Memory::Equal(capacity) => BufWriter::with_capacity(capacity, file),
            Memory::Default => BufWriter::new(file),
        })
    }
}

pub(crate) struct BufReadWrite;

impl Candidate for BufReadWrite {
    const NAME: &'static str = "buf_read_write";
    type Stream = buf_read_write::BufStream<File>;

    fn over(file: File, memory: Memory) -> io::Result<Self::Stream> {
        Ok(match memory {
            Memory::Equal(capacity) => buf_read_write::BufStream::with_capacity(file, capacity),
            Memory::Default => buf_read_write::BufStream::new(file),
        })
    }
}

pub(crate) struct Rabuf;

impl Rabuf {
    const PAGE: u32 = 4096;
}

impl Candidate for Rabuf {
    const NAME: &'static str = "rabuf";
    type Stream = rabuf::BufFile;

    fn over(file: File, memory: Memory) -> io::Result<rabuf::BufFile> {
        match memory {
            // By default its memory follows the length of the file, so the pages are counted.
            Memory::Equal(capacity) => {
                let pages = u16::try_from(capacity / Self::PAGE as usize).expect("few pages");
                rabuf::BufFile::with_capacity("bench", file, Self::PAGE, pages)
            }
            Memory::Default => rabuf::BufFile::new("bench", file),
        }
    }
}

/// 512 bytes, which can't be changed: what `fatfs` recommends.
pub(crate) struct FsCommon;

impl Candidate for FsCommon {
    const NAME: &'static str = "fscommon";
    type Stream = fscommon::BufStream<File>;

    fn over(file: File, _: Memory) -> io::Result<Self::Stream> {
        Ok(fscommon::BufStream::new(file))
    }
}

/// This crate, over the same [`File`] as its peers.
pub(crate) struct Ours;

impl Candidate for Ours {
    const NAME: &'static str = "mmio-file";
    type Stream = MmioFile<File>;

    fn over(file: File, memory: Memory) -> io::Result<MmioFile<File>> {
        Ok(match memory {
            Memory::Equal(capacity) => MmioFile::with_capacity(capacity, file),
            Memory::Default => MmioFile::new(file),
        })
    }
}

/// This crate as `MmioFile::open` gives it: over positioned reads and writes.
pub(crate) struct OursPositioned;

impl Candidate for OursPositioned {
    const NAME: &'static str = "mmio-file, positioned";
    type Stream = MmioFile;

    fn over(file: File, memory: Memory) -> io::Result<MmioFile> {
        Ok(match memory {
            Memory::Equal(capacity) => {
                MmioFile::with_capacity(capacity, PositionedFile::new(file)?)
            }
            Memory::Default => MmioFile::from_file(file)?,
        })
    }
}
