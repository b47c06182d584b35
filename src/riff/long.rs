//! Lengths that 32 bits can't hold: how a RIFF becomes an RF64.
//!
//! # Order
//!
//! The reserve is filled before it is renamed from `JUNK` to `ds64`, that before the size field of the
//! RIFF becomes `0xFFFF_FFFF`, and that before the RIFF is renamed to RF64. The file can be read after
//! each of these writes. All of them can be made again, so that a call that failed is simply repeated.

use std::io::{Read, Seek, Write};

use super::careful::is_torn;
use super::ds64::{self, Ds64, Ds64At, MAX_ENTRIES};
use super::layout::{self, OPEN_SIZE};
use super::scan::Siblings;
use super::spot::Spot;
use super::{Find, FourCc, OpenChunk};
use crate::MmioError;

/// Where the length of one chunk is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct LongSize {
    /// The offset of the header of the RIFF.
    riff: u64,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Riff,
    Data,
    Entry(u32),
}

/// Writes a reserve for this many big chunks at `offset`.
pub(super) fn write_reserve<S: Write + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    offset: u64,
    big_chunks: u8,
) -> Result<(), MmioError> {
    let entries = u32::from(big_chunks);
    let size = layout::size_field(ds64::size(entries)).unwrap_or(OPEN_SIZE);
    spot.write_at(offset, &FourCc::JUNK.to_bytes())?;
    spot.write_at(layout::size_offset(offset), &size.to_le_bytes())?;
    spot.write_at(layout::data_offset(offset), &[0; 28])?;
    (0..entries).try_for_each(|index| spot.write_at(offset + ds64::entry(index), &[0; 12]))
}

impl LongSize {
    /// Whether the length of `chunk` goes into a `ds64` that is there already, though its size field can
    /// hold it: that of the first `data` of an RF64 does.
    pub(super) fn is_of<S: Read + Seek + ?Sized>(
        spot: &mut Spot<'_, S>,
        chunk: &OpenChunk,
    ) -> Result<bool, MmioError> {
        let offset = chunk.header_offset();
        let may_be_it = chunk.id == FourCc::DATA && offset > layout::first_inside(0);
        if !may_be_it || !FourCc::new(spot.read_at(0)?).is_riff_64() {
            return Ok(false);
        }
        let Some(riff) = riff_around(spot, offset)? else { return Ok(false) };
        let is_riff_64 = FourCc::new(spot.read_at(riff)?).is_riff_64();
        Ok(is_riff_64 && !has_data_before(spot, riff, offset)?)
    }

    /// Finds a place for the length of `chunk`, whose data ends at `end`; `None` if there is none.
    /// Nothing is written.
    pub(super) fn find<S: Read + Seek + ?Sized>(
        spot: &mut Spot<'_, S>,
        chunk: &OpenChunk,
        end: u64,
    ) -> Result<Option<Self>, MmioError> {
        let offset = chunk.header_offset();
        let (riff, limit) = match chunk.ds64 {
            _ if chunk.id.is_riff() => (Some(offset), end),
            Some(ds64) => (Some(layout::outside(ds64)), offset),
            None => (riff_around(spot, offset)?, offset),
        };
        let Some(riff) = riff else { return Ok(None) };
        let Some(reserve) = Reserve::read(spot, riff, limit)? else {
            return Ok(None);
        };
        let kind = match chunk.id {
            id if id.is_riff() => Some(Kind::Riff),
            FourCc::DATA if !has_data_before(spot, riff, offset)? => Some(Kind::Data),
            id => {
                let is_there = chunk.ds64.is_some();
                reserve.index_for(spot, id, is_there)?.map(Kind::Entry)
            }
        };
        Ok(kind.map(|kind| Self { riff, kind }))
    }

    /// Puts the length of `chunk`, whose data ends at `end`, here, and makes the RIFF an RF64.
    pub(super) fn store<S: Read + Write + Seek + ?Sized>(
        self,
        spot: &mut Spot<'_, S>,
        chunk: &OpenChunk,
        len: u64,
        end: u64,
    ) -> Result<(), MmioError> {
        let ds64 = self.ds64();
        self.promote(spot, end)?;
        match self.kind {
            Kind::Data => spot.replace_len(ds64 + ds64::DATA_LEN, len.to_le_bytes()),
            Kind::Entry(index) => {
                let entry = ds64 + ds64::entry(index);
                spot.write_at(entry, &chunk.id.to_bytes())?;
                spot.replace_len(layout::size_offset(entry), len.to_le_bytes())?;
                let entries = u32::from_le_bytes(spot.read_at(ds64 + ds64::ENTRIES)?);
                let entries = entries.max(index + 1);
                spot.replace_len(ds64 + ds64::ENTRIES, entries.to_le_bytes())
            }
            Kind::Riff => {
                // In a file that was an RF64 before, the lengths that are there are not ours.
                if !chunk.id.is_riff_64() {
                    self.store_short_data(spot, end)?;
                }
                if let Some(samples) = chunk.sample_count {
                    spot.write_at(ds64 + ds64::SAMPLE_COUNT, &samples.to_le_bytes())?;
                }
                spot.replace_len(ds64 + ds64::RIFF_LEN, len.to_le_bytes())
            }
        }
    }

