//! Pages that were evicted, and when the program last used them.
//!
//! The table is small and inexact on purpose: two pages may share a slot, or look the same. The
//! worst effect is that a page is kept, or is not.

/// The age of a page that is not remembered.
pub(super) const FORGOTTEN: u16 = u16::MAX;

/// An evicted page: the rest of its hash, and the last bits of when it was used.
#[derive(Clone, Copy, Debug)]
struct Ghost {
    tag: u16,
    used: u16,
}

/// The pages that were evicted last. Of two in the same slot, the later one stays.
#[derive(Debug)]
pub(super) struct Ghosts {
    /// A power of two of them.
    slots: Box<[Ghost]>,
}

#[expect(clippy::cast_possible_truncation, reason = "see the head of this file")]
impl Ghosts {
    pub(super) fn new(frames: usize) -> Self {
        let slots = frames.next_power_of_two();
        Self { slots: vec![Ghost { tag: 0, used: 0 }; slots].into() }
    }

    /// Records that `page` is evicted, and that the program last used it at `used`.
    pub(super) fn put(&mut self, page: u64, used: u32) {
        let (slot, tag) = self.slot(page);
        self.slots[slot] = Ghost { tag, used: used as u16 };
    }

    /// How long before `now` the program was last in `page`, or [`FORGOTTEN`].
    pub(super) fn age(&self, page: u64, now: u32) -> u16 {
        let (slot, tag) = self.slot(page);
        let Ghost { tag: known, used } = self.slots[slot];
        if known == tag { (now as u16).wrapping_sub(used) } else { FORGOTTEN }
    }

    /// Fibonacci hashing: the upper bits spread pages that lie a power of two apart.
    fn slot(&self, page: u64) -> (usize, u16) {
        let hash = page.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let slot = (hash >> 32) as usize & (self.slots.len() - 1);
        (slot, (hash >> 16) as u16 | 1)
    }
}
