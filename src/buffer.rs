//! The page buffer: bytes of a file, and the facts about them. It does no I/O.
//!
//! A fixed arena is cut into frames of one page each. Any frame may hold any page of the file
//! ([`pages`] knows which), so every spot the program works on stays, wherever in the file it is.
//! Whoever owns the buffer asks it to open a **window** on the position; where something stands in
//! the way, the answer is an [`Obstacle`], which the owner clears with the stream: by claiming a
//! frame and filling it ([`fill`]), or by writing dirty bytes back ([`dirty`]).
//!
//! # Invariants
//!
//! 1. `position == base + cursor`, in wrapping arithmetic, at all times.
//! 2. The window is **closed**: `cursor`, `read_end`, `room_end` and `write_end` are 0. Then `low` is
//!    0 too, so that a seek to where the position is is a hit; or, as it is until the position is
//!    set, such that no seek is. Or it is **open**:
//!    * For reading: the arena's bytes `low..read_end`, in one frame or in several that follow one
//!      another, are valid and are the file's from `base + low` on. Where nothing may be read,
//!      `low..read_end` is empty, and no seek is a hit.
//!    * For writing, if `room_end` is not 0: up to there, in one frame. Neither `low` nor `cursor`
//!      is in a frame before that one, which is dirty or may become so.
//! 3. What was written through the window is dirty, and so is nothing between it and what is valid
//!    (or else there are zeros between them, which the file then gets). But [`pages`] learns of it
//!    only when it is folded in, which everything does that moves pages or opens another window.
//!    * **Patching**: `write_end` is 0, and `fresh` is the hull of what was written.
//!    * **Running**: `write_end` is `room_end`, and what was written is `fresh.start..cursor`. The
//!      window is not open for reading, so that nothing but a write moves the cursor.
//! 4. At least one frame is clean, the window's too if it may be written to; so that a read always
//!    finds room, even if nothing can be written back. (Where there are frames at all.)
//! 5. `dirty ⊆ valid ⊆ what the page may hold`: no byte lies at or behind `limit`.

mod arena;
mod dirty;
mod fill;
mod geometry;
mod pages;
mod span;
#[cfg(test)]
mod tests;

pub(crate) use arena::Arena;
pub(crate) use fill::Fill;
pub(crate) use geometry::{Geometry, MAX_PAGE};

use std::ops::Range;

use fill::ReadAhead;
use pages::Pages;
use span::Span;

use crate::rules::Rules;

/// How many frames a window for reading spans at most, so that opening one is cheap.
const MAX_SPAN: usize = 16;

/// Where a window for reading begins that no seek can land in.
const NOWHERE: usize = usize::MAX;

/// No bytes, and such that the hull of these and others is the others.
const NOTHING: Range<usize> = Range { start: NOWHERE, end: 0 };

/// What stands between the program and the byte at the position.
#[derive(Debug)]
pub(crate) enum Obstacle {
    /// No frame holds the page.
    Absent,
    /// A frame holds the page, but these bytes of it are missing.
    Hole(Fill),
    /// Only one frame is clean, and it must stay so.
    LastCleanFrame,
}

/// The buffer. See the head of this file.
#[derive(Debug)]
pub(crate) struct PageBuffer {
    arena: Box<[u8]>,
    /// Where in the arena the first frame begins.
    origin: usize,
    /// Where in the arena the position is, if a window is open.
    cursor: usize,
    /// Where the window for reading begins and ends.
    low: usize,
    read_end: usize,
    /// Where the window for writing ends; and the same, or 0 where writing is not all that is done.
    room_end: usize,
    write_end: usize,
    /// What was written through the window; the end is not kept while a run is written.
    fresh: Range<usize>,
    /// The offset in the file that the arena's first byte would have, if the window went that far
    /// back; it may be "before" 0.
    base: u64,
    page_shift: u32,
    /// The greatest length that the file may get.
    limit: u64,
    /// What a window may be opened for.
    may_read: bool,
    may_write: bool,
    pages: Pages,
    read_ahead: ReadAhead,
}

