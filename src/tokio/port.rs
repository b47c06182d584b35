//! The stream, what is known about it, and the call in progress on it. Every call on it is made
//! here.

use std::io::{self, ErrorKind, SeekFrom};
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::tokio::io::{AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

use crate::MmioError;

/// The call in progress on the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pending {
    Nothing,
    /// A cancelled call. Its result does not matter, but it must complete before the next call.
    Abandoned,
    Seek(SeekFrom),
    /// At an offset, with this many bytes.
    Read(u64, usize),
    Write(u64),
    /// The stream has accepted this many bytes at an offset, and may still fail to write them.
    Taken(u64, usize),
}

/// What the stream has taken since its own flush last succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unflushed {
    Nothing,
    /// Some bytes, perhaps.
    Something,
    /// The same, and a write of them was abandoned, so the stream may have an error left to report.
    Abandoned,
}

/// A stream, and what is known about it.
///
/// # Invariants
///
/// 1. `at` is unknown while a call is in progress and after any failure, so the next transfer begins
///    with an absolute seek. After a cancelled read, a stream may have old bytes ready, and only that
///    seek drops them.
/// 2. A call continues the one in progress only if that is the same call at the same place. Any other
///    is abandoned. So [`Port::abandon`] a write in progress before its bytes change.
/// 3. `unflushed` is not `Nothing` from the first byte on that the stream may have taken, until its own
///    flush succeeds. It is never `Abandoned` when a write begins, so an error of a write is its own.
#[derive(Debug)]
pub(super) struct Port<S> {
    /// `None` only after [`Port::take_stream`], which is the last call on the port.
    stream: Option<S>,
    at: Option<u64>,
    pending: Pending,
    unflushed: Unflushed,
}

impl<S> Port<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream: Some(stream),
            at: None,
            pending: Pending::Nothing,
            unflushed: Unflushed::Nothing,
        }
    }

    pub(super) fn get_ref(&self) -> &S {
        self.stream.as_ref().expect("the stream is there until the file is gone")
    }

    /// The stream, for a caller that may do anything with it.
    pub(super) fn get_mut(&mut self) -> &mut S {
        self.abandon();
        self.at = None;
        self.stream.as_mut().expect("the stream is there until the file is gone")
    }

    /// Takes the stream out. This must be the last call on the port.
    pub(super) fn take_stream(&mut self) -> S {
        self.stream.take().expect("the stream is there until the file is gone")
    }

    #[cfg(feature = "log")]
    pub(super) fn has_stream(&self) -> bool {
        self.stream.is_some()
    }

    /// Cancels the call in progress.
    pub(super) fn abandon(&mut self) {
        if let Pending::Write(_) | Pending::Taken(..) = self.pending {
            self.unflushed = Unflushed::Abandoned;
        }
        if self.pending != Pending::Nothing {
            self.pending = Pending::Abandoned;
            self.at = None;
        }
    }
}

impl<S: AsyncRead + AsyncWrite + AsyncSeek + Unpin> Port<S> {
    fn stream(&mut self) -> Pin<&mut S> {
        Pin::new(self.stream.as_mut().expect("the stream is there until the file is gone"))
    }

    /// Polls the stream. The call in progress stays so until it is ready, and is abandoned if it panics.
    fn poll<T>(&mut self, call: impl FnOnce(Pin<&mut S>) -> Poll<T>) -> Poll<T> {
        let pending = mem::replace(&mut self.pending, Pending::Abandoned);
        let answer = call(self.stream());
        self.pending = if answer.is_pending() { pending } else { Pending::Nothing };
        answer
    }

