//! The walk over siblings: what is at an offset, and what follows.
//!
//! # Invariants
//!
//! 1. Every step goes forward by at least a header, so that a walk ends however hostile the file.
//! 2. Nothing is read past `end`, and nothing is allocated.

use std::io::{Read, Seek};

use super::ds64::{Ds64, Ds64At};
use super::layout::{self, Claim, Extent, FORM, HEADER, OPEN_SIZE};
use super::outermost::{self, Outermost};
use super::spot::Spot;
use super::{Chunk, Find, FourCc};
use crate::MmioError;

/// How many zeros may lie between two chunks. A preallocated file can end in a gigabyte of them, which
/// would take too long to search.
const MAX_ZEROS: u64 = 4096;

/// The chunks that follow one another in one parent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Siblings {
    /// Where the first of them begins.
    pub(super) start: u64,
    /// Where the parent ends, or the file.
    pub(super) end: u64,
    /// Whether there is no parent.
    is_top: bool,
    /// The `ds64` that applies to them.
    ds64: Option<Ds64At>,
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
            Some(parent) => Self::inside(parent),
            None => Self { start: 0, end: spot.go_to_end()?, is_top: true, ds64: None },
        })
    }

    /// The chunks in `parent`.
    pub(super) fn inside(parent: &Chunk) -> Self {
        Self::between(parent.content_offset(), parent.data_end(), parent.ds64)
    }

    /// The chunks of a parent with this content.
    pub(super) fn between(start: u64, end: u64, ds64: Option<Ds64At>) -> Self {
        Self { start, end, is_top: false, ds64 }
    }

    /// The first chunk that matches, from `position` on, or from the first chunk if that is later.
    pub(super) fn find<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        position: u64,
        find: Find,
    ) -> Result<Option<Chunk>, MmioError> {
        let mut offset = position.max(self.start);
        while let Some(mut chunk) = self.next(spot, offset)? {
            // The type of a chunk that is passed over need not be there.
            if find.may_match(chunk.id) {
                if chunk.id.has_form() && chunk.data_len >= FORM {
                    chunk.form = Some(FourCc::new(spot.read_at(chunk.data_offset)?));
                }
                if find.matches_form(chunk.form) {
                    return Ok(Some(chunk));
                }
            }
            offset = chunk.next;
        }
        Ok(None)
    }

    /// The last of them.
    pub(super) fn last<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
    ) -> Result<Option<Chunk>, MmioError> {
        let (mut last, mut offset) = (None, self.start);
        while let Some(chunk) = self.find(spot, offset, Find::Next)? {
            offset = chunk.next;
            last = Some(chunk);
        }
        Ok(last)
    }

    /// The chunk at `offset`, or after the zeros there; its type is not read.
    pub(super) fn next<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        offset: u64,
    ) -> Result<Option<Chunk>, MmioError> {
        let Some(room) = layout::room(offset, self.end) else { return Ok(None) };
        let header = spot.read_header(offset)?;
        if !header.0.begins_with_zero() {
            return self.chunk_at(spot, offset, header, room).map(Some);
        }
        let Some(offset) = self.after_zeros(spot, offset)? else { return Ok(None) };
        let Some(room) = layout::room(offset, self.end) else { return Ok(None) };
        let header = spot.read_header(offset)?;
        self.chunk_at(spot, offset, header, room).map(Some)
    }

    /// Where the chunk begins that follows the zeros at `offset`; `None` if they end the siblings.
    fn after_zeros<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        offset: u64,
    ) -> Result<Option<u64>, MmioError> {
        let zeros = spot.zeros_at(offset, (self.end - offset).min(MAX_ZEROS + 1))?;
        let after = offset + zeros;
        let is_followed = zeros <= MAX_ZEROS && is_chunk(spot, after, self.end)?;
        // If there are too few for an empty header, they are part of a strange name.
        let is_name = zeros < HEADER;
        Ok(if is_followed { Some(after) } else { is_name.then_some(offset) })
    }

    /// The chunk with this header at `offset`, with `room` for its data; its type is not read.
    fn chunk_at<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        offset: u64,
        (id, size_field): (FourCc, u32),
        room: u64,
    ) -> Result<Chunk, MmioError> {
        if self.is_top {
            refuse_big_endian(id, offset)?;
        }
        let data_offset = layout::data_offset(offset);
        let (declared, claim) = match self.size_of(spot, id, offset, size_field, room)? {
            None => (OPEN_SIZE.into(), Claim::ToTheEnd),
            Some(0) => (0, self.claim_of_zero(spot, id, data_offset)?),
            Some(size) => (size, Claim::Bytes(size)),
        };
        let mut extent = layout::extent(data_offset, claim, room);
        let mut ds64 = self.ds64;
        if self.is_outermost(id) {
            let at = id.is_riff_64().then(|| layout::first_inside(offset));
            let riff = Outermost::measure(spot, data_offset, &extent, self.end, at)?;
            extent = layout::grown(data_offset, extent, riff.end, room);
            ds64 = at.map(|offset| Ds64At { offset, first_data: riff.first_data });
        }
        let Extent { data_len, is_truncated, .. } = extent;
        Ok(Chunk {
            id,
            form: None,
            size_field,
            declared,
            data_offset,
            data_len,
            next: self.next_after(spot, data_offset, &extent)?,
            is_truncated,
            is_open: claim == Claim::ToTheEnd,
            ds64,
        })
    }

    /// Whether a chunk of this name is a RIFF that is in no other chunk.
    fn is_outermost(&self, id: FourCc) -> bool {
        self.is_top && id.is_riff()
    }

    /// Where the chunk after one with this extent begins: in the place of the pad byte, if that is missing.
    fn next_after<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        data_offset: u64,
        extent: &Extent,
    ) -> Result<u64, MmioError> {
        if let Some(data_end) = layout::unpadded_end(data_offset, extent, self.end)
            && !is_chunk(spot, extent.next, self.end)?
            && is_chunk(spot, data_end, self.end)?
        {
            return Ok(data_end);
        }
        Ok(extent.next)
    }

    /// The length that a chunk has by its header, or by the `ds64`; `None` if it reaches to the end.
    fn size_of<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        id: FourCc,
        offset: u64,
        size_field: u32,
        room: u64,
    ) -> Result<Option<u64>, MmioError> {
        let short = (size_field != OPEN_SIZE).then_some(u64::from(size_field));
        if self.is_outermost(id) && id.is_riff_64() {
            let sizes = Ds64::read(spot, layout::first_inside(offset), self.end)?;
            return Ok(short.or(Some(sizes.riff_len)));
        }
        let Some(ds64) = self.ds64 else { return Ok(short) };
        let is_first_data =
            id == FourCc::DATA && ds64.first_data.is_none_or(|first| first == offset);
        if short.is_some() && !is_first_data {
            return Ok(short);
        }
        let sizes = Ds64::read(spot, ds64.offset, self.end)?;
        if !is_first_data {
            return sizes.len_of(spot, id);
        }
        let long = sizes.data_len;
        Ok(short.filter(|_| long == 0 || long > room).or(Some(long)))
    }

    /// What a size of 0 means: that there is no data, or that a recorder never patched it.
    fn claim_of_zero<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        id: FourCc,
        data_offset: u64,
    ) -> Result<Claim, MmioError> {
        let was_left_open = match id {
            FourCc::DATA => is_audio(spot, data_offset, self.end)?,
            FourCc::LIST => is_list_content(spot, data_offset, self.end)?,
            _ => self.is_top && id.is_riff(),
        };
        Ok(if was_left_open { Claim::ToTheEnd } else { Claim::Bytes(0) })
    }
}

