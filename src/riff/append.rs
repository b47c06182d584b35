//! Appending to a RIFF that others made, so that no failure does any harm.
//!
//! # Order
//!
//! Between flushes, bytes reach the disk in any order, and a flush writes in ascending order.
//! Without flushes, the size of the RIFF would be on the disk before the bytes that it counts. So
//! the stream is flushed after each of these steps:
//!
//! 1. A RIFF that is too small gets the size that readers give it. So a chunk that claims too much while it
//!    is being settled still lies inside it.
//! 2. The last child gets its real size and its pad byte, and ends where it ended before. So does the
//!    RIFF, if it claims more, or if zeros or stray bytes follow in it: otherwise it would cut the new
//!    chunk off.
//! 3. The header of the new chunk is written: a `JUNK` of open size outside of the RIFF.
//! 4. Its content is written.
//! 5. The size of the new chunk.
//! 6. The size of the RIFF, which then contains one more `JUNK`.
//! 7. The name of the new chunk.
//!
//! Sizes and names are replaced as [`careful`](super::careful) describes. After a failure in any of the
//! steps, the next call begins with step 1 again. It overwrites a `JUNK` of open size outside of the RIFF;
//! one that has its size already, or that the RIFF counts, is the last child.
//!
//! # Rehearsal
//!
//! Before anything is written, all steps are made over a [`Rehearsal`], and the result of each is
//! read. If that is neither the old file nor the new one, the append is refused.

use std::io::{self, Read, Seek, Write};

use super::ds64::Ds64;
use super::layout::{self, FORM, HEADER, OPEN_SIZE};
use super::outline::{Appended, Outline};
use super::place::Place;
use super::rehearsal::Rehearsal;
use super::scan::Siblings;
use super::settle::Settlement;
use super::spot::Spot;
use super::{Chunk, Find, FourCc, NewChunk, OpenChunk, finish, leftover};
use crate::MmioError;

/// Appends a chunk that holds what `content` writes.
pub(super) fn append<S: Read + Write + Seek + ?Sized, R>(
    stream: &mut S,
    riff: &Chunk,
    new: NewChunk,
    content: impl FnOnce(&mut S) -> io::Result<R>,
) -> io::Result<R> {
    let (mut spot, _) = Spot::careful(stream)?;
    let plan = Plan::new(&mut spot, riff, new)?;
    plan.rehearse(&mut spot)?;
    plan.begin(&mut spot)?;
    let mut chunk = plan.opened();
    let answer = content(stream)?;
    let (mut spot, end) = Spot::careful(stream)?;
    spot.flush()?;
    plan.end(&mut spot, &mut chunk, end)?;
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

/// Fails if the pad byte before the RIFF is missing. With some of the sizes that the RIFF may get, its
/// header would seem to begin one byte later.
fn refuse_after_missing_pad<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    riff: &Chunk,
) -> Result<(), MmioError> {
    let start = riff.header_offset();
    let (siblings, mut offset) = (Siblings::of(spot, None)?, 0);
    while offset < start
        && let Some(chunk) = siblings.find(spot, offset, Find::Next)?
    {
        offset = chunk.next;
        if offset == start && offset == chunk.data_end() && layout::pad(chunk.data_len) > 0 {
            let reason = "the pad byte before the RIFF is missing";
            return Err(MmioError::InvalidFile { offset: start, reason });
        }
    }
    Ok(())
}

/// The plan of an append, made before anything is written.
struct Plan {
    riff: Chunk,
    /// The last child, and where the new chunk goes.
    last: Settlement,
    /// The end of the `JUNK` of open size that a failed append has left. It is overwritten, so that
    /// repeating an append needs no more room than the first call.
    leftover_end: Option<u64>,
    /// The offset of stray bytes at the end of the file, fewer than a header has.
    stray: u64,
    /// A length of `data` in the `ds64` that does not fit.
    data: Option<StaleData>,
    /// The chunks that a walk finds before the append.
    outline: Outline,
    file_end: u64,
    new: NewChunk,
}

impl Plan {
    fn new<S: Read + Seek + ?Sized>(
        spot: &mut Spot<'_, S>,
        riff: &Chunk,
        new: NewChunk,
    ) -> Result<Self, MmioError> {
        let riff = riff_at(spot, riff.header_offset())?;
        refuse_after_missing_pad(spot, &riff)?;
        let file_end = spot.go_to_end()?;
        let inside = Siblings::inside(&riff);
        let child = inside.last(spot)?;
        let mut last = Settlement::of(spot, child, inside.start, new.id)?;
        let outline = Outline::of(spot, &riff, last.path.clone())?;
        let leftover_end = leftover::look_after(spot, &mut last, file_end, new.id)?;
        let stray = stray_after(spot, leftover_end.unwrap_or(last.end), file_end)?;
        last.refuse_what_does_not_fit(spot)?;
        let data = StaleData::of(spot, &riff, file_end)?;
        let plan = Self { riff, last, leftover_end, stray, data, outline, file_end, new };
        plan.refuse_what_is_too_long(spot)?;
        Ok(plan)
    }

