//! Decides what is read for a miss, and into which frames.
//!
//! A jump reads the pages that the call asks for. A place reads ahead, more each time, up to its
//! share of the frames. The number of places that share them is the number of turns that others
//! took since its own last one.
//!
//! The pages are read in one call, into frames that follow one another. A place takes its *ring*, the
//! frames that it read into last, and the frames on both sides that are spare or that hold unused
//! read-ahead of a place that has stopped. So it evicts no pages but its own. Free frames come first: a
//! file that fits is cached whole.

use core::ops::Range;

use super::places::MOST;
use super::{PASSED, Policy, Rank, Visit};
use crate::buffer::pages::Pages;

/// How many times more a place reads than the time before.
const GROWTH: usize = 4;

/// A page that is missed.
#[derive(Clone, Copy, Debug)]
pub(in crate::buffer) struct Miss {
    pub(in crate::buffer) page: u64,
    /// Where in the page the position is.
    pub(in crate::buffer) at: usize,
    /// How many pages from this one on are asked for and in no frame; at least one.
    pub(in crate::buffer) asked: usize,
    /// The page after all that are asked for, cached or not.
    pub(in crate::buffer) asked_end: u64,
    /// How many pages the file may have from this one on.
    pub(in crate::buffer) most: u64,
}

impl Miss {
    /// Whether the call that misses its page is to find this one.
    fn needs(self, page: Option<u64>) -> bool {
        page.is_some_and(|page| self.page < page && page < self.asked_end)
    }
}

/// What is read for a miss.
#[derive(Clone, Debug)]
pub(in crate::buffer) struct Claim {
    pub(in crate::buffer) frames: Range<usize>,
    /// The page for the first of the frames.
    pub(in crate::buffer) page: u64,
    /// How many frames come before the one for the page that is missed.
    pub(in crate::buffer) before: usize,
}

/// How a miss follows from those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Jump,
    Forward,
    Backward,
}

#[derive(Clone, Copy, Debug)]
struct Course {
    way: Way,
    /// The place that it moves; `None` if it jumps, or begins one.
    place: Option<u8>,
    /// How many pages it is to read.
    wanted: usize,
    /// The page after the last that it may read.
    end: u64,
}

impl Policy {
    fn course(&self, pages: &Pages, miss: Miss) -> Course {
        let Miss { page, asked, most, .. } = miss;
        let end = page + asked as u64;
        let forward = self.place(page, false);
        let backward = if forward.is_some() { None } else { self.place(end - 1, true) };
        let way = if forward.is_some() || self.is_passed(pages, page.wrapping_sub(1)) {
            Way::Forward
        } else if backward.is_some() || self.is_passed_backward(pages, end) {
            Way::Backward
        } else {
            Way::Jump
        };
        let place = match way {
            Way::Forward => forward,
            Way::Backward => backward,
            Way::Jump => None,
        };
        let ahead = match place {
            Some(place) => self.grown(place),
            None if way == Way::Jump => 1,
            None => GROWTH,
        };
        let (end, most) = if way == Way::Backward { (end, end) } else { (page + most, most) };
        let most = usize::try_from(most).unwrap_or(MOST).min(MOST).min(self.ranks.frames());
        Course { way, place, wanted: ahead.max(asked).min(most), end }
    }

    /// Whether the program was in `page` last, or has passed it.
    pub(super) fn is_passed(&self, pages: &Pages, page: u64) -> bool {
        page == self.last || pages.find(page).is_some_and(|frame| self.visits[frame].left == PASSED)
    }

    /// Whether `page` was missed last, or the program went through it from its end to its start.
    fn is_passed_backward(&self, pages: &Pages, page: u64) -> bool {
        page == self.missed
            || pages.find(page).is_some_and(|frame| {
                let Visit { entered_from_end, from, .. } = self.visits[frame];
                entered_from_end && from < self.page_size / 8
            })
    }

