//! Moving bytes inside the file: copying them, making room for some, taking some out.
//!
//! Two rules keep every byte, wherever a call on the stream fails:
//!
//! * What lies past the old end is written first, ascending, by calls that do not cross it. Where
//!   the disk is full it shows there, while nothing that was in the file has been overwritten.
//! * Then bytes are moved from the side on which what is overwritten has been moved already, a piece
//!   at a time. A piece is gathered in the buffer, at the place where it is to go, and so stays
//!   there, unwritten, if the stream does not take it. Without a buffer, a piece is no longer than
//!   the way that it moves, so that it overwrites only what has been moved before it.

use std::io::{ErrorKind, Read, Seek, Write};
use std::ops::Range;

use super::MmioFile;
use super::port::Port;
use crate::transfer::Goal;
use crate::{MmioError, Storage};

/// The size of a piece that is moved where there is no buffer, in bytes.
const UNBUFFERED_PIECE: usize = 4096;

impl<S: Read + Write + Seek> MmioFile<S> {
    /// Copies the bytes at `src` to `dst` and after, all in bytes from the start of the file.
    ///
    /// The two may overlap, as in [`slice::copy_within`]; the file grows if the copy ends past its
    /// end. The position stays. Over a [`Storage`], bytes are inserted into the middle of a file by
    /// [`insert_range`](MmioFile::insert_range), and taken out of it by
    /// [`remove_range`](MmioFile::remove_range).
    ///
    /// What is unwritten is written first; then the bytes are moved in pieces of at most the
    /// capacity, through the buffer's own memory. What is to lie past the end is written before
    /// anything that is in the file is overwritten.
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
    /// [`MmioError::CannotSeek`], what lies outside of the destination is as it was, and what was
    /// written before is not lost.
    ///
    /// * While bytes past the old end are written, the file may have grown, and nothing that was in
    ///   it has been overwritten. The call can be repeated. A full disk is met here.
    /// * Later, any part of the destination may have been overwritten. Each byte of the source is at
    ///   its old place, or at its new place, or at both. Those that the stream failed to take are in
    ///   the buffer, where the next flush writes them. If source and destination overlap, the call
    ///   can't be repeated, since part of the source may have been moved.
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

    /// Copies what is to lie past the `end` of the file. On failure nothing else has changed, and
    /// nothing is unwritten.
    fn copy_past_end(&mut self, copy: Move, end: u64) -> Result<(), MmioError> {
        let mut rest = copy.without_first(end.saturating_sub(copy.dst));
        while rest.len > 0 {
            let piece = rest.first(self.piece_up(rest.dst));
            if let Err(error) = self.copy_piece(piece) {
                // Its source is where it was.
                self.buffer.clear();
                return Err(self.buffer.with_unwritten(error));
            }
            rest = rest.without_first(piece.len);
        }
        Ok(())
    }

    /// Copies what is to lie before the `end` of the file, as memmove does: from the side on which
    /// what is overwritten has been copied already.
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

    /// Writes the `len` bytes at `offset` that `make` makes. If it has made them and the stream does
    /// not take all of them, the rest is unwritten in the buffer.
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
    /// Inserts `len` zeros at `at`, in bytes from the start of the file; what followed moves up.
    ///
    /// The file gets longer by `len`. The position keeps its offset. What is unwritten is written
    /// first; nothing is unwritten afterwards. This is not safe against a crash.
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
    /// [`MmioError::CannotExpand`] whose source is the storage's, no byte is lost either, and
    /// [`stream_len`](MmioFile::stream_len) tells how far it came:
    ///
    /// * The length is what it was: nothing has moved, and the call can be repeated. A full disk is
    ///   met here, because the file is made longer before anything is overwritten.
    /// * The length is greater by less than `len`, or the error is a
    ///   [`CannotWrite`](MmioError::CannotWrite) at or past the old end: nothing has moved, but the
    ///   storage failed to cut off what was written past the old end. Cut it off with
    ///   [`set_len`](MmioFile::set_len), and repeat the call.
    /// * The length is greater by `len`, and it is another error: the call must not be repeated. What
    ///   was last in the file has moved, what was first has not, and each byte is at its old place, at
    ///   its new one, or at both. What the stream failed to take is unwritten in the buffer, and the next flush writes it. Then,
    ///   if there is a buffer, what has moved begins at the offset of a
    ///   [`CannotWrite`](MmioError::CannotWrite), rounded down to a multiple of the
    ///   [`capacity`](MmioFile::capacity); or at the first such multiple after `len` and the offset of a
    ///   [`CannotRead`](MmioError::CannotRead), at the old end at the latest. (A [`CannotSeek`](MmioError::CannotSeek) is as the first
    ///   if it left the file [dirty](MmioFile::is_dirty), and else as the second.) If that is at
    ///   `at + len` or before, everything has moved, and what was inserted need not be zeros yet; else a
    ///   [`copy_within`](MmioFile::copy_within) moves the rest.
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
        if len == 0 {
            return Ok(());
        }
        if at == end {
            return self.set_len(end + len);
        }
        self.reach(Goal::Clean)?;
        let copy = Move { src: at, dst: at + len, len: end - at };
        if let Err(error) = self.copy_past_end(copy, end) {
            // If this fails too, the error that counts is still the first.
            let _ = self.set_len(end);
            return Err(error);
        }
        self.copy_inside(copy, end)?;
        self.fill_with_zeros(at..copy.dst.min(end))
    }

    /// Takes the bytes at `range` out of the file, in bytes from its start; what followed moves down.
    ///
    /// The file gets shorter by the length of the range. The position keeps its offset, even past
    /// the new end. What is unwritten is written first; nothing is unwritten afterwards. This is not
    /// safe against a crash.
    ///
    /// # Errors
    ///
    /// Nothing has changed, and nothing is lost, on
    ///
    /// * [`MmioError::InvalidRange`]: the range ends before it starts, or past the end of the file;
    /// * [`MmioError::AccessDenied`]: the file was not opened for reading and for writing.
    ///
    /// On [`MmioError::CannotRead`], [`MmioError::CannotWrite`] and [`MmioError::CannotSeek`], the
    /// file is as long as before, and no byte is lost that is outside of the range. What followed the
    /// range first may have moved, what is last in the file has not, and each byte is at its old
    /// place, at its new one, or at both. What the stream failed to take is unwritten in the buffer,
    /// and the next flush writes it. If anything has moved, the call must not be repeated.
    ///
    /// If nothing was unwritten when the call began, and there is a buffer, it can be said how far it
    /// came, once that flush has succeeded. What has moved ends at the first multiple of the
    /// [`capacity`](MmioFile::capacity) after the offset of a [`CannotWrite`](MmioError::CannotWrite);
    /// or at the offset of a [`CannotRead`](MmioError::CannotRead), less the length of the range,
    /// rounded down to such a multiple. (A [`CannotSeek`](MmioError::CannotSeek) is as the first if it
    /// left the file [dirty](MmioFile::is_dirty), and else as the second.) If that is at the start of the
    /// range or before, nothing has moved; else a [`copy_within`](MmioFile::copy_within) moves the rest,
    /// and [`set_len`](MmioFile::set_len) cuts the file.
    ///
    /// On [`MmioError::CannotExpand`], everything has moved, and the storage failed to cut the file:
    /// cut it with [`set_len`](MmioFile::set_len).
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
        if start < end && end < len {
            self.reach(Goal::Clean)?;
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

/// A stretch of the file that moves, or a part of it.
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
