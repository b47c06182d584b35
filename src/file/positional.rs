//! Reading and writing at an offset, without moving the position.

use std::io::{self, Read, Seek, Write};

use super::MmioFile;
use crate::MmioError;

impl<S: Read + Write + Seek> MmioFile<S> {
    /// Reads from `offset` on, in bytes from the start of the file, until `out` is full or the file
    /// ends. The position does not move.
    ///
    /// It reads through the buffer, unwritten bytes included, as `read` after a seek does. Reading
    /// cached bytes does not slow down the calls at the position. At or past the end, it reads 0
    /// bytes.
    ///
    /// This and the three methods that follow are named after those of Unix's
    /// [`FileExt`](https://doc.rust-lang.org/std/os/unix/fs/trait.FileExt.html), and take their
    /// arguments in the same order; but they take `&mut self`, because they use the buffer.
    ///
    /// # Errors
    ///
    /// * [`MmioError::AccessDenied`]: the file was not opened for reading.
    /// * [`MmioError::CannotRead`], [`MmioError::CannotSeek`]: the stream failed, and nothing was read.
    ///   If something was, it counts, and the next call meets the error.
    ///
    /// The offset in the error is where the stream failed, not the position. If the position is not
    /// known yet, the stream is asked for it first; if that fails, the error is
    /// [`MmioError::CannotSeek`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, Read, Seek};
    /// # use mmio_file::MmioFile;
    /// # fn main() -> std::io::Result<()> {
    /// let mut file = MmioFile::new(Cursor::new(b"abcdef".to_vec()));
    /// let mut bytes = [0; 4];
    /// assert_eq!(file.read_at(&mut bytes, 3)?, 3);
    /// assert_eq!(&bytes[..3], b"def");
    /// assert_eq!(file.stream_position()?, 0);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn read_at(&mut self, out: &mut [u8], offset: u64) -> io::Result<usize> {
        if self.buffer.try_read_at(out, offset) {
            return Ok(out.len());
        }
        self.read_at_cold(out, offset)
    }

    /// Reads from `offset` on until `out` is full. The position does not move.
    ///
    /// # Errors
    ///
    /// Those of [`read_at`](MmioFile::read_at), and [`MmioError::CannotRead`] of the kind
    /// `UnexpectedEof` if the file ends before that; its offset is where the file ends, or `offset` if
    /// that is past the end. What `out` holds is unspecified.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, ErrorKind};
    /// # use mmio_file::MmioFile;
    /// # fn main() -> std::io::Result<()> {
    /// let mut file = MmioFile::new(Cursor::new(b"abcdef".to_vec()));
    /// let mut bytes = [0; 2];
    /// file.read_exact_at(&mut bytes, 4)?;
    /// assert_eq!(&bytes, b"ef");
    /// let error = file.read_exact_at(&mut bytes, 5).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn read_exact_at(&mut self, out: &mut [u8], offset: u64) -> io::Result<()> {
        if self.buffer.try_read_at(out, offset) {
            return Ok(());
        }
        self.read_exact_at_cold(out, offset)
    }

    /// Writes `bytes` at `offset`, in bytes from the start of the file. The position does not move.
    ///
    /// It writes through the buffer, as `write` after a seek does: all bytes are accepted, unless
    /// making room for them fails midway. Past the end, the gap is filled with zeros.
    ///
    /// # Errors
    ///
    /// Nothing was accepted on
    ///
    /// * [`MmioError::AccessDenied`]: the file was not opened for writing;
    /// * [`MmioError::CannotExpand`]: no file can be that long;
    /// * [`MmioError::CannotWrite`], [`MmioError::CannotSeek`]: the buffer had to make room and could not.
    ///
    /// If some bytes were accepted, they count, and the next call meets the error. If the position
    /// is not known yet, the stream is asked for it first; if that fails, the error is
    /// [`MmioError::CannotSeek`].
    ///
    /// # Examples
    ///
    /// A header is kept up to date while data is appended:
    ///
    /// ```
    /// # use std::io::{Cursor, Write};
    /// # use mmio_file::MmioFile;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// file.write_all(b"size:?\n")?;
    /// for (count, line) in (b'1'..).zip(["one\n", "two\n"]) {
    ///     file.write_all(line.as_bytes())?;
    ///     file.write_all_at(&[count], 5)?;
    /// }
    /// assert_eq!(file.into_inner()?.into_inner(), b"size:2\none\ntwo\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        self.buffer.allow_writing_at(offset)?;
        if self.buffer.write_cached(bytes, offset) {
            return Ok(bytes.len());
        }
        self.elsewhere(offset)?.file.write_cold(bytes)
    }

    /// Writes all of `bytes` at `offset`. The position does not move.
    ///
    /// # Errors
    ///
    /// Those of [`write_at`](MmioFile::write_at). Any number of the first bytes may have been accepted,
    /// and they stay in the file. So make room, and make the same call again: it writes the same bytes
    /// to the same place.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, Seek};
    /// # use mmio_file::MmioFile;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(b"abcdef".to_vec()));
    /// file.write_all_at(b"XY", 2)?;
    /// assert_eq!(file.stream_position()?, 0);
    /// assert_eq!(file.into_inner()?.into_inner(), b"abXYef");
    /// # Ok(())
    /// # }
    /// ```
    pub fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.buffer.allow_writing_at(offset)?;
        if self.buffer.write_cached(bytes, offset) {
            return Ok(());
        }
        self.elsewhere(offset)?.file.write_all_cold(bytes)
    }

    #[cold]
    #[inline(never)]
    fn read_at_cold(&mut self, out: &mut [u8], offset: u64) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        self.buffer.allow_reading_at(offset)?;
        if self.buffer.read_cached(out, offset) {
            return Ok(out.len());
        }
        self.elsewhere(offset)?.file.read_cold(out)
    }

    #[cold]
    #[inline(never)]
    fn read_exact_at_cold(&mut self, out: &mut [u8], offset: u64) -> io::Result<()> {
        if out.is_empty() {
            return Ok(());
        }
        self.buffer.allow_reading_at(offset)?;
        if self.buffer.read_cached(out, offset) {
            return Ok(());
        }
        self.elsewhere(offset)?.file.read_exact_cold(out)
    }

    /// Moves the position to `offset` for one call. The stream is not seeked.
    fn elsewhere(&mut self, offset: u64) -> Result<Elsewhere<'_, S>, MmioError> {
        self.settle()?;
        let position = self.buffer.position();
        self.buffer.seek(offset);
        Ok(Elsewhere { file: self, position })
    }
}

/// A file whose position is elsewhere for one call. Dropping this puts it back, even if the stream
/// panics.
struct Elsewhere<'a, S: Read + Write + Seek> {
    file: &'a mut MmioFile<S>,
    position: u64,
}

impl<S: Read + Write + Seek> Drop for Elsewhere<'_, S> {
    fn drop(&mut self) {
        self.file.buffer.seek(self.position);
    }
}
