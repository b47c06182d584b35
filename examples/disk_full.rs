//! A disk that is full: the error says where, and how much is unwritten; once there is room, a retry
//! writes exactly that.
//!
//! `cargo run --example disk_full`

use std::error::Error;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

use mmio_file::{FlushFlags, MmioError, MmioFile, PositionedFile};

/// A real file, on a disk that lets it get no longer than `quota` bytes.
struct Disk {
    file: PositionedFile,
    quota: u64,
}

impl Read for Disk {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.file.read(bytes)
    }
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // As a disk does: it takes what fits, and fails only when nothing does.
        let room = self.quota.saturating_sub(self.file.stream_position()?);
        let n = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        if n == 0 { Err(ErrorKind::StorageFull.into()) } else { self.file.write(&bytes[..n]) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Disk {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.file.seek(target)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("file");
    let file = MmioFile::create(&path)?.into_inner()?;
    let mut file = MmioFile::new(Disk { file, quota: 700_000 });

    // Too much for the disk. Writes are accepted as long as the buffer has room for them.
    let line = b"one line of sixteen bytes, and a few more, is written over and over\n";
    let mut accepted = 0;
    while accepted < 1_000_000 {
        match file.write(line) {
            Ok(n) => accepted += n,
            Err(error) => {
                println!("after {accepted} bytes, a write failed: {error}");
                break;
            }
        }
    }

    // The disk is full, but nothing that was accepted is lost, and it can still be read.
    match file.flush(FlushFlags::empty()) {
        Err(MmioError::CannotWrite { offset, unwritten, source, .. }) => {
            println!("disk full at offset {offset}, {unwritten} bytes are unwritten: {source}");
        }
        other => panic!("the disk should be full: {other:?}"),
    }
    let mut start = [0; 26];
    file.rewind()?;
    file.read_exact(&mut start)?;
    println!("still readable: {:?}", String::from_utf8_lossy(&start));

    // Make room, and flush again.
    file.get_mut().quota = u64::MAX;
    file.flush(FlushFlags::empty())?;
    file.close()?;

    let content = std::fs::read(&path)?;
    let whole = content.len() == accepted
        && content.iter().zip(line.iter().cycle()).all(|(found, made)| found == made);
    println!("with more room: {} bytes in the file, {accepted} accepted", content.len());
    println!("{}", if whole { "nothing is lost" } else { "SOMETHING IS LOST" });
    Ok(())
}
