//! RIFF files: walking, writing, and editing them in place.
//!
//! WAV, AVI and WebP are RIFF: chunks of an id, a size and data, in RIFF and LIST chunks that hold
//! a type and further chunks. [`RiffRead`] walks and searches the chunks of any stream that can be
//! read and seeked, [`RiffWrite`] writes those of any that can be written too. Over an
//! [`MmioFile`](crate::MmioFile) a step costs no call on the stream while the header is in the
//! buffer, and so does going back to patch a size.
//!
//! # Reading
//!
//! ```
//! use std::io::{Cursor, Read};
//! use mmio_file::riff::{Find, FourCc, RiffRead};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut file = Cursor::new(b"RIFF\x1A\0\0\0WAVEnote\x03\0\0\0odd\0data\x02\0\0\0pc");
//! let wave = file.descend(None, Find::Riff(Some(FourCc::new(*b"WAVE"))))?;
//! let data = file.descend(Some(&wave), Find::Id(FourCc::new(*b"data")))?;
//! let mut samples = Vec::new();
//! file.chunk_reader(&data).read_to_end(&mut samples)?;
//! assert_eq!(samples, b"pc");
//! # Ok(())
//! # }
//! ```
//!
//! # What is read leniently
//!
//! Real files are cut off, or come from programs that could not go back. So that they can be read, a
//! size is a claim, which is held against the others:
//!
//! * A chunk that claims more than there is (a recording cut off, a size that would wrap) is cut down,
//!   and [`is_truncated`](Chunk::is_truncated). It ends with the RIFF if that leaves it data, else with
//!   the file; a `data` always ends with the file.
//! * An outermost RIFF that is shown to be too small does not cut its children: some writers are off by
//!   4, 8 or 16, others write no more than the size of their header. It is shown by a child that crosses
//!   its end and fits the file, by having no child at all, or by a `data` that it lacks and that
//!   follows. Otherwise its size rules. Another RIFF and an `ID3v1` tag are never children.
//! * A size of `0xFFFF_FFFF` means "to the end", as pipes leave it; so does what a killed recorder leaves:
//!   0 for an outermost RIFF, 0 for a `data` that no chunk follows, whatever the RIFF says, and 0 for a
//!   LIST after which a type and a chunk follow, the `movi` of an AVI.
//! * The last pad byte of a parent may be missing, and one in the middle, where a chunk begins without
//!   it. Fewer than 8 bytes at the end of a parent or of the file are no chunk, and are passed over.
//! * Zeros between chunks (preallocated files, power failures) are passed over, up to 4 KiB. Where no
//!   chunk follows, the children end where they begin.
//! * A LIST or RIFF too short for its type is found, without a form, by `Id` and `Next`.
//! * A `ds64` needs no table, which libsndfile and others leave out. The first `data` has its length
//!   wherever that is not 0 and fits.
//!
//! What can't be read is [`InvalidFile`](crate::MmioError::InvalidFile), with the offset and the
//! reason.
//!
//! # Editing in place
//!
//! To **append** a chunk to a file that others made, call [`append_chunk`](RiffWrite::append_chunk), or
//! [`set_info`](RiffWrite::set_info) for a title: a few small writes, wherever the audio is.
//! [`reopen`](RiffWrite::reopen) is for files that are known to be sound, or have just been written. To
//! **overwrite** data by as many bytes, descend and write. By
//! fewer, let a `JUNK` chunk fill what is left over, if that is 8 bytes or more:
//!
//! ```
//! use std::io::{Cursor, Seek, SeekFrom, Write};
//! use mmio_file::riff::{Find, FourCc, NewChunk, RiffRead, RiffWrite};
//! use mmio_file::MmioFile;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bytes = b"RIFF\x20\0\0\0demonote\x0A\0\0\0long text.tail\x02\0\0\0xy".to_vec();
//! let mut file = MmioFile::new(Cursor::new(bytes));
//! let riff = file.descend(None, Find::Riff(None))?;
//! let note = file.descend(Some(&riff), Find::Next)?;
//! let mut shorter = file.reopen(note)?;
//! file.seek(SeekFrom::Start(note.data_offset()))?;
//! file.write_all(b"hi")?;
//! file.finish_chunk(&mut shorter)?;
//! let _junk = file.create_chunk(NewChunk::id(FourCc::JUNK).with_size(0))?;
//! assert_eq!(
//!     file.into_inner()?.into_inner(),
//!     b"RIFF\x20\0\0\0demonote\x02\0\0\0hiJUNK\0\0\0\0tail\x02\0\0\0xy"
//! );
//! # Ok(())
//! # }
//! ```
//!
//! To **delete** a chunk, or to put a **longer** one in its place, move what follows it, by
//! [`copy_within`](crate::MmioFile::copy_within). The parents get their new sizes by being reopened
//! and finished at their new ends, inner ones first:
//!
//! ```
//! use std::io::{Cursor, Seek, SeekFrom, Write};
//! use mmio_file::riff::{Chunk, Find, FourCc, NewChunk, RiffRead, RiffWrite};
//! use mmio_file::{MmioFile, Storage};
//!
//! /// Gives `child` of `riff` so many bytes in all, 0 to delete it; goes to where it begins.
//! fn resize<S: Storage>(
//!     file: &mut MmioFile<S>,
//!     riff: Chunk,
//!     child: &Chunk,
//!     len: u64,
//! ) -> Result<(), Box<dyn std::error::Error>> {
//!     let start = child.data_offset() - 8;
//!     file.ascend(child)?;
//!     let rest = file.stream_position()?..riff.data_range().end;
//!     let end = start + len + (rest.end - rest.start);
//!     file.copy_within(rest, start + len)?;
//!     let mut riff = file.reopen(riff)?;
//!     file.seek(SeekFrom::Start(end))?;
//!     file.finish_chunk(&mut riff)?;
//!     file.set_len(end)?;
//!     file.seek(SeekFrom::Start(start))?;
//!     Ok(())
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bytes = b"RIFF\x18\0\0\0demonote\x02\0\0\0hitail\x02\0\0\0xy".to_vec();
//! let mut file = MmioFile::new(Cursor::new(bytes));
//! let riff = file.descend(None, Find::Riff(None))?;
//! let note = file.descend(Some(&riff), Find::Next)?;
//! resize(&mut file, riff, &note, 8 + 6)?;
//! file.write_chunk(NewChunk::id(note.id()), |file| file.write_all(b"hello!"))?;
//! assert_eq!(file.stream_len()?, 12 + 14 + 10);
//!
//! let riff = file.find_chunk(None, Find::Riff(None))?.unwrap();
//! let note = file.descend(Some(&riff), Find::Next)?;
//! resize(&mut file, riff, &note, 0)?;
//! assert_eq!(file.into_inner()?.into_inner(), b"RIFF\x0E\0\0\0demotail\x02\0\0\0xy");
//! # Ok(())
//! # }
//! ```
//!
//! None of this is safe against a crash in the middle. Where that matters, append instead, and
//! rename the old chunk to `JUNK` once the new one is on the disk; the example `wav_tags` does so.
//!
//! # What follows a RIFF
//!
//! Where a tag or a second RIFF follows, an append is refused with
//! [`NotAtEnd`](crate::MmioError::NotAtEnd), which reports where it begins. A program that knows how
//! long its chunk will be moves what follows by as much, and then reopens the RIFF to write the chunk
//! into the room.
//!
//! # More than 4 GiB
//!
//! RF64 and BW64 are read as any RIFF; sizes come from their `ds64`. A RIFF that was created
//! [`with_reserve`](NewChunk::with_reserve), or that begins with a `JUNK` of at least 28 bytes, as
//! many programs write it, becomes an RF64 when it outgrows 32 bits. Without that, finishing it is
//! [`ChunkTooLong`](crate::MmioError::ChunkTooLong).

mod append;
mod chunk;
mod ds64;
mod four_cc;
mod info;
mod layout;
mod long;
mod open_chunk;
mod outermost;
mod place;
mod read;
mod scan;
mod settle;
mod spot;
mod write;

pub use chunk::{Chunk, Find};
pub use four_cc::{FourCc, ParseFourCcError};
pub use open_chunk::{NewChunk, OpenChunk};
pub use read::RiffRead;
pub use write::RiffWrite;
