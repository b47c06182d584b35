//! The last child of a RIFF, and what must be put right before something can follow it.

use std::io::{Read, Seek, Write};

use super::layout;
use super::place::Place;
use super::scan::Siblings;
use super::spot::Spot;
use super::{Chunk, FourCc, OpenChunk};
use crate::MmioError;

/// The last child, as it is and as it is to be.
///
/// # Invariants
///
/// 1. Each of `sizes` is of a chunk that claims more than there is, or whose size means "to the end".
///    Inner ones come first; each holds the one before it, with its pad byte.
/// 2. `end <= next`; the bytes between are pads.
pub(super) struct Settlement {
    /// The chunks whose sizes are to be changed, and to what.
    sizes: Vec<(Chunk, u64)>,
    /// Where it ends, with the pad byte that is there.
    pub(super) end: u64,
    /// Where the next chunk goes.
    pub(super) next: u64,
}

impl Settlement {
    /// What `last`, if there is a child at all, needs; `start` is where the first child would be.
    pub(super) fn of<S: Read + Seek + ?Sized>(
        spot: &mut Spot<'_, S>,
        last: Option<Chunk>,
        start: u64,
    ) -> Result<Self, MmioError> {
        let Some(last) = last else {
            return Ok(Self { sizes: Vec::new(), end: start, next: start });
        };
        let mut chain = Vec::new();
        let mut inner = Some(last);
        while let Some(chunk) = inner.filter(|chunk| chunk.is_open || chunk.is_truncated) {
            if !chunk.id.is_printable() {
                let offset = chunk.header_offset();
                let reason = "the last chunk claims more than there is, and has no name";
                return Err(MmioError::InvalidFile { offset, reason });
            }
            chain.push(chunk);
            inner = match chunk.form {
                Some(_) => Siblings::inside(&chunk).last(spot)?,
                None => None,
            };
            // What ends before is followed by stray bytes or zeros, and is not what was cut.
            inner = inner.filter(|inner| inner.data_end() == last.data_end());
        }
        let mut next = last.data_end();
        let mut sizes = Vec::new();
        for chunk in chain.into_iter().rev() {
            let len = next - chunk.data_offset;
            sizes.push((chunk, len));
            next += layout::pad(len);
        }
        if sizes.is_empty() {
            next += layout::pad(last.data_len);
        }
        Ok(Self { sizes, end: last.next, next })
    }

    /// Whether no size must be changed.
    pub(super) fn is_settled(&self) -> bool {
        self.sizes.is_empty()
    }

    /// Refuses sizes for which there is no place.
    pub(super) fn refuse_what_does_not_fit<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
    ) -> Result<(), MmioError> {
        for (chunk, len) in &self.sizes {
            Place::of(spot, &OpenChunk::reopened(chunk), *len, chunk.data_offset + len)?;
        }
        Ok(())
    }

    /// Puts the sizes right; whether there were any.
    pub(super) fn settle<S: Read + Write + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
    ) -> Result<bool, MmioError> {
        for (chunk, len) in &self.sizes {
            let mut open = OpenChunk::reopened(chunk);
            let end = chunk.data_offset + len;
            Place::of(spot, &open, *len, end)?.store(spot, &mut open, *len, end)?;
            if chunk.id.has_form() && chunk.form.is_none() {
                spot.write_at(chunk.header_offset(), &FourCc::JUNK.to_bytes())?;
            }
        }
        Ok(!self.is_settled())
    }

    /// Writes the pad bytes that are missing.
    pub(super) fn pad<S: Write + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
    ) -> Result<(), MmioError> {
        (self.end..self.next).try_for_each(|offset| spot.write_at(offset, &[0]))
    }
}
