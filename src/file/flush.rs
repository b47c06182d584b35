//! Writing what is unwritten to the stream, or discarding it.

use std::io::{Read, Seek, Write};

use super::MmioFile;
use crate::transfer::Goal;
use crate::{FlushFlags, MmioError};

impl<S: Read + Write + Seek> MmioFile<S> {
    /// Writes what is unwritten to the stream, and calls the stream's own flush.
    ///
    /// Every dirty byte is written, in ascending order of offset and in as few calls as the layout
    /// allows. The position does not move, and clean data stays cached, unless
    /// [`FlushFlags::EMPTY_BUF`] asks for it to be forgotten. If nothing was written since the last
    /// flush that succeeded, no call is made on the stream.
    ///
    /// This method takes precedence over [`Write::flush`], which is `flush(FlushFlags::empty())`.
    /// Generic code and `dyn Write` call that one. So this line, from code that had a `BufWriter`, does
    /// not compile:
    ///
    /// ```compile_fail,E0061
    /// # use std::io::Cursor;
    /// # let mut file = mmio_file::MmioFile::new(Cursor::new(Vec::new()));
    /// file.flush()?; // Write `file.flush(FlushFlags::empty())?` instead.
    /// # Ok::<_, std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// * [`MmioError::CannotWrite`]: the stream failed to write, or its own flush failed. The bytes
    ///   that it has not accepted stay in the buffer, and the next flush writes exactly those.
    /// * [`MmioError::CannotSeek`]: the stream could not be positioned. The same holds.
    ///
    /// In both cases, the position is where it was, and the buffer is not emptied.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, Read, Seek, Write};
    /// use mmio_file::{FlushFlags, MmioFile};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// file.write_all(b"one")?;
    /// assert!(file.get_ref().get_ref().is_empty());
    /// file.flush(FlushFlags::EMPTY_BUF)?;
    /// assert_eq!(file.get_ref().get_ref(), b"one");
    ///
    /// // Nothing is cached now: what others do to the bytes is seen.
    /// file.get_mut().get_mut()[0] = b'O';
    /// file.rewind()?;
    /// let mut text = String::new();
    /// file.read_to_string(&mut text)?;
    /// assert_eq!(text, "One");
    /// # Ok(())
    /// # }
    /// ```
    pub fn flush(&mut self, flags: FlushFlags) -> Result<(), MmioError> {
        self.reach(Goal::Clean)?;
        if let Err(source) = self.port.flush() {
            let offset = self.buffer.position();
            return Err(MmioError::CannotWrite { offset, unwritten: 0, source });
        }
        if flags.contains(FlushFlags::EMPTY_BUF) {
            self.forget();
        }
        Ok(())
    }

    /// Discards the bytes that have not reached the stream.
    ///
    /// The position does not move. This is not an undo: some of what was written may be on the
    /// stream already. The whole buffer is emptied, so the next read returns what the stream has.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, Write};
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(b"old".to_vec()));
    /// file.write_all(b"new")?;
    /// file.discard_unwritten();
    /// assert!(!file.is_dirty());
    /// assert_eq!(file.into_inner()?.into_inner(), b"old");
    /// # Ok(())
    /// # }
    /// ```
    pub fn discard_unwritten(&mut self) {
        self.forget();
    }

    /// Empties the buffer, and forgets where the stream ends.
    fn forget(&mut self) {
        self.buffer.clear();
        self.port.forget_end();
    }
}
