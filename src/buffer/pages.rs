//! Which frame holds which page of the file, and which of its bytes are good.
//!
//! # Invariants
//!
//! 1. A page is held by one frame at most. A frame that holds a page is on the chain of that
//!    page's hash, and on no other; a frame that holds none is on no chain, and is clean.
//! 2. `dirty ⊆ valid`, in every frame.
//! 3. `dirty` lists exactly the frames whose dirty span is not empty, and frame `dirty[i]` has
//!    `slot == i`. Where `is_sorted` is set, their pages descend.

use super::span::Span;

/// No frame: the end of a chain.
const NONE: u32 = u32::MAX;

/// The page of a frame that holds none. No real page has this number: where a page is one byte,
/// it would hold offset `u64::MAX`, and the length of a file that has it fits no `u64`.
const NO_PAGE: u64 = u64::MAX;

/// No era. (Or one in four thousand million, which passes for the one in which all pages are settled.)
const NEVER: u32 = u32::MAX;

#[derive(Clone, Debug)]
struct Frame {
    page: u64,
    valid: Span,
    dirty: Span,
    /// The next frame of the same chain.
    next: u32,
    /// Where in the list of dirty frames this one stands, if it is dirty.
    slot: u32,
    /// The last [era](super::policy::eras) in which the page was settled, or [`NEVER`].
    settled: u32,
}

/// A page that was looked up, and what is known of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<'a> {
    pages: &'a Pages,
    pub(super) frame: usize,
    entry: &'a Frame,
}

impl Found<'_> {
    #[inline]
    pub(super) fn valid(&self) -> Span {
        self.entry.valid
    }

    #[inline]
    pub(super) fn dirty(&self) -> Span {
        self.entry.dirty
    }

    /// Whether it is settled in `era`.
    #[inline]
    pub(super) fn is_settled(&self, era: u32) -> bool {
        self.entry.settled == era
    }

    /// Whether it is dirty, or may become so while another page stays clean.
    #[inline]
    pub(super) fn may_dirty(&self) -> bool {
        !self.entry.dirty.is_empty() || self.pages.has_clean_frame_to_spare()
    }
}

const FREE: Frame = Frame {
    page: NO_PAGE,
    valid: Span::EMPTY,
    dirty: Span::EMPTY,
    next: NONE,
    slot: 0,
    settled: NEVER,
};

/// The table of frames. A frame is named by its index in the arena.
#[derive(Debug)]
pub(super) struct Pages {
    frames: Box<[Frame]>,
    /// The first frame of each chain; a power of two of them.
    chains: Box<[u32]>,
    /// Turns the upper bits of a product into an index of `chains`.
    hash_shift: u8,
    dirty: Vec<u32>,
    /// How many frames may be dirty: none if nothing may be written, and otherwise all but one.
    most_dirty: u32,
    /// Whether `dirty` is in descending order of page.
    is_sorted: bool,
}

impl Pages {
    #[expect(clippy::cast_possible_truncation, reason = "frames are counted in 32 bits")]
    pub(super) fn new(frames: usize, may_write: bool) -> Self {
        // At least two chains, so that the shift stays below 64.
        let chains = frames.next_power_of_two().max(2);
        let most_dirty = if may_write { frames.saturating_sub(1) } else { 0 };
        Self {
            frames: vec![FREE; frames].into(),
            chains: vec![NONE; chains].into(),
            hash_shift: 64 - chains.trailing_zeros() as u8,
            dirty: Vec::with_capacity(most_dirty),
            most_dirty: most_dirty as u32,
            is_sorted: true,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.frames.len()
    }

    // ----- which page is where ------------------------------------------------------------

    /// Fibonacci hashing: programs jump by powers of two, and it spreads those over all chains. (What
    /// it does not spread are jumps by a Fibonacci number of pages, from hundreds of GiB on.)
    #[expect(clippy::cast_possible_truncation, reason = "the shift leaves few bits")]
    fn chain(&self, page: u64) -> usize {
        (page.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.hash_shift) as usize
    }

    /// The frame that holds `page`.
    #[inline]
    pub(super) fn find(&self, page: u64) -> Option<usize> {
        self.look_up(page).map(|found| found.frame)
    }

    /// The frame that holds `page`, and what is known of it.
    #[inline]
    pub(super) fn look_up(&self, page: u64) -> Option<Found<'_>> {
        let mut at = *self.chains.get(self.chain(page))?;
        while let Some(frame) = self.frames.get(at as usize) {
            if frame.page == page {
                return Some(Found { pages: self, frame: at as usize, entry: frame });
            }
            at = frame.next;
        }
        None
    }

