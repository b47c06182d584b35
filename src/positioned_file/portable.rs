//! Reading and writing at an offset by moving the file's cursor there first.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::stream_position::StreamPosition;

/// A file that is read and written at offsets.
#[derive(Debug)]
pub(super) struct Portable<F = File> {
    file: F,
    /// Where the file's own cursor is.
    cursor: StreamPosition,
}

impl<F> Portable<F> {
    pub(super) fn new(file: F) -> Self {
        Self { file, cursor: StreamPosition::UNKNOWN }
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
        if let Err(refusal) = self.cursor.go_to(&mut self.file, offset) {
            // Past its greatest length, a file system refuses to seek (ext4 from 2^44), while a read that takes the
            // offset finds no bytes. The error numbers differ between systems, so the end of the file decides.
            return match self.end() {
                Ok(end) if end <= offset => Ok(0),
                _ => Err(refusal),
            };
        }
        self.cursor.call_at(&mut self.file, offset, |file| file.read(bytes))
    }

    pub(super) fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.cursor.call_at(&mut self.file, offset, |file| file.write(bytes))
    }

    /// The offset past the last byte.
    pub(super) fn end(&mut self) -> io::Result<u64> {
        self.cursor.seek(&mut self.file, SeekFrom::End(0))
    }
}
