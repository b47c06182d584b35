//! Which page goes, which stays, and what is read ahead.
//!
//! Pages go by CLOCK: a hand goes round the frames and takes the first that it may, but for those
//! that the program has jumped to since it last came by: each of these has a second chance. Frames
//! so go out in the arena's order, and what is written or read in sequence lies side by side. A page
//! that a sequence only passes has none, so a long read or write does not push out what is hot.
//!
//! A miss reads one page after a jump; one that continues the miss before it reads more and more.
//! What continues it begins where the stream stopped, which may be before the end of what it was asked
//! for: a stream that gives little a call is read on into the frames that it left empty.
//!
//! Nothing here moves a byte or is needed to find one: whatever it answers, the buffer is whole.
//!
//! # Invariants
//!
//! 1. `hand` is a frame, if there is one.
//! 2. A frame that holds no page has no second chance.

use super::pages::Pages;

/// How many times more a sequential miss reads than the one before it.
const GROWTH: usize = 4;

#[derive(Debug)]
pub(super) struct Policy {
    /// The frame that CLOCK looks at next.
    hand: usize,
    /// The frames whose pages the program has jumped to since the hand was there.
    second_chance: Box<[bool]>,
    /// The page that would continue the last miss.
    next: u64,
    /// How many pages the last miss wanted.
    wanted: usize,
    /// The page that was last used from elsewhere.
    visited: u64,
}

impl Policy {
    pub(super) fn new(frames: usize) -> Self {
        Self {
            hand: 0,
            second_chance: vec![false; frames].into(),
            next: u64::MAX,
            wanted: 1,
            visited: u64::MAX,
        }
    }

    // ----- what happens to pages -----------------------------------------------------------------

    /// The program has jumped to the page in `frame`.
    #[inline]
    pub(super) fn jumped_to(&mut self, frame: usize) {
        self.second_chance[frame] = true;
    }

    /// The program has used `page`, which is in `frame`, from elsewhere. Pages that it uses in a row are
    /// passed, as by a sequence of reads.
    pub(super) fn visited(&mut self, frame: usize, page: u64) {
        if page.wrapping_sub(self.visited) > 1 {
            self.jumped_to(frame);
        }
        self.visited = page;
    }

    /// The page in `frame` has gone.
    pub(super) fn gone(&mut self, frame: usize) {
        self.second_chance[frame] = false;
    }

    /// The page that was missed is in `frame` now.
    pub(super) fn arrived(&mut self, frame: usize) {
        if self.wanted == 1 {
            // The program has asked for this page; the next run that is read ahead, which is a
            // guess, must not push it out.
            self.jumped_to(frame);
        }
    }

    // ----- which page goes ---------------------------------------------------------------------

    /// The frame that goes next, of those that may; there must be one.
    pub(super) fn victim(&mut self, may_go: impl Fn(usize) -> bool) -> usize {
        debug_assert!((0..self.second_chance.len()).any(&may_go));
        loop {
            let frame = self.hand;
            // A first round may find nothing but second chances, and takes them.
            if may_go(frame) && !core::mem::take(&mut self.second_chance[frame]) {
                return frame;
            }
            self.set_hand(frame + 1);
        }
    }

    /// `frame` was claimed to be written to.
    pub(super) fn claimed(&mut self, frame: usize) {
        self.set_hand(frame + 1);
    }

    /// Nothing came of the claim of `frame`: it is the next to be claimed.
    pub(super) fn unclaimed(&mut self, frame: usize) {
        self.set_hand(frame);
    }

    fn set_hand(&mut self, frame: usize) {
        self.hand = if frame < self.second_chance.len() { frame } else { 0 };
    }

    // ----- what is read ahead ------------------------------------------------------------------

    /// How many pages, of at most `most`, to read for a miss of `page`, the first of which goes into
    /// `frame`. Those after it go into the frames after that one, as far as these are idle.
    pub(super) fn read_ahead(
        &mut self,
        pages: &Pages,
        frame: usize,
        page: u64,
        most: u64,
    ) -> usize {
        self.want(page == self.next);
        let mut count = 1;
        while count < self.wanted && (count as u64) < most && self.is_idle(pages, frame + count) {
            // Only what stays in no frame: a page that is cached twice has two contents.
            let holder = pages.find(page + count as u64);
            if holder.is_some_and(|holder| !(frame..frame + count).contains(&holder)) {
                break;
            }
            count += 1;
        }
        count
    }

    /// How many pages, `page` in `frame` with them, to read for a miss of what `page` lacks at its end:
    /// those after it go into the frames after that one, as far as these hold nothing.
    ///
    /// Nothing else goes for them: the file may just as well end here.
    pub(super) fn read_on(&mut self, pages: &Pages, frame: usize, page: u64, most: u64) -> usize {
        if page.wrapping_add(1) != self.next {
            return 1;
        }
        self.want(true);
        let is_free = |count| frame + count < pages.count() && pages.page(frame + count).is_none();
        let is_new = |count| pages.find(page + count as u64).is_none();
        (1..self.wanted)
            .take_while(|&count| (count as u64) < most && is_free(count) && is_new(count))
            .last()
            .map_or(1, |last| last + 1)
    }

    /// Has the next miss want more than this one if it is `in_sequence`, and else one page.
    fn want(&mut self, in_sequence: bool) {
        let frames = self.second_chance.len();
        self.wanted = if in_sequence { (self.wanted * GROWTH).min(frames) } else { 1 };
    }

    /// The frames from `frame` on are for `count` pages from `page` on.
    pub(super) fn reads(&mut self, frame: usize, page: u64, count: usize) {
        self.set_hand(frame + count);
        self.next = page.wrapping_add(count as u64);
    }

    /// Whether `frame` exists, and can be had without writing and without missing its page.
    fn is_idle(&self, pages: &Pages, frame: usize) -> bool {
        self.second_chance.get(frame) == Some(&false) && pages.dirty(frame).is_empty()
    }

    /// Panics where an invariant of this file does not hold.
    #[cfg(test)]
    pub(super) fn check(&self, pages: &Pages) {
        assert!(self.hand < pages.count().max(1), "the hand is on no frame");
        for (frame, &has_second_chance) in self.second_chance.iter().enumerate() {
            assert!(!has_second_chance || pages.page(frame).is_some(), "a free frame is spared");
        }
    }
}
