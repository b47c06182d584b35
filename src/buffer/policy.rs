//! Decides which page is evicted, which stays, and what is read ahead.
//!
//! # Pages
//!
//! The frame of a page has a rank, and pages go in the order of the [`ranks`]: within a rank, the
//! least recently used one first.
//!
//! | rank | page | becomes |
//! |---|---|---|
//! | spare | free, or a sequence has passed it | tried, when the program uses it or another page arrives |
//! | tried | missed, or read ahead | spare, when a sequence passes it; kept, when the program comes back |
//! | kept | the program came back to it | tried, when another is kept instead of it; spare, when it was not used for long |
//!
//! The program *comes back* to a page if it enters the page anywhere but where it left it, or where a
//! sequence towards the start of the file would continue, and if it has been elsewhere for long enough.
//! So scans that take turns do not come back, and neither does a scan that looks at another page after
//! each record. The program can also come back to a page that has gone, as long as the [`ghosts`]
//! remember it.
//!
//! Most visits decide nothing. [`eras`] says which of them are not even recorded.
//!
//! Some frames are never kept. When the others all are, a page is kept only if the program was in it more
//! recently than in the one that it replaces. So in a loop over a few more pages than fit, all but a few
//! stay.
//!
//! # Places
//!
//! A sequence *passes* a page when it leaves the page at its end. A miss of the page after one that was passed,
//! or that the program was in last, begins a [place](places). A miss of the page that continues a place moves it
//! on. The same holds towards the start of the file. [`ahead`] decides what is read then, and into which frames.
//!
//! Nothing here moves a byte or is needed to find one: whatever this module decides, the buffer is
//! whole. The time that a step takes does not depend on the number of frames, except for those of the ring
//! that is read into, and for dirty ones that are passed over where a clean one is needed.
//!
//! # Invariants
//!
//! 1. A frame that holds no page is spare.
//! 2. Each frame is on the list of its rank. `kept` is how many frames have the rank [`Rank::Kept`].
//! 3. A page that is settled, as [`pages`](super::pages) records it, was used since it came to where it is on that
//!    list, was not passed since, and keeps its rank if it is visited.

mod ahead;
mod eras;
mod ghosts;
mod places;
mod ranks;
mod visit;
mod writing;

pub(super) use ahead::{Claim, Miss};

use core::ops::Range;

use super::pages::Pages;
use ghosts::{FORGOTTEN, Ghosts};
use places::Places;
use ranks::{Rank, Ranks};
use visit::{FREE, NO_PLACE, NOWHERE, PASSED, Visit};

/// An unused page is kept for this many visits times the number of frames.
const PATIENCE: u32 = 4;

/// How many misses after a page arrived the program can come back to it.
///
/// Before that, the program is still busy with the page: it writes a record, and then patches its
/// header.
const SOON: u8 = 4;

#[derive(Debug)]
pub(super) struct Policy {
    ranks: Ranks,
    /// One for each frame.
    visits: Box<[Visit]>,
    ghosts: Ghosts,
    places: Places,
    page_size: u16,
    /// How many visits there were, and misses.
    now: u32,
    misses: u8,
    /// How many visits there were when the era began.
    era: u32,
    /// How many frames have the rank [`Rank::Kept`].
    kept: u32,
    /// The page that the program was in last.
    last: u64,
    /// The page that was missed last, and how many visits ago the program was in it, or [`FORGOTTEN`].
    missed: u64,
    missed_age: u16,
    /// The place that the last miss moved, if it was no jump.
    moving: Option<u8>,
    /// The page after those that were read last.
    read_end: u64,
    /// The page that was last used from elsewhere.
    visited: u64,
}

impl Policy {
    pub(super) fn new(frames: usize, page_size: usize) -> Self {
        Self {
            ranks: Ranks::new(frames),
            kept: 0,
            visits: vec![FREE; frames].into(),
            ghosts: Ghosts::new(frames),
            places: Places::new(),
            page_size: index(page_size),
            now: 0,
            misses: 0,
            era: 0,
            // No page has this number, and neither has the one after it.
            last: u64::MAX - 1,
            missed: u64::MAX,
            missed_age: FORGOTTEN,
            moving: None,
            read_end: u64::MAX,
            visited: u64::MAX - 1,
        }
    }

