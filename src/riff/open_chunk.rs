//! [`NewChunk`] and [`OpenChunk`]: chunks before and while they are written.
//!
//! # Invariants of an open chunk
//!
//! 1. `size_field` is what the four bytes on the stream are, or `None` if a write to them failed:
//!    then the next try writes them, whatever the size.
//! 2. Once `long` is set, the length goes there, and to the same place each time.
//! 3. `stranded` is set only after a call that failed and could not go back to the end of the data.
//! 4. After `is_finished`, no call changes anything.
//! 5. `unpadded` is set by `reopen` only: no pad byte is written there.

use super::ds64::Ds64At;
use super::layout::{self, OPEN_SIZE};
use super::long::LongSize;
use super::{Chunk, FourCc};
use crate::MmioError;

/// What a chunk begins with: its name, its type, and what is known of its size.
///
/// # Examples
///
/// ```
/// use std::io::Cursor;
/// use mmio_file::riff::{FourCc, NewChunk, RiffWrite};
///
/// # fn main() -> std::io::Result<()> {
/// let mut file = Cursor::new(Vec::new());
/// let note = NewChunk::id(FourCc::new(*b"note")).with_size(2);
/// file.write_chunk(note, |file| std::io::Write::write_all(file, b"hi"))?;
/// assert_eq!(file.into_inner(), b"note\x02\0\0\0hi");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct NewChunk {
    pub(super) id: FourCc,
    pub(super) form: Option<FourCc>,
    pub(super) size: Option<u64>,
    pub(super) reserve: Option<u8>,
}

impl NewChunk {
    /// A RIFF of the type `form`, such as `WAVE`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Cursor;
    /// # use mmio_file::riff::{FourCc, NewChunk, RiffWrite};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = Cursor::new(Vec::new());
    /// file.write_chunk(NewChunk::riff(FourCc::new(*b"WAVE")), |_| Ok(()))?;
    /// assert_eq!(file.into_inner(), b"RIFF\x04\0\0\0WAVE");
    /// # Ok(())
    /// # }
    /// ```
    pub const fn riff(form: FourCc) -> Self {
        Self::new(FourCc::RIFF, Some(form))
    }

    /// A LIST of the type `form`, such as `INFO`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Cursor;
    /// # use mmio_file::riff::{FourCc, NewChunk, RiffWrite};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = Cursor::new(Vec::new());
    /// file.write_chunk(NewChunk::list(FourCc::new(*b"INFO")), |_| Ok(()))?;
    /// assert_eq!(file.into_inner(), b"LIST\x04\0\0\0INFO");
    /// # Ok(())
    /// # }
    /// ```
    pub const fn list(form: FourCc) -> Self {
        Self::new(FourCc::LIST, Some(form))
    }

    /// A chunk that holds data: neither RIFF nor LIST.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Cursor;
    /// # use mmio_file::riff::{FourCc, NewChunk, RiffWrite};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = Cursor::new(Vec::new());
    /// file.write_chunk(NewChunk::id(FourCc::new(*b"fact")), |_| Ok(()))?;
    /// assert_eq!(file.into_inner(), b"fact\0\0\0\0");
    /// # Ok(())
    /// # }
    /// ```
    pub const fn id(id: FourCc) -> Self {
        Self::new(id, None)
    }

    const fn new(id: FourCc, form: Option<FourCc>) -> Self {
        Self { id, form, size: None, reserve: None }
    }

    /// Writes `size` into the header from the start, so it needs no patch if it proves right.
    ///
    /// It counts the bytes of data; in a RIFF or LIST, these are the 4 bytes of the type and the
    /// chunks inside with their headers and pad bytes. A size that does not fit 32 bits is
    /// `0xFFFF_FFFF` in the header until the chunk is finished.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Cursor;
    /// # use mmio_file::riff::{FourCc, NewChunk, RiffWrite};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = Cursor::new(Vec::new());
    /// let _data = file.create_chunk(NewChunk::id(FourCc::new(*b"data")).with_size(1000))?;
    /// assert_eq!(file.into_inner(), b"data\xE8\x03\0\0");
    /// # Ok(())
    /// # }
    /// ```
    pub const fn with_size(mut self, size: u64) -> Self {
        self.size = Some(size);
        self
    }

