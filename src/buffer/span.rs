//! A range of bytes within one page.

/// The bytes `start..end` of a page. All empty spans are equal: `0..0`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    start: u16,
    end: u16,
}

impl Span {
    pub(super) const EMPTY: Self = Self { start: 0, end: 0 };

    /// `start..end`, which lies in a page and so fits 16 bits.
    #[expect(clippy::cast_possible_truncation, reason = "a page has at most MAX_PAGE bytes")]
    pub(super) fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end && end <= super::MAX_PAGE);
        if start == end { Self::EMPTY } else { Self { start: start as u16, end: end as u16 } }
    }

    pub(super) fn start(self) -> usize {
        self.start as usize
    }

    pub(super) fn end(self) -> usize {
        self.end as usize
    }

    pub(super) fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    pub(super) fn is_empty(self) -> bool {
        self.start == self.end
    }

    pub(super) fn contains(self, at: usize) -> bool {
        self.start() <= at && at < self.end()
    }

    /// Whether it has byte `at`, or ends there.
    pub(super) fn reaches(self, at: usize) -> bool {
        self.start() <= at && at <= self.end()
    }

    /// Whether this and the bytes `start..end` together are one range, so that their hull holds
    /// nothing else.
    pub(super) fn touches(self, start: usize, end: usize) -> bool {
        self.is_empty() || (self.start() <= end && start <= self.end())
    }

    /// The smallest span that holds both.
    pub(super) fn hull(self, other: Self) -> Self {
        if self.is_empty() {
            other
        } else if other.is_empty() {
            self
        } else {
            Self { start: self.start.min(other.start), end: self.end.max(other.end) }
        }
    }

    /// What is left without the first `n` bytes.
    pub(super) fn without_first(self, n: usize) -> Self {
        Self::new(self.start() + n, self.end())
    }

    /// What is left before `end`.
    pub(super) fn before(self, end: usize) -> Self {
        let end = self.end().min(end);
        Self::new(self.start().min(end), end)
    }
}