    // ----- what happens to pages -----------------------------------------------------------------

    /// A visit to `page` ends that was recorded or counted when it began, and the page that the program goes to may be
    /// missed.
    pub(super) fn left(&mut self, page: u64) {
        self.last = page;
    }

    /// The program was in `page`, which is in `frame`, from its byte `from` on, and leaves it at its byte `left`.
    pub(super) fn visited(&mut self, frame: usize, page: u64, from: usize, left: usize) {
        self.visit(frame, from);
        self.visits[frame].left = index(left);
        self.last = page;
    }

    /// The same, where the program leaves the page at its end.
    #[inline]
    pub(super) fn passed(&mut self, pages: &Pages, frame: usize, page: u64, from: usize) {
        self.visit(frame, from);
        self.visits[frame].left = PASSED;
        self.last = page;
        if pages.dirty(frame).is_empty() {
            self.cleaned(frame..frame + 1);
        }
    }

    /// The same for the pages in `frames`, of which `page` is the first and the program has read all.
    pub(super) fn passed_all(
        &mut self,
        pages: &Pages,
        frames: Range<usize>,
        page: u64,
        from: usize,
    ) {
        let mut from = from;
        let mut clean = frames.start..frames.start;
        for frame in frames.clone() {
            self.visit(frame, core::mem::take(&mut from));
            self.visits[frame].left = PASSED;
            if pages.dirty(frame).is_empty() {
                clean.end = frame + 1;
            } else {
                self.cleaned(core::mem::replace(&mut clean, frame + 1..frame + 1));
            }
        }
        self.cleaned(clean);
        self.last = page + (frames.len() - 1) as u64;
    }

    /// There was a visit to the page in `frame` that began at its byte `from`.
    #[inline]
    fn visit(&mut self, frame: usize, from: usize) {
        self.now = self.now.wrapping_add(1);
        let now = self.now;
        let visit = &mut self.visits[frame];
        if visit.left != NOWHERE || visit.rank == Rank::Spare {
            return self.visit_again(frame, index(from));
        }
        visit.from = index(from);
        visit.when = now;
        visit.listed = now;
        visit.entered_from_end = index(from) >= self.page_size / 2;
        self.places.see(visit.place, now);
    }

    /// The same, where it was not the first visit, or the page is spare.
    #[inline(never)]
    fn visit_again(&mut self, frame: usize, from: u16) {
        let now = self.now;
        let visit = &mut self.visits[frame];
        let known = *visit;
        visit.from = from;
        visit.when = now;
        if known.left == NOWHERE {
            visit.listed = now;
            visit.entered_from_end = from >= self.page_size / 2;
        }
        if known.rank == Rank::Kept {
            return;
        }
        self.places.see(known.place, now);
        if !self.is_soon(&known) && !known.goes_on(from) {
            self.keep(frame, now.wrapping_sub(known.when));
        } else if known.rank == Rank::Spare {
            self.move_to_back(frame, Rank::Tried);
        }
    }

    /// Whether the page of this visit arrived only a few misses ago.
    fn is_soon(&self, visit: &Visit) -> bool {
        self.misses.wrapping_sub(visit.since) < SOON
    }

    /// The pages in `frames` are clean. Those that were passed become spare only now: dirty pages of a
    /// sequence stay together, to be written back in one call.
    pub(super) fn cleaned(&mut self, frames: Range<usize>) {
        let mut over = frames.start..frames.start;
        for frame in frames {
            let visit = &mut self.visits[frame];
            if visit.is_over() {
                visit.rank = Rank::Spare;
                over.end = frame + 1;
            } else {
                self.ranks.move_all_to_back(over, Rank::Spare);
                over = frame + 1..frame + 1;
            }
        }
        self.ranks.move_all_to_back(over, Rank::Spare);
    }

