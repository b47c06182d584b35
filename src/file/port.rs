//! The stream, and what is known about it. Every call that moves bytes of the stream is made here.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

use crate::stream_position::StreamPosition;
use crate::{MmioError, Storage};

/// A stream, and what is known about it.
///
/// # Invariants
///
/// 1. `is_in_write` is set during calls that write, and so stays set if one of them panics.
/// 2. `is_flushed` is false from the first byte on that the stream may have taken, until its own
///    flush succeeds.
/// 3. `end`, if it is known, is where the stream ends. It is known only if the program has promised
///    that nothing else moves it. It is unknown during a call, and so after one that fails or panics.
#[derive(Debug)]
pub(super) struct Port<S> {
    /// `None` only after [`Port::take_stream`], which is the last call on the port.
    stream: Option<S>,
    at: StreamPosition,
    end: Option<u64>,
    /// Whether nothing else moves the stream's end.
    is_sole_owner: bool,
    is_in_write: bool,
    is_flushed: bool,
}

impl<S> Port<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream: Some(stream),
            at: StreamPosition::UNKNOWN,
            end: None,
            is_sole_owner: false,
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
        self.end = None;
        self.parts().0
    }

    pub(super) fn set_sole_owner(&mut self, is_sole_owner: bool) {
        self.is_sole_owner = is_sole_owner;
        self.end = None;
    }

    pub(super) fn forget_end(&mut self) {
        self.end = None;
    }

    /// Makes a call that does not move the stream's end if it succeeds.
    fn keep_end<T, E>(&mut self, call: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let end = self.end.take();
        let answer = call(self);
        if answer.is_ok() {
            self.end = end;
        }
        answer
    }

    /// The stream, and its position.
    fn parts(&mut self) -> (&mut S, &mut StreamPosition) {
        (self.stream.as_mut().expect("the stream is there until the file is gone"), &mut self.at)
    }

    /// Takes the stream out. This must be the last call on the port.
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
        let target = SeekFrom::Current(0);
        self.keep_end(|port| {
            let (stream, at) = port.parts();
            retry(|| at.ask(stream)).map_err(|source| MmioError::CannotSeek { target, source })
        })
    }

    /// Where the stream ends. Asks it, unless that is known.
    pub(super) fn end(&mut self) -> Result<u64, MmioError> {
        if let Some(end) = self.end {
            return Ok(end);
        }
        let (stream, at) = self.parts();
        let target = SeekFrom::End(0);
        let answer = retry(|| at.seek(stream, target));
        let end = answer.map_err(|source| MmioError::CannotSeek { target, source })?;
        self.end = self.is_sole_owner.then_some(end);
        Ok(end)
    }

    /// Positions the stream at `offset`; no call is made if it is there.
    pub(super) fn seek(&mut self, offset: u64) -> Result<(), MmioError> {
        let target = SeekFrom::Start(offset);
        self.keep_end(|port| {
            let (stream, at) = port.parts();
            retry(|| at.go_to(stream, offset))
                .map_err(|source| MmioError::CannotSeek { target, source })
        })
    }

    /// Reads at `offset`; 0 bytes mean that the stream ends there, or that `bytes` is empty.
    pub(super) fn read(&mut self, offset: u64, bytes: &mut [u8]) -> Result<usize, MmioError> {
        if self.end.is_some_and(|end| offset >= end) {
            return Ok(0);
        }
        let failure = |source| MmioError::CannotRead { offset, source };
        self.keep_end(|port| {
            port.transfer(offset, bytes.len(), |stream| stream.read(bytes), failure)
        })
    }

    /// Writes at `offset`; on success at least one byte was taken. `unwritten` of the error is 0.
    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<usize, MmioError> {
        let call = |stream: &mut S| match stream.write(bytes) {
            Ok(0) => Err(ErrorKind::WriteZero.into()),
            answer => answer,
        };
        let failure = |source| MmioError::CannotWrite { offset, unwritten: 0, source };
        self.is_in_write = true;
        // A call that fails or panics may still have written bytes.
        self.is_flushed = false;
        let answer = self.keep_end(|port| port.transfer(offset, bytes.len(), call, failure));
        self.is_in_write = false;
        if let (Some(end), Ok(n)) = (self.end, &answer) {
            self.end = Some(end.max(offset.saturating_add(*n as u64)));
        }
        answer
    }

    /// Calls the stream's own flush, if anything was written since that last succeeded.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if !self.is_flushed {
            // A flush does not move the stream.
            let at = self.at;
            self.keep_end(|port| retry(|| port.get_mut().flush()))?;
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

impl<S: Storage> Port<S> {
    /// Makes the stream `len` bytes long.
    pub(super) fn set_len(&mut self, len: u64) -> Result<(), MmioError> {
        let answer = self.get_mut().set_len(len);
        answer.map_err(|source| MmioError::CannotExpand { len, source })?;
        self.end = self.is_sole_owner.then_some(len);
        Ok(())
    }

    /// Makes a call that changes no byte and may move the stream.
    pub(super) fn call(&mut self, call: impl FnOnce(&mut S) -> io::Result<()>) -> io::Result<()> {
        self.keep_end(|port| call(port.get_mut()))
    }
}

/// Repeats the call as long as it is interrupted, as std does.
fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            answer => return answer,
        }
    }
}
