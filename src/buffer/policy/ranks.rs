//! The order in which pages go: three lists of frames.
//!
//! # Invariants
//!
//! 1. Each frame is on exactly one list. A list is a ring through `links`, closed by its head, which comes
//!    after the links of the frames.

use core::ops::Range;

/// How much the page in a frame is worth. Pages are evicted in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rank {
    /// Nothing: the frame is free, or a sequence has passed its page. The one at the front goes next.
    Spare,
    /// The page was missed, or read ahead. The one at the front has not been used for the longest time.
    Tried,
    /// The program came back to it. The one at the front has not been used for the longest time.
    Kept,
}

const RANKS: [Rank; 3] = [Rank::Spare, Rank::Tried, Rank::Kept];

#[derive(Clone, Copy, Debug)]
struct Link {
    before: u32,
    after: u32,
}

#[derive(Debug)]
pub(super) struct Ranks {
    links: Box<[Link]>,
}

#[expect(clippy::cast_possible_truncation, reason = "frames are counted in 32 bits")]
impl Ranks {
    /// All frames spare, in the arena's order.
    pub(super) fn new(frames: usize) -> Self {
        let links =
            (0..frames + RANKS.len()).map(|at| Link { before: at as u32, after: at as u32 });
        let mut ranks = Self { links: links.collect() };
        for frame in 0..frames {
            ranks.move_to_back(frame, Rank::Spare);
        }
        ranks
    }

    pub(super) fn frames(&self) -> usize {
        self.links.len() - RANKS.len()
    }

    fn head(&self, rank: Rank) -> usize {
        self.frames() + rank as usize
    }

    /// The frame at the front of a list.
    pub(super) fn first(&self, rank: Rank) -> Option<usize> {
        Some(self.links[self.head(rank)].after as usize).filter(|&frame| frame < self.frames())
    }

    /// All frames, in the order of eviction.
    pub(super) fn in_order(&self) -> impl Iterator<Item = usize> {
        RANKS.into_iter().flat_map(|rank| {
            let follow = |&frame: &usize| Some(self.links[frame].after as usize);
            core::iter::successors(self.first(rank), follow)
                .take_while(|&frame| frame < self.frames())
        })
    }

    pub(super) fn move_to_front(&mut self, frame: usize, rank: Rank) {
        let head = self.head(rank);
        if self.links[head].after as usize != frame {
            self.unlink(frame);
            self.link(head, frame, self.links[head].after as usize);
        }
    }

    pub(super) fn move_to_back(&mut self, frame: usize, rank: Rank) {
        self.chain_to_back(frame, frame, rank);
    }

    /// Moves frames that follow one another to the back of a list. Those that already do so on the list that
    /// they are on move as one.
    pub(super) fn move_all_to_back(&mut self, frames: Range<usize>, rank: Rank) {
        let Range { start: mut first, end } = frames;
        for next in first + 1..end {
            if self.links[next - 1].after as usize != next {
                self.chain_to_back(first, next - 1, rank);
                first = next;
            }
        }
        if first < end {
            self.chain_to_back(first, end - 1, rank);
        }
    }

    /// Moves the frames from `first` to `last`, as they are on a list, to the back of another, or of the same.
    fn chain_to_back(&mut self, first: usize, last: usize, rank: Rank) {
        let head = self.head(rank);
        let Link { before, .. } = self.links[first];
        let Link { after, .. } = self.links[last];
        if after as usize != head {
            self.links[before as usize].after = after;
            self.links[after as usize].before = before;
            let back = core::mem::replace(&mut self.links[head].before, last as u32);
            self.links[last].after = head as u32;
            self.links[first].before = back;
            self.links[back as usize].after = first as u32;
        }
    }

    /// Puts each of two frames where the other is.
    pub(super) fn swap(&mut self, one: usize, other: usize) {
        let comes_after = self.links[one].before as usize == other;
        let (first, second) = if comes_after { (other, one) } else { (one, other) };
        // Neither of these is one of the two, even if the second comes right after the first.
        let before = self.links[first].before as usize;
        let after = self.links[second].after as usize;
        self.unlink(first);
        self.unlink(second);
        self.link(before, second, self.links[before].after as usize);
        self.link(self.links[after].before as usize, first, after);
    }

    fn unlink(&mut self, frame: usize) {
        let Link { before, after } = self.links[frame];
        self.links[before as usize].after = after;
        self.links[after as usize].before = before;
    }

    fn link(&mut self, before: usize, frame: usize, after: usize) {
        self.links[before].after = frame as u32;
        self.links[after].before = frame as u32;
        self.links[frame] = Link { before: before as u32, after: after as u32 };
    }

    /// Panics where an invariant of this file does not hold.
    #[cfg(test)]
    pub(super) fn check(&self, rank_of: impl Fn(usize) -> Rank) {
        let mut listed = vec![false; self.frames()];
        for rank in RANKS {
            let mut at = self.head(rank);
            loop {
                let next = self.links[at].after as usize;
                assert_eq!(self.links[next].before as usize, at, "a list does not lead back");
                at = next;
                if at == self.head(rank) {
                    break;
                }
                assert_eq!(rank_of(at), rank, "a frame is on a wrong list");
                assert!(!core::mem::replace(&mut listed[at], true), "a frame is on two lists");
            }
        }
        assert!(listed.into_iter().all(|is_listed| is_listed), "a frame is on no list");
    }
}
