//! Bringing pages that are neighbours in the file side by side in the arena, so that one call writes them.
//!
//! The dirty bytes that go on from page to page are a *stretch*. Its pages may be in any frames; those of
//! them that follow one another in the arena too are a *run*, and a run is a call. So before a stretch is
//! written back, runs are joined: the longest stays where it is, and the pages of the others change places
//! with what is before it and after it.
//!
//! To exchange two pages of 4 KiB takes 160 ns, or 300 where they are in no cache of the processor. A call
//! takes, whatever it writes, 250 to 600 ns on a local file, tens of microseconds where another thread
//! makes it, and milliseconds on a far one. So a call that is saved may cost [`MOST_SWAPS`] exchanges, on
//! average over what is joined; smaller pages cost less. What would cost more remains a call of its own.
//!
//! # Invariants
//!
//! 1. Pages change frames with all that is known of them: bytes, spans, visit and rank. Which page is
//!    cached, valid or dirty stays, and so does the order in which pages go.
//! 2. The program sees nothing of it: a window on one page goes along with that page, and the frames of a
//!    window over several stay. The position is where it was.
//! 3. A page changes places only while no call is under way: before the first call that writes its
//!    stretch, or after one that was answered.
//! 4. A page that has its place among its neighbours keeps it. So there are no more exchanges than pages
//!    that are written, and two looks at each page find out which.

use core::ops::Range;

use super::PageBuffer;
use super::dirty::Run;

/// How many pages may change places to save a call.
pub(super) const MOST_SWAPS: usize = 2;

/// The first pages of a stretch, and the frames that they are to be in.
#[derive(Clone, Copy, Debug)]
struct Block {
    pages: usize,
    frame: usize,
}

/// A run, and how many pages of its stretch come before it.
#[derive(Clone, Debug)]
struct Part {
    frames: Range<usize>,
    before: usize,
}

impl PageBuffer {
    /// Brings the first pages of the stretch that goes through the page in `frame` side by side, as far as
    /// that is worth it. Returns the frame that this page is in now, and the first run of the stretch.
    ///
    /// Nothing may be pending: fold first.
    pub(crate) fn join_neighbours(&mut self, frame: usize) -> (usize, Run) {
        let run = self.run(self.stretch_start(frame));
        match self.dirty_after(run.frames.end - 1) {
            Some(next) => self.join(frame, run, next),
            None => (frame, run),
        }
    }

    /// The same, where the stretch begins with `run` and goes on in the frame `next`.
    #[inline(never)]
    fn join(&mut self, frame: usize, run: Run, next: usize) -> (usize, Run) {
        let (Some(page), Some(first)) = (self.pages.page(frame), self.pages.page(run.frames.start))
        else {
            return (frame, run);
        };
        let block = self.block(run, next);
        for (to, page) in (block.frame..block.frame + block.pages).zip(first..) {
            match self.pages.find(page) {
                Some(from) if from != to => self.swap(from, to),
                _ => {}
            }
        }
        (self.pages.find(page).unwrap_or(frame), self.run(block.frame))
    }

    /// What to join of the stretch that begins with `run` and goes on in the frame `next`: runs, as long as those
    /// that move are worth the calls that are saved.
    fn block(&self, run: Run, next: usize) -> Block {
        let fixed = Some(self.frames_of_window()).filter(|frames| frames.len() > 1).unwrap_or(0..0);
        let mut block = Block { pages: run.frames.len(), frame: run.frames.start };
        let mut longest = Part { frames: run.frames, before: 0 };
        let (mut saved, mut next) = (0, Some(next));
        while let Some(frame) = next {
            let part = Part { frames: self.run(frame).frames, before: block.pages };
            let pages = part.before + part.frames.len();
            next = self.dirty_after(part.frames.end - 1);
            saved += 1;
            if !longest.is_in(&fixed)
                && (part.is_in(&fixed) || part.frames.len() > longest.frames.len())
            {
                longest = part;
            }
            let Some((frame, moving)) = self.place(&longest, pages, &fixed) else { break };
            if moving > saved * MOST_SWAPS {
                break;
            }
            block = Block { pages, frame };
        }
        block
    }

    /// Where so many pages go, so that this run of them stays if it can, and how many move then. `None` if
    /// there is no room.
    fn place(&self, stays: &Part, pages: usize, fixed: &Range<usize>) -> Option<(usize, usize)> {
        let room = if stays.is_in(fixed) {
            0..self.pages.count()
        } else if stays.frames.start < fixed.start {
            0..fixed.start
        } else {
            fixed.end..self.pages.count()
        };
        let last = room.end.checked_sub(pages).filter(|&last| room.start <= last)?;
        let wanted = stays.frames.start.checked_sub(stays.before);
        let frame = wanted.unwrap_or(0).clamp(room.start, last);
        if wanted == Some(frame) {
            Some((frame, pages - stays.frames.len()))
        } else {
            (!stays.is_in(fixed)).then_some((frame, pages))
        }
    }

    /// The frames that the window lies in; none if it is closed.
    pub(super) fn frames_of_window(&self) -> Range<usize> {
        if !self.window.is_open() {
            return 0..0;
        }
        let Range { start, end } = self.window.extent();
        let last = self.frame_at(end.saturating_sub(1).max(self.origin));
        let entered = self.entered.frame();
        entered.min(self.frame_at(start))..entered.max(last) + 1
    }

    /// Has the pages in two frames, if they hold any, change places.
    fn swap(&mut self, one: usize, other: usize) {
        let span = self.pages.valid(one).hull(self.pages.valid(other));
        let (low, high) = (one.min(other), one.max(other));
        let (low, high) = (self.in_arena(low, span), self.in_arena(high, span));
        let (before, after) = self.arena.split_at_mut(high.start);
        before[low].swap_with_slice(&mut after[..span.len()]);
        self.pages.swap(one, other);
        self.policy.swapped(one, other);
        let entered = self.entered.frame();
        if self.window.is_open() && (entered == one || entered == other) {
            let to = one + other - entered;
            self.window.follow(self.start_of(entered), self.start_of(to));
            self.entered = self.entered.moved_to(to);
        }
    }
}

impl Part {
    /// Whether it has one of these frames.
    fn is_in(&self, frames: &Range<usize>) -> bool {
        self.frames.start < frames.end && frames.start < self.frames.end
    }
}