    /// Keeps 36 bytes at the start of a RIFF free, so that it can grow past 4 GiB into an RF64.
    ///
    /// Until then, they are a `JUNK` chunk. Only `data` may be longer than 4 GiB then; for other
    /// chunks, use [`with_reserve_for`](NewChunk::with_reserve_for).
    ///
    /// # Panics
    ///
    /// If this is not a RIFF.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Cursor;
    /// # use mmio_file::riff::{Find, FourCc, NewChunk, RiffRead, RiffWrite};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = Cursor::new(Vec::new());
    /// file.write_chunk(NewChunk::riff(FourCc::new(*b"WAVE")).with_reserve(), |_| Ok(()))?;
    /// let riff = file.find_chunk(None, Find::Riff(None))?.unwrap();
    /// let junk = file.descend(Some(&riff), Find::Next)?;
    /// assert_eq!((junk.id(), junk.data_range()), (FourCc::JUNK, 20..48));
    /// # Ok(())
    /// # }
    /// ```
    pub const fn with_reserve(self) -> Self {
        self.with_reserve_for(0)
    }

    /// As [`with_reserve`](NewChunk::with_reserve), with 12 bytes more for each of `big_chunks`,
    /// besides `data`, that may be longer than 4 GiB. They must differ in name.
    ///
    /// # Panics
    ///
    /// If this is not a RIFF.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Cursor;
    /// # use mmio_file::riff::{FourCc, NewChunk, RiffWrite};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = Cursor::new(Vec::new());
    /// let riff = NewChunk::riff(FourCc::new(*b"WAVE")).with_reserve_for(1);
    /// file.write_chunk(riff, |_| Ok(()))?;
    /// assert_eq!(file.into_inner().len(), 12 + 36 + 12);
    /// # Ok(())
    /// # }
    /// ```
    pub const fn with_reserve_for(mut self, big_chunks: u8) -> Self {
        let is_riff = matches!(&self.id.to_bytes(), b"RIFF") && self.form.is_some();
        assert!(is_riff, "only a RIFF can have a reserve");
        self.reserve = Some(big_chunks);
        self
    }

    /// Whether its given size can never be written.
    pub(super) fn is_too_long(&self) -> bool {
        let is_riff = self.id == FourCc::RIFF;
        is_riff && self.reserve.is_none() && layout::size_field(self.size.unwrap_or(0)).is_none()
    }

    /// What goes into the size field at first.
    fn size_field(&self) -> u32 {
        self.size.map_or(0, |size| layout::size_field(size).unwrap_or(OPEN_SIZE))
    }

    /// The header, and the type if there is one, and how many of the 12 bytes are used.
    pub(super) fn header(&self) -> ([u8; 12], usize) {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&self.id.to_bytes());
        bytes[4..8].copy_from_slice(&self.size_field().to_le_bytes());
        let Some(form) = self.form else {
            return (bytes, 8);
        };
        bytes[8..].copy_from_slice(&form.to_bytes());
        (bytes, 12)
    }

    /// The chunk, once its start is at `offset` on the stream.
    pub(super) fn opened_at(&self, offset: u64) -> OpenChunk {
        OpenChunk {
            id: self.id,
            form: self.form,
            data_offset: layout::data_offset(offset),
            size_field: Some(self.size_field()),
            ds64: None,
            long: None,
            sample_count: None,
            stranded: None,
            is_finished: false,
            unpadded: None,
        }
    }
}

