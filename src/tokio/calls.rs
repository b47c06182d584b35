//! Reading, writing and seeking by calls that are cancel safe.

use std::future::poll_fn;
use std::io::{self, ErrorKind, SeekFrom};

use ::tokio::io::{AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

use super::MmioFile;
use crate::MmioError;

impl<S: AsyncRead + AsyncWrite + AsyncSeek + Unpin> MmioFile<S> {
    /// Reads until `out` is full, and returns its length.
    ///
    /// If the future is dropped, the position is where it was, and what `out` holds is unspecified.
    ///
    /// # Errors
    ///
    /// * [`MmioError::CannotRead`] of the kind `UnexpectedEof`: the file ends before that, at the error's
    ///   offset.
    /// * [`MmioError::CannotRead`], [`MmioError::CannotSeek`]: the stream failed.
    /// * [`MmioError::AccessDenied`]: the file was not opened for reading.
    ///
    /// In each case the position is where it was when the call began.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::tokio::MmioFile;
    ///
    /// # async fn example() -> std::io::Result<()> {
    /// let mut file = MmioFile::new(Cursor::new(b"abc".to_vec()));
    /// let error = file.read_exact(&mut [0; 4]).await.unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    ///
    /// let mut bytes = [0; 3];
    /// file.read_exact(&mut bytes).await?;
    /// assert_eq!(&bytes, b"abc");
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn read_exact(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.give_up();
        if self.buffer.try_read(out) {
            return Ok(out.len());
        }
        let back = self.all_or_back().await?;
        let mut rest = ReadBuf::new(out);
        while rest.remaining() > 0 {
            let done = rest.filled().len();
            poll_fn(|cx| back.file.poll_read_some(cx, &mut rest)).await?;
            if rest.filled().len() == done {
                let offset = back.file.buffer.position();
                return Err(MmioError::cannot_read(offset, ErrorKind::UnexpectedEof).into());
            }
        }
        back.keep();
        Ok(out.len())
    }

    /// Writes all of `bytes`.
    ///
    /// If the future is dropped, the position is where it was, and any number of the first bytes may have
    /// been accepted: the same call again writes the same bytes to the same place. It starts over,
    /// so if it is dropped too early each time, it may never finish. `AsyncWriteExt::write` makes progress.
    ///
    /// # Errors
    ///
    /// * [`MmioError::CannotWrite`], [`MmioError::CannotSeek`]: the buffer had to make room and could not.
    /// * [`MmioError::CannotExpand`]: no file can be that long.
    /// * [`MmioError::AccessDenied`]: the file was not opened for writing.
    ///
    /// In each case, the same holds as if the future is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::tokio::MmioFile;
    ///
    /// # async fn example() -> std::io::Result<()> {
    /// let mut file = MmioFile::new(Cursor::new(b"old and more".to_vec()));
    /// file.write_all(b"new").await?;
    /// assert_eq!(file.into_inner().await?.into_inner(), b"new and more");
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.give_up();
        if bytes.is_empty() || self.try_write(bytes) {
            return Ok(());
        }
        let back = self.all_or_back().await?;
        while !bytes.is_empty() {
            let n = poll_fn(|cx| back.file.poll_write_some(cx, bytes)).await?;
            bytes = &bytes[n..];
        }
        back.keep();
        Ok(())
    }

    /// Moves the position, and returns it, in bytes from the start of the file. Only [`SeekFrom::End`] makes
    /// a call on the stream; any target but [`SeekFrom::Start`] asks it for its position, if no call has
    /// before.
    ///
    /// If the future is dropped, the position is where it was.
    ///
    /// # Errors
    ///
    /// [`MmioError::CannotSeek`]: the target is negative or exceeds `u64::MAX`, or the stream failed.
    /// The position is where it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, SeekFrom};
    /// use mmio_file::tokio::MmioFile;
    ///
    /// # async fn example() -> std::io::Result<()> {
    /// let mut file = MmioFile::new(Cursor::new(vec![0; 10]));
    /// assert_eq!(file.seek(SeekFrom::End(-4)).await?, 6);
    /// assert_eq!(file.seek(SeekFrom::Current(1)).await?, 7);
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.give_up();
        let offset = poll_fn(|cx| self.poll_resolve(cx, target)).await?;
        self.go_to(offset);
        Ok(offset)
    }

    /// Begins a call that moves the position several times, or not at all.
    pub(super) async fn all_or_back(&mut self) -> Result<Back<'_, S>, MmioError> {
        poll_fn(|cx| self.poll_settle(cx)).await?;
        let start = Some(self.buffer.position());
        Ok(Back { file: self, start })
    }
}

impl<S> MmioFile<S> {
    /// Moves the position.
    pub(super) fn go_to(&mut self, offset: u64) {
        self.give_up();
        if !self.buffer.try_seek(offset) {
            self.buffer.seek(offset);
        }
    }

    /// Writes all of `bytes`, if the window has room for them and no transfer may be writing that page.
    pub(super) fn try_write(&mut self, bytes: &[u8]) -> bool {
        self.target = None;
        self.transfer.is_none() && self.buffer.try_write(bytes)
    }
}

/// Puts the position back if the call fails or is cancelled.
#[derive(Debug)]
pub(super) struct Back<'a, S> {
    pub(super) file: &'a mut MmioFile<S>,
    start: Option<u64>,
}

impl<S> Back<'_, S> {
    /// The call has succeeded.
    pub(super) fn keep(mut self) {
        self.start = None;
    }

    /// Puts the position back to where the call began.
    pub(super) fn rewind(&mut self) {
        if let Some(start) = self.start {
            self.file.go_to(start);
        }
    }
}

impl<S> Drop for Back<'_, S> {
    fn drop(&mut self) {
        self.rewind();
    }
}
