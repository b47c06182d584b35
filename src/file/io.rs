//! std's traits for [`MmioFile`]: `Read`, `BufRead`, `Write` and `Seek`.
//!
//! Programs call these methods in loops. So each is either a hit in the window, which is inlined,
//! or a call of a cold function.

use std::io::{self, BufRead, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::mem;

use super::MmioFile;
use crate::transfer::Goal;
use crate::{FlushFlags, MmioError};

/// How much `read_to_end` asks for at least, and at most, at a time.
const MIN_CHUNK: usize = 32 * 1024;
const MAX_CHUNK: usize = 1024 * 1024;

impl<S: Read + Write + Seek> Read for MmioFile<S> {
    /// Reads until `out` is full or the file ends.
    ///
    /// # Errors
    ///
    /// If nothing was read: [`MmioError::CannotRead`], [`MmioError::CannotSeek`], or
    /// [`MmioError::AccessDenied`]. The position is where it was.
    #[inline]
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.buffer.try_read(out) {
            return Ok(out.len());
        }
        self.read_cold(out)
    }

    /// Reads until `out` is full.
    ///
    /// # Errors
    ///
    /// Those of `read`, and [`MmioError::CannotRead`] of the kind `UnexpectedEof` if the file ends
    /// before that; its offset is where the file ends. What `out` holds is unspecified. The position
    /// is where it was when the call began, even if some bytes were read, so the same call can be
    /// made again.
    #[inline]
    fn read_exact(&mut self, out: &mut [u8]) -> io::Result<()> {
        if self.buffer.try_read(out) {
            return Ok(());
        }
        self.read_exact_cold(out)
    }

    fn read_vectored(&mut self, outs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        in_turn(outs.iter_mut().map(|out| (out.len(), self.read(out))))
    }

    fn read_to_end(&mut self, out: &mut Vec<u8>) -> io::Result<usize> {
        let start = out.len();
        loop {
            let done = out.len() - start;
            let room = out.capacity() - out.len();
            let mut chunk = done.clamp(MIN_CHUNK, MAX_CHUNK).max(self.capacity());
            if room > 0 {
                chunk = chunk.min(room);
            } else if self.capacity() > 0 {
                // A vector grows only for what is there, not to learn that the file ends; and then
                // it at least doubles.
                chunk = self.fill_buf()?.len();
                if chunk == 0 {
                    return Ok(done);
                }
            }
            let mut growth = Growth::new(out, chunk)?;
            match self.read(growth.space())? {
                0 => return Ok(done),
                n => growth.kept += n,
            }
        }
    }

    fn read_to_string(&mut self, out: &mut String) -> io::Result<usize> {
        let mut bytes = if out.is_empty() { mem::take(out).into_bytes() } else { Vec::new() };
        let answer = self.read_to_end(&mut bytes);
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let error = io::Error::new(ErrorKind::InvalidData, error.utf8_error());
                return Err(answer.err().unwrap_or(error));
            }
        };
        if out.is_empty() {
            *out = text;
        } else {
            out.push_str(&text);
        }
        answer
    }
}

impl<S: Read + Write + Seek> BufRead for MmioFile<S> {
    /// Returns the bytes that follow the position, unwritten ones included; none only at the end of
    /// the file.
    ///
    /// # Errors
    ///
    /// Those of `read`, and [`MmioError::Unbuffered`] if the capacity is 0. The position is where
    /// it was.
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.buffer.readable().is_empty() {
            self.fill_buf_cold()?;
        }
        Ok(self.buffer.readable())
    }

    /// Moves the position over `n` of the bytes that [`BufRead::fill_buf`] returned, or over all if
    /// there were fewer.
    #[inline]
    fn consume(&mut self, n: usize) {
        self.buffer.consume(n);
    }
}

impl<S: Read + Write + Seek> Write for MmioFile<S> {
    /// Accepts all of `bytes`, unless making room for them fails midway.
    ///
    /// # Errors
    ///
    /// If nothing was accepted: [`MmioError::CannotWrite`] or [`MmioError::CannotSeek`] if the
    /// buffer had to make room and could not, [`MmioError::CannotExpand`] if no file can be that
    /// long, or [`MmioError::AccessDenied`]. The position is where it was.
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.try_write(bytes) {
            return Ok(bytes.len());
        }
        self.write_cold(bytes)
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    ///
    /// Those of `write`. The position is where it was when the call began. Any number of the first
    /// bytes may have been accepted, and they stay in the file. So make room, and make the same call
    /// again: it writes the same bytes to the same place. (If a seek to the end came before it, do not
    /// repeat the seek: the end may have moved.)
    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.buffer.try_write(bytes) {
            return Ok(());
        }
        self.write_all_cold(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        in_turn(slices.iter().map(|bytes| (bytes.len(), self.write(bytes))))
    }

    /// Calls [`MmioFile::flush`] with [`FlushFlags::empty`], or does nothing if
    /// [`set_deferred_flush`](MmioFile::set_deferred_flush) is on.
    fn flush(&mut self) -> io::Result<()> {
        if self.defers_flush {
            return Ok(());
        }
        Self::flush(self, FlushFlags::empty()).map_err(io::Error::from)
    }
}

