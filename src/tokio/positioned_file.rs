//! [`PositionedFile`]: a file whose system calls are made on threads that may block.

use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use ::tokio::io::{AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};
use ::tokio::task::{JoinHandle, spawn_blocking};

use super::AsyncStorage;
use crate::{MmioError, NotClosed, Storage};

/// The most that one call moves, in bytes.
const MAX_CALL: usize = 2 * 1024 * 1024;

/// A file whose position lives in memory, and whose system calls are made on tokio's blocking threads.
///
/// It is [`crate::PositionedFile`] for async code, and wraps one. Each read and each write is one system call,
/// which takes the offset. Unlike tokio's [`File`](::tokio::fs::File), it reports a write as complete only when
/// it is, so no error is left for a flush to report.
///
/// # Cancel safety
///
/// A call whose future is dropped goes on, and the next call waits for it. The bytes of a cancelled read are
/// returned by the next read at the same offset, if it is the next call, and dropped otherwise. A cancelled
/// write may or may not have happened; the position is where it was.
///
/// # Panics
///
/// Its calls panic outside of a tokio runtime.
///
/// # Examples
///
/// ```
/// use mmio_file::tokio::{MmioFile, PositionedFile};
///
/// # async fn example() -> std::io::Result<()> {
/// let std = mmio_file::PositionedFile::new(tempfile::tempfile()?)?;
/// let mut file = MmioFile::new(PositionedFile::from(std));
/// file.write_all(b"abc").await?;
/// file.close().await?;
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
/// ```
//
// # States
//
// | state | the next call |
// |---|---|
// | `Idle` | sends its work to another thread, and is `Busy` |
// | `Busy` with the same work | takes the answer |
// | `Busy` with other work | waits for it, drops its answer, and goes on as if `Idle` |
//
// A write is the same work only if its bytes are the same, too: after a cancelled write, others may be
// written at the same offset. The result of a sync is never dropped if it is an error, because the
// system reports it once, and a later sync that succeeds would prove nothing. It is kept for the next
// sync.
#[derive(Debug)]
pub struct PositionedFile {
    /// Used by one thread at a time, the one that is busy.
    file: Arc<Mutex<crate::PositionedFile>>,
    position: u64,
    seeking: Option<SeekFrom>,
    busy: Option<Busy>,
    /// Read into, or written from, by the thread that is busy; here while none is.
    memory: Vec<u8>,
    lost_sync: Option<io::Error>,
}

#[derive(Debug)]
struct Busy {
    work: Work,
    thread: JoinHandle<(Vec<u8>, io::Result<u64>)>,
}

/// What a thread does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Read { offset: u64 },
    Write { offset: u64 },
    FindEnd,
    SetLen(u64),
    SyncData,
    SyncAll,
}

impl Work {
    /// Makes the call, and returns how many bytes it has moved, or where the end is.
    fn run(self, file: &mut crate::PositionedFile, memory: &mut [u8]) -> io::Result<u64> {
        match self {
            Self::Read { offset } => {
                file.seek(SeekFrom::Start(offset))?;
                file.read(memory).map(|n| n as u64)
            }
            Self::Write { offset } => {
                file.seek(SeekFrom::Start(offset))?;
                file.write(memory).map(|n| n as u64)
            }
            Self::FindEnd => file.seek(SeekFrom::End(0)),
            Self::SetLen(len) => file.set_len(len).map(|()| 0),
            Self::SyncData => file.sync_data().map(|()| 0),
            Self::SyncAll => file.sync_all().map(|()| 0),
        }
    }
}

impl From<crate::PositionedFile> for PositionedFile {
    /// Wraps `file`, beginning at its position.
    fn from(mut file: crate::PositionedFile) -> Self {
        let position = file.stream_position().expect("its position is in memory");
        Self {
            file: Arc::new(Mutex::new(file)),
            position,
            seeking: None,
            busy: None,
            memory: Vec::new(),
            lost_sync: None,
        }
    }
}

