//! What a file allows to be done with it.

/// What the mode in which a file was opened, and the kind of file it is, allow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) may_read: bool,
    pub(crate) may_write: bool,
    /// The greatest length in bytes that the file may get.
    pub(crate) max_len: u64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { may_read: true, may_write: true, max_len: u64::MAX }
    }
}
