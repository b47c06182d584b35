//! The chunk that holds the lengths of a file of more than 4 GiB: `ds64` of RF64 and BW64.
//!
//! # Layout (EBU Tech 3306, ITU-R BS.2088)
//!
//! It is the first chunk of the RIFF. Its data, little-endian: the length of the RIFF (8 bytes), of
//! `data` (8), the sample count (8), the number of entries in the table (4), and the entries: the
//! id (4) and the length (8) of another big chunk. That counts only where the chunk's own header says
//! `0xFFFF_FFFF`; the length of the first `data` counts wherever it is not 0 and fits.

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

/// The bytes of data that must be there: the three lengths.
const LEAST: u64 = 24;

/// The bytes of an entry of the table.
const ENTRY: u64 = 12;

/// How many entries are considered. Real files have a few big chunks at most, and in a hostile file
/// each chunk could cost a search of a table as long as the file.
pub(super) const MAX_ENTRIES: u32 = u8::MAX as u32;

/// The length of the data with a table of `entries` entries.
pub(super) fn size(entries: u32) -> u64 {
    TABLE - HEADER + u64::from(entries) * ENTRY
}

/// How many entries fit in `size` bytes of data; `None` if not even the fixed fields do.
pub(super) fn capacity(size: u64) -> Option<u64> {
    Some(size.checked_sub(self::size(0))? / ENTRY)
}

/// The offset of an entry of the table, in bytes from the header of the `ds64`.
pub(super) fn entry(index: u32) -> u64 {
    TABLE + u64::from(index) * ENTRY
}

/// What the chunks of an RF64 must know of its `ds64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ds64At {
    /// Where its header is.
    pub(super) offset: u64,
    /// The offset of the header of the first `data`, the only chunk whose length is not in the table;
    /// `None` before a walk has reached it.
    pub(super) first_data: Option<u64>,
}

/// A `ds64` that was read, as far as it lies in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ds64 {
    /// Where its header is.
    offset: u64,
    pub(super) riff_len: u64,
    pub(super) data_len: u64,
    pub(super) entries: u32,
}

impl Ds64 {
    /// Reads the `ds64` at `offset`, in a parent that ends at `end` at the latest.
    ///
    /// Only the lengths of the RIFF and of `data` and the sample count must be there: some writers leave
    /// out the table and its length, and a table is believed as far as it fits.
    pub(super) fn read<S: Read + Seek + ?Sized>(
        spot: &mut Spot<'_, S>,
        offset: u64,
        end: u64,
    ) -> Result<Self, MmioError> {
        let broken = |reason| MmioError::InvalidFile { offset, reason };
        let room = layout::room(offset, end)
            .filter(|room| *room >= LEAST)
            .ok_or_else(|| broken("the file ends in the header of an RF64"))?;
        let (id, declared) = spot.read_header(offset)?;
        if id != FourCc::DS64 {
            return Err(broken("an RF64 does not begin with a ds64"));
        }
        let room = room.min(u64::from(declared));
        if room < LEAST {
            return Err(broken("a ds64 is too short for its lengths"));
        }
        let riff_len = u64::from_le_bytes(spot.read_at(offset + RIFF_LEN)?);
        let data_len = u64::from_le_bytes(spot.read_at(offset + DATA_LEN)?);
        let entries = match capacity(room) {
            Some(capacity) => {
                let claimed = u32::from_le_bytes(spot.read_at(offset + ENTRIES)?);
                claimed.min(u32::try_from(capacity).unwrap_or(u32::MAX))
            }
            None => 0,
        };
        Ok(Self { offset, riff_len, data_len, entries })
    }

    /// The offset of the length of the first `data`.
    pub(super) fn data_len_offset(&self) -> u64 {
        self.offset + DATA_LEN
    }

    /// The length that the table has for chunks of this name.
    pub(super) fn len_of<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        id: FourCc,
    ) -> Result<Option<u64>, MmioError> {
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
        // Each of many chunks may be looked up, so many entries are read at once.
        let mut block = [[0; 12]; 42];
        let entries = self.entries.min(MAX_ENTRIES);
        let mut index = 0;
        while index < entries {
            let n = block.len().min((entries - index) as usize);
            spot.read_exact_at(block[..n].as_flattened_mut(), self.offset + entry(index))?;
            for entry in &block[..n] {
                if entry[..4] == id.to_bytes() {
                    return Ok(Some(index));
                }
                index += 1;
            }
        }
        Ok(None)
    }
}
