//! Moving bytes inside the file: copying, inserting and removing ranges.
//!
//! Two rules keep every byte, wherever a call on the stream fails:
//!
//! * What goes past the old end is written first, ascending, by calls that do not cross it. A full
//!   disk fails one of these, before anything in the file has been overwritten.
//! * Then bytes are moved piece by piece, in the order in which each piece overwrites only what has
//!   been moved already. A piece is gathered in the buffer, at its destination, so it stays there,
//!   unwritten, if the stream does not accept it. Without a buffer, a piece is no longer than the
//!   distance that it moves, so that it does not overwrite itself.

use std::io::{ErrorKind, Read, Seek, Write};
use std::ops::Range;

use super::MmioFile;
use super::port::Port;
use crate::transfer::Goal;
use crate::{MmioError, Storage};

/// The size of a piece where there is no buffer, in bytes.
const UNBUFFERED_PIECE: usize = 4096;

impl<S: Read + Write + Seek> MmioFile<S> {
    /// Copies the bytes at `src` to `dst` and after, all in bytes from the start of the file.
    ///
    /// The two may overlap, as in [`slice::copy_within`]. The file grows if the copy ends past its
    /// end. The position does not move. Over a [`Storage`],
    /// [`insert_range`](MmioFile::insert_range) and [`remove_range`](MmioFile::remove_range) insert
    /// and remove bytes in the middle of a file.
    ///
    /// Unwritten bytes are written first. Then the bytes are moved in pieces of at most the
    /// capacity, through the buffer's memory. What goes past the end is written before anything in
    /// the file is overwritten.
    ///
    /// This is not safe against a crash: until it returns, part of the destination has its new
    /// content and part its old content.
    ///
    /// # Errors
    ///
    /// Nothing was copied, and nothing is lost, on
    ///
    /// * [`MmioError::InvalidRange`]: the range ends before it starts;
    /// * [`MmioError::CannotRead`] whose source is `UnexpectedEof`: it ends past the end of the file;
    /// * [`MmioError::CannotExpand`]: the copy would make the file longer than a file can be;
    /// * [`MmioError::AccessDenied`]: the file was not opened for reading and for writing.
    ///
    /// On [`MmioError::CannotRead`] of another kind, [`MmioError::CannotWrite`] and
    /// [`MmioError::CannotSeek`], bytes outside of the destination are unchanged, and nothing that
    /// was written before is lost.
    ///
    /// * If it fails while writing past the old end, the file may have grown, and nothing in it has
    ///   been overwritten. The call can be repeated. A full disk fails here.
    /// * If it fails later, any part of the destination may have been overwritten. Each byte of the
    ///   source is at its old place, at its new place, or at both. Those that the stream did not
    ///   accept are in the buffer, and the next flush writes them. If source and destination
    ///   overlap, the call can't be repeated, because part of the source may have been overwritten.
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
        self.allow_moving()?;
        let Some(len) = src.end.checked_sub(src.start) else {
            return Err(MmioError::InvalidRange { start: src.start, end: src.end });
        };
        if len == 0 {
            return Ok(());
        }
        self.buffer.allow_end(dst.checked_add(len))?;
        self.settle()?;
        self.reach(Goal::Clean)?;
        let end = self.port.end()?;
        if src.end > end {
            return Err(MmioError::cannot_read(end, ErrorKind::UnexpectedEof));
        }
        if dst == src.start {
            return Ok(());
        }
        let copy = Move { src: src.start, dst, len };
        self.copy_past_end(copy, end)?;
        self.copy_inside(copy, end)
    }

    fn allow_moving(&self) -> Result<(), MmioError> {
        self.buffer.allow_reading()?;
        self.buffer.allow_writing()
    }

    /// Copies what goes past the `end` of the file. On failure, nothing else has changed, and
    /// nothing is unwritten.
    fn copy_past_end(&mut self, copy: Move, end: u64) -> Result<(), MmioError> {
        let mut rest = copy.without_first(end.saturating_sub(copy.dst));
        while rest.len > 0 {
            let piece = rest.first(self.piece_up(rest.dst));
            if let Err(error) = self.copy_piece(piece) {
                // The source is unchanged.
                self.buffer.clear();
                return Err(self.buffer.with_unwritten(error));
            }
            rest = rest.without_first(piece.len);
        }
        Ok(())
    }

    /// Copies what goes before the `end` of the file, as memmove does: each piece overwrites only
    /// what has been copied already.
    fn copy_inside(&mut self, copy: Move, end: u64) -> Result<(), MmioError> {
        let mut rest = copy.first(end.saturating_sub(copy.dst));
        let way = copy.dst.abs_diff(copy.src);
        let longest = if self.capacity() == 0 { way } else { u64::MAX };
        while rest.len > 0 {
            if copy.dst <= copy.src {
                let piece = rest.first(self.piece_up(rest.dst).min(longest));
                self.copy_piece(piece)?;
                rest = rest.without_first(piece.len);
            } else {
                let len = self.piece_down(rest.dst + rest.len).min(longest).min(rest.len);
                self.copy_piece(rest.without_first(rest.len - len))?;
                rest = rest.first(rest.len - len);
            }
        }
        Ok(())
    }

    /// How long a piece that begins at `start` may be. With a buffer, pieces end at multiples of
    /// the capacity.
    fn piece_up(&self, start: u64) -> u64 {
        match self.capacity() as u64 {
            0 => UNBUFFERED_PIECE as u64,
            capacity => capacity - start % capacity,
        }
    }

    /// The same for a piece that ends at `end`, which is not 0: it begins at such a multiple.
    fn piece_down(&self, end: u64) -> u64 {
        match self.capacity() as u64 {
            0 => UNBUFFERED_PIECE as u64,
            capacity => (end - 1) % capacity + 1,
        }
    }

    fn copy_piece(&mut self, piece: Move) -> Result<(), MmioError> {
        self.write_piece(piece.dst, piece.len, |port, bytes| read_exact_at(port, piece.src, bytes))
    }

    /// Writes the `len` bytes at `offset` that `make` makes. If `make` succeeds and the stream does
    /// not accept all of them, the rest is unwritten in the buffer.
    fn write_piece(
        &mut self,
        offset: u64,
        len: u64,
        make: impl FnOnce(&mut Port<S>, &mut [u8]) -> Result<(), MmioError>,
    ) -> Result<(), MmioError> {
        let len = usize::try_from(len).expect("a piece fits into memory");
        if self.capacity() == 0 {
            let bytes = &mut [0; UNBUFFERED_PIECE][..len];
            make(&mut self.port, bytes)?;
            return write_all_at(&mut self.port, offset, bytes);
        }
        make(&mut self.port, self.buffer.gather(offset, len))?;
        self.buffer.gathered(offset, len);
        self.reach(Goal::Clean)
    }
}