impl PageBuffer {
    /// An empty buffer at `position`, which may still be set by a first seek. `arena` is as large as
    /// `geometry` tells.
    pub(crate) fn new(geometry: Geometry, arena: Arena, position: u64, rules: Rules) -> Self {
        Self {
            arena: arena.bytes,
            origin: arena.origin,
            cursor: 0,
            low: NOWHERE,
            read_end: 0,
            room_end: 0,
            write_end: 0,
            fresh: NOTHING,
            base: position,
            page_shift: geometry.page_shift,
            limit: rules.max_len,
            may_read: rules.may_read,
            may_write: rules.may_write,
            pages: Pages::new(geometry.frames),
            read_ahead: ReadAhead::default(),
        }
    }

    /// How many bytes may be dirty.
    pub(crate) fn capacity(&self) -> usize {
        self.pages.count().saturating_sub(1) << self.page_shift
    }

    // ----- the hot path ----------------------------------------------------------------------

    /// The offset in the file at which the program reads and writes next.
    #[inline]
    pub(crate) fn position(&self) -> u64 {
        self.base.wrapping_add(self.cursor as u64)
    }

    /// Reads all of `out` from the window, or nothing.
    #[inline]
    pub(crate) fn read_exact(&mut self, out: &mut [u8]) -> bool {
        let Some(end) = self.cursor.checked_add(out.len()) else {
            return false;
        };
        if end > self.read_end {
            return false;
        }
        let Some(bytes) = self.arena.get(self.cursor..end) else {
            return false;
        };
        out.copy_from_slice(bytes);
        self.cursor = end;
        true
    }

    /// Writes all of `bytes` to the window, or nothing.
    #[inline]
    pub(crate) fn write_all(&mut self, bytes: &[u8]) -> bool {
        let Some(end) = self.cursor.checked_add(bytes.len()) else {
            return false;
        };
        let Some(room) = self.arena.get_mut(self.cursor..end) else {
            return false;
        };
        if end > self.write_end {
            if end > self.room_end || bytes.is_empty() {
                return false;
            }
            self.fresh = self.fresh.start.min(self.cursor)..self.fresh.end.max(end);
        }
        room.copy_from_slice(bytes);
        self.cursor = end;
        true
    }

    /// What can be read from the window.
    #[inline]
    pub(crate) fn readable(&self) -> &[u8] {
        self.arena.get(self.cursor..self.read_end).unwrap_or_default()
    }

    /// Moves the position over `n` bytes of what can be read, or to its end.
    #[inline]
    pub(crate) fn consume(&mut self, n: usize) {
        self.cursor += n.min(self.readable().len());
    }

    /// Moves the position to `target`, if the window for reading goes that far, or has.
    #[inline]
    pub(crate) fn seek_in_window(&mut self, target: u64) -> bool {
        let at = target.wrapping_sub(self.base);
        if at < self.low as u64 || at > self.read_end as u64 {
            return false;
        }
        #[expect(clippy::cast_possible_truncation, reason = "it is an index of the arena")]
        let at = at as usize;
        self.cursor = at;
        true
    }

    // ----- opening and closing the window --------------------------------------------------------

    /// Moves the position to `target`. If its page is cached, the window opens on it, so that what
    /// the program does there is a hit.
    pub(crate) fn seek(&mut self, target: u64) {
        if self.fold() && self.seek_in_window(target) {
            return;
        }
        if let Some(frame) = self.pages.find(target >> self.page_shift) {
            self.pages.mark_referenced(frame);
            let at = self.index_in_page(target);
            let valid = self.pages.valid(frame);
            if valid.start() <= at && at <= valid.end() {
                return self.open(frame, target);
            }
        }
        self.close_at(target);
    }

    /// Opens the window for reading at the position; on success, there is something to read.
    pub(crate) fn open_for_reading(&mut self) -> Result<(), Obstacle> {
        self.fold();
        if self.cursor < self.read_end {
            return Ok(());
        }
        self.close();
        let position = self.position();
        let frame = self.pages.find(position >> self.page_shift).ok_or(Obstacle::Absent)?;
        let at = self.index_in_page(position);
        if !self.pages.valid(frame).contains(at) {
            return Err(Obstacle::Hole(self.fill_at(frame, at)));
        }
        self.open(frame, position);
        self.widen();
        Ok(())
    }