/// Whether the bytes at `offset` are a chunk and not audio: it has a name, and it fits before `end`. A size
/// of all ones always fits, and so does a size that is changing to or from it. A LIST or JUNK need not fit,
/// since files are cut off in them.
fn is_chunk<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    offset: u64,
    end: u64,
) -> Result<bool, MmioError> {
    let Some(room) = layout::room(offset, end) else { return Ok(false) };
    let (id, size) = spot.read_header(offset)?;
    // Silence is all zeros, and would otherwise look like a row of chunks without name and data.
    let fits = size >= layout::LEAST_OPEN_SIZE || u64::from(size) <= room;
    Ok(id.is_printable() && (fits || id == FourCc::LIST || id == FourCc::JUNK))
}

/// Whether the samples of a `data` of size 0 are at `offset`: no chunk is, and there are more than stray bytes.
fn is_audio<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    offset: u64,
    end: u64,
) -> Result<bool, MmioError> {
    if layout::room(offset, end).is_none() || is_chunk(spot, offset, end)? {
        return Ok(false);
    }
    let (id, _) = spot.read_header(offset)?;
    Ok(!outermost::is_foreign(id, offset, end))
}

/// Whether a type and a chunk are at `offset`, after a LIST of size 0: the `movi` of a killed recorder.
fn is_list_content<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    offset: u64,
    end: u64,
) -> Result<bool, MmioError> {
    if layout::room(offset, end).is_none() || is_chunk(spot, offset, end)? {
        return Ok(false);
    }
    let form = FourCc::new(spot.read_at(offset)?);
    Ok(form.is_printable() && is_chunk(spot, offset + FORM, end)?)
}

/// Recognises files that look like RIFF but have big-endian sizes.
fn refuse_big_endian(id: FourCc, offset: u64) -> Result<(), MmioError> {
    let reason = match &id.to_bytes() {
        b"RIFX" => "RIFX, which is big-endian, is not RIFF",
        b"FORM" => "IFF (AIFF), which is big-endian, is not RIFF",
        _ => return Ok(()),
    };
    Err(MmioError::InvalidFile { offset, reason })
}