    /// Moves the stream to `target`, and returns the new position.
    pub(super) fn poll_seek(
        &mut self,
        cx: &mut Context<'_>,
        target: SeekFrom,
    ) -> Poll<Result<u64, MmioError>> {
        let failure = |source| Poll::Ready(Err(MmioError::CannotSeek { target, source }));
        loop {
            if self.pending != Pending::Seek(target) {
                self.abandon();
                self.at = None;
                // A seek can't be started while another call is in progress. If none is, a stream
                // may treat this as an error.
                let _ = ready!(self.poll(|stream| stream.poll_complete(cx)));
                // Flush now, or the next write reports the error of the abandoned one.
                if self.unflushed == Unflushed::Abandoned {
                    let _ = ready!(self.poll_flush_once(cx));
                }
                match self.stream().start_seek(target) {
                    Ok(()) => self.pending = Pending::Seek(target),
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    Err(source) => return failure(source),
                }
            }
            match ready!(self.poll(|stream| stream.poll_complete(cx))) {
                Ok(offset) if matches!(target, SeekFrom::Start(asked) if asked != offset) => {
                    let text = "the stream went to another position than asked";
                    return failure(io::Error::other(text));
                }
                Ok(offset) => {
                    self.at = Some(offset);
                    return Poll::Ready(Ok(offset));
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => return failure(source),
            }
        }
    }

    /// Moves the stream to `offset`; no call is made if it is there.
    pub(super) fn poll_go_to(
        &mut self,
        cx: &mut Context<'_>,
        offset: u64,
    ) -> Poll<Result<(), MmioError>> {
        if self.at != Some(offset) {
            ready!(self.poll_seek(cx, SeekFrom::Start(offset)))?;
        }
        Poll::Ready(Ok(()))
    }

    /// Reads at `offset`; 0 bytes mean that the stream ends there, or that `space` is empty.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        offset: u64,
        space: &mut [u8],
    ) -> Poll<Result<usize, MmioError>> {
        let failure = |source| Poll::Ready(Err(MmioError::CannotRead { offset, source }));
        loop {
            // With less room than the read began with, bytes would be left over in the stream.
            let len = space.len();
            if self.pending != Pending::Read(offset, len) {
                ready!(self.poll_go_to(cx, offset))?;
                self.pending = Pending::Read(offset, len);
                self.at = None;
            }
            let mut out = ReadBuf::new(space);
            let answer = ready!(self.poll(|stream| stream.poll_read(cx, &mut out)));
            let n = out.filled().len();
            match answer {
                // A stream can replace the buffer inside the `ReadBuf`.
                Ok(()) if n > len => return failure(claims_too_much()),
                Ok(()) => {
                    self.at = offset.checked_add(n as u64);
                    return Poll::Ready(Ok(n));
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => return failure(source),
            }
        }
    }

    /// Writes at `offset`, and flushes the stream, because one such as tokio's `File` may accept bytes,
    /// fail to write them, and forget them. On success, at least one byte is written. `unwritten` of the
    /// error is 0.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        offset: u64,
        bytes: &[u8],
    ) -> Poll<Result<usize, MmioError>> {
        let failure =
            |source| Poll::Ready(Err(MmioError::CannotWrite { offset, unwritten: 0, source }));
        loop {
            match self.pending {
                Pending::Taken(start, n) if start == offset => {
                    match ready!(self.poll_flush_once(cx)) {
                        Ok(()) => {
                            self.at = offset.checked_add(n as u64);
                            return Poll::Ready(Ok(n));
                        }
                        // Here, too, it is unknown whether the bytes were written.
                        Err(error) if error.kind() == ErrorKind::Interrupted => {}
                        Err(source) => return failure(source),
                    }
                }
                Pending::Write(start) if start == offset => {
                    // A call that fails may still have written bytes.
                    self.unflushed = Unflushed::Something;
                    match ready!(self.poll(|stream| stream.poll_write(cx, bytes))) {
                        Ok(0) => return failure(ErrorKind::WriteZero.into()),
                        Ok(n) if n > bytes.len() => return failure(claims_too_much()),
                        Ok(n) => self.pending = Pending::Taken(offset, n),
                        Err(error) if error.kind() == ErrorKind::Interrupted => {}
                        Err(source) => return failure(source),
                    }
                }
                _ => {
                    ready!(self.poll_go_to(cx, offset))?;
                    self.pending = Pending::Write(offset);
                    self.at = None;
                }
            }
        }
    }

    /// Flushes the stream, if anything was written since that last succeeded.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.unflushed != Unflushed::Nothing {
            let is_abandoned = self.unflushed == Unflushed::Abandoned;
            match ready!(self.poll_flush_once(cx)) {
                Ok(()) => {}
                // The abandoned bytes are still dirty, or cut off, so their failure does not matter.
                Err(_) if is_abandoned => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Flushes the stream once. After that, the stream has no older error left to report.
    fn poll_flush_once(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let answer = ready!(self.poll(|stream| stream.poll_flush(cx)));
        self.unflushed = if answer.is_ok() { Unflushed::Nothing } else { Unflushed::Something };
        Poll::Ready(answer)
    }

    /// Shuts the stream down.
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match ready!(self.stream().poll_shutdown(cx)) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                answer => return Poll::Ready(answer),
            }
        }
    }
}

fn claims_too_much() -> io::Error {
    io::Error::other("the stream claims more bytes than it was given")
}
