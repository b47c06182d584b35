//! The memory that the frames are cut from.

/// What the first frame is aligned to, in bytes: a cache line.
///
/// An allocator places a large block 16 bytes past the start of a page of memory. A page of a file
/// that is read there ends up a little further on in a page of memory than it was in the one that
/// it is copied from, and for that the string instructions of some processors take several times as
/// long.
const ALIGNMENT: usize = 64;

/// Zeros, some of them before the first frame.
#[derive(Debug)]
pub(crate) struct Arena {
    pub(super) bytes: Box<[u8]>,
    /// Where in `bytes` the first frame begins.
    pub(super) origin: usize,
}

impl Arena {
    /// Memory for frames of `len` bytes in all. Panics or aborts where there is none, as [`Vec`] does.
    pub(crate) fn new(len: usize) -> Self {
        Self::align(vec![0; padded(len)])
    }

    /// The same; `None` where there is none.
    pub(crate) fn try_new(len: usize) -> Option<Self> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(padded(len)).ok()?;
        bytes.resize(padded(len), 0);
        Some(Self::align(bytes))
    }

    fn align(bytes: Vec<u8>) -> Self {
        // In a box, it does not move any more.
        let bytes = bytes.into_boxed_slice();
        let origin = bytes.as_ptr().align_offset(ALIGNMENT).min(padded(0));
        Self { bytes, origin }
    }
}

/// `len` and what aligning it takes at most; saturates where no memory is that large.
fn padded(len: usize) -> usize {
    len.saturating_add(ALIGNMENT - 1)
}
