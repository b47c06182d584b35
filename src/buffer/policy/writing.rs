//! Decides which frame a page gets that is written and not cached, and which is written back for it.
//!
//! A place that writes takes the frames of its ring one by one, so that its pages are written back in one
//! call; and then it begins its ring anew.

use super::{Policy, Rank, index};
use crate::buffer::pages::Pages;

impl Policy {
    /// Claims a frame for `page`, which is written next; or says which frame goes, if that is dirty and is to be
    /// written back first.
    #[inline]
    pub(in crate::buffer) fn claim_to_write(
        &mut self,
        pages: &Pages,
        page: u64,
    ) -> Result<usize, usize> {
        let place = self.place(page, false);
        let frame = self.victim_to_write(pages, place, page);
        if !pages.dirty(frame).is_empty() {
            return Err(frame);
        }
        self.claimed_to_write(pages, frame, place, page);
        Ok(frame)
    }

    /// The frame that goes next, so that `page`, which continues this place, can be written.
    #[inline]
    fn victim_to_write(&mut self, pages: &Pages, place: Option<u8>, page: u64) -> usize {
        self.expire_kept();
        let Some(place) = place else {
            let victim = self.front();
            let before = pages.find(page.wrapping_sub(1));
            let after = before.map(|frame| frame + 1).filter(|&frame| self.is_clean(pages, frame));
            return after.filter(|_| self.is_passed(pages, page.wrapping_sub(1))).unwrap_or(victim);
        };
        let place = self.places.get(place);
        let (mut ring, reach, wanted) = (place.ring(), place.reach(), place.wanted.into());
        let is_not_kept = |policy: &Self, frame: usize| policy.rank(frame) != Rank::Kept;
        if ring.len() < wanted {
            if let Some(next) = (ring.end..reach).find(|&frame| is_not_kept(self, frame)) {
                return next;
            }
            if self.is_clean(pages, ring.end) {
                return ring.end;
            }
            let victim = self.front();
            if self.is_clean(pages, victim) {
                // Another place that goes on here gets half of the room.
                let is_clean = |&frame: &usize| self.is_clean(pages, frame);
                let room = (victim..).take_while(is_clean).take(wanted).count();
                let is_taken = self.places.one_goes_on_in(victim);
                return if is_taken { victim + room / 2 } else { victim };
            }
        }
        let own = ring.find(|&frame| is_not_kept(self, frame));
        own.unwrap_or_else(|| self.front())
    }

    /// Whether `frame` exists, is spare, and has nothing to be written back.
    fn is_clean(&self, pages: &Pages, frame: usize) -> bool {
        frame < pages.count() && self.rank(frame) == Rank::Spare && pages.dirty(frame).is_empty()
    }

    /// The frame that is to be written back, so that `page` can be written; one must be dirty.
    pub(in crate::buffer) fn dirty_victim(&mut self, pages: &Pages, page: u64) -> usize {
        let is_dirty = |frame: usize| !pages.dirty(frame).is_empty();
        let mut ring = self.place(page, false).map_or(0..0, |place| self.places.get(place).ring());
        let own = ring.find(|&frame| self.rank(frame) != Rank::Kept && is_dirty(frame));
        own.unwrap_or_else(|| {
            // Those that are used again and again are not to be written each time.
            self.oldest(Rank::Tried);
            let is_idle = |frame: usize| self.visits[frame].listed == self.visits[frame].when;
            let idle = self.ranks.in_order().find(|&frame| is_dirty(frame) && is_idle(frame));
            idle.unwrap_or_else(|| self.first_of(is_dirty))
        })
    }

    /// `frame` is claimed for `page`, which continues a place that is `known`, or none.
    #[inline]
    fn claimed_to_write(&mut self, pages: &Pages, frame: usize, known: Option<u8>, page: u64) {
        self.miss(page);
        self.read_end = u64::MAX;
        if let Some(place) = known
            && self.places.get_mut(place).goes_on_in(frame)
        {
            self.moving = known;
            self.places.get_mut(place).next = page + 1;
            return;
        }
        let before = page.wrapping_sub(1);
        let is_new = known.is_none() && self.is_passed(pages, before);
        self.moving = known.or_else(|| is_new.then(|| self.places.oldest()));
        let Some(place) = self.moving else { return };
        // The ring begins, or begins anew.
        let start = pages.find(before).filter(|&before| is_new && before + 1 == frame);
        let share = if is_new { self.ranks.frames() } else { self.share(place) };
        if !is_new {
            self.spare(pages, place);
        }
        self.places.take_turn(place);
        let place = self.places.get_mut(place);
        let ring = place.ring();
        place.reach = if ring.contains(&frame) { index(ring.end - frame) } else { 0 };
        place.set_ring(start.unwrap_or(frame)..frame + 1);
        // One frame is clean at all times. Without it, what is appended is written in whole capacities.
        place.set_wanted(share.min(self.ranks.frames() - 1));
        place.is_backward = false;
        place.see(self.now);
        place.next = page + 1;
    }
}
