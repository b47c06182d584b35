//! [`Pieces`]: where the journal has which bytes of the file. No I/O.
//!
//! # Invariants
//!
//! 1. No piece is empty, and no two of them have a byte of the file in common.
//! 2. A byte of the file is in a piece if and only if it was written since the transaction began, and
//!    not truncated since. The piece leads to where it was written last.

use std::collections::BTreeMap;

/// A range of the file whose bytes are in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// In bytes, not 0.
    pub(super) len: u64,
    /// From the start of the journal.
    pub(super) at: u64,
}

/// The pieces, by where each starts in the file.
#[derive(Debug, Default)]
pub(super) struct Pieces(BTreeMap<u64, Piece>);

impl Pieces {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The pieces in the order of the file.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, Piece)> {
        self.0.iter().map(|(&start, &piece)| (start, piece))
    }

    /// The rest of a piece from `offset` on, if that lies in one.
    pub(super) fn at(&self, offset: u64) -> Option<Piece> {
        let (&start, piece) = self.0.range(..=offset).next_back()?;
        let before = offset - start;
        (before < piece.len).then(|| Piece { len: piece.len - before, at: piece.at + before })
    }

    /// Where the first piece after `offset` starts.
    pub(super) fn next(&self, offset: u64) -> Option<u64> {
        self.0.range(offset..).next().map(|(&start, _)| start)
    }

    /// Records that the bytes from `start` on are in `piece` now.
    pub(super) fn put(&mut self, start: u64, piece: Piece) {
        self.cut(start, start + piece.len);
        match self.0.range_mut(..start).next_back() {
            // Consecutive writes are one piece, however many calls they came in.
            Some((&before, long))
                if before + long.len == start && long.at + long.len == piece.at =>
            {
                long.len += piece.len;
            }
            _ => {
                self.0.insert(start, piece);
            }
        }
    }

    /// Removes the bytes `from..to`.
    pub(super) fn cut(&mut self, from: u64, to: u64) {
        let inside = self.0.range(from..to).map(|(&start, _)| start);
        // At most one piece reaches over each end.
        let before = self.0.range(..from).next_back().map(|(&start, _)| start);
        for start in before.into_iter().chain(inside).collect::<Vec<_>>() {
            let piece = self.0[&start];
            let end = start + piece.len;
            if end <= from {
                continue;
            }
            if start < from {
                self.0.insert(start, Piece { len: from - start, ..piece });
            } else {
                self.0.remove(&start);
            }
            if end > to {
                self.0.insert(to, Piece { len: end - to, at: piece.at + (to - start) });
            }
        }
    }
}
