//! A chunk that was found, and what to look for.
//!
//! # Invariants of a chunk
//!
//! 1. `data_offset + data_len <= next`, and `next` is not past the end of the parent, or of the
//!    file as it was when the chunk was found.
//! 2. `form` is there if the name is that of a RIFF or LIST, and then `data_len` is 4 or more.

use std::ops::Range;

use super::FourCc;
use super::ds64::Ds64At;
use super::layout;

/// A chunk of a file: its name, and where its data lies.
///
/// It describes the file as it was when the chunk was found, and does not follow later changes.
/// Offsets are in bytes from the start of the stream. As in `MMCKINFO` of the Windows services, the
/// data begins after the 8 bytes of the header, and in a RIFF or LIST includes the 4 bytes of the
/// type.
///
/// # Examples
///
/// ```
/// use std::io::Cursor;
/// use mmio_file::riff::{Find, FourCc, RiffRead};
///
/// # fn main() -> Result<(), mmio_file::MmioError> {
/// let mut file = Cursor::new(b"RIFF\x0C\0\0\0demonote\x63\0\0\0");
/// let riff = file.descend(None, Find::Riff(None))?;
/// assert_eq!(riff.id(), FourCc::RIFF);
/// assert_eq!(riff.form(), Some(FourCc::new(*b"demo")));
/// assert_eq!(riff.data_range(), 8..20);
///
/// // This one claims more than there is.
/// let note = file.descend(Some(&riff), Find::Next)?;
/// assert_eq!(note.declared_size(), 0x63);
/// assert_eq!((note.data_offset(), note.data_len()), (20, 0));
/// assert!(note.is_truncated());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chunk {
    pub(super) id: FourCc,
    pub(super) form: Option<FourCc>,
    /// The four bytes after the id. `declared` is what they mean together with a `ds64`.
    pub(super) size_field: u32,
    pub(super) declared: u64,
    pub(super) data_offset: u64,
    pub(super) data_len: u64,
    pub(super) next: u64,
    pub(super) is_truncated: bool,
    /// Whether its size means "to the end".
    pub(super) is_open: bool,
    /// The `ds64` that holds the sizes of this chunk's descendants.
    pub(super) ds64: Option<Ds64At>,
}

impl Chunk {
    /// The name of the chunk.
    #[must_use]
    pub fn id(&self) -> FourCc {
        self.id
    }

    /// The type of a RIFF or LIST, such as `WAVE` or `INFO`; `None` for any other chunk.
    #[must_use]
    pub fn form(&self) -> Option<FourCc> {
        self.form
    }

    /// Where the data begins: the offset of the header, plus 8.
    #[must_use]
    pub fn data_offset(&self) -> u64 {
        self.data_offset
    }

    /// How many bytes of data there are, limited to what the parent and the file hold.
    #[must_use]
    pub fn data_len(&self) -> u64 {
        self.data_len
    }

    /// The offsets of the data. The pad byte that may follow is not part of it.
    #[must_use]
    pub fn data_range(&self) -> Range<u64> {
        self.data_offset..self.data_offset + self.data_len
    }

    /// The length of the data that the file declares: in the header, or in the `ds64` if the header refers
    /// to it. It may be wrong: rely on [`data_len`](Chunk::data_len).
    #[must_use]
    pub fn declared_size(&self) -> u64 {
        self.declared
    }

    /// Whether the chunk claims more than the parent or the file holds, because a recording was cut
    /// off or the size is wrong.
    ///
    /// A size that means "to the end" is not such a claim.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.is_truncated
    }

    pub(super) fn header_offset(&self) -> u64 {
        layout::header_offset(self.data_offset)
    }

    /// Whether this is a chunk whose size is in the `ds64`, whatever its own header says.
    pub(super) fn has_its_size_in(&self, ds64: &Ds64At) -> bool {
        let is_open = self.size_field == layout::OPEN_SIZE;
        is_open || self.id.is_riff_64() || ds64.first_data == Some(self.header_offset())
    }

    /// Whether this is the first `data` of an RF64.
    pub(super) fn is_first_data(&self) -> bool {
        self.ds64.is_some_and(|ds64| ds64.first_data == Some(self.header_offset()))
    }

    /// The position after descending: after the header, and after the type if there is one.
    pub(super) fn content_offset(&self) -> u64 {
        layout::content_offset(self.data_offset, self.form.is_some())
    }

    pub(super) fn data_end(&self) -> u64 {
        self.data_offset + self.data_len
    }

    /// How much of the content lies after `position`.
    pub(super) fn left_at(&self, position: u64) -> u64 {
        layout::left(&self.data_range(), position)
    }
}

/// Which chunk to look for among siblings.
///
/// A search never enters a chunk: it sees those that follow one another in the same parent.
///
/// # Examples
///
/// ```
/// use std::io::Cursor;
/// use mmio_file::riff::{Find, FourCc, RiffRead};
///
/// # fn main() -> Result<(), mmio_file::MmioError> {
/// let mut file = Cursor::new(b"RIFF\x0E\0\0\0demonote\x02\0\0\0hi");
/// let riff = file.descend(None, Find::Riff(Some(FourCc::new(*b"demo"))))?;
/// assert!(file.find_chunk(Some(&riff), Find::List(None))?.is_none());
/// assert!(file.find_chunk(Some(&riff), Find::Id("note".parse().unwrap()))?.is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Find {
    /// Whatever chunk comes next.
    Next,
    /// The next chunk of this name.
    Id(FourCc),
    /// The next RIFF of this type, or of any. RF64 and BW64 are RIFFs too.
    Riff(Option<FourCc>),
    /// The next LIST of this type, or of any.
    List(Option<FourCc>),
}

impl Find {
    /// Whether a chunk of this name can be what is looked for.
    pub(super) fn may_match(self, id: FourCc) -> bool {
        match self {
            Self::Next => true,
            Self::Id(wanted) => id == wanted,
            Self::Riff(_) => id.is_riff(),
            Self::List(_) => id == FourCc::LIST,
        }
    }

    /// Whether a chunk whose name matches is of the type that is looked for.
    pub(super) fn matches_form(self, form: Option<FourCc>) -> bool {
        match self {
            Self::Riff(wanted @ Some(_)) | Self::List(wanted @ Some(_)) => form == wanted,
            Self::Riff(None) | Self::List(None) => form.is_some(),
            Self::Next | Self::Id(_) => true,
        }
    }
}
