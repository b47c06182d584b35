//! Decides which visits need not be known.
//!
//! Most visits decide nothing: the page is kept, or it arrived too recently for the program to come back to it. Such
//! a page is *settled* until the era ends. An era ends when a page is missed, or when one that was used in the era
//! gets its second chance. The first visit that finds a page settled is recorded as it begins. Those after it in the
//! same era are counted, so that other pages age, but not recorded. So a page that was used in this era may have
//! been used just now.
//!
//! [`pages`](crate::buffer::pages) has the era in which a page was settled, so that the look-up finds it.

use super::visit::{NO_PLACE, NOWHERE, PASSED};
use super::{Policy, Rank, index};

impl Policy {
    /// The era, by its number.
    #[inline]
    pub(in crate::buffer) fn era(&self) -> u32 {
        self.era
    }

    /// Something was decided: no page is settled any more.
    pub(in crate::buffer) fn end_era(&mut self) {
        // The first visit in an era moves it on, so the next one has another number.
        self.era = self.now;
    }

    /// Settles the page in `frame` for this era and records the visit that begins at its byte `at`, if the program
    /// comes back to it and that decides nothing. Otherwise, `false`.
    #[inline]
    pub(in crate::buffer) fn settle(&mut self, frame: usize, at: usize) -> bool {
        let visit = &self.visits[frame];
        let is_settled =
            self.is_settled(frame) && (visit.rank == Rank::Kept || !visit.goes_on(index(at)));
        if is_settled {
            self.now = self.now.wrapping_add(1);
            self.visits[frame].when = self.now;
        }
        is_settled
    }

    /// Whether the page in `frame` was not passed, and keeps its rank in this era if the program comes back to it.
    #[inline]
    pub(super) fn is_settled(&self, frame: usize) -> bool {
        let visit = &self.visits[frame];
        let keeps_rank = match visit.rank {
            Rank::Kept => true,
            Rank::Tried => visit.place == NO_PLACE && self.is_soon(visit),
            Rank::Spare => false,
        };
        keeps_rank && visit.left != NOWHERE && visit.left != PASSED
    }

    /// There is one more visit to a page that is settled.
    #[inline]
    pub(in crate::buffer) fn count_visit(&mut self) {
        self.now = self.now.wrapping_add(1);
    }

    /// Whether the last visit to the page in `frame` that was recorded was in this era.
    pub(super) fn is_of_era(&self, frame: usize) -> bool {
        self.age(frame) < self.now.wrapping_sub(self.era)
    }
}