impl PositionedFile {
    /// Waits for a call whose future was dropped, if there is one, then returns the file, at the same
    /// position.
    ///
    /// # Errors
    ///
    /// [`MmioError::CannotSync`]: a sync whose future was dropped failed, and no other sync has reported
    /// that. This file comes back in the error, and the same call then succeeds.
    ///
    /// # Panics
    ///
    /// If a call is to be waited for, and there is no tokio runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, SeekFrom};
    /// use mmio_file::tokio::MmioFile;
    ///
    /// # async fn example() -> std::io::Result<()> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("file");
    /// let mut file = MmioFile::create(path).await?;
    /// file.write_all(b"abcdef").await?;
    /// file.seek(SeekFrom::Start(4)).await?;
    ///
    /// // From here on, it blocks.
    /// let mut std = file.into_inner().await?.into_std().await?;
    /// let mut rest = String::new();
    /// std.read_to_string(&mut rest)?;
    /// assert_eq!(rest, "ef");
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn into_std(mut self) -> Result<crate::PositionedFile, NotClosed<Self>> {
        poll_fn(|cx| self.poll_idle(cx)).await;
        if let Some(source) = self.lost_sync.take() {
            return Err(NotClosed::new(MmioError::CannotSync { source }, self));
        }
        let file = Arc::into_inner(self.file).expect("no thread is busy");
        let mut file = file.into_inner().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.position)).expect("its position is in memory");
        Ok(file)
    }

    /// Runs `work` on a thread, with the bytes that `prepare` puts into the memory, unless it runs already,
    /// and waits for the result.
    fn poll_work(
        &mut self,
        cx: &mut Context<'_>,
        work: Work,
        prepare: impl FnOnce(&mut Vec<u8>),
    ) -> Poll<io::Result<u64>> {
        if self.busy.as_ref().is_none_or(|busy| busy.work != work) {
            ready!(self.poll_idle(cx));
            prepare(&mut self.memory);
            let file = Arc::clone(&self.file);
            let mut memory = std::mem::take(&mut self.memory);
            let thread = spawn_blocking(move || {
                // A call that panicked does no harm: each call sets the position anew.
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                let answer = work.run(&mut file, &mut memory);
                (memory, answer)
            });
            self.busy = Some(Busy { work, thread });
        }
        self.poll_answer(cx)
    }

    /// Waits for the thread that is busy.
    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let busy = self.busy.as_mut().expect("a thread is busy");
        let answer = ready!(Pin::new(&mut busy.thread).poll(cx));
        self.busy = None;
        Poll::Ready(match answer {
            Ok((memory, answer)) => {
                self.memory = memory;
                answer
            }
            // The runtime is being shut down.
            Err(error) => Err(io::Error::other(error)),
        })
    }

    /// Waits for a cancelled call, and drops its result.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(Busy { work, .. }) = self.busy {
            let answer = ready!(self.poll_answer(cx));
            if let (Work::SyncData | Work::SyncAll, Err(error)) = (work, answer) {
                self.lost_sync = Some(error);
            }
        }
        Poll::Ready(())
    }

    async fn sync(&mut self, work: Work) -> io::Result<()> {
        // A sync in progress was cancelled, and may have begun before the last write.
        poll_fn(|cx| self.poll_idle(cx)).await;
        if let Some(error) = self.lost_sync.take() {
            return Err(error);
        }
        poll_fn(|cx| self.poll_work(cx, work, |_| ())).await.map(drop)
    }
}

impl AsyncRead for PositionedFile {
    /// Reads with one system call.
    ///
    /// # Errors
    ///
    /// The system's. The position is where it was.
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let len = out.remaining().min(MAX_CALL);
        if len == 0 {
            return Poll::Ready(Ok(()));
        }
        let work = Work::Read { offset: self.position };
        let n = ready!(self.poll_work(cx, work, |memory| memory.resize(len, 0)))?;
        // A read that continues a cancelled one may have less room than that had.
        let n = usize::try_from(n).unwrap_or(usize::MAX).min(out.remaining());
        out.put_slice(&self.memory[..n]);
        self.position += n as u64;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for PositionedFile {
    /// Writes with one system call, and waits for it.
    ///
    /// # Errors
    ///
    /// The system's, or [`FileTooLarge`](ErrorKind::FileTooLarge) at a position where no file can have
    /// bytes. The position is where it was.
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let bytes = &bytes[..bytes.len().min(MAX_CALL)];
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let work = Work::Write { offset: self.position };
        loop {
            let answer = ready!(self.poll_work(cx, work, |memory| {
                memory.clear();
                memory.extend_from_slice(bytes);
            }));
            let written = match answer {
                Ok(n) => usize::try_from(n).unwrap_or(usize::MAX).min(self.memory.len()),
                Err(_) => self.memory.len(),
            };
            // Otherwise, it was a cancelled write of other bytes.
            if bytes.starts_with(&self.memory[..written]) {
                let n = answer?;
                self.position += n;
                return Poll::Ready(Ok(written));
            }
        }
    }

