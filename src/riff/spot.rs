//! A stream with its position, whose errors have an offset. Every call on the stream is made here.

use std::io::{self, Read, Seek, SeekFrom, Write};

use super::FourCc;
use crate::MmioError;
use crate::stream_position::StreamPosition;

/// A stream that is read and written at offsets.
#[derive(Debug)]
pub(super) struct Spot<'a, S: ?Sized> {
    stream: &'a mut S,
    at: StreamPosition,
    /// Whether sizes and names are replaced as [`careful`](super::careful) says.
    pub(super) is_careful: bool,
}

impl<'a, S: Seek + ?Sized> Spot<'a, S> {
    /// The stream, and its position.
    pub(super) fn new(stream: &'a mut S) -> Result<(Self, u64), MmioError> {
        let mut at = StreamPosition::UNKNOWN;
        let position = at.ask(stream).map_err(|error| cannot_seek(SeekFrom::Current(0), error))?;
        Ok((Self { stream, at, is_careful: false }, position))
    }

    /// The stream, and its position, to replace sizes and names carefully.
    pub(super) fn careful(stream: &'a mut S) -> Result<(Self, u64), MmioError> {
        let (spot, position) = Self::new(stream)?;
        Ok((Self { is_careful: true, ..spot }, position))
    }

    /// Goes to `offset`; no call is made if the stream is there.
    pub(super) fn go_to(&mut self, offset: u64) -> Result<(), MmioError> {
        let answer = self.at.go_to(self.stream, offset);
        answer.map_err(|error| cannot_seek(SeekFrom::Start(offset), error))
    }

    /// Moves to the end, and returns its offset.
    pub(super) fn go_to_end(&mut self) -> Result<u64, MmioError> {
        let target = SeekFrom::End(0);
        self.at.seek(self.stream, target).map_err(|error| cannot_seek(target, error))
    }

    /// Returns `answer`. If it is an error, moves back to `offset` first.
    pub(super) fn or_back<T>(
        mut self,
        offset: u64,
        answer: Result<T, MmioError>,
    ) -> Result<T, MmioError> {
        if answer.is_err() {
            // The first error is the one to report.
            let _ = self.go_to(offset);
        }
        answer
    }

    /// Makes a call that moves `len` bytes at `offset`; moving fewer is an error.
    fn transfer(
        &mut self,
        offset: u64,
        len: usize,
        call: impl FnOnce(&mut S) -> io::Result<()>,
    ) -> Result<(), io::Error> {
        self.go_to(offset)?;
        self.at.call_at(self.stream, offset, |stream| call(stream).map(|()| len)).map(drop)
    }
}

impl<S: Read + Seek + ?Sized> Spot<'_, S> {
    /// The `N` bytes at `offset`.
    pub(super) fn read_at<const N: usize>(&mut self, offset: u64) -> Result<[u8; N], MmioError> {
        let mut bytes = [0; N];
        self.read_exact_at(&mut bytes, offset)?;
        Ok(bytes)
    }

    /// The name and the size field of the chunk at `offset`.
    pub(super) fn read_header(&mut self, offset: u64) -> Result<(FourCc, u32), MmioError> {
        let [a, b, c, d, size @ ..] = self.read_at::<8>(offset)?;
        Ok((FourCc::new([a, b, c, d]), u32::from_le_bytes(size)))
    }

    /// Up to `len` bytes at `offset`: fewer if the stream ends. No more memory is taken than there
    /// are bytes.
    pub(super) fn read_up_to(&mut self, offset: u64, len: u64) -> Result<Vec<u8>, MmioError> {
        let mut bytes = Vec::new();
        self.go_to(offset)?;
        let read = |mut stream: &mut S| (&mut stream).take(len).read_to_end(&mut bytes);
        let answer = self.at.call_at(self.stream, offset, read);
        answer.map_err(|error| cannot_read(offset, error))?;
        Ok(bytes)
    }

    /// How many of the `len` bytes at `offset` are zeros before the first that is not.
    pub(super) fn zeros_at(&mut self, offset: u64, len: u64) -> Result<u64, MmioError> {
        let mut block = [0; 512];
        let mut zeros = 0;
        while zeros < len {
            let n = usize::try_from(len - zeros).unwrap_or(usize::MAX).min(block.len());
            self.read_exact_at(&mut block[..n], offset + zeros)?;
            if let Some(n) = block[..n].iter().position(|byte| *byte != 0) {
                return Ok(zeros + n as u64);
            }
            zeros += n as u64;
        }
        Ok(zeros)
    }

    pub(super) fn read_exact_at(&mut self, bytes: &mut [u8], offset: u64) -> Result<(), MmioError> {
        self.transfer(offset, bytes.len(), |stream| stream.read_exact(bytes))
            .map_err(|error| cannot_read(offset, error))
    }
}

impl<S: Write + Seek + ?Sized> Spot<'_, S> {
    /// Flushes the stream, so that what was written reaches it before what is written next.
    pub(super) fn flush(&mut self) -> Result<(), MmioError> {
        let offset = self.at.known().unwrap_or(0);
        self.stream.flush().map_err(|error| {
            known_or(error, |source| MmioError::CannotWrite { offset, unwritten: 0, source })
        })
    }

    /// Writes all of `bytes` at `offset`.
    pub(super) fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<(), MmioError> {
        self.transfer(offset, bytes.len(), |stream| stream.write_all(bytes)).map_err(|error| {
            // A stream that keeps unwritten bytes reports that in an error of its own.
            known_or(error, |source| MmioError::CannotWrite { offset, unwritten: 0, source })
        })
    }
}

fn cannot_read(offset: u64, error: io::Error) -> MmioError {
    known_or(error, |source| MmioError::CannotRead { offset, source })
}

fn cannot_seek(target: SeekFrom, error: io::Error) -> MmioError {
    known_or(error, |source| MmioError::CannotSeek { target, source })
}

/// The [`MmioError`] that `error` carries already, or else one made from it.
fn known_or(error: io::Error, make: impl FnOnce(io::Error) -> MmioError) -> MmioError {
    error.downcast().unwrap_or_else(make)
}
