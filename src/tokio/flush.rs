//! Writing what is unwritten to the stream.

use std::future::poll_fn;

use ::tokio::io::{AsyncRead, AsyncSeek, AsyncWrite};

use super::MmioFile;
use crate::{FlushFlags, MmioError};

impl<S: AsyncRead + AsyncWrite + AsyncSeek + Unpin> MmioFile<S> {
    /// Writes what is unwritten to the stream, in ascending order of offset, and flushes the stream. The
    /// position does not move, and clean data stays cached, unless [`FlushFlags::EMPTY_BUF`] asks for it
    /// to be forgotten.
    ///
    /// If the future is dropped, the bytes that the stream has not confirmed stay in the buffer, and the next flush
    /// writes them.
    ///
    /// # Errors
    ///
    /// * [`MmioError::CannotWrite`]: the stream failed to write, or its own flush failed. The bytes that
    ///   it has not confirmed stay in the buffer, and the next flush writes exactly those.
    /// * [`MmioError::CannotSeek`]: the stream could not be moved. The same holds.
    ///
    /// In both cases, the buffer is not emptied.
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
            // What the port had under way is abandoned, so no read goes on with old bytes.
            self.buffer.clear();
        }
        Ok(())
    }
}
