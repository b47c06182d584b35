//! Replacing sizes and names so that a reader understands them wherever the writing stops.
//!
//! A stream, or a buffer over it, may accept one byte of four and then fail for good. Other readers see
//! the result, and so does the program when it repeats the call.
//!
//! # Order
//!
//! 1. A single byte is either written or not.
//! 2. If several bytes of a length change, the highest becomes `0xFF`, and is flushed before the
//!    others. Then they are written from the lowest up, the highest last. Until then, the chunk claims
//!    more than there is, as in a file that was cut off, and readers limit it to what is there.
//! 3. If several bytes of a name change, the first becomes `~`, and is flushed. Then the others are
//!    written and flushed, and the first is written last. No chunk has such a name, so [`is_torn`]
//!    recognises what a failed call has left.
//!
//! Two things can't be done byte by byte. A length of `0xFF00_0000` or more that replaces 0 is too small
//! until its second byte is there. And there is no RIFF between `RIFF` and `RF64`.

use std::io::{Read, Seek, Write};

use super::FourCc;
use super::spot::Spot;
use crate::MmioError;

/// The first byte of a name that is being replaced.
const TORN: u8 = b'~';

impl<S: Read + Write + Seek + ?Sized> Spot<'_, S> {
    /// Replaces the length at `offset`.
    pub(super) fn replace_len<const N: usize>(
        &mut self,
        offset: u64,
        new: [u8; N],
    ) -> Result<(), MmioError> {
        if self.is_careful {
            let old: [u8; N] = self.read_at(offset)?;
            if count_differing(&old, &new) > 1 && old[N - 1] != u8::MAX {
                self.write_at(offset + N as u64 - 1, &[u8::MAX])?;
                self.flush()?;
            }
        }
        self.write_at(offset, &new)?;
        self.flush_if_careful()
    }

    /// Renames the chunk at `offset`. The last byte of the name is not flushed.
    pub(super) fn rename(&mut self, offset: u64, new: FourCc) -> Result<(), MmioError> {
        let new = new.to_bytes();
        let old: [u8; 4] = self.read_at(offset)?;
        if !self.is_careful || count_differing(&old, &new) < 2 {
            return self.write_at(offset, &new);
        }
        self.write_at(offset, &[TORN])?;
        self.flush()?;
        self.write_at(offset + 1, &new[1..])?;
        self.flush()?;
        self.write_at(offset, &new[..1])
    }

    /// Flushes what was written before what comes next, if the order matters.
    pub(super) fn flush_if_careful(&mut self) -> Result<(), MmioError> {
        if self.is_careful { self.flush() } else { Ok(()) }
    }
}

fn count_differing(old: &[u8], new: &[u8]) -> usize {
    old.iter().zip(new).filter(|(old, new)| old != new).count()
}

/// Whether a header is what a failed call left behind while it renamed a chunk to `JUNK` or to `id`, or wrote a
/// `JUNK` over zeros.
pub(super) fn is_torn(name: FourCc, size: u32, id: FourCc) -> bool {
    let names = [FourCc::JUNK, FourCc::LIST, id, FourCc::new([0; 4])].map(FourCc::to_bytes);
    let bytes = name.to_bytes();
    let is_mixed = bytes[0] == TORN && (1..4).all(|i| names.iter().any(|of| of[i] == bytes[i]));
    is_begun(name, size) || (is_mixed && name != id)
}

/// Whether a header is the first part of the name `JUNK`, over zeros.
pub(super) fn is_begun(name: FourCc, size: u32) -> bool {
    let (junk, name) = (FourCc::JUNK.to_bytes(), name.to_bytes());
    let begins = |n: usize| name[..n] == junk[..n] && name[n..].iter().all(|byte| *byte == 0);
    size == 0 && (1..4).any(begins)
}