impl<S: Read + Write + Seek> Seek for MmioFile<S> {
    /// Moves the position. The stream is called in three cases only: [`SeekFrom::End`] asks for its
    /// end; any target but [`SeekFrom::Start`] asks for its position, if no call has before; and
    /// with capacity 0, the stream itself is moved.
    ///
    /// A position past the end is allowed: a read there returns 0, a write fills the gap with
    /// zeros.
    ///
    /// # Errors
    ///
    /// [`MmioError::CannotSeek`]: the target is negative or exceeds `u64::MAX`, or a call on the
    /// stream failed. The position is where it was.
    #[inline]
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        let near = match target {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(distance) => self.buffer.position().checked_add_signed(distance),
            SeekFrom::End(_) => None,
        };
        match near {
            Some(offset) if self.buffer.try_seek(offset) => Ok(offset),
            Some(offset) if self.buffer.is_open() => {
                // Not cold: code that works on several spots comes here each time.
                self.buffer.seek(offset);
                Ok(offset)
            }
            _ => self.seek_cold(target),
        }
    }

    /// The position, in bytes from the start of the file. Only the first call asks the stream,
    /// unless a seek has set the position.
    #[inline]
    fn stream_position(&mut self) -> io::Result<u64> {
        self.settle()?;
        Ok(self.buffer.position())
    }

    #[inline]
    fn rewind(&mut self) -> io::Result<()> {
        self.seek(SeekFrom::Start(0)).map(drop)
    }

    #[inline]
    fn seek_relative(&mut self, distance: i64) -> io::Result<()> {
        if self.buffer.try_seek_by(distance) {
            return Ok(());
        }
        self.seek(SeekFrom::Current(distance)).map(drop)
    }
}

impl<S: Read + Write + Seek> MmioFile<S> {
    #[cold]
    #[inline(never)]
    pub(super) fn read_cold(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.buffer.fold() && self.buffer.try_read(out) {
            return Ok(out.len());
        }
        let mut done = 0;
        match self.read_full(out, &mut done) {
            // What was read counts; the next call meets the error.
            Err(error) if done == 0 => Err(error.into()),
            _ => Ok(done),
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn read_exact_cold(&mut self, out: &mut [u8]) -> io::Result<()> {
        if self.buffer.fold() && self.buffer.try_read(out) {
            return Ok(());
        }
        self.all_or_back(|file| {
            let mut done = 0;
            file.read_full(out, &mut done)?;
            if done < out.len() {
                let offset = file.buffer.position();
                return Err(MmioError::cannot_read(offset, ErrorKind::UnexpectedEof));
            }
            Ok(())
        })
    }

    #[cold]
    #[inline(never)]
    fn fill_buf_cold(&mut self) -> Result<(), MmioError> {
        self.begin_buffered_access()?;
        self.begin_reading()?;
        self.reach(Goal::Read { len: 1 })
    }

    #[cold]
    #[inline(never)]
    pub(super) fn write_cold(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut done = 0;
        while done < bytes.len() {
            match self.write_some(&bytes[done..]) {
                Ok(n) => done += n,
                // What was taken counts; the next call meets the error.
                Err(_) if done > 0 => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(done)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn write_all_cold(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.all_or_back(|file| {
            while !bytes.is_empty() {
                let n = file.write_some(bytes)?;
                bytes = &bytes[n..];
            }
            Ok(())
        })
    }

    /// Makes a call that moves everything or fails midway. If it fails, the position returns to
    /// where the call began, so the same call can be made again.
    fn all_or_back(
        &mut self,
        call: impl FnOnce(&mut Self) -> Result<(), MmioError>,
    ) -> io::Result<()> {
        self.settle()?;
        let start = self.buffer.position();
        call(self).map_err(|error| {
            self.buffer.seek(start);
            error.into()
        })
    }

    #[cold]
    #[inline(never)]
    fn seek_cold(&mut self, target: SeekFrom) -> io::Result<u64> {
        let offset = match target {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(distance) => {
                self.settle()?;
                self.buffer.position().checked_add_signed(distance)
            }
            SeekFrom::End(distance) => self.stream_len()?.checked_add_signed(distance),
        };
        let Some(offset) = offset else {
            let source = ErrorKind::InvalidInput.into();
            return Err(MmioError::CannotSeek { target, source }.into());
        };
        if self.capacity() == 0 {
            // Ask for the position first: the call may move the stream even if it fails.
            self.settle()?;
            self.port.seek(offset)?;
        }
        self.buffer.seek(offset);
        Ok(offset)
    }
}

/// The room by which a vector has grown, to read into. What is not filled is cut off again, even if the
/// stream panics.
struct Growth<'a> {
    out: &'a mut Vec<u8>,
    kept: usize,
}

impl<'a> Growth<'a> {
    fn new(out: &'a mut Vec<u8>, len: usize) -> io::Result<Self> {
        out.try_reserve(len)?;
        let kept = out.len();
        out.resize(kept + len, 0);
        Ok(Self { out, kept })
    }

    fn space(&mut self) -> &mut [u8] {
        &mut self.out[self.kept..]
    }
}

impl Drop for Growth<'_> {
    fn drop(&mut self) {
        self.out.truncate(self.kept);
    }
}

/// Makes calls in turn, until one moves fewer bytes than it should. What was moved counts; the next
/// call meets the error.
fn in_turn(calls: impl Iterator<Item = (usize, io::Result<usize>)>) -> io::Result<usize> {
    let mut done = 0;
    for (len, answer) in calls {
        let n = match answer {
            Ok(n) => n,
            Err(_) if done > 0 => break,
            Err(error) => return Err(error),
        };
        done += n;
        if n < len {
            break;
        }
    }
    Ok(done)
}