    /// How many pages `place` reads next.
    fn grown(&self, place: u8) -> usize {
        let wanted = usize::from(self.places.get(place).wanted).saturating_mul(GROWTH);
        wanted.min(self.share(place))
    }

    /// How many frames are for `place`.
    pub(super) fn share(&self, place: u8) -> usize {
        (self.ranks.frames() / self.places.sharing(place)).max(1)
    }

    /// What to read for `miss`; or the frame that goes, if that is dirty and is to be written back first.
    pub(in crate::buffer) fn claim_to_read(
        &mut self,
        pages: &Pages,
        miss: Miss,
    ) -> Result<Claim, usize> {
        let course = self.course(pages, miss);
        if let Some(place) = course.place {
            self.spare(pages, place);
        }
        let victim = self.first_to_go();
        let own = if pages.page(victim).is_some() { self.own(pages, course, miss) } else { 0..0 };
        if own.len() >= course.wanted {
            return Ok(self.claim(pages, own, course, miss));
        }
        let frames = self.around(pages, victim, course, miss);
        // The pages that a sequence wrote are written back in one call, which makes that much room.
        let is_written =
            |&frame: &usize| !pages.dirty(frame).is_empty() && self.visits[frame].left == PASSED;
        let written = (victim..pages.count()).take(course.wanted).take_while(is_written).count();
        if !own.is_empty() && own.len() >= frames.len().max(written) {
            Ok(self.claim(pages, own, course, miss))
        } else if pages.dirty(victim).is_empty() {
            Ok(self.claim(pages, frames, course, miss))
        } else {
            Err(victim)
        }
    }

    /// The same, where a clean frame goes: the first.
    pub(in crate::buffer) fn claim_clean_to_read(&mut self, pages: &Pages, miss: Miss) -> Claim {
        let course = self.course(pages, miss);
        let victim = self.first_of(|frame| pages.dirty(frame).is_empty());
        let frames = self.around(pages, victim, course, miss);
        self.claim(pages, frames, course, miss)
    }

    /// The frames of a place's ring, and around it, that go with it when it moves on; there may be none.
    fn own(&self, pages: &Pages, course: Course, miss: Miss) -> Range<usize> {
        let is_spare =
            |&frame: &usize| self.rank(frame) == Rank::Spare && pages.dirty(frame).is_empty();
        let mut ring = course.place.map_or(0..0, |place| self.places.get(place).ring());
        let seed = ring.find(|frame| is_spare(frame) && !miss.needs(pages.page(*frame)));
        seed.map_or(0..0, |seed| self.around(pages, seed, course, miss))
    }

    /// `place` moves on: what arrived for it and was not kept is spare.
    pub(super) fn spare(&mut self, pages: &Pages, place: u8) {
        for frame in self.places.get(place).ring() {
            let is_own = self.visits[frame].place == place;
            let is_tried = self.rank(frame) == Rank::Tried;
            if is_own && is_tried && pages.dirty(frame).is_empty() {
                self.move_to_back(frame, Rank::Spare);
            }
        }
    }

    /// `seed`, which goes, and frames around it that go with it, as many as are wanted if there are.
    fn around(&self, pages: &Pages, seed: usize, course: Course, miss: Miss) -> Range<usize> {
        let is_free = pages.page(seed).is_none();
        let may_go = |frame: usize, len: usize| match pages.page(frame) {
            None => true,
            Some(_) if is_free || !pages.dirty(frame).is_empty() => false,
            page if miss.needs(page) => false,
            Some(_) => match self.rank(frame) {
                Rank::Spare => true,
                // A page that is asked for may evict a tried page; a page that is read ahead may
                // not.
                Rank::Tried => {
                    len < miss.asked || course.way != Way::Jump && self.is_given_up(frame)
                }
                Rank::Kept => false,
            },
        };
        let mut frames = seed..seed + 1;
        while frames.len() < course.wanted
            && frames.end < pages.count()
            && may_go(frames.end, frames.len())
        {
            frames.end += 1;
        }
        while frames.len() < course.wanted
            && frames.start > 0
            && may_go(frames.start - 1, frames.len())
        {
            frames.start -= 1;
        }
        frames
    }

