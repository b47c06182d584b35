//! Appending to a RIFF that others made, so that a failure costs nothing.
//!
//! # Order
//!
//! Between flushes the order in which bytes reach the disk is anyone's guess, and a flush writes in
//! ascending order: without one in between, the RIFF's size is there before what it counts. So the
//! stream is flushed after each of these steps:
//!
//! 1. The last child gets the size that there is. It ends where it ended before.
//! 2. Its pad byte, and the new chunk, a `JUNK` of open size outside of the RIFF.
//! 3. The size of the new chunk.
//! 4. The size of the RIFF, which has a `JUNK` more then.
//! 5. The name of the new chunk.
//!
//! After a failure in any of them the next call begins with step 1 again; what is there of a `JUNK`
//! counts as the last child then.

use std::io::{self, Read, Seek, Write};

use super::ds64::Ds64;
use super::layout::{self, FORM, HEADER};
use super::place::Place;
use super::scan::Siblings;
use super::settle::Settlement;
use super::spot::Spot;
use super::{Chunk, Find, FourCc, NewChunk, OpenChunk, write};
use crate::MmioError;

/// Appends a chunk that holds what `content` writes.
pub(super) fn append<S: Read + Write + Seek + ?Sized, R>(
    stream: &mut S,
    riff: &Chunk,
    new: NewChunk,
    content: impl FnOnce(&mut S) -> io::Result<R>,
) -> io::Result<R> {
    let (mut spot, _) = Spot::new(stream)?;
    let plan = Plan::new(&mut spot, riff, &new)?;
    if plan.last.settle(&mut spot)? {
        spot.flush()?;
    }
    let mut chunk = plan.create(&mut spot, new)?;
    let answer = content(stream)?;
    let (mut spot, end) = Spot::new(stream)?;
    spot.flush()?;
    let found = write::finish(&mut spot, &mut chunk, end)?;
    spot.flush()?;
    plan.finish_riff(&mut spot, found.next)?;
    spot.flush()?;
    spot.write_at(plan.last.next, &new.id.to_bytes())?;
    spot.go_to(found.next)?;
    Ok(answer)
}

/// The RIFF whose header is at `offset`, as it is now.
pub(super) fn riff_at<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    offset: u64,
) -> Result<Chunk, MmioError> {
    let found = Siblings::of(spot, None)?.find(spot, offset, Find::Next)?;
    let is_it =
        |riff: &Chunk| riff.header_offset() == offset && riff.id.is_riff() && riff.form.is_some();
    found
        .filter(is_it)
        .ok_or(MmioError::InvalidFile { offset, reason: "there is no RIFF to append to" })
}

/// What is known before anything is written.
struct Plan {
    riff: Chunk,
    /// The last child, and where the new chunk goes.
    last: Settlement,
}

impl Plan {
    fn new<S: Read + Seek + ?Sized>(
        spot: &mut Spot<'_, S>,
        riff: &Chunk,
        new: &NewChunk,
    ) -> Result<Self, MmioError> {
        let riff = riff_at(spot, riff.header_offset())?;
        let file_end = spot.go_to_end()?;
        let inside = Siblings::inside(&riff);
        let child = inside.last(spot)?;
        let mut last = Settlement::of(spot, child, inside.start)?;
        // What an append that failed has left.
        while last.is_settled()
            && let Some(junk) = junk_at(spot, last.next, file_end)?
        {
            last = Settlement::of(spot, Some(junk), inside.start)?;
        }
        refuse_what_follows(spot, last.end, file_end)?;
        last.refuse_what_does_not_fit(spot)?;
        refuse_a_length_that_would_fit(spot, &riff, file_end)?;
        let plan = Self { riff, last };
        plan.refuse_what_is_too_long(spot, new)?;
        Ok(plan)
    }

    /// Refuses what would end up as a `JUNK` after all was written.
    fn refuse_what_is_too_long<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        new: &NewChunk,
    ) -> Result<(), MmioError> {
        let start = self.last.next;
        let least = if new.form.is_some() { FORM } else { 0 };
        let len = new.size.unwrap_or(0).max(least);
        let end = start.saturating_add(HEADER).saturating_add(len);
        Place::of(spot, &new.opened_at(start), len, end)?;
        let riff = OpenChunk::reopened(&self.riff);
        let len = end.saturating_add(layout::pad(len)) - self.riff.data_offset;
        // The reserve is looked for in what is there so far.
        Place::of(spot, &riff, len, self.last.end).map(drop)
    }

    /// Writes the start of the new chunk, which is a `JUNK` of open size for now.
    fn create<S: Write + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        new: NewChunk,
    ) -> Result<OpenChunk, MmioError> {
        self.last.pad(spot)?;
        let junk = NewChunk { id: FourCc::JUNK, size: Some(u64::MAX), ..new };
        let mut chunk = write::create(spot, &junk, self.last.next)?;
        // Should it outgrow 32 bits, its length is kept under its own name.
        chunk.id = new.id;
        Ok(chunk)
    }

    /// Gives the RIFF the size with which it ends at `end`.
    fn finish_riff<S: Read + Write + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        end: u64,
    ) -> Result<(), MmioError> {
        let mut riff = OpenChunk::reopened(&self.riff);
        let len = riff.len_to(end)?;
        Place::of(spot, &riff, len, end)?.store(spot, &mut riff, len, end)
    }
}

/// The `JUNK` at `offset`, outside of the RIFF.
fn junk_at<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    offset: u64,
    file_end: u64,
) -> Result<Option<Chunk>, MmioError> {
    let chunk = Siblings::between(offset, file_end, None).next(spot, offset)?;
    Ok(chunk.filter(|chunk| chunk.id == FourCc::JUNK && chunk.header_offset() == offset))
}

/// A length in the `ds64` that does not fit is passed over for the header's; in a longer file it would
/// fit, and what is appended would be audio.
fn refuse_a_length_that_would_fit<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    riff: &Chunk,
    file_end: u64,
) -> Result<(), MmioError> {
    let Some(ds64) = riff.ds64 else { return Ok(()) };
    let Some(first) = ds64.first_data else { return Ok(()) };
    let long = Ds64::read(spot, ds64.offset, file_end)?.data_len;
    let data = Siblings::inside(riff).find(spot, first, Find::Next)?;
    if long != 0 && data.is_some_and(|data| data.declared != long) {
        let reason = "the ds64 and the header of data disagree about its length";
        return Err(MmioError::InvalidFile { offset: ds64.offset, reason });
    }
    Ok(())
}

/// Only zeros, or fewer bytes than a header has, may follow.
fn refuse_what_follows<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    offset: u64,
    file_end: u64,
) -> Result<(), MmioError> {
    let Some(_) = layout::room(offset, file_end) else { return Ok(()) };
    let offset = offset + spot.zeros_at(offset, file_end - offset)?;
    if offset == file_end {
        return Ok(());
    }
    Err(MmioError::NotAtEnd { offset, len: file_end - offset })
}
