//! Claiming frames, and filling them from the stream: the reading side of the buffer.

use super::policy::{Claim, Miss};
use super::{PageBuffer, Span};

/// Bytes that the stream is to put into the arena.
///
/// It stays good as long as only the methods that take it are called on the buffer.
#[derive(Debug)]
pub(crate) struct Fill {
    /// The first frame to fill, and the page it holds or will hold.
    frame: usize,
    page: u64,
    /// The part of the arena that is to be filled, from `at` on.
    at: usize,
    end: usize,
    /// From here on, what is filled is welcome but not needed.
    goal: usize,
    /// Whether the bytes lie before the valid ones. They join those only when all are there.
    in_front: bool,
    /// Whether frames were claimed for it, so that those which it does not reach are free again.
    is_claim: bool,
}

impl Fill {
    /// The frame in which it begins.
    pub(crate) fn frame(&self) -> usize {
        self.frame
    }
}

impl PageBuffer {
    /// Claims a frame for the page at the position, of which nothing is cached, and opens the window for
    /// writing there. Or says which frame is to be written back first. Another frame must be clean too.
    #[inline]
    pub(crate) fn claim_to_write(&mut self) -> Result<(), usize> {
        debug_assert!(self.pages.has_clean_frame_to_spare());
        let position = self.position();
        let page = position >> self.page_shift;
        let frame = self.policy.claim_to_write(&self.pages, page)?;
        self.release(frame);
        self.pages.insert(frame, page, Span::EMPTY);
        self.policy.arrived(frame);
        self.open_run(frame, position);
        Ok(())
    }

    /// Claims frames for the page at the position and others beside it in the file, of which nothing is
    /// cached; `len` bytes are asked for. Or says which frame is to be written back first.
    pub(crate) fn claim_to_read(&mut self, len: usize) -> Result<Fill, usize> {
        let miss = self.miss(len);
        let claim = self.policy.claim_to_read(&self.pages, miss)?;
        Ok(self.fill(claim, miss))
    }

    /// The same, where nothing can be written back.
    pub(crate) fn claim_clean_to_read(&mut self, len: usize) -> Fill {
        let miss = self.miss(len);
        let claim = self.policy.claim_clean_to_read(&self.pages, miss);
        self.fill(claim, miss)
    }

    fn fill(&mut self, claim: Claim, miss: Miss) -> Fill {
        let Claim { frames, page, before } = claim;
        for frame in frames.clone() {
            self.release(frame);
        }
        let frame = frames.start;
        let at = self.start_of(frame);
        let end = at + self.len_of(page, frames.len());
        let goal = at + (before << self.page_shift) + miss.at;
        Fill { frame, page, at, end, goal, in_front: false, is_claim: true }
    }

    /// What to fill to read byte `at` of the page in `frame`, the page of the position. That is
    /// more than the page if an earlier fill stopped there and the stream should go on with it.
    pub(super) fn read_on(&mut self, frame: usize, at: usize) -> Fill {
        let mut fill = self.fill_at(frame, at);
        if !fill.in_front {
            let most = self.pages_from(fill.page);
            let count = self.policy.read_on(&self.pages, frame, fill.page, most);
            if count > 1 {
                self.policy.reads(fill.page, count);
                fill.end = self.start_of(frame) + self.len_of(fill.page, count);
                fill.is_claim = true;
            }
        }
        fill
    }

    /// What is missed, where `len` bytes are to be read at the position and the page there is in no
    /// frame.
    fn miss(&self, len: usize) -> Miss {
        let position = self.position();
        let (page, at) = (position >> self.page_shift, self.index_in_page(position));
        let most = self.pages_from(page);
        let end = self.pages_in(at.saturating_add(len) as u64);
        let asked = (1..end.min(most).min(self.pages.count() as u64))
            .take_while(|count| self.pages.find(page + count).is_none())
            .count();
        Miss { page, at, asked: 1 + asked, asked_end: page.saturating_add(end), most }
    }

    /// How many pages the file may have from `page` on.
    fn pages_from(&self, page: u64) -> u64 {
        self.pages_in(self.rules.max_len - (page << self.page_shift))
    }

    /// How many pages so many bytes take.
    fn pages_in(&self, bytes: u64) -> u64 {
        (bytes >> self.page_shift) + u64::from(self.index_in_page(bytes) > 0)
    }

    /// How many bytes `count` pages from `page` on may hold.
    fn len_of(&self, page: u64, count: usize) -> usize {
        let last = count - 1;
        (last << self.page_shift) + self.page_len(page + last as u64)
    }

    /// What to fill so that what is valid in the page in `frame` reaches its byte `at`.
    pub(super) fn fill_at(&self, frame: usize, at: usize) -> Fill {
        let start = self.start_of(frame);
        let valid = self.pages.valid(frame);
        let page = self.position() >> self.page_shift;
        if at < valid.start() {
            let end = start + valid.start();
            Fill { frame, page, at: start, end, goal: end, in_front: true, is_claim: false }
        } else {
            let end = start + self.page_len(page);
            let (from, goal) = (start + valid.end(), start + at);
            Fill { frame, page, at: from, end, goal, in_front: false, is_claim: false }
        }
    }

