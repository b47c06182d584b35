//! Reading and writing at an offset by moving the file's cursor there first.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// A file that is read and written at offsets.
///
/// # Invariant
///
/// `cursor` is where the file's own cursor is, or `None` where that is not known: during every
/// call, and so after one that failed.
#[derive(Debug)]
pub(super) struct Portable<F = File> {
    file: F,
    cursor: Option<u64>,
}

impl<F> Portable<F> {
    pub(super) fn new(file: F) -> Self {
        Self { file, cursor: None }
    }

    pub(super) fn file(&self) -> &F {
        &self.file
    }

    pub(super) fn into_file(self) -> F {
        self.file
    }
}

impl<F: Read + Write + Seek> Portable<F> {
    pub(super) fn read_at(&mut self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        if let Err(refusal) = self.move_to(offset) {
            // Where a file system ends, it refuses to seek (ext4 from 2^44), and a read that takes the
            // offset finds no bytes. Its error numbers differ from system to system; the end decides.
            return match self.end() {
                Ok(end) if end <= offset => Ok(0),
                _ => Err(refusal),
            };
        }
        let n = self.file.read(bytes)?;
        self.cursor = Some(offset + n as u64);
        Ok(n)
    }

    pub(super) fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.move_to(offset)?;
        let n = self.file.write(bytes)?;
        self.cursor = Some(offset + n as u64);
        Ok(n)
    }

    /// The offset past the last byte.
    pub(super) fn end(&mut self) -> io::Result<u64> {
        self.cursor = None;
        let end = self.file.seek(SeekFrom::End(0))?;
        self.cursor = Some(end);
        Ok(end)
    }

    /// Leaves the cursor at `offset`, and unknown for the call that follows.
    fn move_to(&mut self, offset: u64) -> io::Result<()> {
        if self.cursor.take() != Some(offset) {
            self.file.seek(SeekFrom::Start(offset))?;
        }
        Ok(())
    }
}
