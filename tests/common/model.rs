//! What a file is: bytes and a position. Written by hand, since `Cursor<Vec<u8>>` differs from a
//! file: it grows on an empty write past its end.

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) bytes: Vec<u8>,
    pub(crate) position: usize,
}

impl Model {
    /// What a read of `len` bytes would give; the position does not move.
    pub(crate) fn peek(&self, len: usize) -> &[u8] {
        self.peek_at(self.position, len)
    }

    /// What a read of `len` bytes at `at` would give.
    pub(crate) fn peek_at(&self, at: usize, len: usize) -> &[u8] {
        let start = at.min(self.bytes.len());
        &self.bytes[start..self.bytes.len().min(start + len)]
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.write_at(self.position, bytes);
        self.position += bytes.len();
    }

    pub(crate) fn write_at(&mut self, at: usize, bytes: &[u8]) {
        if !bytes.is_empty() {
            let end = at + bytes.len();
            self.bytes.resize(self.bytes.len().max(end), 0);
            self.bytes[at..end].copy_from_slice(bytes);
        }
    }
}
