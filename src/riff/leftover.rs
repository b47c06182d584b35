//! What an append that failed has left after the RIFF.
//!
//! It is a `JUNK` of open size, or as much of its header as was written. Or it is a whole `JUNK`: the new
//! chunk, before the RIFF counts it, or the rest of a longer append. Whatever else follows a RIFF belongs
//! to others, and is not overwritten.

use std::io::{Read, Seek};

use super::careful::{is_begun, is_torn};
use super::layout;
use super::scan::Siblings;
use super::settle::Settlement;
use super::spot::Spot;
use super::{Chunk, FourCc};
use crate::MmioError;

/// The end of the `JUNK` of open size after `last`, if there is one. Each whole `JUNK` on the way there
/// becomes the last child.
pub(super) fn look_after<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    last: &mut Settlement,
    file_end: u64,
    id: FourCc,
) -> Result<Option<u64>, MmioError> {
    while last.is_sized()
        && let Some(junk) = junk_at(spot, last.next, file_end, id)?
    {
        if is_unfinished(spot, &junk)? {
            return Ok(Some(junk.next));
        }
        if junk.is_truncated {
            // No append has made that.
            break;
        }
        last.follow(spot, junk, id)?;
    }
    Ok(None)
}

/// The `JUNK` at `offset`, or the beginning of one.
fn junk_at<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    offset: u64,
    file_end: u64,
    id: FourCc,
) -> Result<Option<Chunk>, MmioError> {
    let chunk = Siblings::between(offset, file_end, None).next(spot, offset)?;
    let is_torn = |chunk: &Chunk| {
        // Outside of the RIFF nothing that has its size is renamed.
        is_open(chunk) && is_torn(chunk.id, chunk.size_field, id)
            || is_begun(chunk.id, chunk.size_field)
    };
    let is_junk = |chunk: &Chunk| chunk.id == FourCc::JUNK || is_torn(chunk);
    Ok(chunk.filter(|chunk| is_junk(chunk) && chunk.header_offset() == offset))
}

/// Whether a chunk has an open size, or a size that is changing to or from an open one.
fn is_open(chunk: &Chunk) -> bool {
    chunk.size_field >= layout::LEAST_OPEN_SIZE
}

/// Whether a `JUNK` does not have its size yet. Over zeros, it may have a part of an open size.
fn is_unfinished<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    junk: &Chunk,
) -> Result<bool, MmioError> {
    if is_begun(junk.id, junk.size_field) || is_open(junk) {
        return Ok(true);
    }
    let is_part = junk.is_truncated && [0xFF, 0xFFFF, 0xFF_FFFF].contains(&junk.size_field);
    Ok(is_part && spot.zeros_at(junk.data_offset, junk.data_len)? == junk.data_len)
}
