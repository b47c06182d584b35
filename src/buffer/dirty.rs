//! Bytes that have not reached the stream: finding them, writing them back, discarding them.

use super::{PageBuffer, Span};
use crate::unwritten::Unwritten;

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

    /// The dirty bytes that begin in `frame` and go on into the frames after it, as one slice, and
    /// their offset in the file. `None` if the frame is clean.
    pub(crate) fn run(&self, frame: usize) -> Option<(u64, &[u8])> {
        let dirty = self.pages.dirty(frame);
        if dirty.is_empty() {
            return None;
        }
        let last = self.run_end(frame) - 1;
        let start = self.start_of(frame) + dirty.start();
        let end = self.start_of(last) + self.pages.dirty(last).end();
        Some((self.offset_in(frame, dirty.start()), &self.arena[start..end]))
    }

    /// The frame after those of the run that begins in `frame`.
    pub(super) fn run_end(&self, frame: usize) -> usize {
        let mut end = frame + 1;
        while self.dirty_after(end - 1) == Some(end) {
            end += 1;
        }
        end
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

    /// Records that the stream has accepted the first `n` bytes of the run that begins in `frame`.
    pub(crate) fn wrote(&mut self, mut frame: usize, mut n: usize) {
        while n > 0 {
            let dirty = self.pages.dirty(frame);
            let taken = n.min(dirty.len());
            debug_assert!(taken > 0, "more was written than is dirty");
            self.pages.keep_dirty(frame, dirty.without_first(taken));
            if taken == dirty.len() {
                self.policy.cleaned(frame);
            }
            n -= taken;
            frame += 1;
        }
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
