//! Going from page to page: jumps to what is cached, and what the policy learns of them.
//!
//! Programs that work at several places at once jump before most calls. So a jump takes one look-up. The
//! common kind makes no function call: it goes to a page that is [settled](super::policy::eras), that may be read and
//! that the greatest length does not cut, from one that was entered so too and was not left at its end.

use super::PageBuffer;

/// The visit that began when the window was opened last.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entered {
    /// The frame that holds the page. Where the window is open, it is the first that it spans.
    frame: u32,
    /// Where in the page the visit began, to be recorded when it ends; `None` if the visit is recorded already. Then
    /// the window spans no other frame.
    from: Option<u16>,
}

impl Entered {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "frames are counted in 32 bits, and see MAX_PAGE"
    )]
    #[inline]
    fn new(frame: usize, from: Option<usize>) -> Self {
        Self { frame: frame as u32, from: from.map(|from| from as u16) }
    }

    /// The same visit, where the page is in another frame.
    pub(super) fn moved_to(self, frame: usize) -> Self {
        Self { from: self.from, ..Self::new(frame, None) }
    }

    #[inline]
    pub(super) fn frame(self) -> usize {
        self.frame as usize
    }

    #[inline]
    pub(super) fn is_recorded(self) -> bool {
        self.from.is_none()
    }

    fn from(self) -> Option<usize> {
        self.from.map(usize::from)
    }
}

impl PageBuffer {
    /// Whether the window is open. Then there are frames, and the position is known.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.window.is_open()
    }

    /// Moves the position to `target`. If its page is cached, the window opens on it, so that the
    /// next read or write there is a hit.
    #[inline(never)]
    pub(crate) fn seek(&mut self, target: u64) {
        let is_plain = self.window.has_more_to_read()
            && self.window.has_noted_nothing()
            && self.entered.is_recorded();
        if is_plain { self.arrive(target) } else { self.seek_from_anywhere(target) }
    }

    #[inline(never)]
    fn seek_from_anywhere(&mut self, target: u64) {
        if self.fold() && self.try_seek(target) {
            return;
        }
        self.leave();
        self.window.close();
        self.arrive(target);
    }

    /// Opens the window at `target` if that is cached, and closes it there otherwise. If it is open, there is
    /// nothing to record of the page that it is on.
    fn arrive(&mut self, target: u64) {
        let page = target >> self.page_shift;
        if page >= self.plain_pages {
            return self.arrive_anywhere(target);
        }
        let Some(found) = self.pages.look_up(page) else {
            return self.arrive_anywhere(target);
        };
        if !found.is_settled(self.policy.era()) {
            return self.arrive_unsettled(target, found.frame);
        }
        self.entered = Entered::new(found.frame, None);
        self.policy.count_visit();
        let start = self.start_of(found.frame);
        let frame = start..start + self.page_size();
        if !self.window.open_on(target, self.index_in_page(target), frame, &found) {
            self.arrive_anywhere(target);
        }
    }

    /// The same, where the page is in `frame`, may be read, and is not cut by the greatest length.
    #[inline(never)]
    fn arrive_unsettled(&mut self, target: u64, frame: usize) {
        let at = self.index_in_page(target);
        let start = self.start_of(frame);
        let found = self.pages.found(frame);
        if !self.window.open_on(target, at, start..start + self.page_size(), &found) {
            return self.arrive_anywhere(target);
        }
        let is_settled = self.policy.settle(frame, at);
        if is_settled {
            self.pages.settle(frame, self.policy.era());
        }
        self.entered = Entered::new(frame, (!is_settled).then_some(at));
    }

    /// The same, wherever the position goes.
    #[inline(never)]
    fn arrive_anywhere(&mut self, target: u64) {
        if self.window.is_open() {
            self.policy.left(self.position() >> self.page_shift);
        }
        let at = self.index_in_page(target);
        match self.pages.look_up(target >> self.page_shift) {
            Some(found) if found.valid().reaches(at) => self.open(found.frame, target),
            _ => self.window.close_at(target),
        }
    }

    /// The window was opened in `frame`.
    pub(super) fn enter(&mut self, frame: usize) {
        let from = self.window.cursor() - self.start_of(frame);
        self.entered = Entered::new(frame, Some(from));
    }

    /// The window, if it is open, is about to be closed or opened elsewhere.
    #[inline]
    pub(super) fn leave(&mut self) {
        if self.window.is_open() {
            let frame = self.entered.frame();
            let at = self.window.cursor().wrapping_sub(self.start_of(frame));
            if at > self.page_mask() {
                return self.leave_past_end(frame, at);
            }
            let page = self.position() >> self.page_shift;
            match self.entered.from() {
                Some(from) => self.policy.visited(frame, page, from, at),
                None => self.policy.left(page),
            }
        }
    }

    /// The same, if the position has left the page in `frame` through its end, and is `distance` bytes from its start.
    #[inline(never)]
    fn leave_past_end(&mut self, frame: usize, distance: usize) {
        // A visit that is recorded already began before the end, but it is not known where.
        let from = self.entered.from().unwrap_or(self.page_mask());
        let passed = distance >> self.page_shift;
        let page = (self.position() >> self.page_shift) - passed as u64;
        if passed == 1 {
            self.pages.unsettle(frame);
            self.policy.passed(&self.pages, frame, page, from);
        } else {
            self.policy.end_era();
            self.policy.passed_all(&self.pages, frame..frame + passed, page, from);
        }
        let left = distance & self.page_mask();
        if left > 0 {
            self.policy.visited(frame + passed, page + passed as u64, 0, left);
        }
    }
}
