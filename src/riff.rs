//! RIFF files: walking, writing and editing their chunks in place.
//!
//! WAV, AVI and WebP are RIFF: chunks of an id, a size and data, in RIFF and LIST chunks that hold
//! a type and further chunks. [`RiffRead`] walks and searches the chunks of any stream that can be
//! read and seeked, [`RiffWrite`] writes those of any that can be written too. Over an
//! [`MmioFile`](crate::MmioFile), neither a step to the next chunk nor going back to patch a size
//! makes a call on the stream while the header is in the buffer.
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
//! Real files are cut off, or come from programs that could not go back to patch a size. To read
//! them, a size is taken as a claim and compared with the others:
//!
//! * A chunk that claims more than there is (a recording that was cut off, a size that would wrap) is
//!   cut down, and [`is_truncated`](Chunk::is_truncated). It ends with the RIFF if that leaves it any
//!   data, otherwise with the file; a `data` always ends with the file.
//! * An outermost RIFF that is provably too small does not cut its children off. (Some writers are off
//!   by 4, 8 or 16, others write only the size of their header.) The proof is a child that crosses its
//!   end and fits the file, no child at all, or a `data` that it lacks and that follows. Otherwise, its
//!   size counts. Another RIFF and an `ID3v1` tag are never children.
//! * A size of `0xFFFF_FFFF`, which programs write to pipes, means "to the end". So do the sizes that a
//!   killed recorder leaves: 0 in an outermost RIFF, 0 in a `data` that no chunk follows, whatever the
//!   RIFF says, and 0 in a LIST that a type and a chunk follow, such as the `movi` of an AVI.
//! * The last pad byte of a parent may be missing, and so may one in the middle if a chunk begins in
//!   its place: many writers forget them. Fewer than 8 bytes at the end of a parent or of the file are
//!   not a chunk, and are skipped.
//! * Up to 4 KiB of zeros between chunks (from preallocation or a power failure) are skipped. If no
//!   chunk follows, the children end where the zeros begin.
//! * In each of these places, a chunk is recognised by a printable name and a size that fits. A LIST or
//!   JUNK need not fit, because copies are cut off in them. Nor does a size of `0xFF00_0000` or more, which
//!   pipes and recorders leave, and an append while it replaces a size.
//! * A LIST or RIFF too short for its type, at the end of a copy that was cut off, is found without a
//!   form, by `Id` and `Next`.
//! * A `ds64` needs no table, nor even the length of one: libsndfile writes a length of 0, others
//!   leave it out. Its length of the first `data` counts if it is not 0 and fits, because some writers
//!   of RF64 fill in the header of the `data` as well.
//!
//! A file that can't be read is [`InvalidFile`](crate::MmioError::InvalidFile), with the offset and
//! the reason.
//!
//! # What a call costs
//!
//! A search reads the headers of the chunks that it passes, often with the one that follows, and never
//! their data. Among the outermost chunks, it also reads the headers in a RIFF that ends before the file
//! does, and in an RF64. So a walk of all chunks takes time in proportion to their number, and a loop of
//! searches from the start takes the square of that.
//!
//! An append rehearses each of its steps, and so walks the RIFF some twenty times. Each LIST that has to be
//! settled in another adds a few walks. No more than 32 are settled in one another; real files nest three to
//! eight. So no file makes an append take more than time in proportion to its headers, and to the zeros
//! after them.
//!
//! # Editing in place
//!
//! There are two ways to **append** to a file:
//!
//! * [`append_chunk`](RiffWrite::append_chunk) is for files that others made. It walks to the last
//!   chunk by the rules above and corrects its size, refuses to overwrite anything, and if it fails,
//!   every reader still sees the old file. [`set_info`](RiffWrite::set_info) uses it to set a title.
//!   Both make a few small writes, however long the audio is.
//! * [`reopen`](RiffWrite::reopen) is for files that are known to be sound, because this program has
//!   made or checked them. It trusts the sizes and overwrites what follows. In return, it does not
//!   flush, and it opens any chunk: a LIST, or a `data` that a recorder continues.
//!
//! To **overwrite** data with the same number of bytes, descend and write. With fewer bytes, fill
//! the rest with a `JUNK` chunk, if there are 8 bytes or more:
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
//! To **delete** a chunk, or to put a **longer** one in its place, move what follows it with
//! [`insert_range`](crate::MmioFile::insert_range) or [`remove_range`](crate::MmioFile::remove_range), which lose
//! nothing on a full disk. Then reopen the parents and finish them at their new ends, inner ones first, to give them
//! their new sizes:
//!
//! ```
//! use std::io::{Cursor, Seek, SeekFrom, Write};
//! use mmio_file::riff::{Chunk, Find, FourCc, NewChunk, RiffRead, RiffWrite};
//! use mmio_file::{MmioFile, Storage};
//!
//! /// Makes `child` of `riff` `len` bytes long, header included; 0 deletes it. Seeks to where it begins.
//! fn resize<S: Storage>(
//!     file: &mut MmioFile<S>,
//!     riff: Chunk,
//!     child: &Chunk,
//!     len: u64,
//! ) -> Result<(), Box<dyn std::error::Error>> {
//!     let start = child.data_offset() - 8;
//!     file.ascend(child)?;
//!     let next = file.stream_position()?;
//!     let end = riff.data_range().end - next + start + len;
//!     if start + len > next {
//!         file.insert_range(next, start + len - next)?;
//!     } else {
//!         file.remove_range(start + len..next)?;
//!     }
//!     let mut riff = file.reopen(riff)?;
//!     file.seek(SeekFrom::Start(end))?;
//!     file.finish_chunk(&mut riff)?;
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
//! None of this is safe against a crash in the middle. If that matters, append the new chunk, flush, and
//! then rename the old one to `JUNK`, as `set_info` does. With the feature `journal`, `journal::edit`
//! makes any edit safe.
//!
//! # What follows a RIFF
//!
//! If an `ID3v1` tag, a second RIFF, or anything else follows, an append fails with
//! [`NotAtEnd`](crate::MmioError::NotAtEnd), which reports where that begins. A program that knows how
//! long its chunk will be makes room with [`insert_range`](crate::MmioFile::insert_range), and writes
//! the chunk there. (An index that counts from the start of the file, such as the one of an `OpenDML`
//! AVI, is wrong afterwards.)
//!
//! ```
//! use std::io::{self, Cursor, Write};
//! use mmio_file::riff::{Chunk, Find, FourCc, NewChunk, RiffRead, RiffWrite};
//! use mmio_file::{MmioError, MmioFile, Storage};
//!
//! /// Appends a chunk, and moves what follows the RIFF.
//! fn append<S: Storage>(
//!     file: &mut MmioFile<S>,
//!     riff: Chunk,
//!     new: NewChunk,
//!     data: &[u8],
//! ) -> io::Result<()> {
//!     let Err(error) = file.append_chunk(&riff, new, |file| file.write_all(data)) else {
//!         return Ok(()); // Nothing follows.
//!     };
//!     let Some(&MmioError::NotAtEnd { offset, .. }) = MmioError::from_io(&error) else {
//!         return Err(error);
//!     };
//!     // A chunk whose size is not right would take the new one in.
//!     let mut is_sound = offset == riff.data_range().end;
//!     let mut child = file.find_chunk(Some(&riff), Find::Next)?;
//!     while let Some(chunk) = child {
//!         is_sound &= chunk.declared_size() == chunk.data_len();
//!         file.ascend(&chunk)?;
//!         child = file.next_chunk(Some(&riff))?;
//!     }
//!     if !is_sound {
//!         return Err(error);
//!     }
//!     file.insert_range(offset, (8 + data.len() as u64).next_multiple_of(2))?;
//!     let mut riff = file.reopen(riff)?;
//!     file.write_chunk(new, |file| file.write_all(data))?;
//!     file.finish_chunk(&mut riff)?;
//!     Ok(())
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bytes = b"RIFF\x0E\0\0\0demodata\x02\0\0\0pcTAG and a title".to_vec();
//! let mut file = MmioFile::new(Cursor::new(bytes));
//! let riff = file.descend(None, Find::Riff(None))?;
//! append(&mut file, riff, NewChunk::id(FourCc::new(*b"note")), b"odd")?;
//! assert_eq!(
//!     file.into_inner()?.into_inner(),
//!     b"RIFF\x1A\0\0\0demodata\x02\0\0\0pcnote\x03\0\0\0odd\0TAG and a title"
//! );
//! # Ok(())
//! # }
//! ```
//!
//! # More than 4 GiB
//!
//! RF64 and BW64 are read like any RIFF; their sizes come from the `ds64`. A RIFF that was created
//! [`with_reserve`](NewChunk::with_reserve), or that begins with a `JUNK` of at least 28 bytes, as
//! many programs write it, becomes an RF64 when it outgrows 32 bits. Without that, finishing it
//! fails with [`ChunkTooLong`](crate::MmioError::ChunkTooLong).

mod append;
mod careful;
mod chunk;
mod ds64;
mod finish;
mod four_cc;
mod info;
mod layout;
mod leftover;
mod long;
mod open_chunk;
mod outermost;
mod outline;
mod place;
mod read;
mod rehearsal;
mod scan;
mod settle;
mod spot;
mod write;

pub use chunk::{Chunk, Find};
pub use four_cc::{FourCc, ParseFourCcError};
pub use open_chunk::{NewChunk, OpenChunk};
pub use read::RiffRead;
pub use write::RiffWrite;
