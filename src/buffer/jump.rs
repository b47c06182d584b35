//! Going from page to page: jumps to what is cached, and what the policy learns of them.
//!
//! Programs that work at several places at once jump before most calls. So a jump takes one look-up. The
//! common kind makes no function call: it goes from inside a page whose visit decides nothing to a page
//! that may be read and that the greatest length does not cut.

use super::PageBuffer;
use super::pages::Found;

/// The visit that began when the window was opened last. Where the window is open, `frame` is the first that it
/// spans.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entered {
    /// Where in the arena the frame begins that holds the page.
    start: usize,
    frame: u32,
    /// Where in the page the visit began.
    from: u32,
}

impl Entered {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "frames are counted in 32 bits, and see MAX_PAGE"
    )]
    #[inline]
    fn new(start: usize, frame: usize, from: usize) -> Self {
        Self { start, frame: frame as u32, from: from as u32 }
    }

    /// The same visit, where the page is in another frame, which begins at `start`.
    pub(super) fn moved_to(self, start: usize, frame: usize) -> Self {
        Self::new(start, frame, self.from())
    }

    #[inline]
    pub(super) fn frame(self) -> usize {
        self.frame as usize
    }

    #[inline]
    fn from(self) -> usize {
        self.from as usize
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
    pub(crate) fn seek(&mut self, target: u64) {
        if self.is_open() {
            self.jump(target);
        } else {
            self.arrive(target);
        }
    }

    /// The same, where the window is open.
    #[inline(never)]
    pub(crate) fn jump(&mut self, target: u64) {
        let entered = self.entered;
        let left = self.window.cursor().wrapping_sub(entered.start);
        let is_plain = left <= self.page_mask()
            && self.window.has_noted_nothing()
            && self.policy.is_settled(entered.frame());
        if !is_plain {
            return self.jump_from_anywhere(target);
        }
        self.policy.visited_again(entered.frame(), entered.from(), left);
        self.arrive(target);
    }

    #[inline(never)]
    fn jump_from_anywhere(&mut self, target: u64) {
        if self.fold() && self.try_seek(target) {
            return;
        }
        self.leave();
        self.window.close();
        self.arrive(target);
    }

    /// Opens the window at `target` if that is cached, and closes it there otherwise. The page that it was
    /// open on was left.
    ///
    /// From a dirty byte on, the window begins with the dirty bytes, so nothing has to be recorded if
    /// they are written again.
    fn arrive(&mut self, target: u64) {
        let page = target >> self.page_shift;
        if page >= self.plain_pages {
            return self.arrive_anywhere(target);
        }
        let Some(Found { frame, valid, dirty }) = self.pages.look_up(page) else {
            return self.arrive_anywhere(target);
        };
        let at = self.index_in_page(target);
        if at < valid.start() || at > valid.end() {
            return self.arrive_anywhere(target);
        }
        let start = self.start_of(frame);
        self.entered = Entered::new(start, frame, at);
        let (mut read_start, read_end) = (start + valid.start(), start + valid.end());
        let (mut quiet_end, mut write_end) = (0, 0);
        if !dirty.is_empty() {
            write_end = start + self.page_size();
            if at >= dirty.start() {
                read_start = start + dirty.start();
                quiet_end = start + dirty.end();
            }
        } else if self.pages.has_clean_frame_to_spare() {
            write_end = start + self.page_size();
        }
        self.window.open_on(target, start + at, read_start..read_end, quiet_end, write_end);
    }

    #[inline(never)]
    fn arrive_anywhere(&mut self, target: u64) {
        if self.window.is_open() {
            self.policy.left(self.position() >> self.page_shift);
        }
        if let Some(Found { frame, valid, .. }) = self.pages.look_up(target >> self.page_shift) {
            let at = self.index_in_page(target);
            if valid.start() <= at && at <= valid.end() {
                return self.open(frame, target);
            }
        }
        self.window.close_at(target);
    }

    /// The window was opened in `frame`.
    pub(super) fn enter(&mut self, frame: usize) {
        let start = self.start_of(frame);
        self.entered = Entered::new(start, frame, self.window.cursor() - start);
    }

    /// The window, if it is open, is about to be closed or opened elsewhere.
    #[inline]
    pub(super) fn leave(&mut self) {
        if self.window.is_open() {
            let entered = self.entered;
            let at = self.window.cursor().wrapping_sub(entered.start);
            if at < self.page_size() {
                let page = self.position() >> self.page_shift;
                self.policy.visited(entered.frame(), page, entered.from(), at);
            } else {
                self.leave_past_end();
            }
        }
    }

    /// The same, if the position has left the page through its end.
    #[inline(never)]
    fn leave_past_end(&mut self) {
        let Entered { start, .. } = self.entered;
        let (frame, from) = (self.entered.frame(), self.entered.from());
        let passed = (self.window.cursor() - start) >> self.page_shift;
        let page = (self.position() >> self.page_shift) - passed as u64;
        if passed == 1 {
            self.policy.passed(&self.pages, frame, page, from);
        } else {
            self.policy.passed_all(&self.pages, frame..frame + passed, page, from);
        }
        let left = (self.window.cursor() - start) & self.page_mask();
        if left > 0 {
            self.policy.visited(frame + passed, page + passed as u64, 0, left);
        }
    }
}
