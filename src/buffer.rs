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
//! 2. The window is in one of three states:
//!    * **closed**: `cursor`, `read_end` and `write_end` are 0, and `low` is 0 once the position has
//!      been set (before that, no seek can be a hit);
//!    * **reading**: `write_end == 0`, `low <= cursor <= read_end`, and the arena's bytes
//!      `low..read_end`, in one frame or in several that follow one another, are valid and are the
//!      file's from `base + low` on;
//!    * **writing**: `read_end == 0` and `low` is behind it, `run <= cursor <= write_end`, all in one
//!      frame. What is valid there touches the run, or else there are zeros between them, which the
//!      file gets as soon as the run is not empty. The bytes `run..cursor` are the program's, and are dirty, though
//!      [`pages`] learns of it only when the run is folded in.
//! 3. Nothing but the window's own verbs happens while it is writing: every other one folds first.
//!    None that moves pages happens while it is open: those close it first.
//! 4. At least one frame is clean, the window's run counted as dirty; so that a read always finds
//!    room, even if nothing can be written back. (Where there are frames at all.)
//! 5. `dirty ⊆ valid ⊆ what the page may hold`: no byte lies at or behind `limit`.

mod dirty;
mod fill;
mod pages;
mod span;
#[cfg(test)]
mod tests;

pub(crate) use fill::Fill;

use fill::ReadAhead;
use pages::Pages;
use span::Span;

use crate::rules::Rules;

/// The largest page, in bytes. Random access reads one page; 4 KiB is also what systems page by.
pub(crate) const MAX_PAGE: usize = 4096;

/// How many frames a buffer has, unless that makes pages larger than [`MAX_PAGE`] (then it has
/// more) or smaller than a byte (then it has fewer).
const FRAMES: usize = 16;

/// How many frames a window for reading spans at most, so that opening one is cheap.
const MAX_SPAN: usize = 16;

/// Where a window for reading begins that no seek can land in.
const NOWHERE: usize = usize::MAX;

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

/// How large the pages are, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    page_shift: u32,
    frames: usize,
}

impl Geometry {
    /// Pages for at least `capacity` bytes. 0, and only 0, has none.
    pub(crate) fn of(capacity: usize) -> Self {
        if capacity == 0 {
            return Self { page_shift: 0, frames: 0 };
        }
        let page_shift = (capacity / FRAMES).clamp(1, MAX_PAGE).ilog2();
        let frames = capacity.div_ceil(1 << page_shift).max(2);
        Self { page_shift, frames }
    }

    /// In bytes; saturates where no memory is that large.
    pub(crate) fn capacity(self) -> usize {
        self.frames.saturating_mul(1 << self.page_shift)
    }
}

/// The buffer. See the head of this file.
#[derive(Debug)]
pub(crate) struct PageBuffer {
    arena: Box<[u8]>,
    /// Where in the arena the position is, if a window is open.
    cursor: usize,
    /// Where the window for reading begins and ends.
    low: usize,
    read_end: usize,
    /// Where the run that the program is writing began, and where the window for writing ends.
    run: usize,
    write_end: usize,
    /// The offset in the file that the arena's first byte would have, if the window went that far
    /// back; it may be "before" 0.
    base: u64,
    page_shift: u32,
    /// The greatest length that the file may get.
    limit: u64,
    /// Whether a window may be opened for reading.
    may_read: bool,
    pages: Pages,
    read_ahead: ReadAhead,
}

