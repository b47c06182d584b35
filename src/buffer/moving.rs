//! The buffer as the memory for bytes that move to another place in the file.

use super::{PageBuffer, Span};

impl PageBuffer {
    /// Room for the `len` bytes of the file from `offset` on, in frames that follow one another.
    ///
    /// Everything is forgotten; nothing may be dirty. The bytes must leave one frame free, as those
    /// up to the next multiple of the capacity do.
    pub(crate) fn gather(&mut self, offset: u64, len: usize) -> &mut [u8] {
        debug_assert!(!self.is_dirty());
        self.clear();
        let start = self.origin + self.index_in_page(offset);
        &mut self.arena[start..start + len]
    }

    /// Records that all of these bytes are there. They are dirty from now on.
    pub(crate) fn gathered(&mut self, offset: u64, len: usize) {
        let mut at = self.index_in_page(offset);
        let end = at + len;
        for (frame, page) in (offset >> self.page_shift..).enumerate() {
            if at == end {
                break;
            }
            let start = frame << self.page_shift;
            let stop = end.min(start + self.page_size());
            self.pages.insert(frame, page, Span::EMPTY);
            self.pages.mark_written(frame, Span::new(at - start, stop - start));
            at = stop;
        }
    }
}
