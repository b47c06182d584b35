//! How a capacity is divided into pages.

/// The largest page, in bytes. Random access reads one page; 4 KiB is also what systems page by.
pub(crate) const MAX_PAGE: usize = 4096;

/// How many pages a capacity is, unless that makes pages larger than [`MAX_PAGE`] (then it is
/// more) or smaller than a byte (then it is fewer).
const FRAMES: usize = 16;

/// How large the pages are, and how many.
///
/// There is one frame more than the capacity needs: the one that stays clean. So appended bytes are
/// written a whole capacity at a time, from one multiple of it to the next. File systems store
/// these in fewer pieces than calls that are a page shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub(super) page_shift: u32,
    pub(super) frames: usize,
}

impl Geometry {
    /// Pages for at least `capacity` bytes. 0, and only 0, has none.
    pub(crate) fn of(capacity: usize) -> Self {
        if capacity == 0 {
            return Self { page_shift: 0, frames: 0 };
        }
        let page_shift = (capacity / FRAMES).clamp(1, MAX_PAGE).ilog2();
        let pages = capacity.div_ceil(1 << page_shift).max(2);
        Self { page_shift, frames: pages.saturating_add(1) }
    }

    /// How many bytes the frames have; saturates where no memory is that large.
    pub(crate) fn memory(self) -> usize {
        self.frames.saturating_mul(1 << self.page_shift)
    }
}
