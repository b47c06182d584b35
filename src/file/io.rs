//! [`MmioFile`] as std knows it: `Read`, `BufRead`, `Write` and `Seek`.
//!
//! Each method that std inlines into loops is either a hit in the window or a call of a cold
//! function.

use std::io::{self, BufRead, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::mem;

use super::MmioFile;
use crate::transfer::Goal;
use crate::{FlushFlags, MmioError};

/// How much `read_to_end` asks for at least, and at most, at a time.
const MIN_CHUNK: usize = 32 * 1024;
const MAX_CHUNK: usize = 1024 * 1024;

impl<S: Read + Write + Seek> Read for MmioFile<S> {
    /// Reads as much as `out` has room for, or as the file has.
    ///
    /// # Errors
    ///
    /// That of the stream, if nothing was read: [`MmioError::CannotRead`],
    /// [`MmioError::CannotSeek`], or [`MmioError::AccessDenied`]. The position is where it was.
    #[inline]
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.buffer.try_read(out) {
            return Ok(out.len());
        }
        self.read_cold(out)
    }

    /// Reads all that `out` has room for.
    ///
    /// # Errors
    ///
    /// Those of `read`, and [`MmioError::CannotRead`] of the kind `UnexpectedEof` if the file ends
    /// before that; its offset is where the file ends. What `out` holds is unspecified. The position
    /// is where it was when the call began, also where something was read; so the same call
    /// again does the right thing.
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
    /// What follows the position, unwritten bytes included; empty only at the end of the file.
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

    /// Moves the position over `n` bytes of what [`BufRead::fill_buf`] returned; over all of them
    /// if there were fewer.
    #[inline]
    fn consume(&mut self, n: usize) {
        self.buffer.consume(n);
    }
}

impl<S: Read + Write + Seek> Write for MmioFile<S> {
    /// Takes all of `bytes`, unless making room for them fails midway.
    ///
    /// # Errors
    ///
    /// If nothing was taken: [`MmioError::CannotWrite`] or [`MmioError::CannotSeek`] where room had
    /// to be made and could not be, [`MmioError::CannotExpand`] where no file can be that long,
    /// [`MmioError::AccessDenied`]. The position is where it was.
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
    /// Those of `write`. The position is where it was when the call began, and any number of the first
    /// bytes may have been accepted: they stay in the file. So make room, and make the same call again:
    /// it writes the same bytes to the same place. (If a seek to the end came before it, that is not
    /// repeated: the end may have moved.)
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

    /// The same as [`MmioFile::flush`] with [`FlushFlags::empty`]; or nothing at all, if
    /// [`set_deferred_flush`](MmioFile::set_deferred_flush) says so.
    fn flush(&mut self) -> io::Result<()> {
        if self.defers_flush {
            return Ok(());
        }
        Self::flush(self, FlushFlags::empty()).map_err(io::Error::from)
    }
}

impl<S: Read + Write + Seek> Seek for MmioFile<S> {
    /// Moves the position, without a call on the stream but in three cases: [`SeekFrom::End`] asks
    /// for its length; all but [`SeekFrom::Start`] ask for its position, if nothing has before; and
    /// where the capacity is 0, the stream is moved.
    ///
    /// A position past the end is allowed: a read there gives nothing, a write fills the gap with
    /// zeros.
    ///
    /// # Errors
    ///
    /// [`MmioError::CannotSeek`]: the target is before 0 or beyond `u64::MAX`, or the call on the
    /// stream failed that was needed. The position is where it was.
    #[inline]
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        let near = match target {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(distance) => self.buffer.position().checked_add_signed(distance),
            SeekFrom::End(_) => None,
        };
        match near {
            Some(offset) if self.buffer.try_seek(offset) => Ok(offset),
            Some(offset) if self.buffer.is_positioned() && self.capacity() > 0 => {
                // Not cold: code that works on several spots comes here each time.
                self.buffer.seek(offset);
                Ok(offset)
            }
            _ => self.seek_cold(target),
        }
    }

    /// The position, in bytes from the start of the file. Makes no call on the stream but the first
    /// time, if nothing has set the position before.
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
        self.reach(Goal::Read)
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

    /// Makes a call that moves all it is to move, or fails midway. Then the position is put back to
    /// where it began, so that the same call again does the right thing.
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
            // First learn where the stream is: it may move, and fail all the same.
            self.settle()?;
            self.port.seek(offset)?;
        }
        self.buffer.seek(offset);
        Ok(offset)
    }
}

/// What a vector grows by to be read into. In the end only what is kept stays, even if the stream
/// panics.
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

/// Makes calls in turn, each of which is to move so many bytes, until one moves fewer. What was moved
/// counts; the next call meets the error.
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
