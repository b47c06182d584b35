//! Reading and writing at an offset with one call on the system, which leaves the cursor alone.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::FileExt;

/// A file that is read and written at offsets.
#[derive(Debug)]
pub(super) struct Native(File);

impl Native {
    pub(super) fn new(file: File) -> Self {
        Self(file)
    }

    pub(super) fn file(&self) -> &File {
        &self.0
    }

    pub(super) fn into_file(self) -> File {
        self.0
    }

    pub(super) fn read_at(&mut self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(bytes, offset)
    }

    pub(super) fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_at(bytes, offset)
    }

    /// The offset behind the last byte.
    pub(super) fn end(&mut self) -> io::Result<u64> {
        self.0.seek(SeekFrom::End(0))
    }
}
