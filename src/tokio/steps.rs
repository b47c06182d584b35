//! Polls the calls on the stream that [`transfer`](crate::transfer) asks for.
//!
//! Each function here may be polled again after it was cancelled, by the same call or by another.

use std::io::{ErrorKind, SeekFrom};
use std::task::{Context, Poll, ready};

use ::tokio::io::{AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

use super::MmioFile;
use crate::MmioError;
use crate::transfer::{Around, Goal, Step, Transfer};

impl<S: AsyncRead + AsyncWrite + AsyncSeek + Unpin> MmioFile<S> {
    /// Makes the calls that lead to `goal`.
    pub(super) fn poll_reach(
        &mut self,
        cx: &mut Context<'_>,
        goal: Goal,
    ) -> Poll<Result<(), MmioError>> {
        if self.transfer.as_ref().is_none_or(|(to, _)| *to != goal) {
            self.give_up();
        }
        let Self { buffer, port, transfer, .. } = self;
        let (_, way) = transfer.get_or_insert_with(|| (goal, Transfer::new(goal)));
        let answer = loop {
            match way.next(buffer) {
                Step::Done => break Ok(()),
                Step::Read { offset, space } => match ready!(port.poll_read(cx, offset, space)) {
                    Ok(n) => way.read(buffer, n),
                    Err(_) if way.could_not_read(buffer) => {}
                    Err(error) => break Err(error),
                },
                Step::Write { offset, bytes } => match ready!(port.poll_write(cx, offset, bytes)) {
                    Ok(n) => way.wrote(buffer, n),
                    Err(_) if way.could_not_write(buffer) => {}
                    Err(error) => break Err(error),
                },
            }
        };
        self.give_up();
        Poll::Ready(answer.map_err(|error| self.buffer.with_unwritten(error)))
    }

    /// Makes sure that the position is known: at first it is the stream's own.
    pub(super) fn poll_settle(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), MmioError>> {
        if !self.buffer.is_positioned() {
            let position = ready!(self.port.poll_seek(cx, SeekFrom::Current(0)))?;
            self.buffer.seek(position);
        }
        Poll::Ready(Ok(()))
    }

    /// Reads at least one byte, unless the file ends or there is no room in `out`. Moves the position.
    pub(super) fn poll_read_some(
        &mut self,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), MmioError>> {
        self.target = None;
        if out.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        if self.buffer.readable().is_empty() {
            ready!(self.poll_settle(cx))?;
            self.buffer.allow_reading()?;
            let least = self.capacity();
            // A read into the buffer that is in progress is continued.
            if self.transfer.is_none()
                && let Some(around) = Around::read(&mut self.buffer, out.remaining(), least)
            {
                let space = out.initialize_unfilled_to(around.len());
                let n = ready!(self.port.poll_read(cx, around.offset(), space))?;
                let n = around.was_read(&mut self.buffer, space, n);
                out.advance(n);
                return Poll::Ready(Ok(()));
            }
            ready!(self.poll_reach(cx, Goal::Read { len: out.remaining() }))?;
        }
        self.give_up();
        let readable = self.buffer.readable();
        let n = readable.len().min(out.remaining());
        out.put_slice(&readable[..n]);
        self.buffer.consume(n);
        Poll::Ready(Ok(()))
    }

    /// Writes at least one byte of `bytes`, which must not be empty. Moves the position.
    pub(super) fn poll_write_some(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize, MmioError>> {
        self.target = None;
        ready!(self.poll_settle(cx))?;
        self.buffer.allow_writing()?;
        self.buffer.allow_end(self.buffer.position().checked_add(bytes.len() as u64))?;
        ready!(self.poll_reach(cx, Goal::Write { len: bytes.len() }))?;
        Poll::Ready(Ok(self.buffer.write_some(bytes)))
    }

    /// Writes what is unwritten, and has the stream flush what it may have taken of other writes.
    pub(super) fn poll_flush_all(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), MmioError>> {
        self.target = None;
        ready!(self.poll_reach(cx, Goal::Clean))?;
        let answer = ready!(self.port.poll_flush(cx));
        let offset = self.buffer.position();
        Poll::Ready(answer.map_err(|source| MmioError::CannotWrite {
            offset,
            unwritten: 0,
            source,
        }))
    }

    /// The offset that `target` leads to. The position does not move.
    pub(super) fn poll_resolve(
        &mut self,
        cx: &mut Context<'_>,
        target: SeekFrom,
    ) -> Poll<Result<u64, MmioError>> {
        let offset = match target {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(distance) => {
                ready!(self.poll_settle(cx))?;
                self.buffer.position().checked_add_signed(distance)
            }
            SeekFrom::End(distance) => {
                // Asking for the end moves the stream, so ask for its position first.
                ready!(self.poll_settle(cx))?;
                let end = ready!(self.port.poll_seek(cx, SeekFrom::End(0)))?;
                end.max(self.buffer.dirty_end()).checked_add_signed(distance)
            }
        };
        Poll::Ready(offset.ok_or_else(|| {
            let source = ErrorKind::InvalidInput.into();
            MmioError::CannotSeek { target, source }
        }))
    }
}