    /// What is known of the page in `frame`.
    #[inline]
    pub(super) fn found(&self, frame: usize) -> Found<'_> {
        Found { pages: self, frame, entry: &self.frames[frame] }
    }

    pub(super) fn page(&self, frame: usize) -> Option<u64> {
        Some(self.frames[frame].page).filter(|&page| page != NO_PAGE)
    }

    /// Whether `frame` exists and holds `page`.
    pub(super) fn holds(&self, frame: usize, page: u64) -> bool {
        self.frames.get(frame).is_some_and(|f| f.page == page)
    }

    /// Puts `page`, of which the bytes `valid` are good, into `frame`, which must hold none.
    pub(super) fn insert(&mut self, frame: usize, page: u64, valid: Span) {
        debug_assert!(page != NO_PAGE && self.find(page).is_none());
        debug_assert!(self.frames[frame].page == NO_PAGE);
        self.frames[frame] = Frame { page, valid, ..FREE };
        self.link(frame);
    }

    /// Empties `frame`; its dirty bytes, if any, are given up.
    #[inline]
    pub(super) fn remove(&mut self, frame: usize) {
        if !self.frames[frame].dirty.is_empty() {
            self.unlist_dirty(frame);
        }
        self.unlink(frame);
        self.frames[frame] = FREE;
    }

    /// Exchanges what is recorded of two frames.
    #[expect(clippy::cast_possible_truncation, reason = "frames are counted in 32 bits")]
    pub(super) fn swap(&mut self, one: usize, other: usize) {
        self.unlink(one);
        self.unlink(other);
        self.frames.swap(one, other);
        for frame in [one, other] {
            self.link(frame);
            if !self.frames[frame].dirty.is_empty() {
                let slot = self.frames[frame].slot;
                self.dirty[slot as usize] = frame as u32;
            }
        }
    }

    /// Puts `frame` on the chain of its page, if it holds one.
    #[expect(clippy::cast_possible_truncation, reason = "frames are counted in 32 bits")]
    fn link(&mut self, frame: usize) {
        let page = self.frames[frame].page;
        if page != NO_PAGE {
            let chain = self.chain(page);
            self.frames[frame].next = core::mem::replace(&mut self.chains[chain], frame as u32);
        }
    }

    /// Takes `frame` off its chain, if it is on one.
    fn unlink(&mut self, frame: usize) {
        let Frame { page, next, .. } = self.frames[frame];
        if page != NO_PAGE {
            let chain = self.chain(page);
            let mut link = &mut self.chains[chain];
            while *link as usize != frame {
                link = &mut self.frames[*link as usize].next;
            }
            *link = next;
        }
    }

    // ----- which pages are settled -------------------------------------------------------------

    /// Records that the page in `frame` is settled in `era`.
    pub(super) fn settle(&mut self, frame: usize, era: u32) {
        self.frames[frame].settled = era;
    }

    /// Records that the page in `frame` is not settled any more.
    pub(super) fn unsettle(&mut self, frame: usize) {
        self.frames[frame].settled = NEVER;
    }

    /// The frames of the pages that are settled in `era`.
    #[cfg(test)]
    pub(super) fn settled(&self, era: u32) -> impl Iterator<Item = usize> {
        (0..self.count()).filter(move |&frame| self.frames[frame].settled == era)
    }

    // ----- which bytes are good, which are new -----------------------------------------------

    pub(super) fn valid(&self, frame: usize) -> Span {
        self.frames[frame].valid
    }

    pub(super) fn set_valid(&mut self, frame: usize, valid: Span) {
        self.frames[frame].valid = valid;
    }

    pub(super) fn dirty(&self, frame: usize) -> Span {
        self.frames[frame].dirty
    }

    /// Makes `rest`, a part of the dirty bytes of `frame`, all of them.
    pub(super) fn keep_dirty(&mut self, frame: usize, rest: Span) {
        let was_dirty = !self.frames[frame].dirty.is_empty();
        self.frames[frame].dirty = rest;
        if was_dirty && rest.is_empty() {
            self.unlist_dirty(frame);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "frames are counted in 32 bits")]
    fn list_dirty(&mut self, frame: usize) {
        self.frames[frame].slot = self.dirty.len() as u32;
        self.dirty.push(frame as u32);
        self.is_sorted = false;
    }

    #[inline(never)]
    fn unlist_dirty(&mut self, frame: usize) {
        let slot = self.frames[frame].slot;
        self.dirty.swap_remove(slot as usize);
        if let Some(&moved) = self.dirty.get(slot as usize) {
            self.frames[moved as usize].slot = slot;
            self.is_sorted = false;
        }
    }

    /// Records that the program has written the bytes of `span`, and that those between them and
    /// what is valid are good. Returns what is valid afterwards.
    #[inline]
    pub(super) fn mark_written(&mut self, frame: usize, span: Span) -> Span {
        let entry = &mut self.frames[frame];
        let was_clean = entry.dirty.is_empty();
        entry.valid = entry.valid.hull(span);
        entry.dirty = entry.dirty.hull(span);
        let valid = entry.valid;
        if was_clean && !span.is_empty() {
            self.list_dirty(frame);
        }
        valid
    }

    /// The frame after those that hold dirty bytes from `frame` on which follow one another in the file, in pages of
    /// `page_size` bytes.
    pub(super) fn run_end(&self, frame: usize, page_size: usize) -> usize {
        let goes_on = |pair: &[Frame]| {
            let [before, after] = pair else { return false };
            before.dirty.end() == page_size
                && before.page.wrapping_add(1) == after.page
                && after.dirty.contains(0)
        };
        frame + 1 + self.frames[frame..].windows(2).take_while(|pair| goes_on(pair)).count()
    }

    pub(super) fn dirty_frames(&self) -> impl Iterator<Item = usize> {
        self.dirty.iter().map(|&frame| frame as usize)
    }

    pub(super) fn dirty_count(&self) -> usize {
        self.dirty.len()
    }

    /// Whether `frame` is dirty, or may become so while another frame stays clean.
    pub(super) fn may_dirty(&self, frame: usize) -> bool {
        !self.frames[frame].dirty.is_empty() || self.has_clean_frame_to_spare()
    }

    /// Whether one more frame may become dirty while another stays clean.
    pub(super) fn has_clean_frame_to_spare(&self) -> bool {
        self.dirty.len() < self.most_dirty as usize
    }

    /// The dirty frame whose page is the lowest.
    ///
    /// The list is sorted once, and stays so as frames become clean from its end on.
    pub(super) fn lowest_dirty(&mut self) -> Option<usize> {
        if !self.is_sorted {
            let Self { frames, dirty, .. } = self;
            dirty.sort_unstable_by_key(|&frame| core::cmp::Reverse(frames[frame as usize].page));
            for (slot, &frame) in (0..).zip(dirty.iter()) {
                frames[frame as usize].slot = slot;
            }
            self.is_sorted = true;
        }
        self.dirty.last().map(|&frame| frame as usize)
    }

    // ----- checking ----------------------------------------------------------------------------

    /// How many frames are looked at to find a page, at worst.
    #[cfg(test)]
    pub(super) fn longest_chain(&self) -> usize {
        let follow = |&frame: &u32| self.frames.get(frame as usize).map(|f| f.next);
        let len = |first: &u32| core::iter::successors(Some(*first), follow).count() - 1;
        self.chains.iter().map(len).max().unwrap_or(0)
    }

    /// Panics where an invariant of this file does not hold.
    #[cfg(test)]
    pub(super) fn check(&self) {
        let mut chained = 0;
        for (chain, &first) in self.chains.iter().enumerate() {
            let mut at = first;
            while at != NONE {
                let frame = &self.frames[at as usize];
                assert_ne!(frame.page, NO_PAGE, "a free frame is on a chain");
                assert_eq!(self.chain(frame.page), chain, "a frame is on a wrong chain");
                assert_eq!(self.find(frame.page), Some(at as usize), "a page is held twice");
                chained += 1;
                at = frame.next;
            }
        }
        let held = self.frames.iter().filter(|f| f.page != NO_PAGE).count();
        assert_eq!(chained, held, "a frame that holds a page is on no chain");
        for (index, frame) in self.frames.iter().enumerate() {
            assert_eq!(frame.valid.hull(frame.dirty), frame.valid, "dirty outside of valid");
            assert!(frame.page != NO_PAGE || frame.valid.is_empty(), "a free frame holds bytes");
            let listed = self.dirty.get(frame.slot as usize) == Some(&(index.try_into().unwrap()));
            assert_eq!(listed, !frame.dirty.is_empty(), "the list of dirty frames is wrong");
        }
        assert_eq!(self.dirty.len(), self.frames.iter().filter(|f| !f.dirty.is_empty()).count());
        let descends =
            self.dirty.is_sorted_by_key(|&f| core::cmp::Reverse(self.frames[f as usize].page));
        assert!(!self.is_sorted || descends, "the list of dirty frames is out of order");
    }
}
