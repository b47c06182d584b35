//! Finds the end of an outermost RIFF, whose size may be too small.
//!
//! Some writers forget to count 4, 8 or 16 bytes, others write only the size of their header. The RIFF
//! is longer than its size only if there is proof that the size is too small. Bytes excluded by a
//! correct, smaller size must not become children again.
//!
//! # Invariants
//!
//! 1. The end is never before the one that the size gives, nor past the end of the file.
//! 2. Each child is looked at once.

use std::io::{Read, Seek};

use super::ds64::Ds64At;
use super::layout::{self, Extent, FORM, OPEN_SIZE};
use super::scan::Siblings;
use super::spot::Spot;
use super::{Chunk, FourCc};
use crate::MmioError;

/// The bytes of an `ID3v1` tag, which is the last thing in a file and begins with `TAG`.
const TAG_LEN: u64 = 128;

/// What the children of an outermost RIFF say about it.
pub(super) struct Outermost {
    /// The offset at which they end.
    pub(super) end: u64,
    /// The offset of the header of the first `data`. Only an RF64 needs it.
    pub(super) first_data: Option<u64>,
    /// The end of the RIFF by its size.
    declared: u64,
    file_end: u64,
    is_too_small: bool,
}

impl Outermost {
    /// Looks at a RIFF that reaches as far as `extent` by its size, in a file that ends at `file_end`.
    pub(super) fn measure<S: Read + Seek + ?Sized>(
        spot: &mut Spot<'_, S>,
        data_offset: u64,
        extent: &Extent,
        file_end: u64,
        ds64: Option<u64>,
    ) -> Result<Self, MmioError> {
        let declared = data_offset + extent.data_len;
        let mut riff =
            Self { end: declared, first_data: None, declared, file_end, is_too_small: false };
        let may_grow = declared < file_end
            && !is_riff(spot, declared, file_end)?
            && !is_riff(spot, extent.next, file_end)?;
        let start = data_offset.saturating_add(FORM);
        let mut offset = start;
        while may_grow || (ds64.is_some() && riff.first_data.is_none()) {
            let ds64 = ds64.map(|offset| Ds64At { offset, first_data: riff.first_data });
            let inside = Siblings::between(start, file_end, ds64);
            let Some(chunk) = inside.next(spot, offset)? else { break };
            let is_within = chunk.data_end() <= declared;
            let is_child = is_within || (may_grow && riff.reaches(&chunk, offset, start));
            if chunk.id == FourCc::DATA && (is_child || chunk.header_offset() < declared) {
                riff.first_data = riff.first_data.or(Some(chunk.header_offset()));
            }
            if !is_child {
                break;
            }
            if !is_within {
                riff.end = chunk.next;
            }
            offset = chunk.next;
        }
        Ok(riff)
    }

    /// Whether a chunk is a child though it ends past the declared end. It was found from `offset` on;
    /// the first child begins at `first`.
    fn reaches(&mut self, chunk: &Chunk, offset: u64, first: u64) -> bool {
        let start = chunk.header_offset();
        if !chunk.id.is_printable() || is_foreign(chunk.id, start, self.file_end) {
            return false;
        }
        let is_data = chunk.id == FourCc::DATA;
        if start < self.declared {
            // A chunk that fits neither the RIFF nor the file ends with the RIFF, if that leaves it
            // any data.
            let fits = !chunk.is_truncated && !chunk.is_open;
            self.is_too_small |= fits || is_data || chunk.data_offset >= self.declared;
            return self.is_too_small;
        }
        let is_missing_data = is_data && self.first_data.is_none();
        let is_endless = chunk.is_open && chunk.size_field == OPEN_SIZE;
        let fits = !chunk.is_truncated && !is_endless;
        self.is_too_small |= is_missing_data || (start == first && fits);
        self.is_too_small && (fits || is_missing_data) && start == offset
    }
}

/// Whether this never belongs to a RIFF before it: another RIFF, or an `ID3v1` tag.
pub(super) fn is_foreign(id: FourCc, offset: u64, file_end: u64) -> bool {
    let is_tag = id.to_bytes().starts_with(b"TAG") && file_end - offset == TAG_LEN;
    id.is_any_riff() || is_tag
}

/// Whether a RIFF of any kind begins at `offset`.
fn is_riff<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    offset: u64,
    file_end: u64,
) -> Result<bool, MmioError> {
    match layout::room(offset, file_end) {
        Some(_) => Ok(spot.read_header(offset)?.0.is_any_riff()),
        None => Ok(false),
    }
}