    /// Whether the program has not used the page in `frame` for a while, nor the place that it was read
    /// ahead for.
    fn is_given_up(&self, frame: usize) -> bool {
        let place = self.visits[frame].place;
        let is_awaited = place != super::NO_PLACE
            && self.places.get(place).ring().contains(&frame)
            && self.places.is_alive(place, self.now, self.round());
        !is_awaited && self.age(frame) > self.round()
    }

    /// Has `miss` read into as many of these frames as there are pages to read.
    fn claim(&mut self, pages: &Pages, frames: Range<usize>, course: Course, miss: Miss) -> Claim {
        // Only what stays in no frame: a page that is cached twice has two contents.
        let is_new = |page: u64, count: usize| {
            let taken = frames.start..frames.start + count + 1;
            pages.find(page).is_none_or(|frame| taken.contains(&frame))
        };
        let (mut start, mut end, mut count) = (miss.page, miss.page + 1, 1);
        while count < frames.len() && end < course.end && is_new(end, count) {
            end += 1;
            count += 1;
        }
        let mut before = 0;
        let is_backward = course.way == Way::Backward;
        while is_backward && count < frames.len() && start > 0 && is_new(start - 1, count) {
            start -= 1;
            count += 1;
            before += 1;
        }
        let frames = frames.start..frames.start + count;
        self.miss(miss.page);
        self.read_end = end;
        self.moving = None;
        if course.way != Way::Jump {
            let place = course.place.unwrap_or_else(|| self.places.oldest());
            let next = if is_backward { start.wrapping_sub(1) } else { end };
            self.move_place(place, next, is_backward, frames.clone(), course.wanted);
        }
        Claim { frames, page: start, before }
    }

    /// `place` moves on with what is read into `ring`.
    fn move_place(
        &mut self,
        place: u8,
        next: u64,
        is_backward: bool,
        ring: Range<usize>,
        wanted: usize,
    ) {
        self.moving = Some(place);
        self.places.take_turn(place);
        let place = self.places.get_mut(place);
        place.next = next;
        place.is_backward = is_backward;
        place.set_ring(ring);
        place.set_wanted(wanted);
        place.reach = 0;
        place.see(self.now);
    }

    /// How many pages, `page` in `frame` with them, to read for a miss of what `page` lacks at its end:
    /// those after it go into the frames after that one, as far as these hold nothing.
    ///
    /// Nothing else goes for them: the file may just as well end here.
    pub(in crate::buffer) fn read_on(
        &mut self,
        pages: &Pages,
        frame: usize,
        page: u64,
        most: u64,
    ) -> usize {
        if page.wrapping_add(1) != self.read_end {
            return 1;
        }
        let wanted = self.moving.map_or(GROWTH, |place| self.grown(place));
        let is_free = |count| frame + count < pages.count() && pages.page(frame + count).is_none();
        let is_new = |count| pages.find(page + count as u64).is_none();
        let count = (1..wanted)
            .take_while(|&count| (count as u64) < most && is_free(count) && is_new(count))
            .last()
            .map_or(1, |last| last + 1);
        if self.moving.is_none() {
            let place = self.places.oldest();
            self.move_place(place, page + 1, false, frame..frame + count, wanted);
        }
        count
    }

    /// What was read ends with `count` pages from `page` on.
    pub(in crate::buffer) fn reads(&mut self, page: u64, count: usize) {
        self.read_end = page.wrapping_add(count as u64);
        if let Some(place) = self.moving {
            let place = self.places.get_mut(place);
            if !place.is_backward {
                place.next = self.read_end;
            }
        }
    }

    /// The last claim was abandoned. If the miss comes again, it continues the same place.
    pub(in crate::buffer) fn unclaimed(&mut self) {
        if let Some(place) = self.moving {
            let place = self.places.get_mut(place);
            if !place.is_backward {
                place.next = self.missed;
            }
        }
    }
}
