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
        self.at(offset, |file| file.read(bytes))
    }

    pub(super) fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.at(offset, |file| file.write(bytes))
    }

    /// The offset behind the last byte.
    pub(super) fn end(&mut self) -> io::Result<u64> {
        self.cursor = None;
        let end = self.file.seek(SeekFrom::End(0))?;
        self.cursor = Some(end);
        Ok(end)
    }

    /// Makes a call at `offset` that moves the cursor by what it returns.
    fn at(
        &mut self,
        offset: u64,
        call: impl FnOnce(&mut F) -> io::Result<usize>,
    ) -> io::Result<usize> {
        if self.cursor.take() != Some(offset) {
            self.file.seek(SeekFrom::Start(offset))?;
        }
        let n = call(&mut self.file)?;
        self.cursor = Some(offset + n as u64);
        Ok(n)
    }
}
