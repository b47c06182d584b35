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
//! | kept | the program came back to it | tried, when another is kept in its stead; spare, when it was not used for long |
//!
//! The program *comes back* to a page if it enters the page anywhere but where it left it, or where a
//! sequence towards the start of the file would continue, and if it has been elsewhere for long enough.
//! So scans that take turns do not come back, and neither does a scan that looks at another page after
//! each record. The program can also come back to a page that has gone, as long as the [`ghosts`]
//! remember it.
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
//! whole. The time that a step takes does not depend on the number of frames, except for those that are
//! read into.
//!
//! # Invariants
//!
//! 1. A frame that holds no page is spare.
//! 2. Those of [`ranks`].

mod ahead;
mod ghosts;
mod places;
mod ranks;

pub(super) use ahead::{Claim, Miss, Plan};

use super::pages::Pages;
use ghosts::Ghosts;
use places::{MOST, Places};
use ranks::{Rank, Ranks};

/// An unused page is kept for this many visits times the number of frames.
const PATIENCE: u32 = 4;

/// How many misses after a page arrived the program can come back to it.
///
/// Before that, the program is still busy with the page: it writes a record, and then patches its
/// header.
const SOON: u8 = 4;

/// Where the program left a page that it has not been in.
const NOWHERE: u16 = u16::MAX - 1;

/// Where it left a page that it has passed.
const PASSED: u16 = u16::MAX;

/// No place.
const NO_PLACE: u8 = u8::MAX;

/// How the program used a page. What is counted wraps around: then a page may go, or stay, once.
#[derive(Clone, Copy, Debug)]
struct Visit {
    /// The last visit.
    when: u32,
    /// How many misses there had been when the page arrived.
    since: u8,
    /// Where in the page the last visit began, and where it ended.
    from: u16,
    left: u16,
    /// Whether the first visit began in the second half of the page.
    is_from_behind: bool,
    /// Whether there was a visit since the page came to where it is on its list.
    is_used: bool,
    /// The place that the page arrived for, or [`NO_PLACE`].
    place: u8,
}

const FREE: Visit = Visit {
    when: 0,
    since: 0,
    from: 0,
    left: NOWHERE,
    is_from_behind: false,
    is_used: false,
    place: NO_PLACE,
};

impl Visit {
    /// Whether a visit that begins at `at` goes on where the last one ended, in either direction.
    fn goes_on(self, at: u16) -> bool {
        match self.left {
            NOWHERE => true,
            PASSED => false,
            left => {
                at == left
                    || (at < self.from && left.checked_sub(self.from) == Some(self.from - at))
            }
        }
    }
}

