//! Direct access to the buffer, as `mmioGetInfo`, `mmioAdvance` and `mmioSetInfo` give it. What is
//! lent for writing counts as written, so there is no dirty flag to forget.

use std::io::{Read, Seek, Write};

use super::MmioFile;
use crate::MmioError;
use crate::buffer::MAX_PAGE;
use crate::transfer::Goal;

impl<S: Read + Write + Seek> MmioFile<S> {
    /// Returns the bytes that follow the position, to be changed in place; none only at the end of
    /// the file.
    ///
    /// All of them count as written, changed or not. The position does not move: call
    /// [`consume`](std::io::BufRead::consume) next. The slice ends at the end of a page at the
    /// latest.
    ///
    /// # Errors
    ///
    /// * [`MmioError::Unbuffered`]: the capacity is 0.
    /// * [`MmioError::AccessDenied`]: the file was not opened for reading and for writing.
    /// * [`MmioError::CannotRead`], [`MmioError::CannotSeek`], [`MmioError::CannotWrite`]: the
    ///   stream failed to read the bytes, or to write others back to make room.
    ///
    /// In each case the position is where it was, and nothing counts as written.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{BufRead, Cursor};
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(b"quiet".to_vec()));
    /// loop {
    ///     let bytes = file.fill_buf_mut()?;
    ///     if bytes.is_empty() {
    ///         break;
    ///     }
    ///     bytes.make_ascii_uppercase();
    ///     let n = bytes.len();
    ///     file.consume(n);
    /// }
    /// assert_eq!(file.into_inner()?.into_inner(), b"QUIET");
    /// # Ok(())
    /// # }
    /// ```
    pub fn fill_buf_mut(&mut self) -> Result<&mut [u8], MmioError> {
        self.begin_buffered_access()?;
        self.begin_reading()?;
        self.buffer.allow_writing()?;
        self.reach(Goal::Change)?;
        if self.buffer.readable().is_empty() {
            return Ok(&mut []);
        }
        Ok(self.buffer.readable_mut())
    }

    /// Lends room in the buffer, at the position, for `fill` to write up to `max` bytes to.
    ///
    /// `fill` gets room for 1 to `max` bytes, fewer than `max` where a page ends, and returns how
    /// many it wrote. Those count as written, and the position moves over them. Whatever else it
    /// puts into the room never becomes content. What the room holds before is unspecified. If
    /// `max` is 0, `fill` is not called.
    ///
    /// # Errors
    ///
    /// * [`MmioError::Unbuffered`]: the capacity is 0.
    /// * [`MmioError::AccessDenied`]: the file was not opened for writing.
    /// * [`MmioError::CannotExpand`]: no file can have a byte at the position.
    /// * [`MmioError::CannotWrite`], [`MmioError::CannotSeek`]: the stream failed to write bytes
    ///   back to make room.
    ///
    /// In each case `fill` was not called, and the position is where it was.
    ///
    /// # Panics
    ///
    /// If `fill` returns more than it was given room for. Nothing is written then.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// let n = file.write_with(4, |room| {
    ///     room.fill(b'x');
    ///     room.len()
    /// })?;
    /// assert_eq!(n, 4);
    /// assert_eq!(file.into_inner()?.into_inner(), b"xxxx");
    /// # Ok(())
    /// # }
    /// ```
    pub fn write_with(
        &mut self,
        max: usize,
        fill: impl FnOnce(&mut [u8]) -> usize,
    ) -> Result<usize, MmioError> {
        self.begin_buffered_access()?;
        if max == 0 {
            return Ok(0);
        }
        self.begin_writing(1)?;
        // The closure may write any number of bytes, so what is valid must reach the position
        // already.
        self.reach(Goal::Write { len: 0 })?;
        let (room, valid) = self.buffer.room();
        let len = room.len().min(max);
        let room = &mut room[..len];
        let n = if valid == 0 {
            counted(len, fill(room))
        } else {
            // There is content here, and the closure may overwrite more of it than it reports.
            let mut apart = [0; MAX_PAGE];
            let n = counted(len, fill(&mut apart[..len]));
            room[..n].copy_from_slice(&apart[..n]);
            n
        };
        self.buffer.advance_written(n);
        Ok(n)
    }

    /// What direct access begins with.
    pub(super) fn begin_buffered_access(&self) -> Result<(), MmioError> {
        if self.capacity() == 0 { Err(MmioError::Unbuffered) } else { Ok(()) }
    }
}

/// The closure's answer, checked.
fn counted(room: usize, answer: usize) -> usize {
    assert!(answer <= room, "wrote {answer} bytes into room for {room}");
    answer
}