impl PageBuffer {
    /// An empty buffer at `position`, which may still be set by a first seek. `arena` has the length that `geometry` tells.
    pub(crate) fn new(geometry: Geometry, arena: Vec<u8>, position: u64, rules: Rules) -> Self {
        debug_assert_eq!(arena.len(), geometry.capacity());
        Self {
            arena: arena.into(),
            cursor: 0,
            low: NOWHERE,
            read_end: 0,
            run: 0,
            write_end: 0,
            base: position,
            page_shift: geometry.page_shift,
            limit: rules.max_len,
            may_read: rules.may_read,
            pages: Pages::new(geometry.frames),
            read_ahead: ReadAhead::default(),
        }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.arena.len()
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
        let end = self.cursor + out.len();
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
        let end = self.cursor + bytes.len();
        if end > self.write_end {
            return false;
        }
        let Some(room) = self.arena.get_mut(self.cursor..end) else {
            return false;
        };
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
        if self.turn_to_reading() && self.seek_in_window(target) {
            return;
        }
        if let Some(frame) = self.pages.find(target >> self.page_shift) {
            self.pages.mark_referenced(frame);
            let at = self.index_in_page(target);
            let valid = self.pages.valid(frame);
            if valid.start() <= at && at <= valid.end() {
                return self.open_page(frame, target);
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
        let position = self.position();
        self.close_at(position);
        let frame = self.pages.find(position >> self.page_shift).ok_or(Obstacle::Absent)?;
        let at = self.index_in_page(position);
        if !self.pages.valid(frame).contains(at) {
            return Err(Obstacle::Hole(self.fill_at(frame, at, at + 1)));
        }
        self.open_page(frame, position);
        self.widen();
        Ok(())
    }

    /// Opens the window for writing at the position; on success, there is room for a byte, and the
    /// first `len` bytes, or as many as there is room for, leave no hole in what is valid.
    pub(crate) fn open_for_writing(&mut self, len: usize) -> Result<(), Obstacle> {
        if self.cursor < self.write_end {
            return Ok(());
        }
        self.fold();
        let position = self.position();
        self.close_at(position);
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
            return Err(Obstacle::Hole(self.fill_at(frame, at, at)));
        }
        self.open_run_in(frame, position);
        Ok(())
    }

    /// Goes from reading to writing within the window, if it can be done at once.
    #[inline]
    pub(crate) fn turn_to_writing(&mut self) -> bool {
        // At the end of a page, the cursor's index is that of the next frame.
        let inside = self.cursor < self.read_end || self.index_in_frame(self.cursor) != 0;
        if self.write_end != 0 || !inside || !self.pages.may_dirty(self.cursor >> self.page_shift) {
            return false;
        }
        self.open_run();
        true
    }

    /// Goes from writing to reading within the window: the page learns of the run that was written.
    /// `false`, and nothing done, if the window was not open for writing.
    #[inline]
    pub(crate) fn turn_to_reading(&mut self) -> bool {
        if self.write_end == 0 {
            return false;
        }
        let (frame, run) = self.pending();
        self.write_end = 0;
        let valid = self.pages.write(frame, run);
        if run.is_empty() || !self.may_read {
            self.close_at(self.position());
        } else {
            let start = frame << self.page_shift;
            self.low = start + valid.start();
            self.read_end = start + valid.end();
        }
        true
    }

    /// Ends the run that is being written, if any.
    pub(crate) fn fold(&mut self) {
        self.turn_to_reading();
    }

    /// Closes the window and puts the position at `position`.
    pub(crate) fn close_at(&mut self, position: u64) {
        debug_assert_eq!(self.write_end, 0, "the run must be folded in first");
        self.base = position;
        self.cursor = 0;
        self.low = 0;
        self.read_end = 0;
    }

    /// Opens the window for reading on what is valid of the page in `frame`, with the position at
    /// `target`, which is in it or at its end.
    fn open_page(&mut self, frame: usize, target: u64) {
        if !self.may_read {
            return self.close_at(target);
        }
        let start = frame << self.page_shift;
        let valid = self.pages.valid(frame);
        self.cursor = start + self.index_in_page(target);
        self.base = target.wrapping_sub(self.cursor as u64);
        self.low = start + valid.start();
        self.read_end = start + valid.end();
    }

    /// Lets the window for reading go on into the frames behind, as far as they continue it.
    fn widen(&mut self) {
        let first = self.low >> self.page_shift;
        let page = self.base.wrapping_add(self.low as u64) >> self.page_shift;
        for (frame, ahead) in (first + 1..first + MAX_SPAN).zip(1..) {
            let joins = self.read_end == frame << self.page_shift
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
        let start = frame << self.page_shift;
        let position = self.position();
        let gap = start + self.pages.valid(frame).end()..start + self.index_in_page(position);
        self.arena[gap].fill(0);
        self.open_run_in(frame, position);
    }

    /// Opens the window for writing on the page in `frame`, with the position at `target`.
    fn open_run_in(&mut self, frame: usize, target: u64) {
        self.cursor = (frame << self.page_shift) + self.index_in_page(target);
        self.base = target.wrapping_sub(self.cursor as u64);
        self.open_run();
    }

    /// Opens the window for writing at the cursor, up to the end of the page.
    #[inline]
    fn open_run(&mut self) {
        let start = self.cursor & !(self.page_size() - 1);
        self.run = self.cursor;
        self.write_end = start + self.room_at(self.base.wrapping_add(start as u64));
        self.low = NOWHERE;
        self.read_end = 0;
    }

    /// The frame in which the program is writing, and the run that is not folded in yet.
    fn pending(&self) -> (usize, Span) {
        let frame = self.run >> self.page_shift;
        let start = frame << self.page_shift;
        (frame, Span::new(self.run - start, self.cursor - start))
    }

    // ----- direct access ---------------------------------------------------------------------------

    /// The room in the window for writing, and how many of its bytes are valid already.
    pub(crate) fn room(&mut self) -> (&mut [u8], usize) {
        let (frame, _) = self.pending();
        let valid_end = (frame << self.page_shift) + self.pages.valid(frame).end();
        let valid = valid_end.saturating_sub(self.cursor);
        (self.arena.get_mut(self.cursor..self.write_end).unwrap_or_default(), valid)
    }

    /// Moves the position over `n` bytes that were put into the [`PageBuffer::room`].
    pub(crate) fn wrote_in_place(&mut self, n: usize) {
        debug_assert!(self.cursor + n <= self.write_end);
        self.cursor += n;
    }

    /// What can be read up to the end of the page, all of it from now on dirty.
    ///
    /// The window must be open for reading, and the page one that may become dirty.
    pub(crate) fn readable_mut(&mut self) -> &mut [u8] {
        let frame = self.cursor >> self.page_shift;
        let start = frame << self.page_shift;
        let end = start + self.pages.valid(frame).end();
        self.pages.write(frame, Span::new(self.cursor - start, end - start));
        self.read_end = end;
        &mut self.arena[self.cursor..end]
    }

    /// Whether the page under the window for reading may become dirty.
    pub(crate) fn may_dirty_here(&self) -> bool {
        self.pages.may_dirty(self.cursor >> self.page_shift)
    }

    // ----- arithmetic ------------------------------------------------------------------------------

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

    #[inline]
    fn index_in_frame(&self, at: usize) -> usize {
        at & (self.page_size() - 1)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the mask leaves few bits")]
    fn index_in_page(&self, offset: u64) -> usize {
        (offset & (self.page_size() as u64 - 1)) as usize
    }
}
