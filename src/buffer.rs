//! The page buffer: bytes of a file, and which of them are valid and dirty. It does no I/O.
//!
//! A fixed arena is cut into frames of one page each. Any frame may hold any page of the file
//! ([`pages`] knows which), so the pages that a program works on stay cached, wherever in the file
//! they are. [`policy`] decides which page is evicted when another one needs its frame. The owner of
//! the buffer asks it to open a [`window`] on the position. If something stands in the way, the
//! answer is an [`Obstacle`], which the owner clears with the stream: by claiming a frame and
//! filling it ([`fill`]), or by writing dirty bytes back ([`dirty`]), for which [`neighbours`] come
//! side by side.
//!
//! # Invariants
//!
//! 1. The bytes that the window allows to be read are valid, are those of the file at the window's
//!    offset, and lie in one frame or in several that follow one another.
//! 2. The bytes that the window allows to be written lie in one frame, which is dirty or may become
//!    so.
//! 3. The bytes that were written through the window are dirty, and there is no gap between them
//!    and what is valid (or the gap holds zeros, which the file then gets). But [`pages`] records
//!    them only when they are folded in, which every verb does that moves pages or opens another
//!    window.
//! 4. At least one frame is clean, and stays clean if the window is written to. So a read always
//!    finds room, even if nothing can be written back. (This holds if there are frames at all.)
//! 5. `dirty ⊆ valid ⊆ what the page may hold`: no byte lies at or past the greatest length that the
//!    file may get.

mod arena;
mod dirty;
mod elsewhere;
mod fill;
mod geometry;
mod jump;
mod moving;
mod neighbours;
mod pages;
mod policy;
mod span;
#[cfg(test)]
mod tests;
mod window;

pub(crate) use arena::Arena;
pub(crate) use dirty::Run;
pub(crate) use fill::Fill;
pub(crate) use geometry::{Geometry, MAX_PAGE};

use core::ops::Range;

use jump::Entered;
use pages::Pages;
use policy::Policy;
use span::Span;
use window::Window;

use crate::rules::Rules;

/// How many frames a window for reading spans at most, so that opening one is cheap.
const MAX_SPAN: usize = 16;

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
    window: Window,
    page_shift: u32,
    rules: Rules,
    pages: Pages,
    policy: Policy,
    /// What was entered when the window was opened last.
    entered: Entered,
    /// The bits of an offset that are an index of its page.
    page_mask: u32,
    /// The pages before this one may be read, and are not cut by the greatest length.
    plain_pages: u64,
}

impl PageBuffer {
    /// An empty buffer at `position`, or without one until the first seek. `arena` is as large as
    /// `geometry` says.
    pub(crate) fn new(
        geometry: Geometry,
        arena: Arena,
        position: Option<u64>,
        rules: Rules,
    ) -> Self {
        Self {
            arena: arena.bytes,
            origin: arena.origin,
            window: Window::new(position),
            page_shift: geometry.page_shift,
            rules,
            pages: Pages::new(geometry.frames, rules.may_write),
            policy: Policy::new(geometry.frames, 1 << geometry.page_shift),
            entered: Entered::default(),
            page_mask: (1 << geometry.page_shift) - 1,
            plain_pages: if rules.may_read { rules.max_len >> geometry.page_shift } else { 0 },
        }
    }

    /// How many bytes may be dirty.
    pub(crate) fn capacity(&self) -> usize {
        self.pages.count().saturating_sub(1) << self.page_shift
    }

    pub(crate) fn rules(&self) -> Rules {
        self.rules
    }

    /// Whether the position was ever set.
    #[inline]
    pub(crate) fn is_positioned(&self) -> bool {
        self.window.is_positioned()
    }

    // ----- opening the window --------------------------------------------------------------------

    /// Moves the position to `target`, and closes the window.
    ///
    /// Nothing may be pending: fold first.
    pub(crate) fn close_at(&mut self, target: u64) {
        self.window.close_at(target);
    }