    /// The program has used `page`, which is in `frame`, from elsewhere. Pages that it uses in a row are
    /// passed, as by a sequence of reads.
    pub(super) fn used_elsewhere(&mut self, frame: usize, page: u64) {
        if page.wrapping_sub(self.visited) > 1 {
            self.visits[frame].left = PASSED;
            self.visit(frame, 0);
        }
        self.visited = page;
    }

    /// `frame`, if it holds no page, is the next to be claimed.
    pub(super) fn abandoned(&mut self, pages: &Pages, frame: usize) {
        if pages.page(frame).is_none() {
            self.move_to_front(frame, Rank::Spare);
        }
    }

    /// Evicts `page`, which is in `frame`.
    #[inline]
    pub(super) fn gone(&mut self, frame: usize, page: u64) {
        let Visit { left, when, rank, .. } = self.visits[frame];
        if left != NOWHERE && left != PASSED {
            self.ghosts.put(page, when);
        }
        if rank != Rank::Spare {
            self.move_to_front(frame, Rank::Spare);
        }
    }

    /// The page that was missed is in `frame` now.
    #[inline]
    pub(super) fn arrived(&mut self, frame: usize) {
        let arrival = self.arrival();
        self.visits[frame] = arrival;
        self.ranks.move_to_back(frame, Rank::Tried);
        self.recall(frame);
    }

    /// Pages that were missed or are read ahead are in `frames` now; `page` is the first.
    pub(super) fn arrived_all(&mut self, frames: Range<usize>, page: u64) {
        let arrival = self.arrival();
        self.visits[frames.clone()].fill(arrival);
        self.ranks.move_all_to_back(frames.clone(), Rank::Tried);
        let missed = usize::try_from(self.missed.wrapping_sub(page)).unwrap_or(usize::MAX);
        if missed < frames.len() {
            self.recall(frames.start + missed);
        }
    }

    fn arrival(&self) -> Visit {
        let (when, since) = (self.now, self.misses);
        let place = self.moving.unwrap_or(NO_PLACE);
        Visit { when, listed: when, since, place, rank: Rank::Tried, ..FREE }
    }

    /// `page` is missed, and a frame is claimed for it.
    ///
    /// Whether it is remembered is looked up now. The pages that are evicted for it may take its slot, and it theirs
    /// the next time, for ever.
    #[inline]
    fn miss(&mut self, page: u64) {
        self.end_era();
        self.missed = page;
        self.missed_age = self.ghosts.age(page, self.now);
        self.misses = self.misses.wrapping_add(1);
    }

    /// Keeps the page that was missed, which is in `frame` now, if the program was in it before and not too long ago.
    fn recall(&mut self, frame: usize) {
        if self.missed_age != FORGOTTEN {
            self.keep(frame, self.missed_age.into());
            // The first visit, which is the next one, does not count as a use.
            self.visits[frame].listed = self.now.wrapping_add(1);
        }
    }

    /// The pages in two frames have changed places.
    pub(super) fn swapped(&mut self, one: usize, other: usize) {
        self.visits.swap(one, other);
        self.ranks.swap(one, other);
    }

    /// The program has come back to the page in `frame`, after so many visits to others.
    fn keep(&mut self, frame: usize, age: u32) {
        let frames = self.ranks.frames();
        if self.kept as usize + 1 + frames / 8 < frames {
            self.move_to_back(frame, Rank::Kept);
        } else if let Some(oldest) = self.oldest(Rank::Kept)
            && self.age(oldest) > age
        {
            self.move_to_back(oldest, Rank::Tried);
            self.move_to_back(frame, Rank::Kept);
        } else {
            self.move_to_back(frame, Rank::Tried);
        }
    }

    /// The frame of this rank that goes first: the first that was not used since it came to where it is. The
    /// others have a second chance, so that a visit moves nothing. Those that were used in this era may have been
    /// used just now.
    fn oldest(&mut self, rank: Rank) -> Option<usize> {
        let mut is_over = false;
        let oldest = loop {
            let Some(frame) = self.ranks.first(rank) else { break None };
            let is_of_era = self.is_of_era(frame);
            let visit = &mut self.visits[frame];
            if visit.listed == visit.when {
                break Some(frame);
            }
            if is_of_era {
                visit.when = self.now;
                is_over = true;
            }
            visit.listed = visit.when;
            self.move_to_back(frame, rank);
        };
        if is_over {
            self.end_era();
        }
        oldest
    }

