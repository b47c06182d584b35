//! [`AsyncStorage`]: streams that can be truncated and made durable.

use std::future::poll_fn;
use std::future::{Future, ready};
use std::io::{self, Cursor};

use ::tokio::fs::File;
use ::tokio::io::{AsyncRead, AsyncSeek, AsyncWrite};

use super::MmioFile;
use crate::file::FailedSync;
use crate::{FlushFlags, MmioError, Storage};

/// A stream whose length can be set, and whose bytes can be made durable: [`Storage`] for async
/// code.
///
/// Each method first waits for cancelled calls that are still in progress. If its own future is dropped,
/// it may go on, and the next call on the stream waits for it.
///
/// # Examples
///
/// ```
/// use std::io::Cursor;
/// use mmio_file::tokio::AsyncStorage;
///
/// # async fn example() -> std::io::Result<()> {
/// let mut storage = Cursor::new(b"abcdef".to_vec());
/// AsyncStorage::set_len(&mut storage, 2).await?;
/// AsyncStorage::set_len(&mut storage, 4).await?;
/// assert_eq!(storage.into_inner(), b"ab\0\0");
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
/// ```
pub trait AsyncStorage: AsyncRead + AsyncWrite + AsyncSeek + Unpin {
    /// Makes the storage `len` bytes long. Bytes past the new end are gone for good; new bytes are
    /// zeros.
    ///
    /// # Errors
    ///
    /// The storage can't be that long, or must not be written. Its length is unchanged.
    fn set_len(&mut self, len: u64) -> impl Future<Output = io::Result<()>> + Send;

    /// Makes what was written durable, and as much of the metadata as is needed to read it back.
    ///
    /// # Errors
    ///
    /// The storage's. What was written may be lost, even if a later call succeeds.
    fn sync_data(&mut self) -> impl Future<Output = io::Result<()>> + Send;

    /// Makes what was written durable, and all of the metadata.
    ///
    /// # Errors
    ///
    /// Those of [`sync_data`](AsyncStorage::sync_data).
    fn sync_all(&mut self) -> impl Future<Output = io::Result<()>> + Send;
}

/// If the future of a sync is dropped, the result is lost with it: a later sync may succeed although that one
/// has failed. [`PositionedFile`](super::PositionedFile) keeps the error for the next sync.
impl AsyncStorage for File {
    fn set_len(&mut self, len: u64) -> impl Future<Output = io::Result<()>> + Send {
        Self::set_len(self, len)
    }

    fn sync_data(&mut self) -> impl Future<Output = io::Result<()>> + Send {
        Self::sync_data(self)
    }

    fn sync_all(&mut self) -> impl Future<Output = io::Result<()>> + Send {
        Self::sync_all(self)
    }
}

/// Memory is as durable as it will ever be, so a sync has nothing to do.
impl AsyncStorage for Cursor<Vec<u8>> {
    fn set_len(&mut self, len: u64) -> impl Future<Output = io::Result<()>> + Send {
        ready(Storage::set_len(self, len))
    }

    fn sync_data(&mut self) -> impl Future<Output = io::Result<()>> + Send {
        ready(Ok(()))
    }

    fn sync_all(&mut self) -> impl Future<Output = io::Result<()>> + Send {
        ready(Ok(()))
    }
}

impl<T: AsyncStorage + ?Sized> AsyncStorage for &mut T {
    fn set_len(&mut self, len: u64) -> impl Future<Output = io::Result<()>> + Send {
        (**self).set_len(len)
    }

    fn sync_data(&mut self) -> impl Future<Output = io::Result<()>> + Send {
        (**self).sync_data()
    }

    fn sync_all(&mut self) -> impl Future<Output = io::Result<()>> + Send {
        (**self).sync_all()
    }
}

impl<S: AsyncStorage> MmioFile<S> {
    /// Makes the file `len` bytes long. Bytes past the new end are gone for good, unwritten ones
    /// included; new bytes are zeros. The position does not move, even if it is past the new end.
    /// Nothing is flushed.
    ///
    /// If the future is dropped, the storage has the old length or the new one, and unwritten bytes are
    /// kept.
    ///
    /// # Errors
    ///
    /// * [`MmioError::AccessDenied`]: the file was not opened for writing. Nothing has changed.
    /// * [`MmioError::CannotSeek`]: the stream could not report its position. Nothing has changed.
    /// * [`MmioError::CannotExpand`]: no file can be that long, and nothing has changed. Or the storage
    ///   failed: what it holds past `len` may have changed, and unwritten bytes are kept.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::tokio::MmioFile;
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// file.write_all(b"abcdef").await?;
    /// file.set_len(2).await?;
    /// file.set_len(4).await?;
    /// assert_eq!(file.into_inner().await?.into_inner(), b"ab\0\0");
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn set_len(&mut self, len: u64) -> Result<(), MmioError> {
        self.give_up();
        self.buffer.allow_writing()?;
        self.buffer.allow_end(Some(len))?;
        poll_fn(|cx| self.poll_settle(cx)).await?;
        // Before the call: a storage that fails, or whose call is cancelled, may still have truncated itself.
        self.buffer.forget_clean_past(len);
        let answer = self.port.get_mut().set_len(len).await;
        answer.map_err(|source| MmioError::CannotExpand { len, source })?;
        self.buffer.cut(len);
        Ok(())
    }

    /// Flushes, then makes the file's content durable, and the metadata that is needed to read it. The
    /// storage is synced even if nothing was unwritten.
    ///
    /// If the future is dropped, it is unknown what is durable.
    ///
    /// # Errors
    ///
    /// * Those of [`flush`](MmioFile::flush). The storage was not synced.
    /// * [`MmioError::CannotSync`]: the storage failed. Every later sync of this file fails, too, as with
    ///   [`crate::MmioFile::sync_data`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::tokio::MmioFile;
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// file.write_all(b"kept").await?;
    /// file.sync_data().await?;
    /// assert_eq!(file.get_ref().get_ref(), b"kept");
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn sync_data(&mut self) -> Result<(), MmioError> {
        self.begin_sync().await?;
        let answer = self.port.get_mut().sync_data().await;
        self.end_sync(answer)
    }

    /// Flushes, then makes the file's content and all of its metadata durable, as
    /// [`sync_data`](MmioFile::sync_data) does for some of it.
    ///
    /// # Errors
    ///
    /// Those of [`sync_data`](MmioFile::sync_data).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::tokio::MmioFile;
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// file.write_all(b"kept").await?;
    /// file.sync_all().await?;
    /// assert!(!file.is_dirty());
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn sync_all(&mut self) -> Result<(), MmioError> {
        self.begin_sync().await?;
        let answer = self.port.get_mut().sync_all().await;
        self.end_sync(answer)
    }

    async fn begin_sync(&mut self) -> Result<(), MmioError> {
        self.give_up();
        poll_fn(|cx| self.poll_settle(cx)).await?;
        self.flush(FlushFlags::empty()).await?;
        match self.failed_sync {
            Some(failed) => Err(MmioError::CannotSync { source: failed.to_error() }),
            None => Ok(()),
        }
    }

    fn end_sync(&mut self, answer: io::Result<()>) -> Result<(), MmioError> {
        answer.map_err(|source| {
            self.failed_sync = self.failed_sync.or(FailedSync::of(&source));
            MmioError::CannotSync { source }
        })
    }
}