    /// The least length that the new chunk may have.
    fn least_len(&self) -> u64 {
        let least = if self.new.form.is_some() { FORM } else { 0 };
        self.new.size.unwrap_or(0).max(least)
    }

    /// Refuses a chunk that would have to stay a `JUNK` after everything is written.
    fn refuse_what_is_too_long<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
    ) -> Result<(), MmioError> {
        let start = self.last.next;
        let len = self.least_len();
        let end = start.saturating_add(HEADER).saturating_add(len);
        Place::of(spot, &self.new.opened_at(start), len, end)?;
        let riff = OpenChunk::reopened(&self.riff);
        let len = end.saturating_add(layout::pad(len)) - self.riff.data_offset;
        // The reserve is looked up in the file as it is now.
        Place::of(spot, &riff, len, self.last.end).map(drop)
    }

    /// Makes all steps in memory, and refuses the append if readers would misread the result of one.
    ///
    /// The length of the new chunk is not known. Bytes before it look like a header only if the file
    /// is long enough for what they claim, which it may become with a long chunk and not with a short
    /// one. If neither the shortest nor the longest chunk makes a difference, no length in between
    /// does.
    fn rehearse<S: Read + Seek + ?Sized>(&self, spot: &mut Spot<'_, S>) -> Result<(), MmioError> {
        let mut rehearsal = Rehearsal::new(spot, self.file_end);
        let (mut spot, _) = Spot::careful(&mut rehearsal)?;
        self.begin(&mut spot)?;
        self.check_moments_after(0, &mut rehearsal)?;
        let (begun, least) = (rehearsal.len(), self.least_len());
        let mut rehearse_end = |len: u64| self.rehearse_end(&mut rehearsal, begun, len.max(least));
        rehearse_end(least)?;
        match rehearse_end(self.greatest_len()) {
            // The `ds64` has no entry for the chunk, so the chunk can't exceed 4 GiB.
            Err(MmioError::ChunkTooLong { .. }) => rehearse_end(self.short_len()),
            answer => answer,
        }
    }

    /// The length that leaves room for whatever a size of 32 bits claims.
    fn greatest_len(&self) -> u64 {
        if self.riff.id.is_riff_64() { u64::from(OPEN_SIZE) + 1 } else { self.short_len() }
    }

    /// The greatest length that needs no `ds64`.
    fn short_len(&self) -> u64 {
        let riff_end = self.riff.data_offset + u64::from(OPEN_SIZE) - 1;
        let len = riff_end.saturating_sub(self.last.next + HEADER);
        len - layout::pad(len)
    }

    /// Rehearses the end of a chunk of this length, after the first `begun` writes.
    fn rehearse_end<S: Read + Seek + ?Sized>(
        &self,
        rehearsal: &mut Rehearsal<'_, '_, S>,
        begun: usize,
        len: u64,
    ) -> Result<(), MmioError> {
        rehearsal.truncate(begun);
        let (mut spot, _) = Spot::careful(rehearsal)?;
        let mut chunk = self.opened();
        let end = chunk.data_offset + len;
        if end > layout::content_offset(chunk.data_offset, chunk.form.is_some()) {
            spot.write_at(end - 1, &[0])?;
        }
        self.end(&mut spot, &mut chunk, end)?;
        self.check_moments_after(begun, rehearsal)?;
        let (mut spot, _) = Spot::new(rehearsal)?;
        let riff = riff_at(&mut spot, self.riff.header_offset())?;
        let start = self.last.next;
        let is_found = |found: &Chunk| {
            let is_it = found.header_offset() == start && found.id == self.new.id;
            is_it && found.data_end() == end && found.next == riff.data_end()
        };
        let found = Siblings::inside(&riff).find(&mut spot, start, Find::Next)?;
        found.filter(is_found).map(drop).ok_or_else(|| self.not_understood())
    }

    /// Reads the stream as it is at each moment after this many writes.
    fn check_moments_after<S: Read + Seek + ?Sized>(
        &self,
        writes: usize,
        rehearsal: &mut Rehearsal<'_, '_, S>,
    ) -> Result<(), MmioError> {
        let appended = Appended { offset: self.last.next, id: self.new.id };
        for moment in rehearsal.moments_after(writes) {
            rehearsal.show(moment);
            let (mut spot, _) = Spot::new(rehearsal)?;
            let riff = riff_at(&mut spot, self.riff.header_offset())?;
            if !self.outline.holds(&mut spot, &riff, appended)? {
                return Err(self.not_understood());
            }
        }
        Ok(())
    }

    fn not_understood(&self) -> MmioError {
        let reason = "appending would change how earlier chunks are read";
        MmioError::InvalidFile { offset: self.last.next, reason }
    }

    /// The new chunk for now: a `JUNK` of open size.
    fn junk(&self) -> NewChunk {
        NewChunk { id: FourCc::JUNK, size: Some(u64::MAX), ..self.new }
    }

    /// The new chunk, once its start is written.
    fn opened(&self) -> OpenChunk {
        // Should it outgrow 32 bits, its length is kept under its own name.
        OpenChunk { id: self.new.id, ..self.junk().opened_at(self.last.next) }
    }

    /// Settles the file, and writes the start of the new chunk.
    fn begin<S: Read + Write + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
    ) -> Result<(), MmioError> {
        let riff = &self.riff;
        if riff.declared < riff.data_len && !riff.is_open {
            self.end_riff(spot, riff.data_end())?;
        }
        if let Some(data) = &self.data {
            data.settle(spot)?;
        }
        self.last.settle(spot)?;
        let is_too_long = riff.is_truncated || riff.data_end() > self.last.next;
        // The pad byte of what was cut in the last child counts in that.
        let is_too_short = !self.last.is_sized() && riff.data_end() < self.last.next;
        if (is_too_long || is_too_short) && !riff.is_open {
            self.end_riff(spot, self.last.next)?;
        }
        let start = self.last.next;
        if self.leftover_end.is_some() {
            // First of all it must hold whatever follows, as one of open size does.
            spot.replace_len(layout::size_offset(start), layout::OPEN_SIZE.to_le_bytes())?;
            spot.rename(start, FourCc::JUNK)?;
            spot.flush()?;
        }
        if self.leftover_end.is_none() && start < self.stray && self.stray < self.file_end {
            // A header that was begun is recognised by the zeros after it.
            (self.stray..self.file_end).try_for_each(|offset| spot.write_at(offset, &[0]))?;
            spot.flush()?;
        }
        let _chunk = finish::create(spot, &self.junk(), start)?;
        spot.flush()
    }

    /// Turns the `JUNK`, which ends at `end`, into the chunk, and moves to where the next chunk would
    /// begin.
    fn end<S: Read + Write + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        chunk: &mut OpenChunk,
        end: u64,
    ) -> Result<(), MmioError> {
        self.cover_leftover(spot, end + layout::pad(chunk.len_to(end)?))?;
        let found = finish::finish(spot, chunk, end)?;
        self.end_riff(spot, found.next)?;
        let start = self.last.next;
        let named = spot.rename(start, self.new.id).and_then(|()| spot.go_to(found.next));
        if named.is_err() {
            // Otherwise there would be two of them after the next call.
            let _ = spot.rename(start, FourCc::JUNK).and_then(|()| spot.flush());
        }
        named
    }

    /// Covers the bytes after `offset` that a longer append has left with a `JUNK`, which stays outside of
    /// the RIFF until the next append.
    fn cover_leftover<S: Read + Write + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        offset: u64,
    ) -> Result<(), MmioError> {
        let room = self.leftover_end.and_then(|end| layout::room(offset, end));
        let Some(len) = room else { return Ok(()) };
        let size = if len < layout::LEAST_OPEN_SIZE.into() { len } else { u64::MAX };
        let _rest = finish::create(spot, &NewChunk::id(FourCc::JUNK).with_size(size), offset)?;
        spot.flush()
    }

    /// Gives the RIFF the size that makes it end at `end`.
    fn end_riff<S: Read + Write + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        end: u64,
    ) -> Result<(), MmioError> {
        let mut riff = OpenChunk::reopened(&self.riff);
        // It may have been changed since it was found.
        riff.size_field = None;
        let len = riff.len_to(end)?;
        Place::of(spot, &riff, len, end)?.store(spot, &mut riff, len, end)?;
        spot.flush()
    }
}