    /// How many visits ago the program was in the page in `frame`, or the page arrived.
    fn age(&self, frame: usize) -> u32 {
        self.now.wrapping_sub(self.visits[frame].when)
    }

    fn rank(&self, frame: usize) -> Rank {
        self.visits[frame].rank
    }

    fn set_rank(&mut self, frame: usize, rank: Rank) {
        let known = core::mem::replace(&mut self.visits[frame].rank, rank);
        self.kept -= u32::from(known == Rank::Kept);
        self.kept += u32::from(rank == Rank::Kept);
    }

    fn move_to_back(&mut self, frame: usize, rank: Rank) {
        self.set_rank(frame, rank);
        self.ranks.move_to_back(frame, rank);
    }

    fn move_to_front(&mut self, frame: usize, rank: Rank) {
        self.set_rank(frame, rank);
        self.ranks.move_to_front(frame, rank);
    }

    /// How many frames there are, as a number of visits.
    fn round(&self) -> u32 {
        u32::try_from(self.ranks.frames()).unwrap_or(u32::MAX)
    }

    /// The place that `page` continues, in this direction; most often it moved last.
    fn place(&self, page: u64, is_backward: bool) -> Option<u8> {
        let is_it = |&place: &u8| {
            let place = self.places.get(place);
            place.next == page && place.is_backward == is_backward
        };
        self.moving.filter(is_it).or_else(|| self.places.find(page, is_backward))
    }

    // ----- which page goes ---------------------------------------------------------------------

    /// The page that was kept for the longest time is spare, if it was not used for long.
    fn expire_kept(&mut self) {
        if self.kept > 0
            && let Some(oldest) = self.oldest(Rank::Kept)
            && self.age(oldest) > self.round().saturating_mul(PATIENCE)
        {
            self.move_to_back(oldest, Rank::Spare);
        }
    }

    /// The frame that goes next.
    fn first_to_go(&mut self) -> usize {
        self.expire_kept();
        self.front()
    }

    fn front(&mut self) -> usize {
        let spare = self.ranks.first(Rank::Spare);
        let tried = spare.or_else(|| self.oldest(Rank::Tried));
        tried.or_else(|| self.oldest(Rank::Kept)).expect("there is a frame")
    }

    /// The frame that goes first, of those that may; there must be one.
    pub(super) fn first_of(&self, may_go: impl Fn(usize) -> bool) -> usize {
        self.ranks.in_order().find(|&frame| may_go(frame)).expect("a frame may go")
    }

    // ----- checking ----------------------------------------------------------------------------

    /// The frames in the order in which their pages go, and what is known of each.
    #[cfg(test)]
    pub(super) fn known(&self) -> Vec<(usize, String)> {
        let known = |frame: usize| format!("{:?}", self.visits[frame]);
        self.ranks.in_order().map(|frame| (frame, known(frame))).collect()
    }

    /// Panics where an invariant of this file does not hold.
    #[cfg(test)]
    pub(super) fn check(&self, pages: &Pages) {
        self.ranks.check(|frame| self.rank(frame));
        let kept = self.visits.iter().filter(|visit| visit.rank == Rank::Kept).count();
        assert_eq!(self.kept as usize, kept, "the kept frames are miscounted");
        for frame in 0..pages.count() {
            let is_spare = self.rank(frame) == Rank::Spare;
            assert!(is_spare || pages.page(frame).is_some(), "a free frame is not spare");
        }
        for frame in pages.settled(self.era) {
            let is_used = self.visits[frame].listed != self.visits[frame].when;
            assert!(is_used && self.is_settled(frame), "a visit that decides something is missed");
        }
    }
}

/// An index in a page or in a ring, in the bits that it needs.
#[expect(clippy::cast_possible_truncation, reason = "see MAX_PAGE and MOST")]
#[inline]
fn index(at: usize) -> u16 {
    debug_assert!(u16::try_from(at).is_ok());
    at as u16
}
