//! The end of a file's life: closing it, taking it apart, dropping it.

use std::io::{Read, Seek, Write};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::MmioFile;
use crate::{CloseError, FlushFlags, MmioError, Unwritten};

impl<S: Read + Write + Seek> MmioFile<S> {
    /// Flushes, then drops the stream.
    ///
    /// Unlike dropping the file, this reports whether the bytes have arrived.
    ///
    /// # Errors
    ///
    /// Those of [`flush`](MmioFile::flush). The file comes back in the error, with nothing lost.
    /// [`CloseError`] describes what `?` does with it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, Write};
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // A disk with room for four bytes.
    /// let mut disk = [0; 4];
    /// let mut file = MmioFile::new(Cursor::new(&mut disk[..]));
    /// file.write_all(b"abcdef")?;
    ///
    /// let file = file.close().unwrap_err().into_inner();
    /// let (_, unwritten) = file.into_parts();
    /// assert_eq!(unwritten[0].offset, 4);
    /// assert_eq!(unwritten[0].bytes, b"ef");
    /// assert_eq!(&disk, b"abcd");
    /// # Ok(())
    /// # }
    /// ```
    pub fn close(mut self) -> Result<(), CloseError<S>> {
        match self.flush(FlushFlags::empty()) {
            Ok(()) => Ok(()),
            Err(error) => Err(CloseError::new(error, self)),
        }
    }

    /// Flushes, then returns the stream, moved to the position of the file.
    ///
    /// # Errors
    ///
    /// Those of [`flush`](MmioFile::flush), and [`MmioError::CannotSeek`] if the stream could not
    /// be moved to the position. The file comes back in the error, with nothing lost.
    /// [`CloseError`] describes what `?` does with it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, Seek, SeekFrom, Write};
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// file.write_all(b"abcdef")?;
    /// file.seek(SeekFrom::Start(2))?;
    ///
    /// let stream = file.into_inner()?;
    /// assert_eq!(stream.position(), 2);
    /// assert_eq!(stream.into_inner(), b"abcdef");
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_inner(mut self) -> Result<S, CloseError<S>> {
        match self.flush(FlushFlags::empty()).and_then(|()| self.hand_back_position()) {
            Ok(()) => Ok(self.port.take_stream()),
            Err(error) => Err(CloseError::new(error, self)),
        }
    }

    /// Takes the file apart without a call on the stream. Returns the stream, whose position is
    /// unspecified, and each run of bytes that it has not received, in ascending order of offset.
    ///
    /// To put them back, write each at its offset with [`write_all_at`](MmioFile::write_all_at).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, Write};
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// file.write_all(b"abc")?;
    /// let (stream, unwritten) = file.into_parts();
    /// assert!(stream.into_inner().is_empty());
    /// assert_eq!((unwritten[0].offset, &unwritten[0].bytes[..]), (0, &b"abc"[..]));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "bytes that have not reached the stream are lost if they are dropped"]
    pub fn into_parts(mut self) -> (S, Vec<Unwritten>) {
        let unwritten = self.buffer.unwritten();
        (self.port.take_stream(), unwritten)
    }

    /// Moves the stream to the position of the file. If no call has needed the position, it is
    /// there.
    fn hand_back_position(&mut self) -> Result<(), MmioError> {
        self.position().map_or(Ok(()), |position| self.port.seek(position))
    }
}

impl<S: Read + Write + Seek> Drop for MmioFile<S> {
    /// Flushes the file, if it can. An error is ignored, or logged with the feature `log`, and this
    /// never panics. If the stream has panicked in a write, or in the seek before one, it is not
    /// written to again, and the unwritten bytes are lost.
    fn drop(&mut self) {
        if self.port.may_write() {
            // A stream or a logger that panics here must not abort a process whose thread unwinds
            // already. Nor must the value that it panicked with, when it is dropped.
            let flushed = catch_unwind(AssertUnwindSafe(|| {
                if let Err(error) = self.flush(FlushFlags::empty()) {
                    report(&error);
                }
            }));
            if let Err(payload) = flushed {
                mem::forget(payload);
            }
        }
    }
}

#[cfg(feature = "log")]
fn report(error: &MmioError) {
    log::error!("a file was dropped unflushed: {error}");
}

#[cfg(not(feature = "log"))]
fn report(_: &MmioError) {}