    /// The offset of the header of the `ds64`.
    pub(super) fn ds64(&self) -> u64 {
        layout::first_inside(self.riff)
    }

    /// Makes the RIFF an RF64, as far as it is not one yet.
    fn promote<S: Read + Write + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        end: u64,
    ) -> Result<(), MmioError> {
        let ds64 = self.ds64();
        if FourCc::new(spot.read_at(ds64)?) != FourCc::DS64 {
            // Bytes that another program has left in its JUNK must not become lengths.
            spot.write_at(layout::data_offset(ds64), &[0; 28])?;
            let so_far =
                layout::written_len(layout::data_offset(self.riff), true, end).unwrap_or(0);
            spot.write_at(ds64 + ds64::RIFF_LEN, &so_far.to_le_bytes())?;
            spot.flush_if_careful()?;
            spot.rename(ds64, FourCc::DS64)?;
        }
        let (id, size_field) = spot.read_header(self.riff)?;
        // One that is an RF64 already has the size field that others gave it.
        if !id.is_riff_64() {
            if size_field != OPEN_SIZE {
                let size_field = layout::size_offset(self.riff);
                spot.replace_len(size_field, OPEN_SIZE.to_le_bytes())?;
            }
            spot.write_at(self.riff, &FourCc::RF64.to_bytes())?;
            spot.flush_if_careful()?;
        }
        Ok(())
    }

    /// Puts the length of a `data` whose size field holds it into the `ds64` too: readers of RF64
    /// look for it there only.
    fn store_short_data<S: Read + Write + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        end: u64,
    ) -> Result<(), MmioError> {
        let ds64 = Ds64At { offset: self.ds64(), first_data: None };
        let children = Siblings::between(self.ds64(), end, Some(ds64));
        match children.find(spot, 0, Find::Id(FourCc::DATA))? {
            Some(data) if data.size_field != OPEN_SIZE => {
                // The length of the chunk may be the one that is in the `ds64` already, which is older.
                let len = u64::from(data.size_field).min(end - data.data_offset);
                spot.replace_len(self.ds64() + ds64::DATA_LEN, len.to_le_bytes())
            }
            _ => Ok(()),
        }
    }
}

/// The outermost RIFF that the chunk at `offset` is in: the last that begins before it.
///
/// The size of the RIFF that is being written is not right yet, so anything may follow it. Only
/// RIFFs that follow one another from the start of the file are considered.
fn riff_around<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    offset: u64,
) -> Result<Option<u64>, MmioError> {
    let outermost = Siblings::of(spot, None)?;
    let (mut around, mut from) = (None, 0);
    while from < offset {
        match outermost.find(spot, from, Find::Next) {
            Ok(Some(riff)) if riff.id.is_riff() => {
                around = Some(riff.header_offset());
                from = riff.next;
            }
            Ok(_) | Err(MmioError::InvalidFile { .. }) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(around)
}

/// Whether the `data` at `offset` of the RIFF at `riff` is not the first, and so not the one that has
/// its length outside of the table.
fn has_data_before<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    riff: u64,
    offset: u64,
) -> Result<bool, MmioError> {
    let first = layout::first_inside(riff);
    let is_riff_64 = FourCc::new(spot.read_at(riff)?).is_riff_64();
    let ds64 = is_riff_64.then_some(Ds64At { offset: first, first_data: None });
    let before = Siblings::between(first, offset, ds64);
    Ok(before.find(spot, 0, Find::Id(FourCc::DATA))?.is_some())
}

/// Room for a `ds64`: the first chunk of a RIFF, `JUNK` until it is needed.
struct Reserve {
    ds64: Option<Ds64>,
    /// How many entries the table has room for.
    capacity: u64,
}

impl Reserve {
    /// Reads the reserve of the RIFF at `riff`, which must lie before `limit`.
    fn read<S: Read + Seek + ?Sized>(
        spot: &mut Spot<'_, S>,
        riff: u64,
        limit: u64,
    ) -> Result<Option<Self>, MmioError> {
        let offset = layout::first_inside(riff);
        let Some(room) = layout::room(offset, limit) else {
            return Ok(None);
        };
        let (id, size) = spot.read_header(offset)?;
        let ds64 = match id {
            FourCc::DS64 => Some(Ds64::read(spot, offset, limit)?),
            id if u64::from(size) <= room
                && (id == FourCc::JUNK || is_torn(id, size, FourCc::DS64)) =>
            {
                None
            }
            _ => return Ok(None),
        };
        // A `ds64` need not have a table, but a reserve has room for one.
        let capacity = ds64::capacity(size.into()).or(ds64.is_some().then_some(0));
        Ok(capacity.map(|capacity| Self { ds64, capacity }))
    }

    /// The entry for a chunk of this name: its own, or else a free one; `None` if there is no room.
    fn index_for<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        id: FourCc,
        is_there: bool,
    ) -> Result<Option<u32>, MmioError> {
        let (index, entries) = match &self.ds64 {
            Some(ds64) => (ds64.index_of(spot, id)?, ds64.entries),
            None => (None, 0),
        };
        let has_room = entries < MAX_ENTRIES && u64::from(entries) < self.capacity;
        Ok(match index {
            // The table distinguishes chunks by their names only.
            Some(index) => is_there.then_some(index),
            None => has_room.then_some(entries),
        })
    }
}
