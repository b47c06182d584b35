//! tokio's traits for [`MmioFile`]: `AsyncRead`, `AsyncBufRead`, `AsyncWrite` and `AsyncSeek`.

use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::tokio::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

use super::MmioFile;
use crate::transfer::Goal;

impl<S: AsyncRead + AsyncWrite + AsyncSeek + Unpin> AsyncRead for MmioFile<S> {
    /// Reads at least a byte, unless the file ends: what is in the buffer, or what arrives first.
    ///
    /// # Errors
    ///
    /// [`CannotRead`](crate::MmioError::CannotRead), [`CannotSeek`](crate::MmioError::CannotSeek) or
    /// [`AccessDenied`](crate::MmioError::AccessDenied). The position is where it was.
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_read_some(cx, out).map_err(io::Error::from)
    }
}

impl<S: AsyncRead + AsyncWrite + AsyncSeek + Unpin> AsyncBufRead for MmioFile<S> {
    /// Returns the bytes that follow the position, unwritten ones included; none only at the end of
    /// the file.
    ///
    /// # Errors
    ///
    /// Those of `poll_read`.
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        this.target = None;
        if this.buffer.readable().is_empty() {
            ready!(this.poll_settle(cx))?;
            this.buffer.allow_reading()?;
            ready!(this.poll_reach(cx, Goal::Read { len: 1 }))?;
        }
        Poll::Ready(Ok(this.buffer.readable()))
    }

    fn consume(mut self: Pin<&mut Self>, n: usize) {
        self.give_up();
        self.buffer.consume(n);
    }
}

impl<S: AsyncRead + AsyncWrite + AsyncSeek + Unpin> AsyncWrite for MmioFile<S> {
    /// Accepts at least a byte: as many as the page at the position has room for.
    ///
    /// # Errors
    ///
    /// [`CannotWrite`](crate::MmioError::CannotWrite) or [`CannotSeek`](crate::MmioError::CannotSeek) if
    /// the buffer had to make room and could not, [`CannotExpand`](crate::MmioError::CannotExpand) if no
    /// file can be that long, or [`AccessDenied`](crate::MmioError::AccessDenied). Nothing was accepted,
    /// and the position is where it was.
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.try_write(bytes) || bytes.is_empty() {
            return Poll::Ready(Ok(bytes.len()));
        }
        self.poll_write_some(cx, bytes).map_err(io::Error::from)
    }

    /// The same as [`MmioFile::flush`] with [`FlushFlags::empty`](crate::FlushFlags::empty).
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush_all(cx).map_err(io::Error::from)
    }

    /// Flushes, then shuts the stream down.
    ///
    /// # Errors
    ///
    /// Those of [`MmioFile::flush`]: the stream is not shut down then. Or that of the stream.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_flush_all(cx))?;
        self.port.poll_shutdown(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + AsyncSeek + Unpin> AsyncSeek for MmioFile<S> {
    /// Records the target. Any call but `poll_complete` forgets it.
    fn start_seek(mut self: Pin<&mut Self>, target: SeekFrom) -> io::Result<()> {
        self.give_up();
        self.target = Some(target);
        Ok(())
    }

    /// Moves the position to the target of the last `start_seek`, and returns it. Without a target,
    /// returns the position.
    ///
    /// If a seek of tokio's extension trait is dropped and another follows, the first may complete before
    /// the second starts, because both begin with this call. [`MmioFile::seek`] has no such problem.
    ///
    /// # Errors
    ///
    /// [`CannotSeek`](crate::MmioError::CannotSeek). The position is where it was, and the target is
    /// forgotten.
    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let target = self.target.unwrap_or(SeekFrom::Current(0));
        let answer = ready!(self.poll_resolve(cx, target));
        if self.target.take().is_some()
            && let Ok(offset) = answer
        {
            self.go_to(offset);
        }
        Poll::Ready(answer.map_err(io::Error::from))
    }
}
