//! The position of a stream, known so that it is seeked only when it must be.

use std::io::{self, Seek, SeekFrom};

/// The position of a stream, or that it is unknown.
///
/// # Invariant
///
/// It is unknown during every call that may move the stream. So it stays unknown if the call fails or
/// panics, and the next one begins with an absolute seek.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StreamPosition(Option<u64>);

impl StreamPosition {
    pub(crate) const UNKNOWN: Self = Self(None);

    pub(crate) fn known(self) -> Option<u64> {
        self.0
    }

    /// Asks the stream where it is.
    pub(crate) fn ask<S: Seek + ?Sized>(&mut self, stream: &mut S) -> io::Result<u64> {
        *self = Self::UNKNOWN;
        let offset = stream.stream_position()?;
        self.0 = Some(offset);
        Ok(offset)
    }

    /// Moves the stream to `target`, and returns the new position.
    pub(crate) fn seek<S: Seek + ?Sized>(
        &mut self,
        stream: &mut S,
        target: SeekFrom,
    ) -> io::Result<u64> {
        *self = Self::UNKNOWN;
        let offset = stream.seek(target)?;
        if matches!(target, SeekFrom::Start(asked) if asked != offset) {
            return Err(io::Error::other("the stream went to another position than asked"));
        }
        self.0 = Some(offset);
        Ok(offset)
    }

    /// Moves the stream to `offset`; no call is made if it is there.
    pub(crate) fn go_to<S: Seek + ?Sized>(
        &mut self,
        stream: &mut S,
        offset: u64,
    ) -> io::Result<()> {
        if self.0 != Some(offset) {
            self.seek(stream, SeekFrom::Start(offset))?;
        }
        Ok(())
    }

    /// Makes a call at `offset` that moves the stream over as many bytes as it returns.
    pub(crate) fn call_at<S: Seek + ?Sized>(
        &mut self,
        stream: &mut S,
        offset: u64,
        call: impl FnOnce(&mut S) -> io::Result<usize>,
    ) -> io::Result<usize> {
        self.go_to(stream, offset)?;
        *self = Self::UNKNOWN;
        let n = call(stream)?;
        self.0 = offset.checked_add(n as u64);
        Ok(n)
    }
}
