//! Calls so large that they go around the buffer.

use crate::buffer::PageBuffer;

/// A call between the stream and the program's own memory, at the position.
///
/// A front end whose calls can be dropped while they are under way never writes around the buffer:
/// nothing would hold the bytes that the stream has not reported as written.
#[derive(Debug)]
pub(crate) struct Around {
    offset: u64,
    len: usize,
    /// Whether there are dirty bytes further on, so that the file does not end where the stream may.
    is_before_dirty: bool,
}

impl Around {
    /// A read of up to `len` bytes that stops at the next dirty byte. `None` if `len`, or the distance to
    /// that byte, is less than `least`, or if there is nothing to read before it.
    pub(crate) fn read(buffer: &mut PageBuffer, len: usize, least: usize) -> Option<Self> {
        if len < least {
            return None;
        }
        buffer.fold();
        let offset = buffer.position();
        let dirty = buffer.next_dirty(offset);
        let end = dirty.unwrap_or(u64::MAX).min(buffer.rules().max_len);
        let stretch = usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX);
        (stretch >= least.max(1)).then(|| Self {
            offset,
            len: len.min(stretch),
            is_before_dirty: dirty.is_some(),
        })
    }

    /// A write of `len` bytes. Nothing may be dirty, so that bytes reach the stream in the order in which
    /// they were written.
    pub(crate) fn write(buffer: &mut PageBuffer, len: usize) -> Self {
        debug_assert!(!buffer.is_dirty(), "what was written before is to be written back first");
        let offset = buffer.position();
        // Before the call: a stream that fails, or lies, may still have taken bytes.
        buffer.forget(offset, offset + len as u64);
        Self { offset, len, is_before_dirty: false }
    }

    /// The offset of the call.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// How many bytes it may move at most.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The stream has put `n` bytes into `out`. Moves the position over the bytes that count as read, and
    /// returns their number.
    pub(crate) fn was_read(self, buffer: &mut PageBuffer, out: &mut [u8], n: usize) -> usize {
        let mut n = n;
        if n == 0 && self.is_before_dirty {
            // The stream ends before dirty bytes that it has not received: the gap reads as zeros.
            out[..self.len].fill(0);
            n = self.len;
        }
        buffer.close_at(self.offset + n as u64);
        n
    }

    /// The stream has taken `n` bytes. Moves the position over them.
    pub(crate) fn was_written(self, buffer: &mut PageBuffer, n: usize) {
        buffer.close_at(self.offset + n as u64);
    }
}
