//! Creating, patching, finishing and reopening chunks.

use std::io::{Read, Seek, Write};

use super::ds64::Ds64At;
use super::layout;
use super::long;
use super::place::Place;
use super::scan::Siblings;
use super::spot::Spot;
use super::{Chunk, Find, FourCc, NewChunk, OpenChunk};
use crate::MmioError;

/// Makes a call that takes the position as the end of `chunk`, and leaves it there on failure.
pub(super) fn at_the_end<S: Seek + ?Sized, T>(
    stream: &mut S,
    chunk: &mut OpenChunk,
    call: impl FnOnce(&mut Spot<'_, S>, &mut OpenChunk, u64) -> Result<T, MmioError>,
) -> Result<T, MmioError> {
    let (mut spot, position) = Spot::new(stream)?;
    let end = chunk.stranded.unwrap_or(position);
    let answer = call(&mut spot, chunk, end);
    let is_lost = answer.is_err() && spot.go_to(end).is_err();
    chunk.stranded = is_lost.then_some(end);
    answer
}

pub(super) fn create<S: Write + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    new: &NewChunk,
    offset: u64,
) -> Result<OpenChunk, MmioError> {
    if let Some(len) = new.size.filter(|_| new.is_too_long()) {
        return Err(MmioError::ChunkTooLong { offset, len });
    }
    let (header, len) = new.header();
    spot.write_at(offset, &header[..len])?;
    if let Some(big_chunks) = new.reserve {
        long::write_reserve(spot, layout::first_inside(offset), big_chunks)?;
    }
    Ok(new.opened_at(offset))
}

pub(super) fn patch<S: Read + Write + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    chunk: &mut OpenChunk,
    end: u64,
) -> Result<(), MmioError> {
    let len = chunk.len_to(end)?;
    Place::of(spot, chunk, len, end)?.store(spot, chunk, len, end)?;
    spot.go_to(end)
}

pub(super) fn finish<S: Read + Write + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    chunk: &mut OpenChunk,
    end: u64,
) -> Result<Chunk, MmioError> {
    let len = chunk.len_to(end)?;
    let is_odd = layout::pad(len) > 0;
    if is_odd && chunk.form.is_some() {
        // Whatever is finished has an even length, its header and pad byte included.
        return Err(MmioError::InvalidFile {
            offset: end,
            reason: "a chunk inside the one to be finished is not finished",
        });
    }
    let place = Place::of(spot, chunk, len, end)?;
    let is_padded = is_odd && chunk.unpadded != Some(end);
    if is_padded {
        spot.write_at(end, &[0])?;
    }
    place.store(spot, chunk, len, end)?;
    let mut found = chunk.finished(len);
    if !is_padded {
        found.next = end;
    }
    if let Some(ds64) = &mut found.ds64 {
        ds64.first_data = first_data(spot, *ds64, end)?;
    }
    spot.go_to(found.next)?;
    chunk.is_finished = true;
    Ok(found)
}

/// The offset of the first `data` of an RF64 that ends at `end`.
fn first_data<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    ds64: Ds64At,
    end: u64,
) -> Result<Option<u64>, MmioError> {
    let children = Siblings::between(ds64.offset, end, Some(ds64));
    let data = children.find(spot, 0, Find::Id(FourCc::DATA))?;
    Ok(data.map(|data| data.header_offset()))
}

pub(super) fn reopen<S: Read + Write + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    chunk: &Chunk,
) -> Result<OpenChunk, MmioError> {
    let mut open = OpenChunk::reopened(chunk);
    let mut end = chunk.data_end();
    if layout::pad(chunk.data_len) > 0 {
        let file_end = spot.go_to_end()?;
        // Another chunk may begin in the place of the pad byte.
        let is_taken = chunk.next == end && end < file_end && spot.read_at(end)? != [0];
        if chunk.form.is_none() {
            open.unpadded = is_taken.then_some(end);
        } else if is_taken {
            return Err(MmioError::NotAtEnd { offset: end, len: file_end - end });
        } else {
            // The last pad byte inside is missing, or not counted.
            if end == file_end {
                spot.write_at(end, &[0])?;
            }
            end += 1;
        }
    }
    spot.go_to(end)?;
    Ok(open)
}
