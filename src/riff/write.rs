//! [`RiffWrite`]: creating chunks, going on with them, and putting their sizes right.

use std::io::{self, Read, Seek, SeekFrom, Write};

use super::spot::Spot;
use super::{Chunk, FourCc, NewChunk, OpenChunk, RiffRead, append, finish, info};
use crate::MmioError;

/// Writes the chunks of any stream that can be read, written and seeked.
///
/// [`create_chunk`](RiffWrite::create_chunk) writes a header; what follows is the content, be it
/// data or further chunks; [`finish_chunk`](RiffWrite::finish_chunk) takes the position as the end,
/// pads, and goes back to patch the size. Over an [`MmioFile`](crate::MmioFile) going back costs no
/// call on the stream while the header is in the buffer.
///
/// # A chunk that is never finished
///
/// It keeps the size that it was created with, which is 0 unless one was given. Readers take 0 for
/// "to the end" in an outermost RIFF and in `data`, so a recording whose program was killed can be
/// played as far as it reached the disk. Elsewhere, 0 means an empty chunk, and a LIST is broken.
/// A recorder calls [`patch_size`](RiffWrite::patch_size) now and then.
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
    /// Writes the start of a chunk at the position: the header, the type if it has one, and the
    /// reserve if it is to have one.
    ///
    /// What is there already is overwritten. The position is behind the start then.
    ///
    /// # Errors
    ///
    /// * [`MmioError::ChunkTooLong`]: it is a RIFF without a reserve, and the size that was given does
    ///   not fit 32 bits. Nothing was written. (Of another chunk, it is not known yet whether there
    ///   will be room for its size; [`finish_chunk`](RiffWrite::finish_chunk) tells.)
    /// * [`MmioError::CannotWrite`], [`MmioError::CannotSeek`], or another of the stream's: some of
    ///   the bytes may have been written.
    ///
    /// In each case the position is where it was. (Where the stream cannot even go back, it is
    /// anywhere: seek before the next try.)
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

    /// Ends a chunk at the position: pads it to an even length, and patches its size if the file
    /// has another. The position is behind the pad byte then, where the next chunk goes.
    ///
    /// Inner chunks must be finished before outer ones. What was in the file behind the position
    /// stays there.
    ///
    /// A RIFF with a reserve that has outgrown 32 bits becomes an RF64 here, or when the chunk
    /// inside that is so long is finished; that one is looked up in the outermost RIFF around it.
    ///
    /// # Errors
    ///
    /// * [`MmioError::InvalidFile`]: the position is before the chunk's content, the chunk was
    ///   finished before, or it is a RIFF or LIST of an odd length: a chunk inside is not finished.
    /// * [`MmioError::ChunkTooLong`]: its length does not fit 32 bits, and there is no reserve for
    ///   it. No size was changed; the data that was written is there.
    /// * Those of the stream. Some of the bytes may have been written.
    ///
    /// In each case the position is where it was, and the chunk is still open: call this again, and
    /// it does what is missing. (Should the stream be unable even to go back, the chunk remembers
    /// its end, and the next call goes there.)
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

    /// Puts the size right for what the chunk holds up to the position, and leaves it open.
    ///
    /// The position stays; no pad byte is written. After this and a flush, what is there of a
    /// recording is a whole file, even if its program is killed. Patch inner chunks before outer ones.
    ///
    /// # Errors
    ///
    /// Those of [`finish_chunk`](RiffWrite::finish_chunk), except that an odd length is no error.
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

    /// Creates a chunk, has `content` write what it holds, and finishes it.
    ///
    /// `content` is given this stream, and may write further chunks into it. Its answer is handed
    /// on. Any [`MmioError`] is in the [`io::Error`] and can be had back by `downcast`.
    ///
    /// # Errors
    ///
    /// Those of [`create_chunk`](RiffWrite::create_chunk), of `content`, and of
    /// [`finish_chunk`](RiffWrite::finish_chunk). After the first, the position is where it was;
    /// after the others, where `content` left it, and the chunk is not finished: whoever wants to
    /// try again makes the two calls.
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

    /// Appends a chunk to a RIFF that was found, however its sizes and its last chunk were left, so
    /// that it is found again, and so that no failure costs a byte.
    ///
    /// `content` writes what the chunk holds, and may write further chunks into it; its answer is handed
    /// on. The position is after the chunk then, at the new end of the RIFF. `riff`, and any chunk found
    /// before, is stale: find them anew.
    ///
    /// What was in the file stays where it is. The last chunk of the RIFF is settled first: if it claims
    /// more than there is, or its size means "to the end", it gets the size that there is, and its pad
    /// byte, as does the last chunk of a LIST that is cut off; a LIST too short for its type becomes a
    /// `JUNK`. (That the file was cut off no longer shows then.) A length of `data` in the `ds64` that does
    /// not fit, and is passed over therefore, becomes the one that it is read by. No other size is changed
    /// but the RIFF's, which counts no zeros or stray bytes after its last chunk any more.
    ///
    /// Until it is whole the new chunk is a `JUNK` of open size after the end of the RIFF, which every
    /// reader passes over. Its size comes next, then the RIFF's, last its name (by way of one that begins
    /// with `~`), and between these steps the stream is flushed: other readers see the old file or the new
    /// one, even where the stream takes one byte of a size and then fails. The last byte of the name is
    /// flushed by the next `flush` or `close`. (A stream whose `Write::flush` does nothing loses that
    /// order.) Two things have no such order: the name of a RIFF that becomes an RF64, and a size of
    /// `0xFF00_0000` or more in the place of 0; they are whole as far as a write of 4 bytes is.
    ///
    /// # Errors
    ///
    /// Nothing has been written after:
    ///
    /// * [`MmioError::NotAtEnd`]: bytes other than zeros follow the last chunk of the RIFF: a tag, a
    ///   second RIFF. (Fewer than 8 stray bytes at the end of the file are overwritten, and so is a
    ///   `JUNK` of open size; one that has a size becomes part of the RIFF. Zeros are read to the end of
    ///   the file.) How a program makes room before what follows is in the documentation of
    ///   [the module](super#what-follows-a-riff).
    /// * [`MmioError::InvalidFile`]: there is no RIFF where `riff` was; its last chunk claims more than
    ///   there is and has no printable name; or the chunks before the new one would be taken for others
    ///   once its size is right, or the new one would not be found.
    /// * [`MmioError::ChunkTooLong`]: by what is known of the new chunk, one of the sizes would not fit
    ///   32 bits, and there is no reserve for it.
    ///
    /// Those of `content`, and of the stream; and `ChunkTooLong`, where the size was not given: what is
    /// in the file is the same to every reader as before. Call this again, and it does the job, once. It
    /// writes over what the failed call left, so it needs no more room than a first call.
    ///
    /// In each case the position is where it was. (A stream without a buffer that writes the name, and then
    /// can neither be seeked to the end of the chunk nor back to the name, has the chunk all the same.)
    ///
    /// # Examples
    ///
    /// A recording that went to a pipe, whose sizes were never put right, gets a note:
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
        or_back(self, |file| append::append(file, riff, new, content))
    }

    /// Makes `items` the `LIST INFO` of a RIFF: title, artist, and the like.
    ///
    /// The new list is [appended](RiffWrite::append_chunk), and then the old ones become `JUNK`: until
    /// then, readers see the old list. The whole list is replaced; what is to stay is read by
    /// [`info`](RiffRead::info) first. Without items there is no list afterwards. Values are written as
    /// they are given: a text ends with a zero byte. `riff` is stale afterwards, as after an append. The
    /// position stays.
    ///
    /// A list that is replaced stays in the file as a `JUNK`, so each call makes the file longer.
    ///
    /// This is for WAV and AVI. The INFO of a `SoundFont` holds more than text, which is lost unless it
    /// is among `items`, and is the first chunk of its RIFF: do not replace it by this.
    ///
    /// # Errors
    ///
    /// Those of [`append_chunk`](RiffWrite::append_chunk). Where the stream failed after the append,
    /// both lists may be there; calling this again does the job. The position is where it was.
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
        let position = self.stream_position()?;
        or_back(self, |file| {
            info::replace(file, riff, items)?;
            file.seek(SeekFrom::Start(position)).map(drop)
        })
    }

    /// Opens a chunk that was found, to append to it, or to cut it: `MMIO_DIRTY`.
    ///
    /// This is for files that are known to be sound, because the program has made them: nothing is
    /// asked of what follows the chunk, and nothing inside it is settled. To append to a RIFF that
    /// others made, there is [`append_chunk`](RiffWrite::append_chunk).
    ///
    /// The position is at the end of its data then; write, or seek to where it is to end, and
    /// finish it. What follows the chunk is overwritten by what is appended. A chunk inside others
    /// changes their lengths too: reopen them as well, outer ones first, and finish them in turn.
    ///
    /// A chunk that is truncated, or of an open end, is right once it is finished: so a recording
    /// that was cut off is repaired.
    ///
    /// # Errors
    ///
    /// * [`MmioError::NotAtEnd`]: the chunk is a RIFF or LIST of an odd length, and in the place of the pad
    ///   byte that is missing something else begins. Nothing was written.
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

/// Makes a call, and goes back to where the position was if it fails.
fn or_back<S: Seek + ?Sized, T>(
    stream: &mut S,
    call: impl FnOnce(&mut S) -> io::Result<T>,
) -> io::Result<T> {
    let position = stream.stream_position()?;
    let answer = call(stream);
    if answer.is_err() {
        // What went wrong first is what the caller has to know.
        let _ = stream.seek(SeekFrom::Start(position));
    }
    answer
}
