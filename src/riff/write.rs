//! [`RiffWrite`]: creating chunks, continuing them, and patching their sizes.

use std::io::{self, Read, Seek, SeekFrom, Write};

use super::spot::Spot;
use super::{Chunk, FourCc, NewChunk, OpenChunk, RiffRead, append, finish, info};
use crate::MmioError;

/// Writes the chunks of any stream that can be read, written and seeked.
///
/// [`create_chunk`](RiffWrite::create_chunk) writes a header. Then the program writes the content,
/// data or further chunks. [`finish_chunk`](RiffWrite::finish_chunk) ends the chunk at the
/// position, pads it, and goes back to patch the size. Over an [`MmioFile`](crate::MmioFile), going
/// back makes no call on the stream while the header is in the buffer.
///
/// # A chunk that is never finished
///
/// It keeps the size that it was created with, which is 0 unless one was given. In an outermost
/// RIFF and in `data`, readers take 0 to mean "to the end", so a recording whose program was killed
/// can be played as far as it reached the disk. Elsewhere, 0 means an empty chunk, and a LIST is
/// broken. So a recorder calls [`patch_size`](RiffWrite::patch_size) now and then.
///
/// # Examples
///
/// ```
/// use std::io::{Cursor, Write};
/// use mmio_file::MmioFile;
/// use mmio_file::riff::{FourCc, NewChunk, RiffWrite};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut file = MmioFile::new(Cursor::new(Vec::new()));
/// let mut riff = file.create_chunk(NewChunk::riff(FourCc::new(*b"demo")))?;
/// let mut note = file.create_chunk(NewChunk::id(FourCc::new(*b"note")))?;
/// file.write_all(b"odd")?;
/// file.finish_chunk(&mut note)?;
/// file.finish_chunk(&mut riff)?;
///
/// let bytes = file.into_inner()?.into_inner();
/// assert_eq!(bytes, b"RIFF\x10\0\0\0demonote\x03\0\0\0odd\0");
/// # Ok(())
/// # }
/// ```
pub trait RiffWrite: RiffRead + Write {
    /// Writes the start of a chunk at the position: the header, and the type and the reserve if it
    /// has them.
    ///
    /// Bytes that are there already are overwritten. Afterwards, the position is where the content
    /// begins.
    ///
    /// # Errors
    ///
    /// * [`MmioError::ChunkTooLong`]: it is a RIFF without a reserve, and the size that was given does
    ///   not fit 32 bits. Nothing was written. (For any other chunk,
    ///   [`finish_chunk`](RiffWrite::finish_chunk) reports whether there is room for its size.)
    /// * [`MmioError::CannotWrite`], [`MmioError::CannotSeek`], or another error of the stream:
    ///   some of the bytes may have been written.
    ///
    /// In each case, the position is where it was. (If the stream can't even go back, the position
    /// is unspecified: seek before the next attempt.)
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Cursor;
    /// # use mmio_file::riff::{FourCc, NewChunk, RiffWrite};
    /// # fn main() -> Result<(), mmio_file::MmioError> {
    /// let mut file = Cursor::new(Vec::new());
    /// let list = file.create_chunk(NewChunk::list(FourCc::new(*b"INFO")))?;
    /// assert_eq!(list.data_offset(), 8);
    /// assert_eq!(file.into_inner(), b"LIST\0\0\0\0INFO");
    /// # Ok(())
    /// # }
    /// ```
    fn create_chunk(&mut self, new: NewChunk) -> Result<OpenChunk, MmioError> {
        let (mut spot, position) = Spot::new(self)?;
        let answer = finish::create(&mut spot, &new, position);
        spot.or_back(position, answer)
    }

