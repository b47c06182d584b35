//! Bytes that have not reached the stream: finding them, writing them back, discarding them.

use core::ops::Range;

use super::{PageBuffer, Span};
use crate::unwritten::Unwritten;

/// Dirty bytes that follow one another in the arena as they do in the file, so that one call writes them: those
/// in `frames`.
///
/// It stays good until one of its pages changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(super) frames: Range<usize>,
}

impl PageBuffer {
    /// Whether there is anything to write back.
    pub(crate) fn is_dirty(&self) -> bool {
        self.pages.dirty_count() > 0 || !self.window.written().is_empty()
    }

    /// How many bytes writing everything back would write.
    pub(crate) fn dirty_len(&self) -> u64 {
        let folded: usize =
            self.pages.dirty_frames().map(|frame| self.pages.dirty(frame).len()).sum();
        let pending = self.pending().map_or(0, |(frame, span)| {
            let dirty = self.pages.dirty(frame);
            dirty.hull(span).len() - dirty.len()
        });
        (folded + pending) as u64
    }

    /// The end of the last dirty byte; 0 if there is none.
    pub(crate) fn dirty_end(&self) -> u64 {
        let folded = self
            .pages
            .dirty_frames()
            .map(|frame| self.offset_in(frame, self.pages.dirty(frame).end()));
        let written = self.window.written();
        let pending = if written.is_empty() { 0 } else { self.window.offset_of(written.end) };
        folded.fold(pending, u64::max)
    }

    /// The first dirty byte at or after `offset`.
    ///
    /// Nothing may be pending: fold first.
    pub(crate) fn next_dirty(&self, offset: u64) -> Option<u64> {
        self.pages
            .dirty_frames()
            .map(|frame| (frame, self.pages.dirty(frame)))
            .filter(|&(frame, dirty)| self.offset_in(frame, dirty.end()) > offset)
            .map(|(frame, dirty)| self.offset_in(frame, dirty.start()).max(offset))
            .min()
    }

    // ----- writing back ------------------------------------------------------------------------

    /// The frame with the lowest dirty byte of the file.
    ///
    /// Nothing may be pending: fold first.
    pub(crate) fn lowest_dirty(&mut self) -> Option<usize> {
        self.pages.lowest_dirty()
    }

    /// The frame that is to be written back next, of those that are dirty; there must be one.
    pub(crate) fn dirty_victim(&mut self) -> usize {
        self.policy.dirty_victim(&self.pages, self.position() >> self.page_shift)
    }

    pub(crate) fn is_frame_dirty(&self, frame: usize) -> bool {
        !self.pages.dirty(frame).is_empty()
    }

    /// The frame in which the unbroken run of dirty bytes begins that reaches into `frame`.
    ///
    /// Writing back from there keeps appended bytes in order.
    pub(crate) fn stretch_start(&self, mut frame: usize) -> usize {
        while self.pages.dirty(frame).start() == 0
            && let Some(page) = self.pages.page(frame).and_then(|page| page.checked_sub(1))
            && let Some(before) = self.pages.find(page)
            && self.is_dirty_to_end(before)
        {
            frame = before;
        }
        frame
    }

    /// The dirty bytes of a run, and their offset in the file.
    pub(crate) fn bytes_of(&self, run: &Run) -> (u64, &[u8]) {
        let (first, last) = (run.frames.start, run.frames.end - 1);
        let at = self.pages.dirty(first).start();
        let end = self.start_of(last) + self.pages.dirty(last).end();
        (self.offset_in(first, at), &self.arena[self.start_of(first) + at..end])
    }

    /// The dirty bytes that begin in `frame` and go on into the frames after it.
    pub(super) fn run(&self, frame: usize) -> Run {
        Run { frames: frame..self.pages.run_end(frame, self.page_size()) }
    }

