//! The stream, and what is known of it. Every call on the stream's bytes is made here.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

use crate::MmioError;
use crate::stream_position::StreamPosition;

/// A stream, with what is known of it.
///
/// # Invariants
///
/// 1. `is_in_write` is set during calls that write, and so stays set if one of them panics.
/// 2. `is_flushed` is false from the first byte on that the stream may have taken, until its own
///    flush succeeds.
#[derive(Debug)]
pub(super) struct Port<S> {
    /// Taken out only by [`Port::take_stream`], after which nothing is asked of the port any more.
    stream: Option<S>,
    at: StreamPosition,
    is_in_write: bool,
    is_flushed: bool,
}

impl<S> Port<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream: Some(stream),
            at: StreamPosition::UNKNOWN,
            is_in_write: false,
            is_flushed: true,
        }
    }

    pub(super) fn get_ref(&self) -> &S {
        self.stream.as_ref().expect("the stream is there until the file is gone")
    }

    /// The stream, for a caller that may do anything with it.
    pub(super) fn get_mut(&mut self) -> &mut S {
        self.at = StreamPosition::UNKNOWN;
        self.parts().0
    }

    /// The stream, and where it is.
    fn parts(&mut self) -> (&mut S, &mut StreamPosition) {
        (self.stream.as_mut().expect("the stream is there until the file is gone"), &mut self.at)
    }

    /// Takes the stream out; there must be no call on the port after this.
    pub(super) fn take_stream(&mut self) -> S {
        self.stream.take().expect("the stream is there until the file is gone")
    }

    /// Whether the stream is here and has not panicked in a write.
    pub(super) fn may_write(&self) -> bool {
        self.stream.is_some() && !self.is_in_write
    }
}

impl<S: Read + Write + Seek> Port<S> {
    /// Asks the stream where it is.
    pub(super) fn position(&mut self) -> Result<u64, MmioError> {
        let (stream, at) = self.parts();
        retry(|| at.ask(stream))
            .map_err(|source| MmioError::CannotSeek { target: SeekFrom::Current(0), source })
    }

    /// Asks the stream where its end is.
    pub(super) fn end(&mut self) -> Result<u64, MmioError> {
        let (stream, at) = self.parts();
        let target = SeekFrom::End(0);
        retry(|| at.seek(stream, target)).map_err(|source| MmioError::CannotSeek { target, source })
    }

    /// Positions the stream at `offset`; no call is made if it is there.
    pub(super) fn seek(&mut self, offset: u64) -> Result<(), MmioError> {
        let (stream, at) = self.parts();
        retry(|| at.go_to(stream, offset))
            .map_err(|source| MmioError::CannotSeek { target: SeekFrom::Start(offset), source })
    }

    /// Reads at `offset`; 0 bytes mean that the stream ends there, or that `bytes` is empty.
    pub(super) fn read(&mut self, offset: u64, bytes: &mut [u8]) -> Result<usize, MmioError> {
        let failure = |source| MmioError::CannotRead { offset, source };
        self.transfer(offset, bytes.len(), |stream| stream.read(bytes), failure)
    }

    /// Writes at `offset`; on success at least one byte was taken. `unwritten` of the error is 0.
    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<usize, MmioError> {
        let call = |stream: &mut S| match stream.write(bytes) {
            Ok(0) => Err(ErrorKind::WriteZero.into()),
            answer => answer,
        };
        let failure = |source| MmioError::CannotWrite { offset, unwritten: 0, source };
        self.is_in_write = true;
        // One that fails, or panics, may have taken bytes all the same.
        self.is_flushed = false;
        let answer = self.transfer(offset, bytes.len(), call, failure);
        self.is_in_write = false;
        answer
    }

    /// Calls the stream's own flush, if it took anything since that last succeeded.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if !self.is_flushed {
            // A flush moves no position.
            let at = self.at;
            retry(|| self.get_mut().flush())?;
            self.at = at;
            self.is_flushed = true;
        }
        Ok(())
    }

    /// Makes a call that moves up to `len` bytes at `offset`.
    #[inline]
    fn transfer(
        &mut self,
        offset: u64,
        len: usize,
        mut call: impl FnMut(&mut S) -> io::Result<usize>,
        failure: impl FnOnce(io::Error) -> MmioError,
    ) -> Result<usize, MmioError> {
        let mut checked = |stream: &mut S| match call(stream)? {
            n if n > len => Err(io::Error::other("the stream claims more bytes than it was given")),
            n => Ok(n),
        };
        loop {
            self.seek(offset)?;
            let (stream, at) = self.parts();
            match at.call_at(stream, offset, &mut checked) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                answer => return answer.map_err(failure),
            }
        }
    }
}

/// Makes the call again as long as it is interrupted, as std does.
fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            answer => return answer,
        }
    }
}