    /// Opens the window for reading at the position; on success, there is something to read.
    pub(crate) fn open_for_reading(&mut self) -> Result<(), Obstacle> {
        self.fold();
        if self.window.has_more_to_read() {
            return Ok(());
        }
        self.leave();
        self.window.close();
        let position = self.position();
        let frame = self.pages.find(position >> self.page_shift).ok_or(Obstacle::Absent)?;
        let at = self.index_in_page(position);
        if !self.pages.valid(frame).contains(at) {
            return Err(Obstacle::Hole(self.read_on(frame, at)));
        }
        self.open(frame, position);
        // A sequence enters a page at its start. After a jump, the program may as well jump on.
        if at == 0 {
            self.widen();
        }
        Ok(())
    }

    /// Opens the window for writing at the position; on success, there is room for a byte, and the
    /// first `len` bytes, or as many as there is room for, leave no hole in what is valid.
    #[inline]
    pub(crate) fn open_for_writing(&mut self, len: usize) -> Result<(), Obstacle> {
        if self.window.has_more_room() {
            return Ok(());
        }
        self.fold();
        if self.window.has_more_to_read() {
            let frame = self.frame_at(self.window.cursor());
            if !self.pages.may_dirty(frame) {
                return Err(Obstacle::LastCleanFrame);
            }
            self.window.open_room(self.room_of(frame));
            return Ok(());
        }
        self.leave();
        self.window.close();
        let position = self.position();
        let page = position >> self.page_shift;
        let Some(frame) = self.pages.find(page) else {
            // First make sure that the page may become dirty, then claim a frame for it: in this
            // order, a program that appends reuses its frames from the first on.
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

    /// Records what was written through the window in its page, so that the window may be read as far as
    /// the page goes. `false` if that was so already.
    #[inline]
    pub(crate) fn fold(&mut self) -> bool {
        !self.window.has_nothing_to_take() && self.fold_written()
    }

    #[inline(never)]
    fn fold_written(&mut self) -> bool {
        let quiet_end = self.window.quiet_end();
        let written = self.window.take_written();
        let (frame, valid) = if let Some((frame, span)) = self.in_page(written) {
            (frame, self.pages.mark_written(frame, span))
        } else if quiet_end > 0 {
            let frame = self.frame_at(quiet_end - 1);
            (frame, self.pages.valid(frame))
        } else {
            return false;
        };
        if self.rules.may_read {
            self.window.widen(self.in_arena(frame, valid));
        }
        true
    }

    /// Opens the window on the page in `frame`, for all that may be done there, with the position
    /// at `target`. It lies in the valid bytes or at their end.
    fn open(&mut self, frame: usize, target: u64) {
        let cursor = self.start_of(frame) + self.index_in_page(target);
        let valid = self.pages.valid(frame);
        let readable = if valid.is_empty() { cursor..cursor } else { self.in_arena(frame, valid) };
        self.window.open(target, cursor, self.rules.may_read.then_some(readable));
        self.enter(frame);
        if self.rules.may_write && self.pages.may_dirty(frame) {
            let start = self.start_of(frame);
            self.window.open_room(start..start + self.page_len(target >> self.page_shift));
        }
    }

    /// Opens the window for a run of writes at `target`, in the page in `frame`, which may become
    /// dirty. The gap between there and what is valid is written next, or holds zeros.
    #[inline]
    fn open_run(&mut self, frame: usize, target: u64) {
        let cursor = self.start_of(frame) + self.index_in_page(target);
        let end = self.start_of(frame) + self.page_len(target >> self.page_shift);
        self.window.open_run(target, cursor, end);
        self.enter(frame);
    }

    /// Lets the window for reading go on into the frames after its own, as far as they continue it.
    fn widen(&mut self) {
        let Range { start, mut end } = self.window.readable();
        let first = self.frame_at(start);
        let page = self.window.offset_of(start) >> self.page_shift;
        for (frame, ahead) in (first + 1..first + MAX_SPAN).zip(1..) {
            let joins = end == self.start_of(frame)
                && self.pages.holds(frame, page.wrapping_add(ahead))
                && self.pages.valid(frame).contains(0);
            if !joins {
                break;
            }
            end += self.pages.valid(frame).end();
        }
        self.window.widen(start..end);
    }

    /// Opens the window for writing past the end of the file, in a page of which the rest is
    /// valid. The gap between reads as zeros, but only once something is written.
    pub(crate) fn open_past_end(&mut self, frame: usize) {
        let start = self.start_of(frame);
        let position = self.position();
        let gap = start + self.pages.valid(frame).end()..start + self.index_in_page(position);
        self.arena[gap].fill(0);
        self.open_run(frame, position);
    }

    /// What [`pages`] has not recorded yet, and the frame it is in.
    fn pending(&self) -> Option<(usize, Span)> {
        self.in_page(self.window.written())
    }

    // ----- what the window allows, or as much of it as it does -------------------------------------

    /// Reads as many of `out.len()` bytes as the window allows, and returns how many.
    #[inline]
    pub(crate) fn read_some(&mut self, out: &mut [u8]) -> usize {
        let bytes = self.readable();
        let n = bytes.len().min(out.len());
        out[..n].copy_from_slice(&bytes[..n]);
        self.consume(n);
        n
    }

    /// Writes as many of `bytes` as the window has room for, and returns how many.
    pub(crate) fn write_some(&mut self, bytes: &[u8]) -> usize {
        let cursor = self.window.cursor();
        let room = self.window.write_end().saturating_sub(cursor);
        let n = room.min(bytes.len());
        self.arena[cursor..cursor + n].copy_from_slice(&bytes[..n]);
        self.advance_written(n);
        n
    }

    // ----- direct access ---------------------------------------------------------------------------

    /// The room in the window for writing, and how many of its bytes are valid already.
    pub(crate) fn room(&mut self) -> (&mut [u8], usize) {
        let cursor = self.window.cursor();
        let frame = self.frame_at(cursor);
        let valid_end = self.start_of(frame) + self.pages.valid(frame).end();
        let valid = valid_end.max(self.window.written().end).saturating_sub(cursor);
        (self.arena.get_mut(cursor..self.window.write_end()).unwrap_or_default(), valid)
    }

    /// Moves the position over `n` bytes that were put into the [`PageBuffer::room`].
    pub(crate) fn advance_written(&mut self, n: usize) {
        self.window.advance_written(n);
    }

    /// What can be read up to the end of the page, all of it from now on dirty.
    ///
    /// The window must be open for reading, and the page one that may become dirty.
    pub(crate) fn readable_mut(&mut self) -> &mut [u8] {
        let cursor = self.window.cursor();
        let frame = self.frame_at(cursor);
        let start = self.start_of(frame);
        let valid_end = self.pages.valid(frame).end();
        self.window.open_room(self.room_of(frame));
        self.pages.mark_written(frame, Span::new(cursor - start, valid_end));
        self.window.end_reading_at(start + valid_end);
        &mut self.arena[cursor..start + valid_end]
    }

    /// Whether the page under the window for reading may become dirty.
    pub(crate) fn may_dirty_here(&self) -> bool {
        self.pages.may_dirty(self.frame_at(self.window.cursor()))
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

    #[inline]
    fn page_mask(&self) -> usize {
        self.page_mask as usize
    }

    /// How many bytes a page has; 1 where there is none.
    pub(crate) fn page_size(&self) -> usize {
        self.page_mask() + 1
    }

    /// How many bytes the page may hold: all, but where the greatest length comes first.
    fn page_len(&self, page: u64) -> usize {
        let room = self.rules.max_len.saturating_sub(page << self.page_shift);
        usize::try_from(room).unwrap_or(usize::MAX).min(self.page_size())
    }

    /// Where in the arena the page in `frame` may hold bytes.
    fn room_of(&self, frame: usize) -> Range<usize> {
        let start = self.start_of(frame);
        start..start + self.pages.page(frame).map_or(0, |page| self.page_len(page))
    }

    /// Where in the arena the bytes `span` of the page in `frame` are.
    fn in_arena(&self, frame: usize, span: Span) -> Range<usize> {
        let start = self.start_of(frame);
        start + span.start()..start + span.end()
    }

    /// The frame in which a part of the arena lies, and which part of its page that is. `None` if it
    /// is empty.
    #[inline]
    fn in_page(&self, Range { start, end }: Range<usize>) -> Option<(usize, Span)> {
        (start < end).then(|| {
            let frame = self.frame_at(start);
            let first = self.start_of(frame);
            (frame, Span::new(start - first, end - first))
        })
    }

    #[expect(clippy::cast_possible_truncation, reason = "the mask leaves few bits")]
    #[inline]
    fn index_in_page(&self, offset: u64) -> usize {
        offset as usize & self.page_mask()
    }
}
