//! A stream that stops at any byte.

use std::cell::RefCell;
use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom, Write};
use std::rc::Rc;

/// A stream that accepts a number of bytes, even if that ends in the middle of a size, and no more until it
/// is repaired. A clone is the same stream.
#[derive(Clone)]
pub(crate) struct Stopping(Rc<RefCell<State>>);

struct State {
    stream: Cursor<Vec<u8>>,
    left: usize,
    has_stopped: bool,
}

impl Stopping {
    pub(crate) fn new(bytes: &[u8], left: usize) -> Self {
        let stream = Cursor::new(bytes.to_vec());
        Self(Rc::new(RefCell::new(State { stream, left, has_stopped: false })))
    }

    pub(crate) fn repair(&self) {
        self.0.borrow_mut().left = usize::MAX;
    }

    pub(crate) fn content(&self) -> Vec<u8> {
        self.0.borrow().stream.get_ref().clone()
    }

    /// Whether a call failed.
    pub(crate) fn has_stopped(&self) -> bool {
        self.0.borrow().has_stopped
    }
}

impl Read for Stopping {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().stream.read(bytes)
    }
}

impl Write for Stopping {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.borrow_mut();
        let n = bytes.len().min(state.left);
        if n == 0 && !bytes.is_empty() {
            state.has_stopped = true;
            return Err(ErrorKind::StorageFull.into());
        }
        state.left -= n;
        state.stream.write(&bytes[..n])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Stopping {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.0.borrow_mut().stream.seek(target)
    }
}
