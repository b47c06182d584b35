//! Having the stream write what is unwritten.

use std::future::poll_fn;

use ::tokio::io::{AsyncRead, AsyncSeek, AsyncWrite};

use super::MmioFile;
use crate::{FlushFlags, MmioError};

impl<S: AsyncRead + AsyncWrite + AsyncSeek + Unpin> MmioFile<S> {
    /// Has the stream write what is unwritten, in ascending order of offset, and flush. The position does
    /// not move.
    ///
    /// If the future is dropped, what the stream has not confirmed is kept, and the next flush writes it.
    ///
    /// # Errors
    ///
    /// * [`MmioError::CannotWrite`]: the stream failed to take bytes, or its own flush failed. What it has
    ///   not confirmed is kept, so that the next flush writes exactly what is missing.
    /// * [`MmioError::CannotSeek`]: the stream could not be positioned. The same holds.
    ///
    /// In both cases nothing is emptied.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::{FlushFlags, tokio::MmioFile};
    ///
    /// # async fn example() -> std::io::Result<()> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// file.write_all(b"one").await?;
    /// assert!(file.get_ref().get_ref().is_empty());
    /// file.flush(FlushFlags::EMPTY_BUF).await?;
    /// assert_eq!(file.get_ref().get_ref(), b"one");
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn flush(&mut self, flags: FlushFlags) -> Result<(), MmioError> {
        self.give_up();
        poll_fn(|cx| self.poll_flush_all(cx)).await?;
        if flags.contains(FlushFlags::EMPTY_BUF) {
            // A read that was given up may have old bytes ready.
            self.port.abandon();
            self.buffer.clear();
        }
        Ok(())
    }
}
