//! Claiming frames, and filling them from the stream: the reading side of the buffer.

use super::{PageBuffer, Span};

/// How many times more a sequential miss reads than the one before it.
const GROWTH: usize = 4;

/// Bytes that the stream is to put into the arena.
///
/// It is good until the buffer is asked for anything else but the verbs that take it.
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
    /// Whether the bytes lie in front of what is valid. They join it only when all are there.
    in_front: bool,
}

/// How much to read on a miss.
#[derive(Debug)]
pub(super) struct ReadAhead {
    /// The page that would continue the last miss.
    next: u64,
    /// How many pages the last miss wanted.
    wanted: usize,
}

impl Default for ReadAhead {
    fn default() -> Self {
        Self { next: u64::MAX, wanted: 1 }
    }
}

impl ReadAhead {
    /// How many pages to read for a miss of `page`: one after a jump, more and more in sequence.
    fn want(&self, page: u64, frames: usize) -> usize {
        if page == self.next { (self.wanted * GROWTH).min(frames) } else { 1 }
    }

    /// Whether the last miss did not continue the one before it.
    fn is_jump(&self) -> bool {
        self.wanted == 1
    }
}

impl Fill {
    /// The frame in which it begins.
    pub(crate) fn frame(&self) -> usize {
        self.frame
    }
}

impl PageBuffer {
    /// The frame that is to be claimed next: a clean one, or one to be written back first.
    pub(crate) fn victim(&mut self) -> usize {
        self.pages.sweep(|_, _| true)
    }

    /// A frame that can be claimed without writing anything back; there always is one.
    pub(crate) fn clean_victim(&mut self) -> usize {
        self.pages.sweep(|pages, frame| pages.dirty(frame).is_empty())
    }

    /// Gives the clean `frame` to the page at the position, of which nothing is cached, and opens
    /// the window for writing there. Another frame must be clean too.
    pub(crate) fn claim_to_write(&mut self, frame: usize) {
        debug_assert!(self.pages.has_clean_frame_to_spare());
        let position = self.position();
        self.pages.remove(frame);
        self.pages.insert(frame, position >> self.page_shift, Span::EMPTY);
        self.pages.set_hand(frame + 1);
        self.open_run(frame, position);
    }

    /// Claims the clean `frame`, and idle ones behind it, for the page at the position and those
    /// that follow it in the file, of which nothing is cached.
    pub(crate) fn claim_to_read(&mut self, frame: usize) -> Fill {
        let position = self.position();
        let page = position >> self.page_shift;
        let wanted = self.read_ahead.want(page, self.pages.count());
        let mut count = 1;
        let mut len = self.page_len(page);
        self.pages.remove(frame);
        // Only what no frame holds: a page that is cached twice is a page with two contents.
        while count < wanted
            && len == count << self.page_shift
            && self.pages.is_idle(frame + count)
            && self.pages.find(page + count as u64).is_none()
        {
            self.pages.remove(frame + count);
            len += self.page_len(page + count as u64);
            count += 1;
        }
        self.pages.set_hand(frame + count);
        self.read_ahead = ReadAhead { next: page.wrapping_add(count as u64), wanted };

        let start = self.start_of(frame);
        let goal = start + self.index_in_page(position);
        Fill { frame, page, at: start, end: start + len, goal, in_front: false }
    }

    /// What to fill so that what is valid in the page in `frame` reaches its byte `at`.
    pub(super) fn fill_at(&self, frame: usize, at: usize) -> Fill {
        let start = self.start_of(frame);
        let valid = self.pages.valid(frame);
        let page = self.position() >> self.page_shift;
        if at < valid.start() {
            let end = start + valid.start();
            Fill { frame, page, at: start, end, goal: end, in_front: true }
        } else {
            let end = start + self.page_len(page);
            Fill { frame, page, at: start + valid.end(), end, goal: start + at, in_front: false }
        }
    }

    /// Where in the file the bytes to fill begin, and the room for them.
    pub(crate) fn space(&mut self, fill: &Fill) -> (u64, &mut [u8]) {
        let offset = self.fill_offset(fill);
        (offset, &mut self.arena[fill.at..fill.end])
    }

    /// Takes note that the stream has filled the first `n` bytes; tells whether that is enough.
    pub(crate) fn filled(&mut self, fill: &mut Fill, n: usize) -> bool {
        debug_assert!(fill.at + n <= fill.end);
        if fill.in_front {
            fill.at += n;
            if fill.at == fill.end {
                self.join_front(fill);
            }
        } else {
            let end = fill.at + n;
            while fill.at < end {
                let page_end = self.start_of(self.frame_at(fill.at) + 1);
                self.join_behind(fill, end.min(page_end));
            }
        }
        fill.at >= fill.goal
    }

    /// Takes note that the stream ends where it should have filled on. If there is a dirty byte
    /// further on, the file goes on to there, in zeros; tells whether that is so.
    pub(crate) fn ended(&mut self, mut fill: Fill) -> bool {
        if fill.in_front {
            self.arena[fill.at..fill.end].fill(0);
            self.join_front(&fill);
            return true;
        }
        let gap = self.dirty_end().saturating_sub(self.fill_offset(&fill));
        let page_end = self.start_of(fill.frame) + self.page_len(fill.page);
        let room = page_end - fill.at;
        let zeros = usize::try_from(gap).map_or(room, |gap| gap.min(room));
        if zeros > 0 {
            self.arena[fill.at..fill.at + zeros].fill(0);
            let end = fill.at + zeros;
            self.join_behind(&mut fill, end);
        } else if self.pages.page(fill.frame).is_none() {
            // Nothing came of the claim: the frame is the next to be claimed.
            self.pages.set_hand(fill.frame);
        }
        zeros > 0
    }

    /// Forgets the page in `frame`, which must be clean.
    pub(crate) fn forget_page(&mut self, frame: usize) {
        debug_assert!(!self.is_frame_dirty(frame));
        self.pages.remove(frame);
    }

    fn fill_offset(&self, fill: &Fill) -> u64 {
        (fill.page << self.page_shift) + (fill.at - self.start_of(fill.frame)) as u64
    }

    fn join_front(&mut self, fill: &Fill) {
        let end = self.pages.valid(fill.frame).end();
        self.pages.set_valid(fill.frame, Span::new(0, end));
    }

    /// Adds the bytes up to `end`, all in one frame, to what is valid in it.
    fn join_behind(&mut self, fill: &mut Fill, end: usize) {
        let frame = self.frame_at(fill.at);
        let start = self.start_of(frame);
        let page = fill.page + (frame - fill.frame) as u64;
        let filled = Span::new(fill.at - start, end - start);
        if self.pages.holds(frame, page) {
            self.pages.set_valid(frame, self.pages.valid(frame).hull(filled));
        } else {
            self.pages.insert(frame, page, filled);
            if frame == fill.frame && self.read_ahead.is_jump() {
                // The program has asked for this page; the next run that is read ahead, which is a
                // guess, must not push it out.
                self.pages.mark_referenced(frame);
            }
        }
        fill.at = end;
    }
}