/// The length that the `ds64` has for a `data`, if readers ignore it because it does not fit. In a longer
/// file it would fit, and the appended bytes would become audio.
struct StaleData {
    /// Where it is.
    offset: u64,
    len: u64,
}

impl StaleData {
    fn of<S: Read + Seek + ?Sized>(
        spot: &mut Spot<'_, S>,
        riff: &Chunk,
        file_end: u64,
    ) -> Result<Option<Self>, MmioError> {
        let Some(ds64) = riff.ds64 else { return Ok(None) };
        let Some(first) = ds64.first_data else { return Ok(None) };
        let sizes = Ds64::read(spot, ds64.offset, file_end)?;
        let data = Siblings::inside(riff).find(spot, first, Find::Next)?;
        let stale = data.filter(|data| sizes.data_len != 0 && data.declared != sizes.data_len);
        let offset = sizes.data_len_offset();
        Ok(stale.map(|data| Self { offset, len: data.data_len }))
    }

    fn settle<S: Read + Write + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
    ) -> Result<(), MmioError> {
        spot.replace_len(self.offset, self.len.to_le_bytes())
    }
}

/// The end of the zeros that follow. Fewer bytes than a header has must remain.
fn stray_after<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    offset: u64,
    file_end: u64,
) -> Result<u64, MmioError> {
    let zeros = match layout::room(offset, file_end) {
        Some(_) => spot.zeros_at(offset, file_end - offset)?,
        None => 0,
    };
    let offset = offset + zeros;
    match layout::room(offset, file_end) {
        Some(_) => Err(MmioError::NotAtEnd { offset, len: file_end - offset }),
        None => Ok(offset),
    }
}