    /// Waits for a cancelled call. Nothing is buffered here.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_idle(cx).map(Ok)
    }

    /// The same as `poll_flush`.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

impl AsyncSeek for PositionedFile {
    fn start_seek(mut self: Pin<&mut Self>, target: SeekFrom) -> io::Result<()> {
        self.seeking = Some(target);
        Ok(())
    }

    /// Moves the position. Only [`SeekFrom::End`] makes a system call.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) if the target is negative or exceeds `u64::MAX`, or the
    /// system's if it can't report the end. The position is where it was.
    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let target = self.seeking.unwrap_or(SeekFrom::Current(0));
        let origin = if let SeekFrom::End(_) = target {
            ready!(self.poll_work(cx, Work::FindEnd, |_| ()))
        } else {
            ready!(self.poll_idle(cx));
            Ok(self.position)
        };
        self.seeking = None;
        let position = match target {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(distance) | SeekFrom::End(distance) => {
                origin?.checked_add_signed(distance)
            }
        };
        self.position = position.ok_or_else(|| {
            io::Error::new(ErrorKind::InvalidInput, "a position must be from 0 to u64::MAX")
        })?;
        Poll::Ready(Ok(self.position))
    }
}

impl AsyncStorage for PositionedFile {
    async fn set_len(&mut self, len: u64) -> io::Result<()> {
        poll_fn(|cx| self.poll_work(cx, Work::SetLen(len), |_| ())).await.map(drop)
    }

    async fn sync_data(&mut self) -> io::Result<()> {
        self.sync(Work::SyncData).await
    }

    async fn sync_all(&mut self) -> io::Result<()> {
        self.sync(Work::SyncAll).await
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::Waker;

    use ::tokio::runtime::Builder;

    use super::*;

    #[test]
    fn no_thread_is_given_work_while_another_has_some() {
        Builder::new_current_thread().build().unwrap().block_on(async {
            let std = crate::PositionedFile::new(tempfile::tempfile().unwrap()).unwrap();
            let mut file = PositionedFile::from(std);
            let shared = Arc::clone(&file.file);
            // The thread that is given the write waits for this.
            let held = shared.lock().unwrap();
            let cx = &mut Context::from_waker(Waker::noop());
            assert!(Pin::new(&mut file).poll_write(cx, b"old").is_pending());
            assert!(Pin::new(&mut file).poll_write(cx, b"newer").is_pending());
            let out = &mut [0; 8];
            assert!(Pin::new(&mut file).poll_read(cx, &mut ReadBuf::new(out)).is_pending());
            assert!(pin!(AsyncStorage::set_len(&mut file, 9)).poll(cx).is_pending());
            assert!(pin!(AsyncStorage::sync_all(&mut file)).poll(cx).is_pending());
            assert_eq!(Arc::strong_count(&shared), 3, "this test, the file, and one thread");
            drop(held);
            let n = poll_fn(|cx| Pin::new(&mut file).poll_write(cx, b"new")).await;
            assert_eq!(n.unwrap(), 3);
        });
    }

    #[test]
    fn into_std_reports_the_failure_of_a_cancelled_sync_once() {
        Builder::new_current_thread().build().unwrap().block_on(async {
            let std = crate::PositionedFile::new(tempfile::tempfile().unwrap()).unwrap();
            let mut file = PositionedFile::from(std);
            // What a thread answers whose disk has failed.
            let failed = || Err(io::Error::from(ErrorKind::StorageFull));
            let thread = spawn_blocking(move || (Vec::new(), failed()));
            file.busy = Some(Busy { work: Work::SyncAll, thread });
            let error = file.into_std().await.unwrap_err();
            assert!(matches!(error.error(), MmioError::CannotSync { .. }), "{error}");
            error.into_inner().into_std().await.unwrap();
        });
    }
}
