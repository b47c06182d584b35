//! How the program used the page in a frame.

use super::Rank;

/// Where the program left a page that it has not been in.
pub(super) const NOWHERE: u16 = u16::MAX - 1;

/// Where it left a page that it has passed.
pub(super) const PASSED: u16 = u16::MAX;

/// No place.
pub(super) const NO_PLACE: u8 = u8::MAX;

/// What is known of a page, and of the visits to it. A visit is recorded when it ends.
///
/// The counters wrap around. Then a page may be evicted, or stay, once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visit {
    /// The last visit; that of another page when this one arrived, if there was none.
    pub(super) when: u32,
    /// The value of `when` when the page arrived, or when it was last its turn to be evicted. If `when`
    /// differs, the page was used since. The first visit does not count.
    pub(super) listed: u32,
    /// How many misses there had been when the page arrived.
    pub(super) since: u8,
    /// Where in the page the last visit began, and where it ended.
    pub(super) from: u16,
    pub(super) left: u16,
    /// Whether the first visit began in the second half of the page.
    pub(super) entered_from_end: bool,
    pub(super) rank: Rank,
    /// The place that the page arrived for, or [`NO_PLACE`].
    pub(super) place: u8,
}

pub(super) const FREE: Visit = Visit {
    when: 0,
    listed: 0,
    since: 0,
    from: 0,
    left: NOWHERE,
    entered_from_end: false,
    rank: Rank::Spare,
    place: NO_PLACE,
};

impl Visit {
    /// Whether a sequence has passed the page, and has no more use for it.
    pub(super) fn is_over(&self) -> bool {
        self.left == PASSED && !self.entered_from_end && self.rank == Rank::Tried
    }

    /// Whether a visit that begins at `at` goes on where the last one ended, in either direction.
    pub(super) fn goes_on(self, at: u16) -> bool {
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