    /// Opens the window for writing at the position; on success, there is room for a byte, and the
    /// first `len` bytes, or as many as there is room for, leave no hole in what is valid.
    pub(crate) fn open_for_writing(&mut self, len: usize) -> Result<(), Obstacle> {
        if self.cursor < self.room_end {
            return Ok(());
        }
        self.fold();
        if self.cursor < self.read_end {
            let frame = self.frame_at(self.cursor);
            if !self.pages.may_dirty(frame) {
                return Err(Obstacle::LastCleanFrame);
            }
            self.open_room(frame);
            return Ok(());
        }
        self.close();
        let position = self.position();
        let page = position >> self.page_shift;
        let Some(frame) = self.pages.find(page) else {
            // First make sure that the page may become dirty, then claim a frame for it: this
            // order has a program that appends reuse its frames from the first on.
            return Err(if self.pages.has_clean_frame_to_spare() {
                Obstacle::Absent
            } else {
                Obstacle::LastCleanFrame
            });
        };
        if !self.pages.may_dirty(frame) {
            return Err(Obstacle::LastCleanFrame);
        }
        let at = self.index_in_page(position);
        let end = at.saturating_add(len).min(self.page_len(page));
        if !self.pages.valid(frame).touches(at, end) {
            return Err(Obstacle::Hole(self.fill_at(frame, at)));
        }
        self.open_run(frame, position);
        Ok(())
    }

    /// Has the page learn of what was written through the window, and the window for reading too.
    /// `false` if there was nothing to learn.
    pub(crate) fn fold(&mut self) -> bool {
        let pending = self.pending();
        self.write_end = 0;
        self.fresh = NOTHING;
        let Some((frame, span)) = pending else {
            return false;
        };
        let valid = self.pages.write(frame, span);
        if self.may_read {
            let start = self.start_of(frame);
            self.low = self.low.min(start + valid.start());
            self.read_end = self.read_end.max(start + valid.end());
        }
        true
    }

    /// Closes the window if one is open. The position stays, and so does what is known of it.
    fn close(&mut self) {
        if self.cursor != 0 || self.read_end != 0 || self.room_end != 0 {
            self.close_at(self.position());
        }
    }

    /// Closes the window and puts the position at `position`.
    pub(crate) fn close_at(&mut self, position: u64) {
        debug_assert!(self.pending().is_none(), "what is fresh must be folded in first");
        self.base = position;
        self.cursor = 0;
        self.low = 0;
        self.read_end = 0;
        self.room_end = 0;
        self.write_end = 0;
    }

    /// Opens the window on the page in `frame`, for all that may be done there, with the position at
    /// `target`. That is in what is valid or at its end; or else what is between them is written
    /// next, or holds zeros.
    fn open(&mut self, frame: usize, target: u64) {
        let start = self.start_of(frame);
        self.cursor = start + self.index_in_page(target);
        self.base = target.wrapping_sub(self.cursor as u64);
        let valid = self.pages.valid(frame);
        (self.low, self.read_end) = if !self.may_read {
            (NOWHERE, 0)
        } else if valid.is_empty() {
            (self.cursor, self.cursor)
        } else {
            (start + valid.start(), start + valid.end())
        };
        self.room_end = 0;
        if self.may_write && self.pages.may_dirty(frame) {
            self.open_room(frame);
        }
    }

    /// The same to write on and on, in a page that may become dirty.
    pub(super) fn open_run(&mut self, frame: usize, target: u64) {
        self.open(frame, target);
        (self.low, self.read_end) = (NOWHERE, 0);
        self.write_end = self.room_end;
        self.fresh = self.cursor..self.cursor;
    }

    /// Opens the window for writing up to the end of the page in `frame`, in which the cursor is.
    fn open_room(&mut self, frame: usize) {
        let start = self.start_of(frame);
        self.low = self.low.max(start);
        self.room_end = start + self.room_at(self.base.wrapping_add(start as u64));
    }

