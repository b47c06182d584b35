//! The end of a file's life.

use std::future::poll_fn;

use ::tokio::io::{AsyncRead, AsyncSeek, AsyncWrite};

use super::{MmioFile, PositionedFile};
use crate::{FlushFlags, MmioError, NotClosed};

/// What [`MmioFile::close`] and [`MmioFile::into_inner`] return if they fail, with the file.
///
/// # Examples
///
/// ```
/// use std::io::Cursor;
/// use mmio_file::tokio::{CloseError, MmioFile};
///
/// /// Closes a file, or gives it back.
/// async fn close(file: MmioFile<Cursor<Vec<u8>>>) -> Result<(), CloseError<Cursor<Vec<u8>>>> {
///     file.close().await
/// }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// assert!(close(MmioFile::new(Cursor::new(Vec::new()))).await.is_ok());
/// # });
/// ```
pub type CloseError<S = PositionedFile> = NotClosed<MmioFile<S>>;

impl<S: AsyncRead + AsyncWrite + AsyncSeek + Unpin> MmioFile<S> {
    /// Flushes, then drops the stream.
    ///
    /// If the future is dropped, so is the file, and its unwritten bytes are lost. If that may happen,
    /// [`flush`](MmioFile::flush) first.
    ///
    /// # Errors
    ///
    /// Those of [`flush`](MmioFile::flush). The file comes back in the error, with nothing lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::{MmioError, tokio::MmioFile};
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// // A disk with room for four bytes.
    /// let mut file = MmioFile::new(Cursor::new(vec![0; 4].into_boxed_slice()));
    /// file.write_all(b"abcdef").await?;
    ///
    /// let failed = file.close().await.unwrap_err();
    /// assert!(matches!(failed.error(), MmioError::CannotWrite { unwritten: 2, .. }));
    /// let (disk, unwritten) = failed.into_inner().into_parts();
    /// assert_eq!(**disk.get_ref(), *b"abcd");
    /// assert_eq!((unwritten[0].offset, &unwritten[0].bytes[..]), (4, &b"ef"[..]));
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn close(mut self) -> Result<(), CloseError<S>> {
        match self.flush(FlushFlags::empty()).await {
            Ok(()) => Ok(()),
            Err(error) => Err(CloseError::new(error, self)),
        }
    }

    /// Flushes, then returns the stream, moved to the position of the file.
    ///
    /// If the future is dropped, so is the file, and its unwritten bytes are lost.
    ///
    /// # Errors
    ///
    /// Those of [`flush`](MmioFile::flush), and [`MmioError::CannotSeek`] if the stream could not be
    /// moved to the position. The file comes back in the error, with nothing lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, SeekFrom};
    /// use mmio_file::tokio::MmioFile;
    ///
    /// # async fn example() -> std::io::Result<()> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// file.write_all(b"abcdef").await?;
    /// file.seek(SeekFrom::Start(2)).await?;
    /// let stream = file.into_inner().await?;
    /// assert_eq!((stream.position(), &stream.get_ref()[..]), (2, &b"abcdef"[..]));
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn into_inner(mut self) -> Result<S, CloseError<S>> {
        match self.flush_and_hand_back_position().await {
            Ok(()) => Ok(self.port.take_stream()),
            Err(error) => Err(CloseError::new(error, self)),
        }
    }

    /// Moves the stream to the position of the file. If no call has needed the position, it is
    /// there.
    async fn flush_and_hand_back_position(&mut self) -> Result<(), MmioError> {
        self.flush(FlushFlags::empty()).await?;
        match self.position() {
            Some(position) => poll_fn(|cx| self.port.poll_go_to(cx, position)).await,
            None => Ok(()),
        }
    }
}
