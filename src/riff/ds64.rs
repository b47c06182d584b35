//! The chunk that holds the lengths of a file of more than 4 GiB: `ds64` of RF64 and BW64.
//!
//! # Layout (EBU Tech 3306, ITU-R BS.2088)
//!
//! It is the first chunk of the RIFF. Its data, little-endian: the length of the RIFF (8 bytes), of
//! `data` (8), the sample count (8), the number of entries in the table (4), and the entries: the
//! id (4) and the length (8) of another big chunk. A length counts only where the chunk's own
//! header says `0xFFFF_FFFF`.

use std::io::{Read, Seek};

use super::FourCc;
use super::layout::{self, HEADER};
use super::spot::Spot;
use crate::MmioError;

// Where the parts are, in bytes from the header of the `ds64`.
pub(super) const RIFF_LEN: u64 = HEADER;
pub(super) const DATA_LEN: u64 = HEADER + 8;
pub(super) const SAMPLE_COUNT: u64 = HEADER + 16;
pub(super) const ENTRIES: u64 = HEADER + 24;
const TABLE: u64 = HEADER + 28;

/// The bytes of an entry of the table.
const ENTRY: u64 = 12;

/// How many entries are looked at. Nobody has more than a few big chunks, and a hostile file could
/// make each of its chunks cost the search of a table as long as the file.
pub(super) const MAX_ENTRIES: u32 = u8::MAX as u32;

/// The bytes of data with a table of so many entries.
pub(super) fn size(entries: u32) -> u64 {
    TABLE - HEADER + u64::from(entries) * ENTRY
}

/// For how many entries there is room in so many bytes of data; `None` if not even for the rest.
pub(super) fn capacity(size: u64) -> Option<u64> {
    Some(size.checked_sub(self::size(0))? / ENTRY)
}

/// Where an entry of the table is, in bytes from the header of the `ds64`.
pub(super) fn entry(index: u32) -> u64 {
    TABLE + u64::from(index) * ENTRY
}

/// A `ds64` that was read, and lies in the file as a whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ds64 {
    /// Where its header is.
    offset: u64,
    pub(super) riff_len: u64,
    data_len: u64,
    pub(super) entries: u32,
}

impl Ds64 {
    /// Reads the `ds64` at `offset`, in a parent that ends at `end` at the latest.
    pub(super) fn read<S: Read + Seek + ?Sized>(
        spot: &mut Spot<'_, S>,
        offset: u64,
        end: u64,
    ) -> Result<Self, MmioError> {
        let broken = |reason| MmioError::InvalidFile { offset, reason };
        let room = layout::room(offset, end)
            .filter(|room| *room >= size(0))
            .ok_or_else(|| broken("the file ends in the header of an RF64"))?;
        let (id, declared) = spot.read_header(offset)?;
        if id != FourCc::DS64 {
            return Err(broken("an RF64 does not begin with a ds64"));
        }
        let ds64 = Self {
            offset,
            riff_len: u64::from_le_bytes(spot.read_at(offset + RIFF_LEN)?),
            data_len: u64::from_le_bytes(spot.read_at(offset + DATA_LEN)?),
            entries: u32::from_le_bytes(spot.read_at(offset + ENTRIES)?),
        };
        if size(ds64.entries) > room.min(u64::from(declared)) {
            return Err(broken("a ds64 is too short for its table"));
        }
        Ok(ds64)
    }

    /// The length of a chunk whose own header refers to here; `None` if it isn't here either.
    pub(super) fn len_of<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        id: FourCc,
    ) -> Result<Option<u64>, MmioError> {
        if id == FourCc::DATA {
            return Ok(Some(self.data_len));
        }
        let Some(index) = self.index_of(spot, id)? else {
            return Ok(None);
        };
        let len = spot.read_at(self.offset + entry(index) + 4)?;
        Ok(Some(u64::from_le_bytes(len)))
    }

    /// The first entry of the table that is for chunks of this name.
    pub(super) fn index_of<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        id: FourCc,
    ) -> Result<Option<u32>, MmioError> {
        for index in 0..self.entries.min(MAX_ENTRIES) {
            if FourCc::new(spot.read_at(self.offset + entry(index))?) == id {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }
}