    /// The frame in which the dirty bytes go on that reach the end of the page in `frame`.
    pub(super) fn dirty_after(&self, frame: usize) -> Option<usize> {
        if !self.is_dirty_to_end(frame) {
            return None;
        }
        let page = self.pages.page(frame)?.checked_add(1)?;
        let after = Some(frame + 1).filter(|&after| self.pages.holds(after, page));
        let after = after.or_else(|| self.pages.find(page))?;
        self.pages.dirty(after).contains(0).then_some(after)
    }

    /// Records that the stream has accepted the first `n` bytes of a run. What is left of it is another run.
    pub(crate) fn wrote(&mut self, run: Run, mut n: usize) {
        let mut clean = run.frames.start..run.frames.start;
        for frame in run.frames {
            let dirty = self.pages.dirty(frame);
            let taken = n.min(dirty.len());
            self.pages.keep_dirty(frame, dirty.without_first(taken));
            n -= taken;
            if taken < dirty.len() {
                break;
            }
            clean.end = frame + 1;
        }
        debug_assert!(n == 0, "more was written than is dirty");
        self.policy.cleaned(clean);
    }

    fn is_dirty_to_end(&self, frame: usize) -> bool {
        self.pages.dirty(frame).end() == self.page_size()
    }

    // ----- giving up ---------------------------------------------------------------------------

    /// Forgets everything, dirty bytes included. The position does not move.
    pub(crate) fn clear(&mut self) {
        self.fold();
        self.window.close();
        for frame in (0..self.pages.count()).rev() {
            self.release(frame);
            self.policy.abandoned(&self.pages, frame);
        }
    }

    /// Forgets every page that has a byte at `start..end`. None of them may be dirty.
    pub(crate) fn forget(&mut self, start: u64, end: u64) {
        self.window.close();
        for frame in 0..self.pages.count() {
            if self.offset_in(frame, 0) < end && start < self.page_end(frame) {
                self.forget_page(frame);
            }
        }
    }

    /// Forgets the clean bytes of pages that reach past `len`.
    pub(crate) fn forget_clean_past(&mut self, len: u64) {
        self.fold();
        self.window.close();
        for frame in 0..self.pages.count() {
            if len < self.page_end(frame) {
                self.pages.set_valid(frame, self.pages.dirty(frame));
            }
        }
    }

    /// Forgets what lies at or past `len`, dirty bytes included.
    pub(crate) fn cut(&mut self, len: u64) {
        self.fold();
        self.window.close();
        for frame in 0..self.pages.count() {
            if len < self.page_end(frame) {
                // Less than a page, or nothing if the page lies past `len`.
                let rest = len.saturating_sub(self.offset_in(frame, 0));
                let rest = self.index_in_page(rest);
                self.pages.set_valid(frame, self.pages.valid(frame).before(rest));
                self.pages.keep_dirty(frame, self.pages.dirty(frame).before(rest));
            }
        }
    }

    /// What is dirty, in ascending order, as runs that do not touch.
    pub(crate) fn unwritten(&mut self) -> Vec<Unwritten> {
        self.fold();
        let mut runs: Vec<Unwritten> = Vec::new();
        while let Some(frame) = self.lowest_dirty() {
            let dirty = self.pages.dirty(frame);
            let start = self.start_of(frame);
            let bytes = &self.arena[start + dirty.start()..start + dirty.end()];
            let offset = self.offset_in(frame, dirty.start());
            match runs.last_mut() {
                Some(run) if run.end() == offset => run.bytes.extend_from_slice(bytes),
                _ => runs.push(Unwritten { offset, bytes: bytes.to_vec() }),
            }
            self.pages.keep_dirty(frame, Span::EMPTY);
        }
        runs
    }

    /// Where in the file byte `at` of the page in `frame` is; 0 if the frame holds none.
    fn offset_in(&self, frame: usize, at: usize) -> u64 {
        self.pages.page(frame).map_or(0, |page| (page << self.page_shift) + at as u64)
    }

    /// Where the page in `frame` ends; 0 if the frame holds none.
    fn page_end(&self, frame: usize) -> u64 {
        self.pages.page(frame).map_or(0, |page| self.offset_in(frame, self.page_len(page)))
    }
}
