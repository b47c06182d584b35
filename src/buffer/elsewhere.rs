//! Hits at another offset than the position. The window and the position do not move.

use super::{PageBuffer, Span};

impl PageBuffer {
    /// Reads all of `out` at `offset` if it is cached. Otherwise, what `out` holds is unspecified.
    pub(crate) fn read_cached(&mut self, out: &mut [u8], offset: u64) -> bool {
        self.fold();
        let (mut done, mut at) = (0, offset);
        while done < out.len() {
            let page = at >> self.page_shift;
            let Some(frame) = self.pages.find(page) else { return false };
            let first = self.index_in_page(at);
            let valid = self.pages.valid(frame);
            if !valid.contains(first) {
                return false;
            }
            let n = (valid.end() - first).min(out.len() - done);
            let start = self.start_of(frame) + first;
            out[done..done + n].copy_from_slice(&self.arena[start..start + n]);
            self.use_elsewhere(frame, page);
            done += n;
            let Some(next) = at.checked_add(n as u64) else { break };
            at = next;
        }
        done == out.len()
    }

    /// Writes `bytes` at `offset`, if they fit into a page that is cached and leave no hole in what is
    /// valid of it, or nothing.
    pub(crate) fn write_cached(&mut self, bytes: &[u8], offset: u64) -> bool {
        self.fold();
        let page = offset >> self.page_shift;
        let Some(frame) = self.pages.find(page) else { return false };
        let start = self.index_in_page(offset);
        let end = start.saturating_add(bytes.len());
        let fits = end <= self.page_len(page) && self.pages.valid(frame).touches(start, end);
        if !fits || !self.pages.may_dirty(frame) {
            return false;
        }
        if self.pages.dirty(frame).is_empty() {
            // The window may have room in another frame that is clean. It must not be the last
            // clean one.
            self.window.close();
        }
        self.pages.mark_written(frame, Span::new(start, end));
        let first = self.start_of(frame);
        self.arena[first + start..first + end].copy_from_slice(bytes);
        self.use_elsewhere(frame, page);
        true
    }

    fn use_elsewhere(&mut self, frame: usize, page: u64) {
        self.pages.unsettle(frame);
        self.policy.used_elsewhere(frame, page);
    }
}