impl<S: Storage> MmioFile<S> {
    /// Inserts `len` zeros at `at`, in bytes from the start of the file, and moves what follows up.
    ///
    /// The file gets longer by `len`. The position keeps its offset. Unwritten bytes are written
    /// first, and none are left when this returns. This is not safe against a crash.
    ///
    /// # Errors
    ///
    /// Nothing has changed, and nothing is lost, on
    ///
    /// * [`MmioError::InvalidRange`]: `at` is past the end of the file;
    /// * [`MmioError::CannotExpand`]: no file can be that long;
    /// * [`MmioError::AccessDenied`]: the file was not opened for reading and for writing.
    ///
    /// On [`MmioError::CannotRead`], [`MmioError::CannotWrite`], [`MmioError::CannotSeek`], and on
    /// [`MmioError::CannotExpand`] whose source is the storage's, no byte is lost either.
    /// [`stream_len`](MmioFile::stream_len), compared with what it was before the call, shows how far the call got:
    ///
    /// * The length is unchanged: nothing has moved, and the call can be repeated. A full disk
    ///   fails here, because the file is made longer before anything is overwritten.
    /// * The length is greater by less than `len`; or it is greater by `len`, and the error is a
    ///   [`CannotWrite`](MmioError::CannotWrite) at or past the old end: nothing has moved, but the
    ///   storage failed to truncate the file to its old length. Do that with
    ///   [`set_len`](MmioFile::set_len), and repeat the call.
    /// * The length is greater by `len`, and it is another error: do not repeat the call. The last bytes of the file
    ///   have moved, the first have not, and each byte is at its old place, at its new one, or at both. What the stream
    ///   did not accept is unwritten in the buffer, and the next flush writes it. If there is a buffer, the bytes that
    ///   have moved are those whose new place is at or past an offset `moved`. That is the offset of a
    ///   [`CannotWrite`](MmioError::CannotWrite), rounded down to a multiple of the [`capacity`](MmioFile::capacity);
    ///   or the first such multiple after the sum of `len` and the offset of a [`CannotRead`](MmioError::CannotRead), at
    ///   most the old end. (For a [`CannotSeek`](MmioError::CannotSeek), the first rule holds if it left the file
    ///   [dirty](MmioFile::is_dirty), otherwise the second.) If `moved` is at most `at + len`, everything has moved, and
    ///   the inserted bytes need not be zeros yet. Otherwise,
    ///   [`copy_within(at..moved - len, at + len)`](MmioFile::copy_within) moves the rest.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, Seek, SeekFrom, Write};
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(b"year=1959".to_vec()));
    /// file.insert_range(0, 9)?;
    /// file.write_all(b"by=Miles;")?;
    /// assert_eq!(file.into_inner()?.into_inner(), b"by=Miles;year=1959");
    /// # Ok(())
    /// # }
    /// ```
    pub fn insert_range(&mut self, at: u64, len: u64) -> Result<(), MmioError> {
        self.allow_moving()?;
        let end = self.stream_len()?;
        if at > end {
            return Err(MmioError::InvalidRange { start: at, end: at });
        }
        self.buffer.allow_end(end.checked_add(len))?;
        self.reach(Goal::Clean)?;
        if len == 0 {
            return Ok(());
        }
        if at == end {
            return self.set_len(end + len);
        }
        let copy = Move { src: at, dst: at + len, len: end - at };
        if let Err(error) = self.copy_past_end(copy, end) {
            // If this fails too, the first error is the one to report.
            let _ = self.set_len(end);
            return Err(error);
        }
        self.copy_inside(copy, end)?;
        self.fill_with_zeros(at..copy.dst.min(end))
    }

    /// Removes the bytes at `range`, in bytes from the start of the file, and moves what follows down.
    ///
    /// The file gets shorter by the length of the range. The position keeps its offset, even if that
    /// is past the new end. Unwritten bytes are written first, and none are left when this returns.
    /// This is not safe against a crash.
    ///
    /// # Errors
    ///
    /// Nothing has changed, and nothing is lost, on
    ///
    /// * [`MmioError::InvalidRange`]: the range ends before it starts, or past the end of the file;
    /// * [`MmioError::AccessDenied`]: the file was not opened for reading and for writing.
    ///
    /// On [`MmioError::CannotRead`], [`MmioError::CannotWrite`] and [`MmioError::CannotSeek`], the
    /// file is as long as before, and no byte outside of the range is lost. The bytes right after the
    /// range may have moved, the last ones have not, and each byte is at its old place, at its new
    /// one, or at both. What the stream did not accept is unwritten in the buffer, and the next flush
    /// writes it. If anything has moved, do not repeat the call.
    ///
    /// If nothing was unwritten when the call began, and there is a buffer, the error shows how far the
    /// call got, once that flush has succeeded. The bytes that have moved end at the first multiple of
    /// the [`capacity`](MmioFile::capacity) after the offset of a
    /// [`CannotWrite`](MmioError::CannotWrite); or at the offset of a
    /// [`CannotRead`](MmioError::CannotRead) minus the length of the range, rounded down to such a
    /// multiple. (For a [`CannotSeek`](MmioError::CannotSeek), the first rule holds if it left the file
    /// [dirty](MmioFile::is_dirty), otherwise the second.) If that is at the start of the range or
    /// before, nothing has moved. Otherwise, [`copy_within`](MmioFile::copy_within) moves the rest, and
    /// [`set_len`](MmioFile::set_len) truncates the file.
    ///
    /// On [`MmioError::CannotExpand`], everything has moved, and the storage failed to truncate the
    /// file: do that with [`set_len`](MmioFile::set_len).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(b"by=Miles;year=1959".to_vec()));
    /// file.remove_range(0..9)?;
    /// assert_eq!(file.into_inner()?.into_inner(), b"year=1959");
    /// # Ok(())
    /// # }
    /// ```
    pub fn remove_range(&mut self, range: Range<u64>) -> Result<(), MmioError> {
        let Range { start, end } = range;
        self.allow_moving()?;
        if end < start {
            return Err(MmioError::InvalidRange { start, end });
        }
        let len = self.stream_len()?;
        if end > len {
            return Err(MmioError::InvalidRange { start, end });
        }
        self.reach(Goal::Clean)?;
        if start < end && end < len {
            self.copy_inside(Move { src: end, dst: start, len: len - end }, len)?;
        }
        self.set_len(len - (end - start))
    }

    fn fill_with_zeros(&mut self, mut range: Range<u64>) -> Result<(), MmioError> {
        while range.start < range.end {
            let len = self.piece_up(range.start).min(range.end - range.start);
            self.write_piece(range.start, len, |_, bytes| {
                bytes.fill(0);
                Ok(())
            })?;
            range.start += len;
        }
        Ok(())
    }
}

/// A range of the file that moves, or a part of it.
#[derive(Clone, Copy)]
struct Move {
    src: u64,
    dst: u64,
    len: u64,
}

impl Move {
    /// The first `n` bytes, or all if there are fewer.
    fn first(self, n: u64) -> Self {
        Self { len: self.len.min(n), ..self }
    }

    /// All but the first `n` bytes, or nothing if there are fewer.
    fn without_first(self, n: u64) -> Self {
        let n = self.len.min(n);
        Self { src: self.src + n, dst: self.dst + n, len: self.len - n }
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
