//! The length of the file: asking for it, and setting it.

use std::io::{Read, Seek, Write};

use super::MmioFile;
use crate::{MmioError, Storage};

impl<S: Read + Write + Seek> MmioFile<S> {
    /// The length of the file in bytes, unwritten bytes included: where
    /// [`SeekFrom::End(0)`](std::io::SeekFrom::End) leads.
    ///
    /// This makes one call on the stream (and asks it for its position, if nothing has before), and
    /// looks at each page that has unwritten bytes. It neither moves the position nor disturbs what
    /// [`fill_buf`](std::io::BufRead::fill_buf) returned.
    ///
    /// # Errors
    ///
    /// [`MmioError::CannotSeek`]: the stream can't report its length. Nothing has changed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, Seek, Write};
    /// # use mmio_file::MmioFile;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(vec![0; 5]));
    /// file.write_all(b"longer")?;
    /// assert_eq!(file.stream_len()?, 6);
    /// assert_eq!(file.get_ref().get_ref().len(), 5);
    /// assert_eq!(file.stream_position()?, 6);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream_len(&mut self) -> Result<u64, MmioError> {
        // Asking for the end moves the stream, so ask for its position first.
        self.settle()?;
        Ok(self.port.end()?.max(self.buffer.dirty_end()))
    }
}

impl<S: Storage> MmioFile<S> {
    /// Makes the file `len` bytes long.
    ///
    /// Bytes past the new end are gone for good, unwritten ones included; new bytes are zeros. The
    /// position does not move, even if it is past the new end. Nothing is flushed.
    ///
    /// # Errors
    ///
    /// * [`MmioError::AccessDenied`]: the file was not opened for writing. Nothing has changed.
    /// * [`MmioError::CannotExpand`]: no file can be that long, and nothing has changed. Or the
    ///   storage failed: what it holds past `len` may have changed, and unwritten bytes are kept.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, Write};
    /// # use mmio_file::MmioFile;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// file.write_all(b"abcdef")?;
    /// file.set_len(2)?;
    /// file.set_len(4)?;
    /// assert_eq!(file.into_inner()?.into_inner(), b"ab\0\0");
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_len(&mut self, len: u64) -> Result<(), MmioError> {
        self.buffer.allow_writing()?;
        self.buffer.allow_end(Some(len))?;
        self.settle()?;
        // Before the call: a storage that fails may still have truncated itself.
        self.buffer.forget_clean_past(len);
        self.port.set_len(len)?;
        self.buffer.cut(len);
        Ok(())
    }
}