    /// Ends a chunk at the position: pads it to an even length, and patches its size if the file has a
    /// different one. Afterwards, the position is after the pad byte, where the next chunk goes.
    ///
    /// Inner chunks must be finished before outer ones. Bytes after the position are left as they
    /// are.
    ///
    /// If a RIFF with a reserve, or a chunk in it, has outgrown 32 bits, the RIFF becomes an RF64 when that
    /// RIFF or chunk is finished. Only the outermost RIFF around a chunk can have the reserve.
    ///
    /// # Errors
    ///
    /// * [`MmioError::InvalidFile`]: the position is before the chunk's content, the chunk is
    ///   finished already, or it is a RIFF or LIST of an odd length, so a chunk in it is not
    ///   finished.
    /// * [`MmioError::ChunkTooLong`]: its length does not fit 32 bits, and there is no reserve for
    ///   it. No size has changed; the data is still there.
    /// * Those of the stream. Some of the bytes may have been written.
    ///
    /// In each case, the position is where it was, and the chunk is still open: call this again to
    /// complete it. (If the stream can't even go back, the chunk remembers its end, and the next
    /// call moves there.)
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, Write};
    /// # use mmio_file::MmioError;
    /// # use mmio_file::riff::{FourCc, NewChunk, RiffWrite};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut room = [0; 10];
    /// let mut file = Cursor::new(&mut room[..]);
    /// let mut note = file.create_chunk(NewChunk::id(FourCc::new(*b"note")))?;
    /// file.write_all(b"hi")?;
    /// let note = file.finish_chunk(&mut note)?;
    /// assert_eq!(note.data_range(), 8..10);
    /// assert_eq!(&room, b"note\x02\0\0\0hi");
    /// # Ok(())
    /// # }
    /// ```
    fn finish_chunk(&mut self, chunk: &mut OpenChunk) -> Result<Chunk, MmioError> {
        finish::at_the_end(self, chunk, finish::finish)
    }

    /// Patches the size to what the chunk holds up to the position, and leaves the chunk open.
    ///
    /// The position does not move, and no pad byte is written. After this and a flush, a recording is
    /// a whole file, even if its program is killed later. Patch inner chunks before outer ones.
    ///
    /// # Errors
    ///
    /// Those of [`finish_chunk`](RiffWrite::finish_chunk), except that an odd length is not an error.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, Write};
    /// # use mmio_file::riff::{FourCc, NewChunk, RiffWrite};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = Cursor::new(Vec::new());
    /// let mut data = file.create_chunk(NewChunk::id(FourCc::new(*b"data")))?;
    /// for second in 1..=3 {
    ///     file.write_all(&[0; 10])?;
    ///     file.patch_size(&mut data)?;
    ///     assert_eq!(file.get_ref()[4], second * 10);
    /// }
    /// file.finish_chunk(&mut data)?;
    /// # Ok(())
    /// # }
    /// ```
    fn patch_size(&mut self, chunk: &mut OpenChunk) -> Result<(), MmioError> {
        finish::at_the_end(self, chunk, finish::patch)
    }

    /// Creates a chunk, calls `content` to write what it holds, and finishes it.
    ///
    /// `content` gets this stream, and may write further chunks to it. Returns what `content` returns. An
    /// [`MmioError`] is inside the [`io::Error`]; [`MmioError::from_io`] finds it.
    ///
    /// # Errors
    ///
    /// Those of [`create_chunk`](RiffWrite::create_chunk), of `content`, and of
    /// [`finish_chunk`](RiffWrite::finish_chunk). After the first, the position is where it was.
    /// After the others, it is where `content` left it, and the chunk is not finished. A program
    /// that may have to try again calls `create_chunk` and `finish_chunk` itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, Write};
    /// use mmio_file::riff::{FourCc, NewChunk, RiffWrite};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let mut file = Cursor::new(Vec::new());
    /// file.write_chunk(NewChunk::list(FourCc::new(*b"INFO")), |file| {
    ///     file.write_chunk(NewChunk::id(FourCc::new(*b"INAM")), |file| file.write_all(b"odd"))
    /// })?;
    /// assert_eq!(file.into_inner(), b"LIST\x10\0\0\0INFOINAM\x03\0\0\0odd\0");
    /// # Ok(())
    /// # }
    /// ```
    fn write_chunk<R>(
        &mut self,
        new: NewChunk,
        content: impl FnOnce(&mut Self) -> io::Result<R>,
    ) -> io::Result<R> {
        let mut chunk = self.create_chunk(new)?;
        let answer = content(self)?;
        self.finish_chunk(&mut chunk)?;
        Ok(answer)
    }

    /// Appends a chunk to a RIFF, even if its sizes are wrong or its last chunk is cut off. Readers
    /// will find the chunk, and no failure loses a byte.
    ///
    /// `content` writes what the chunk holds, and may write further chunks. Returns what `content` returns.
    /// Afterwards, the position is after the chunk, at the new end of the RIFF. `riff` and any chunk found
    /// before are out of date: find them again.
    ///
    /// Nothing in the file moves. The last chunk of the RIFF is settled first. If it claims more than there
    /// is, or its size means "to the end", it gets its real size and its pad byte; so does the last chunk
    /// of a LIST that is cut off. A LIST too short for its type becomes a `JUNK`. (Afterwards, it no longer
    /// shows that the file was cut off.) A length of `data` in the `ds64` that does not fit, and is ignored
    /// by readers, is replaced by the real one. No other size changes except the RIFF's, which then
    /// excludes zeros and stray bytes after its last chunk.
    ///
    /// Until it is complete, the new chunk is a `JUNK` of open size past the end of the RIFF, which every
    /// reader skips. Then its size is written, then the RIFF's, and last its name (by way of one that
    /// begins with `~`). The stream is flushed between these steps, so other readers see the old file or
    /// the new one, even if the stream accepts one byte of a size and then fails. The last byte of the
    /// name is flushed by the next `flush` or `close`. (A stream whose `Write::flush` does nothing loses
    /// that order.) Two changes are not ordered byte by byte: the name of a RIFF that becomes an RF64, and
    /// a size of `0xFF00_0000` or more that replaces 0. They are atomic if a write of 4 bytes is.
    ///
    /// # Errors
    ///
    /// After these, nothing has been written:
    ///
    /// * [`MmioError::NotAtEnd`]: bytes other than zeros follow the last chunk of the RIFF, such as a
    ///   tag or a second RIFF. (Fewer than 8 stray bytes at the end of the file are overwritten, and so
    ///   is a `JUNK` of open size; one that has a size becomes part of the RIFF. Zeros are read to the
    ///   end of the file.) [The module](super#what-follows-a-riff) shows how to make room before what
    ///   follows.
    /// * [`MmioError::InvalidFile`]: there is no RIFF where `riff` was; its last chunk claims more than
    ///   there is and has no printable name; more than 32 chunks that have to be settled are nested in one
    ///   another; or with the new size, readers would see other chunks than before, or would not find the
    ///   new one.
    /// * [`MmioError::ChunkTooLong`]: one of the sizes would not fit 32 bits, as far as the size of the
    ///   new chunk is known, and there is no reserve for it.
    ///
    /// After an error of `content` or of the stream, or after `ChunkTooLong` if the size was not given,
    /// every reader sees the same file as before. Call this again: it appends the chunk once. It
    /// overwrites what the failed call has left, so it needs no more room than the first call. It is
    /// also safe to give up: whether the file is then closed or its unwritten bytes are discarded,
    /// every reader sees the old file or the new one.
    ///
    /// In each case, the position is where it was. (If an unbuffered stream has written the name, and then
    /// can be seeked neither to the end of the chunk nor back to the name, the chunk is appended all the
    /// same.)
    ///
    /// # Examples
    ///
    /// Appending a note to a recording that was written to a pipe, with sizes that were never
    /// patched:
    ///
    /// ```
    /// use std::io::{Cursor, Write};
    /// use mmio_file::riff::{Find, FourCc, NewChunk, RiffRead, RiffWrite};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let mut file = Cursor::new(b"RIFF\xFF\xFF\xFF\xFFdemodata\xFF\xFF\xFF\xFFpcm".to_vec());
    /// let riff = file.descend(None, Find::Riff(None))?;
    /// let note = NewChunk::id(FourCc::new(*b"note"));
    /// file.append_chunk(&riff, note, |file| file.write_all(b"hi"))?;
    /// assert_eq!(
    ///     file.into_inner(),
    ///     b"RIFF\x1A\0\0\0demodata\x03\0\0\0pcm\0note\x02\0\0\0hi"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    fn append_chunk<R>(
        &mut self,
        riff: &Chunk,
        new: NewChunk,
        content: impl FnOnce(&mut Self) -> io::Result<R>,
    ) -> io::Result<R> {
        or_back(self, |file, _| append::append(file, riff, new, content))
    }

    /// Replaces the `LIST INFO` of a RIFF, which holds the title, the artist and the like, with
    /// `items`.
    ///
    /// The new list is [appended](RiffWrite::append_chunk), and then the old ones become `JUNK`. Until
    /// then, readers see the old list. To keep items of the old list, read them with
    /// [`info`](RiffRead::info) first. Without items, there is no list afterwards. Values are written as
    /// they are: end a text with a zero byte. Afterwards, `riff` is out of date, as after an append. The
    /// position does not move.
    ///
    /// A list that is replaced stays in the file as a `JUNK`, so each call makes the file longer.
    ///
    /// This is for WAV and AVI. Do not use it on a `SoundFont`, whose INFO must be the first chunk of
    /// its RIFF and holds more than text.
    ///
    /// # Errors
    ///
    /// Those of [`append_chunk`](RiffWrite::append_chunk), in an [`io::Error`]:
    /// [`MmioError::from_io`] finds them. If the stream failed after the append, both lists may be
    /// there; call this again. The position is where it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::riff::{Find, FourCc, RiffRead, RiffWrite};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let mut file = Cursor::new(b"RIFF\x0E\0\0\0WAVEdata\x02\0\0\0pc".to_vec());
    /// let riff = file.descend(None, Find::Riff(None))?;
    /// file.set_info(&riff, &[(FourCc::new(*b"INAM"), b"A title\0")])?;
    ///
    /// let riff = file.find_chunk(None, Find::Riff(None))?.unwrap();
    /// assert_eq!(file.info(&riff)?, [(FourCc::new(*b"INAM"), b"A title\0".to_vec())]);
    /// # Ok(())
    /// # }
    /// ```
    fn set_info(&mut self, riff: &Chunk, items: &[(FourCc, &[u8])]) -> io::Result<()> {
        or_back(self, |file, position| {
            info::replace(file, riff, items)?;
            file.seek(SeekFrom::Start(position)).map(drop)
        })
    }

    /// Opens a chunk again, to append to it or to truncate it: `MMIO_DIRTY` of the Windows
    /// services.
    ///
    /// This is for files that are known to be sound, because the program has made them: it does not
    /// look at what follows the chunk, and settles nothing in it. To append to a RIFF that others
    /// made, use [`append_chunk`](RiffWrite::append_chunk).
    ///
    /// Afterwards, the position is at the end of its data. Write, or seek to its new end, and
    /// finish it. What is appended overwrites what follows the chunk. The lengths of the chunks
    /// around it change too: reopen them as well, outer ones first, and finish them in turn.
    ///
    /// A chunk that is truncated or has an open size gets its real size when it is finished. This
    /// repairs a recording that was cut off.
    ///
    /// # Errors
    ///
    /// * [`MmioError::NotAtEnd`]: the chunk is a RIFF or LIST of an odd length, and another chunk begins in
    ///   the place of the missing pad byte. Nothing was written.
    /// * Those of the stream.
    ///
    /// The position is where it was.
    ///
    /// # Examples
    ///
    /// Append a chunk to a file:
    ///
    /// ```
    /// use std::io::{Cursor, Write};
    /// use mmio_file::riff::{Find, FourCc, NewChunk, RiffRead, RiffWrite};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = Cursor::new(b"RIFF\x10\0\0\0demonote\x03\0\0\0odd\0".to_vec());
    /// let riff = file.descend(None, Find::Riff(None))?;
    /// let mut riff = file.reopen(riff)?;
    /// file.write_chunk(NewChunk::id(FourCc::new(*b"more")), |file| file.write_all(b"hi"))?;
    /// file.finish_chunk(&mut riff)?;
    /// assert_eq!(
    ///     file.into_inner(),
    ///     b"RIFF\x1A\0\0\0demonote\x03\0\0\0odd\0more\x02\0\0\0hi"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    fn reopen(&mut self, chunk: Chunk) -> Result<OpenChunk, MmioError> {
        let (mut spot, position) = Spot::new(self)?;
        let answer = finish::reopen(&mut spot, &chunk);
        spot.or_back(position, answer)
    }
}

impl<S: Read + Write + Seek + ?Sized> RiffWrite for S {}

/// Makes a call, which gets the position, and puts the position back if it fails.
fn or_back<S: Seek + ?Sized, T>(
    stream: &mut S,
    call: impl FnOnce(&mut S, u64) -> io::Result<T>,
) -> io::Result<T> {
    let position = stream.stream_position()?;
    let answer = call(stream, position);
    if answer.is_err() {
        // The first error is the one to report.
        let _ = stream.seek(SeekFrom::Start(position));
    }
    answer
}
