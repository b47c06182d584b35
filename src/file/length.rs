//! How long the file is, making it longer or shorter, and moving bytes inside it.

use std::io::{ErrorKind, Read, Seek, Write};
use std::ops::Range;

use super::MmioFile;
use super::port::Port;
use crate::{MmioError, Storage};

/// The size of a piece that [`MmioFile::copy_within`] moves where there is no buffer, in bytes.
const UNBUFFERED_PIECE: usize = 4096;

impl<S: Read + Write + Seek> MmioFile<S> {
    /// The length of the file in bytes, with what is unwritten: where
    /// [`SeekFrom::End(0)`](std::io::SeekFrom::End) would lead.
    ///
    /// This makes one call on the stream (and asks it for its position, if nothing has before), and
    /// looks at each page that has unwritten bytes. It neither moves the position nor disturbs what
    /// [`fill_buf`](std::io::BufRead::fill_buf) returned.
    ///
    /// # Errors
    ///
    /// [`MmioError::CannotSeek`]: the stream can't tell where its end is. Nothing has changed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, Seek, Write};
    /// # use mmio_file::MmioFile;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(vec![0; 5]));
    /// file.write_all(b"longer")?;
    /// assert_eq!(file.stream_len()?, 6);
    /// assert_eq!(file.get_ref().get_ref().len(), 5);
    /// assert_eq!(file.stream_position()?, 6);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream_len(&mut self) -> Result<u64, MmioError> {
        // The position the stream has now is lost by asking for its end.
        self.settle()?;
        Ok(self.port.end()?.max(self.buffer.dirty_end()))
    }

    /// Copies the bytes at `src` to `dst` and behind, all in bytes from the start of the file.
    ///
    /// The two may overlap, as in [`slice::copy_within`]; the file grows if the copy ends behind its
    /// end. With [`set_len`](MmioFile::set_len), this is how bytes are inserted into the middle of a
    /// file, or taken out of it. The position stays.
    ///
    /// What is unwritten is written first; then the bytes are moved in pieces of the capacity,
    /// through the buffer's own memory, which is empty afterwards.
    ///
    /// This is not safe against a crash: until it returns, part of the destination has its new
    /// content and part its old one.
    ///
    /// # Errors
    ///
    /// Nothing was copied, and nothing is lost, on
    ///
    /// * [`MmioError::InvalidRange`]: the range ends before it starts;
    /// * [`MmioError::CannotRead`] whose source is `UnexpectedEof`: it ends past the end of the file;
    /// * [`MmioError::CannotExpand`]: no file can be so long that the copy fits;
    /// * [`MmioError::AccessDenied`]: the file was not opened for reading and for writing.
    ///
    /// On [`MmioError::CannotRead`] of another kind, [`MmioError::CannotWrite`] and
    /// [`MmioError::CannotSeek`], any part of the destination may have been overwritten; what lies
    /// outside of it is as it was, and what was written before is not lost.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Cursor;
    /// # use mmio_file::MmioFile;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(b"abcdef".to_vec()));
    /// file.copy_within(1..6, 3)?;
    /// assert_eq!(file.into_inner()?.into_inner(), b"abcbcdef");
    /// # Ok(())
    /// # }
    /// ```
    pub fn copy_within(&mut self, src: Range<u64>, dst: u64) -> Result<(), MmioError> {
        self.allow(self.buffer.rules().may_read, "read")?;
        self.allow(self.buffer.rules().may_write, "write")?;
        let Some(len) = src.end.checked_sub(src.start) else {
            return Err(MmioError::InvalidRange { start: src.start, end: src.end });
        };
        if len == 0 {
            return Ok(());
        }
        self.allow_end(dst.checked_add(len))?;
        self.settle()?;
        self.write_back_all()?;
        let end = self.port.end()?;
        if src.end > end {
            return Err(MmioError::cannot_read(end, ErrorKind::UnexpectedEof));
        }
        let mut unbuffered = [0; UNBUFFERED_PIECE];
        let scratch = match self.buffer.scratch() {
            [] => &mut unbuffered[..],
            arena => arena,
        };
        // As memmove does: from the side on which what is overwritten has been copied already.
        let size = scratch.len();
        let pieces = len.div_ceil(size as u64);
        for index in 0..pieces {
            let piece = if dst <= src.start { index } else { pieces - 1 - index };
            let start = piece * size as u64;
            let rest = usize::try_from(len - start).unwrap_or(size);
            let bytes = &mut scratch[..rest.min(size)];
            read_exact_at(&mut self.port, src.start + start, bytes)?;
            write_all_at(&mut self.port, dst + start, bytes)?;
        }
        Ok(())
    }
}

impl<S: Storage> MmioFile<S> {
    /// Makes the file `len` bytes long.
    ///
    /// What lies behind the new end is gone for good, unwritten bytes included; growth reads as
    /// zeros. The position stays, even behind the new end. Nothing is flushed.
    ///
    /// # Errors
    ///
    /// * [`MmioError::AccessDenied`]: the file was not opened for writing. Nothing has changed.
    /// * [`MmioError::CannotExpand`]: no file can be that long, and nothing has changed; or the
    ///   storage failed, and what it holds behind `len` may have changed, but what is unwritten is
    ///   kept.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, Write};
    /// # use mmio_file::MmioFile;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// file.write_all(b"abcdef")?;
    /// file.set_len(2)?;
    /// file.set_len(4)?;
    /// assert_eq!(file.into_inner()?.into_inner(), b"ab\0\0");
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_len(&mut self, len: u64) -> Result<(), MmioError> {
        self.allow(self.buffer.rules().may_write, "write")?;
        self.allow_end(Some(len))?;
        self.settle()?;
        // Before the call: a storage that fails may have cut all the same.
        self.buffer.forget_clean_behind(len);
        let answer = self.port.get_mut().set_len(len);
        answer.map_err(|source| MmioError::CannotExpand { len, source })?;
        self.buffer.cut(len);
        Ok(())
    }
}

fn read_exact_at<S: Read + Write + Seek>(
    port: &mut Port<S>,
    mut offset: u64,
    mut bytes: &mut [u8],
) -> Result<(), MmioError> {
    while !bytes.is_empty() {
        let n = port.read(offset, bytes)?;
        if n == 0 {
            return Err(MmioError::cannot_read(offset, ErrorKind::UnexpectedEof));
        }
        offset += n as u64;
        bytes = &mut bytes[n..];
    }
    Ok(())
}

fn write_all_at<S: Read + Write + Seek>(
    port: &mut Port<S>,
    mut offset: u64,
    mut bytes: &[u8],
) -> Result<(), MmioError> {
    while !bytes.is_empty() {
        let n = port.write(offset, bytes)?;
        offset += n as u64;
        bytes = &bytes[n..];
    }
    Ok(())
}
