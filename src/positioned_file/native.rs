//! Reading and writing at an offset with one system call, which takes the offset.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
#[cfg(unix)]
use std::os::unix::fs::FileExt;
#[cfg(windows)]
use std::os::windows::fs::FileExt;

/// A file that is read and written at offsets.
///
/// The file's own cursor is never relied on: Unix leaves it where it is, Windows moves it with every
/// call.
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

    #[cfg(unix)]
    pub(super) fn read_at(&mut self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(bytes, offset)
    }

    #[cfg(windows)]
    pub(super) fn read_at(&mut self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.seek_read(bytes, offset)
    }

    #[cfg(unix)]
    pub(super) fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_at(bytes, offset)
    }

    #[cfg(windows)]
    pub(super) fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.0.seek_write(bytes, offset)
    }

    /// The offset past the last byte.
    pub(super) fn end(&mut self) -> io::Result<u64> {
        self.0.seek(SeekFrom::End(0))
    }
}