    /// Lets the window for reading go on into the frames behind, as far as they continue it.
    fn widen(&mut self) {
        let first = self.frame_at(self.low);
        let page = self.base.wrapping_add(self.low as u64) >> self.page_shift;
        for (frame, ahead) in (first + 1..first + MAX_SPAN).zip(1..) {
            let joins = self.read_end == self.start_of(frame)
                && self.pages.holds(frame, page.wrapping_add(ahead));
            if !joins || !self.pages.valid(frame).contains(0) {
                break;
            }
            self.read_end += self.pages.valid(frame).end();
        }
    }

    /// Opens the window for writing behind the end of the file, in a page of which the rest is
    /// valid. The gap between reads as zeros, but only once something is written.
    pub(crate) fn open_behind_end(&mut self, frame: usize) {
        let start = self.start_of(frame);
        let position = self.position();
        let gap = start + self.pages.valid(frame).end()..start + self.index_in_page(position);
        self.arena[gap].fill(0);
        self.open_run(frame, position);
    }

    /// What [`pages`] does not know of yet, and the frame it is in.
    fn pending(&self) -> Option<(usize, Span)> {
        let Range { start, end } = self.fresh();
        (start < end).then(|| {
            let frame = self.frame_at(start);
            let first = self.start_of(frame);
            (frame, Span::new(start - first, end - first))
        })
    }

    /// What was written through the window and is not folded in yet.
    fn fresh(&self) -> Range<usize> {
        let end = if self.write_end == 0 { self.fresh.end } else { self.cursor };
        self.fresh.start..end
    }

    // ----- direct access ---------------------------------------------------------------------------

    /// The room in the window for writing, and how many of its bytes are valid already.
    pub(crate) fn room(&mut self) -> (&mut [u8], usize) {
        let frame = self.frame_at(self.cursor);
        let valid_end = self.start_of(frame) + self.pages.valid(frame).end();
        let valid = valid_end.max(self.fresh().end).saturating_sub(self.cursor);
        (self.arena.get_mut(self.cursor..self.room_end).unwrap_or_default(), valid)
    }

    /// Moves the position over `n` bytes that were put into the [`PageBuffer::room`].
    pub(crate) fn wrote_in_place(&mut self, n: usize) {
        let end = self.cursor + n;
        debug_assert!(end <= self.room_end);
        if n > 0 && self.write_end == 0 {
            self.fresh = self.fresh.start.min(self.cursor)..self.fresh.end.max(end);
        }
        self.cursor = end;
    }

    /// What can be read up to the end of the page, all of it from now on dirty.
    ///
    /// The window must be open for reading, and the page one that may become dirty.
    pub(crate) fn readable_mut(&mut self) -> &mut [u8] {
        let frame = self.frame_at(self.cursor);
        let start = self.start_of(frame);
        let end = start + self.pages.valid(frame).end();
        self.open_room(frame);
        self.pages.write(frame, Span::new(self.cursor - start, end - start));
        self.read_end = end;
        &mut self.arena[self.cursor..end]
    }

    /// Whether the page under the window for reading may become dirty.
    pub(crate) fn may_dirty_here(&self) -> bool {
        self.pages.may_dirty(self.frame_at(self.cursor))
    }

    // ----- arithmetic ------------------------------------------------------------------------------

    /// Where in the arena `frame` begins.
    #[inline]
    fn start_of(&self, frame: usize) -> usize {
        self.origin + (frame << self.page_shift)
    }

    /// The frame that has the arena's byte at `at`.
    #[inline]
    fn frame_at(&self, at: usize) -> usize {
        (at - self.origin) >> self.page_shift
    }

    fn page_size(&self) -> usize {
        1 << self.page_shift
    }

    /// How many bytes the page may hold: all, but where the limit comes first.
    fn page_len(&self, page: u64) -> usize {
        self.room_at(page << self.page_shift)
    }

    /// How many bytes the page that begins at `offset` may hold.
    #[inline]
    fn room_at(&self, offset: u64) -> usize {
        let room = self.limit.saturating_sub(offset).min(self.page_size() as u64);
        usize::try_from(room).unwrap_or(self.page_size())
    }

    #[expect(clippy::cast_possible_truncation, reason = "the mask leaves few bits")]
    fn index_in_page(&self, offset: u64) -> usize {
        (offset & (self.page_size() as u64 - 1)) as usize
    }
}