/// A chunk that is being written.
///
/// Its size in the file is right only after [`finish_chunk`](super::RiffWrite::finish_chunk) or
/// [`patch_size`](super::RiffWrite::patch_size) has returned `Ok`. Until then, the file has the
/// size that the chunk was created with: 0, unless one was given. In an outermost RIFF and in
/// `data`, readers take 0 to mean "to the end", elsewhere an empty chunk.
///
/// # Examples
///
/// How much was recorded so far:
///
/// ```
/// use std::io::{Cursor, Seek, Write};
/// use mmio_file::riff::{FourCc, NewChunk, RiffWrite};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut file = Cursor::new(Vec::new());
/// let mut data = file.create_chunk(NewChunk::id(FourCc::new(*b"data")))?;
/// file.write_all(&[0; 50])?;
/// assert_eq!(file.stream_position()? - data.data_offset(), 50);
/// file.finish_chunk(&mut data)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "its size is right only once it is finished"]
pub struct OpenChunk {
    pub(super) id: FourCc,
    pub(super) form: Option<FourCc>,
    pub(super) data_offset: u64,
    /// The size field on the stream; `None` after a write to it that failed, which may have changed
    /// some of the four bytes.
    pub(super) size_field: Option<u32>,
    /// Where the `ds64` is that has the length of this chunk already.
    pub(super) ds64: Option<u64>,
    /// Where the length is kept, once it does not fit the size field.
    pub(super) long: Option<LongSize>,
    pub(super) sample_count: Option<u64>,
    /// The end of the data, if a call failed and could not even go back there.
    pub(super) stranded: Option<u64>,
    pub(super) is_finished: bool,
    /// Where the data ends, if it is odd and another chunk begins right after it.
    pub(super) unpadded: Option<u64>,
}

impl OpenChunk {
    /// Opens a chunk that was found.
    pub(super) fn reopened(chunk: &Chunk) -> Self {
        Self {
            id: chunk.id,
            form: chunk.form,
            data_offset: chunk.data_offset,
            size_field: Some(chunk.size_field),
            ds64: chunk.ds64.filter(|ds64| chunk.has_its_size_in(ds64)).map(|ds64| ds64.offset),
            long: None,
            sample_count: None,
            stranded: None,
            is_finished: false,
            unpadded: None,
        }
    }

    /// The name of the chunk.
    #[must_use]
    pub fn id(&self) -> FourCc {
        self.id
    }

    /// The type of a RIFF or LIST; `None` for any other chunk.
    #[must_use]
    pub fn form(&self) -> Option<FourCc> {
        self.form
    }

    /// Where the data begins: the offset of the header, plus 8.
    #[must_use]
    pub fn data_offset(&self) -> u64 {
        self.data_offset
    }

    /// Sets the sample count for the `ds64` of a RIFF that becomes an RF64. It is 0 if this is not
    /// called.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Cursor;
    /// # use mmio_file::riff::{FourCc, NewChunk, RiffWrite};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = Cursor::new(Vec::new());
    /// let wave = NewChunk::riff(FourCc::new(*b"WAVE")).with_reserve();
    /// let mut riff = file.create_chunk(wave)?;
    /// riff.set_sample_count(48_000);
    /// file.finish_chunk(&mut riff)?;
    /// assert!(file.into_inner().starts_with(b"RIFF"), "it fits 4 GiB");
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_sample_count(&mut self, samples: u64) {
        self.sample_count = Some(samples);
    }

    pub(super) fn header_offset(&self) -> u64 {
        layout::header_offset(self.data_offset)
    }

    /// The length of the data, if it ends at `end`.
    pub(super) fn len_to(&self, end: u64) -> Result<u64, MmioError> {
        let invalid = |reason| MmioError::InvalidFile { offset: end, reason };
        if self.is_finished {
            return Err(invalid("the chunk was finished before"));
        }
        layout::written_len(self.data_offset, self.form.is_some(), end)
            .ok_or_else(|| invalid("the position is before the content of the chunk"))
    }

    /// The chunk as it will be found, once `len` bytes of data and its size are written.
    pub(super) fn finished(&self, len: u64) -> Chunk {
        let extent = layout::written(self.data_offset, len);
        Chunk {
            id: match self.long {
                Some(_) if self.id == FourCc::RIFF => FourCc::RF64,
                _ => self.id,
            },
            form: self.form,
            size_field: self.size_field.unwrap_or(OPEN_SIZE),
            declared: len,
            data_offset: self.data_offset,
            data_len: extent.data_len,
            next: extent.next,
            is_truncated: extent.is_truncated,
            is_open: false,
            ds64: self.long.map(|long| Ds64At { offset: long.ds64(), first_data: None }),
        }
    }
}