#[derive(Debug)]
pub(super) struct Policy {
    ranks: Ranks,
    /// One for each frame.
    visits: Box<[Visit]>,
    ghosts: Ghosts,
    places: Places,
    page_size: usize,
    /// How many visits there were, and misses.
    now: u32,
    misses: u8,
    /// The page that the program was in last.
    last: u64,
    /// The page that was missed last, and where in it the position was.
    missed: (u64, u16),
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
            visits: vec![FREE; frames].into(),
            ghosts: Ghosts::new(frames),
            places: Places::new(),
            page_size,
            now: 0,
            misses: 0,
            // No page has this number, and neither has the one after it.
            last: u64::MAX - 1,
            missed: (u64::MAX, 0),
            moving: None,
            read_end: u64::MAX,
            visited: u64::MAX - 1,
        }
    }

    // ----- what happens to pages -----------------------------------------------------------------

    /// The program is in the page in `frame` now, at its byte `at`.
    #[inline]
    pub(super) fn entered(&mut self, frame: usize, at: usize) {
        let at = index(at);
        self.now = self.now.wrapping_add(1);
        let now = self.now;
        let visit = &mut self.visits[frame];
        let known = *visit;
        visit.from = at;
        visit.when = now;
        visit.is_used = known.left != NOWHERE;
        if self.ranks.rank(frame) != Rank::Kept {
            self.used(frame, at, known);
        }
    }

    /// The same, for a page that is not kept.
    #[inline(never)]
    fn used(&mut self, frame: usize, at: u16, known: Visit) {
        let now = self.now;
        if known.left == NOWHERE {
            self.visits[frame].is_from_behind = usize::from(at) >= self.page_size / 2;
        }
        if known.place != NO_PLACE {
            self.places.get_mut(known.place).see(now);
        }
        let is_soon = self.misses.wrapping_sub(known.since) < SOON;
        if !is_soon && !known.goes_on(at) {
            self.keep(frame, now.wrapping_sub(known.when));
        } else if self.ranks.rank(frame) == Rank::Spare {
            self.ranks.move_to_back(frame, Rank::Tried);
        }
    }

    /// The program leaves `page`, which is in `frame`, at its byte `at`.
    #[inline]
    pub(super) fn left(&mut self, frame: usize, page: u64, at: usize) {
        self.visits[frame].left = index(at);
        self.last = page;
    }

    /// The program leaves `page`, which is in `frame`, at its end.
    pub(super) fn passed(&mut self, frame: usize, page: u64, is_dirty: bool) {
        self.visits[frame].left = PASSED;
        self.last = page;
        if !is_dirty {
            self.cleaned(frame);
        }
    }

    /// The page in `frame` is clean. If it was passed, it becomes spare only now: dirty pages of a
    /// sequence stay together, to be written back in one call.
    pub(super) fn cleaned(&mut self, frame: usize) {
        let Visit { left, is_from_behind, .. } = self.visits[frame];
        if left == PASSED && !is_from_behind && self.ranks.rank(frame) == Rank::Tried {
            self.ranks.move_to_back(frame, Rank::Spare);
        }
    }

    /// The program has used `page`, which is in `frame`, from elsewhere. Pages that it uses in a row are
    /// passed, as by a sequence of reads.
    pub(super) fn visited(&mut self, frame: usize, page: u64) {
        if page.wrapping_sub(self.visited) > 1 {
            self.visits[frame].left = PASSED;
            self.entered(frame, 0);
        }
        self.visited = page;
    }

    /// `frame`, if it holds no page, is the next to be claimed.
    pub(super) fn abandoned(&mut self, pages: &Pages, frame: usize) {
        if pages.page(frame).is_none() {
            self.ranks.move_to_front(frame, Rank::Spare);
        }
    }

    /// The page in `frame`, if it holds one, goes.
    pub(super) fn gone(&mut self, frame: usize, page: Option<u64>) {
        let Visit { left, when, .. } = core::mem::replace(&mut self.visits[frame], FREE);
        if let Some(page) = page
            && left != NOWHERE
            && left != PASSED
        {
            self.ghosts.put(page, when);
        }
        if self.ranks.rank(frame) != Rank::Spare {
            self.ranks.move_to_front(frame, Rank::Spare);
        }
    }

    /// `page`, which was missed or is read ahead, is in `frame` now.
    pub(super) fn arrived(&mut self, frame: usize, page: u64) {
        let place = self.moving.unwrap_or(NO_PLACE);
        self.visits[frame] = Visit { when: self.now, since: self.misses, place, ..FREE };
        self.ranks.move_to_back(frame, Rank::Tried);
        if page == self.missed.0
            && let Some(age) = self.ghosts.age(page, self.now)
        {
            self.keep(frame, age);
        }
    }

    /// The program has come back to the page in `frame`, after so many visits to others.
    fn keep(&mut self, frame: usize, age: u32) {
        let frames = self.ranks.frames();
        if self.ranks.kept() + 1 + frames / 8 < frames {
            self.ranks.move_to_back(frame, Rank::Kept);
        } else if let Some(oldest) = self.oldest(Rank::Kept)
            && self.age(oldest) > age
        {
            self.ranks.move_to_back(oldest, Rank::Tried);
            self.ranks.move_to_back(frame, Rank::Kept);
        } else {
            self.ranks.move_to_back(frame, Rank::Tried);
        }
    }

    /// The frame of this rank that goes first: the first that was not used since it came to where it is. The
    /// others have a second chance, so that a visit moves nothing.
    fn oldest(&mut self, rank: Rank) -> Option<usize> {
        loop {
            let frame = self.ranks.first(rank)?;
            if !core::mem::take(&mut self.visits[frame].is_used) {
                return Some(frame);
            }
            self.ranks.move_to_back(frame, rank);
        }
    }

    /// How many visits ago the program was in the page in `frame`, or the page arrived.
    fn age(&self, frame: usize) -> u32 {
        self.now.wrapping_sub(self.visits[frame].when)
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

    /// The frame that goes next.
    fn first_to_go(&mut self) -> usize {
        if let Some(oldest) = self.oldest(Rank::Kept)
            && self.age(oldest) > self.round().saturating_mul(PATIENCE)
        {
            self.ranks.move_to_back(oldest, Rank::Spare);
        }
        let spare = self.ranks.first(Rank::Spare);
        let tried = spare.or_else(|| self.oldest(Rank::Tried));
        tried.or_else(|| self.oldest(Rank::Kept)).expect("there is a frame")
    }

    /// The frame that goes first, of those that may; there must be one.
    pub(super) fn first_of(&self, may_go: impl Fn(usize) -> bool) -> usize {
        self.ranks.in_order().find(|&frame| may_go(frame)).expect("a frame may go")
    }

    /// The frame that goes next, so that `page` can be written. It may be dirty, and is written back
    /// first then.
    ///
    /// A place that writes takes the frames of its ring one by one, so that its pages are written back in
    /// one call; and then it begins its ring anew.
    pub(super) fn victim_to_write(&mut self, pages: &Pages, page: u64) -> usize {
        let victim = self.first_to_go();
        let is_clean = |frame: usize| {
            frame < pages.count()
                && self.ranks.rank(frame) == Rank::Spare
                && pages.dirty(frame).is_empty()
        };
        let Some(place) = self.place(page, false).map(|place| self.places.get(place)) else {
            let before = pages.find(page.wrapping_sub(1));
            let after = before.map(|frame| frame + 1).filter(|&frame| is_clean(frame));
            return after.filter(|_| self.is_passed(pages, page.wrapping_sub(1))).unwrap_or(victim);
        };
        let (mut ring, wanted) = (place.ring(), place.wanted.into());
        let is_not_kept = |frame: &usize| self.ranks.rank(*frame) != Rank::Kept;
        if ring.len() < wanted {
            if let Some(next) = (ring.end..place.reach()).find(is_not_kept) {
                return next;
            }
            if is_clean(ring.end) {
                return ring.end;
            }
            if is_clean(victim) {
                // Another place that goes on here gets half of the room.
                let room = (victim..).take_while(|&frame| is_clean(frame)).take(wanted).count();
                let is_taken = self.places.one_goes_on_in(victim);
                return if is_taken { victim + room / 2 } else { victim };
            }
        }
        ring.find(is_not_kept).unwrap_or(victim)
    }

    /// The frame that is to be written back, so that `page` can be written; one must be dirty.
    pub(super) fn dirty_victim(&mut self, pages: &Pages, page: u64) -> usize {
        let is_dirty = |frame: usize| !pages.dirty(frame).is_empty();
        let mut ring = self.place(page, false).map_or(0..0, |place| self.places.get(place).ring());
        let own = ring.find(|&frame| self.ranks.rank(frame) != Rank::Kept && is_dirty(frame));
        own.unwrap_or_else(|| {
            // Those that are used again and again are not to be written each time.
            self.oldest(Rank::Tried);
            self.first_of(is_dirty)
        })
    }

    /// `frame` is claimed for `page`, which is written from its byte `at` on.
    pub(super) fn claimed_to_write(&mut self, pages: &Pages, frame: usize, page: u64, at: usize) {
        self.missed = (page, index(at));
        self.misses = self.misses.wrapping_add(1);
        self.read_end = u64::MAX;
        let before = page.wrapping_sub(1);
        let known = self.place(page, false);
        let is_new = known.is_none() && self.is_passed(pages, before);
        self.moving = known.or_else(|| is_new.then(|| self.places.oldest()));
        let Some(place) = self.moving else { return };
        let (ring, reach) = (self.places.get(place).ring(), self.places.get(place).reach());
        let goes_on = frame == ring.end || (ring.end..reach).contains(&frame);
        if is_new || !goes_on || frame - ring.start >= MOST {
            // The ring begins, or begins anew.
            let start = pages.find(before).filter(|&before| is_new && before + 1 == frame);
            let share = if is_new { self.ranks.frames() } else { self.share(place) };
            if !is_new {
                self.spare(pages, place);
            }
            self.places.take_turn(place);
            let place = self.places.get_mut(place);
            place.reach = if ring.contains(&frame) { index(ring.end - frame) } else { 0 };
            place.set_ring(start.unwrap_or(frame)..frame + 1);
            // One frame is clean at all times. Without it, what is appended is written in whole capacities.
            place.set_wanted(share.min(self.ranks.frames() - 1));
            place.is_backward = false;
            place.see(self.now);
        } else {
            self.places.get_mut(place).set_ring(ring.start..frame + 1);
        }
        self.places.get_mut(place).next = page + 1;
    }

    // ----- checking ----------------------------------------------------------------------------

    /// Panics where an invariant of this file does not hold.
    #[cfg(test)]
    pub(super) fn check(&self, pages: &Pages) {
        self.ranks.check();
        for frame in 0..pages.count() {
            let is_spare = self.ranks.rank(frame) == Rank::Spare;
            assert!(is_spare || pages.page(frame).is_some(), "a free frame is not spare");
        }
    }
}

/// An index in a page, in the bits that it needs, or the largest that they hold.
#[inline]
fn index(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}