    /// Where in the file the bytes to fill begin, and the room for them.
    pub(crate) fn space(&mut self, fill: &Fill) -> (u64, &mut [u8]) {
        let offset = self.fill_offset(fill);
        (offset, &mut self.arena[fill.at..fill.end])
    }

    /// Records that the stream has filled the first `n` bytes. Returns whether that is enough.
    pub(crate) fn filled(&mut self, fill: &mut Fill, n: usize) -> bool {
        debug_assert!(fill.at + n <= fill.end);
        if fill.in_front {
            fill.at += n;
            if fill.at == fill.end {
                self.join_front(fill);
            }
        } else {
            self.join_after(fill, fill.at + n);
            if fill.is_claim && n > 0 && fill.at < fill.end {
                let count = self.frame_at(fill.at - 1) + 1 - fill.frame;
                self.policy.reads(fill.page, count);
            }
        }
        fill.at >= fill.goal
    }

    /// Records that the stream ends before the fill does. Returns whether there is a dirty byte
    /// further on: then the file has zeros up to there.
    pub(crate) fn ended(&mut self, fill: &mut Fill) -> bool {
        if fill.in_front {
            self.arena[fill.at..fill.end].fill(0);
            self.join_front(fill);
            return true;
        }
        let gap = self.dirty_end().saturating_sub(self.fill_offset(fill));
        let frame = self.frame_at(fill.at);
        let page = fill.page + (frame - fill.frame) as u64;
        let page_end = self.start_of(frame) + self.page_len(page);
        let room = page_end - fill.at;
        let zeros = usize::try_from(gap).map_or(room, |gap| gap.min(room));
        if zeros > 0 {
            self.arena[fill.at..fill.at + zeros].fill(0);
            let end = fill.at + zeros;
            self.join_after(fill, end);
        } else {
            self.abandon(fill);
        }
        zeros > 0
    }

    /// Records that no more of it will be filled. Frames that were claimed in vain are the next to be
    /// claimed.
    pub(crate) fn abandon(&mut self, fill: &Fill) {
        if self.pages.page(fill.frame).is_none() {
            self.policy.unclaimed();
        }
        if fill.is_claim {
            for frame in (fill.frame..=self.frame_at(fill.end - 1)).rev() {
                self.policy.abandoned(&self.pages, frame);
            }
        }
    }

    /// The pages before that of the position can't be filled, so only that page is. Returns whether
    /// there were any.
    pub(crate) fn narrow(&self, fill: &mut Fill) -> bool {
        let before = self.frame_at(fill.goal) - self.frame_at(fill.at);
        if before == 0 || fill.in_front {
            return false;
        }
        fill.frame = self.frame_at(fill.goal);
        fill.page = self.position() >> self.page_shift;
        fill.at = self.start_of(fill.frame);
        true
    }

    /// Forgets the page in `frame`, which must be clean.
    pub(crate) fn forget_page(&mut self, frame: usize) {
        debug_assert!(!self.is_frame_dirty(frame));
        self.release(frame);
        self.policy.abandoned(&self.pages, frame);
    }

    /// Empties `frame`; its dirty bytes, if any, are given up.
    pub(super) fn release(&mut self, frame: usize) {
        if let Some(page) = self.pages.page(frame) {
            self.policy.gone(frame, page);
            self.pages.remove(frame);
        }
    }

    fn fill_offset(&self, fill: &Fill) -> u64 {
        (fill.page << self.page_shift) + (fill.at - self.start_of(fill.frame)) as u64
    }

    fn join_front(&mut self, fill: &Fill) {
        let end = self.pages.valid(fill.frame).end();
        self.pages.set_valid(fill.frame, Span::new(0, end));
    }

    /// Adds the bytes up to `end` to what is valid. Their pages are in their frames from now on; only the first
    /// may have been there before.
    fn join_after(&mut self, fill: &mut Fill, end: usize) {
        let first = self.frame_at(fill.at);
        let first_page = fill.page + (first - fill.frame) as u64;
        let is_held = self.pages.holds(first, first_page);
        let (mut frame, mut page) = (first, first_page);
        while fill.at < end {
            let start = self.start_of(frame);
            let stop = end.min(start + self.page_size());
            let filled = Span::new(fill.at - start, stop - start);
            if is_held && frame == first {
                self.pages.set_valid(frame, self.pages.valid(frame).hull(filled));
            } else {
                self.pages.insert(frame, page, filled);
            }
            fill.at = stop;
            frame += 1;
            page += 1;
        }
        let held = usize::from(is_held);
        self.policy.arrived_all(first + held..frame, first_page + held as u64);
    }
}
