//! The last child of a RIFF, and what must be corrected before a chunk can follow it.

use std::io::{Read, Seek, Write};
use std::mem;

use super::careful::is_torn;
use super::layout;
use super::outline::Last;
use super::place::Place;
use super::scan::Siblings;
use super::spot::Spot;
use super::{Chunk, FourCc, OpenChunk};
use crate::MmioError;

/// How many chunks that claim more than there is, or have an open size, may be nested in one another.
///
/// Each of them adds steps to an append, and the whole RIFF is walked after each step. So a file that
/// nests thousands of them would take the square of its length. Audio and video nest two or three lists,
/// the instruments of samplers up to eight; only drawings, whose groups nest, may have more.
const MAX_DEPTH: usize = 32;

/// The last child, as it is and as it will be.
///
/// # Invariants
///
/// 1. Each chunk in `sizes` claims more than there is, or its size means "to the end". Inner chunks come
///    first; each contains the one before it, with its pad byte.
/// 2. `end <= next`; the bytes between are pads.
pub(super) struct Settlement {
    /// The last child, its last child, and so on, as far as they are settled.
    pub(super) path: Vec<Last>,
    /// The chunks whose sizes change, each with its new length.
    sizes: Vec<(Chunk, u64)>,
    /// The offsets of the headers that become a `JUNK`.
    junks: Vec<u64>,
    /// The end of the last child, with the pad byte that it has.
    pub(super) end: u64,
    /// The offset of the next chunk.
    pub(super) next: u64,
}

impl Settlement {
    /// What must be changed in `last`, if there is a child at all. `start` is where the first child would
    /// be, `id` the name of the next chunk.
    pub(super) fn of<S: Read + Seek + ?Sized>(
        spot: &mut Spot<'_, S>,
        last: Option<Chunk>,
        start: u64,
        id: FourCc,
    ) -> Result<Self, MmioError> {
        let Some(last) = last else {
            let (path, sizes, junks) = (Vec::new(), Vec::new(), Vec::new());
            return Ok(Self { path, sizes, junks, end: start, next: start });
        };
        let chain = chain_of(spot, &last)?;
        let without_type = chain.last().filter(|inner| inner.id.has_form() && inner.form.is_none());
        let junk = if is_torn(last.id, last.size_field, id) { Some(&last) } else { without_type };
        let junks = junk.map(Chunk::header_offset).into_iter().collect();
        let mut path = Vec::new();
        let mut sizes = Vec::new();
        let mut next = last.data_end();
        for chunk in chain.iter().rev() {
            let len = next - chunk.data_offset;
            path.push(Last { offset: chunk.header_offset(), ends: [chunk.data_end(), next] });
            sizes.push((*chunk, len));
            next += layout::pad(len);
        }
        path.reverse();
        if chain.is_empty() {
            path.push(Last { offset: last.header_offset(), ends: [next; 2] });
            next += layout::pad(last.data_len);
        }
        Ok(Self { path, sizes, junks, end: last.next, next })
    }

    /// Whether all sizes are right. So another chunk can follow already.
    pub(super) fn is_sized(&self) -> bool {
        self.sizes.is_empty()
    }

    /// Moves on to a `JUNK` that follows and so is the last child.
    pub(super) fn follow<S: Read + Seek + ?Sized>(
        &mut self,
        spot: &mut Spot<'_, S>,
        junk: Chunk,
        id: FourCc,
    ) -> Result<(), MmioError> {
        let mut junks = mem::take(&mut self.junks);
        *self = Self::of(spot, Some(junk), self.next, id)?;
        junks.append(&mut self.junks);
        self.junks = junks;
        Ok(())
    }

    /// Fails if a new size does not fit in its field.
    pub(super) fn refuse_what_does_not_fit<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
    ) -> Result<(), MmioError> {
        for (chunk, len) in &self.sizes {
            Place::of(spot, &to_be_settled(chunk, *len), *len, chunk.data_offset + len)?;
        }
        Ok(())
    }

    /// Writes the corrected sizes, and the pad bytes.
    ///
    /// A pad byte comes after the size that makes it one: in a chunk that is cut off, it would be data.
    pub(super) fn settle<S: Read + Write + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
    ) -> Result<(), MmioError> {
        for (chunk, len) in &self.sizes {
            settle_size(spot, chunk, *len)?;
            if layout::pad(*len) > 0 {
                spot.write_at(chunk.data_offset + len, &[0])?;
                spot.flush()?;
            }
        }
        for &offset in &self.junks {
            spot.rename(offset, FourCc::JUNK)?;
            spot.flush()?;
        }
        self.settle_pad(spot)
    }

    /// Zeroes the pad byte of a chunk whose size is right. Any other byte could look like the first of a
    /// name while only a part of the next header is there.
    fn settle_pad<S: Read + Write + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
    ) -> Result<(), MmioError> {
        let Some(last) = self.path.last().filter(|_| self.sizes.is_empty()) else { return Ok(()) };
        let pad = last.ends[1];
        let is_right = pad == self.next || (pad < self.end && spot.read_at(pad)? == [0]);
        if is_right {
            return Ok(());
        }
        spot.write_at(pad, &[0])?;
        spot.flush()
    }
}

/// Gives a chunk its real size.
pub(super) fn settle_size<S: Read + Write + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    chunk: &Chunk,
    len: u64,
) -> Result<(), MmioError> {
    let mut open = to_be_settled(chunk, len);
    let end = chunk.data_offset + len;
    Place::of(spot, &open, len, end)?.store(spot, &mut open, len, end)
}

/// The chunk, to be given this length: in the `ds64` only where it must be there.
fn to_be_settled(chunk: &Chunk, len: u64) -> OpenChunk {
    let mut open = OpenChunk::reopened(chunk);
    if layout::size_field(len).is_some() && !chunk.is_first_data() {
        open.ds64 = None;
    }
    open
}

/// The chunk, its last child, and so on, as long as each claims more than there is or has an open size. The
/// last one may be whole except for its pad byte.
fn chain_of<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    last: &Chunk,
) -> Result<Vec<Chunk>, MmioError> {
    let mut chain = Vec::new();
    let mut inner = Some(*last);
    while let Some(chunk) = inner.filter(|chunk| chunk.is_open || chunk.is_truncated) {
        let invalid = |reason| MmioError::InvalidFile { offset: chunk.header_offset(), reason };
        if !chunk.id.is_printable() {
            return Err(invalid("the last chunk claims more than there is, and has no name"));
        }
        if chain.len() == MAX_DEPTH {
            return Err(invalid(
                "too many chunks that claim more than there is are nested in one another",
            ));
        }
        chain.push(chunk);
        inner = match chunk.form {
            Some(_) => Siblings::inside(&chunk).last(spot)?,
            None => None,
        };
        // A chunk that ends before is followed by stray bytes or zeros, and is not the one that was
        // cut off.
        inner = inner.filter(|inner| inner.data_end() == last.data_end());
    }
    if !chain.is_empty() {
        chain.extend(inner.filter(|inner| layout::pad(inner.data_len) > 0));
    }
    Ok(chain)
}
