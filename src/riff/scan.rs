//! The walk over siblings: what is at an offset, and what follows.
//!
//! # Invariants
//!
//! 1. Every step goes forward by at least a header, so that a walk ends however hostile the file.
//! 2. Nothing is read beyond `end`, and nothing is allocated.

use std::io::{Read, Seek};

use super::ds64::Ds64;
use super::layout::{self, Claim, FORM, OPEN_SIZE};
use super::spot::Spot;
use super::{Chunk, Find, FourCc};
use crate::MmioError;

/// The chunks that follow one another in one parent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Siblings {
    /// Where the first of them begins.
    start: u64,
    /// Where the parent ends, or the file.
    end: u64,
    /// Whether there is no parent.
    is_top: bool,
    /// Where the header of the `ds64` is that applies to them.
    ds64: Option<u64>,
}

impl Siblings {
    /// The chunks in `parent`, or those that the whole file is made of.
    ///
    /// Only the latter need a call for where the end is: a parent's end is known to be in the file.
    pub(super) fn of<S: Read + Seek + ?Sized>(
        spot: &mut Spot<'_, S>,
        parent: Option<&Chunk>,
    ) -> Result<Self, MmioError> {
        Ok(match parent {
            Some(parent) => Self {
                start: parent.content_offset(),
                end: parent.data_end(),
                is_top: false,
                ds64: parent.ds64,
            },
            None => Self { start: 0, end: spot.go_to_end()?, is_top: true, ds64: None },
        })
    }

    /// The chunks of an RF64 whose `ds64` is at `start`.
    pub(super) fn within(start: u64, end: u64) -> Self {
        Self { start, end, is_top: false, ds64: Some(start) }
    }

    /// The first chunk that matches, from `position` on, or from the first chunk if that is later.
    pub(super) fn find<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        position: u64,
        find: Find,
    ) -> Result<Option<Chunk>, MmioError> {
        let mut offset = position.max(self.start);
        while let Some(room) = layout::room(offset, self.end) {
            let mut chunk = self.chunk_at(spot, offset, room)?;
            // The type of a chunk that is passed over need not be there.
            if find.may_match(chunk.id) {
                if chunk.id.has_form() {
                    chunk.form = Some(form_of(spot, &chunk)?);
                }
                if find.matches_form(chunk.form) {
                    return Ok(Some(chunk));
                }
            }
            offset = chunk.next;
        }
        Ok(None)
    }

    /// The chunk at `offset`, with `room` for its data; its type is not read.
    fn chunk_at<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        offset: u64,
        room: u64,
    ) -> Result<Chunk, MmioError> {
        let (id, size_field) = spot.read_header(offset)?;
        if self.is_top {
            refuse_big_endian(id, offset)?;
        }
        let data_offset = layout::data_offset(offset);
        let mut ds64 = self.ds64;
        let mut long_size = None;
        if id.is_riff_64() {
            let first = layout::first_inside(offset);
            long_size = Some(Ds64::read(spot, first, self.end)?.riff_len);
            ds64 = Some(first);
        } else if let (OPEN_SIZE, Some(ds64)) = (size_field, ds64) {
            long_size = Ds64::read(spot, ds64, self.end)?.len_of(spot, id)?;
        }
        let (declared, claim) = match (size_field, long_size) {
            (OPEN_SIZE, None) => (u64::from(OPEN_SIZE), Claim::ToTheEnd),
            (OPEN_SIZE, Some(0)) | (0, _) => (0, self.claim_of_zero(spot, id, data_offset, room)?),
            (OPEN_SIZE, Some(size)) => (size, Claim::Bytes(size)),
            (size, _) => (size.into(), Claim::Bytes(size.into())),
        };
        let extent = layout::extent(data_offset, claim, room);
        Ok(Chunk {
            id,
            form: None,
            size_field,
            declared,
            data_offset,
            data_len: extent.data_len,
            next: extent.next,
            is_truncated: extent.is_truncated,
            ds64,
        })
    }

    /// What a size of 0 means: that there is no data, or that a recorder could not come back.
    fn claim_of_zero<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        id: FourCc,
        data_offset: u64,
        room: u64,
    ) -> Result<Claim, MmioError> {
        let was_left_open = match id {
            FourCc::DATA => !is_chunk(spot, data_offset, room)?,
            _ => self.is_top && id.is_riff(),
        };
        Ok(if was_left_open { Claim::ToTheEnd } else { Claim::Bytes(0) })
    }
}

/// Whether what is at `offset`, `len` bytes from the end, is a chunk that fits there, and not audio.
fn is_chunk<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    offset: u64,
    len: u64,
) -> Result<bool, MmioError> {
    let Some(room) = layout::room(0, len) else {
        return Ok(false);
    };
    let (id, size) = spot.read_header(offset)?;
    // Silence is all zeros, and would otherwise be taken for a row of chunks without name and data.
    Ok(id.is_printable() && u64::from(size) <= room)
}

/// The type that a RIFF or LIST begins with.
fn form_of<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    chunk: &Chunk,
) -> Result<FourCc, MmioError> {
    if chunk.data_len < FORM {
        return Err(MmioError::InvalidFile {
            offset: chunk.header_offset(),
            reason: "a RIFF or LIST is too short for its type",
        });
    }
    spot.read_at(chunk.data_offset).map(FourCc::new)
}

/// Names what looks like RIFF, but has its sizes the other way round.
fn refuse_big_endian(id: FourCc, offset: u64) -> Result<(), MmioError> {
    let reason = match &id.to_bytes() {
        b"RIFX" => "RIFX, which is big-endian, is not RIFF",
        b"FORM" => "IFF (AIFF), which is big-endian, is not RIFF",
        _ => return Ok(()),
    };
    Err(MmioError::InvalidFile { offset, reason })
}
